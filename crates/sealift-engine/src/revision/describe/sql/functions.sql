-- Functions and procedures, with what the server knows that they name in the same schema.
select f.proname as name,
       pg_catalog.oidvectortypes(f.proargtypes) as argument_types,
       f.prokind as kind,
       pg_catalog.pg_get_function_arguments(f.oid) as arguments,
       pg_catalog.pg_get_function_result(f.oid) as result,
       pg_catalog.pg_get_functiondef(f.oid) as definition,
       (select pg_catalog.jsonb_agg(distinct
            case when o.oid is not null then pg_catalog.jsonb_build_object(
                     'kind', 'relation', 'name', o.relname, 'column', a.attname)
                 when p.oid is not null then pg_catalog.jsonb_build_object(
                     'kind', 'function', 'name', p.proname)
                 else pg_catalog.jsonb_build_object('kind', 'type', 'name', y.typname) end)
        from pg_catalog.pg_depend d
        left join pg_catalog.pg_class o on d.refclassid = 'pg_class'::regclass and o.oid = d.refobjid
             and o.relnamespace = f.pronamespace
        left join pg_catalog.pg_attribute a on a.attrelid = o.oid and a.attnum = d.refobjsubid
             and a.attnum > 0
        left join pg_catalog.pg_proc p on d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid
             and p.pronamespace = f.pronamespace
        left join pg_catalog.pg_type y on d.refclassid = 'pg_type'::regclass and y.oid = d.refobjid
             and y.typnamespace = f.pronamespace
        where d.classid = 'pg_proc'::regclass and d.objid = f.oid
          and (o.oid is not null or p.oid is not null or y.oid is not null)) as depends_on,
       pg_catalog.obj_description(f.oid, 'pg_proc') as comment
from pg_catalog.pg_proc f
where f.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and f.prokind in ('f', 'p', 'w')
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 'pg_proc'::regclass and e.objid = f.oid and e.deptype = 'e')
order by f.proname, argument_types
