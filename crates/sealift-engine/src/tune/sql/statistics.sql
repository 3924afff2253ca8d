-- Since when the server counts what is read.
select pg_catalog.to_char(s.stats_reset at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' as since,
       pg_catalog.floor(extract(epoch from pg_catalog.now() - s.stats_reset) / 86400)::int8 as days,
       (select coalesce(pg_catalog.json_agg(c.relname order by c.relname), '[]')
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1) as taken
from pg_catalog.pg_stat_database s
where s.datname = pg_catalog.current_database()
