//! What the objects of a schema say, in the words PostgreSQL prints.

use super::introspect::{ident, rows};
use super::session::Session;
use crate::error::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use std::collections::BTreeMap;

const DEFINITIONS: &str = include_str!("sql/definitions.sql");

/// What a definition belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Defined {
    /// The table or view.
    pub relation: String,
    /// `default` (generated columns too), `check`, `index` or `view`.
    pub kind: String,
    /// The column, constraint, index or view.
    pub name: String,
}

/// Returns the definitions of a schema.
///
/// # Errors
/// When the server refuses a query or goes away.
pub async fn definitions(session: &Session, schema: &Ident) -> Result<BTreeMap<Defined, String>> {
    let mut found = BTreeMap::new();
    for row in rows(session, DEFINITIONS, schema).await? {
        let (relation, kind, name) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let defined =
            Defined { relation: relation.to_owned(), kind: kind.to_owned(), name: name.to_owned() };
        found.insert(defined, row.optional(3).unwrap_or_default().to_owned());
    }
    Ok(found)
}

/// Returns the schema of this session's temporary tables, once it has one.
///
/// # Errors
/// When there is none yet, or the server goes away.
pub async fn temporary_schema(session: &Session) -> Result<Ident> {
    let sql =
        Sql::raw("select nspname from pg_catalog.pg_namespace where oid = pg_my_temp_schema()");
    let rows = session.query_text(&sql).await?;
    let name = rows.into_iter().flatten().flatten().next();
    let missing = || Error::new(ErrorKind::Bug, "the session has no temporary tables");
    ident(&name.ok_or_else(missing)?)
}
