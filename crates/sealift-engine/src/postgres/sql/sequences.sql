-- The sequences of a schema and the column that each belongs to; the parameter is the schema.
-- deptype is 'i' for an identity column, 'a' for serial or "owned by". Who may not read a
-- sequence's row sees it without a position. used_by lists the columns whose default takes from it.
select
  c.relname,
  s.seqstart,
  s.seqincrement,
  d.deptype,
  tn.nspname as table_schema,
  t.relname as table_name,
  a.attname,
  has_sequence_privilege(c.oid, 'select') as readable,
  (select json_agg(json_build_array(ut.relname, ua.attname) order by ut.relname, ua.attname)
    from pg_catalog.pg_depend ud
    join pg_catalog.pg_attrdef uf on uf.oid = ud.objid
    join pg_catalog.pg_class ut on ut.oid = uf.adrelid and ut.relnamespace = c.relnamespace
    join pg_catalog.pg_attribute ua on ua.attrelid = uf.adrelid and ua.attnum = uf.adnum
    where ud.classid = 'pg_catalog.pg_attrdef'::regclass
      and ud.refclassid = 'pg_catalog.pg_class'::regclass
      and ud.refobjid = c.oid) as used_by
from pg_catalog.pg_sequence s
join pg_catalog.pg_class c on c.oid = s.seqrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_depend d
  on d.classid = 'pg_catalog.pg_class'::regclass
  and d.objid = c.oid
  and d.refclassid = 'pg_catalog.pg_class'::regclass
  and d.refobjsubid > 0
  and d.deptype in ('a', 'i')
left join pg_catalog.pg_class t on t.oid = d.refobjid
left join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
left join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where n.nspname = $1
order by c.relname
