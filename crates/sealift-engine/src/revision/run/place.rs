//! Where names without a schema are looked up while a revision runs.

use super::super::known;
use crate::error::Result;
use crate::postgres::Session;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;

/// Makes sure that the schema is there.
///
/// # Errors
/// When it is not.
pub(super) async fn require_schema(session: &Session, schema: &Ident) -> Result<()> {
    let sql =
        Sql::raw("select from pg_catalog.pg_namespace where nspname = ").literal(schema.as_str());
    if session.query_text(&sql).await?.is_empty() {
        let says = known::NO_SCHEMA.says;
        return Err(known::NO_SCHEMA
            .saying(format!("{says} {schema}"))
            .hinted(format!("make it: {}", Sql::raw("create schema ").ident(schema))));
    }
    Ok(())
}

/// Sets the schema first, then those of extensions, whose types and functions are used without their names.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn settle(session: &Session, schema: &Ident) -> Result<()> {
    let extensions = Sql::raw(
        "select distinct n.nspname from pg_catalog.pg_extension e \
         join pg_catalog.pg_namespace n on n.oid = e.extnamespace \
         where n.nspname <> 'pg_catalog' order by 1",
    );
    let names = session.query_text(&extensions).await?;
    let names = names.into_iter().filter_map(|row| Ident::new(row.into_iter().next()??).ok());
    let path: Vec<Ident> =
        std::iter::once(schema.clone()).chain(names.filter(|name| name != schema)).collect();
    session.batch(&Sql::raw("set search_path = ").idents(&path)).await
}
