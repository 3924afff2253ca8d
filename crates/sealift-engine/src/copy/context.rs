//! What copying needs, and how a table is read.

use super::{Budget, RangeJob};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Events};
use crate::postgres::TargetLock;
use crate::sqlite::{KeyRange, ReadJob, Snapshot, TableKey};
use crate::store::{RangeReceipt, Store};
use sealift_core::convert::{ColumnCodec, Texts};
use sealift_core::plan::{Plan, TablePlan};
use sealift_core::verify::Hashed;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What every worker needs.
#[derive(Debug)]
pub struct CopyContext {
    /// Where sessions come from.
    pub lock: Arc<TargetLock>,
    /// The source, at one moment.
    pub snapshot: Arc<Snapshot>,
    /// Where receipts go.
    pub store: Store,
    /// What is made.
    pub plan: Plan,
    /// How each table of the plan is read, in the plan's order.
    pub tables: Vec<SourceTable>,
    /// What receipts tell of the rows: never nothing, for the run that goes on checks them.
    pub hashed: Hashed,
    /// The memory that all workers share.
    pub budget: Budget,
    /// Who listens.
    pub events: Events,
    /// Who may stop it.
    pub cancel: Cancel,
}

/// How a table is read.
#[derive(Debug, Clone)]
pub struct SourceTable {
    /// Its key.
    pub key: TableKey,
    /// Whether the census met cells so large that they travel in pieces.
    pub large_cells: bool,
    /// The most bytes of one row that are in memory at once, by the longest cell of each column.
    pub row_bytes: u64,
    /// What the census knows of the texts of each column of the plan.
    pub texts: Vec<Texts>,
}

/// Receipts by source table and range number.
pub type Receipts = BTreeMap<(String, usize), RangeReceipt>;

/// Returns how a range of a table is read.
///
/// # Errors
/// When the plan asks for a conversion that does not exist.
pub(crate) fn read_job(
    context: &CopyContext,
    table: &TablePlan,
    job: &RangeJob,
) -> Result<ReadJob> {
    let source = context
        .tables
        .get(job.table)
        .ok_or_else(|| Error::new(ErrorKind::Bug, "a range of a table that is not in the plan"))?;
    let mut columns = Vec::new();
    let mut codecs = Vec::new();
    for (position, (plan, column)) in table.columns.iter().zip(&table.target.columns).enumerate() {
        if column.generated.is_some() {
            continue;
        }
        let codec = ColumnCodec::new(column.data_type, plan.reading).map_err(|error| {
            Error::new(ErrorKind::Usage, format!("column {}.{}", table.source, plan.source))
                .caused_by(error)
        })?;
        columns.push(plan.source.clone());
        codecs.push(codec.having_seen(source.texts.get(position).copied().unwrap_or_default()));
    }
    Ok(ReadJob {
        key: source.key.clone(),
        columns,
        codecs,
        range: KeyRange { after: job.after, up_to: job.up_to },
        hashed: context.hashed,
        large_cells: source.large_cells,
        apart: context.snapshot.filter(&table.source),
    })
}
