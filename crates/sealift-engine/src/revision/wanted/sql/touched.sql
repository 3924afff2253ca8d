-- Tables and the like outside the scratch schema ($1) on which this transaction holds a lock.
select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
                      when 'i' then 'index' else 'table' end,
       n.nspname,
       c.relname
from pg_catalog.pg_locks l
join pg_catalog.pg_class c on c.oid = l.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where l.pid = pg_catalog.pg_backend_pid()
  and l.locktype = 'relation'
  and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  and n.nspname not in ($1, 'pg_catalog', 'pg_toast', 'information_schema')
  and n.oid <> pg_catalog.pg_my_temp_schema()
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
order by c.relkind = 'i', n.nspname, c.relname
limit 1
