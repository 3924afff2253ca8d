//! Rows of the catalog as sequences, domains and functions.

use super::rows::{DomainRow, FunctionRow, SequenceRow};
use sealift_core::name::Ident;
use sealift_core::revision::model::{
    Domain, DomainCheck, Function, FunctionKind, Sequence, printed,
};
use sealift_core::sql::Sql;
use std::collections::BTreeSet;

/// Those of a migration tool's tables are left out.
pub(super) fn sequences(rows: Vec<SequenceRow>, books: &BTreeSet<Ident>) -> Vec<Sequence> {
    let is_part = |row: &SequenceRow| {
        !row.owned_by.as_ref().is_some_and(|owner| books.contains(&owner.table))
    };
    rows.into_iter()
        .filter(is_part)
        .map(|row| Sequence {
            name: row.name,
            options: row.counting,
            owned_by: row.owned_by,
            comment: row.comment,
        })
        .collect()
}

pub(super) fn domains(rows: Vec<DomainRow>) -> Vec<Domain> {
    rows.into_iter()
        .map(|row| Domain {
            name: row.name,
            base: Sql::printed_by_server(row.base),
            collation: row.collation.map(Sql::printed_by_server),
            default: row.default.map(Sql::printed_by_server),
            not_null: row.not_null,
            checks: row
                .checks
                .into_iter()
                .map(|check| DomainCheck {
                    name: check.name,
                    definition: printed::constraint(&check.definition),
                })
                .collect(),
            comment: row.comment,
        })
        .collect()
}

pub(super) fn functions(rows: Vec<FunctionRow>) -> Vec<Function> {
    rows.into_iter()
        .map(|row| {
            // A procedure has no result.
            let result = row.result.unwrap_or_default();
            Function {
                name: row.name,
                argument_types: Sql::printed_by_server(row.argument_types),
                kind: if row.kind == "p" {
                    FunctionKind::Procedure
                } else {
                    FunctionKind::Function
                },
                signature: Sql::printed_by_server(format!("({}) returns {result}", row.arguments)),
                definition: printed::function(&row.definition),
                depends_on: row.depends_on.unwrap_or_default(),
                comment: row.comment,
            }
        })
        .collect()
}
