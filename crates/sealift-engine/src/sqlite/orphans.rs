//! Rows whose foreign keys point to nothing, and foreign keys that SQLite itself cannot follow.

use super::apart::{Filter, orphans_from};
use super::fault;
use super::key::{TableKey, quote};
use crate::error::Result;
use rusqlite::Connection;
use sealift_core::schema::source;
use serde::Serialize;

/// How many keys are listed for one foreign key.
const LISTED_KEYS: usize = 10;

/// What is wrong with one foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Orphan {
    /// The child table.
    pub table: String,
    /// The foreign key's position in the table's `foreign_keys`.
    pub foreign_key: usize,
    /// The parent table as written.
    pub parent: String,
    /// How many rows have no parent. Rows with a NULL in the key need none.
    pub count: u64,
    /// The first of them.
    pub keys: Vec<String>,
    /// Why SQLite cannot follow this key at all, such as a parent column that is not unique; then
    /// nothing was counted.
    pub unchecked: Option<String>,
}

/// Checks the foreign keys of the tables whose position `is_wanted`, with `PRAGMA foreign_key_check`, one
/// table at a time, keeping only counts and the first keys.
///
/// # Errors
/// When the file cannot be read.
pub fn orphans(
    connection: &Connection,
    schema: &source::Schema,
    is_wanted: impl Fn(usize) -> bool,
) -> Result<Vec<Orphan>> {
    let mut found = Vec::new();
    for (at, table) in schema.tables.iter().enumerate() {
        if table.foreign_keys.is_empty() || !is_wanted(at) {
            continue;
        }
        let is_special = |key| stranger(schema, key).is_some() || has_collated_parent(schema, key);
        if table.foreign_keys.iter().any(is_special) {
            found.extend(check_one_by_one(connection, schema, table)?);
            continue;
        }
        match check_table(connection, schema, table) {
            Ok(orphans) => found.extend(orphans),
            Err(error) if is_about_the_schema(&error) => {
                found.extend(check_one_by_one(connection, schema, table)?);
            }
            Err(error) => {
                return Err(fault::fault(&format!("check foreign keys of {}", table.name), error));
            }
        }
    }
    Ok(found)
}

/// Counts the rows that break one foreign key once what is kept apart is away, and names the first;
/// `None` where SQLite cannot follow the key.
///
/// # Errors
/// When the file cannot be read.
pub fn count_orphans(
    connection: &Connection,
    schema: &source::Schema,
    table: &source::Table,
    foreign_key: &source::ForeignKey,
    filter: &dyn Fn(&str) -> Option<Filter>,
) -> Result<Option<(u64, Vec<String>)>> {
    let Some(from) = orphans_from(schema, table, foreign_key, filter) else { return Ok(None) };
    named_rows(connection, table, &from)
        .map(Some)
        .map_err(|error| fault::fault(&format!("check foreign keys of {}", table.name), error))
}

/// Counts rows of a table, which `from` calls `c`, and names the first.
fn named_rows(
    connection: &Connection,
    table: &source::Table,
    from: &str,
) -> rusqlite::Result<(u64, Vec<String>)> {
    let key = TableKey::of(table);
    let rowid = key.rowid().map_or("null".to_owned(), |name| format!("c.{name}"));
    let sql = format!("select {}, {rowid} {from}", key.selected("c."));
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let (mut count, mut keys) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        count += 1;
        if keys.len() < LISTED_KEYS {
            let rowid: Option<i64> = row.get(key.width())?;
            keys.extend(key.name_in(row, 0).or(rowid.map(|id| format!("rowid={id}"))));
        }
    }
    Ok((count, keys))
}

/// "foreign key mismatch" and the like: the statement cannot be prepared.
fn is_about_the_schema(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqlInputError { .. })
        || error
            .sqlite_error()
            .is_some_and(|failure| failure.extended_code & 0xff == rusqlite::ffi::SQLITE_ERROR)
}

fn check_table(
    connection: &Connection,
    schema: &source::Schema,
    table: &source::Table,
) -> rusqlite::Result<Vec<Orphan>> {
    let key = TableKey::of(table);
    let mut found: Vec<Option<Orphan>> = vec![None; table.foreign_keys.len()];
    let mut rowids: Vec<Vec<i64>> = vec![Vec::new(); table.foreign_keys.len()];
    let mut statement =
        connection.prepare(&format!("pragma foreign_key_check({})", quote(&table.name)))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let rowid: Option<i64> = row.get(1)?;
        // Foreign keys are numbered from the last declared one.
        let number: usize = row.get::<_, i64>(3)?.try_into().unwrap_or(usize::MAX);
        let index = table.foreign_keys.len().checked_sub(number.saturating_add(1));
        let Some(index) = index else { continue };
        let (Some(slot), Some(listed)) = (found.get_mut(index), rowids.get_mut(index)) else {
            continue;
        };
        let orphan = slot.get_or_insert_with(|| empty(table, index));
        orphan.count += 1;
        if let Some(rowid) = rowid.filter(|_| listed.len() < LISTED_KEYS) {
            listed.push(rowid);
        }
    }
    let mut named = Vec::new();
    for (orphan, rowids) in found.into_iter().zip(rowids) {
        let Some(mut orphan) = orphan else { continue };
        for rowid in rowids {
            orphan.keys.push(key.name_by_rowid(connection, rowid)?);
        }
        if let (true, Some(foreign_key)) =
            (orphan.keys.is_empty(), table.foreign_keys.get(orphan.foreign_key))
            && let Ok((parent, columns)) = parent_key(schema, foreign_key)
        {
            // The PRAGMA names no row of a table without rowid.
            let search = Search { table, foreign_key, parent, columns };
            orphan.keys = search.first_keys(connection)?;
        }
        named.push(orphan);
    }
    Ok(named)
}

fn empty(table: &source::Table, index: usize) -> Orphan {
    Orphan {
        table: table.name.clone(),
        foreign_key: index,
        parent: table.foreign_keys.get(index).map_or(String::new(), |key| key.parent.clone()),
        count: 0,
        keys: Vec::new(),
        unchecked: None,
    }
}

/// Checks the foreign keys of a table of which at least one cannot be followed, each by itself.
fn check_one_by_one(
    connection: &Connection,
    schema: &source::Schema,
    table: &source::Table,
) -> Result<Vec<Orphan>> {
    let mut found = Vec::new();
    for (index, foreign_key) in table.foreign_keys.iter().enumerate() {
        let mut orphan = empty(table, index);
        match parent_key(schema, foreign_key) {
            Ok((parent, columns)) => {
                let search = Search { table, foreign_key, parent, columns };
                (orphan.count, orphan.keys) = search.run(connection).map_err(|error| {
                    fault::fault(&format!("check foreign keys of {}", table.name), error)
                })?;
            }
            Err(reason) => orphan.unchecked = Some(reason),
        }
        if orphan.count > 0 || orphan.unchecked.is_some() {
            found.push(orphan);
        }
    }
    Ok(found)
}

/// Returns the parent and its key's column names, or why SQLite cannot follow the foreign key
/// (`sqlite.org/foreignkeys.html`, section 3).
pub(super) fn parent_key<'a>(
    schema: &'a source::Schema,
    foreign_key: &source::ForeignKey,
) -> Result<(&'a source::Table, Vec<String>), String> {
    let name = &foreign_key.parent;
    let parent = schema.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name));
    let Some(parent) = parent else {
        return Err(format!("there is no table {name}"));
    };
    let positions: Option<Vec<usize>> = if foreign_key.parent_columns.is_empty() {
        Some(parent.primary_key.clone())
    } else {
        foreign_key.parent_columns.iter().map(|column| parent.position(column)).collect()
    };
    let Some(positions) = positions else {
        return Err(format!("table {name} lacks a column of the parent key"));
    };
    if positions.len() != foreign_key.columns.len() {
        return Err(format!("the key of table {name} has another number of columns"));
    }
    if let Some(collation) = stranger(schema, foreign_key) {
        return Err(format!(
            "the parent key in table {name} uses collation {collation}, which only the \
             application knows"
        ));
    }
    if !is_unique(parent, &positions) {
        return Err(format!("the parent key in table {name} is neither primary nor unique"));
    }
    let column = |position: &usize| parent.columns.get(*position).map(|it| it.name.clone());
    Ok((parent, positions.iter().filter_map(column).collect()))
}

/// Returns a collation of the parent's columns that is not SQLite's own. Looking for parents under
/// its stand-in would find too few.
fn stranger<'a>(schema: &'a source::Schema, foreign_key: &source::ForeignKey) -> Option<&'a str> {
    let known =
        |name: &str| ["NOCASE", "RTRIM", "BINARY"].iter().any(|own| own.eq_ignore_ascii_case(name));
    parent_collations(schema, foreign_key).into_iter().find(|collation| !known(collation))
}

/// Returns whether SQLite finds parents that PostgreSQL would not: it compares with the parent's
/// collation (`sqlite.org/foreignkeys.html`, section 3), PostgreSQL byte by byte.
fn has_collated_parent(schema: &source::Schema, foreign_key: &source::ForeignKey) -> bool {
    let collations = parent_collations(schema, foreign_key);
    collations.iter().any(|collation| !collation.eq_ignore_ascii_case("BINARY"))
}

fn parent_collations<'a>(
    schema: &'a source::Schema,
    foreign_key: &source::ForeignKey,
) -> Vec<&'a str> {
    let name = &foreign_key.parent;
    let parent = schema.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name));
    let Some(parent) = parent else { return Vec::new() };
    let positions: Vec<usize> = if foreign_key.parent_columns.is_empty() {
        parent.primary_key.clone()
    } else {
        foreign_key.parent_columns.iter().filter_map(|column| parent.position(column)).collect()
    };
    let columns = positions.iter().filter_map(|position| parent.columns.get(*position));
    columns.filter_map(|column| column.collation.as_deref()).collect()
}

/// Returns whether exactly these columns, in any order, are the primary key, a `UNIQUE` constraint
/// or a unique index on all rows.
fn is_unique(table: &source::Table, positions: &[usize]) -> bool {
    let same = |mut columns: Vec<usize>| {
        let mut wanted = positions.to_vec();
        wanted.sort_unstable();
        columns.sort_unstable();
        columns == wanted
    };
    let of_index = |index: &source::Index| -> Option<Vec<usize>> {
        if !index.unique || index.filter.is_some() {
            return None;
        }
        index.columns.iter().map(|column| column.key.column()).collect()
    };
    same(table.primary_key.clone())
        || table.unique.iter().any(|key| same(key.columns.iter().map(|it| it.column).collect()))
        || table.indexes.iter().filter_map(of_index).any(same)
}

/// One foreign key's search by a query.
struct Search<'a> {
    table: &'a source::Table,
    foreign_key: &'a source::ForeignKey,
    parent: &'a source::Table,
    columns: Vec<String>,
}

impl Search<'_> {
    /// Counts the orphans and names the first.
    fn run(&self, connection: &Connection) -> rusqlite::Result<(u64, Vec<String>)> {
        self.search(connection, "")
    }

    /// Names the first orphans only.
    fn first_keys(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        Ok(self.search(connection, &format!(" limit {LISTED_KEYS}"))?.1)
    }

    fn search(&self, connection: &Connection, limit: &str) -> rusqlite::Result<(u64, Vec<String>)> {
        let child = quote(&self.table.name);
        let from = format!("from {child} as c where {}{limit}", self.condition());
        named_rows(connection, self.table, &from)
    }

    fn condition(&self) -> String {
        let children: Vec<String> = self
            .foreign_key
            .columns
            .iter()
            .filter_map(|position| self.table.columns.get(*position))
            .map(|column| format!("c.{}", quote(&column.name)))
            .collect();
        let present: Vec<String> =
            children.iter().map(|child| format!("{child} is not null")).collect();
        let equal: Vec<String> = children
            .iter()
            .zip(&self.columns)
            .map(|(child, column)| {
                let column = quote(column);
                // The first comparison finds the row by the parent's index, which is sorted by the
                // column's collation; the second says whether PostgreSQL finds it too.
                format!("p.{column} = {child} and p.{column} = {child} collate binary")
            })
            .collect();
        format!(
            "{} and not exists (select 1 from {} as p where {})",
            present.join(" and "),
            quote(&self.parent.name),
            equal.join(" and ")
        )
    }
}
