-- Columns of tables, in their order. A collation is told where it is not that of the type.
select c.relname as of,
       a.attname as name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
       case when a.attcollation <> 0 and a.attcollation <> t.typcollation
            then a.attcollation::regcollation::text end as collation,
       a.attnotnull as not_null,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression,
       a.attidentity as identity,
       a.attgenerated as generated,
       (select pg_catalog.json_build_object(
            'type', pg_catalog.format_type(s.seqtypid, null), 'start', s.seqstart,
            'increment', s.seqincrement, 'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache,
            'cycle', s.seqcycle)
        from pg_catalog.pg_depend o
        join pg_catalog.pg_sequence s on s.seqrelid = o.objid
        where o.classid = 'pg_class'::regclass and o.refclassid = 'pg_class'::regclass
          and o.refobjid = c.oid and o.refobjsubid = a.attnum and o.deptype = 'i') as counting,
       pg_catalog.col_description(c.oid, a.attnum) as comment
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
  and c.relkind = 'r'
order by c.relname, a.attnum
