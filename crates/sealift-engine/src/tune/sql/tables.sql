-- Tables of a schema with what was read of them; partitions count for themselves.
select c.relname as name,
       c.relkind = 'p' as partitioned,
       greatest(c.reltuples::int8, s.n_live_tup, 0) as rows,
       coalesce(pg_catalog.pg_relation_size(c.oid), 0) as bytes,
       coalesce(s.seq_scan, 0) as sequential_scans,
       coalesce(s.seq_tup_read, 0) as sequential_rows,
       coalesce(s.idx_scan, 0) as index_scans
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_stat_user_tables s on s.relid = c.oid
where n.nspname = $1 and c.relkind in ('r', 'p', 'm')
order by c.relname
