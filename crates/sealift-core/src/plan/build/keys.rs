//! Primary keys, unique constraints and indexes.

use super::{Builder, Doubt, Question};
use crate::ast::Direction;
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::name::Ident;
use crate::plan::Finding;
use crate::schema::{source, target};
use crate::sql::Sql;

/// What stands on a table's columns.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) primary_key: Option<target::Key>,
    pub(super) unique: Vec<target::Key>,
    pub(super) indexes: Vec<target::Index>,
}

impl Builder<'_> {
    pub(super) fn keys(&mut self, position: usize) -> Keys {
        let schema = self.facts.schema;
        let mut keys = Keys::default();
        let Some(table) = schema.tables.get(position) else { return keys };
        self.primary_key(position, table, &mut keys);
        for unique in &table.unique {
            self.unique(position, table, unique, &mut keys);
        }
        for index in &table.indexes {
            if let Some(index) = self.index(position, table, index) {
                keys.indexes.push(index);
            }
        }
        self.collations_without_key(position, table);
        keys
    }

    /// A column that compares by NOCASE or RTRIM but stands in no key changes the answers of queries
    /// just as well.
    fn collations_without_key(&mut self, position: usize, table: &source::Table) {
        for (at, column) in table.columns.iter().enumerate() {
            let named = column.collation.as_deref().map(str::to_ascii_uppercase);
            let Some(collation) = named.filter(|name| matches!(name.as_str(), "NOCASE" | "RTRIM"))
            else {
                continue;
            };
            let is_text = self.column_type(position, at).is_some_and(|it| it.data_type.is_text());
            let object = self.object(position, at);
            let told = |finding: &Finding| {
                finding.code == "collation-by-index" && finding.object == object
            };
            if is_text && !self.findings.iter().any(told) {
                let function = if collation == "NOCASE" { "lower()" } else { "rtrim()" };
                self.findings.push(
                    Finding::warning(
                        "collation-in-queries",
                        object.clone(),
                        format!(
                            "compares by {collation} in SQLite, and byte by byte on PostgreSQL"
                        ),
                    )
                    .hinted(format!(
                        "compare {function} of both sides in the application's queries"
                    )),
                );
            }
        }
    }

    /// A primary key of PostgreSQL holds no NULL; SQLite lets them into most of its own
    /// (`sqlite.org/lang_createtable.html`, "The PRIMARY KEY"). With NULLs in it the key becomes a
    /// unique constraint, which treats NULLs as SQLite does.
    fn primary_key(&mut self, position: usize, table: &source::Table, keys: &mut Keys) {
        if table.primary_key.is_empty() {
            return;
        }
        let Some(columns) = self.idents(position, &table.primary_key) else { return };
        let nulls: u64 =
            table.primary_key.iter().map(|column| self.census(position, *column).nulls).sum();
        let given = table.primary_key_name.clone();
        if nulls > 0 {
            let wanted = given.unwrap_or_else(|| format!("{}_key", table.name));
            let name = self.names.relation(&wanted);
            keys.unique.push(target::Key { name, columns });
            self.look_for_nulls(position, table);
            self.findings.push(
                Finding::warning(
                    "primary-key-has-nulls",
                    format!("table {}", table.name),
                    "becomes a unique constraint: PostgreSQL's primary keys hold no NULL",
                )
                .rows(nulls, Vec::new())
                .hinted("give those rows a key in SQLite to get the primary key, or add one of another column: alter table … add column … bigint generated always as identity primary key"),
            );
        } else {
            let wanted = given.unwrap_or_else(|| format!("{}_pkey", table.name));
            let name = self.names.relation(&wanted);
            keys.primary_key = Some(target::Key { name, columns });
        }
        let columns: Vec<source::KeyColumn> = table
            .primary_key
            .iter()
            .map(|column| source::KeyColumn {
                column: *column,
                collation: table.columns.get(*column).and_then(|column| column.collation.clone()),
            })
            .collect();
        self.collated_twin(position, table, &columns, keys);
    }

    /// Asks for the rows whose primary key holds NULL.
    fn look_for_nulls(&mut self, position: usize, table: &source::Table) {
        for at in &table.primary_key {
            if self.census(position, *at).nulls == 0 {
                continue;
            }
            let Some(column) = table.columns.get(*at) else { continue };
            self.doubts.push(Doubt {
                table: table.name.clone(),
                column: column.name.clone(),
                data_type: PgType::Bytea,
                reading: Reading::Plain,
                question: Question::KeyNulls,
            });
        }
    }

    fn unique(
        &mut self,
        position: usize,
        table: &source::Table,
        unique: &source::Unique,
        keys: &mut Keys,
    ) {
        let positions: Vec<usize> = unique.columns.iter().map(|key| key.column).collect();
        let Some(columns) = self.idents(position, &positions) else { return };
        let collated = self.collated_twin(position, table, &unique.columns, keys);
        if collated && !self.is_referenced(table, &positions) {
            return;
        }
        let wanted = unique.name.clone().unwrap_or_else(|| {
            let names: Vec<&str> = columns.iter().map(Ident::as_str).collect();
            format!("{}_{}_key", table.name, names.join("_"))
        });
        let name = self.names.relation(&wanted);
        keys.unique.push(target::Key { name, columns });
    }

    /// Adds a unique index that compares as the collations say, when one of them is not BINARY.
    fn collated_twin(
        &mut self,
        position: usize,
        table: &source::Table,
        columns: &[source::KeyColumn],
        keys: &mut Keys,
    ) -> bool {
        let parts: Option<Vec<(Sql, bool)>> = columns
            .iter()
            .map(|key| self.collated(position, key.column, key.collation.as_deref()))
            .collect();
        let Some(parts) = parts else { return false };
        if !parts.iter().any(|(_, collated)| *collated) {
            return false;
        }
        let names: Vec<&str> = columns
            .iter()
            .filter_map(|key| self.names.column(position, key.column))
            .map(Ident::as_str)
            .collect();
        let wanted = format!("{}_{}_nocase", table.name, names.join("_"));
        let name = self.names.relation(&wanted);
        keys.indexes.push(target::Index {
            name,
            unique: true,
            method: target::IndexMethod::Btree,
            keys: parts
                .into_iter()
                .map(|(expression, _)| target::IndexKey {
                    expression,
                    direction: Direction::Ascending,
                })
                .collect(),
            filter: None,
        });
        true
    }

    /// Returns a column as an index key under a collation, and whether the collation mattered.
    ///
    /// NOCASE folds the 26 ASCII letters, which is what `lower()` does under collation "C"; RTRIM
    /// ignores spaces at the end (`sqlite.org/datatype3.html`, section 7.1).
    fn collated(
        &mut self,
        table: usize,
        column: usize,
        collation: Option<&str>,
    ) -> Option<(Sql, bool)> {
        let name = self.names.column(table, column)?.clone();
        let plain = Sql::new().ident(&name);
        let is_text = self.column_type(table, column)?.data_type.is_text();
        let Some(collation) = collation.filter(|_| is_text) else {
            return Some((plain, false));
        };
        match collation.to_ascii_uppercase().as_str() {
            "BINARY" => Some((plain, false)),
            "NOCASE" => {
                self.collation_note(table, column, "NOCASE", "lower()");
                Some((Sql::raw("lower(").ident(&name).push(" collate \"C\")"), true))
            }
            "RTRIM" => {
                self.collation_note(table, column, "RTRIM", "rtrim()");
                Some((Sql::raw("rtrim(").ident(&name).push(", ' ')"), true))
            }
            other => {
                let object = self.object(table, column);
                self.findings.push(Finding::warning(
                    "collation-not-carried",
                    object,
                    format!("its collation {other} is the application's own; keys on it compare byte by byte"),
                ));
                Some((plain, false))
            }
        }
    }

    fn collation_note(&mut self, table: usize, column: usize, collation: &str, function: &str) {
        let object = self.object(table, column);
        self.findings.push(
            Finding::warning(
                "collation-by-index",
                object,
                format!("compares by {collation} in SQLite; on PostgreSQL its keys do so too, queries do not"),
            )
            .hinted(format!("compare {function} of both sides in the application's queries")),
        );
    }

    pub(super) fn object(&self, table: usize, column: usize) -> String {
        let table = self.facts.schema.tables.get(table);
        let column = table.and_then(|table| table.columns.get(column));
        match (table, column) {
            (Some(table), Some(column)) => format!("{}.{}", table.name, column.name),
            _ => String::new(),
        }
    }

    fn index(
        &mut self,
        position: usize,
        table: &source::Table,
        index: &source::Index,
    ) -> Option<target::Index> {
        let mut keys = Vec::new();
        for column in &index.columns {
            let expression = match &column.key {
                source::IndexKey::Column(at) => {
                    self.collated(position, *at, column.collation.as_deref())?.0
                }
                source::IndexKey::Expression(expression) => {
                    match self.index_expression(position, expression, column.collation.as_deref()) {
                        Ok(sql) => sql,
                        Err(reason) => return self.index_left(table, index, &reason),
                    }
                }
            };
            keys.push(target::IndexKey { expression, direction: column.direction });
        }
        let filter = match index.filter.as_ref().map(|filter| self.predicate(position, filter)) {
            None => None,
            Some(Ok(sql)) => Some(sql),
            Some(Err(reason)) => return self.index_left(table, index, &reason),
        };
        let name = self.names.relation(&index.name);
        if name.as_str() != index.name {
            self.findings.push(Finding::note(
                "renamed",
                format!("index {}", index.name),
                format!("is called {name} on PostgreSQL"),
            ));
        }
        let method = target::IndexMethod::Btree;
        Some(target::Index { name, unique: index.unique, method, keys, filter })
    }

    fn index_left(
        &mut self,
        table: &source::Table,
        index: &source::Index,
        reason: &str,
    ) -> Option<target::Index> {
        let kind = if index.unique { "unique index" } else { "index" };
        self.findings.push(
            Finding::warning(
                "index-not-carried",
                format!("{kind} {} on {}", index.name, table.name),
                format!("cannot be translated: {reason}"),
            )
            .hinted("write it for PostgreSQL by hand after the migration"),
        );
        None
    }

    pub(super) fn idents(&self, table: usize, columns: &[usize]) -> Option<Vec<Ident>> {
        columns.iter().map(|column| self.names.column(table, *column).cloned()).collect()
    }

    /// Returns whether a foreign key of any table points at exactly these columns.
    fn is_referenced(&self, table: &source::Table, columns: &[usize]) -> bool {
        let keys = self.facts.schema.tables.iter().flat_map(|child| &child.foreign_keys);
        keys.filter(|key| key.parent.eq_ignore_ascii_case(&table.name)).any(|key| {
            let mut parent: Vec<usize> =
                key.parent_columns.iter().filter_map(|name| table.position(name)).collect();
            let mut wanted = columns.to_vec();
            parent.sort_unstable();
            wanted.sort_unstable();
            parent == wanted
        })
    }
}
