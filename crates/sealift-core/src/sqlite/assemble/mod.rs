//! PRAGMA facts and `CREATE` texts → [`source::Schema`]. Pure: no database is asked.
//!
//! What a PRAGMA says wins, because it is what SQLite itself made of the text; the text adds what
//! no PRAGMA reports. A text that cannot be read is listed in [`source::Schema::unreadable`], and
//! its table is built from the PRAGMAs alone.

mod column;
mod constraint;
mod index;
mod table;

#[cfg(test)]
mod tests;

use super::parse::{
    ParseError, parse_create_trigger, parse_create_view, parse_create_virtual_table,
};
use super::raw::{RawIndex, RawSchema, RawTable, RawTableKind};
use super::virtual_table;
use crate::schema::source;
use std::collections::HashMap;

/// Tables that tools, not applications, keep in a file: Litestream's, and those that Cloudflare
/// D1 hides from its own exports.
const TOOL_TABLES: [&str; 4] = ["_litestream_seq", "_litestream_lock", "_cf_KV", "_cf_METADATA"];

/// The tables that the modules of SQLite's own source tree keep, as endings of their names
/// (`sqlite.org/fts3.html` section 9, `fts5.html` section 9, `rtree.html` section 3). They count as
/// shadow tables even where the SQLite in use lacks the module and cannot say so.
const SHADOW_ENDINGS: [(&str, &[&str]); 6] = [
    ("fts3", &["content", "segments", "segdir", "docsize", "stat"]),
    ("fts4", &["content", "segments", "segdir", "docsize", "stat"]),
    ("fts5", &["content", "data", "idx", "docsize", "config"]),
    ("rtree", &["node", "parent", "rowid"]),
    ("rtree_i32", &["node", "parent", "rowid"]),
    ("geopoly", &["node", "parent", "rowid"]),
];

/// Builds the schema.
#[must_use]
pub fn assemble(raw: &RawSchema) -> source::Schema {
    let mut schema = source::Schema::default();
    read_virtual_tables(raw, &mut schema);
    let indexes = indexes_by_table(raw);
    let none = Vec::new();
    for table in &raw.tables {
        match table.kind {
            RawTableKind::View => {}
            RawTableKind::Virtual => read_rows_of(raw, table, &mut schema),
            RawTableKind::Table | RawTableKind::Shadow if is_internal(&table.name) => {
                schema.internal_tables.push(table.name.clone());
            }
            RawTableKind::Table | RawTableKind::Shadow => {
                if let Some(owner) = owner(table, &mut schema.virtual_tables) {
                    owner.shadow_tables.push(table.name.clone());
                } else {
                    let indexes = indexes.get(&table.name.to_ascii_lowercase()).unwrap_or(&none);
                    let built = table::table(raw, (table, indexes), &mut schema.unreadable);
                    schema.tables.push(built);
                }
            }
        }
    }
    read_views(raw, &mut schema);
    read_triggers(raw, &mut schema);
    schema
}

/// Returns the indexes of each table, by its name in lower case: SQLite's names ignore the case of ASCII letters.
fn indexes_by_table(raw: &RawSchema) -> HashMap<String, Vec<&RawIndex>> {
    let mut indexes: HashMap<String, Vec<&RawIndex>> = HashMap::new();
    for index in &raw.indexes {
        indexes.entry(index.table.to_ascii_lowercase()).or_default().push(index);
    }
    indexes
}

/// Returns a collation as SQLite compares it: `None` for BINARY, the two others of SQLite's own in
/// capitals, an application's as written.
fn collation(name: &str) -> Option<String> {
    let own = ["BINARY", "NOCASE", "RTRIM"].into_iter().find(|own| own.eq_ignore_ascii_case(name));
    match own {
        Some("BINARY") => None,
        Some(own) => Some(own.to_owned()),
        None => Some(name.to_owned()),
    }
}

fn unreadable(kind: &str, name: &str, error: &ParseError) -> source::Unreadable {
    source::Unreadable {
        kind: kind.to_owned(),
        name: name.to_owned(),
        reason: error.message.clone(),
    }
}

fn is_internal(name: &str) -> bool {
    let is_sqlites = name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"));
    is_sqlites || TOOL_TABLES.contains(&name)
}

/// Finds the virtual table that keeps its data in `table`: the one with the longest name that
/// `table` begins with.
fn owner<'a>(
    table: &RawTable,
    virtual_tables: &'a mut [source::VirtualTable],
) -> Option<&'a mut source::VirtualTable> {
    let owns = |candidate: &source::VirtualTable| {
        let length = candidate.name.len();
        let starts = table
            .name
            .get(..length)
            .is_some_and(|start| start.eq_ignore_ascii_case(&candidate.name));
        let ending = table.name.get(length..).and_then(|rest| rest.strip_prefix('_'));
        let Some(ending) = ending.filter(|_| starts) else { return false };
        table.kind == RawTableKind::Shadow
            || SHADOW_ENDINGS.iter().any(|(module, endings)| {
                module.eq_ignore_ascii_case(&candidate.module)
                    && endings.iter().any(|known| known.eq_ignore_ascii_case(ending))
            })
    };
    virtual_tables
        .iter_mut()
        .filter(|candidate| owns(candidate))
        .max_by_key(|candidate| candidate.name.len())
}

fn read_virtual_tables(raw: &RawSchema, schema: &mut source::Schema) {
    for table in raw.tables.iter().filter(|table| table.kind == RawTableKind::Virtual) {
        let sql = table.sql.clone().unwrap_or_default();
        match parse_create_virtual_table(&sql) {
            Ok(tree) => schema.virtual_tables.push(source::VirtualTable {
                name: table.name.clone(),
                module: tree.module,
                arguments: tree.arguments,
                sql,
                shadow_tables: Vec::new(),
                contents: source::Contents::Unknown,
                own_rows: None,
            }),
            Err(error) => schema.unreadable.push(unreadable("table", &table.name, &error)),
        }
    }
}

/// Finds out what a virtual table holds, and adds a table for its rows.
fn read_rows_of(raw: &RawSchema, table: &RawTable, schema: &mut source::Schema) {
    let found = schema.virtual_tables.iter_mut().find(|it| it.name == table.name);
    let Some(it) = found else { return };
    let understood = virtual_table::understand(raw, table, it);
    it.contents = understood.contents;
    schema.tables.extend(understood.table);
}

fn read_views(raw: &RawSchema, schema: &mut source::Schema) {
    for view in &raw.views {
        match parse_create_view(&view.sql) {
            Ok(tree) => schema.views.push(source::View {
                name: view.name.clone(),
                sql: view.sql.clone(),
                columns: view.columns.clone(),
                broken: view.broken.clone(),
                tree,
            }),
            Err(error) => schema.unreadable.push(unreadable("view", &view.name, &error)),
        }
    }
}

fn read_triggers(raw: &RawSchema, schema: &mut source::Schema) {
    for trigger in &raw.triggers {
        match parse_create_trigger(&trigger.sql) {
            Ok(tree) => schema.triggers.push(source::Trigger {
                name: trigger.name.clone(),
                table: trigger.table.clone(),
                sql: trigger.sql.clone(),
                tree,
            }),
            Err(error) => schema.unreadable.push(unreadable("trigger", &trigger.name, &error)),
        }
    }
}
