//! The columns of a table.

use super::{collation, unreadable};
use crate::ast::{ColumnDefinition, CreateTable, Expr};
use crate::schema::source::{self, Expression, Generated, RowKey, Unreadable};
use crate::sqlite::Affinity;
use crate::sqlite::parse::{ParseError, parse_create_table};
use crate::sqlite::raw::{RawColumn, RawTable};

/// Builds the columns.
pub(super) fn columns(
    table: &RawTable,
    tree: Option<&CreateTable>,
    row_key: &RowKey,
    problems: &mut Vec<Unreadable>,
) -> Vec<source::Column> {
    let mut columns = Vec::with_capacity(table.columns.len());
    for (position, raw) in table.columns.iter().enumerate() {
        let definition = tree
            .and_then(|tree| tree.columns.iter().find(|definition| definition.name.is(&raw.name)));
        let is_key = raw.primary_key > 0;
        // SQLite implies NOT NULL for these, and newer versions report it; an ordinary primary
        // key may hold NULL (`sqlite.org/quirks.html`, section 5).
        let implied = *row_key == RowKey::Alias { column: position }
            || (is_key && (table.without_rowid || table.strict));
        columns.push(source::Column {
            name: raw.name.clone(),
            declared_type: raw.declared_type.clone(),
            affinity: Affinity::of(Some(&raw.declared_type), table.strict),
            not_null: raw.not_null || implied,
            default: default(&table.name, raw, definition, problems),
            collation: definition
                .and_then(|definition| definition.collation.as_ref())
                .and_then(|name| collation(&name.text)),
            generated: generated(&table.name, raw, definition, problems),
        });
    }
    columns
}

fn default(
    table: &str,
    raw: &RawColumn,
    definition: Option<&ColumnDefinition>,
    problems: &mut Vec<Unreadable>,
) -> Option<Expression> {
    let sql = raw.default_sql.clone()?;
    if let Some(tree) = definition.and_then(|definition| definition.default.clone()) {
        return Some(Expression { sql, tree });
    }
    match parse_default(&sql) {
        Ok(tree) => Some(Expression { sql, tree }),
        Err(error) => {
            problems.push(unreadable("default", &format!("{table}.{}", raw.name), &error));
            None
        }
    }
}

/// Reads the text that a PRAGMA gives for a default. Parentheses around an expression are gone
/// there, and a bare name is a string, so the text is tried in both places it may come from.
fn parse_default(sql: &str) -> Result<Expr, ParseError> {
    let read = |text: String| {
        let mut table = parse_create_table(&text)?;
        let column =
            table.columns.pop().filter(|column| table.columns.is_empty() && is_bare(column));
        column
            .and_then(|column| column.default)
            .ok_or_else(|| ParseError { message: "expected a default".to_owned() })
    };
    read(format!("CREATE TABLE t(c DEFAULT {sql}\n)"))
        .or_else(|_| read(format!("CREATE TABLE t(c DEFAULT ({sql}\n))")))
}

/// Returns whether a column has nothing but a default: `1 NOT NULL` without its parentheses must
/// not be read as the value 1 and a constraint.
fn is_bare(column: &ColumnDefinition) -> bool {
    !column.not_null
        && !column.unique
        && column.primary_key.is_none()
        && column.collation.is_none()
        && column.generated.is_none()
        && column.checks.is_empty()
        && column.references.is_empty()
}

fn generated(
    table: &str,
    raw: &RawColumn,
    definition: Option<&ColumnDefinition>,
    problems: &mut Vec<Unreadable>,
) -> Option<Generated> {
    let stored = match raw.hidden {
        2 => false,
        3 => true,
        _ => return None,
    };
    if let Some(clause) = definition.and_then(|definition| definition.generated.as_ref()) {
        let value = Expression { sql: clause.text.clone(), tree: clause.expr.clone() };
        return Some(Generated { value, stored });
    }
    let error = ParseError { message: "the generated column's expression is unknown".to_owned() };
    problems.push(unreadable("generated column", &format!("{table}.{}", raw.name), &error));
    None
}
