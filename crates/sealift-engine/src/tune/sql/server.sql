-- What decides which advice can be followed, and the tables of a schema: those of migration tools name a framework.
select pg_catalog.current_setting('server_version') as version,
       d.datname as database,
       r.rolsuper and coalesce(pg_catalog.current_setting('allow_alter_system', true), 'on') <> 'off'
           as may_alter_system,
       pg_catalog.pg_has_role(d.datdba, 'usage') as owns_database,
       (select coalesce(pg_catalog.json_agg(o.rolname), '[]') from pg_catalog.pg_roles o) as roles,
       (select coalesce(pg_catalog.json_agg(c.relname order by c.relname), '[]')
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relkind in ('r', 'p')) as tables
from pg_catalog.pg_database d
join pg_catalog.pg_roles r on r.rolname = current_user
where d.datname = pg_catalog.current_database()
