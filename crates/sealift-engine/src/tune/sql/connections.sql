-- How many connections there are, and who holds them. Without the right to see what others do, the kind of their
-- processes is NULL; such a process is taken for a client, so that rather too many are counted.
select pg_catalog.current_setting('max_connections')::int8 as max,
       pg_catalog.current_setting('superuser_reserved_connections')::int8 as superuser_reserved,
       coalesce(pg_catalog.current_setting('reserved_connections', true)::int8, 0) as reserved,
       case when not r.rolsuper then nullif(r.rolconnlimit, -1) end as role_limit,
       case when not r.rolsuper then nullif(d.datconnlimit, -1) end as database_limit,
       held.own,
       held.others,
       held.others_of_role,
       held.others_in_database
from pg_catalog.pg_roles r
join pg_catalog.pg_database d on d.datname = pg_catalog.current_database()
cross join (
    select count(*) filter (where s.of_role and s.in_database) as own,
           count(*) filter (where not (s.of_role and s.in_database)) as others,
           count(*) filter (where s.of_role and not s.in_database) as others_of_role,
           count(*) filter (where not s.of_role and s.in_database) as others_in_database
    from (select a.usename = session_user as of_role,
                 a.datname = pg_catalog.current_database() as in_database
          from pg_catalog.pg_stat_activity a
          where a.usesysid is not null and a.datid is not null
            and a.pid <> pg_catalog.pg_backend_pid()
            and a.application_name not in ('sealift', 'sealift tune')
            and coalesce(a.backend_type, 'client backend') = 'client backend') s) held
where r.rolname = session_user
