//! In findings: how a plan differs from the schema that it is to be like.

use super::{Like, LikeColumn, LikeTable, LikeType};
use crate::name::Ident;
use crate::plan::{Finding, Severity, TablePlan};
use crate::schema::target;
use std::collections::BTreeSet;

/// What the codes of these findings begin with.
pub const CODE_PREFIX: &str = "like-";

/// Returns a finding for every difference between the tables of a plan and those of the schema:
/// a warning where the application would miss something, a note where not.
#[must_use]
pub fn differences(tables: &[TablePlan], like: &Like) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut met = BTreeSet::new();
    for planned in tables {
        match like.table(&planned.source) {
            None => findings.push(Finding::warning(
                "like-table",
                format!("table {}", planned.source),
                "is in the source only: the application's schema has no such table",
            )),
            Some(table) => {
                met.insert(table.name.as_str());
                columns(planned, table, &mut findings);
                keys(planned, table, &mut findings);
                indexes(planned, table, &mut findings);
                checks(planned, table, &mut findings);
            }
        }
    }
    for table in like.tables.iter().filter(|table| !met.contains(table.name.as_str())) {
        findings.push(
            Finding::warning(
                "like-table",
                format!("table {}", table.name),
                "is in the application's schema only, and is not made",
            )
            .hinted("bring both sides to the same version of the application, or make it by hand"),
        );
    }
    findings
}

fn columns(planned: &TablePlan, table: &LikeTable, findings: &mut Vec<Finding>) {
    let mut met = BTreeSet::new();
    for (plan, made) in planned.columns.iter().zip(&planned.target.columns) {
        let object = format!("{}.{}", planned.source, plan.source);
        match table.column(&plan.source) {
            None => findings.push(Finding::warning(
                "like-column",
                object,
                "is in the source only: the application's table has no such column",
            )),
            Some(column) => {
                met.insert(column.name.as_str());
                column_differences(&object, made, column, findings);
            }
        }
    }
    for column in table.columns.iter().filter(|column| !met.contains(column.name.as_str())) {
        let needs = column.not_null && column.default.is_none() && !column.counts;
        let fills = if needs { ", not null and without a default" } else { "" };
        findings.push(
            Finding::warning(
                "like-column",
                format!("{}.{}", planned.source, column.name),
                format!(
                    "is in the application's table only, and is not made: {}{fills}",
                    column.type_name
                ),
            )
            .hinted("bring both sides to the same version of the application, or add it by hand"),
        );
    }
}

fn column_differences(
    object: &str,
    made: &target::Column,
    column: &LikeColumn,
    findings: &mut Vec<Finding>,
) {
    let same_type = match column.data_type() {
        LikeType::Written(data_type) => data_type == made.data_type,
        LikeType::Near(_) | LikeType::Unknown => false,
    };
    if !same_type {
        findings.push(Finding::warning(
            "like-type",
            object,
            format!("becomes {}; the application has {}", made.data_type, column.type_name),
        ));
    }
    let mut note = |code: &str, severity: Severity, message: String| {
        findings.push(Finding::new(severity, code, object, message));
    };
    if made.not_null != column.not_null {
        let message = if column.not_null {
            "takes NULL; the application's column does not"
        } else {
            "takes no NULL; the application's column does"
        };
        note("like-nullability", Severity::Note, message.to_owned());
    }
    if made.generated.is_some() != column.generated {
        let (mine, theirs) = match made.generated {
            Some(_) => ("is generated", "an ordinary column"),
            None => ("is an ordinary column", "a generated one"),
        };
        note("like-generated", Severity::Warning, format!("{mine}; the application has {theirs}"));
        return;
    }
    match (made.identity.is_some(), column.counts) {
        (false, true) => note(
            "like-identity",
            Severity::Warning,
            "is not numbered by the server; the application relies on it".to_owned(),
        ),
        (true, false) => note(
            "like-identity",
            Severity::Note,
            "is numbered by the server; the application numbers it itself".to_owned(),
        ),
        (false, false) => default(made, column, &mut note),
        (true, true) => {}
    }
}

fn default(
    made: &target::Column,
    column: &LikeColumn,
    note: &mut impl FnMut(&str, Severity, String),
) {
    if column.generated {
        return;
    }
    let mine = made.default.as_ref().map(|sql| bare(sql.as_str()));
    let theirs = column.default.as_deref().map(bare);
    if mine == theirs {
        return;
    }
    match (&made.default, &column.default) {
        (None, Some(theirs)) => note(
            "like-default",
            Severity::Warning,
            format!("has no default; the application has {theirs}"),
        ),
        (Some(mine), None) => note(
            "like-default",
            Severity::Note,
            format!("has the default {}; the application has none", mine.as_str()),
        ),
        (Some(mine), Some(theirs)) => note(
            "like-default",
            Severity::Note,
            format!("has the default {}; the application has {theirs}", mine.as_str()),
        ),
        (None, None) => {}
    }
}

/// A default without the casts and parentheses around it, which say the same in many ways; a text
/// that is a whole number is written with and without quotes.
fn bare(default: &str) -> String {
    let mut text = default.trim();
    loop {
        let before = text;
        if let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            text = inside.trim();
        }
        if let Some((value, cast)) = text.rsplit_once("::")
            && !cast.contains(['\'', ')'])
        {
            text = value.trim();
        }
        if text == before {
            break;
        }
    }
    let quoted = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match quoted.filter(|inside| inside.parse::<f64>().is_ok()) {
        Some(number) => number.to_owned(),
        None => text.to_owned(),
    }
}

fn names(columns: &[Ident]) -> Vec<&str> {
    columns.iter().map(Ident::as_str).collect()
}

fn keys(planned: &TablePlan, table: &LikeTable, findings: &mut Vec<Finding>) {
    let object = format!("table {}", planned.source);
    let target = &planned.target;
    let mine = target.primary_key.as_ref().map(|key| names(&key.columns)).unwrap_or_default();
    if mine != table.primary_key {
        findings.push(Finding::warning(
            "like-key",
            object.clone(),
            format!(
                "has the primary key ({}); the application has ({})",
                mine.join(", "),
                table.primary_key.join(", ")
            ),
        ));
    }
    // A unique constraint and a unique index over the same columns hold the same rows.
    let mine: Vec<Vec<&str>> = target.unique.iter().map(|key| names(&key.columns)).collect();
    for columns in &table.unique {
        let held = mine.iter().any(|own| own == columns)
            || target.indexes.iter().any(|index| index.unique && are(&key_columns(index), columns));
        if !held {
            let columns = columns.join(", ");
            findings.push(Finding::warning(
                "like-unique",
                object.clone(),
                format!("does not hold ({columns}) unique; the application does"),
            ));
        }
    }
    for columns in &mine {
        let held = table.unique.iter().any(|theirs| theirs == columns)
            || table.indexes.iter().any(|index| index.unique && are(&index.keys, columns));
        if !held {
            let columns = columns.join(", ");
            findings.push(Finding::note(
                "like-unique",
                object.clone(),
                format!("holds ({columns}) unique; the application does not"),
            ));
        }
    }
    references(planned, table, &object, findings);
}

fn references(planned: &TablePlan, table: &LikeTable, object: &str, findings: &mut Vec<Finding>) {
    let mine: Vec<(Vec<&str>, &str)> = planned
        .target
        .foreign_keys
        .iter()
        .map(|key| (names(&key.columns), key.parent.as_str()))
        .collect();
    let theirs: Vec<(Vec<&str>, &str)> = table
        .references
        .iter()
        .map(|key| (key.columns.iter().map(String::as_str).collect(), key.parent.as_str()))
        .collect();
    for (columns, parent) in theirs.iter().filter(|key| !mine.contains(key)) {
        findings.push(Finding::note(
            "like-foreign-key",
            object,
            format!("has no foreign key ({}) to {parent}; the application has", columns.join(", ")),
        ));
    }
    for (columns, parent) in mine.iter().filter(|key| !theirs.contains(key)) {
        findings.push(Finding::note(
            "like-foreign-key",
            object,
            format!(
                "has a foreign key ({}) to {parent}; the application has none",
                columns.join(", ")
            ),
        ));
    }
}

/// What two indexes have in common that do the same: their columns, an expression being like any
/// other, whether they are unique, and whether they leave rows out.
type Shape = (Vec<Option<String>>, bool, bool);

fn key_columns(index: &target::Index) -> Vec<Option<String>> {
    let column = |key: &target::IndexKey| {
        let quoted = key.expression.as_str().strip_prefix('"')?.strip_suffix('"')?;
        let name = quoted.replace("\"\"", "\u{0}");
        (!name.contains('"')).then(|| name.replace('\u{0}', "\""))
    };
    index.keys.iter().map(column).collect()
}

/// Returns whether the keys are exactly these columns.
fn are<T: AsRef<str>>(keys: &[Option<String>], columns: &[T]) -> bool {
    keys.iter().map(Option::as_deref).eq(columns.iter().map(|column| Some(column.as_ref())))
}

fn indexes(planned: &TablePlan, table: &LikeTable, findings: &mut Vec<Finding>) {
    let object = format!("table {}", planned.source);
    let target = &planned.target;
    let mine: Vec<Shape> = target
        .indexes
        .iter()
        .map(|index| (key_columns(index), index.unique, index.filter.is_some()))
        .collect();
    let theirs: Vec<Shape> = table
        .indexes
        .iter()
        .map(|index| (index.keys.clone(), index.unique, index.partial))
        .collect();
    for (index, shape) in table.indexes.iter().zip(&theirs) {
        let as_constraint =
            is_whole(shape) && target.unique.iter().any(|key| are(&shape.0, &names(&key.columns)));
        if !mine.contains(shape) && !as_constraint {
            findings.push(
                Finding::note(
                    "like-index",
                    object.clone(),
                    format!("has no index like the application's {}", index.name),
                )
                .hinted(index.definition.clone()),
            );
        }
    }
    for (index, shape) in target.indexes.iter().zip(&mine) {
        let as_constraint =
            is_whole(shape) && table.unique.iter().any(|columns| are(&shape.0, columns));
        if !theirs.contains(shape) && !as_constraint {
            findings.push(Finding::note(
                "like-index",
                object.clone(),
                format!("has the index {}; the application has none like it", index.name),
            ));
        }
    }
}

/// Returns whether an index holds all rows of a table apart, as a unique constraint does.
fn is_whole((_, unique, partial): &Shape) -> bool {
    *unique && !*partial
}

/// Checks are compared by name: two servers' ways of writing one condition say nothing.
fn checks(planned: &TablePlan, table: &LikeTable, findings: &mut Vec<Finding>) {
    let object = format!("table {}", planned.source);
    let mine = &planned.target.checks;
    for check in &table.checks {
        if !mine.iter().any(|own| own.name.as_str() == check.name) {
            findings.push(Finding::note(
                "like-check",
                object.clone(),
                format!(
                    "has no check called {}; the application has {}",
                    check.name, check.definition
                ),
            ));
        }
    }
    for check in mine {
        if !table.checks.iter().any(|theirs| theirs.name == check.name.as_str()) {
            findings.push(Finding::note(
                "like-check",
                object.clone(),
                format!("has the check {}; the application has none of that name", check.name),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn one_default_is_written_in_many_ways() {
        assert_eq!(bare("'default'::character varying"), "'default'");
        assert_eq!(bare("('0'::bigint)"), "0");
        assert_eq!(bare("0"), "0");
        assert_eq!(bare("'a::b'"), "'a::b'");
        assert_eq!(bare("(now() at time zone 'utc')"), "now() at time zone 'utc'");
        assert_eq!(bare("('1.5'::numeric)::double precision"), "1.5");
    }
}
