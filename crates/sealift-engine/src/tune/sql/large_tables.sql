-- Tables of all schemas with many rows, the largest first.
select n.nspname as schema,
       c.relname as name,
       counted.rows,
       coalesce(s.n_dead_tup, 0) as dead,
       (select o.option_value::float8 from pg_catalog.pg_options_to_table(c.reloptions) o
        where o.option_name = 'autovacuum_vacuum_scale_factor') as vacuum_scale,
       (select o.option_value::float8 from pg_catalog.pg_options_to_table(c.reloptions) o
        where o.option_name = 'autovacuum_analyze_scale_factor') as analyze_scale
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_stat_user_tables s on s.relid = c.oid
cross join lateral (select greatest(c.reltuples::int8, s.n_live_tup, 0) as rows) counted
where c.relkind in ('r', 'm')
  and n.nspname not in ('pg_catalog', 'information_schema', '_sealift')
  and n.nspname not like 'pg\_%'
  and counted.rows >= $1::int8
order by counted.rows desc, n.nspname, c.relname
limit 50
