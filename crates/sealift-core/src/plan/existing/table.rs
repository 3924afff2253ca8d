//! One table that is filled where it stands: its columns, its keys, and what only the target has.

use super::column::Matcher;
use super::{Standing, StandingColumn, StandingReference, StandingTable, conflict, idents, key};
use crate::name::Ident;
use crate::plan::{
    ColumnPlan, Conflict, Fill, Filling, Finding, RowRule, TablePlan, foreign_key_name, matches,
};
use crate::schema::target;
use crate::sql::Sql;

/// Returns a table of the plan with the target's columns and types; `None` where nothing of it can
/// be filled, which is then a finding.
pub(super) fn table(
    planned: &TablePlan,
    actual: &StandingTable,
    standing: &Standing<'_>,
    findings: &mut Vec<Finding>,
) -> Option<TablePlan> {
    let mut matcher =
        Matcher { planned, standing, findings, pairs: Vec::new(), stored: Vec::new() };
    for position in 0..planned.columns.len() {
        matcher.column(position, actual);
    }
    // A key with a column that is NULL in every row refers to nothing (`match simple`).
    let unused: Vec<String> = matcher
        .pairs
        .iter()
        .filter(|(plan, _)| matcher.census(&plan.source).is_some_and(|c| c.values() == 0))
        .map(|(_, target)| target.name.as_str().to_owned())
        .collect();
    let Matcher { pairs, stored, .. } = matcher;
    findings.extend(nulled_keys(planned, standing, &pairs));
    let only_there = actual
        .columns
        .iter()
        .filter(|column| !pairs.iter().any(|(_, target)| target.name.as_str() == column.name));
    let fills = fills(planned, only_there, standing, findings);
    if pairs.is_empty() {
        findings.push(Finding::error(
            "table-missing",
            planned.source.clone(),
            format!("no column of it is in the target's table {}", actual.name),
        ));
        return None;
    }
    let (columns, target): (Vec<ColumnPlan>, Vec<target::Column>) = pairs.into_iter().unzip();
    let filled = |names: &[Ident]| names.iter().all(|name| target.iter().any(|c| c.name == *name));
    let primary_key = actual.primary_key.as_ref().and_then(key);
    let unique = actual.unique.iter().filter_map(key);
    let used = |key: &&StandingReference| !key.columns.iter().any(|name| unused.contains(name));
    let primary_key = primary_key.filter(|key| filled(&key.columns));
    let unique: Vec<target::Key> = unique.filter(|key| filled(&key.columns)).collect();
    let conflict = conflict(standing, &planned.source);
    let key = primary_key.iter().chain(&unique).next().map(|key| key.columns.clone());
    if conflict == Conflict::Update && key.is_none() {
        findings.push(without_key(planned));
    }
    let key = if conflict == Conflict::Error { Vec::new() } else { key.unwrap_or_default() };
    let foreign_keys = actual
        .foreign_keys
        .iter()
        .filter(used)
        .filter_map(|key| reference(key, planned, &columns, &target));
    Some(TablePlan {
        source: planned.source.clone(),
        rows: planned.rows,
        bytes: planned.bytes,
        target: target::Table {
            name: Ident::new(actual.name.clone()).ok()?,
            primary_key,
            unique,
            checks: Vec::new(),
            foreign_keys: foreign_keys.collect(),
            indexes: Vec::new(),
            derived: Vec::new(),
            columns: target.clone(),
        },
        columns,
        filling: Filling { stored, fills, conflict, key },
        orphans: planned.orphans.clone(),
        quarantine_checks: planned.quarantine_checks.clone(),
        quarantine_nulls: planned.quarantine_nulls,
    })
}

fn without_key(planned: &TablePlan) -> Finding {
    Finding::error(
        "no-key-to-meet-by",
        planned.source.clone(),
        "has no primary key or unique constraint in the target, so that --on-conflict update cannot tell which row is meant",
    )
    .hinted("--truncate empties the tables first")
}

/// Returns the values for columns that only the target has; what becomes of the others is a finding.
fn fills<'a>(
    planned: &TablePlan,
    columns: impl Iterator<Item = &'a StandingColumn>,
    standing: &Standing<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Fill> {
    let mut fills = Vec::new();
    for column in columns {
        match filled_by_rule(planned, column, standing) {
            Some(fill) => {
                let object = format!("{}.{}", planned.source, column.name);
                let message = "is in the target only; every row gets the value of --fill";
                findings.push(Finding::note("column-added", object, message));
                fills.push(fill);
            }
            None => findings.extend(unfilled(planned, column)),
        }
    }
    fills
}

/// Returns the value that a rule has for a column of the target only.
fn filled_by_rule(
    planned: &TablePlan,
    column: &StandingColumn,
    standing: &Standing<'_>,
) -> Option<Fill> {
    let mut rules = standing.fills.iter();
    let rule = rules.find(|rule| {
        matches(&rule.table, &planned.source) && matches(&rule.column, &column.name)
    })?;
    if column.generated {
        return None;
    }
    Some(Fill {
        column: Ident::new(column.name.clone()).ok()?,
        type_name: Sql::printed_by_server(column.type_name.clone()),
        value: rule.value.clone(),
    })
}

/// Returns what becomes of a column of the target that no column of the source fills.
fn unfilled(planned: &TablePlan, column: &StandingColumn) -> Option<Finding> {
    let object = format!("{}.{}", planned.source, column.name);
    if column.generated {
        return None;
    }
    if column.fills_itself {
        let message = "is in the target only; every row gets its default";
        return Some(Finding::note("column-added", object, message));
    }
    if !column.not_null {
        let message = "is in the target only; every row gets NULL";
        return Some(Finding::note("column-added", object, message));
    }
    (planned.rows > 0).then(|| {
        Finding::error(
            "column-without-value",
            object.clone(),
            "is in the target only, not null and without a default: no row could be written",
        )
        .hinted(format!("bring both sides to the same version of the application; or say what every row gets: --fill '{object}=VALUE'"))
    })
}

/// Returns an error for every foreign key whose cells were to become NULL in a column of the target that
/// takes none.
fn nulled_keys(
    planned: &TablePlan,
    standing: &Standing<'_>,
    pairs: &[(ColumnPlan, target::Column)],
) -> Vec<Finding> {
    let source = standing.schema.tables.iter().find(|table| table.name == planned.source);
    let Some(source) = source else { return Vec::new() };
    let nulled = planned.orphans.iter().filter(|orphans| orphans.rule == RowRule::Null);
    let keys = nulled.filter_map(|orphans| source.foreign_keys.get(orphans.foreign_key));
    let takes_none = |at: &usize| {
        let name = source.columns.get(*at).map(|column| &column.name);
        pairs.iter().any(|(plan, target)| Some(&plan.source) == name && target.not_null)
    };
    keys.filter(|key| key.columns.iter().any(takes_none))
        .map(|key| {
            Finding::error(
                "orphan-null-not-allowed",
                foreign_key_name(source, key),
                "its cells were to become NULL in rows without parent, and the target takes none",
            )
            .hinted("decide with --on-orphan quarantine, or mend the rows in SQLite")
        })
        .collect()
}

/// Returns a foreign key as it stands; not validated where rows of the source are known to break it.
fn reference(
    standing: &StandingReference,
    planned: &TablePlan,
    columns: &[ColumnPlan],
    filled: &[target::Column],
) -> Option<target::ForeignKey> {
    let target_of = |name: &Ident| {
        let position = planned.target.columns.iter().position(|column| column.name == *name)?;
        let source = &planned.columns.get(position)?.source;
        let position = columns.iter().position(|column| column.source == *source)?;
        filled.get(position).map(|column| column.name.as_str())
    };
    let broken = planned.target.foreign_keys.iter().any(|key| {
        let same = key
            .columns
            .iter()
            .map(target_of)
            .eq(standing.columns.iter().map(|name| Some(name.as_str())));
        same && !key.validated
    });
    Some(target::ForeignKey {
        name: Ident::new(standing.name.clone()).ok()?,
        columns: idents(&standing.columns)?,
        parent: Ident::new(standing.parent.clone()).ok()?,
        parent_columns: idents(&standing.parent_columns)?,
        on_delete: standing.on_delete,
        on_update: standing.on_update,
        deferrability: standing.deferrability,
        validated: !broken,
    })
}
