-- Extensions that something stands on which is no part of an extension itself.
select distinct e.extname, n.nspname
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
join pg_catalog.pg_depend member
  on member.refclassid = 'pg_catalog.pg_extension'::regclass and member.refobjid = e.oid and member.deptype = 'e'
join pg_catalog.pg_depend user_of
  on user_of.refclassid = member.classid and user_of.refobjid = member.objid and user_of.deptype in ('n', 'a')
where e.extname <> 'plpgsql'
  and not exists (
    select from pg_catalog.pg_depend own
    where own.classid = user_of.classid and own.objid = user_of.objid and own.deptype = 'e'
  )
order by 1
