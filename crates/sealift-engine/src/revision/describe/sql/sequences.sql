-- Sequences that are no identity column's, with the column that owns each.
select c.relname as name,
       pg_catalog.json_build_object(
           'type', pg_catalog.format_type(s.seqtypid, null), 'start', s.seqstart,
           'increment', s.seqincrement, 'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache,
           'cycle', s.seqcycle) as counting,
       (select pg_catalog.json_build_object('table', o.relname, 'column', a.attname)
        from pg_catalog.pg_depend d
        join pg_catalog.pg_class o on o.oid = d.refobjid
        join pg_catalog.pg_attribute a on a.attrelid = o.oid and a.attnum = d.refobjsubid
        where d.classid = 'pg_class'::regclass and d.objid = c.oid
          and d.refclassid = 'pg_class'::regclass and d.deptype = 'a'
          and o.relnamespace = c.relnamespace) as owned_by,
       pg_catalog.obj_description(c.oid, 'pg_class') as comment
from pg_catalog.pg_class c
join pg_catalog.pg_sequence s on s.seqrelid = c.oid
where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and not exists (select from pg_catalog.pg_depend d
                  where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('i', 'e'))
order by c.relname
