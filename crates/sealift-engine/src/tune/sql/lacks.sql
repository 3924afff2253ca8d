-- What is still not as it should be: a grant that the role at work may not make is only a warning of the server's.
-- `case`, since the server asks in any order, and refuses to tell of an index what it is asked of a sequence.
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
    where n.nspname = $1
      and case when c.relkind in ('r', 'p', 'v', 'm', 'f')
               then not pg_catalog.has_table_privilege($2, c.oid, wanted.what) else false end
    union all
    select 'it may still truncate ' || c.relname
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1
      and case when c.relkind in ('r', 'p')
               then pg_catalog.has_table_privilege($2, c.oid, 'truncate') else false end
    union all
    select 'it may not use sequence ' || c.relname
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1
      and case when c.relkind = 'S'
               then not pg_catalog.has_sequence_privilege($2, c.oid, 'usage') else false end) lacks
order by lack
limit 10
