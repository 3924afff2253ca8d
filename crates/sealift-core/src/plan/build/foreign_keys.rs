//! Foreign keys: the parent found, its columns named, broken ones decided on.

use super::{Builder, OrphanFacts};
use crate::name::{Ident, NameSpace};
use crate::plan::{Finding, OrphanPolicy, OrphanRule};
use crate::schema::{source, target};

/// A resolved parent.
pub(super) struct Parent {
    /// The parent table's position.
    pub(super) table: usize,
    /// The parent columns' positions.
    pub(super) columns: Vec<usize>,
}

/// Why a key is not made, and what helps.
struct LeftOut {
    why: String,
    remedy: String,
}

impl LeftOut {
    fn new(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { why: why.into(), remedy: remedy.into() }
    }
}

impl From<&str> for LeftOut {
    fn from(why: &str) -> Self {
        Self::new(why, "make it by hand after the migration: alter table … add foreign key …")
    }
}

impl Builder<'_> {
    /// Returns the parent of a key: by name as SQLite compares names, its primary key where no
    /// column is written (`sqlite.org/foreignkeys.html`, section 3). `None` when there is no such
    /// table, it is not taken, or the columns do not match.
    pub(super) fn parent(&self, key: &source::ForeignKey) -> Option<Parent> {
        let position = *self.by_name.get(&key.parent.to_ascii_lowercase())?;
        let table = self.facts.schema.tables.get(position)?;
        let columns: Vec<usize> = if key.parent_columns.is_empty() {
            table.primary_key.clone()
        } else {
            key.parent_columns.iter().map(|name| table.position(name)).collect::<Option<_>>()?
        };
        (columns.len() == key.columns.len() && !columns.is_empty())
            .then_some(Parent { table: position, columns })
    }

    /// Returns the foreign keys, and what becomes of rows that break them.
    pub(super) fn foreign_keys(
        &mut self,
        position: usize,
        names: &mut NameSpace,
    ) -> (Vec<target::ForeignKey>, Vec<OrphanRule>) {
        let schema = self.facts.schema;
        let Some(table) = schema.tables.get(position) else { return (Vec::new(), Vec::new()) };
        let mut keys = Vec::new();
        let mut rules = self.orphan_rules(table);
        for (index, key) in table.foreign_keys.iter().enumerate() {
            let built = self
                .foreign_key(position, table, key, names)
                .map(|target| self.orphans(table, index, target));
            match built {
                Ok(key) => keys.push(key),
                Err(reason) => {
                    rules.retain(|rule| rule.foreign_key != index);
                    let object = format!("foreign key {}", shown(table, key));
                    self.findings.push(
                        Finding::warning("foreign-key-not-carried", object, reason.why)
                            .hinted(reason.remedy),
                    );
                }
            }
        }
        (keys, rules)
    }

    fn foreign_key(
        &self,
        position: usize,
        table: &source::Table,
        key: &source::ForeignKey,
        names: &mut NameSpace,
    ) -> Result<target::ForeignKey, LeftOut> {
        let parent = self.parent(key).ok_or_else(|| self.why_without_parent(key))?;
        self.parent_is_unique(&parent)?;
        self.types_agree(position, key, &parent)?;
        let columns = self.idents(position, &key.columns).ok_or("its columns are not carried")?;
        let parent_columns = self
            .idents(parent.table, &parent.columns)
            .ok_or("its parent's columns are not carried")?;
        let parent_name =
            self.names.table(parent.table).cloned().ok_or("its parent is not carried")?;
        let wanted = key.name.clone().unwrap_or_else(|| {
            let parts: Vec<&str> = columns.iter().map(Ident::as_str).collect();
            format!("{}_{}_fkey", table.name, parts.join("_"))
        });
        Ok(target::ForeignKey {
            name: names.claim(&self.options.identifiers.of(&wanted)),
            columns,
            parent: parent_name,
            parent_columns,
            on_delete: key.on_delete,
            on_update: key.on_update,
            deferrability: key.deferrability,
            validated: true,
        })
    }

    fn why_without_parent(&self, key: &source::ForeignKey) -> LeftOut {
        let mut tables = self.facts.schema.tables.iter();
        if !tables.any(|table| table.name.eq_ignore_ascii_case(&key.parent)) {
            LeftOut::new(
                format!("its parent table {} does not exist", key.parent),
                "every row of it arrives; drop the key in SQLite where it is a leftover",
            )
        } else if self.options.takes(&key.parent) {
            LeftOut::new(
                format!("its columns do not match those of {}", key.parent),
                format!("give {} a primary key, or the key the columns it has", key.parent),
            )
        } else {
            LeftOut::new(
                format!("its parent table {} is left out of this migration", key.parent),
                "take the table along, or make the key once the table is there",
            )
        }
    }

    /// Both databases want a unique key on the parent's columns; SQLite finds out when a row is
    /// written, PostgreSQL when the key is made.
    fn parent_is_unique(&self, parent: &Parent) -> Result<(), LeftOut> {
        let table =
            self.facts.schema.tables.get(parent.table).ok_or("its parent is not carried")?;
        let same = |columns: &[usize]| {
            let mut left = columns.to_vec();
            let mut right = parent.columns.clone();
            left.sort_unstable();
            right.sort_unstable();
            left == right
        };
        let by_constraint = same(&table.primary_key)
            || table.unique.iter().any(|unique| {
                same(&unique.columns.iter().map(|key| key.column).collect::<Vec<_>>())
            });
        let by_index = table.indexes.iter().any(|index| {
            let columns: Option<Vec<usize>> = index
                .columns
                .iter()
                .map(|column| column.key.column().filter(|_| column.collation.is_none()))
                .collect();
            index.unique && index.filter.is_none() && columns.is_some_and(|columns| same(&columns))
        });
        if by_constraint || by_index {
            Ok(())
        } else {
            Err(LeftOut::new(
                format!("the columns it points at in {} are not unique", table.name),
                format!(
                    "where their values are: create unique index … on {} (…) in SQLite",
                    table.name
                ),
            ))
        }
    }

    fn types_agree(
        &self,
        position: usize,
        key: &source::ForeignKey,
        parent: &Parent,
    ) -> Result<(), LeftOut> {
        for (column, parent_column) in key.columns.iter().zip(&parent.columns) {
            let child = self.column_type(position, *column).map(|chosen| chosen.data_type);
            let parent =
                self.column_type(parent.table, *parent_column).map(|chosen| chosen.data_type);
            if let (Some(child), Some(parent)) = (child, parent) {
                let comparable = child == parent
                    || (child.is_integer() && parent.is_integer())
                    || (child.is_text() && parent.is_text());
                if !comparable {
                    return Err(LeftOut::new(
                        format!("its columns are {child} and {parent}, which do not compare"),
                        "give both columns one type with --cast",
                    ));
                }
            }
        }
        Ok(())
    }

    fn orphans(
        &mut self,
        table: &source::Table,
        index: usize,
        key: target::ForeignKey,
    ) -> target::ForeignKey {
        let orphans = self.facts.orphans.iter().find(|orphans| {
            orphans.table.eq_ignore_ascii_case(&table.name) && orphans.foreign_key == index
        });
        let Some(OrphanFacts { count, keys, unchecked, .. }) = orphans else { return key };
        let source = table.foreign_keys.get(index);
        let object = source.map(|source| shown(table, source)).unwrap_or_default();
        let object = format!("foreign key {object}");
        if let Some(reason) = unchecked {
            self.findings.push(
                Finding::warning(
                    "foreign-key-unchecked",
                    object,
                    format!("could not be checked in SQLite: {reason}"),
                )
                .hinted("PostgreSQL checks it after the copy; with --on-orphan not-valid it checks new rows only"),
            );
            let names: Vec<&str> = source
                .iter()
                .flat_map(|source| &source.columns)
                .filter_map(|column| Some(table.columns.get(*column)?.name.as_str()))
                .collect();
            let policy = self.options.policies.orphan.of_columns(&table.name, &names);
            let validated = policy != OrphanPolicy::NotValid;
            return target::ForeignKey { validated, ..key };
        }
        let columns: Vec<&str> = source
            .iter()
            .flat_map(|source| &source.columns)
            .filter_map(|column| Some(table.columns.get(*column)?.name.as_str()))
            .collect();
        match self.options.policies.orphan.of_columns(&table.name, &columns) {
            OrphanPolicy::Refuse => {
                self.findings.push(orphans_refused(object, *count, keys.clone()));
                key
            }
            OrphanPolicy::Null
                if !self.orphan_rules(table).iter().any(|it| it.foreign_key == index) =>
            {
                self.findings.push(
                    Finding::error(
                        "orphan-null-not-allowed",
                        object,
                        "rows point at a parent that is not there, and a column of the key takes no NULL",
                    )
                    .rows(*count, keys.clone())
                    .hinted("mend the rows in SQLite, or decide with --on-orphan quarantine or not-valid"),
                );
                key
            }
            // How many there are shows once other rows are kept apart as well.
            OrphanPolicy::Null | OrphanPolicy::Quarantine => key,
            OrphanPolicy::NotValid => {
                self.findings.push(
                    Finding::warning(
                        "foreign-key-not-valid",
                        object,
                        "is made not valid, because rows point at a parent that is not there",
                    )
                    .rows(*count, keys.clone())
                    .hinted("mend the rows, then run: alter table … validate constraint …"),
                );
                target::ForeignKey { validated: false, ..key }
            }
        }
    }
}

/// Returns the error about rows whose parent is not there.
#[must_use]
pub fn orphans_refused(object: String, count: u64, keys: Vec<String>) -> Finding {
    Finding::error("orphans", object, "rows point at a parent that is not there")
        .rows(count, keys)
        .hinted("mend the rows in SQLite, or decide with --on-orphan not-valid (the key then checks new rows only), null or quarantine")
}

/// Returns what a foreign key is called in findings.
#[must_use]
pub fn foreign_key_name(table: &source::Table, key: &source::ForeignKey) -> String {
    format!("foreign key {}", shown(table, key))
}

fn shown(table: &source::Table, key: &source::ForeignKey) -> String {
    let columns: Vec<&str> = key
        .columns
        .iter()
        .filter_map(|column| table.columns.get(*column))
        .map(|column| column.name.as_str())
        .collect();
    format!("{}({}) → {}", table.name, columns.join(", "), key.parent)
}
