//! `sealift inspect`: everything about a SQLite file that can be told without a plan.

use crate::error::Result;
use crate::ops::{Event, Events, Phase};
use crate::sqlite::{self, CellMemory, Orphan, Snapshot, Source, SourceFacts, TableCensus};
use sealift_core::mapping::ColumnCensus;
use sealift_core::schema::source;
use sealift_core::sqlite::{Framework, recognise};
use serde::Serialize;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Memory for the cells that all readers of the census hold at once.
const CENSUS_MEMORY: CellMemory = CellMemory::Around(256 << 20);

/// What is in a SQLite file.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// The file itself.
    pub file: SourceFacts,
    /// The framework that keeps its migrations in it.
    pub framework: Option<Framework>,
    /// The tables.
    pub tables: Vec<InspectedTable>,
    /// The views.
    pub views: Vec<source::View>,
    /// The triggers.
    pub triggers: Vec<source::Trigger>,
    /// Virtual tables and the shadow tables that belong to them.
    pub virtual_tables: Vec<source::VirtualTable>,
    /// Tables that SQLite or a tool keeps for itself.
    pub internal_tables: Vec<String>,
    /// Statements of the schema that could not be read.
    pub unreadable: Vec<source::Unreadable>,
    /// Collations that only the application knows.
    pub unknown_collations: Vec<String>,
    /// What is damaged; empty when the file is sound.
    pub integrity: Vec<String>,
    /// Rows whose parents are missing, and foreign keys that cannot be followed.
    pub orphans: Vec<Orphan>,
}

/// A table and what it holds.
#[derive(Debug, Clone, Serialize)]
pub struct InspectedTable {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// The bytes of its cells.
    pub bytes: u64,
    /// Its longest text or blob in bytes.
    pub largest_cell: u64,
    /// Its columns.
    pub columns: Vec<InspectedColumn>,
    /// The primary key's columns.
    pub primary_key: Vec<String>,
    /// `WITHOUT ROWID`
    pub without_rowid: bool,
    /// `STRICT`
    pub strict: bool,
    /// `AUTOINCREMENT`
    pub autoincrement: bool,
    /// `UNIQUE` constraints, as column names.
    pub unique: Vec<Vec<String>>,
    /// Foreign keys.
    pub foreign_keys: Vec<InspectedForeignKey>,
    /// Indexes made by `CREATE INDEX`.
    pub indexes: Vec<InspectedIndex>,
    /// How many `CHECK` constraints there are.
    pub checks: usize,
}

/// A column and what it holds.
#[derive(Debug, Clone, Serialize)]
pub struct InspectedColumn {
    /// Its name.
    pub name: String,
    /// Its declared type.
    pub declared_type: String,
    /// `NOT NULL`
    pub not_null: bool,
    /// `DEFAULT`
    pub default: Option<String>,
    /// `COLLATE`, unless `BINARY`.
    pub collation: Option<String>,
    /// The expression of a generated column.
    pub generated: Option<String>,
    /// Why its cells cannot be computed here, when they cannot.
    pub unreadable: Option<String>,
    /// What it really holds.
    pub holds: ColumnCensus,
}

/// A foreign key.
#[derive(Debug, Clone, Serialize)]
pub struct InspectedForeignKey {
    /// The child columns.
    pub columns: Vec<String>,
    /// The parent table as written.
    pub parent: String,
    /// The parent columns as written; empty means the parent's primary key.
    pub parent_columns: Vec<String>,
}

/// An index.
#[derive(Debug, Clone, Serialize)]
pub struct InspectedIndex {
    /// Its name.
    pub name: String,
    /// `UNIQUE`
    pub unique: bool,
    /// Whether it covers only some rows.
    pub partial: bool,
    /// Its text.
    pub sql: String,
}

/// Reads the whole file once with `jobs` readers and tells what is in it.
///
/// # Errors
/// When the file cannot be opened or read, and when `stop` is set.
pub fn inspect(path: &Path, jobs: usize, stop: &AtomicBool, events: &Events) -> Result<Inspection> {
    let began = Instant::now();
    events.send(Event::PhaseStarted { phase: Phase::Inspect, rows: None, steps: None });
    let source = Source::open(path)?;
    let snapshot = source.snapshot(jobs)?;
    if let Some(cost) = snapshot.cost() {
        events.notice(cost);
    }
    let mut found = look(&source, &snapshot, stop)?;
    events.send(Event::PhaseDone { phase: Phase::Inspect, seconds: began.elapsed().as_secs_f64() });
    let began = Instant::now();
    events.send(Event::PhaseStarted { phase: Phase::Census, rows: None, steps: None });
    let (censuses, whole) =
        sqlite::census(&snapshot, &found.schema, jobs, CENSUS_MEMORY, stop, events)?;
    // A damaged file may fail at any row; the damage itself is the finding.
    if found.integrity.is_empty() {
        let rest = |table| !whole.cover(table, &found.schema);
        found.orphans = sqlite::orphans(&snapshot.metadata(), &found.schema, rest)?;
    }
    events.send(Event::PhaseDone { phase: Phase::Census, seconds: began.elapsed().as_secs_f64() });
    Ok(found.with(censuses))
}

/// What is known before the census.
struct Found {
    file: SourceFacts,
    schema: source::Schema,
    integrity: Vec<String>,
    orphans: Vec<Orphan>,
    unknown_collations: Vec<String>,
}

fn look(source: &Source, snapshot: &Snapshot, stop: &AtomicBool) -> Result<Found> {
    let connection = snapshot.metadata();
    let schema = sqlite::introspect(&connection)?;
    let integrity = sqlite::integrity(&connection, stop)?;
    let unknown_collations = sqlite::stand_in_collations(&connection)?;
    Ok(Found {
        file: source.facts().clone(),
        schema,
        integrity,
        orphans: Vec::new(),
        unknown_collations,
    })
}

impl Found {
    fn with(self, censuses: Vec<TableCensus>) -> Inspection {
        let framework = recognise(&self.schema);
        let tables = self.schema.tables.into_iter().zip(censuses);
        Inspection {
            file: self.file,
            framework,
            tables: tables.map(|(table, census)| inspected(table, census)).collect(),
            views: self.schema.views,
            triggers: self.schema.triggers,
            virtual_tables: self.schema.virtual_tables,
            internal_tables: self.schema.internal_tables,
            unreadable: self.schema.unreadable,
            unknown_collations: self.unknown_collations,
            integrity: self.integrity,
            orphans: self.orphans,
        }
    }
}

fn inspected(table: source::Table, census: TableCensus) -> InspectedTable {
    let names = |positions: &[usize]| -> Vec<String> {
        let name = |position: &usize| table.columns.get(*position).map(|it| it.name.clone());
        positions.iter().filter_map(name).collect()
    };
    let unique = table.unique.iter().map(|key| {
        let positions: Vec<usize> = key.columns.iter().map(|column| column.column).collect();
        names(&positions)
    });
    let foreign_keys = table.foreign_keys.iter().map(|key| InspectedForeignKey {
        columns: names(&key.columns),
        parent: key.parent.clone(),
        parent_columns: key.parent_columns.clone(),
    });
    let indexes = table.indexes.iter().map(|index| InspectedIndex {
        name: index.name.clone(),
        unique: index.unique,
        partial: index.filter.is_some(),
        sql: index.sql.clone(),
    });
    InspectedTable {
        rows: census.rows,
        bytes: census.bytes,
        largest_cell: census.largest_cell,
        primary_key: names(&table.primary_key),
        without_rowid: table.without_rowid,
        strict: table.strict,
        autoincrement: table.autoincrement,
        unique: unique.collect(),
        foreign_keys: foreign_keys.collect(),
        indexes: indexes.collect(),
        checks: table.checks.len(),
        columns: inspected_columns(&table, census),
        name: table.name,
    }
}

fn inspected_columns(table: &source::Table, census: TableCensus) -> Vec<InspectedColumn> {
    let unreadable = census.unreadable;
    let columns = table.columns.iter().zip(census.columns).enumerate();
    columns
        .map(|(index, (column, holds))| InspectedColumn {
            name: column.name.clone(),
            declared_type: column.declared_type.clone(),
            not_null: column.not_null,
            default: column.default.as_ref().map(|default| default.sql.clone()),
            collation: column.collation.clone(),
            generated: column.generated.as_ref().map(|generated| generated.value.sql.clone()),
            unreadable: unreadable
                .iter()
                .find(|(position, _)| *position == index)
                .map(|(_, reason)| reason.clone()),
            holds,
        })
        .collect()
}
