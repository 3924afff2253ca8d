//! Hashes of all rows, added up on both sides.

use super::job::Job;
use super::outcome::Outcome;
use super::progress::Progress;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::on_a_thread;
use crate::postgres::Session;
use crate::sqlite::{KeyRange, ReadJob, Reader, TableKey, count_rows, read_range};
use sealift_core::convert::ColumnCodec;
use sealift_core::mapping::PgType;
use sealift_core::name::Ident;
use sealift_core::plan::TablePlan;
use sealift_core::sql::Sql;
use sealift_core::verify::{Hashed, RangeDigest, digest_of, probe};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Returns whether the server hashes as we do, by hashing one known row of every type. If not, only
/// cells tell whether rows are equal.
pub(super) async fn server_hashes_alike(session: &Session) -> Result<bool> {
    let (sql, expected) = probe();
    let rows = session.query_text(&sql).await?;
    let answer = rows.first().and_then(|row| row.first()?.as_deref()?.parse::<i64>().ok());
    Ok(answer == Some(expected))
}

/// Returns the columns that a table's digest is made of, in their order: all that `copy` fills.
pub fn digest_columns(plan: &TablePlan) -> Vec<(Ident, PgType)> {
    let copied = plan.target.columns.iter().filter(|column| column.generated.is_none());
    copied.map(|column| (column.name.clone(), column.data_type)).collect()
}

/// Returns whether a digest says anything: not where a column has another type than planned, since
/// the same value hashes differently in another type; and not where the server computed a column,
/// since equal results may be written differently (`7.50` and `7.5`); and not where the target may
/// have rows of its own.
pub(super) fn applies(job: &Job) -> bool {
    job.conflict.is_error()
        && job.columns.iter().all(|column| column.is_as_planned && column.is_copied)
}

/// What is known of a table of SQLite.
pub(super) enum Known {
    /// Its digest: the copy's own pass has computed it.
    Digest(RangeDigest),
    /// How its rows are read.
    Key(TableKey),
}

/// Compares the digests of a table.
pub(super) async fn compare(
    session: &Session,
    reader: Reader,
    job: &Arc<Job>,
    known: Known,
    progress: Progress,
) -> Result<Outcome> {
    let target = target_digest(session, job);
    let (source, target) = match known {
        Known::Digest(digest) => (Ok((digest, 0)), target.await),
        Known::Key(key) => {
            let job = Arc::clone(job);
            let source =
                on_a_thread("comparing", move || source_digest(&reader, &job, key, progress));
            tokio::join!(source, target)
        }
    };
    let ((source, misfits), target) = (source?, target?);
    Ok(Outcome {
        source_rows: source.rows,
        target_rows: target.rows,
        differs: source != target || misfits > 0,
        ..Outcome::default()
    })
}

async fn target_digest(session: &Session, job: &Job) -> Result<RangeDigest> {
    let values = job.columns.iter().map(|column| (column.expression(), column.data_type));
    // The sum of `bigint` is a `numeric` and cannot overflow (manual, aggregate functions).
    let sql = Sql::raw("select count(*), coalesce(sum(")
        .sql(&digest_of(values))
        .push("), 0) from ")
        .qualified(&job.schema, &job.target);
    let rows = session.query_text(&sql).await?;
    let cell = |position: usize| rows.first()?.get(position)?.as_deref();
    let rows_and_sum = (cell(0).and_then(|t| t.parse().ok()), cell(1).and_then(|t| t.parse().ok()));
    match rows_and_sum {
        (Some(rows), Some(sum)) => Ok(RangeDigest { rows, sum }),
        _ => Err(Error::new(ErrorKind::Bug, "the server's digest came back without a number")),
    }
}

/// Reads a table of SQLite and hashes each row as its copy would hash. Also returns how many rows are
/// known to hold a cell that does not fit any more: those cannot be equal to anything.
fn source_digest(
    reader: &Reader,
    job: &Job,
    key: TableKey,
    mut progress: Progress,
) -> Result<(RangeDigest, u64)> {
    let columns = job.columns.iter();
    let codecs: Vec<ColumnCodec> = columns
        .clone()
        .map(|column| ColumnCodec::new(column.data_type, column.reading))
        .collect::<Result<_, _>>()
        .map_err(|error| {
            let table = &job.source;
            Error::new(ErrorKind::Usage, format!("the plan of {table} cannot be carried out"))
                .caused_by(error)
        })?;
    let read = ReadJob {
        key,
        columns: columns.map(|column| column.source.clone()).collect(),
        codecs,
        range: KeyRange::ALL,
        hashed: Hashed::Rows,
        large_cells: true,
        apart: job.apart.clone(),
    };
    let summary = read_range(reader, &read, &mut |chunk| {
        progress.rows(chunk.rows);
        ControlFlow::Continue(())
    });
    progress.finish();
    match summary {
        Ok(summary) => Ok((summary.digest, 0)),
        Err(error) if error.kind() == ErrorKind::Data => Ok((
            RangeDigest { rows: count_rows(reader, &job.source, job.apart.as_ref())?, sum: 0 },
            1,
        )),
        Err(error) => Err(error),
    }
}
