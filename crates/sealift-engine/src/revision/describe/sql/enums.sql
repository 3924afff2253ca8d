-- Enumerated types with their values in order.
select t.typname as name,
       (select coalesce(pg_catalog.json_agg(e.enumlabel order by e.enumsortorder), '[]'::json)
        from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels,
       pg_catalog.obj_description(t.oid, 'pg_type') as comment
from pg_catalog.pg_type t
where t.typnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and t.typtype = 'e'
  and not exists (select from pg_catalog.pg_depend d
                  where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
order by t.typname
