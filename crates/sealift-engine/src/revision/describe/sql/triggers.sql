-- Triggers that were made by somebody, of tables and views.
select c.relname as of,
       t.tgname as name,
       pg_catalog.pg_get_triggerdef(t.oid, true) as definition,
       p.proname as function,
       t.tgenabled as state,
       pg_catalog.obj_description(t.oid, 'pg_trigger') as comment
from pg_catalog.pg_trigger t
join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_proc p on p.oid = t.tgfoid
where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and c.relkind in ('r', 'v')
  and not t.tgisinternal
order by c.relname, t.tgname
