-- Every column of schema public, described in one line.
select
  c.relname || '.' || a.attname,
  format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end
    || case
      when a.attgenerated <> '' then ' generated'
      when a.attidentity <> '' then ' identity'
      when pg_get_expr(d.adbin, d.adrelid) like 'nextval(%' then ' serial'
      else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    end
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname = 'public' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
order by 1
