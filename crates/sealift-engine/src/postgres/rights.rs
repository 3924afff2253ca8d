//! May the role make what a migration makes, or fill what stands there? Asked before anything is tried.

use super::known::MAY_NOT_CREATE;
use super::session::Session;
use crate::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use std::collections::BTreeMap;

/// Makes sure that the role may create tables in a schema; the schema itself where it is not there yet.
///
/// # Errors
///
/// [`ErrorKind::Permission`] with the statement that helps, when it may not.
pub(crate) async fn require_create(session: &Session, schema: &Ident) -> Result<()> {
    let sql = Sql::raw(
        "select current_user, current_database(), \
         has_database_privilege(current_database(), 'create')::text, \
         (n.oid is not null)::text, \
         coalesce(has_schema_privilege(n.oid, 'create') and has_schema_privilege(n.oid, 'usage'), \
         false)::text \
         from (select 1) as one left join pg_namespace n on n.nspname = ",
    )
    .literal(schema.as_str());
    let rows = session.query_text(&sql).await?;
    let Some([Some(role), Some(database), Some(may_make), Some(is_there), Some(may_use)]) =
        rows.first().map(Vec::as_slice)
    else {
        return Err(Error::new(ErrorKind::Bug, "the server does not tell the role's rights"));
    };
    let (what, hint) = match (is_there.as_str(), may_make.as_str(), may_use.as_str()) {
        ("true", _, "true") | ("false", "true", _) => return Ok(()),
        ("true", _, _) => (
            format!("tables in schema {schema}"),
            Sql::raw("grant create, usage on schema ").ident(schema),
        ),
        _ => (
            format!("schema {schema} in database {database}"),
            Sql::raw("grant create on database ").ident(&ident(database)?),
        ),
    };
    let hint = hint.push(" to ").ident(&ident(role)?);
    let message = format!("role {role} {} {what}", MAY_NOT_CREATE.says);
    Err(MAY_NOT_CREATE.saying(message).hinted(format!("as owner: {}", hint.as_str())))
}

/// What the role may do with the tables and sequences of a schema, by their names.
#[derive(Debug)]
pub(crate) struct Rights {
    /// The role.
    pub(crate) role: Ident,
    held: BTreeMap<String, String>,
}

impl Rights {
    /// Returns whether the role may do this with a table or sequence; with one that is not known, it may.
    pub(crate) fn may(&self, relation: &str, right: &str) -> bool {
        self.held.get(relation).is_none_or(|held| held.split(' ').any(|one| one == right))
    }
}

/// Reads what the role may do with each table and sequence of a schema.
///
/// # Errors
///
/// When the server does not answer.
pub(crate) async fn rights(session: &Session, schema: &Ident) -> Result<Rights> {
    // A right on single columns is one as well: which are written depends on the plan.
    let sql = Sql::raw(
        "select current_user::text, c.relname::text, case when c.relkind = 'S' then concat_ws(' ', \
         case when has_sequence_privilege(c.oid, 'select') then 'select' end, \
         case when has_sequence_privilege(c.oid, 'update') then 'update' end) \
         else concat_ws(' ', \
         case when has_any_column_privilege(c.oid, 'select') then 'select' end, \
         case when has_any_column_privilege(c.oid, 'insert') then 'insert' end, \
         case when has_any_column_privilege(c.oid, 'update') then 'update' end, \
         case when has_table_privilege(c.oid, 'delete') then 'delete' end, \
         case when has_table_privilege(c.oid, 'truncate') then 'truncate' end) end \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where c.relkind in ('r', 'p', 'f', 'S') and n.nspname = ",
    )
    .literal(schema.as_str());
    let rows = session.query_text(&sql).await?;
    let role = rows.first().and_then(|row| row.first()?.clone()).unwrap_or_default();
    let held = rows.into_iter().filter_map(|row| {
        let [_, Some(relation), held] = <[_; 3]>::try_from(row).ok()? else { return None };
        Some((relation, held.unwrap_or_default()))
    });
    let held: BTreeMap<String, String> = held.collect();
    let role = if held.is_empty() { "current_user" } else { role.as_str() };
    Ok(Rights { role: ident(role)?, held })
}

fn ident(name: &str) -> Result<Ident> {
    Ident::new(name).map_err(|error| {
        Error::new(ErrorKind::Bug, "the server told a name that is none").caused_by(error)
    })
}
