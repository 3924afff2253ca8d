//! The virtual tables of SQLite's own modules: what they hold, where it lies, what they are for.
//!
//! A full-text table keeps its texts in an ordinary table, `NAME_content`. That one is read, so that a
//! tokenizer of the application's is not needed; to all readers it appears under the virtual table's
//! name and columns ([`ContentView`]). R*Trees are read through their module.

mod arguments;
mod feeding;
mod full_text;
mod rtree;

#[cfg(test)]
mod tests;

pub use feeding::writes_only_into;

use crate::schema::source::{self, Contents, Module, RowKey, VirtualTable};
use crate::sqlite::parse::parse_create_virtual_table;
use crate::sqlite::raw::{RawSchema, RawTable, RawTableKind};

/// A full-text table's rows, as they lie in the table that the module keeps them in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentView {
    /// The virtual table.
    pub name: String,
    /// The ordinary table.
    pub table: String,
    /// The ordinary table's columns, each with the name it appears under.
    pub columns: Vec<(String, String)>,
}

/// Returns a view for each full-text table that keeps its texts itself.
#[must_use]
pub fn content_views(raw: &RawSchema) -> Vec<ContentView> {
    let tables = raw.tables.iter().filter(|table| table.kind == RawTableKind::Virtual);
    let views = tables.filter_map(|table| {
        let tree = parse_create_virtual_table(table.sql.as_deref()?).ok()?;
        let declared = full_text::Declared::of(&tree.module, &tree.arguments)?;
        let stored = full_text::stored(&declared, content_of(raw, &table.name)?)?;
        Some(ContentView {
            name: table.name.clone(),
            table: content_of(raw, &table.name)?.name.clone(),
            columns: stored.columns,
        })
    });
    views.collect()
}

/// Finds the table in which a full-text table keeps its texts.
fn content_of<'a>(raw: &'a RawSchema, name: &str) -> Option<&'a RawTable> {
    let wanted = format!("{name}_content");
    raw.tables.iter().find(|table| {
        table.name.eq_ignore_ascii_case(&wanted)
            && matches!(table.kind, RawTableKind::Shadow | RawTableKind::Table)
    })
}

/// What is known of one virtual table.
pub(super) struct Understood {
    /// What of it can be carried.
    pub(super) contents: Contents,
    /// Its rows' table, where it has rows.
    pub(super) table: Option<source::Table>,
}

/// Finds out what a virtual table holds.
pub(super) fn understand(raw: &RawSchema, table: &RawTable, it: &VirtualTable) -> Understood {
    let nothing = |contents| Understood { contents, table: None };
    let rows = |table: source::Table| Understood { contents: Contents::Rows, table: Some(table) };
    if let Some(declared) = full_text::Declared::of(&it.module, &it.arguments) {
        if let Some(contents) = full_text::elsewhere(&declared) {
            return nothing(contents);
        }
        let stored =
            content_of(raw, &it.name).and_then(|content| full_text::stored(&declared, content));
        return match stored {
            Some(stored) => rows(full_text::table(it, &declared, &stored)),
            None => nothing(Contents::Unknown),
        };
    }
    match rtree::table(it, &table.columns) {
        Some(table) => rows(table),
        None => nothing(Contents::Unknown),
    }
}

/// Returns a table of rows that are keyed by the column at `key`.
fn keyed(
    it: &VirtualTable,
    columns: Vec<source::Column>,
    key: usize,
    module: Module,
) -> source::Table {
    source::Table {
        name: it.name.clone(),
        sql: it.sql.clone(),
        columns,
        primary_key: vec![key],
        primary_key_name: None,
        row_key: RowKey::Alias { column: key },
        without_rowid: false,
        strict: false,
        autoincrement: false,
        sequence: None,
        unique: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        conflict_clauses: false,
        module: Some(module),
    }
}

/// Returns a column that holds what was put into it: modules apply no affinity.
fn column(name: &str, declared_type: &str) -> source::Column {
    source::Column {
        name: name.to_owned(),
        declared_type: declared_type.to_owned(),
        affinity: crate::sqlite::Affinity::of(Some(declared_type), false),
        not_null: false,
        default: None,
        collation: None,
        generated: None,
    }
}
