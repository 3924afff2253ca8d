-- The triggers of the tables and views of a schema, apart from the server's own; the parameter is the schema.
-- Bits of tgtype: 2 before, 4 insert, 8 delete, 16 update, 32 truncate, 64 instead of
-- (src/include/catalog/pg_trigger.h).
select
  c.relname,
  t.tgname,
  pg_get_triggerdef(t.oid) as definition,
  t.tgenabled in ('O', 'A') as enabled,
  t.tgtype & 36 <> 0 as on_load,
  case
    when t.tgtype & 2 <> 0 then 'before'
    when t.tgtype & 64 <> 0 then 'instead of'
    else 'after'
  end as timing,
  concat_ws(
    ' or ',
    case when t.tgtype & 4 <> 0 then 'insert' end,
    case when t.tgtype & 8 <> 0 then 'delete' end,
    case when t.tgtype & 16 <> 0 then 'update' end,
    case when t.tgtype & 32 <> 0 then 'truncate' end
  ) as events,
  (
    select json_agg(a.attname order by a.attname)
    from unnest(t.tgattr) key (attnum)
    join pg_catalog.pg_attribute a on a.attrelid = t.tgrelid and a.attnum = key.attnum
  ) as columns,
  t.tgqual is not null as conditional,
  p.proname,
  p.prosrc,
  t.tgenabled
from pg_catalog.pg_trigger t
join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_proc p on p.oid = t.tgfoid
where n.nspname = $1
  and not t.tgisinternal
order by c.relname, t.tgname
