-- What runs in this database, and transactions that do nothing; the longest first. The texts hold literals:
-- they are taken out before anybody sees them.
select coalesce(json_agg(row_to_json(running) order by running.seconds desc), '[]')
from (
  select
    pid,
    usename as "user",
    coalesce(application_name, '') as application,
    greatest(0, coalesce(extract(epoch from clock_timestamp()
      - case when state = 'active' then query_start else xact_start end), 0)) as seconds,
    state,
    case when state = 'active' and wait_event is not null
      then wait_event_type || ': ' || wait_event end as wait,
    query,
    coalesce(state = 'active' and clock_timestamp() - query_start > interval '5 seconds', false)
      as slow
  from pg_catalog.pg_stat_activity
  where pid <> pg_backend_pid()
    and datname = current_database()
    and backend_type = 'client backend'
    and state <> 'idle'
  order by 4 desc
  limit 20
) as running
