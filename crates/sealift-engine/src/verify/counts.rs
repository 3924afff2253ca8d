//! How many rows each side has.

use super::outcome::Outcome;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::on_a_thread;
use crate::postgres::Session;
use crate::sqlite::{Filter, Reader, count_rows};
use sealift_core::name::Ident;
use sealift_core::sql::Sql;

/// Counts a view on both sides, computing each of its columns on PostgreSQL: one that fails there only
/// when it is read is found.
pub(super) async fn compare_view(
    session: &Session,
    reader: Reader,
    source: &str,
    (schema, target): (&Ident, &Ident),
) -> Result<Outcome> {
    both(session, reader, (source, None), every_column(schema, target)).await
}

/// Computes every column of every row on PostgreSQL.
pub(super) async fn compute_view(
    session: &Session,
    (schema, target): (&Ident, &Ident),
) -> Result<()> {
    count_target(session, &every_column(schema, target)).await.map(drop)
}

fn every_column(schema: &Ident, target: &Ident) -> Sql {
    Sql::raw("select count(row_of_view) from ").qualified(schema, target).push(" as row_of_view")
}

/// Counts a table on both sides.
pub(super) async fn compare(
    session: &Session,
    reader: Reader,
    source: &str,
    (schema, target): (&Ident, &Ident),
    apart: Option<Filter>,
) -> Result<Outcome> {
    let sql = Sql::raw("select count(*) from ").qualified(schema, target);
    both(session, reader, (source, apart), sql).await
}

async fn both(
    session: &Session,
    reader: Reader,
    (source, apart): (&str, Option<Filter>),
    sql: Sql,
) -> Result<Outcome> {
    let relation = source.to_owned();
    let source_rows =
        on_a_thread("comparing", move || count_rows(&reader, &relation, apart.as_ref()));
    let (source_rows, target_rows) = tokio::join!(source_rows, count_target(session, &sql));
    let (source_rows, target_rows) = (source_rows?, target_rows?);
    Ok(Outcome { source_rows, target_rows, ..Outcome::default() })
}

async fn count_target(session: &Session, sql: &Sql) -> Result<u64> {
    let rows = session.query_text(sql).await?;
    let count = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
    count.ok_or_else(|| Error::new(ErrorKind::Bug, "count(*) came back without a number"))
}
