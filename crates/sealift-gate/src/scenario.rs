//! What is counted, each through the engine's own entry points.
//!
//! A scenario runs alone in a process of its own. What leads up to it happens before [`counted`] is
//! called; callgrind counts, in every thread, from the call of that function to its return.

use sealift_core::convert::{ColumnCodec, Interest, record};
use sealift_core::ddl;
use sealift_core::mapping::ColumnCensus;
use sealift_core::name::Ident;
use sealift_core::plan::{self, Facts, Identifiers, Options, Plan, Policies, ProfileChoice};
use sealift_core::schema::source::Schema;
use sealift_core::sqlite::ValueRef;
use sealift_core::verify::Hashed;
use sealift_engine::ops::Events;
use sealift_engine::sqlite::{
    self, CellMemory, Counting, KeyRange, ReadJob, Snapshot, Soundness, Source, TableKey,
    read_range,
};
use std::error::Error;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The name of [`counted`] as callgrind finds it among the program's symbols.
pub(crate) const COUNTED: &str = "*scenario::counted";

/// The files that scenarios read, below one folder.
pub(crate) const SHOP: &str = "shop.db";
/// The plan for [`SHOP`], as `sealift plan` makes it.
pub(crate) const SHOP_PLAN: &str = "shop.plan.json";
/// A thousand tables.
pub(crate) const WIDE: &str = "wide.db";

/// Everything that is counted, by name; what takes longest first, since two run at once.
pub(crate) const ALL: [(&str, Work); 14] = [
    ("plan of 1,000 tables", Work::Plan),
    ("schema of 1,000 tables", Work::Introspect),
    ("census and check of the file", Work::CensusAndCheck),
    ("census of trades", Work::Census("trades")),
    ("census of users", Work::Census("users")),
    ("census of messages", Work::Census("messages")),
    ("reading trades with digest", Work::Read("trades", Hashed::Rows)),
    ("reading users with digest", Work::Read("users", Hashed::Rows)),
    ("reading messages with digest", Work::Read("messages", Hashed::Rows)),
    ("reading trades", Work::Read("trades", Hashed::Stream)),
    ("reading users", Work::Read("users", Hashed::Stream)),
    ("reading messages", Work::Read("messages", Hashed::Stream)),
    ("check of the file", Work::Integrity),
    ("check of foreign keys", Work::ForeignKeys),
];

/// What a scenario does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Looks at every cell, and whether the file is sound, as a migration does.
    CensusAndCheck,
    /// Looks at every cell of a table.
    Census(&'static str),
    /// Makes a table's rows a binary `COPY`.
    Read(&'static str, Hashed),
    /// Lets SQLite check the pages.
    Integrity,
    /// Looks for rows without a parent.
    ForeignKeys,
    /// Reads the schema of [`WIDE`].
    Introspect,
    /// Decides about it, and writes the statements. No I/O.
    Plan,
}

impl Work {
    /// Returns what [`Size`] counts.
    pub(crate) fn parts(self) -> [&'static str; 2] {
        match self {
            Self::CensusAndCheck
            | Self::Census(_)
            | Self::Read(..)
            | Self::Integrity
            | Self::ForeignKeys => ["row", "cell"],
            Self::Introspect | Self::Plan => ["table", "column"],
        }
    }
}

/// How much went through: rows and cells, or tables and columns where a schema is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) rows: u64,
    pub(crate) cells: u64,
}

impl Size {
    fn of(rows: u64, columns: usize) -> Result<Self> {
        Ok(Self { rows, cells: rows * u64::try_from(columns)? })
    }
}

/// Runs a scenario once on the files in `folder`.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn run(work: Work, folder: &Path) -> Result<Size> {
    let file = match work {
        Work::Introspect | Work::Plan => WIDE,
        Work::CensusAndCheck
        | Work::Census(_)
        | Work::Read(..)
        | Work::Integrity
        | Work::ForeignKeys => SHOP,
    };
    // No readers to lend: what is counted runs on this thread, where the engine has a choice.
    let snapshot = Source::open(&folder.join(file))?.snapshot(0)?;
    match work {
        Work::CensusAndCheck => census_and_check(&snapshot),
        Work::Census(table) => census(&snapshot, table),
        Work::Read(table, hashed) => read(&snapshot, &folder.join(SHOP_PLAN), table, hashed),
        Work::Integrity => {
            let found =
                measured(|| sqlite::integrity(&snapshot.metadata(), &AtomicBool::new(false)))?;
            assert!(found.is_empty(), "the file was made a moment ago");
            size_of(&snapshot)
        }
        Work::ForeignKeys => {
            let schema = sqlite::introspect(&snapshot.metadata())?;
            measured(|| sqlite::orphans(&snapshot.metadata(), &schema, |_| true))?;
            size_of(&snapshot)
        }
        Work::Introspect => {
            let schema = measured(|| sqlite::introspect(&snapshot.metadata()))?;
            size_of_schema(&schema)
        }
        Work::Plan => plan(&sqlite::introspect(&snapshot.metadata())?),
    }
}

/// Runs what is to be counted. Never inlined, for callgrind looks for it; not generic, for then its name
/// would depend on how the compiler mangles.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}

/// Runs what is to be counted, and returns what comes of it.
fn measured<T>(mut work: impl FnMut() -> T) -> T {
    let mut found = None;
    counted(&mut || found = Some(work()));
    black_box(found).expect("the work was done once")
}

fn census_and_check(snapshot: &Snapshot) -> Result<Size> {
    let schema = sqlite::introspect(&snapshot.metadata())?;
    let memory = CellMemory::Around(sealift_engine::config::DEFAULT_MEMORY);
    let (stop, events) = (AtomicBool::new(false), Events::silent());
    let damage = measured(|| {
        let counting = Counting::of(snapshot, &schema, 1, memory)?;
        let soundness = Soundness::of(&snapshot.metadata(), counting.roots());
        soundness.look(&snapshot.metadata(), &stop)?;
        counting.run(Some(&soundness), &stop, &events)?;
        soundness.verdict(&snapshot.metadata(), &stop)
    })?;
    assert!(damage.is_empty(), "the file was made a moment ago");
    size_of(snapshot)
}

fn census(snapshot: &Snapshot, table: &str) -> Result<Size> {
    let mut schema = sqlite::introspect(&snapshot.metadata())?;
    schema.tables.retain(|it| it.name == table);
    let memory = CellMemory::Around(sealift_engine::config::DEFAULT_MEMORY);
    let (stop, events) = (AtomicBool::new(false), Events::silent());
    let (found, _) = measured(|| sqlite::census(snapshot, &schema, 1, memory, &stop, &events))?;
    let table = found.first().ok_or("there is no such table")?;
    Size::of(table.rows, table.columns.len())
}

fn read(snapshot: &Snapshot, plan: &Path, table: &str, hashed: Hashed) -> Result<Size> {
    let schema = sqlite::introspect(&snapshot.metadata())?;
    let source = schema.tables.iter().find(|it| it.name == table).ok_or("no such table")?;
    let plan: Plan = serde_json::from_slice(&std::fs::read(plan)?)?;
    let planned = plan.tables.iter().find(|it| it.source == table).ok_or("not in the plan")?;
    let columns = planned.columns.iter().zip(&planned.target.columns);
    let job = ReadJob {
        key: TableKey::of(source),
        columns: planned.columns.iter().map(|column| column.source.clone()).collect(),
        codecs: columns
            .map(|(column, target)| ColumnCodec::new(target.data_type, column.reading))
            .collect::<std::result::Result<_, _>>()?,
        range: KeyRange::ALL,
        hashed,
        large_cells: false,
        apart: None,
    };
    let connection = snapshot.metadata();
    let mut sink = |chunk| {
        black_box(&chunk);
        ControlFlow::Continue(())
    };
    let summary = measured(|| read_range(&connection, &job, &mut sink))?;
    Size::of(summary.rows, job.columns.len())
}

fn plan(schema: &Schema) -> Result<Size> {
    let tables: Vec<plan::TableFacts> = schema.tables.iter().map(one_row).collect();
    let facts = Facts { schema, tables: &tables, orphans: &[], checks: &[] };
    let options = Options {
        schema: Ident::new("public")?,
        include: Vec::new(),
        exclude: Vec::new(),
        casts: Vec::new(),
        identifiers: Identifiers::Preserve,
        profile: ProfileChoice::Auto,
        like: None,
        policies: Policies::default(),
    };
    let statements = measured(|| ddl::render(&plan::build(facts, &options).plan));
    assert!(statements.len() > schema.tables.len(), "a table and its index are two statements");
    size_of_schema(schema)
}

/// Returns what the census of a table with one row finds.
fn one_row(table: &sealift_core::schema::source::Table) -> plan::TableFacts {
    let columns = table.columns.iter().map(|column| {
        let mut census = ColumnCensus::default();
        let value = match column.declared_type.to_ascii_lowercase().as_str() {
            "text" | "varchar(20)" => ValueRef::Text(b"A-1"),
            "json" => ValueRef::Text(b"{\"size\": 4}"),
            "datetime" => ValueRef::Text(b"2024-02-29 12:00:00"),
            _ => ValueRef::Integer(1),
        };
        record(&mut census, value, Interest::of(&column.declared_type, column.affinity));
        census
    });
    plan::TableFacts { rows: 1, bytes: 64, columns: columns.collect() }
}

fn size_of(snapshot: &Snapshot) -> Result<Size> {
    let connection = snapshot.metadata();
    let mut size = Size { rows: 0, cells: 0 };
    for table in &sqlite::introspect(&connection)?.tables {
        let rows = sqlite::count_rows(&connection, &table.name, None)?;
        size.rows += rows;
        size.cells += rows * u64::try_from(table.columns.len())?;
    }
    Ok(size)
}

fn size_of_schema(schema: &Schema) -> Result<Size> {
    let columns: usize = schema.tables.iter().map(|table| table.columns.len()).sum();
    Ok(Size { rows: u64::try_from(schema.tables.len())?, cells: u64::try_from(columns)? })
}
