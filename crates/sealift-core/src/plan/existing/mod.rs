//! The plan of a run that fills tables which the application's own migrations made.
//!
//! Tables and columns are matched by name: the exact one, else the only one that differs in ASCII
//! case. Never by position, which is other in a table that was altered. The target's types hold;
//! what does not go together becomes a finding, before anything is written.

mod column;
mod hint;
mod search;
mod table;

pub use hint::reading_hint;
pub use search::stays_in_sqlite;

use super::{
    Cast, Conflict, ConflictRule, FillRule, Finding, Plan, Policies, Severity, StoredForm,
    TablePlan,
};
use crate::ast::{Deferrability, ForeignKeyAction};
use crate::mapping::{ColumnCensus, PgType};
use crate::name::Ident;
use crate::schema::{source, target};

/// A table as it stands in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingTable {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<StandingColumn>,
    /// The columns of its primary key.
    pub primary_key: Option<StandingKey>,
    /// Its unique constraints.
    pub unique: Vec<StandingKey>,
    /// Its foreign keys to tables of the same schema.
    pub foreign_keys: Vec<StandingReference>,
}

/// A column as it stands in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingColumn {
    /// Its name.
    pub name: String,
    /// Its type as the server prints it.
    pub type_name: String,
    /// The same where it is one of ours, else the type that its values arrive as; `None` where there is
    /// none.
    pub data_type: Option<PgType>,
    /// How values that arrive as another type become the column's own.
    pub form: Option<StoredForm>,
    /// `not null`
    pub not_null: bool,
    /// Whether a row that does not name it gets a value: a default or an identity.
    pub fills_itself: bool,
    /// `generated always as (…)`
    pub generated: bool,
    /// Whether a sequence gives it its numbers.
    pub sequence: bool,
    /// That sequence, where it does not belong to the column.
    pub sequence_elsewhere: Option<String>,
}

/// A primary key or unique constraint as it stands in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingKey {
    /// Its name.
    pub name: String,
    /// Its columns in key order.
    pub columns: Vec<String>,
}

/// A foreign key as it stands in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingReference {
    /// Its name.
    pub name: String,
    /// The child columns.
    pub columns: Vec<String>,
    /// The parent table.
    pub parent: String,
    /// The parent columns.
    pub parent_columns: Vec<String>,
    /// `on delete`
    pub on_delete: ForeignKeyAction,
    /// `on update`
    pub on_update: ForeignKeyAction,
    /// `deferrable …`
    pub deferrability: Deferrability,
    /// False for a key that is `not valid`; new rows are checked all the same.
    pub validated: bool,
}

/// What a plan is adapted by.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The source's schema.
    pub schema: &'a source::Schema,
    /// The census of each of its tables' columns, in the same order.
    pub census: &'a [&'a [ColumnCensus]],
    /// Types and readings the user decided.
    pub casts: &'a [Cast],
    /// What is left, tables and columns, as shell patterns.
    pub exclude: &'a [String],
    /// Values for columns that only the target has.
    pub fills: &'a [FillRule],
    /// What happens to rows that are there already.
    pub conflicts: &'a [ConflictRule],
    /// What the user decided about cells that do not fit.
    pub policies: &'a Policies,
    /// The target's tables.
    pub tables: &'a [StandingTable],
}

/// Findings of a plan that hold whatever the target's tables look like. All others are about what
/// the plan would have made.
const KEPT: [&str; 13] = [
    "orphans",
    "orphan-null-not-allowed",
    "check-broken",
    "naive-read-as-utc",
    "statement-unreadable",
    "virtual-table-not-carried",
    "content-compressed",
    "column-unreadable",
    "row-needs-memory",
    "memory-grown",
    "row-too-large",
    "network-file-system",
    "write-ahead-log-absent",
];

/// Takes everything out of a plan that is about making tables: its views and triggers, and what it
/// found on the way to types, keys and checks.
pub fn only_rows(plan: &mut Plan) {
    plan.views.clear();
    let mut triggers: Vec<String> =
        plan.triggers.drain(..).map(|trigger| format!("trigger {}", trigger.source)).collect();
    let left = plan.findings.iter().filter(|finding| finding.code == "trigger-not-carried");
    triggers.extend(left.map(|finding| finding.object.clone()));
    plan.findings.retain(|finding| KEPT.contains(&finding.code.as_str()));
    triggers.sort_unstable();
    plan.findings.extend(triggers.into_iter().map(|trigger| {
        Finding::note(
            "trigger-not-made",
            trigger,
            "is not made: the target's tables keep the triggers that they have",
        )
    }));
    for finding in plan.findings.iter_mut().filter(|finding| finding.code == "check-broken") {
        // Whether the target has the same check is not known.
        finding.severity = Severity::Warning;
        finding.hint = Some(
            "a target with the same check refuses them; --on-check quarantine keeps them apart"
                .to_owned(),
        );
    }
    for finding in plan.findings.iter_mut().filter(|finding| finding.code == "orphans") {
        finding.hint = Some(
            "mend the rows in SQLite, or decide with --on-orphan null or quarantine; where the target has no such key, --on-orphan not-valid carries them"
                .to_owned(),
        );
    }
}

/// Returns the plan for the tables that stand in the target. What is left of a table's definition
/// is what the copy and the comparison live by; nothing of it is made.
#[must_use]
pub fn adapt(plan: &Plan, standing: &Standing<'_>) -> Plan {
    let mut findings = plan.findings.clone();
    let mut tables = Vec::new();
    for planned in &plan.tables {
        let Some(actual) = find(standing.tables, planned) else {
            if is_virtual(standing.schema, planned) {
                findings.push(search::index_of_its_own(planned));
                continue;
            }
            findings.push(
                Finding::error("table-missing", planned.source.clone(), "is not in the target")
                    .hinted(format!("bring the target to the same version with the application's own migrations; or leave the table out: --exclude {}", planned.source)),
            );
            continue;
        };
        if let Some(finding) = search::index_of_framework(planned, actual) {
            findings.push(finding);
            continue;
        }
        tables.extend(table::table(planned, actual, standing, &mut findings));
    }
    let mut plan =
        Plan { tables, views: Vec::new(), triggers: Vec::new(), findings, ..plan.clone() };
    enforced_orphans(&mut plan);
    keep_references_of_the_plan(&mut plan);
    plan.findings
        .sort_by(|a, b| (a.severity, &a.code, &a.object).cmp(&(b.severity, &b.code, &b.object)));
    plan
}

fn is_virtual(schema: &source::Schema, planned: &TablePlan) -> bool {
    schema.tables.iter().any(|it| it.name == planned.source && it.module.is_some())
}

/// Returns the target's table for a planned one: by the planned name, by the source's, or the only
/// one that differs from the source's in ASCII case.
fn find<'a>(tables: &'a [StandingTable], planned: &TablePlan) -> Option<&'a StandingTable> {
    let names = [planned.target.name.as_str(), planned.source.as_str()];
    by_name(tables, names, |table| &table.name)
}

fn by_name<'a, T>(items: &'a [T], names: [&str; 2], name: impl Fn(&T) -> &String) -> Option<&'a T> {
    let exact = names.iter().find_map(|wanted| items.iter().find(|item| name(item) == *wanted));
    exact.or_else(|| {
        let [_, source] = names;
        let mut alike = items.iter().filter(|item| name(item).eq_ignore_ascii_case(source));
        alike.next().filter(|_| alike.next().is_none())
    })
}

/// A key that rows of the source break can be carried where Sealift makes it `not valid`; a key
/// that stands already checks every row.
fn enforced_orphans(plan: &mut Plan) {
    let mut broken = Vec::new();
    for table in &plan.tables {
        let loose = table.target.foreign_keys.iter().filter(|key| !key.validated);
        let names: Vec<&str> = loose.map(|key| key.name.as_str()).collect();
        if !names.is_empty() {
            broken.push((table.source.clone(), names.join(", ")));
        }
    }
    for (table, keys) in broken {
        plan.findings.push(
            Finding::error(
                "orphans",
                table,
                format!("rows point at a parent that is not there, and the target's foreign key {keys} checks every new row"),
            )
            .hinted("mend the rows in SQLite, or drop that key in the target first"),
        );
    }
}

/// Foreign keys to tables that this run does not fill have no part in its order.
fn keep_references_of_the_plan(plan: &mut Plan) {
    let names: Vec<Ident> = plan.tables.iter().map(|table| table.target.name.clone()).collect();
    for table in &mut plan.tables {
        table.target.foreign_keys.retain(|key| names.contains(&key.parent));
        for key in &mut table.target.foreign_keys {
            key.validated = true;
        }
    }
}

/// Returns what happens to a table's rows that are there already: the last rule that matches counts.
fn conflict(standing: &Standing<'_>, table: &str) -> Conflict {
    let mut rules = standing.conflicts.iter().rev();
    rules
        .find(|rule| super::matches(&rule.table, table))
        .map_or(Conflict::Error, |rule| rule.conflict)
}

fn idents(names: &[String]) -> Option<Vec<Ident>> {
    names.iter().map(|name| Ident::new(name.clone()).ok()).collect()
}

fn key(standing: &StandingKey) -> Option<target::Key> {
    Some(target::Key {
        name: Ident::new(standing.name.clone()).ok()?,
        columns: idents(&standing.columns)?,
    })
}
