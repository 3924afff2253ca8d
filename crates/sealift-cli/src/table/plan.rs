//! A plan: per table, each column with its types and the reason.

use super::{indented, left, plain, table};
use crate::printer::{paint, style};
use crate::units;
use sealift_core::plan::like::CODE_PREFIX;
use sealift_core::plan::{Finding, Plan, ProfileUse, Severity, TablePlan};
use sealift_core::schema::target;

/// Returns every table and view of a plan, without its findings.
pub(crate) fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    if let Some(used) = &plan.profile {
        text.push_str(&format!("{}\n\n", profile(used)));
    }
    for table in &plan.tables {
        text.push_str(&one(table));
        text.push('\n');
    }
    text.push_str(&differences(plan));
    if !plan.views.is_empty() {
        text.push_str(&format!("{}\n", paint(style::HEADING, "views")));
        for view in &plan.views {
            text.push_str(&format!("  {}\n", plain(&view.source)));
        }
        text.push('\n');
    }
    text
}

/// Returns which profile was used, why, and how to leave it.
pub(crate) fn profile(used: &ProfileUse) -> String {
    match &used.recognised_by {
        Some(mark) => format!(
            "profile {}, recognised by {}; --profile none leaves it",
            used.name,
            plain(mark)
        ),
        None => format!("profile {}, as asked", used.name),
    }
}

/// Returns whether a finding is shown among the differences to `--like` and not once more.
pub(crate) fn is_difference(finding: &Finding) -> bool {
    finding.severity != Severity::Error && finding.code.starts_with(CODE_PREFIX)
}

/// Returns every difference to the schema of `--like`, those that only are worth knowing too.
fn differences(plan: &Plan) -> String {
    let Some(like) = &plan.like else { return String::new() };
    let heading = paint(style::HEADING, format_args!("differences to {}", plain(like)));
    let found: Vec<&Finding> = plan.findings.iter().filter(|it| is_difference(it)).collect();
    if found.is_empty() {
        return format!("{heading}\n  none\n\n");
    }
    let mut text = format!("{heading}\n");
    for finding in found {
        text.push_str(&format!("  {}: {}\n", plain(&finding.object), plain(&finding.message)));
    }
    text.push('\n');
    text
}

fn one(plan: &TablePlan) -> String {
    let amount = format!("{}, {}", units::counted(plan.rows, "row"), units::bytes(plan.bytes));
    let name = plan.target.name.as_str();
    let renamed = if name == plan.source { String::new() } else { format!(" → {}", plain(name)) };
    let mut text = format!(
        "{}{renamed}  {}\n",
        paint(style::HEADING, plain(&plan.source)),
        paint(style::DIM, amount)
    );
    let mut columns = table(["column", "declared", "PostgreSQL", "because"]);
    for (column, made) in plan.columns.iter().zip(&plan.target.columns) {
        columns.add_row([
            left(&column.source),
            left(&column.declared),
            left(&data_type(made)),
            left(&column.because),
        ]);
    }
    text.push_str(&indented(&columns));
    let belongings = belongings(&plan.target);
    if !belongings.is_empty() {
        text.push_str(&format!("  {}\n", paint(style::DIM, belongings)));
    }
    text
}

fn data_type(column: &target::Column) -> String {
    let mut text = column.data_type.to_string();
    if column.not_null {
        text.push_str(" not null");
    }
    if column.identity.is_some() {
        text.push_str(" identity");
    }
    if column.generated.is_some() {
        text.push_str(" generated");
    }
    text
}

fn belongings(table: &target::Table) -> String {
    let counts = [
        (usize::from(table.primary_key.is_some()), "primary key", "primary keys"),
        (table.unique.len(), "unique constraint", "unique constraints"),
        (table.foreign_keys.len(), "foreign key", "foreign keys"),
        (table.checks.len(), "check", "checks"),
        (table.indexes.len(), "index", "indexes"),
    ];
    let parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| units::plural(units::wide(count), one, many))
        .collect();
    parts.join(", ")
}

/// Returns the last line: how much, and how many findings.
pub(crate) fn plan_totals(plan: &Plan) -> String {
    let rows: u64 = plan.tables.iter().map(|table| table.rows).sum();
    let bytes: u64 = plan.tables.iter().map(|table| table.bytes).sum();
    let views = match plan.views.len() {
        0 => String::new(),
        count => format!(" and {}", units::counted_len(count, "view")),
    };
    format!(
        "{}{views} for schema {}: {}, {} of values; {}",
        units::counted_len(plan.tables.len(), "table"),
        plain(plan.schema.as_str()),
        units::counted(rows, "row"),
        units::bytes(bytes),
        super::findings::summary(&plan.findings),
    )
}
