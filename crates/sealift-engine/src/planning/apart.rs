//! What is kept apart, decided before the first write, and what is said about it.

use super::review::target_key;
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{
    Apart, Fate, Filter, Reason, Snapshot, What, count_broken, count_orphans, decide, rules_of,
};
use sealift_core::convert::Reading;
use sealift_core::plan::{
    self, Broken, Doubt, Finding, Plan, Policies, Question, Rules, TablePlan, broken_check,
    foreign_key_name, orphans_refused,
};
use sealift_core::schema::source;
use std::sync::Arc;

/// How many keys a finding lists.
const LISTED_KEYS: usize = 5;

/// The codes of the findings that are made here.
const CODES: [&str; 5] = [
    "cells-become-null",
    "orphans-become-null",
    "rows-in-quarantine",
    "rows-not-told-apart",
    "too-many-rejected",
];

/// Decides which rows of a snapshot are kept apart and which cells become NULL, by the plan's rules;
/// from then on no reader sees them. Adds what is to be said about it to the findings.
///
/// # Errors
/// When the file cannot be read, or the list cannot be written.
pub(crate) fn keep_apart(
    snapshot: &Snapshot,
    schema: &source::Schema,
    plan: &mut Plan,
    max_rejected: Option<u64>,
) -> Result<()> {
    plan.findings.retain(|finding| !CODES.contains(&finding.code.as_str()));
    if !has_rules(plan) && snapshot.apart().is_none() {
        return Ok(());
    }
    let Some(apart) = decided(snapshot, schema, plan)? else { return Ok(()) };
    let mut findings: Vec<Finding> = Vec::new();
    for reason in apart.reasons().iter().filter(|reason| reason.count > 0) {
        let finding = finding(schema, reason);
        let same =
            |known: &&mut Finding| known.code == finding.code && known.object == finding.object;
        match findings.iter_mut().find(same) {
            Some(known) => add(known, finding),
            None => findings.push(finding),
        }
    }
    plan.findings.extend(findings);
    recount(snapshot, schema, &apart, plan)?;
    if let Some(most) = max_rejected.filter(|most| apart.all_rows() > *most) {
        plan.findings.push(
            Finding::error(
                "too-many-rejected",
                "the quarantine",
                format!("more rows would be kept apart than --max-rejected {most} allows"),
            )
            .rows(apart.all_rows(), Vec::new())
            .hinted("mend some of those rows in SQLite, or allow more with --max-rejected"),
        );
    }
    plan.findings.sort_by(|a, b| (a.severity, &a.code).cmp(&(b.severity, &b.code)));
    Ok(())
}

fn has_rules(plan: &Plan) -> bool {
    plan.tables.iter().any(|table| {
        table.columns.iter().any(|column| !column.misfit.is_refuse())
            || !table.orphans.is_empty()
            || !table.quarantine_checks.is_empty()
            || table.quarantine_nulls
    })
}

/// Returns what is kept apart; `None` where rows cannot be told apart, which is then a finding.
fn decided(
    snapshot: &Snapshot,
    schema: &source::Schema,
    plan: &mut Plan,
) -> Result<Option<Arc<Apart>>> {
    let rules = rules_of(plan)?;
    if let Some(known) = snapshot.apart().filter(|apart| apart.made_by == rules) {
        return Ok(Some(known));
    }
    let reader = snapshot
        .take()
        .ok_or_else(|| Error::new(ErrorKind::Bug, "no reader of the snapshot is free"))?;
    let decided = decide(&reader, schema, plan, snapshot.next_apart())?;
    drop(reader);
    match decided {
        Ok(apart) => snapshot.keep_apart(apart).map(Some),
        Err(tables) => {
            plan.findings.extend(tables.into_iter().map(|table| {
                Finding::error(
                    "rows-not-told-apart",
                    format!("table {table}"),
                    "has columns called rowid, oid and _rowid_ and no key, so that no row of it can be kept apart",
                )
                .hinted("mend its rows in SQLite, or let its columns become wider types")
            }));
            Ok(None)
        }
    }
}

fn add(known: &mut Finding, more: Finding) {
    known.count = Some(known.count.unwrap_or(0) + more.count.unwrap_or(0));
    known.keys.extend(more.keys);
    known.keys.truncate(LISTED_KEYS);
}

/// Returns the warning about one reason.
fn finding(schema: &source::Schema, reason: &Reason) -> Finding {
    let table = schema.tables.iter().find(|table| table.name == reason.table);
    let object = match reason.what {
        What::Misfit { .. } => {
            format!("{}.{}", reason.table, reason.columns.first().map_or("", String::as_str))
        }
        What::Orphan { foreign_key } => table
            .and_then(|table| Some((table, table.foreign_keys.get(foreign_key)?)))
            .map(|(table, key)| foreign_key_name(table, key))
            .unwrap_or_default(),
        What::Broken(broken) => table
            .map_or_else(String::new, |table| broken_check(table, broken, 0, Vec::new()).object),
    };
    let (code, message) = match (reason.fate, reason.what) {
        (Fate::Null, What::Misfit { data_type, .. }) => {
            ("cells-become-null", format!("cells that do not fit {data_type} become NULL"))
        }
        (Fate::Null, What::Orphan { .. } | What::Broken(_)) => (
            "orphans-become-null",
            "points at a parent that is not there in these rows, and becomes NULL in them"
                .to_owned(),
        ),
        (Fate::Apart, What::Misfit { data_type, .. }) => (
            "rows-in-quarantine",
            format!("rows whose cell does not fit {data_type} are kept apart"),
        ),
        (Fate::Apart, What::Orphan { .. }) => (
            "rows-in-quarantine",
            "rows whose parent is not there, or kept apart itself, are kept apart".to_owned(),
        ),
        (Fate::Apart, What::Broken(_)) => {
            ("rows-in-quarantine", "rows that break it are kept apart".to_owned())
        }
    };
    let hint = match reason.fate {
        Fate::Null => {
            "the file keeps them; =quarantine instead of =null keeps the whole rows apart"
        }
        Fate::Apart => {
            "sealift quarantine list shows them once they are there; sealift quarantine replay brings in those that were mended"
        }
    };
    Finding::warning(code, object, message).rows(reason.count, reason.keys.clone()).hinted(hint)
}

/// Looks again whether foreign keys and checks hold, where other rows were kept apart or cells became
/// NULL: a parent may be gone now, or a row that broke one.
fn recount(
    snapshot: &Snapshot,
    schema: &source::Schema,
    apart: &Apart,
    plan: &mut Plan,
) -> Result<()> {
    if apart.is_empty() {
        return Ok(());
    }
    let mut findings = Vec::new();
    let mut looked_at = Vec::new();
    let connection = snapshot.metadata();
    let filter = |table: &str| -> Option<Filter> { apart.filter(table).cloned() };
    for planned in &plan.tables {
        let Some(table) = schema.tables.iter().find(|table| table.name == planned.source) else {
            continue;
        };
        for (position, key) in table.foreign_keys.iter().enumerate() {
            let parent = schema.tables.iter().find(|it| it.name.eq_ignore_ascii_case(&key.parent));
            let touched = [Some(table), parent].into_iter().flatten();
            let is_touched = touched.clone().any(|it| apart.filter(&it.name).is_some());
            let is_ruled = planned.orphans.iter().any(|rule| rule.foreign_key == position);
            let is_checked = target_key(plan, planned, table, key).is_some_and(|it| it.validated);
            if !is_touched || is_ruled || !is_checked {
                continue;
            }
            let Some((count, keys)) = count_orphans(&connection, schema, table, key, &filter)?
            else {
                continue;
            };
            let object = foreign_key_name(table, key);
            looked_at.push(("orphans", object.clone()));
            if count > 0 {
                findings.push(orphans_refused(object, count, keys));
            }
        }
        let Some(filter) = apart.filter(&table.name) else { continue };
        for broken in checks_again(plan, planned, table) {
            let found = count_broken(&connection, table, &[broken], Some(filter))?;
            let Some(facts) = found.into_iter().next() else { continue };
            let finding = broken_check(table, broken, facts.count, facts.keys);
            looked_at.push(("check-broken", finding.object.clone()));
            findings.extend((facts.count > 0).then_some(finding));
        }
    }
    drop(connection);
    plan.findings.retain(|finding| {
        !looked_at.iter().any(|(code, object)| finding.code == *code && finding.object == *object)
    });
    plan.findings.extend(findings);
    Ok(())
}

/// Returns the checks of a table that hold on PostgreSQL, and whose rows are not kept apart.
fn checks_again(plan: &Plan, planned: &TablePlan, table: &source::Table) -> Vec<Broken> {
    if planned.target.checks.is_empty() {
        return Vec::new();
    }
    let positions = 0..table.checks.len();
    let ruled = |position: &usize| planned.quarantine_checks.contains(position);
    positions
        .filter(|position| !ruled(position))
        .map(Broken::Check)
        .filter(|broken| {
            let object = broken_check(table, *broken, 0, Vec::new()).object;
            let let_be = ["check-not-valid", "check-not-carried"];
            !plan
                .findings
                .iter()
                .any(|finding| let_be.contains(&finding.code.as_str()) && finding.object == object)
        })
        .collect()
}

/// Returns what is to be said about a column that the policies asked about.
pub(super) fn answer(
    doubt: &Doubt,
    object: &str,
    count: u64,
    keys: Vec<String>,
) -> Option<Finding> {
    if count == 0 {
        return None;
    }
    let data_type = doubt.data_type;
    let finding = match doubt.question {
        Question::Misfit => Finding::error(
            "misfit",
            object,
            format!("cells do not fit {data_type}, which its declared type means"),
        )
        .hinted(format!(
            "mend those rows in SQLite, or decide with --on-misfit '{object}=widen', =null or =quarantine"
        )),
        Question::MisfitNull => Finding::error(
            "misfit-null-not-allowed",
            object,
            format!("cells do not fit {data_type}, and the column takes no NULL"),
        )
        .hinted(format!(
            "mend those rows in SQLite, or decide with --on-misfit '{object}=quarantine' or =widen"
        )),
        Question::Nul => Finding::error(
            "text-with-nul",
            object,
            "holds text with a NUL byte, which PostgreSQL's text does not hold",
        )
        .hinted(format!(
            "mend those rows in SQLite, or decide with --on-nul '{object}=strip' or =bytea"
        )),
        Question::InvalidUtf8 => Finding::error(
            "text-not-utf8",
            object,
            "holds text that is not UTF-8, which PostgreSQL's text does not hold",
        )
        .hinted(format!(
            "mend those rows in SQLite, or decide with --on-invalid-utf8 '{object}=replace', =latin1 or =bytea"
        )),
        Question::Mended(reading) => Finding::warning(
            "text-mended",
            object,
            format!("these texts arrive changed: they are read by {reading}"),
        )
        .hinted(format!(
            "to carry every byte instead: {} '{object}=bytea'",
            if reading == Reading::StripNul { "--on-nul" } else { "--on-invalid-utf8" }
        )),
        Question::Cast
        | Question::Like
        | Question::Declared
        | Question::Bytes
        | Question::NotJsonb
        | Question::KeyNulls => return None,
    };
    Some(finding.rows(count, keys))
}

/// A rule that names no column is a typing mistake that would otherwise pass in silence.
///
/// # Errors
/// Naming the first such rule.
pub(crate) fn refuse_rules_of_nothing(schema: &source::Schema, policies: &Policies) -> Result<()> {
    let named = scopes(&policies.misfit, "--on-misfit")
        .chain(scopes(&policies.bad_date, "--on-bad-date"))
        .chain(scopes(&policies.nul, "--on-nul"))
        .chain(scopes(&policies.invalid_utf8, "--on-invalid-utf8"))
        .chain(scopes(&policies.empty, "--on-empty"))
        .chain(scopes(&policies.orphan, "--on-orphan"))
        .chain(scopes(&policies.check, "--on-check"));
    for (flag, (table, column)) in named {
        let found = schema.tables.iter().any(|it| {
            plan::matches(table, &it.name)
                && it.columns.iter().any(|it| plan::matches(column, &it.name))
        });
        if !found {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("{flag} {table}.{column} matches no column"),
            )
            .hinted("sealift inspect lists the tables and columns"));
        }
    }
    Ok(())
}

fn scopes<'a, P: Copy + Default + PartialEq>(
    rules: &'a Rules<P>,
    flag: &'static str,
) -> impl Iterator<Item = (&'static str, &'a (String, String))> {
    rules.rules().iter().filter_map(move |rule| Some((flag, rule.scope.as_ref()?)))
}
