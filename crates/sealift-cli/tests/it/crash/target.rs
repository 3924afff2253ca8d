//! All that a test database holds, as lines that two databases can be compared by.

use sealift_testkit::Database;

/// Schemas, columns, constraints, indexes, views, triggers and sequences, from PostgreSQL's own catalogs.
const STRUCTURE: &str = r"
    select 'schema ' || nspname, '' from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'
    union all
    select 'relation ' || relname, relkind::text from pg_class
    where relnamespace = 'public'::regnamespace
    union all
    select 'column ' || c.relname || '.' || a.attnum || ' ' || a.attname,
           concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                     (select pg_get_expr(adbin, adrelid) from pg_attrdef
                      where adrelid = a.attrelid and adnum = a.attnum))
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and a.attnum > 0
    union all
    select 'constraint ' || conrelid::regclass || ' ' || conname,
           pg_get_constraintdef(oid) || convalidated
    from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
    from pg_index join pg_class c on c.oid = indexrelid
    where c.relnamespace = 'public'::regnamespace
    union all
    select 'sequence ' || sequencename, last_value::text from pg_sequences
    where schemaname = 'public'
    union all
    select 'view ' || viewname, definition from pg_views where schemaname = 'public'
    union all
    select 'trigger ' || tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all
    select 'function ' || proname, prosrc from pg_proc
    where pronamespace = 'public'::regnamespace
    order by 1";

const TABLES: &str = "
    select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1";

/// Returns what is in the database: its structure, and each table's rows as a number and a hash.
pub(super) fn contents(database: &Database) -> Vec<String> {
    let mut lines: Vec<String> = database
        .query_text_blocking(STRUCTURE)
        .into_iter()
        .map(|cells| cells.into_iter().flatten().collect::<Vec<_>>().join(": "))
        .collect();
    for table in database.query_text_blocking(TABLES).into_iter().flatten().flatten() {
        // When a row was kept apart differs from run to run.
        let row = if table == "sealift_quarantine" { "to_jsonb(t) - 'at'" } else { "t" };
        let rows = database.query_text_blocking(&format!(
            "select count(*), md5(string_agg(h, '' order by h)) \
             from (select md5(({row})::text) as h from public.\"{table}\" t) as hashed",
        ));
        lines.push(format!("rows of {table}: {rows:?}"));
    }
    lines
}
