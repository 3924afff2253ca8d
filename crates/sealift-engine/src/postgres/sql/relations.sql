-- Everything of a schema that has a name in pg_class; the parameter is the schema.
-- In psql 16 or later: put \bind public \g after it.
select
  c.relname,
  c.relkind,
  case when c.reltuples < 0 then null else c.reltuples::bigint end as row_estimate,
  c.relkind in ('r', 'p', 'm')
    and c.relispopulated
    and has_table_privilege(c.oid, 'select')
    and not row_security_active(c.oid) as readable,
  pg_has_role(c.relowner, 'usage') as owned,
  row_security_active(c.oid) as row_security
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1
  and c.relkind <> 't'
order by c.relname
