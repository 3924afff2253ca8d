-- What is still not as it should be: a grant that the role at work may not make is only a warning of the server's.
select lack from (
    select 'it may not connect to the database' as lack
    where not pg_catalog.has_database_privilege($2, pg_catalog.current_database(), 'connect')
    union all
    select 'it may not use schema ' || $1
    where not pg_catalog.has_schema_privilege($2, $1, 'usage')
    union all
    select 'it may still make tables in schema ' || $1
    where pg_catalog.has_schema_privilege($2, $1, 'create')
    union all
    select 'it may not ' || wanted.what || ' rows of ' || c.relname
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join pg_catalog.unnest(array['select', 'insert', 'update', 'delete']) wanted(what)
    where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and not pg_catalog.has_table_privilege($2, c.oid, wanted.what)
    union all
    select 'it may still truncate ' || c.relname
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relkind in ('r', 'p')
      and pg_catalog.has_table_privilege($2, c.oid, 'truncate')
    union all
    select 'it may not use sequence ' || c.relname
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relkind = 'S'
      and not pg_catalog.has_sequence_privilege($2, c.oid, 'usage')) lacks
order by lack
limit 10
