-- Ordinary tables; those with parents or children are in other.sql.
select c.relname as name, pg_catalog.obj_description(c.oid, 'pg_class') as comment
from pg_catalog.pg_class c
where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and c.relkind = 'r'
  and not c.relispartition
  and not exists (select from pg_catalog.pg_inherits i where c.oid in (i.inhrelid, i.inhparent))
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
order by c.relname
