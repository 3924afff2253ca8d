-- Views and materialized views, with what their queries name in the same schema.
select c.relname as name,
       c.relkind as kind,
       '(' || pg_catalog.array_to_string(c.reloptions, ', ') || ')' as options,
       pg_catalog.pg_get_viewdef(c.oid, true) as definition,
       (select pg_catalog.jsonb_agg(distinct
            case when o.oid is not null then pg_catalog.jsonb_build_object(
                     'kind', 'relation', 'name', o.relname, 'column', a.attname)
                 when p.oid is not null then pg_catalog.jsonb_build_object(
                     'kind', 'function', 'name', p.proname)
                 else pg_catalog.jsonb_build_object('kind', 'type', 'name', y.typname) end)
        from pg_catalog.pg_rewrite r
        join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
        left join pg_catalog.pg_class o on d.refclassid = 'pg_class'::regclass and o.oid = d.refobjid
             and o.relnamespace = c.relnamespace
        left join pg_catalog.pg_attribute a on a.attrelid = o.oid and a.attnum = d.refobjsubid
             and a.attnum > 0
        left join pg_catalog.pg_proc p on d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid
             and p.pronamespace = c.relnamespace
        left join pg_catalog.pg_type y on d.refclassid = 'pg_type'::regclass and y.oid = d.refobjid
             and y.typnamespace = c.relnamespace
        where r.ev_class = c.oid and d.refobjid <> c.oid
          and (o.oid is not null or p.oid is not null or y.oid is not null)) as depends_on,
       pg_catalog.obj_description(c.oid, 'pg_class') as comment
from pg_catalog.pg_class c
where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and c.relkind in ('v', 'm')
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
order by c.relname
