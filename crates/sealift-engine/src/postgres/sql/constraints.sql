-- The constraints of the tables of a schema; the parameter is the schema.
-- Not-null constraints are left out: they are rows here since PostgreSQL 18 only, and
-- columns.sql tells them for every version. "enforced" is there since 18, hence the detour.
select
  c.relname,
  k.conname,
  k.contype,
  pg_get_constraintdef(k.oid) as definition,
  (
    select json_agg(a.attname order by key.position)
    from unnest(k.conkey) with ordinality key (attnum, position)
    join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.attnum
  ) as columns,
  k.convalidated and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) as validated,
  k.condeferrable,
  k.condeferred,
  pn.nspname as parent_schema,
  p.relname as parent,
  (
    select json_agg(a.attname order by key.position)
    from unnest(k.confkey) with ordinality key (attnum, position)
    join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.attnum
  ) as parent_columns,
  k.confdeltype,
  k.confupdtype
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_class p on p.oid = k.confrelid
left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
where n.nspname = $1
  and k.contype in ('p', 'u', 'c', 'f', 'x')
order by c.relname, k.conname
