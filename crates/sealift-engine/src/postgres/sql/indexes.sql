-- The indexes of the tables of a schema, those of keys included; the parameter is the schema.
-- A key without a column is an expression. Bit 1 of indoption is "desc", bit 2 "nulls first".
select
  c.relname,
  ic.relname as index_name,
  pg_get_indexdef(i.indexrelid) as definition,
  (select m.amname from pg_catalog.pg_am m where m.oid = ic.relam) as method,
  i.indisunique,
  i.indisvalid and i.indisready as valid,
  i.indpred is not null as partial,
  exists (
    select
    from pg_catalog.pg_constraint k
    where k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
  ) as of_constraint,
  (
    select json_agg(
      json_build_object(
        'column', a.attname,
        'descending', i.indoption[position] & 1 = 1,
        'nulls_first', i.indoption[position] & 2 = 2
      )
      order by position
    )
    from generate_series(0, i.indnkeyatts - 1) position
    left join pg_catalog.pg_attribute a
      on a.attrelid = i.indrelid and a.attnum = i.indkey[position] and a.attnum <> 0
  ) as keys
from pg_catalog.pg_index i
join pg_catalog.pg_class ic on ic.oid = i.indexrelid
join pg_catalog.pg_class c on c.oid = i.indrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1
  and c.relkind in ('r', 'p', 'm')
order by c.relname, ic.relname
