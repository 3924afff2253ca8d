-- The columns of the tables and views of a schema; the parameter is the schema.
-- attidentity and attgenerated are '' for an ordinary column. Of a domain the base is told, of an array
-- the type of its elements, of an enum its labels; a composite type has none of them and typtype 'c'.
select
  c.relname,
  a.attname,
  format_type(a.atttypid, a.atttypmod) as type_name,
  a.attnotnull,
  pg_get_expr(d.adbin, d.adrelid) as expression,
  a.attidentity,
  a.attgenerated,
  t.typtype,
  case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end as base,
  case when t.typcategory = 'A' then format_type(t.typelem, null) end as element,
  (select json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e
    where e.enumtypid = t.oid) as labels,
  t.typnotnull
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname = $1
  and c.relkind in ('r', 'p', 'f', 'v', 'm')
  and a.attnum > 0
  and not a.attisdropped
order by c.relname, a.attnum
