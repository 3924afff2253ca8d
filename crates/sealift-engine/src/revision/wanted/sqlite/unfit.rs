//! Columns of the database whose type does not hold what the file's column holds or declares: there the plan decides anew.

use crate::planning::Prepared;
use sealift_core::plan::Severity;
use sealift_core::plan::like::{CODE_PREFIX, Like};
use std::collections::BTreeSet;

/// Tables and columns, by their names in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Unfit(BTreeSet<(String, String)>);

impl Unfit {
    /// Looks at a plan that was made like the database.
    pub(super) fn of(prepared: &Prepared, like: &Like) -> Self {
        let is_error =
            |code: &str, severity| severity == Severity::Error && code.starts_with(CODE_PREFIX);
        let findings = prepared.plan.findings.iter();
        let errors = findings.filter(|finding| is_error(&finding.code, finding.severity));
        let objects: BTreeSet<&str> = errors.map(|finding| finding.object.as_str()).collect();
        let mut unfit = BTreeSet::new();
        for table in &prepared.schema.tables {
            let Some(pattern) = like.table(&table.name) else { continue };
            for column in &table.columns {
                let Some(actual) = pattern.column(&column.name) else { continue };
                let object = format!("{}.{}", table.name, column.name);
                if objects.contains(object.as_str())
                    || is_shorter(&actual.type_name, &column.declared_type)
                {
                    unfit.insert((table.name.clone(), column.name.clone()));
                }
            }
        }
        Self(unfit)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, table: &str, column: &str) -> bool {
        self.0.iter().any(|(of, name)| of == table && name == column)
    }

    /// Returns the pattern without them.
    pub(super) fn taken_from(&self, mut like: Like) -> Like {
        let names: Vec<(String, String)> = like
            .tables
            .iter()
            .flat_map(|table| table.columns.iter().map(|c| (table.name.clone(), c.name.clone())))
            .collect();
        let met = |(table, column): &(String, String)| {
            self.0.iter().any(|(of, name)| {
                of.eq_ignore_ascii_case(table) && name.eq_ignore_ascii_case(column)
            })
        };
        let gone: Vec<(String, String)> = names.into_iter().filter(met).collect();
        for table in &mut like.tables {
            let of = table.name.clone();
            table.columns.retain(|c| !gone.iter().any(|(t, name)| *t == of && *name == c.name));
        }
        like
    }
}

/// Whether the database's type has fewer letters or digits than are declared: `varchar(20)` where the file says
/// `VARCHAR(80)`.
fn is_shorter(actual: &str, declared: &str) -> bool {
    let declared = declared.to_ascii_lowercase();
    let alike = (actual.starts_with("character") && declared.contains("char"))
        || (actual.starts_with("numeric")
            && (declared.contains("num") || declared.contains("dec")));
    match (limits(actual), limits(&declared)) {
        (Some((length, scale)), Some((asked, asked_scale))) if alike => {
            length < asked || scale < asked_scale
        }
        _ => false,
    }
}

/// `(10, 2)` of `numeric(10,2)`.
fn limits(type_name: &str) -> Option<(u32, u32)> {
    let (_, rest) = type_name.split_once('(')?;
    let (inner, _) = rest.split_once(')')?;
    let mut numbers = inner.split(',').map(|part| part.trim().parse::<u32>().ok());
    let first = numbers.next().flatten()?;
    Some((first, numbers.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_is_declared_must_fit() {
        assert!(is_shorter("character varying(20)", "VARCHAR(80)"));
        assert!(is_shorter("numeric(10,2)", "decimal(10, 3)"));
        assert!(!is_shorter("character varying(80)", "VARCHAR(20)"));
        assert!(!is_shorter("text", "VARCHAR(80)"));
        assert!(!is_shorter("uuid", "char(32)"));
        assert!(!is_shorter("character varying(20)", "integer(30)"));
    }
}
