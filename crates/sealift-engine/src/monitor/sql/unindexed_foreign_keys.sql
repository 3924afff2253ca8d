-- Foreign keys whose columns no index begins with, in whichever order: deleting a parent then reads the whole
-- table. An index counts that is whole, of all rows, and finds single values; so says `Index::finds` of the core,
-- which advises about the same keys. indkey counts from 0, and lists columns that are only included after those of
-- the key.
select coalesce(json_agg(row_to_json(bare) order by bare.table_bytes desc), '[]')
from (
  select
    n.nspname as schema,
    c.relname as "table",
    k.conname as "constraint",
    array(
      select a.attname
      from unnest(k.conkey) with ordinality as part (number, place)
      join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = part.number
      order by part.place) as columns,
    coalesce(pg_table_size(c.oid), 0) as table_bytes
  from (
    select k.*
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid
    where k.contype = 'f'
      and k.conparentid = 0
      and not exists (
        select from pg_catalog.pg_index i
        join pg_catalog.pg_class own on own.oid = i.indexrelid
        join pg_catalog.pg_am m on m.oid = own.relam
        where i.indrelid = k.conrelid
          and m.amname in ('btree', 'hash')
          and i.indisvalid and i.indisready and i.indislive
          and i.indpred is null
          and i.indnkeyatts >= cardinality(k.conkey)
          and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
    order by c.relpages desc, k.conname
    limit 20
  ) as k
  join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
) as bare
