//! The indexes that `CREATE INDEX` made.

use super::{collation, unreadable};
use crate::ast::{CreateIndex, Direction};
use crate::schema::source::{Expression, Index, IndexColumn, IndexKey, Table, Unreadable};
use crate::sqlite::parse::{ParseError, parse_create_index};
use crate::sqlite::raw::{RawIndex, RawIndexColumn, RawIndexOrigin};

/// Builds the indexes of a table.
pub(super) fn indexes(
    table: &Table,
    raw: &[&RawIndex],
    problems: &mut Vec<Unreadable>,
) -> Vec<Index> {
    let mut indexes = Vec::new();
    for raw in raw.iter().filter(|index| index.origin == RawIndexOrigin::Created) {
        match index(table, raw, problems) {
            Ok(index) => indexes.push(index),
            Err(error) => problems.push(unreadable("index", &raw.name, &error)),
        }
    }
    indexes
}

/// Builds one index. Without a readable text this works as long as the PRAGMAs say everything,
/// that is for plain columns and no condition.
fn index(
    table: &Table,
    raw: &RawIndex,
    problems: &mut Vec<Unreadable>,
) -> Result<Index, ParseError> {
    let sql = raw.sql.clone().unwrap_or_default();
    let is_plain = !raw.partial && raw.columns.iter().all(|column| column.cid >= 0);
    let tree = match parse_create_index(&sql) {
        Ok(tree) => Some(tree),
        Err(error) if is_plain => {
            problems.push(unreadable("index", &raw.name, &error));
            None
        }
        Err(error) => return Err(error),
    };
    let columns = raw
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| index_column(table, column, tree.as_ref(), at))
        .collect::<Result<_, _>>()?;
    let filter =
        tree.and_then(|tree| Some(Expression { sql: tree.filter_text?, tree: tree.filter? }));
    if raw.partial != filter.is_some() {
        return Err(mismatch());
    }
    Ok(Index { name: raw.name.clone(), sql, unique: raw.unique, columns, filter })
}

fn index_column(
    table: &Table,
    raw: &RawIndexColumn,
    tree: Option<&CreateIndex>,
    at: usize,
) -> Result<IndexColumn, ParseError> {
    let key = match usize::try_from(raw.cid) {
        Ok(column) if column < table.columns.len() => IndexKey::Column(column),
        Ok(_) => return Err(mismatch()),
        // An expression (−2), or a rowid without another name (−1), which reads as a column.
        Err(_) => {
            let column = tree.and_then(|tree| tree.columns.get(at)).ok_or_else(mismatch)?;
            IndexKey::Expression(Expression { sql: column.text.clone(), tree: column.expr.clone() })
        }
    };
    Ok(IndexColumn {
        key,
        collation: collation(&raw.collation),
        direction: if raw.descending { Direction::Descending } else { Direction::Ascending },
    })
}

fn mismatch() -> ParseError {
    ParseError { message: "the text and PRAGMA index_xinfo disagree".to_owned() }
}
