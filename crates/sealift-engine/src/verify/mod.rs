//! Comparing both sides: rows counted, hashed or read cell by cell, and the structure against the
//! plan.

mod cells;
mod counts;
mod definitions;
mod digest;
mod feed;
mod job;
mod likeness;
mod multiset;
mod near;
mod outcome;
mod progress;
mod structure;
mod structure_keys;
mod structure_triggers;
mod views;

pub use digest::digest_columns;

use crate::config::VerifyLevel;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Event, Events, Phase, on_a_thread};
use crate::postgres::{Catalog, Largest, Session, introspect, largest};
use crate::report::{MatchStatus, StructureDifference, TableComparison, VerifyReport};
use crate::sqlite::{Reader, Snapshot, TableKey, introspect as introspect_source};
use cells::Walk;
use digest::Known;
use job::Job;
use outcome::Outcome;
use progress::Progress;
use sealift_core::mapping::PgType;
use sealift_core::name::Ident;
use sealift_core::plan::{Plan, TablePlan};
use sealift_core::schema::source;
use sealift_core::sql::Sql;
use sealift_core::verify::RangeDigest;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// What is compared, and with what.
#[derive(Debug)]
pub struct VerifyRequest<'a> {
    /// What was made.
    pub plan: &'a Plan,
    /// The source; as many tables are read at once as it has readers free, and at least one is.
    pub snapshot: &'a Snapshot,
    /// The target; each session compares one table at a time. At least one.
    pub sessions: &'a [Session],
    /// How thoroughly.
    pub level: VerifyLevel,
    /// Digests that the copy computed on its way, by source table, over [`digest_columns`]. What is
    /// not here is read from SQLite again.
    pub digests: &'a HashMap<String, RangeDigest>,
}

/// Compares both sides and reports; a difference is no error.
///
/// Sends the phase's events. [`VerifyLevel::None`] compares nothing.
///
/// # Errors
/// When a side cannot be read, or the server goes away.
pub async fn verify(request: VerifyRequest<'_>, events: &Events) -> Result<VerifyReport> {
    let level = request.level;
    if level == VerifyLevel::None {
        let status = MatchStatus::Match;
        let (tables, structure, notes) = (Vec::new(), Vec::new(), Vec::new());
        return Ok(VerifyReport { level, status, tables, structure, notes });
    }
    let began = Instant::now();
    let relations = request.plan.tables.len() + request.plan.views.len();
    events.send(Event::PhaseStarted {
        phase: Phase::Verify,
        rows: Some(request.plan.tables.iter().map(|table| table.rows).sum()),
        steps: u64::try_from(relations).ok(),
    });
    let Some(session) = request.sessions.first() else {
        return Err(Error::new(ErrorKind::Bug, "verify was called without a session"));
    };
    let schema = &request.plan.schema;
    let catalog = introspect(session, schema).await?;
    let maxima = maxima(session, request.plan, &catalog).await?;
    let mut structure = structure::compare(request.plan, &catalog, &maxima);
    let hashes = level == VerifyLevel::Digest && digest::server_hashes_alike(session).await?;
    if level == VerifyLevel::Digest && !hashes {
        events.notice("this server hashes rows in its own way, so every cell is compared instead");
    }
    let source = OnceLock::new();
    let run = Run { request: &request, catalog: &catalog, hashes, source, events };
    let mut tables =
        if level == VerifyLevel::Structure { Vec::new() } else { run.tables().await? };
    let found = views::compare(&run, session).await?;
    tables.extend(found.views);
    structure.extend(found.structure);
    let mut notes = found.notes;
    let definitions = definitions::compare(session, request.plan, &catalog, &structure).await?;
    structure.extend(definitions.differences);
    notes.extend(definitions.notes);
    if matches!(level, VerifyLevel::Digest | VerifyLevel::Cells) {
        notes.extend(request.plan.tables.iter().filter_map(not_compared));
    }
    let is_equal =
        structure.is_empty() && tables.iter().all(|table| table.status == MatchStatus::Match);
    let status = if is_equal { MatchStatus::Match } else { MatchStatus::Differ };
    let seconds = began.elapsed().as_secs_f64();
    events.send(Event::PhaseDone { phase: Phase::Verify, seconds });
    Ok(VerifyReport { level, status, tables, structure, notes })
}

/// Says which columns of a table are left out: those that are computed from cells that became NULL.
fn not_compared(table: &TablePlan) -> Option<String> {
    let generated = table.columns.iter().zip(&table.target.columns);
    let names: Vec<&str> = generated
        .filter(|(_, target)| target.generated.is_some() && table.makes_nulls())
        .map(|(column, _)| column.source.as_str())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "what {} computes for itself is not compared ({}), since cells that it may come from became NULL",
            table.source,
            names.join(", ")
        )
    })
}

/// One comparison under way.
struct Run<'a> {
    request: &'a VerifyRequest<'a>,
    catalog: &'a Catalog,
    /// Whether the server's hashes can be compared with ours.
    hashes: bool,
    /// The source's schema, read when it is first needed.
    source: OnceLock<source::Schema>,
    events: &'a Events,
}

impl Run<'_> {
    /// Compares all tables, several at once and the biggest first; returns them in the plan's order.
    async fn tables(&self) -> Result<Vec<TableComparison>> {
        let plans = &self.request.plan.tables;
        let mut queue: Vec<usize> = (0..plans.len()).collect();
        // Taken from the end.
        queue.sort_by_key(|position| plans.get(*position).map(|plan| plan.bytes));
        let queue = Mutex::new(queue);
        let done = Mutex::new(Vec::with_capacity(plans.len()));
        let workers = self.request.sessions.iter().take(self.free_readers()).map(|session| async {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(position) = next else { return Ok::<(), Error>(()) };
                let Some(plan) = plans.get(position) else { return Ok(()) };
                let mut comparison = self.table(session, plan).await.map_err(|error| {
                    error.context(format_args!("compare table {}", plan.source))
                })?;
                // Compared were those that were to arrive.
                comparison.quarantined = self.request.snapshot.rejected(&plan.source);
                comparison.source_rows += comparison.quarantined;
                let table = plan.source.clone();
                self.events.send(Event::TableDone { phase: Phase::Verify, table });
                done.lock().unwrap_or_else(PoisonError::into_inner).push((position, comparison));
            }
        });
        futures_util::future::try_join_all(workers).await?;
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(position, _)| *position);
        Ok(done.into_iter().map(|(_, comparison)| comparison).collect())
    }

    async fn table(&self, session: &Session, plan: &TablePlan) -> Result<TableComparison> {
        let schema = &self.request.plan.schema;
        let apart = self.request.snapshot.filter(&plan.source);
        let Some(actual) = self.catalog.table(plan.target.name.as_str()) else {
            let reader = self.reader()?;
            let source = plan.source.clone();
            let counted = on_a_thread("comparing", move || {
                crate::sqlite::count_rows(&reader, &source, apart.as_ref())
            });
            let source_rows = counted.await?;
            let outcome = Outcome { source_rows, differs: true, ..Outcome::default() };
            return Ok(outcome.into_comparison(&plan.source));
        };
        let Some(job) = Job::of_table(plan, schema, actual) else {
            let names = (schema, &plan.target.name);
            let reader = self.reader()?;
            let counted = counts::compare(session, reader, &plan.source, names, apart).await?;
            // A column that is not there holds nothing, however many rows there are.
            let differs = self.request.level != VerifyLevel::Counts;
            return Ok(Outcome { differs, ..counted }.into_comparison(&plan.source));
        };
        let job = Arc::new(Job { apart, ..job });
        let progress = Progress::new(self.events, &plan.source);
        let outcome = match self.request.level {
            VerifyLevel::None | VerifyLevel::Structure | VerifyLevel::Counts => {
                let names = (schema, &job.target);
                let apart = job.apart.clone();
                let counted =
                    counts::compare(session, self.reader()?, &job.source, names, apart).await?;
                Outcome { conflict: job.conflict, ..counted }
            }
            VerifyLevel::Digest if self.hashes && digest::applies(&job) => {
                let known = self.known(plan)?;
                digest::compare(session, self.reader()?, &job, known, progress).await?
            }
            VerifyLevel::Digest | VerifyLevel::Cells => self.cells(session, &job, progress).await?,
        };
        Ok(outcome.into_comparison(&job.name))
    }

    /// Returns the digest of the copy's own pass, or how to compute it.
    fn known(&self, plan: &TablePlan) -> Result<Known> {
        if let Some(digest) = self.request.digests.get(&plan.source) {
            return Ok(Known::Digest(*digest));
        }
        if self.source.get().is_none() {
            let read = introspect_source(&self.request.snapshot.metadata())?;
            // Another table's comparison may have been faster.
            drop(self.source.set(read));
        }
        let tables = self.source.get().map_or(&[][..], |source| &source.tables);
        let table = tables.iter().find(|table| table.name == plan.source);
        table.map(|table| Known::Key(TableKey::of(table))).ok_or_else(|| {
            Error::new(ErrorKind::Bug, format!("the source has no table {}", plan.source))
        })
    }

    /// Compares every cell: along the key where both sides sort by it, else as bags of rows.
    async fn cells(
        &self,
        session: &Session,
        job: &Arc<Job>,
        progress: Progress,
    ) -> Result<Outcome> {
        if !job.key.is_empty() {
            let walk = cells::compare(session, self.reader()?, job, progress.clone()).await?;
            if let Walk::Done(outcome) = walk {
                return Ok(outcome);
            }
        }
        multiset::compare(session, self.request.snapshot, job, progress).await
    }

    /// Returns how many tables can be read at once, at least one and at most one for each session.
    fn free_readers(&self) -> usize {
        let readers: Vec<Reader> =
            self.request.sessions.iter().map_while(|_| self.request.snapshot.take()).collect();
        std::cmp::max(readers.len(), 1)
    }

    fn reader(&self) -> Result<Reader> {
        self.request
            .snapshot
            .take()
            .ok_or_else(|| Error::new(ErrorKind::Bug, "no reader of the snapshot is free"))
    }
}

/// Returns the largest value of each planned identity column.
async fn maxima(session: &Session, plan: &Plan, catalog: &Catalog) -> Result<Largest> {
    let mut columns: Vec<(&Ident, &Ident)> = Vec::new();
    for table in &plan.tables {
        let Some(actual) = catalog.table(table.target.name.as_str()) else { continue };
        for column in table.target.columns.iter().filter(|column| column.identity.is_some()) {
            let actual = actual.column(column.name.as_str());
            if actual.and_then(|actual| actual.data_type).is_some_and(PgType::is_integer) {
                columns.push((&table.target.name, &column.name));
            }
        }
    }
    largest(session, &plan.schema, &columns).await
}

/// Adds a difference of the structure unless a query runs.
async fn check_query(
    session: &Session,
    object: String,
    sql: &Sql,
    structure: &mut Vec<StructureDifference>,
) -> Result<bool> {
    match session.query_text(sql).await {
        Ok(_) => Ok(true),
        Err(error) if !error.is_refusal() => Err(error),
        Err(error) => {
            structure.push(StructureDifference {
                object,
                expected: "can be selected from".to_owned(),
                actual: error.to_string(),
            });
            Ok(false)
        }
    }
}
