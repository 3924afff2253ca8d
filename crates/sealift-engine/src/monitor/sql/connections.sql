-- Connections of clients by state. Of those that the role may not look into, only the database shows.
-- reserved_connections came with PostgreSQL 16.
select json_build_object(
  'limit', greatest(0, current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0)),
  'used', coalesce(sum(number), 0),
  'by_state', coalesce(json_object_agg(state, number), '{}'))
from (
  select coalesce(state, 'unknown') as state, count(*) as number
  from pg_catalog.pg_stat_activity
  where backend_type = 'client backend' or (backend_type is null and datid is not null)
  group by 1
) as counted
