-- Indexes of a schema, with all that makes two of them equal. A foreign key is a constraint on the index of its
-- parent too. Who builds an index beside the work of others holds this lock on its table, which everybody may see.
select i.relname as name,
       c.relname as "table",
       m.amname as method,
       (select pg_catalog.json_agg(
                   pg_catalog.json_build_object(
                       'column', a.attname,
                       'manner', pg_catalog.concat_ws(' ', x.indclass[part - 1], x.indcollation[part - 1],
                           x.indoption[part - 1],
                           case when x.indkey[part - 1] = 0
                                then pg_catalog.pg_get_indexdef(x.indexrelid, part, false) end))
                   order by part)
        from pg_catalog.generate_series(1, x.indnkeyatts) part
        left join pg_catalog.pg_attribute a
            on a.attrelid = x.indrelid and a.attnum = x.indkey[part - 1] and a.attnum <> 0) as keys,
       (select coalesce(pg_catalog.json_agg(a.attname order by part), '[]')
        from pg_catalog.generate_series(x.indnkeyatts + 1, x.indnatts) part
        join pg_catalog.pg_attribute a
            on a.attrelid = x.indrelid and a.attnum = x.indkey[part - 1]) as included,
       pg_catalog.pg_get_expr(x.indpred, x.indrelid) as condition,
       x.indisunique as unique,
       exists (select from pg_catalog.pg_constraint k where k.conindid = x.indexrelid) as of_constraint,
       x.indisreplident as replica_identity,
       i.relispartition or i.relkind = 'I' as of_partition,
       x.indisvalid and x.indisready and x.indislive as valid,
       not x.indisvalid and exists (
           select from pg_catalog.pg_locks l
           where l.relation = x.indrelid and l.mode = 'ShareUpdateExclusiveLock' and l.granted
             and l.pid <> pg_catalog.pg_backend_pid()) as being_built,
       coalesce(s.idx_scan, 0) as scans,
       coalesce(pg_catalog.pg_relation_size(i.oid), 0) as bytes
from pg_catalog.pg_index x
join pg_catalog.pg_class i on i.oid = x.indexrelid
join pg_catalog.pg_class c on c.oid = x.indrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_am m on m.oid = i.relam
left join pg_catalog.pg_stat_user_indexes s on s.indexrelid = x.indexrelid
where n.nspname = $1 and c.relkind in ('r', 'p', 'm')
order by c.relname, i.relname
