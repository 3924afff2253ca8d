//! The constraints of a table.

use super::{collation, unreadable};
use crate::ast::{
    CheckConstraint, CreateTable, Deferrability, Expr, ForeignKeyAction, ForeignKeyClause,
    IndexedColumn, Name, TableConstraint,
};
use crate::schema::source::{Check, Expression, ForeignKey, KeyColumn, Table, Unique, Unreadable};
use crate::sqlite::parse::ParseError;
use crate::sqlite::raw::{RawForeignKey, RawIndex, RawIndexColumn, RawIndexOrigin, RawTable};

/// Returns the `UNIQUE` constraints in the order of the text, from the indexes that SQLite made
/// for them. Constraints that say the same share one index, and so are one here.
///
/// A primary key whose index compares under another collation than its columns do is unique under
/// that collation too, and is listed as one more constraint.
pub(super) fn unique(
    table: &Table,
    tree: Option<&CreateTable>,
    indexes: &[&RawIndex],
    problems: &mut Vec<Unreadable>,
) -> Vec<Unique> {
    let names = tree.map(|tree| named_uniques(table, tree)).unwrap_or_default();
    let mut made: Vec<&RawIndex> =
        indexes.iter().copied().filter(|index| index.origin != RawIndexOrigin::Created).collect();
    made.sort_by_key(|index| number(&index.name));
    let mut unique = Vec::new();
    for index in made {
        let Some(columns) = key_columns(table, &index.columns) else {
            let message = "a constraint's index is on something else than columns".to_owned();
            problems.push(unreadable("index", &index.name, &ParseError { message }));
            continue;
        };
        if index.origin == RawIndexOrigin::PrimaryKey {
            check_key_collations(table, columns, &mut unique, problems);
            continue;
        }
        let name = names
            .iter()
            .filter(|(_, declared)| *declared == columns)
            .find_map(|(name, _)| name.clone());
        unique.push(Unique { name, columns });
    }
    unique
}

fn check_key_collations(
    table: &Table,
    columns: Vec<KeyColumn>,
    unique: &mut Vec<Unique>,
    problems: &mut Vec<Unreadable>,
) {
    if is_declared_alike(table, &columns) {
        return;
    }
    // A column that compares NOCASE with a key that compares BINARY can hold 'a' and 'A'.
    let is_looser = columns.iter().any(|key| key.collation.is_none());
    if is_looser {
        let message = "the primary key compares under another collation than its columns";
        let error = ParseError { message: message.to_owned() };
        problems.push(unreadable("primary key", &table.name, &error));
    }
    unique.push(Unique { name: None, columns });
}

fn is_declared_alike(table: &Table, columns: &[KeyColumn]) -> bool {
    columns.iter().all(|key| declared_collation(table, key.column) == key.collation)
}

fn declared_collation(table: &Table, position: usize) -> Option<String> {
    table.columns.get(position).and_then(|column| column.collation.clone())
}

/// Returns the number at the end of `sqlite_autoindex_table_3`, which counts the constraints.
fn number(index: &str) -> u64 {
    index.rsplit('_').next().and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

fn key_columns(table: &Table, columns: &[RawIndexColumn]) -> Option<Vec<KeyColumn>> {
    columns
        .iter()
        .map(|raw| {
            let column = usize::try_from(raw.cid).ok().filter(|at| *at < table.columns.len())?;
            Some(KeyColumn { column, collation: collation(&raw.collation) })
        })
        .collect()
}

/// Returns the `UNIQUE` constraints of the text with what SQLite compares them by.
fn named_uniques(table: &Table, tree: &CreateTable) -> Vec<(Option<String>, Vec<KeyColumn>)> {
    let text = |name: &Option<Name>| name.as_ref().map(|name| name.text.clone());
    let of_columns = tree.columns.iter().filter(|column| column.unique).filter_map(|column| {
        let position = table.position(&column.name.text)?;
        let collation = declared_collation(table, position);
        Some((text(&column.unique_name), vec![KeyColumn { column: position, collation }]))
    });
    let of_table = tree.constraints.iter().filter_map(|constraint| match constraint {
        TableConstraint::Unique { name, columns, .. } => {
            let columns = columns.iter().map(|column| declared_key(table, column));
            Some((text(name), columns.collect::<Option<_>>()?))
        }
        TableConstraint::PrimaryKey { .. }
        | TableConstraint::Check(_)
        | TableConstraint::ForeignKey { .. } => None,
    });
    of_columns.chain(of_table).collect()
}

fn declared_key(table: &Table, column: &IndexedColumn) -> Option<KeyColumn> {
    let Expr::Column { column: name, .. } = &column.expr else { return None };
    let position = table.position(&name.text)?;
    let own = column.collation.as_ref().map(|name| collation(&name.text));
    let collation = own.unwrap_or_else(|| declared_collation(table, position));
    Some(KeyColumn { column: position, collation })
}

/// Returns the `CHECK` constraints of columns and table.
pub(super) fn checks(table: &Table, tree: &CreateTable) -> Vec<Check> {
    let check = |constraint: &CheckConstraint, column| Check {
        name: constraint.name.as_ref().map(|name| name.text.clone()),
        column,
        condition: Expression { sql: constraint.text.clone(), tree: constraint.expr.clone() },
    };
    let of_columns = tree.columns.iter().flat_map(|column| {
        let position = table.position(&column.name.text);
        column.checks.iter().map(move |constraint| check(constraint, position))
    });
    let of_table = tree.constraints.iter().filter_map(|constraint| match constraint {
        TableConstraint::Check(constraint) => Some(check(constraint, None)),
        TableConstraint::PrimaryKey { .. }
        | TableConstraint::Unique { .. }
        | TableConstraint::ForeignKey { .. } => None,
    });
    of_columns.chain(of_table).collect()
}

/// Returns the foreign keys in the order of the text; without a readable text those that the
/// PRAGMA reports, which has neither names nor deferrability.
pub(super) fn foreign_keys(
    table: &Table,
    raw: &RawTable,
    tree: Option<&CreateTable>,
    problems: &mut Vec<Unreadable>,
) -> Vec<ForeignKey> {
    let declared: Vec<(Vec<&str>, ForeignKeyClause)> = match tree {
        Some(tree) => declared_foreign_keys(tree),
        None => raw
            .foreign_keys
            .iter()
            .map(|key| (key.columns.iter().map(String::as_str).collect(), reported(key)))
            .collect(),
    };
    let mut keys = Vec::with_capacity(declared.len());
    for (names, clause) in declared {
        let columns: Option<Vec<usize>> = names.iter().map(|name| table.position(name)).collect();
        let Some(columns) = columns else {
            let message = "a foreign key names a column that the table has not".to_owned();
            problems.push(unreadable("foreign key", &table.name, &ParseError { message }));
            continue;
        };
        keys.push(ForeignKey {
            name: clause.name.map(|name| name.text),
            columns,
            parent: clause.parent.text,
            parent_columns: clause.parent_columns.into_iter().map(|name| name.text).collect(),
            on_delete: clause.on_delete,
            on_update: clause.on_update,
            deferrability: clause.deferrability,
        });
    }
    keys
}

fn declared_foreign_keys(tree: &CreateTable) -> Vec<(Vec<&str>, ForeignKeyClause)> {
    let of_columns = tree.columns.iter().flat_map(|column| {
        let name = column.name.text.as_str();
        column.references.iter().map(move |clause| (vec![name], clause.clone()))
    });
    let of_table = tree.constraints.iter().filter_map(|constraint| match constraint {
        TableConstraint::ForeignKey { columns, clause } => {
            let names = columns.iter().map(|name| name.text.as_str()).collect();
            Some((names, clause.clone()))
        }
        TableConstraint::PrimaryKey { .. }
        | TableConstraint::Unique { .. }
        | TableConstraint::Check(_) => None,
    });
    of_columns.chain(of_table).collect()
}

fn reported(key: &RawForeignKey) -> ForeignKeyClause {
    let name = |text: &String| Name { text: text.clone(), quote: crate::ast::Quote::Double };
    ForeignKeyClause {
        name: None,
        parent: name(&key.parent),
        parent_columns: key.parent_columns.iter().map(name).collect(),
        on_delete: action(&key.on_delete),
        on_update: action(&key.on_update),
        deferrability: Deferrability::Immediate,
    }
}

fn action(text: &str) -> ForeignKeyAction {
    match text.to_ascii_uppercase().as_str() {
        "RESTRICT" => ForeignKeyAction::Restrict,
        "SET NULL" => ForeignKeyAction::SetNull,
        "SET DEFAULT" => ForeignKeyAction::SetDefault,
        "CASCADE" => ForeignKeyAction::Cascade,
        _ => ForeignKeyAction::NoAction,
    }
}
