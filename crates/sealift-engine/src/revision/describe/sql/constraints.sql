-- Constraints of tables; not null stands with the columns. Those that are not enforced (PostgreSQL 18) are in
-- other.sql. What is not in every version is asked of the row as JSON.
select c.relname as of,
       k.conname as name,
       k.contype as kind,
       coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false) as period,
       pg_catalog.pg_get_constraintdef(k.oid, true) as definition,
       (select pg_catalog.json_agg(a.attname order by u.place)
        from pg_catalog.unnest(k.conkey) with ordinality u (number, place)
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
       case when f.relnamespace = c.relnamespace then f.relname end as parent,
       (select pg_catalog.json_agg(a.attname order by u.place)
        from pg_catalog.unnest(k.confkey) with ordinality u (number, place)
        join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number) as parent_columns,
       k.condeferrable as deferrable,
       k.condeferred as deferred,
       k.convalidated as validated,
       case when k.contype in ('p', 'u')
            then pg_catalog.pg_get_indexdef(k.conindid, 0, true) end as index,
       pg_catalog.obj_description(k.oid, 'pg_constraint') as comment
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
left join pg_catalog.pg_class f on f.oid = k.confrelid
where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and c.relkind = 'r'
  and k.contype in ('p', 'u', 'c', 'f', 'x')
  and coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
order by c.relname, k.conname
