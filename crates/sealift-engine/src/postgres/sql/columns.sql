-- The columns of the tables and views of a schema; the parameter is the schema.
-- attidentity and attgenerated are '' for an ordinary column.
select
  c.relname,
  a.attname,
  format_type(a.atttypid, a.atttypmod) as type_name,
  a.attnotnull,
  pg_get_expr(d.adbin, d.adrelid) as expression,
  a.attidentity,
  a.attgenerated
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname = $1
  and c.relkind in ('r', 'p', 'f', 'v', 'm')
  and a.attnum > 0
  and not a.attisdropped
order by c.relname, a.attnum
