-- Who waits for a lock, and for whom. A process that waits for a row waits for its writer's transaction; the
-- table is then the one whose row it has marked as its next.
select coalesce(json_agg(row_to_json(blocked) order by blocked.seconds desc), '[]')
from (
  select
    a.pid,
    a.usename as "user",
    greatest(0, coalesce(
      extract(epoch from clock_timestamp() - coalesce(l.waitstart, a.state_change)), 0)) as seconds,
    l.mode,
    coalesce(l.relation, (
      select t.relation from pg_catalog.pg_locks t
      where t.pid = l.pid and t.locktype = 'tuple' and t.granted
      limit 1))::regclass::text as relation,
    a.query,
    array(select distinct unnest(pg_blocking_pids(a.pid)) order by 1) as blocked_by
  from pg_catalog.pg_locks l
  join pg_catalog.pg_stat_activity a on a.pid = l.pid
  where not l.granted
    and a.datname = current_database()
  order by 3 desc
  limit 20
) as blocked
