//! `CREATE VIEW`.

use super::Unsupported;
use super::expression::Translator;
use super::scope::{Catalogue, Field, Frame, Relation};
use super::select::rename_columns;
use crate::ast::CreateView;
use crate::name::Ident;
use crate::plan::ViewRows;
use crate::sql::Sql;

/// A view for PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslatedView {
    /// Its columns, in order.
    pub columns: Vec<Field>,
    /// Its query.
    pub query: Sql,
    /// The tables and views it reads, by SQLite name, sorted.
    pub uses: Vec<String>,
    /// What its query leaves open, apart from what those views do.
    pub rows: ViewRows,
}

impl TranslatedView {
    /// Returns the view as something later views can read.
    #[must_use]
    pub fn relation(&self, source_name: &str, target: Ident) -> Relation {
        Relation {
            source_name: source_name.to_owned(),
            target,
            columns: self.columns.clone(),
            primary_key: Vec::new(),
            row_id: None,
            hides_row_id: false,
        }
    }
}

/// Translates a view. `result_columns` are the names that SQLite gives its columns; where there are
/// none, they are worked out.
///
/// # Errors
/// With the reason, when any part of it cannot be carried over faithfully.
pub fn view(
    view: &CreateView,
    result_columns: &[String],
    catalogue: &Catalogue,
) -> Result<TranslatedView, Unsupported> {
    let mut translator = Translator::new(Some(catalogue));
    let query = translator.select(&view.select, &Frame::default())?;
    let mut columns = query.columns;
    if !view.columns.is_empty() {
        let names: Vec<String> = view.columns.iter().map(|name| name.text.clone()).collect();
        rename_columns(&mut columns, &names)?;
    }
    if !result_columns.is_empty() {
        rename_columns(&mut columns, result_columns)?;
    }
    for field in &mut columns {
        if crate::name::SYSTEM_COLUMNS.contains(&field.target.as_str()) {
            field.target = crate::name::fit(&format!("{}_", field.target));
        }
    }
    let rows = translator.rows;
    let uses = translator.uses.into_iter().collect();
    Ok(TranslatedView { columns, query: query.sql, uses, rows })
}
