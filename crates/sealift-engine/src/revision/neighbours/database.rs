//! Histories of other tools in a schema of a server.

use super::Neighbour;
use crate::error::Result;
use crate::postgres::Session;
use sealift_core::name::Ident;
use sealift_core::revision::neighbour::{MARKS, Mark, YES};
use sealift_core::sql::Sql;

/// Syntax errors and undefined functions, operators and casts (manual, appendix A): class 42.
const NOT_UNDERSTOOD: &str = "42";

/// Returns the histories of other tools that are in a schema and may be read.
///
/// # Errors
/// When the server does not answer.
pub async fn neighbours(session: &Session, schema: &Ident) -> Result<Vec<Neighbour>> {
    let mut found = Vec::new();
    for mark in MARKS {
        if !is_there(session, schema, mark).await? {
            continue;
        }
        match read(session, schema, mark).await {
            Ok(one) => found.push(one),
            // Columns of these names, and of types that the tool does not give them.
            Err(error) if error.sqlstate().is_some_and(|code| code.starts_with(NOT_UNDERSTOOD)) => {
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn is_there(session: &Session, schema: &Ident, mark: &Mark) -> Result<bool> {
    let array = |names: &[&'static str]| {
        Sql::raw("array[")
            .join(names.iter().map(|name| Sql::new().literal(name)), ", ")
            .push("]::name[]")
    };
    let sql = Sql::raw(
        "select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         cross join lateral (select array_agg(a.attname) as names from pg_catalog.pg_attribute a \
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as has \
         where c.relkind in ('r', 'p') and has_schema_privilege(n.oid, 'usage') \
         and has_table_privilege(c.oid, 'select') and n.nspname = ",
    )
    .literal(schema.as_str())
    .push(" and c.relname = ")
    .literal(mark.table)
    .push(" and has.names @> ")
    .sql(&array(mark.columns))
    .push(" and not has.names && ")
    .sql(&array(mark.without));
    Ok(!session.query_text(&sql).await?.is_empty())
}

async fn read(session: &Session, schema: &Ident, mark: &Mark) -> Result<Neighbour> {
    let table = || {
        let quoted = Sql::new().ident(schema);
        quoted.push(".\"").push(mark.table).push("\" ")
    };
    let [list, rest] = mark.current;
    let current = Sql::raw("select (").push(list).push(")::text from ").sql(&table()).push(rest);
    let rows = session.query_text(&current).await?;
    let current = rows.into_iter().filter_map(|row| row.into_iter().next()?).collect();
    let unfinished = if mark.unfinished.is_empty() { "false" } else { mark.unfinished };
    let counts = Sql::raw("select count(*)::text, coalesce(bool_or((")
        .push(unfinished)
        .push(")::text in (")
        .join(YES.map(|yes| Sql::new().literal(yes)), ", ")
        .push(")), false) from ")
        .sql(&table());
    let rows = session.query_text(&counts).await?;
    let fact = |at: usize| rows.first()?.get(at)?.as_deref();
    Ok(Neighbour {
        tool: mark.tool,
        table: mark.table,
        current,
        applied: fact(0).filter(|_| mark.keeps_all).and_then(|text| text.parse().ok()),
        unfinished: fact(1) == Some("t"),
    })
}
