//! [`largest`]: the largest values of columns of whole numbers.

use super::Session;
use crate::error::Result;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use std::collections::HashMap;

/// Largest values, by table and column; none of a column without values.
pub(crate) type Largest = HashMap<(String, String), i64>;

/// Returns the largest value of each column, given as table and column, in one question.
///
/// # Errors
/// When the server refuses or does not answer.
pub(crate) async fn largest(
    session: &Session,
    schema: &Ident,
    columns: &[(&Ident, &Ident)],
) -> Result<Largest> {
    let parts = columns.iter().map(|(table, column)| {
        Sql::raw("select ")
            .literal(table.as_str())
            .push(", ")
            .literal(column.as_str())
            .push(", max(")
            .ident(column)
            .push(")::bigint from ")
            .qualified(schema, table)
    });
    let rows = session.union_all(&parts.collect::<Vec<Sql>>()).await?;
    let found = rows.into_iter().filter_map(|row| {
        let [Some(table), Some(column), Some(value)] = <[_; 3]>::try_from(row).ok()? else {
            return None;
        };
        Some(((table, column), value.parse().ok()?))
    });
    Ok(found.collect())
}
