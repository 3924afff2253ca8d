-- Domains with their checks.
select t.typname as name,
       pg_catalog.format_type(t.typbasetype, t.typtypmod) as base,
       case when t.typcollation <> 0 and t.typcollation <> b.typcollation
            then t.typcollation::regcollation::text end as collation,
       pg_catalog.pg_get_expr(t.typdefaultbin, 0) as default,
       t.typnotnull as not_null,
       (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', k.conname, 'definition', pg_catalog.pg_get_constraintdef(k.oid, true))
            order by k.conname), '[]'::json)
        from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c') as checks,
       pg_catalog.obj_description(t.oid, 'pg_type') as comment
from pg_catalog.pg_type t
join pg_catalog.pg_type b on b.oid = t.typbasetype
where t.typnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and t.typtype = 'd'
  and not exists (select from pg_catalog.pg_depend d
                  where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
order by t.typname
