//! One column that is filled where it stands.

use super::{Standing, StandingColumn, StandingTable, by_name};
use crate::convert::{ColumnCodec, Reading};
use crate::mapping::{ColumnCensus, PgType, epoch, holds};
use crate::name::Ident;
use crate::plan::{
    Cast, ColumnPlan, EmptyPolicy, Finding, MisfitPolicy, MisfitRule, NulPolicy, Stored,
    StoredForm, TablePlan, Utf8Policy, leaves_column, matches,
};
use crate::schema::target;
use crate::sql::Sql;

/// The columns of one table, each with the one of the target that it meets.
pub(super) struct Matcher<'a, 'f> {
    pub(super) planned: &'a TablePlan,
    pub(super) standing: &'a Standing<'a>,
    pub(super) findings: &'f mut Vec<Finding>,
    pub(super) pairs: Vec<(ColumnPlan, target::Column)>,
    pub(super) stored: Vec<Stored>,
}

impl<'a> Matcher<'a, '_> {
    pub(super) fn column(&mut self, position: usize, actual: &StandingTable) {
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

    pub(super) fn census(&self, column: &str) -> Option<&'a ColumnCensus> {
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
        match policies.misfit(table, &plan.source, data_type.is_moment()).0 {
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
