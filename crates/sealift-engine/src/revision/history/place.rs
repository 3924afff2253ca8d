//! [`Place`]: where the history of a schema is kept.

use super::super::known;
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::Session;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use std::fmt;

/// A table, which may not be there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    schema: Ident,
    table: Ident,
}

impl Place {
    /// `_sealift.revision`, of all schemas of the database.
    pub(super) fn own() -> Result<Self> {
        Ok(Self { schema: ident("_sealift")?, table: ident("revision")? })
    }

    /// `_sealift_revision` in the schema itself.
    pub(super) fn within(schema: &Ident) -> Result<Self> {
        Ok(Self { schema: schema.clone(), table: ident("_sealift_revision")? })
    }

    pub(super) fn table(&self) -> Sql {
        Sql::new().qualified(&self.schema, &self.table)
    }

    pub(super) fn is_own(&self) -> Result<bool> {
        Ok(*self == Self::own()?)
    }

    /// Returns whether the table is there.
    ///
    /// # Errors
    /// When it is, and this role may not read it: that it is empty must not be assumed.
    pub(super) async fn is_there(&self, session: &Session) -> Result<bool> {
        let sql = Sql::raw(
            "select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') \
             from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ",
        )
        .literal(self.schema.as_str())
        .push(" and c.relname = ")
        .literal(self.table.as_str());
        let rows = session.query_text(&sql).await?;
        match rows.first().and_then(|row| row.first()?.as_deref()) {
            None => Ok(false),
            Some("t") => Ok(true),
            Some(_) => {
                let says = known::NO_HISTORY_RIGHT.says;
                Err(known::NO_HISTORY_RIGHT.saying(format!("{says}: {self}")))
            }
        }
    }

    /// Returns whether this role may make the table here.
    pub(super) async fn may_be_made(&self, session: &Session) -> Result<bool> {
        let sql = Sql::raw(
            "select coalesce((select has_schema_privilege(oid, 'usage') and has_schema_privilege(oid, 'create') \
             from pg_namespace where nspname = ",
        )
        .literal(self.schema.as_str())
        .push("), has_database_privilege(current_database(), 'create'))");
        let rows = session.query_text(&sql).await?;
        Ok(rows.first().and_then(|row| row.first()?.as_deref()) == Some("t"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table {}.{}", self.schema, self.table)
    }
}

fn ident(name: &str) -> Result<Ident> {
    Ident::new(name)
        .map_err(|error| Error::new(ErrorKind::Bug, "the history's own name").caused_by(error))
}
