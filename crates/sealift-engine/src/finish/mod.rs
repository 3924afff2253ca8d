//! After the rows: keys and indexes, checks and foreign keys, sequences, views, triggers, statistics.
//! Each statement commits together with its step in the state.
//!
//! When a statement's turn comes is decided in `pool`; views and triggers come in turn, after all of
//! those.

mod sequences;

pub(crate) use sequences::sequences;

use crate::error::Result;
use crate::ops::{Cancel, Event, Events, Moment, Phase, Step};
use crate::postgres::{Session, begin};
use crate::store::Store;
use sealift_core::ddl::{Stage, Statement};
use sealift_core::name::Ident;
use sealift_core::plan::Plan;
use sealift_core::sql::Sql;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the finish needs.
#[derive(Debug, Clone)]
pub struct FinishContext {
    /// Where steps are recorded.
    pub store: Store,
    /// What was filled.
    pub plan: Arc<Plan>,
    /// What is made on it; those of the tables themselves are left out.
    pub statements: Vec<Statement>,
    /// Steps that an earlier run has carried out.
    pub done: BTreeSet<String>,
    /// Whether the sessions of the run keep all processors of the server busy already.
    pub is_saturated: bool,
    /// Who listens.
    pub events: Events,
    /// Who may stop it.
    pub cancel: Cancel,
}

impl FinishContext {
    /// Returns the statements that are still to be carried out: those that stand on rows alone, and those
    /// that come one after the other once everything else is there, since a view may use another, and a
    /// trigger is the last of all.
    #[must_use]
    pub fn left(&self) -> (Vec<Statement>, Vec<Statement>) {
        let left = self.statements.iter().filter(|statement| {
            statement.stage != Stage::Tables && !self.done.contains(&statement.id)
        });
        left.cloned().partition(|statement| statement.stage < Stage::Views)
    }
}

/// How much memory an index may be sorted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sorting {
    /// As much as the session has, with as many parallel workers as the server gives.
    Widely,
    /// [`CACHE_MEMORY`], by one process.
    InCache,
}

/// A sort of rows in random order that stays near the processor's caches takes a quarter less of its
/// time than one in 256 MB (design 019 has the numbers); PostgreSQL starts no parallel worker then, since
/// each wants 32 MB (`plan_create_index_workers`). Up to some 120 runs of this size are merged at once,
/// so that larger sorts would be written twice.
const CACHE_MEMORY: &str = "32MB";

/// Carries out statements of one stage in one transaction with their steps, unless `stop` comes first.
///
/// # Errors
/// The first statement that fails, with its name; none is committed then.
pub(crate) async fn build(
    context: &FinishContext,
    session: &Session,
    (statements, sorting): (&[Statement], Sorting),
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let Some(first) = statements.first() else { return Ok(()) };
    let begin = match sorting {
        Sorting::Widely => begin(),
        Sorting::InCache => {
            begin().push("; set local maintenance_work_mem = ").literal(CACHE_MEMORY)
        }
    };
    let all: Vec<Sql> =
        std::iter::once(begin).chain(statements.iter().map(|it| it.sql.clone())).collect();
    let name = |position: usize| statements.get(position).map_or(&first.id, |it| &it.id);
    // An index may take an hour, and who presses Ctrl-C has none.
    let took = session.pipeline_unless(&all, stop).await.map_err(|refused| {
        refused.error.context(format_args!("make {}", name(refused.position.saturating_sub(1))))
    })?;
    let steps = context.store.steps_done(statements.iter().map(|it| it.id.as_str()))?;
    let committed = context.store.commit_with(session, &steps, step(first.stage)).await;
    committed.map_err(|error| error.context(format_args!("make {}", first.id)))?;
    for (statement, took) in statements.iter().zip(took.iter().skip(1)) {
        context.events.send(Event::StepDone {
            phase: Phase::Finish,
            step: statement.id.clone(),
            seconds: took.as_secs_f64(),
        });
    }
    Ok(())
}

fn step(stage: Stage) -> Step {
    match stage {
        Stage::Tables => Step::Begin,
        Stage::Indexes => Step::Index,
        Stage::Constraints => Step::Constraint,
        Stage::Views => Step::View,
        Stage::Triggers => Step::Trigger,
    }
}

/// Collects the statistics of tables, so that the first queries are planned with them, unless `stop`
/// comes first. PostgreSQL commits each table by itself (manual, `ANALYZE`).
///
/// # Errors
/// When the server refuses or does not answer.
pub(crate) async fn analyze(
    context: &FinishContext,
    session: &Session,
    tables: &[Ident],
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let names = tables.iter().map(|table| Sql::new().qualified(&context.plan.schema, table));
    let sql = Sql::raw("analyze ").join(names, ", ");
    Step::Analyze.reach(Moment::Before)?;
    session.batch_unless(&sql, stop).await.map_err(|error| error.context("collect statistics"))?;
    Step::Analyze.reach(Moment::After)
}
