//! What is in the quarantine.

use super::table::{Standing, name, standing};
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::Session;
use crate::sqlite::KeptRow;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use serde::Serialize;

/// A row of the quarantine, without its cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its number.
    pub id: i64,
    /// The source table.
    pub source_table: String,
    /// What tells the row apart, as JSON.
    pub key: String,
    /// Why it is there.
    pub reason: String,
    /// Since when.
    pub at: String,
}

/// Returns the first `limit` rows and how many there are of each table.
///
/// # Errors
/// When the server does not answer.
pub async fn list(
    session: &Session,
    schema: &Ident,
    limit: i64,
) -> Result<(Vec<Listed>, Vec<(String, u64)>)> {
    if standing(session, schema).await? != Standing::Ours {
        return Ok((Vec::new(), Vec::new()));
    }
    let rows = Sql::raw("select id, source_table, key, reason, at from ")
        .sql(&name(schema)?)
        .push(" order by id limit ")
        .int(limit);
    let listed = session.query_text(&rows).await?.into_iter().filter_map(|row| {
        let [Some(id), Some(source_table), Some(key), Some(reason), Some(at)] =
            <[_; 5]>::try_from(row).ok()?
        else {
            return None;
        };
        Some(Listed { id: id.parse().ok()?, source_table, key, reason, at })
    });
    let listed = listed.collect();
    let counts = Sql::raw("select source_table, count(*) from ")
        .sql(&name(schema)?)
        .push(" group by 1 order by min(id)");
    let counts = session.query_text(&counts).await?.into_iter().filter_map(|row| {
        let [Some(table), Some(count)] = <[_; 2]>::try_from(row).ok()? else { return None };
        Some((table, count.parse().ok()?))
    });
    Ok((listed, counts.collect()))
}

/// Returns one row.
///
/// # Errors
/// When there is none of this number, or the server does not answer.
pub async fn show(session: &Session, schema: &Ident, id: i64) -> Result<KeptRow> {
    let found = match standing(session, schema).await? {
        Standing::Ours => rows(session, schema, &Sql::raw(" where id = ").int(id)).await?,
        Standing::Nothing | Standing::AnothersTable => Vec::new(),
    };
    found.into_iter().next().ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("there is no row {id} in the quarantine"))
            .hinted("sealift quarantine list shows which there are")
    })
}

/// Returns rows with their cells, in their order.
pub(super) async fn rows(
    session: &Session,
    schema: &Ident,
    condition: &Sql,
) -> Result<Vec<KeptRow>> {
    let sql = Sql::raw("select id, source_table, key, columns, reason, \"row\" from ")
        .sql(&name(schema)?)
        .sql(condition);
    let unreadable = || {
        Error::new(ErrorKind::Target, "a row of the quarantine cannot be read: it was changed")
            .hinted("sealift quarantine list shows the others")
    };
    let mut found = Vec::new();
    for row in session.query_text(&sql).await? {
        let row: Option<Vec<String>> = row.into_iter().collect();
        let [id, source_table, key, columns, reason, cells] =
            row.and_then(|row| <[String; 6]>::try_from(row).ok()).ok_or_else(unreadable)?;
        found.push(KeptRow {
            id: id.parse().map_err(|_| unreadable())?,
            source_table,
            key: serde_json::from_str(&key).map_err(|_| unreadable())?,
            columns: serde_json::from_str(&columns).map_err(|_| unreadable())?,
            reason,
            row: serde_json::from_str(&cells).map_err(|_| unreadable())?,
        });
    }
    Ok(found)
}
