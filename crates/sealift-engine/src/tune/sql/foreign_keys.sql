-- Foreign keys of a schema's tables, without those that partitions have from their table.
select k.conname as name,
       c.relname as "table",
       p.relname as parent,
       (select pg_catalog.json_agg(a.attname order by u.place)
        from pg_catalog.unnest(k.conkey) with ordinality u(number, place)
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number) as columns
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_class p on p.oid = k.confrelid
where n.nspname = $1 and k.contype = 'f' and k.conparentid = 0
order by c.relname, k.conname
