-- The statements of this database that took most time. The parameter is the schema of the extension, a name.
select coalesce(json_agg(row_to_json(statement) order by statement.total_seconds desc), '[]')
from (
  select
    query,
    calls,
    total_exec_time / 1000 as total_seconds,
    mean_exec_time / 1000 as mean_seconds,
    rows
  from $1.pg_stat_statements
  where dbid = (select oid from pg_catalog.pg_database where datname = current_database())
  order by total_exec_time desc
  limit 20
) as statement
