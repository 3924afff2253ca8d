//! The columns of one table that is filled where it stands.

use super::{
    Standing, StandingColumn, StandingReference, StandingTable, by_name, conflict, idents, key,
};
use crate::convert::{ColumnCodec, Reading};
use crate::mapping::{ColumnCensus, PgType, epoch, holds, is_moment};
use crate::name::Ident;
use crate::plan::{
    Cast, ColumnPlan, Conflict, EmptyPolicy, Fill, Filling, Finding, MisfitPolicy, MisfitRule,
    NulPolicy, RowRule, Stored, StoredForm, TablePlan, Utf8Policy, foreign_key_name, leaves_column,
    matches,
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

struct Matcher<'a, 'f> {
    planned: &'a TablePlan,
    standing: &'a Standing<'a>,
    findings: &'f mut Vec<Finding>,
    pairs: Vec<(ColumnPlan, target::Column)>,
    stored: Vec<Stored>,
}

impl<'a> Matcher<'a, '_> {
    fn column(&mut self, position: usize, actual: &StandingTable) {
        let table = self.planned;
        let (Some(plan), Some(planned)) =
            (table.columns.get(position), table.target.columns.get(position))
        else {
            return;
        };
        let object = format!("{}.{}", table.source, plan.source);
        let census = self.census(&plan.source);
        let empty = census.is_none_or(|census| census.values() == 0);
        if leaves_column(self.standing.exclude, &table.source, &plan.source) {
            let values = census.map_or(0, ColumnCensus::values);
            let finding =
                Finding::note("column-left-out", object, "is left out, as --exclude says");
            self.findings.push(finding.rows(values, Vec::new()));
            return;
        }
        let names = [planned.name.as_str(), plan.source.as_str()];
        let in_key: Vec<String> =
            actual.primary_key.as_ref().map_or(Vec::new(), |key| key.columns.clone());
        let Some(actual) = by_name(&actual.columns, names, |column| &column.name) else {
            self.findings.push(missing(object, planned, census, &actual.name));
            return;
        };
        let Some(data_type) = actual.data_type else {
            if actual.generated {
                self.findings.push(computed(object));
            } else if empty {
                let message = format!("holds no value; the target's type is {}", actual.type_name);
                self.findings.push(Finding::note("column-left-out", object, message));
            } else {
                self.findings.push(
                    Finding::error(
                        "type-not-known",
                        object,
                        format!("the target's column is of type {}, which Sealift cannot fill", actual.type_name),
                    )
                    .hinted("give it one of the types that sealift plan writes, such as text, and change it after the migration"),
                );
            }
            return;
        };
        if actual.generated && planned.generated.is_none() && !empty {
            self.findings.push(computed(object.clone()));
        }
        let (data_type, form) = carried(actual, data_type, census);
        let reading = self.reading(&object, plan, planned, data_type);
        self.refuse_nulls(&object, actual, reading, census);
        let keyed = in_key.contains(&actual.name);
        let misfit = self.misfit(&object, plan, (data_type, reading), actual.not_null || keyed);
        let Ok(name) = Ident::new(actual.name.clone()) else { return };
        if let Some(form) = form.filter(|_| !actual.generated) {
            let type_name = Sql::printed_by_server(actual.type_name.clone());
            self.stored.push(Stored { column: name.clone(), type_name, form });
        }
        let because = because(actual, reading, form);
        self.pairs.push((
            ColumnPlan { target: name.clone(), reading, misfit, because, ..plan.clone() },
            target::Column {
                name,
                data_type,
                not_null: actual.not_null,
                default: None,
                identity: actual.sequence.then(|| target::Identity {
                    next: next(planned, data_type, census),
                    sequence: actual
                        .sequence_elsewhere
                        .as_ref()
                        .and_then(|sequence| Ident::new(sequence.clone()).ok()),
                }),
                generated: actual.generated.then(target::Column::expression_of_the_target),
            },
        ));
    }

    fn census(&self, column: &str) -> Option<&'a ColumnCensus> {
        let tables = &self.standing.schema.tables;
        let position = tables.iter().position(|table| table.name == self.planned.source)?;
        let column = tables.get(position)?.position(column)?;
        self.standing.census.get(position)?.get(column)
    }

    /// Returns how the cells of a column are read: as the user says, else as the plan does where the
    /// target's type allows it, else as moments where all are plausible ones.
    fn reading(
        &mut self,
        object: &str,
        plan: &ColumnPlan,
        planned: &target::Column,
        data_type: PgType,
    ) -> Reading {
        let table = &self.planned.source;
        let mut casts = self.standing.casts.iter();
        // A pattern is meant for those of its columns that are of its type.
        let cast = casts.find(|cast| {
            matches(&cast.table, table)
                && matches(&cast.column, &plan.source)
                && (allows(cast, data_type) || !is_pattern(cast))
        });
        if let Some(cast) = cast {
            if allows(cast, data_type) {
                return cast.reading;
            }
            self.findings.push(
                Finding::error(
                    "cast-not-the-targets",
                    object,
                    format!("--cast asks for {}, but the target's column is {data_type}", cast.data_type),
                )
                .hinted(format!("tables that exist keep their types; --cast '{object}={data_type} using …' decides how cells are read")),
            );
            return Reading::Plain;
        }
        if let Some(reading) = self.by_policy(plan, data_type) {
            return reading;
        }
        let same = planned.data_type == data_type || plan.reading != Reading::Plain;
        if same && ColumnCodec::new(data_type, plan.reading).is_ok() {
            return plan.reading;
        }
        let moment = matches!(data_type, PgType::Timestamp | PgType::TimestampTz);
        let numbers = |census: &&ColumnCensus| census.integers == census.values();
        self.census(&plan.source)
            .filter(|_| moment)
            .filter(numbers)
            .and_then(epoch)
            .unwrap_or_default()
    }

    /// Returns the reading that the user decided on for empty texts, NUL bytes or invalid UTF-8, where
    /// the column has some.
    fn by_policy(&self, plan: &ColumnPlan, data_type: PgType) -> Option<Reading> {
        let (table, policies) = (&self.planned.source, self.standing.policies);
        let text = &self.census(&plan.source)?.text;
        if !data_type.is_text() {
            let is_null = policies.empty.of(table, &plan.source) == EmptyPolicy::Null;
            return (is_null && text.empty > 0).then_some(Reading::EmptyNull);
        }
        let nul = policies.nul.of(table, &plan.source);
        if text.with_nul > 0 && nul == NulPolicy::Strip {
            return Some(Reading::StripNul);
        }
        match policies.invalid_utf8.of(table, &plan.source) {
            Utf8Policy::Replace if text.invalid_utf8 > 0 => Some(Reading::ReplaceInvalid),
            Utf8Policy::Latin1 if text.invalid_utf8 > 0 => Some(Reading::Latin1),
            Utf8Policy::Refuse | Utf8Policy::Replace | Utf8Policy::Latin1 | Utf8Policy::Bytea => {
                None
            }
        }
    }

    /// Returns what becomes of cells that the target's type does not hold.
    fn misfit(
        &mut self,
        object: &str,
        plan: &ColumnPlan,
        (data_type, reading): (PgType, Reading),
        takes_no_null: bool,
    ) -> MisfitRule {
        let Some(census) = self.census(&plan.source) else { return MisfitRule::Refuse };
        if holds(data_type, reading, census) {
            return MisfitRule::Refuse;
        }
        let (table, policies) = (&self.planned.source, self.standing.policies);
        match policies.misfit(table, &plan.source, is_moment(data_type)).0 {
            MisfitPolicy::Null if takes_no_null => {
                self.findings.push(
                    Finding::error(
                        "misfit-null-not-allowed",
                        object,
                        "cells that do not fit were to become NULL, and the target's column takes none",
                    )
                    .hinted(format!("decide with --on-misfit '{object}=quarantine'")),
                );
                MisfitRule::Refuse
            }
            MisfitPolicy::Null => MisfitRule::Null,
            MisfitPolicy::Quarantine => MisfitRule::Quarantine,
            MisfitPolicy::Widen | MisfitPolicy::Refuse => MisfitRule::Refuse,
        }
    }

    fn refuse_nulls(
        &mut self,
        object: &str,
        actual: &StandingColumn,
        reading: Reading,
        census: Option<&ColumnCensus>,
    ) {
        let Some(census) = census.filter(|_| actual.not_null && !actual.generated) else { return };
        let empties = if reading == Reading::EmptyNull { census.text.empty } else { 0 };
        let nulls = census.nulls + empties;
        if nulls > 0 {
            self.findings.push(
                Finding::error("null-not-allowed", object, "holds NULL, and the target's column is not null")
                    .rows(nulls, Vec::new())
                    .hinted("give those rows a value in SQLite, or: alter table … alter column … drop not null"),
            );
        }
    }
}

/// Returns the type that a column's values arrive as, and how they become the column's own.
fn carried(
    actual: &StandingColumn,
    data_type: PgType,
    census: Option<&ColumnCensus>,
) -> (PgType, Option<StoredForm>) {
    let numbers =
        census.is_some_and(|census| census.values() > 0 && census.integers == census.values());
    if actual.type_name == "interval" && numbers {
        return (PgType::BigInt, Some(StoredForm::Microseconds));
    }
    (data_type, actual.form)
}

fn because(actual: &StandingColumn, reading: Reading, form: Option<StoredForm>) -> String {
    let mut because = "the target's column".to_owned();
    match form {
        None => {}
        Some(StoredForm::Cast | StoredForm::Printed) => {
            because.push_str(&format!(", a {}", actual.type_name));
        }
        Some(StoredForm::List) => {
            because.push_str(&format!(", a {} of each list in JSON", actual.type_name));
        }
        Some(StoredForm::Microseconds) => {
            because.push_str(", an interval of each number of microseconds");
        }
    }
    if reading != Reading::Plain {
        because.push_str(&format!("; read as {reading}"));
    }
    because
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

/// Returns whether a cast decides how cells get into a column of this type.
fn allows(cast: &Cast, data_type: PgType) -> bool {
    let same = cast.data_type == data_type || (cast.data_type.is_text() && data_type.is_text());
    same && ColumnCodec::new(data_type, cast.reading).is_ok()
}

fn is_pattern(cast: &Cast) -> bool {
    [&cast.table, &cast.column].iter().any(|name| name.contains(['*', '?']))
}

fn missing(
    object: String,
    planned: &target::Column,
    census: Option<&ColumnCensus>,
    table: &str,
) -> Finding {
    let values = census.map_or(0, ColumnCensus::values);
    if planned.generated.is_some() {
        let message =
            format!("is computed from other columns, and not in the target's table {table}");
        return Finding::note("column-left-out", object, message);
    }
    if values == 0 {
        let message = format!("holds no value, and is not in the target's table {table}");
        return Finding::note("column-left-out", object, message);
    }
    let hint = format!(
        "bring both sides to the same version of the application, or add the column to the target; --exclude '{object}' leaves its values behind"
    );
    Finding::error(
        "column-missing",
        object,
        format!("is not in the target's table {table}: its values would be lost"),
    )
    .rows(values, Vec::new())
    .hinted(hint)
}

fn computed(object: String) -> Finding {
    Finding::warning(
        "column-computed",
        object,
        "the target computes this column by itself; the source's values are not copied",
    )
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

/// Returns the value that the sequence gives next, at most one past the type's largest: a key that
/// SQLite would have refused as well is none to come back to.
fn next(planned: &target::Column, data_type: PgType, census: Option<&ColumnCensus>) -> i64 {
    let held = census.and_then(|census| census.integer_range);
    let planned = planned.identity.as_ref().map_or(1, |identity| identity.next);
    let after = std::cmp::max(target::Identity::after(held, None), planned);
    let limit = match data_type {
        PgType::SmallInt => i64::from(i16::MAX) + 1,
        PgType::Integer => i64::from(i32::MAX) + 1,
        PgType::Boolean
        | PgType::BigInt
        | PgType::Double
        | PgType::Numeric(_)
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Json
        | PgType::Jsonb
        | PgType::Uuid => i64::MAX,
    };
    std::cmp::min(after, limit)
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
