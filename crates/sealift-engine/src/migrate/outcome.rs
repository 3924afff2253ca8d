//! What a migration comes back with.

use super::journey::is_refused;
use super::phases::Phases;
use crate::config::MigrateOptions;
use crate::copy::Receipts;
use crate::report::{ColumnReport, MatchStatus, MigrateReport, Status, TableReport, VerifyReport};
use sealift_core::plan::{Plan, TablePlan};
use std::collections::BTreeMap;
use std::time::Duration;

/// How a migration ended without an error.
pub(super) enum Ended {
    /// Findings forbid the start.
    Refused(Plan),
    /// Everything is there.
    Done {
        /// What was made.
        plan: Plan,
        /// What arrived.
        receipts: Receipts,
        /// How many rows of each table are kept apart.
        rejected: BTreeMap<String, u64>,
        /// How both sides compare.
        verified: Option<VerifyReport>,
    },
}

/// Writes the report. `resumed` says whether an earlier process's work was gone on with.
pub(super) fn report(
    options: &MigrateOptions,
    ended: Ended,
    resumed: bool,
    (seconds, phases): (Duration, &Phases),
) -> MigrateReport {
    let (plan, receipts, rejected, verify) = match ended {
        Ended::Refused(plan) => (plan, Receipts::new(), BTreeMap::new(), None),
        Ended::Done { plan, receipts, rejected, verified } => (plan, receipts, rejected, verified),
    };
    let tables: Vec<TableReport> =
        plan.tables.iter().map(|table| table_report(table, &receipts, &rejected)).collect();
    let differs = verify.as_ref().is_some_and(|report| report.status == MatchStatus::Differ);
    let status = if is_refused(&plan, options.strict) {
        Status::Refused
    } else if differs {
        Status::Differences
    } else {
        Status::Ok
    };
    MigrateReport {
        status,
        source: options.source.display().to_string(),
        target: options.target.to_string(),
        schema: plan.schema.as_str().to_owned(),
        resumed,
        rows: tables.iter().map(|table| table.rows).sum(),
        rejected: tables.iter().map(|table| table.rejected).sum(),
        bytes: tables.iter().map(|table| table.bytes).sum(),
        tables,
        seconds: seconds.as_secs_f64(),
        phases: phases.reports(),
        findings: plan.findings.clone(),
        verify,
        plan,
    }
}

fn table_report(
    table: &TablePlan,
    receipts: &Receipts,
    rejected: &BTreeMap<String, u64>,
) -> TableReport {
    let mut report = TableReport {
        name: table.source.clone(),
        target: table.target.name.as_str().to_owned(),
        rows: 0,
        rejected: rejected.get(&table.source).copied().unwrap_or(0),
        bytes: 0,
        seconds: 0.0,
        columns: columns(table),
    };
    for (_, receipt) in receipts.iter().filter(|((name, _), _)| *name == table.source) {
        report.rows += receipt.digest.rows;
        report.bytes += receipt.bytes;
        report.seconds += receipt.seconds;
    }
    report
}

fn columns(table: &TablePlan) -> Vec<ColumnReport> {
    table
        .columns
        .iter()
        .zip(&table.target.columns)
        .map(|(plan, target)| ColumnReport {
            name: plan.source.clone(),
            declared: plan.declared.clone(),
            data_type: target.data_type.to_string(),
            because: plan.because.clone(),
        })
        .collect()
}
