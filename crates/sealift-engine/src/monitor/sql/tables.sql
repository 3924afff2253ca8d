-- The largest tables. Only those that may be among them are measured: measuring opens each file of a table.
-- relpages is 0 before the first vacuum or analyze, so that the rows that came meanwhile count too.
select coalesce(json_agg(row_to_json(measured) order by measured.bytes desc), '[]')
from (
  select
    schemaname as schema,
    relname as name,
    coalesce(pg_total_relation_size(relid), 0) as bytes,
    coalesce(pg_indexes_size(relid), 0) as index_bytes,
    case when reltuples >= 0 then reltuples::bigint end as rows,
    n_live_tup as live_rows,
    n_dead_tup as dead_rows,
    extract(epoch from greatest(last_vacuum, last_autovacuum)) as vacuumed_at,
    extract(epoch from greatest(last_analyze, last_autoanalyze)) as analyzed_at
  from (
    select s.*, c.reltuples
    from pg_catalog.pg_stat_user_tables s
    join pg_catalog.pg_class c on c.oid = s.relid
    where c.relkind in ('r', 'm') and c.relpersistence <> 't'
    order by greatest(c.relpages, s.n_live_tup / 50) desc
    limit 60
  ) as candidates
  order by 3 desc
  limit 20
) as measured
