-- Indexes of tables and materialized views that belong to no constraint, with all columns they need.
select c.relname as of,
       n.relname as name,
       x.indisunique as unique,
       pg_catalog.pg_get_indexdef(x.indexrelid, 0, true) as definition,
       x.indisvalid as valid,
       (select pg_catalog.json_agg(a.attname order by a.attnum)
        from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0
          and (a.attnum = any (x.indkey)
               or exists (select from pg_catalog.pg_depend d
                          where d.classid = 'pg_class'::regclass and d.objid = x.indexrelid
                            and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
                            and d.refobjsubid = a.attnum))) as columns,
       pg_catalog.obj_description(x.indexrelid, 'pg_class') as comment
from pg_catalog.pg_index x
join pg_catalog.pg_class c on c.oid = x.indrelid
join pg_catalog.pg_class n on n.oid = x.indexrelid
where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and c.relkind in ('r', 'm')
  and not exists (select from pg_catalog.pg_constraint k
                  where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
order by c.relname, n.relname
