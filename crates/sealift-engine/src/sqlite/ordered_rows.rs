//! Rows of one table or view, in a wanted order, handed out borrowed.

use super::apart::Filter;
use super::cell::{self, Place};
use super::fault::fault;
use super::key::quote;
use super::utf16::Utf16;
use crate::error::Result;
use rusqlite::{Connection, Row};
use sealift_core::sqlite::ValueRef;
use sealift_core::verify::stand_in;
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;

/// Which rows to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowQuery {
    /// The table or view.
    pub relation: String,
    /// The columns; empty means all, in the relation's own order.
    pub columns: Vec<String>,
    /// The columns to sort by, ascending and byte by byte; empty leaves the order to SQLite.
    pub order: Vec<String>,
    /// Large cells for which a stand-in is handed out.
    pub stand_ins: StandIns,
    /// What of the table is kept apart.
    pub apart: Option<Filter>,
}

/// Which cells are handed out as a [`stand_in`], their length and hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StandIns {
    /// Texts and blobs over so many bytes, …
    pub over: usize,
    /// … of the columns at these positions, ascending.
    pub columns: Vec<usize>,
}

impl RowQuery {
    /// Returns the statement.
    ///
    /// Every column is named with its table: SQLite takes a bare `"x"` for a text where there is no
    /// column x (`sqlite.org/quirks.html`, section 8), and would then answer with the name itself.
    fn sql(&self, pieces: Option<&Pieces>) -> String {
        let qualify = |column: &String| format!("s.{}", quote(column));
        let nulled = |column: &String| self.apart.as_ref()?.is_nulled("s.", column);
        let cell = |column: &String| match nulled(column) {
            Some(nulled) => format!("iif({nulled}, null, {})", qualify(column)),
            None => qualify(column),
        };
        let mut columns: Vec<String> = self.columns.iter().map(cell).collect();
        if let Some(pieces) = pieces {
            let mut classes = Vec::new();
            for position in &self.stand_ins.columns {
                let (Some(column), Some(source)) =
                    (columns.get_mut(*position), self.columns.get(*position))
                else {
                    continue;
                };
                let name = qualify(source);
                // `octet_length` and `typeof` of a column read the row's header only.
                let over = format!("octet_length({name}) > {}", pieces.over);
                let present = nulled(source).map_or(String::new(), |it| format!("not {it} and "));
                classes.push(format!("iif({present}{over}, typeof({name}), null)"));
                *column = format!("iif({over}, null, {column})");
            }
            columns.push(format!("s.{}", pieces.rowid));
            columns.append(&mut classes);
        }
        let columns = if columns.is_empty() { "s.*".to_owned() } else { columns.join(", ") };
        let relation = quote(&self.relation);
        let mut sql = format!("select {columns} from {relation} as s");
        if let Some(stays) = self.apart.as_ref().and_then(|apart| apart.stays("s.")) {
            sql.push_str(&format!(" where {stays}"));
        }
        let order: Vec<String> =
            self.order.iter().map(|column| format!("{} collate binary", qualify(column))).collect();
        if !order.is_empty() {
            sql.push_str(" order by ");
            sql.push_str(&order.join(", "));
        }
        sql
    }
}

/// How large cells are read without holding them.
struct Pieces {
    rowid: &'static str,
    /// Stored bytes over which a cell is over [`StandIns::over`] for certain.
    over: usize,
    utf16: Option<Utf16>,
}

impl Pieces {
    /// Returns `None` where SQLite gives no pieces: there cells are loaded whole.
    fn of(connection: &Connection, query: &RowQuery) -> rusqlite::Result<Option<Self>> {
        if query.stand_ins.columns.is_empty() {
            return Ok(None);
        }
        let Some(rowid) = rowid_name(connection, &query.relation) else { return Ok(None) };
        let sql = "select count(*) from pragma_table_xinfo(?1) where hidden > 1";
        let generated: i64 = connection.query_row(sql, [&query.relation], |row| row.get(0))?;
        let utf16 = Utf16::of(connection)?;
        // A character of one byte takes two in UTF-16.
        let over = query.stand_ins.over.saturating_mul(if utf16.is_some() { 2 } else { 1 });
        Ok((generated == 0).then_some(Self { rowid, over, utf16 }))
    }
}

/// Hands each row to `sink` until there are no more or it breaks; returns how many it saw.
///
/// # Errors
/// When SQLite cannot read the rows, or the first error of `sink`.
pub fn read_rows(
    connection: &Connection,
    query: &RowQuery,
    mut sink: impl FnMut(&[ValueRef<'_>]) -> Result<ControlFlow<()>>,
) -> Result<u64> {
    let failed = |error| fault(&format!("read {}", query.relation), error);
    let pieces = Pieces::of(connection, query).map_err(failed)?;
    let mut statement = connection.prepare(&query.sql(pieces.as_ref())).map_err(failed)?;
    let width = match &pieces {
        None => statement.column_count(),
        Some(_) => query.columns.len(),
    };
    let mut rows = statement.query([]).map_err(failed)?;
    let mut count = 0;
    while let Some(row) = rows.next().map_err(failed)? {
        count += 1;
        let large = large_cells(connection, query, pieces.as_ref(), row)?;
        let mut large = large.iter().peekable();
        let mut cells = Vec::with_capacity(width);
        for position in 0..width {
            cells.push(match large.next_if(|(at, _)| *at == position) {
                Some((_, text)) => ValueRef::Text(text.as_bytes()),
                None => cell::borrowed(row.get_ref(position).map_err(failed)?),
            });
        }
        if sink(&cells)?.is_break() {
            break;
        }
    }
    Ok(count)
}

/// Returns the stand-ins of a row, by position.
fn large_cells(
    connection: &Connection,
    query: &RowQuery,
    pieces: Option<&Pieces>,
    row: &Row<'_>,
) -> Result<Vec<(usize, String)>> {
    let failed = |error| fault(&format!("read {}", query.relation), error);
    let mut found = Vec::new();
    for (index, position) in query.stand_ins.columns.iter().enumerate() {
        let held = cell::borrowed(row.get_ref(*position).map_err(failed)?);
        if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = held {
            if bytes.len() > query.stand_ins.over {
                found.push((*position, stand_in(bytes.len(), &Sha256::digest(bytes))));
            }
            continue;
        }
        let Some(pieces) = pieces else { continue };
        let at = query.columns.len();
        let class: Option<String> = row.get(at + 1 + index).map_err(failed)?;
        let Some(class) = class else { continue };
        let place = Place {
            connection,
            table: &query.relation,
            column: query.columns.get(*position).map_or("", String::as_str),
            rowid: row.get(at).map_err(failed)?,
            utf16: pieces.utf16.filter(|_| class == "text"),
        };
        found.push((*position, hashed(place)?));
    }
    Ok(found)
}

fn hashed(place: Place<'_>) -> Result<String> {
    let (mut hash, mut length) = (Sha256::new(), 0);
    let done = place.text_in_pieces(|piece| {
        hash.update(piece);
        length += piece.len();
        Ok(())
    })?;
    if done {
        return Ok(stand_in(length, &hash.finalize()));
    }
    let sql = format!(
        "select s.{} from {} as s where s._rowid_ = ?1",
        quote(place.column),
        quote(place.table)
    );
    let whole = place.connection.query_row(&sql, [place.rowid], |row| {
        let bytes: &[u8] = match cell::borrowed(row.get_ref(0)?) {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => &[],
        };
        Ok(stand_in(bytes.len(), &Sha256::digest(bytes)))
    });
    whole.map_err(|error| fault(&format!("read a large cell of {}", place.table), error))
}

/// Returns how many rows a table or view has, without those that are kept apart.
///
/// # Errors
/// When SQLite cannot read them.
pub fn count_rows(connection: &Connection, relation: &str, apart: Option<&Filter>) -> Result<u64> {
    let stays = apart.and_then(|apart| apart.stays("s."));
    let stays = stays.map_or(String::new(), |stays| format!(" where {stays}"));
    let sql = format!("select count(*) from {} as s{stays}", quote(relation));
    let count = connection.query_row(&sql, [], |row| row.get::<_, i64>(0));
    let count = count.map_err(|error| fault(&format!("count {relation}"), error))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Returns the name under which the rowid of a table can be selected, `None` for a view, a table
/// WITHOUT ROWID, or one whose columns cover all three names.
#[must_use]
pub fn rowid_name(connection: &Connection, table: &str) -> Option<&'static str> {
    let sql = "select lower(name) from pragma_table_xinfo(?1)";
    let mut statement = connection.prepare(sql).ok()?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0)).ok()?;
    let taken: Vec<String> = names.collect::<rusqlite::Result<_>>().ok()?;
    let free =
        ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken.iter().any(|t| t == name))?;
    // A table WITHOUT ROWID refuses the name, a view answers NULL or refuses it.
    let is_table = "select type = 'table' from sqlite_schema where name = ?1 collate nocase";
    let is_table = connection.query_row(is_table, [table], |row| row.get::<_, bool>(0));
    let probe = format!("select s.{free} from {} as s", quote(table));
    let exists = is_table.unwrap_or(false) && connection.prepare(&probe).is_ok();
    exists.then_some(free)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(sql: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    fn query(relation: &str, columns: &[&str], order: &[&str]) -> RowQuery {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        RowQuery {
            relation: relation.to_owned(),
            columns: owned(columns),
            order: owned(order),
            stand_ins: StandIns::default(),
            apart: None,
        }
    }

    #[test]
    fn rows_come_in_binary_order_whatever_the_column_collates_by() {
        let connection = connection(
            "create table t (a text collate nocase); insert into t values ('b'), ('A'), ('a');",
        );
        let mut seen = Vec::new();
        let count = read_rows(&connection, &query("t", &["a"], &["a"]), |cells| {
            seen.push(cells[0].to_owned());
            Ok(ControlFlow::Continue(()))
        });
        assert_eq!(count.unwrap(), 3);
        let texts: Vec<_> = seen.iter().map(|value| format!("{value:?}")).collect();
        assert_eq!(texts, ["Text([65])", "Text([97])", "Text([98])"]);
    }

    #[test]
    fn a_column_that_is_not_there_is_an_error_and_not_its_own_name() {
        let connection = connection("create table t (a); insert into t values (1);");
        let read =
            read_rows(&connection, &query("t", &["b"], &[]), |_| Ok(ControlFlow::Continue(())));
        assert!(read.is_err());
    }

    #[test]
    fn reading_stops_where_the_reader_says_so() {
        let connection =
            connection("create table \"a\"\"b\" (x); insert into \"a\"\"b\" values (1), (2);");
        let count =
            read_rows(&connection, &query("a\"b", &[], &[]), |_| Ok(ControlFlow::Break(())));
        assert_eq!(count.unwrap(), 1);
        assert_eq!(count_rows(&connection, "a\"b", None).unwrap(), 2);
    }

    #[test]
    fn the_rowid_is_found_under_a_name_that_no_column_covers() {
        let connection = connection(
            "create table plain (a);
             create table covered (rowid, \"_ROWID_\");
             create table hidden (rowid, _rowid_, oid);
             create table keyed (k text primary key) without rowid;
             create view v as select a from plain;",
        );
        assert_eq!(rowid_name(&connection, "plain"), Some("rowid"));
        assert_eq!(rowid_name(&connection, "covered"), Some("oid"));
        for relation in ["hidden", "keyed", "v"] {
            assert_eq!(rowid_name(&connection, relation), None, "{relation}");
        }
    }
}
