-- The triggers of the tables and views of a schema, apart from the server's own; the parameter is the schema.
-- Bits 4 and 32 of tgtype are insert and truncate (src/include/catalog/pg_trigger.h).
select
  c.relname,
  t.tgname,
  pg_get_triggerdef(t.oid) as definition,
  t.tgenabled in ('O', 'A') as enabled,
  t.tgtype & 36 <> 0 as on_load,
  t.tgenabled
from pg_catalog.pg_trigger t
join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1
  and not t.tgisinternal
order by c.relname, t.tgname
