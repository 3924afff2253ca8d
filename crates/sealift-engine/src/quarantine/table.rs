//! The table of the target: made, filled in one transaction, and found again.

use super::file::Draft;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::Step;
use crate::postgres::{Session, require_create};
use crate::sqlite::{KeptRow, Snapshot, introspect, kept_rows};
use crate::store::Store;
use bytes::Bytes;
use sealift_core::convert::{ColumnCodec, Reading};
use sealift_core::copyfmt;
use sealift_core::mapping::PgType;
use sealift_core::name::Ident;
use sealift_core::plan::Plan;
use sealift_core::sql::Sql;
use sealift_core::sqlite::ValueRef;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The table's name.
pub const TABLE: &str = "sealift_quarantine";

/// The comment by which a table of ours is known.
const MARK: &str = "Rows that Sealift kept apart; see sealift quarantine";

/// Bytes of one message to the server.
const CHUNK_BYTES: usize = 256 << 10;

/// The columns that are written; `at` fills itself.
const COLUMNS: [&str; 7] = ["id", "source_table", "key", "columns", "reason", "row", "run"];

pub(super) fn name(schema: &Ident) -> Result<Sql> {
    Ok(Sql::new().qualified(schema, &ident(TABLE)?))
}

fn ident(name: &str) -> Result<Ident> {
    Ident::new(name)
        .map_err(|error| Error::new(ErrorKind::Bug, "the quarantine's own name").caused_by(error))
}

/// What stands under the table's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Nothing,
    Ours,
    AnothersTable,
}

pub(super) async fn standing(session: &Session, schema: &Ident) -> Result<Standing> {
    let sql = Sql::raw(
        "select obj_description(c.oid, 'pg_class') from pg_class c \
         join pg_namespace n on n.oid = c.relnamespace where n.nspname = ",
    )
    .literal(schema.as_str())
    .push(" and c.relname = ")
    .literal(TABLE);
    let rows = session.query_text(&sql).await?;
    Ok(match rows.first().map(|row| row.first().and_then(Option::as_deref)) {
        None => Standing::Nothing,
        Some(Some(comment)) if comment == MARK => Standing::Ours,
        Some(_) => Standing::AnothersTable,
    })
}

/// Makes sure, before anything is written, that rows can be kept apart in the target.
///
/// # Errors
/// When the name is taken, or the role may not make a table.
pub(crate) async fn refuse_strangers(
    session: &Session,
    plan: &Plan,
    snapshot: &Snapshot,
) -> Result<()> {
    if snapshot.apart().is_none_or(|apart| apart.all_rows() == 0) {
        return Ok(());
    }
    let is_planned = plan.tables.iter().any(|table| table.target.name.as_str() == TABLE)
        || plan.views.iter().any(|view| view.target.name.as_str() == TABLE);
    if is_planned || standing(session, &plan.schema).await? == Standing::AnothersTable {
        return Err(Error::new(
            ErrorKind::Target,
            format!("the name {}.{TABLE}, under which rows are kept apart, is taken", plan.schema),
        )
        .hinted("rename that table, or mend the rows in SQLite so that none is kept apart"));
    }
    require_create(session, &plan.schema).await
}

/// What is written, and where to.
pub(crate) struct Writing<'a> {
    pub(crate) snapshot: &'a Arc<Snapshot>,
    pub(crate) plan: &'a Plan,
    pub(crate) store: &'a Store,
    /// What the run is made for: the same when it goes on.
    pub(crate) run: &'a str,
    /// The file on this side.
    pub(crate) file: Option<PathBuf>,
}

/// Writes all rows that are kept apart into the table and the file, in place of what an earlier run
/// wrote for the same tables.
///
/// # Errors
/// When either cannot be written; neither is changed then, or the same command writes both again.
pub(crate) async fn write(session: &Session, writing: Writing<'_>) -> Result<()> {
    let failed = |error: Error| error.context("keep rows apart");
    let rows = writing.snapshot.apart().map_or(0, |apart| apart.all_rows());
    let standing = standing(session, &writing.plan.schema).await?;
    if rows == 0 {
        if standing == Standing::Ours {
            session.begin().await?;
            forget(session, writing.plan).await?;
            drop_if_empty(session, &writing.plan.schema).await?;
            writing.store.commit(session, Step::Quarantine).await?;
        }
        return writing.file.as_ref().map_or(Ok(()), |path| super::file::set_aside(path));
    }
    session.begin().await?;
    let filled = async {
        if standing == Standing::Nothing {
            make(session, &writing.plan.schema).await?;
        } else {
            forget(session, writing.plan).await?;
        }
        fill(session, &writing).await
    };
    let draft = match filled.await {
        Ok(draft) => draft,
        Err(error) => {
            // The first failure is the one to tell; a connection that is gone has rolled back anyway.
            session.rollback().await.unwrap_or_default();
            return Err(failed(error));
        }
    };
    writing.store.commit(session, Step::Quarantine).await?;
    draft.map_or(Ok(()), Draft::keep)
}

async fn make(session: &Session, schema: &Ident) -> Result<()> {
    let name = name(schema)?;
    let create = Sql::raw("create table ").sql(&name).push(
        " (id bigint primary key, source_table text not null, key json not null, \
         columns json not null, reason text not null, \"row\" json not null, \
         at timestamptz not null default now(), run text not null)",
    );
    session.batch(&create).await?;
    let comment = Sql::raw("comment on table ").sql(&name).push(" is ").literal(MARK);
    session.batch(&comment).await
}

/// Takes out what is there of the plan's tables.
async fn forget(session: &Session, plan: &Plan) -> Result<()> {
    if plan.tables.is_empty() {
        return Ok(());
    }
    let tables = plan.tables.iter().map(|table| Sql::new().literal(&table.source));
    let delete = Sql::raw("delete from ")
        .sql(&name(&plan.schema)?)
        .push(" where source_table in (")
        .join(tables, ", ")
        .push(")");
    session.execute(&delete).await.map(|_| ())
}

/// Drops the table once nothing is in it.
pub(super) async fn drop_if_empty(session: &Session, schema: &Ident) -> Result<bool> {
    let name = name(schema)?;
    let rows = Sql::raw("select 1 from ").sql(&name).push(" limit 1");
    let is_empty = session.query_text(&rows).await?.is_empty();
    if is_empty {
        session.batch(&Sql::raw("drop table ").sql(&name)).await?;
    }
    Ok(is_empty)
}

async fn fill(session: &Session, writing: &Writing<'_>) -> Result<Option<Draft>> {
    let schema = &writing.plan.schema;
    let last = Sql::raw("select coalesce(max(id), 0) from ").sql(&name(schema)?);
    let rows = session.query_text(&last).await?;
    let last: i64 = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or(0);
    let columns: Result<Vec<Ident>> = COLUMNS.into_iter().map(ident).collect();
    let copy = Sql::raw("copy ")
        .sql(&name(schema)?)
        .push(" (")
        .idents(columns?.iter())
        .push(") from stdin (format binary)");
    let mut copy = session.copy_in(&copy).await?;
    let (sender, mut receiver) = mpsc::channel::<Bytes>(2);
    let (snapshot, run) = (Arc::clone(writing.snapshot), writing.run.to_owned());
    let file = writing.file.clone();
    let reading = tokio::task::spawn_blocking(move || read(&snapshot, (last, &run), file, &sender));
    while let Some(bytes) = receiver.recv().await {
        copy.send(bytes).await?;
    }
    let (draft, rows) = reading.await.map_err(|error| {
        Error::new(ErrorKind::Bug, "the thread that keeps rows apart panicked").caused_by(error)
    })??;
    let accepted = copy.finish().await?;
    if accepted != rows {
        return Err(Error::new(
            ErrorKind::Bug,
            format!("the server counted {accepted} rows where {rows} were kept apart"),
        ));
    }
    Ok(draft)
}

/// Reads the rows and hands them on as a binary `COPY`, writing the file on the way.
fn read(
    snapshot: &Snapshot,
    (last, run): (i64, &str),
    file: Option<PathBuf>,
    sender: &mpsc::Sender<Bytes>,
) -> Result<(Option<Draft>, u64)> {
    let bug = |message: &'static str| Error::new(ErrorKind::Bug, message);
    let apart = snapshot.apart().ok_or_else(|| bug("nothing is kept apart"))?;
    let reader = snapshot.take().ok_or_else(|| bug("no reader is free"))?;
    let schema = introspect(&reader)?;
    let mut draft = file.map(Draft::begin).transpose()?;
    let mut buffer = copyfmt::HEADER.to_vec();
    let mut count = 0;
    let gone = |_| Error::new(ErrorKind::Stopped, "stopped");
    kept_rows(&reader, &schema, &apart, |mut row| {
        row.id += last;
        count += 1;
        encode(&row, run, &mut buffer)?;
        if let Some(draft) = &mut draft {
            draft.add(&row)?;
        }
        if buffer.len() >= CHUNK_BYTES {
            sender.blocking_send(Bytes::from(std::mem::take(&mut buffer))).map_err(gone)?;
        }
        Ok(())
    })?;
    if count != apart.all_rows() {
        return Err(bug("another number of rows is kept apart than was counted"));
    }
    buffer.extend_from_slice(&copyfmt::TRAILER);
    sender.blocking_send(Bytes::from(buffer)).map_err(gone)?;
    Ok((draft, count))
}

fn encode(row: &KeptRow, run: &str, out: &mut Vec<u8>) -> Result<()> {
    let json = |error: serde_json::Error| {
        Error::new(ErrorKind::Bug, "a row cannot be written as JSON").caused_by(error)
    };
    let texts = [
        (row.source_table.clone(), PgType::Text),
        (serde_json::to_string(&row.key).map_err(json)?, PgType::Json),
        (serde_json::to_string(&row.columns).map_err(json)?, PgType::Json),
        (row.reason.clone(), PgType::Text),
        (serde_json::to_string(&row.row).map_err(json)?, PgType::Json),
        (run.to_owned(), PgType::Text),
    ];
    copyfmt::begin_row(7, out);
    put(PgType::BigInt, ValueRef::Integer(row.id), row, out)?;
    for (text, data_type) in &texts {
        put(*data_type, ValueRef::Text(text.as_bytes()), row, out)?;
    }
    Ok(())
}

fn put(data_type: PgType, value: ValueRef<'_>, row: &KeptRow, out: &mut Vec<u8>) -> Result<()> {
    let codec = ColumnCodec::new(data_type, Reading::Plain).map_err(|error| {
        Error::new(ErrorKind::Bug, "the quarantine's own types").caused_by(error)
    })?;
    codec.encode(value, out).map_err(|why| {
        Error::new(
            ErrorKind::Data,
            format!("row {} of {} cannot be kept apart: {why}", row.id, row.source_table),
        )
        .hinted("mend that row in SQLite, so that it can be carried")
    })
}
