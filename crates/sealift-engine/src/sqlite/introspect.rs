//! The schema: what the PRAGMAs and `sqlite_schema` say, handed to the core to be understood.

use super::fault;
use super::key::quote;
use crate::error::Result;
use rusqlite::{Connection, Row};
use sealift_core::schema::source;
use sealift_core::sqlite::{
    RawColumn, RawForeignKey, RawIndex, RawIndexColumn, RawIndexOrigin, RawSchema, RawTable,
    RawTableKind, RawTrigger, RawView, assemble, content_views,
};
use std::collections::HashMap;

/// Reads the schema of the file.
///
/// A view that SQLite cannot run and a virtual table whose module is missing are reported as such;
/// neither is an error.
///
/// # Errors
/// When the file cannot be read.
pub fn introspect(connection: &Connection) -> Result<source::Schema> {
    let raw = read_raw(connection).map_err(|error| fault::fault("read the schema", error))?;
    let mut schema = assemble(&raw);
    for table in &mut schema.virtual_tables {
        table.own_rows = own_rows(connection, table);
    }
    Ok(schema)
}

/// Makes a temporary view for each full-text table that keeps its texts itself, of the same name: to
/// whoever reads through this connection its rows stand in an ordinary table, whose rowid can be searched
/// and whose tokenizer is not needed. Temporary names come before those of the file, but not for its own
/// views (`sqlite.org/lang_naming.html`).
pub(super) fn show_contents(connection: &Connection) -> rusqlite::Result<()> {
    let virtual_tables = collect(
        connection,
        "select name, sql from main.sqlite_schema
         where type = 'table' and sql like 'create virtual table%'",
        |row| Ok((row.get::<_, String>(0)?, row.get(1)?)),
    )?;
    let mut raw = RawSchema::default();
    for (name, sql) in virtual_tables {
        let plain = |name: String, sql, kind, columns| RawTable {
            name,
            sql,
            kind,
            without_rowid: false,
            strict: false,
            columns,
            foreign_keys: Vec::new(),
        };
        let content = format!("{name}_content");
        let columns = columns(connection, &content)?;
        raw.tables.push(plain(name, sql, RawTableKind::Virtual, Vec::new()));
        raw.tables.push(plain(content, None, RawTableKind::Shadow, columns));
    }
    for view in content_views(&raw) {
        let columns: Vec<String> = view
            .columns
            .iter()
            .map(|(stored, shown)| format!("c.{} as {}", quote(stored), quote(shown)))
            .collect();
        connection.execute_batch(&format!(
            "create temp view {} as select {} from main.{} as c",
            quote(&view.name),
            columns.join(", "),
            quote(&view.table)
        ))?;
    }
    Ok(())
}

/// Counts the rows that only a virtual table holds, in its shadow table: full-text tables keep their
/// texts in `_content` unless `content=` names another place (`sqlite.org/fts5.html`, section 4.4.3;
/// `sqlite.org/fts3.html`, section 6.2), R*Trees their boxes in `_rowid` (`sqlite.org/rtree.html`,
/// section 3.1). Of words without texts the lengths are kept in `_docsize`, unless told otherwise.
fn own_rows(connection: &Connection, table: &source::VirtualTable) -> Option<u64> {
    let place = match (&table.contents, table.module.to_ascii_lowercase().as_str()) {
        (source::Contents::None, _) => "_docsize",
        (_, "fts3" | "fts4" | "fts5") => "_content",
        (_, "rtree" | "rtree_i32" | "geopoly") => "_rowid",
        (_, _) => return None,
    };
    let wanted = format!("{}{place}", table.name);
    let Some(shadow) =
        table.shadow_tables.iter().find(|shadow| shadow.eq_ignore_ascii_case(&wanted))
    else {
        return Some(0);
    };
    let sql = format!("select count(*) from {}", quote(shadow));
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).ok()?;
    u64::try_from(count).ok()
}

/// One row of `sqlite_schema`.
struct Entry {
    kind: String,
    name: String,
    table: String,
    sql: Option<String>,
}

/// What `PRAGMA table_list` adds.
#[derive(Clone, Copy)]
struct Listed {
    kind: RawTableKind,
    without_rowid: bool,
    strict: bool,
}

fn read_raw(connection: &Connection) -> rusqlite::Result<RawSchema> {
    let listed = table_list(connection)?;
    let mut raw = RawSchema::default();
    let mut texts = HashMap::new();
    for entry in entries(connection)? {
        match (entry.kind.as_str(), entry.sql) {
            ("index", sql) => {
                texts.insert(entry.name, sql);
            }
            ("trigger", Some(sql)) => {
                raw.triggers.push(RawTrigger { name: entry.name, table: entry.table, sql });
            }
            ("view", Some(sql)) => {
                let (columns, broken) = match view_columns(connection, &entry.name) {
                    Ok(columns) => (columns, None),
                    Err(error) => (Vec::new(), Some(reason(&error))),
                };
                raw.views.push(RawView { name: entry.name, sql, columns, broken });
            }
            ("table", sql) => {
                let Some(facts) = listed.get(&entry.name) else { continue };
                raw.tables.push(read_table(connection, entry.name, sql, *facts)?);
            }
            (_, _) => {}
        }
    }
    let names: Vec<String> = raw.tables.iter().map(|table| table.name.clone()).collect();
    for name in names {
        raw.indexes.extend(indexes(connection, &name, &mut texts)?);
    }
    raw.sequences = sequences(connection)?;
    Ok(raw)
}

fn entries(connection: &Connection) -> rusqlite::Result<Vec<Entry>> {
    collect(
        connection,
        "select type, name, tbl_name, sql from main.sqlite_schema order by rowid",
        |row| {
            Ok(Entry { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? })
        },
    )
}

fn table_list(connection: &Connection) -> rusqlite::Result<HashMap<String, Listed>> {
    let rows = collect(
        connection,
        "select name, type, wr, strict from pragma_table_list where schema = 'main'",
        |row| {
            let kind = match row.get::<_, String>(1)?.as_str() {
                "virtual" => RawTableKind::Virtual,
                "shadow" => RawTableKind::Shadow,
                "view" => RawTableKind::View,
                _ => RawTableKind::Table,
            };
            Ok((row.get(0)?, Listed { kind, without_rowid: row.get(2)?, strict: row.get(3)? }))
        },
    )?;
    Ok(rows.into_iter().collect())
}

fn read_table(
    connection: &Connection,
    name: String,
    sql: Option<String>,
    facts: Listed,
) -> rusqlite::Result<RawTable> {
    let columns = columns(connection, &name);
    let (columns, foreign_keys) = match facts.kind {
        // Without its module a virtual table has no columns that SQLite could name; its text says
        // which module it wants.
        RawTableKind::Virtual => (columns.unwrap_or_default(), Vec::new()),
        RawTableKind::Table | RawTableKind::Shadow | RawTableKind::View => {
            (columns?, foreign_keys(connection, &name)?)
        }
    };
    Ok(RawTable {
        name,
        sql,
        kind: facts.kind,
        without_rowid: facts.without_rowid,
        strict: facts.strict,
        columns,
        foreign_keys,
    })
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<RawColumn>> {
    collect(connection, &format!("pragma main.table_xinfo({})", quote(table)), |row| {
        Ok(RawColumn {
            name: row.get("name")?,
            declared_type: row.get::<_, Option<String>>("type")?.unwrap_or_default(),
            not_null: row.get("notnull")?,
            default_sql: row.get("dflt_value")?,
            primary_key: row.get("pk")?,
            hidden: row.get("hidden")?,
        })
    })
}

fn foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<Vec<RawForeignKey>> {
    let sql = format!("pragma foreign_key_list({})", quote(table));
    let rows = collect(connection, &sql, |row| {
        let number: i64 = row.get("id")?;
        let pair: (String, Option<String>) = (row.get("from")?, row.get("to")?);
        let key = RawForeignKey {
            parent: row.get("table")?,
            columns: Vec::new(),
            parent_columns: Vec::new(),
            on_update: row.get("on_update")?,
            on_delete: row.get("on_delete")?,
        };
        Ok((number, key, pair))
    })?;
    let mut keys: Vec<(i64, RawForeignKey)> = Vec::new();
    for (number, key, (from, to)) in rows {
        let known = keys.iter().position(|(other, _)| *other == number);
        let at = known.unwrap_or(keys.len());
        if known.is_none() {
            keys.push((number, key));
        }
        if let Some((_, key)) = keys.get_mut(at) {
            key.columns.push(from);
            key.parent_columns.extend(to);
        }
    }
    // SQLite numbers the keys from the last declared one.
    keys.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

fn indexes(
    connection: &Connection,
    table: &str,
    texts: &mut HashMap<String, Option<String>>,
) -> rusqlite::Result<Vec<RawIndex>> {
    let sql = format!("pragma index_list({})", quote(table));
    let mut found = collect(connection, &sql, |row| {
        let name: String = row.get("name")?;
        let number: i64 = row.get("seq")?;
        let origin = match row.get::<_, String>("origin")?.as_str() {
            "pk" => RawIndexOrigin::PrimaryKey,
            "u" => RawIndexOrigin::Unique,
            _ => RawIndexOrigin::Created,
        };
        let index = RawIndex {
            name,
            table: table.to_owned(),
            sql: None,
            unique: row.get("unique")?,
            origin,
            partial: row.get("partial")?,
            columns: Vec::new(),
        };
        Ok((number, index))
    })?;
    // SQLite lists the newest first.
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    for (_, index) in &mut found {
        index.sql = texts.remove(&index.name).flatten();
        index.columns = index_columns(connection, &index.name)?;
    }
    Ok(found.into_iter().map(|(_, index)| index).collect())
}

fn index_columns(connection: &Connection, index: &str) -> rusqlite::Result<Vec<RawIndexColumn>> {
    let sql = format!("pragma index_xinfo({})", quote(index));
    let columns = collect(connection, &sql, |row| {
        let column = RawIndexColumn {
            cid: row.get("cid")?,
            name: row.get("name")?,
            descending: row.get("desc")?,
            collation: row.get::<_, Option<String>>("coll")?.unwrap_or_default(),
        };
        Ok(row.get::<_, bool>("key")?.then_some(column))
    })?;
    Ok(columns.into_iter().flatten().collect())
}

/// Returns a view's column names as SQLite computes them.
fn view_columns(connection: &Connection, view: &str) -> rusqlite::Result<Vec<String>> {
    let statement = connection.prepare(&format!("select * from {}", quote(view)))?;
    Ok(statement.column_names().map(ToOwned::to_owned).collect())
}

/// Returns what SQLite says about a view, without the statement that was asked.
fn reason(error: &rusqlite::Error) -> String {
    if let rusqlite::Error::SqlInputError { msg, .. } = error {
        return msg.clone();
    }
    error.to_string()
}

/// `sqlite_sequence` is an ordinary table that anybody may have written to.
fn sequences(connection: &Connection) -> rusqlite::Result<Vec<(String, i64)>> {
    let exists: bool = connection.query_row(
        "select exists (select 1 from sqlite_schema where name = 'sqlite_sequence')",
        [],
        |row| row.get(0),
    )?;
    if !exists {
        return Ok(Vec::new());
    }
    collect(
        connection,
        "select name, max(seq) from sqlite_sequence
         where typeof(name) = 'text' and typeof(seq) = 'integer' group by name",
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn collect<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], read)?;
    rows.collect()
}
