-- A role, and who owns what in a schema. What belongs to an extension is its owner's affair.
with mine as (
    select c.relowner as owner, c.relname::text as name
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
), routines as (
    select p.proowner as owner
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = $1
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
), owners as (
    select o.oid, o.rolname
    from pg_catalog.pg_roles o
    where o.rolname <> $2
      and (o.rolname = current_user
           or o.oid in (select owner from mine union select owner from routines))
)
select r.rolname as role,
       pg_catalog.current_database() as database,
       exists (select from pg_catalog.pg_namespace n where n.nspname = $1) as schema_exists,
       r.rolsuper as is_superuser,
       r.rolbypassrls as bypasses_policies,
       (select coalesce(pg_catalog.json_agg(o.rolname order by o.rolname), '[]') from owners o) as owners,
       (select coalesce(pg_catalog.json_agg(o.rolname order by o.rolname), '[]') from owners o
        where not r.rolsuper and pg_catalog.pg_has_role(r.oid, o.oid, 'member')) as member_of,
       (select coalesce(pg_catalog.json_agg(o.rolname order by o.rolname), '[]') from owners o
        where not pg_catalog.pg_has_role(o.oid, 'usage')) as beyond_us,
       (select count(*) from mine where mine.owner = r.oid) as owned,
       exists (select from routines) as has_functions
from pg_catalog.pg_roles r
where r.rolname = $2
