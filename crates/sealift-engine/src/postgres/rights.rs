//! May the role make what a migration makes? Asked before anything is tried.

use super::known::MAY_NOT_CREATE;
use super::session::Session;
use crate::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::sql::Sql;

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

fn ident(name: &str) -> Result<Ident> {
    Ident::new(name).map_err(|error| {
        Error::new(ErrorKind::Bug, "the server told a name that is none").caused_by(error)
    })
}
