//! What names mean: the relations a query may use, and the sources of its `FROM`.

use super::Unsupported;
use crate::ast::Expr;
use crate::convert::Reading;
use crate::mapping::{MomentForm, MomentForms, PgType};
use crate::name::Ident;
use crate::schema::{source, target};
use crate::sqlite::Affinity;

/// A column of a table or view, on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in SQLite.
    pub source_name: String,
    /// Its name in PostgreSQL.
    pub target: Ident,
    /// Its type in PostgreSQL; `None` where a view's column is never anything but NULL.
    pub data_type: Option<PgType>,
    /// Its affinity in SQLite; `None` for a view's computed column, which has none.
    pub affinity: Option<Affinity>,
    /// How its cells are read: a time that SQLite keeps as a number is not text to its functions.
    pub reading: Reading,
    /// Whether it is `not null`.
    pub not_null: bool,
    /// Its collation in SQLite, unless `BINARY`.
    pub collation: Option<String>,
    /// What its cells are, beyond their type.
    pub cells: Cells,
}

/// What the census knows of a column's cells that their type on PostgreSQL does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    /// The column, where some cells are texts in SQLite and truth values or bytes on PostgreSQL.
    pub other_class: Option<String>,
    /// How moments are written.
    pub moments: MomentForm,
    /// Some are JSON with a key twice in one object.
    pub repeated_keys: bool,
}

impl Default for Cells {
    fn default() -> Self {
        let moments = MomentForms::default().form();
        Self { other_class: None, moments, repeated_keys: false }
    }
}

/// A table or an already translated view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its name in SQLite.
    pub source_name: String,
    /// Its name in PostgreSQL.
    pub target: Ident,
    /// Its columns in order.
    pub columns: Vec<Field>,
    /// The positions of the primary key's columns, when PostgreSQL will have that key.
    pub primary_key: Vec<usize>,
    /// The column that `rowid` is another name for.
    pub row_id: Option<usize>,
    /// Whether SQLite has that column under the name `rowid` only, so that `*` does not mean it.
    pub hides_row_id: bool,
}

impl Relation {
    /// Describes a table by both of its sides and how its cells are read, all in the same order.
    ///
    /// Returns `None` when they are not for the same number of columns.
    #[must_use]
    pub fn of_table(
        source: &source::Table,
        target: &target::Table,
        readings: &[Reading],
    ) -> Option<Self> {
        let width = source.columns.len();
        if width != target.columns.len() || width != readings.len() {
            return None;
        }
        let columns = source.columns.iter().zip(&target.columns).zip(readings);
        let fields = columns.map(|((column, made), reading)| Field {
            reading: *reading,
            source_name: column.name.clone(),
            target: made.name.clone(),
            data_type: Some(made.data_type),
            affinity: Some(column.affinity),
            not_null: made.not_null,
            collation: column.collation.clone(),
            cells: Cells::default(),
        });
        let row_id =
            if let source::RowKey::Alias { column } = source.row_key { Some(column) } else { None };
        let has_key = target.primary_key.is_some();
        Some(Self {
            source_name: source.name.clone(),
            target: target.name.clone(),
            columns: fields.collect(),
            primary_key: if has_key { source.primary_key.clone() } else { Vec::new() },
            row_id,
            hides_row_id: source.hides_row_key(),
        })
    }
}

/// Everything that a query can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// The PostgreSQL schema that all of it is in.
    pub schema: Ident,
    /// Tables, and the views translated so far.
    pub relations: Vec<Relation>,
}

impl Catalogue {
    /// Returns a relation by its SQLite name.
    #[must_use]
    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.source_name.eq_ignore_ascii_case(name))
    }
}

/// The columns of one table, for expressions that belong to it: checks, indexes, generated columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The table.
    pub table: Relation,
}

/// One source of a `FROM` clause.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The name that SQLite knows it by.
    pub(super) name: String,
    /// The alias in PostgreSQL; `None` where columns stand unqualified.
    pub(super) qualifier: Option<Ident>,
    pub(super) columns: Vec<Field>,
    pub(super) primary_key: Vec<usize>,
    pub(super) row_id: Option<usize>,
    pub(super) hides_row_id: bool,
    /// Columns that `USING` or `NATURAL` has merged into an earlier source.
    pub(super) merged: Vec<usize>,
    /// Whether its `jsonb` columns are values of a class known at run time only.
    pub(super) is_dynamic: bool,
    /// Whether it is one row of a trigger, whose columns convert nothing they are compared with.
    pub(super) is_row: bool,
}

/// The names visible in one query, and around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame<'a> {
    pub(super) parent: Option<&'a Self>,
    pub(super) sources: Vec<Source>,
    /// `expr AS alias` of the result columns: SQLite lets `WHERE`, `GROUP BY` and `HAVING` use them.
    pub(super) aliases: Vec<(String, Expr)>,
    /// Common tables.
    pub(super) common: Vec<Relation>,
    /// Rows that only a qualified name reaches: `new`, `old` and `excluded`.
    pub(super) rows: Vec<Source>,
    /// Columns that a right or full join has merged: the first of these places that is not NULL.
    pub(super) coalesced: Vec<(String, Vec<Place>)>,
}

/// Where a column was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) source: usize,
    pub(super) column: usize,
}

/// What a name turned out to be.
pub(super) enum Resolved<'f> {
    Column { source: &'f Source, field: &'f Field, place: Option<Place> },
    Alias(&'f Expr),
    Unknown,
}

impl Source {
    /// Returns whether `*` leaves a column out.
    pub(super) fn is_hidden(&self, column: usize) -> bool {
        self.hides_row_id && self.row_id == Some(column)
    }

    /// Returns the source that stands for a table itself.
    pub(super) fn unqualified(table: &Relation) -> Self {
        Self {
            name: table.source_name.clone(),
            qualifier: None,
            columns: table.columns.clone(),
            primary_key: table.primary_key.clone(),
            row_id: table.row_id,
            hides_row_id: table.hides_row_id,
            merged: Vec::new(),
            is_dynamic: false,
            is_row: false,
        }
    }

    /// Returns a column's position by name, `rowid` and its relatives included.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let named =
            self.columns.iter().position(|field| field.source_name.eq_ignore_ascii_case(name));
        let hidden = || {
            let is_row_id =
                ["rowid", "oid", "_rowid_"].iter().any(|word| name.eq_ignore_ascii_case(word));
            if is_row_id { self.row_id } else { None }
        };
        named.or_else(hidden)
    }
}

impl<'a> Frame<'a> {
    /// Returns a frame with no sources inside `parent`.
    pub(super) fn inside(parent: &'a Self) -> Self {
        Frame { parent: Some(parent), ..Frame::default() }
    }

    /// Finds a common table, innermost first.
    pub(super) fn common_table(&self, name: &str) -> Option<&Relation> {
        self.common
            .iter()
            .rev()
            .find(|relation| relation.source_name.eq_ignore_ascii_case(name))
            .or_else(|| self.parent.and_then(|parent| parent.common_table(name)))
    }

    /// Finds what `[table.]column` means: a column, then an alias, then the same one query out
    /// (the order of `lookupName` in SQLite's `resolve.c`).
    pub(super) fn resolve(
        &self,
        table: Option<&str>,
        column: &str,
    ) -> Result<Resolved<'_>, Unsupported> {
        let mut frame = Some(self);
        let mut depth = 0;
        while let Some(current) = frame {
            if let Some((place, source, field)) = current.local(table, column)? {
                let place = if depth == 0 { Some(place) } else { None };
                return Ok(Resolved::Column { source, field, place });
            }
            if table.is_none()
                && let Some((_, expr)) =
                    current.aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(column))
            {
                if depth > 0 {
                    return Err(Unsupported::new(format!(
                        "`{column}` is a result name of a query further out"
                    )));
                }
                return Ok(Resolved::Alias(expr));
            }
            let row = table.and_then(|name| {
                let row = current.rows.iter().find(|row| row.name.eq_ignore_ascii_case(name))?;
                Some((row, row.columns.get(row.position(column)?)?))
            });
            if let Some((source, field)) = row {
                return Ok(Resolved::Column { source, field, place: None });
            }
            frame = current.parent;
            depth += 1;
        }
        Ok(Resolved::Unknown)
    }

    /// Finds a column in the sources of this query itself.
    pub(super) fn local(
        &self,
        table: Option<&str>,
        column: &str,
    ) -> Result<Option<(Place, &Source, &Field)>, Unsupported> {
        let mut found = None;
        for (index, source) in self.sources.iter().enumerate() {
            if table.is_some_and(|name| !source.name.eq_ignore_ascii_case(name)) {
                continue;
            }
            let Some(position) = source.position(column) else { continue };
            if table.is_none() && source.merged.contains(&position) {
                continue;
            }
            if found.is_some() {
                return Err(Unsupported::new(format!("`{column}` could be one of two columns")));
            }
            if let Some(field) = source.columns.get(position) {
                found = Some((Place { source: index, column: position }, source, field));
            }
        }
        Ok(found)
    }
}
