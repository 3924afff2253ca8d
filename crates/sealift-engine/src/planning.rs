//! From a file to a plan: open, look, count, decide. Nothing is written anywhere.

mod apart;
mod doubts;
mod review;
mod sizes;

pub(crate) use self::apart::{keep_apart, refuse_rules_of_nothing};
pub(crate) use self::doubts::misfits;
use self::doubts::settle;
pub(crate) use self::review::NOT_IN_PLAN;
use self::review::{is_for, review};
pub(crate) use self::sizes::{refuse_sizes, source_table};
use crate::config::{DEFAULT_MEMORY, PlanOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Event, Events, Phase, PlannedTable};
use crate::sqlite::{
    CellMemory, Counting, JournalMode, Orphan, Reader, Snapshot, Soundness, Source, SourceFacts,
    TableCensus, WholeKeys, breaks_a_check, count_broken, introspect, merging_keys, orphans,
    stand_in_collations,
};
use sealift_core::convert::ColumnCodec;
use sealift_core::mapping::ColumnCensus;
use sealift_core::name::Ident;
use sealift_core::plan::{
    self, Broken, Cast, CheckFacts, Facts, Finding, Options, OrphanFacts, Plan, TableFacts,
};
use sealift_core::schema::source;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// How many keys of misfitting rows a finding lists.
const LISTED_KEYS: usize = 5;

/// How often a request to stop is looked for while the file is checked.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// The code of columns that cannot be read.
const UNREADABLE: &str = "column-unreadable";

/// A source that was looked at, at one moment, and what will become of it.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The state that was looked at; the copy reads the same.
    pub snapshot: Arc<Snapshot>,
    /// What it declares.
    pub schema: source::Schema,
    /// What it holds, one entry for each of `schema.tables`.
    pub census: Vec<TableCensus>,
    /// What is made of it.
    pub plan: Plan,
}

/// What a plan is based on.
#[derive(Debug, Clone, Copy)]
pub enum Basis<'a> {
    /// On the file and the options alone.
    Decide,
    /// On a plan that a person reviewed: it must be for this file's schema.
    Reviewed(&'a Plan),
    /// On the plan of an earlier migration where it is still for this schema, else as
    /// [`Basis::Decide`].
    Remembered(&'a Plan),
}

/// Returns the plan for a file.
///
/// # Errors
/// When the file cannot be read, is damaged, or the options contradict themselves.
pub fn plan(path: &Path, options: &PlanOptions, events: &Events, cancel: &Cancel) -> Result<Plan> {
    Ok(prepare(path, options, Basis::Decide, events, cancel)?.plan)
}

/// Opens a file, takes a snapshot of it, counts its cells and decides, or checks the plan that it is
/// based on against them.
///
/// # Errors
/// When the file cannot be read, is damaged, the options contradict themselves, or a reviewed plan
/// was made for another schema.
pub fn prepare(
    path: &Path,
    options: &PlanOptions,
    basis: Basis<'_>,
    events: &Events,
    cancel: &Cancel,
) -> Result<Prepared> {
    let decide_by = decide_by(options)?;
    let started = begin(events, Phase::Inspect, None, None);
    let source = Source::open(path)?;
    // One more than copy at once: it checks the file while the others count, and backs it up while
    // they copy.
    let snapshot = Arc::new(source.snapshot(options.jobs.saturating_add(1))?);
    if let Some(memory) = options.memory {
        snapshot.bound_cells(memory)?;
    }
    if let Some(cost) = snapshot.cost() {
        events.notice(cost);
    }
    let schema = introspect(&snapshot.metadata())?;
    refuse_patterns_of_nothing(&schema, &decide_by)?;
    end(events, Phase::Inspect, started);

    let tables = u64::try_from(schema.tables.len()).ok();
    let started = begin(events, Phase::Census, None, tables);
    let (checked, census) = check_and_count(path, &snapshot, &schema, options, events, cancel)
        .map_err(|error| snapshot.explain(error))?;
    end(events, Phase::Census, started);

    let started = begin(events, Phase::Plan, None, None);
    let mut plan = match basis {
        Basis::Reviewed(given) => review(&snapshot, &schema, &census, given)?,
        Basis::Remembered(given) if is_for(given, &schema, &decide_by) => {
            review(&snapshot, &schema, &census, given)?
        }
        Basis::Decide | Basis::Remembered(_) => {
            decide(&snapshot, &schema, &census, checked, &decide_by)?
        }
    };
    plan.findings.extend(source.facts().network.map(over_network));
    keep_apart(&snapshot, &schema, &mut plan, options.max_rejected)?;
    plan.findings.extend(without_its_log(source.facts()));
    sizes::judge(&snapshot, &schema, &census, &mut plan, options.memory)?;
    end(events, Phase::Plan, started);
    events.send(planned(&plan));
    Ok(Prepared { snapshot, schema, census, plan })
}

/// Returns what is told of a plan while it is carried out.
fn planned(plan: &Plan) -> Event {
    let tables = plan.tables.iter();
    Event::Planned {
        tables: tables
            .map(|table| PlannedTable { name: table.source.clone(), rows: table.rows })
            .collect(),
        findings: plan.findings.clone(),
    }
}

/// Returns a warning for a file on a network.
fn over_network(name: &str) -> Finding {
    Finding::warning(
        "network-file-system",
        "the SQLite file",
        format!(
            "lies on a file system of kind {name}; if another machine writes to it meanwhile, SQLite \
             cannot tell, and what is read may be of two states"
        ),
    )
    .hinted("stop the application, or run where the file's disk is; sqlite.org/wal.html")
}

/// Returns a note for a file in write-ahead mode without a log: closed in order, or copied by itself.
/// Nothing in such a file tells the two apart.
fn without_its_log(facts: &SourceFacts) -> Option<Finding> {
    (facts.journal_mode == JournalMode::Wal && facts.wal_bytes == 0).then(|| {
        Finding::note(
            "write-ahead-log-absent",
            "the SQLite file",
            "keeps its newest commits in a -wal file, and none stands beside it: as it should be after \
             the application has closed it, but a copy made while the application ran lacks them",
        )
        .hinted("where this is a copy, copy the -wal file too, or make it with: sqlite3 FILE \".backup COPY\"")
    })
}

/// What the reader that checks the file came across.
struct Checked {
    /// Foreign keys that rows break.
    orphans: Vec<Orphan>,
    /// Checks that rows break.
    checks: Vec<CheckFacts>,
    /// Collations that only the application knows; a connection meets them where it needs them.
    collations: Vec<String>,
}

/// Counts every cell while one more reader checks the file and looks for rows without a parent, which
/// is work for one thread and takes about as long.
fn check_and_count(
    path: &Path,
    snapshot: &Snapshot,
    schema: &source::Schema,
    options: &PlanOptions,
    events: &Events,
    cancel: &Cancel,
) -> Result<(Checked, Vec<TableCensus>)> {
    let checker = snapshot
        .take()
        .ok_or_else(|| Error::new(ErrorKind::Bug, "the snapshot has no reader for the check"))?;
    let interrupt = checker.get_interrupt_handle();
    let memory = options.memory.map_or(CellMemory::Around(DEFAULT_MEMORY), CellMemory::UpTo);
    // A damaged page may end the census here already.
    let counting = Counting::of(snapshot, schema, options.jobs, memory);
    let shared = counting.as_ref().map(Counting::roots).unwrap_or_default();
    let soundness = &Soundness::of(&checker, shared);
    let (tell, told) = mpsc::channel();
    let (checked, counted) = std::thread::scope(|scope| {
        let check = Check { path, schema, reader: checker, soundness, stop: cancel.flag() };
        let check = scope.spawn(move || check.run(&told));
        let counted =
            counting.and_then(|counting| counting.run(Some(soundness), cancel.flag(), events));
        let counted = counted.map(|(counted, whole)| {
            let nulls = counted.iter().map(with_nulls).collect();
            // Nobody listens once the check has failed.
            tell.send(Counted { whole, nulls }).unwrap_or_default();
            counted
        });
        drop(tell);
        while !check.is_finished() {
            if cancel.is_cancelled() {
                interrupt.interrupt();
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        (check.join(), counted)
    });
    cancel.check()?;
    // A damaged page may have ended the census too; what the check says of it is the better story.
    let checked =
        checked.map_err(|_| Error::new(ErrorKind::Bug, "the thread that checks panicked"))??;
    Ok((checked, counted?))
}

/// What the census tells the reader that checks the file.
struct Counted {
    /// Foreign keys that no row breaks.
    whole: WholeKeys,
    /// The columns of each table that hold NULL.
    nulls: Vec<Vec<usize>>,
}

/// Returns the positions of the columns that hold NULL.
fn with_nulls(census: &TableCensus) -> Vec<usize> {
    let columns = census.columns.iter().enumerate();
    columns.filter(|(_, column)| column.nulls > 0).map(|(at, _)| at).collect()
}

/// What is found out beside the census.
struct Check<'a> {
    path: &'a Path,
    schema: &'a source::Schema,
    reader: Reader,
    soundness: &'a Soundness,
    stop: &'a AtomicBool,
}

impl Check<'_> {
    /// Refuses a damaged file; returns what else was seen on the way. Only those foreign keys are looked up
    /// that the census could not tell to be whole.
    fn run(&self, counted: &mpsc::Receiver<Counted>) -> Result<Checked> {
        let Self { schema, ref reader, soundness, .. } = *self;
        let possible = WholeKeys::possible(schema);
        soundness.look(reader, self.stop)?;
        // Not where SQLite was asked: what it says comes first.
        let early = (!soundness.is_doubtful()).then(|| self.broken(&possible));
        let counted = counted.recv();
        if counted.is_err() {
            // The census has failed, perhaps at a page that is damaged.
            soundness.doubt();
        }
        if let Some(first) = soundness.verdict(reader, self.stop)?.first() {
            let damaged = format!("{} is damaged: {first}", self.path.display());
            return Err(Error::new(ErrorKind::Source, damaged)
                .hinted("recover it first: sqlite3 FILE .recover | sqlite3 recovered.db"));
        }
        let (mut checks, mut orphans_of) = early.unwrap_or_else(|| self.broken(&possible))?;
        // Without a census there will be no plan.
        if let Ok(Counted { whole, nulls }) = counted {
            checks.extend(broken_nulls(reader, schema, &nulls)?);
            let rest = |table| possible.cover(table, schema) && !whole.cover(table, schema);
            orphans_of.extend(orphans(reader, schema, rest)?);
        }
        Ok(Checked { orphans: orphans_of, checks, collations: stand_in_collations(reader)? })
    }

    /// Returns what needs no census: checks that rows break, and rows without a parent of which it could
    /// not tell.
    fn broken(&self, possible: &WholeKeys) -> Result<(Vec<CheckFacts>, Vec<Orphan>)> {
        let checks = broken_checks(&self.reader, self.schema)?;
        let others = |table| !possible.cover(table, self.schema);
        Ok((checks, orphans(&self.reader, self.schema, others)?))
    }
}

/// Returns the checks that rows break.
fn broken_checks(reader: &Reader, schema: &source::Schema) -> Result<Vec<CheckFacts>> {
    let mut found = Vec::new();
    for table in &schema.tables {
        if breaks_a_check(reader, table)? {
            let all: Vec<Broken> = (0..table.checks.len()).map(Broken::Check).collect();
            found.extend(count_broken(reader, table, &all, None)?);
        }
    }
    found.retain(|facts| facts.count > 0);
    Ok(found)
}

/// Returns the columns that hold NULL where none may be.
fn broken_nulls(
    reader: &Reader,
    schema: &source::Schema,
    nulls: &[Vec<usize>],
) -> Result<Vec<CheckFacts>> {
    let mut found = Vec::new();
    for (table, nulls) in schema.tables.iter().zip(nulls) {
        let is_not_null = |at: &usize| table.columns.get(*at).is_some_and(|column| column.not_null);
        let all: Vec<Broken> =
            nulls.iter().copied().filter(is_not_null).map(Broken::NotNull).collect();
        if !all.is_empty() {
            found.extend(count_broken(reader, table, &all, None)?);
        }
    }
    found.retain(|facts| facts.count > 0);
    Ok(found)
}

/// Announces a phase, with how many rows or steps it goes through where that is known, and returns
/// when it began.
pub(crate) fn begin(
    events: &Events,
    phase: Phase,
    rows: Option<u64>,
    steps: Option<u64>,
) -> Instant {
    events.send(Event::PhaseStarted { phase, rows, steps });
    Instant::now()
}

/// Announces that a phase ended.
pub(crate) fn end(events: &Events, phase: Phase, started: Instant) {
    events.send(Event::PhaseDone { phase, seconds: started.elapsed().as_secs_f64() });
}

fn decide_by(options: &PlanOptions) -> Result<Options> {
    let schema = Ident::new(options.schema.clone()).map_err(|error| {
        Error::new(ErrorKind::Usage, "the target schema's name cannot be used").caused_by(error)
    })?;
    for cast in &options.casts {
        ColumnCodec::new(cast.data_type, cast.reading).map_err(|error| {
            Error::new(ErrorKind::Usage, format!("--cast {}.{}", cast.table, cast.column))
                .caused_by(error)
        })?;
    }
    Ok(Options {
        schema,
        include: options.include.clone(),
        exclude: options.exclude.clone(),
        casts: options.casts.clone(),
        identifiers: options.identifiers,
        profile: options.profile,
        like: options.like.clone(),
        policies: options.policies.clone(),
    })
}

fn decide(
    snapshot: &Snapshot,
    schema: &source::Schema,
    census: &[TableCensus],
    checked: Checked,
    options: &Options,
) -> Result<Plan> {
    refuse_casts_of_nothing(schema, &options.casts)?;
    refuse_rules_of_nothing(schema, &options.policies)?;
    let tables: Vec<TableFacts> = census
        .iter()
        .map(|table| TableFacts {
            rows: table.rows,
            bytes: table.bytes,
            columns: table.columns.clone(),
        })
        .collect();
    let orphans: Vec<OrphanFacts> = checked
        .orphans
        .into_iter()
        .filter(|orphan| orphan.count > 0 || orphan.unchecked.is_some())
        .map(|orphan| OrphanFacts {
            table: orphan.table,
            foreign_key: orphan.foreign_key,
            count: orphan.count,
            keys: orphan.keys,
            unchecked: orphan.unchecked,
        })
        .collect();
    let facts = Facts { schema, tables: &tables, orphans: &orphans, checks: &checked.checks };
    let draft = plan::build(facts, options);
    let mut plan = draft.plan;
    for doubt in &draft.doubts {
        settle(snapshot, schema, census, doubt, &mut plan)?;
    }
    let unreadable = unreadable(census, &plan);
    plan.findings.extend(unreadable);
    plan.findings.extend(checked.collations.into_iter().map(strange_collation));
    let merging = merging_keys(&snapshot.metadata(), schema, &plan, counted(schema, census))?;
    plan.findings.extend(merging);
    plan.findings.sort_by(|a, b| (a.severity, &a.code).cmp(&(b.severity, &b.code)));
    Ok(plan)
}

/// Returns what finds a column's census by its table's name and its position.
fn counted<'a>(
    schema: &'a source::Schema,
    census: &'a [TableCensus],
) -> impl Fn(&str, usize) -> Option<&'a ColumnCensus> {
    move |table, column| {
        let position = schema.tables.iter().position(|known| known.name == table)?;
        census.get(position)?.columns.get(column)
    }
}

/// Returns an error for every column that SQLite cannot compute here: its cells were never seen.
fn unreadable(census: &[TableCensus], plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for planned in &plan.tables {
        let counted = census.iter().find(|table| table.table == planned.source);
        for (position, reason) in counted.iter().flat_map(|table| &table.unreadable) {
            let column = planned.columns.get(*position).map_or("", |column| column.source.as_str());
            findings.push(
                Finding::error(
                    UNREADABLE,
                    format!("{}.{column}", planned.source),
                    format!("cannot be computed outside the application: {reason}"),
                )
                .hinted(format!(
                    "drop the column in a copy of the file, or leave the table out with --exclude {}",
                    planned.source
                )),
            );
        }
    }
    findings
}

/// Returns a warning for a collation that only the application knows.
fn strange_collation(name: String) -> Finding {
    Finding::warning(
        "collation-unknown",
        format!("collation {name}"),
        "is the application's own; rows were read without it, and nothing on PostgreSQL compares by it",
    )
    .hinted("where its order or equality matters, make a collation on PostgreSQL: create collation …")
}

/// A pattern that matches nothing is a typing mistake: what it was to leave out would be carried, or
/// everything left out.
fn refuse_patterns_of_nothing(schema: &source::Schema, options: &Options) -> Result<()> {
    let names: Vec<&str> = schema
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .chain(schema.views.iter().map(|view| view.name.as_str()))
        .chain(schema.virtual_tables.iter().map(|table| table.name.as_str()))
        .collect();
    let patterns = options.include.iter().map(|pattern| ("--include", pattern));
    let patterns = patterns.chain(options.exclude.iter().map(|pattern| ("--exclude", pattern)));
    for (flag, pattern) in patterns {
        let only = std::slice::from_ref(pattern);
        let is_column = flag == "--exclude"
            && schema.tables.iter().any(|table| {
                let mut columns = table.columns.iter();
                columns.any(|column| plan::leaves_column(only, &table.name, &column.name))
            });
        if !is_column && !names.iter().any(|name| plan::matches(pattern, name)) {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("{flag} {pattern} matches no table and no view"),
            )
            .hinted("sealift inspect lists them"));
        }
    }
    Ok(())
}

/// A cast that matches no column is a typing mistake that would otherwise pass in silence.
///
/// # Errors
/// Naming the first such cast.
pub(crate) fn refuse_casts_of_nothing(schema: &source::Schema, casts: &[Cast]) -> Result<()> {
    for cast in casts {
        let found = schema.tables.iter().any(|table| {
            plan::matches(&cast.table, &table.name)
                && table.columns.iter().any(|column| plan::matches(&cast.column, &column.name))
        });
        if !found {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("--cast {}.{} matches no column", cast.table, cast.column),
            )
            .hinted("sealift inspect lists the tables and columns"));
        }
    }
    Ok(())
}
