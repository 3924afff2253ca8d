//! One ordinary table.

use super::{column, constraint, index, unreadable};
use crate::ast::{ConflictAction, CreateTable, TableConstraint};
use crate::schema::source::{self, RowKey, Unreadable};
use crate::sqlite::parse::parse_create_table;
use crate::sqlite::raw::{RawIndex, RawIndexOrigin, RawSchema, RawTable};

/// The names of the hidden rowid, in the order we prefer them
/// (`sqlite.org/lang_createtable.html`, "ROWIDs and the INTEGER PRIMARY KEY").
const ROWID_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// Builds a table with its indexes.
pub(super) fn table(
    schema: &RawSchema,
    (raw, indexes): (&RawTable, &[&RawIndex]),
    problems: &mut Vec<Unreadable>,
) -> source::Table {
    let sql = raw.sql.clone().unwrap_or_default();
    let tree = match parse_create_table(&sql) {
        Ok(tree) => Some(tree),
        Err(error) => {
            problems.push(unreadable("table", &raw.name, &error));
            None
        }
    };
    let tree = tree.as_ref();
    let primary_key = primary_key(raw);
    let row_key = row_key(raw, &primary_key, indexes);
    let sequence = schema.sequences.iter().find(|(name, _)| *name == raw.name).map(|(_, seq)| *seq);
    let mut table = source::Table {
        name: raw.name.clone(),
        sql,
        columns: column::columns(raw, tree, &row_key, problems),
        primary_key,
        primary_key_name: tree.and_then(primary_key_name),
        row_key,
        without_rowid: raw.without_rowid,
        strict: raw.strict,
        // Only tables with AUTOINCREMENT have a row in sqlite_sequence.
        autoincrement: tree.map_or(sequence.is_some(), has_autoincrement),
        sequence,
        unique: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        conflict_clauses: tree.is_some_and(has_conflict_clause),
        module: None,
    };
    table.unique = constraint::unique(&table, tree, indexes, problems);
    table.checks = tree.map(|tree| constraint::checks(&table, tree)).unwrap_or_default();
    table.foreign_keys = constraint::foreign_keys(&table, raw, tree, problems);
    table.indexes = index::indexes(&table, indexes, problems);
    table
}

/// Returns the positions of the primary key's columns in key order.
fn primary_key(raw: &RawTable) -> Vec<usize> {
    let mut key: Vec<(i64, usize)> = raw
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.primary_key > 0)
        .map(|(position, column)| (column.primary_key, position))
        .collect();
    key.sort_unstable();
    key.into_iter().map(|(_, position)| position).collect()
}

/// Returns how the rows are keyed.
///
/// A column is another name for the rowid when it is the whole primary key, its type is exactly
/// INTEGER and the table has a rowid, except for the historical exception of a column declared
/// `INTEGER PRIMARY KEY DESC`. SQLite makes an index for every primary key that is not such a
/// column, that exception included, so the index tells.
fn row_key(raw: &RawTable, primary_key: &[usize], indexes: &[&RawIndex]) -> RowKey {
    if raw.without_rowid {
        return RowKey::PrimaryKey;
    }
    let has_index = indexes.iter().any(|index| index.origin == RawIndexOrigin::PrimaryKey);
    if let [column] = *primary_key
        && !has_index
        && raw
            .columns
            .get(column)
            .is_some_and(|found| found.declared_type.eq_ignore_ascii_case("INTEGER"))
    {
        return RowKey::Alias { column };
    }
    let is_free = |name: &&str| raw.columns.iter().all(|c| !c.name.eq_ignore_ascii_case(name));
    ROWID_NAMES
        .into_iter()
        .find(is_free)
        .map_or(RowKey::Unreachable, |name| RowKey::Hidden { name })
}

fn primary_key_name(tree: &CreateTable) -> Option<String> {
    let of_column = tree.columns.iter().find_map(|column| column.primary_key_name.as_ref());
    let of_table = tree.constraints.iter().find_map(|constraint| match constraint {
        TableConstraint::PrimaryKey { name, .. } => name.as_ref(),
        TableConstraint::Unique { .. }
        | TableConstraint::Check(_)
        | TableConstraint::ForeignKey { .. } => None,
    });
    of_column.or(of_table).map(|name| name.text.clone())
}

fn has_autoincrement(tree: &CreateTable) -> bool {
    tree.columns.iter().any(|column| column.autoincrement)
        || tree.constraints.iter().any(|constraint| {
            matches!(constraint, TableConstraint::PrimaryKey { autoincrement: true, .. })
        })
}

fn has_conflict_clause(tree: &CreateTable) -> bool {
    let of_columns = tree.columns.iter().map(|column| column.on_conflict);
    let of_table = tree.constraints.iter().map(|constraint| match constraint {
        TableConstraint::PrimaryKey { on_conflict, .. }
        | TableConstraint::Unique { on_conflict, .. } => *on_conflict,
        TableConstraint::Check(_) | TableConstraint::ForeignKey { .. } => None,
    });
    of_columns.chain(of_table).flatten().any(|action| action != ConflictAction::Abort)
}
