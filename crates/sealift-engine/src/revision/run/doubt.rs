//! [`settle`]: whether a statement is done of which a process that is gone did not write down how it ended.

use super::sending::Sending;
use crate::error::Result;
use sealift_core::name::Ident;
use sealift_core::revision::split::Statement;
use sealift_core::sql::Sql;

/// What the database tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It is to be carried out, as if for the first time.
    NotDone,
    /// It is done.
    Done,
    /// It does not tell.
    Open,
}

/// Looks, and takes away what a statement that failed has left. `failed` says that it was refused, or mended since.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn settle(
    sending: &Sending<'_>,
    statement: &Statement<'_>,
    failed: bool,
) -> Result<Doubt> {
    if let Some(index) = statement.index_built_concurrently() {
        let table = statement.effect().on.into_iter().next().unwrap_or_default();
        return built(sending, &table, &index, failed).await;
    }
    let words = statement.words(3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["drop", "index", ..] => dropped(sending, statement, failed).await,
        // To do these twice is to do them once.
        ["vacuum" | "reindex", ..] | ["alter", "system", ..] => Ok(Doubt::NotDone),
        _ if failed => Ok(Doubt::NotDone),
        _ => Ok(Doubt::Open),
    }
}

/// An index that was being built is there, is there and not valid, or is not.
async fn built(sending: &Sending<'_>, table: &str, index: &Ident, failed: bool) -> Result<Doubt> {
    let session = sending.session;
    let sql = Sql::raw(
        "select i.indisvalid, n.nspname, exists (select from pg_catalog.pg_stat_progress_create_index p \
         where p.datname = current_database() and p.index_relid = i.indexrelid) from pg_catalog.pg_index i \
         join pg_catalog.pg_class c on c.oid = i.indexrelid and c.relkind = 'i' \
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where i.indrelid = pg_catalog.to_regclass(",
    )
    .literal(table)
    .push(") and c.relname = ")
    .literal(index.as_str());
    let rows = session.query_text(&sql).await?;
    let Some([Some(valid), Some(schema), Some(in_progress)]) = rows.first().map(Vec::as_slice)
    else {
        return Ok(Doubt::NotDone);
    };
    match (valid.as_str(), in_progress.as_str()) {
        // The server's own words about an index of that name are the better answer.
        ("t", _) if failed => Ok(Doubt::NotDone),
        ("t", _) => Ok(Doubt::Done),
        (_, "t") => Ok(Doubt::Open),
        _ => {
            let Ok(schema) = Ident::new(schema.as_str()) else { return Ok(Doubt::Open) };
            sending.events.notice(format!(
                "index {index} was left half built, and is not valid: it is dropped and built again"
            ));
            let drop = Sql::raw("drop index concurrently ").qualified(&schema, index);
            session.batch_unless(&drop, sending.cancel.cancelled()).await?;
            Ok(Doubt::NotDone)
        }
    }
}

/// An index that was being dropped is gone, or still there, perhaps not valid any more.
async fn dropped(sending: &Sending<'_>, statement: &Statement<'_>, failed: bool) -> Result<Doubt> {
    let names = statement.effect().on;
    let [name] = names.as_slice() else { return Ok(Doubt::NotDone) };
    let sql = Sql::raw("select pg_catalog.to_regclass(").literal(name).push(") is null");
    let rows = sending.session.query_text(&sql).await?;
    let gone = rows.first().and_then(|row| row.first()?.as_deref()) == Some("t");
    Ok(if gone && !failed { Doubt::Done } else { Doubt::NotDone })
}
