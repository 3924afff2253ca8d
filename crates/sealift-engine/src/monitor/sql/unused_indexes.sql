-- Indexes that no query has used since statistics are kept. Unique ones and exclusions do their work without.
select coalesce(json_agg(row_to_json(unused) order by unused.bytes desc), '[]')
from (
  select
    schemaname as schema,
    relname as "table",
    indexrelname as index,
    coalesce(pg_relation_size(indexrelid), 0) as bytes
  from (
    select s.*
    from pg_catalog.pg_stat_user_indexes s
    join pg_catalog.pg_index i on i.indexrelid = s.indexrelid
    join pg_catalog.pg_class c on c.oid = s.indexrelid
    where s.idx_scan = 0
      and not i.indisunique and not i.indisexclusion and i.indisvalid
      and c.relpersistence <> 't'
    order by c.relpages desc, s.indexrelname
    limit 20
  ) as candidates
) as unused
