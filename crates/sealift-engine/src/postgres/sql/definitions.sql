-- What defaults, generated columns, checks, indexes and views of a schema say, in PostgreSQL's own words;
-- the parameter is the schema. One row for each: relation, kind, name, text.
select c.relname, 'default' as kind, a.attname as name, pg_get_expr(d.adbin, d.adrelid) as definition
from pg_catalog.pg_attrdef d
join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
join pg_catalog.pg_class c on c.oid = d.adrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1
union all
select c.relname, 'check', k.conname, pg_get_expr(k.conbin, k.conrelid)
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and k.contype = 'c'
union all
select
  c.relname,
  'index',
  ic.relname,
  concat(
    (
      select string_agg(pg_get_indexdef(i.indexrelid, position, true), ', ' order by position)
      from generate_series(1, i.indnkeyatts::integer) position
    ),
    ' where ' || pg_get_expr(i.indpred, i.indrelid)
  )
from pg_catalog.pg_index i
join pg_catalog.pg_class ic on ic.oid = i.indexrelid
join pg_catalog.pg_class c on c.oid = i.indrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1
union all
select c.relname, 'view', c.relname, pg_get_viewdef(c.oid)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind = 'v'
