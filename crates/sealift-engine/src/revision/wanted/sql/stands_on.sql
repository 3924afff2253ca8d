-- What of the target's schema ($1) something stands on that this transaction has made. A default that counts names its
-- sequence without a lock.
select case when c.oid is not null then 'table or sequence' when t.oid is not null then 'type' else 'function' end,
       n.nspname,
       coalesce(c.relname, t.typname, p.proname)
from pg_catalog.pg_depend d
left join pg_catalog.pg_class c on d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid
left join pg_catalog.pg_type t on d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid
left join pg_catalog.pg_proc p on d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid
join pg_catalog.pg_namespace n on n.oid = coalesce(c.relnamespace, t.typnamespace, p.pronamespace)
where d.xmin = pg_catalog.pg_current_xact_id()::xid
  and n.nspname = $1
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = d.refclassid and e.objid = d.refobjid and e.deptype = 'e')
order by 1, 2, 3
limit 1
