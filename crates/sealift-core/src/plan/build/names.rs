//! Which PostgreSQL name each table, view and column gets.

use crate::name::{Ident, MAX_IDENT_BYTES, NameSpace, SYSTEM_COLUMNS, fit};
use crate::plan::like::LikeTable;
use crate::plan::{Finding, Identifiers, Options};
use crate::schema::source;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The names of one migration. Tables, views, indexes and sequences share one name space.
#[derive(Debug, Default)]
pub(super) struct Names {
    tables: Vec<Option<Ident>>,
    columns: Vec<Vec<Ident>>,
    views: Vec<Option<Ident>>,
    /// The sequences of identity columns whose own name, as PostgreSQL would choose it, is taken.
    sequences: Vec<Option<Ident>>,
    relations: NameSpace,
    identifiers: Identifiers,
}

impl Names {
    /// Gives tables and views their names first, so that they keep them and an index with the same
    /// name has to move.
    pub(super) fn assign(
        schema: &source::Schema,
        options: &Options,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut names = Self { identifiers: options.identifiers, ..Self::default() };
        meeting_relations(schema, options, findings);
        for table in &schema.tables {
            let taken = options.takes(&table.name);
            let like = options.like.as_ref().and_then(|like| like.table(&table.name));
            let own = options.identifiers.of(&table.name);
            let wanted = like.map_or(&*own, |like| like.name.as_str());
            let name = taken.then(|| names.relations.claim(wanted));
            if let Some(name) = &name {
                let object = format!("table {}", table.name);
                called_otherwise(&own, wanted, &object, findings);
                renamed(wanted, name, object.clone(), findings);
                shadowed(name, object, findings);
            }
            names.columns.push(columns(table, like, (taken, options.identifiers), findings));
            names.tables.push(name);
        }
        for view in &schema.views {
            let own = options.identifiers.of(&view.name);
            let name = options.takes(&view.name).then(|| names.relations.claim(&own));
            if let Some(name) = &name {
                let object = format!("view {}", view.name);
                renamed(&own, name, object.clone(), findings);
                shadowed(name, object, findings);
            }
            names.views.push(name);
        }
        // Two names that meet are refused: what the second one would be called then is no matter.
        let meet: Vec<String> = findings
            .iter()
            .filter(|finding| finding.code == "names-meet")
            .map(|finding| finding.object.clone())
            .collect();
        findings.retain(|finding| finding.code != "renamed" || !meet.contains(&finding.object));
        for (position, table) in schema.tables.iter().enumerate() {
            let sequence = names.claim_sequence(position, table);
            names.sequences.push(sequence);
        }
        names
    }

    /// Reserves the name that PostgreSQL gives the sequence of an identity column; returns another
    /// one where a table or view has that name.
    fn claim_sequence(&mut self, position: usize, table: &source::Table) -> Option<Ident> {
        let source::RowKey::Alias { column } = table.row_key else { return None };
        let wanted = format!("{}_{}_seq", self.table(position)?, self.column(position, column)?);
        let fits = wanted.len() <= MAX_IDENT_BYTES;
        let is_free = fits && self.relations.reserve(&wanted);
        (!is_free).then(|| self.relations.claim(&wanted))
    }

    pub(super) fn sequence(&self, table: usize) -> Option<&Ident> {
        self.sequences.get(table).and_then(Option::as_ref)
    }

    pub(super) fn table(&self, position: usize) -> Option<&Ident> {
        self.tables.get(position).and_then(Option::as_ref)
    }

    pub(super) fn view(&self, position: usize) -> Option<&Ident> {
        self.views.get(position).and_then(Option::as_ref)
    }

    pub(super) fn column(&self, table: usize, column: usize) -> Option<&Ident> {
        self.columns.get(table).and_then(|columns| columns.get(column))
    }

    /// Returns a free name for an index or a key, as near to `wanted` as can be.
    pub(super) fn relation(&mut self, wanted: &str) -> Ident {
        self.relations.claim(&self.identifiers.of(wanted))
    }
}

/// Returns an error for every two names that would become one.
fn meeting(scope: &str, kind: &str, names: &[&str], how: Identifiers) -> Vec<Finding> {
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for name in names {
        let written = how.of(name).into_owned();
        match first.get(&written) {
            Some(other) => findings.push(
                Finding::error(
                    "names-meet",
                    format!("{scope}{name}"),
                    format!(
                        "would be called {written}, as {kind} {other} is, by --identifiers {}",
                        how.name()
                    ),
                )
                .hinted("--identifiers preserve keeps both names; or rename one in SQLite"),
            ),
            None => {
                first.insert(written, name);
            }
        }
    }
    findings
}

fn meeting_relations(schema: &source::Schema, options: &Options, findings: &mut Vec<Finding>) {
    if options.identifiers == Identifiers::Preserve {
        return;
    }
    let tables = schema.tables.iter().map(|table| table.name.as_str());
    let names = tables.chain(schema.views.iter().map(|view| view.name.as_str()));
    let taken: Vec<&str> = names.filter(|name| options.takes(name)).collect();
    findings.extend(meeting("table ", "table", &taken, options.identifiers));
    for table in schema.tables.iter().filter(|table| options.takes(&table.name)) {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let scope = format!("{}.", table.name);
        findings.extend(meeting(&scope, "column", &columns, options.identifiers));
    }
    findings.push(Finding::note(
        "identifiers",
        format!("schema {}", options.schema),
        format!(
            "names are written by --identifiers {}; the application has to write them so",
            options.identifiers.name()
        ),
    ));
}

fn columns(
    table: &source::Table,
    like: Option<&LikeTable>,
    (taken, identifiers): (bool, Identifiers),
    findings: &mut Vec<Finding>,
) -> Vec<Ident> {
    let wanted: Vec<Cow<'_, str>> = table
        .columns
        .iter()
        .map(|column| {
            let own = like.and_then(|like| like.column(&column.name));
            own.map_or_else(|| identifiers.of(&column.name), |own| Cow::Borrowed(own.name.as_str()))
        })
        .collect();
    let mut space = NameSpace::new();
    for reserved in SYSTEM_COLUMNS {
        space.reserve(reserved);
    }
    let stays = |name: &str| !SYSTEM_COLUMNS.contains(&name) && fit(name).as_str() == name;
    // Names that can stay do, and the others look for free ones afterwards.
    for name in wanted.iter().filter(|name| stays(name)) {
        space.reserve(name);
    }
    table
        .columns
        .iter()
        .zip(&wanted)
        .map(|(column, wanted)| {
            let wanted: &str = wanted;
            let name = if stays(wanted) {
                fit(wanted)
            } else if SYSTEM_COLUMNS.contains(&wanted) {
                space.claim(&format!("{wanted}_"))
            } else {
                space.claim(wanted)
            };
            if taken {
                let object = format!("{}.{}", table.name, column.name);
                called_otherwise(&identifiers.of(&column.name), wanted, &object, findings);
                renamed(wanted, &name, object, findings);
            }
            name
        })
        .collect()
}

/// Says that the application's own schema writes a name otherwise.
fn called_otherwise(source: &str, wanted: &str, object: &str, findings: &mut Vec<Finding>) {
    if source != wanted {
        findings.push(Finding::note(
            "like-name",
            object,
            format!("is called {wanted}, as in the application's own schema"),
        ));
    }
}

/// PostgreSQL looks into `pg_catalog` before any other schema (manual section 5.10.5), whose tables and
/// views all begin with `pg_`.
fn shadowed(target: &Ident, object: String, findings: &mut Vec<Finding>) {
    if target.as_str().starts_with("pg_") {
        findings.push(
            Finding::warning(
                "system-name",
                object,
                "begins with pg_, as PostgreSQL's own tables do: where one has this very name, a query without a schema finds that one",
            )
            .hinted("write the schema before the name in the application's queries, or rename it in SQLite"),
        );
    }
}

fn renamed(source: &str, target: &Ident, object: String, findings: &mut Vec<Finding>) {
    if source == target.as_str() {
        return;
    }
    let why = if source.len() > MAX_IDENT_BYTES {
        "PostgreSQL keeps only 63 bytes of a name"
    } else if source.is_empty() {
        "PostgreSQL has no empty names"
    } else if SYSTEM_COLUMNS.contains(&source) {
        "PostgreSQL keeps a column of that name for itself"
    } else {
        "another object has the name already"
    };
    findings.push(
        Finding::warning("renamed", object, format!("is called {target} on PostgreSQL: {why}"))
            .hinted("use the new name in the application's queries"),
    );
}
