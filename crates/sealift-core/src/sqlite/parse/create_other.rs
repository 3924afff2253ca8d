//! `CREATE INDEX`, `CREATE VIEW` and `CREATE VIRTUAL TABLE`.

use super::Result;
use super::create_table::indexed_columns;
use super::expr;
use super::reader::{Reader, required};
use super::select::select;
use crate::ast::{CreateIndex, CreateView, CreateVirtualTable};
use syntaqlite_syntax::nodes;

/// Reads a `CREATE INDEX`.
pub(super) fn create_index(
    reader: Reader<'_>,
    node: nodes::CreateIndexStmt<'_>,
) -> Result<CreateIndex> {
    let id = node.node_id().into_inner();
    Ok(CreateIndex {
        name: reader.name(id, "index_name")?,
        table: reader.name(id, "table_name")?,
        unique: node.is_unique(),
        columns: indexed_columns(reader, node.columns())?,
        filter: expr::optional(reader, node.where_clause())?,
        filter_text: node.where_clause().map(|node| condition_text(reader, node)).transpose()?,
    })
}

/// Returns the text of a condition. The grammar counts the word `WHERE`, which no expression can
/// begin with, as part of it.
fn condition_text(reader: Reader<'_>, node: nodes::Expr<'_>) -> Result<String> {
    let text = reader.text(node.node_id().into_inner())?;
    let is_where = |word: &&str| word.eq_ignore_ascii_case("WHERE");
    let rest = text.get(..5).filter(is_where).and_then(|word| text.get(word.len()..));
    Ok(rest.unwrap_or(&text).trim().to_owned())
}

/// Reads a `CREATE VIEW`.
pub(super) fn create_view(
    reader: Reader<'_>,
    node: nodes::CreateViewStmt<'_>,
) -> Result<CreateView> {
    Ok(CreateView {
        name: reader.name(node.node_id().into_inner(), "view_name")?,
        columns: reader.names(node.column_names())?,
        select: select(reader, required(node.select(), "query")?)?,
    })
}

/// Reads a `CREATE VIRTUAL TABLE`. The arguments are the module's own language and stay text.
pub(super) fn create_virtual_table(
    reader: Reader<'_>,
    node: nodes::CreateVirtualTableStmt<'_>,
) -> Result<CreateVirtualTable> {
    let id = node.node_id().into_inner();
    Ok(CreateVirtualTable {
        name: reader.name(id, "table_name")?,
        module: reader.name(id, "module_name")?.text,
        arguments: reader.raw(id, "module_args")?.unwrap_or_default().to_owned(),
    })
}
