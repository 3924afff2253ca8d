//! After the rows: sequences, keys and indexes, then checks and foreign keys, then views, then
//! triggers, then statistics. Each statement commits together with its step in the state.

mod schedule;

use self::schedule::Schedule;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Event, Events, Moment, Phase, Step};
use crate::postgres::{Session, TargetLock};
use crate::store::Store;
use sealift_core::ddl::{Stage, Statement};
use sealift_core::plan::Plan;
use sealift_core::sql::Sql;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;

/// What a session may use to sort an index, where the server allows less by default. PostgreSQL's
/// own default of 64 MB is meant for `vacuum` beside a running application; here nothing runs yet.
const SORT_MEMORY: &str = "256MB";

/// What the finish needs.
#[derive(Debug, Clone)]
pub struct FinishContext {
    /// Where sessions come from.
    pub lock: Arc<TargetLock>,
    /// Where steps are recorded.
    pub store: Store,
    /// What was filled.
    pub plan: Arc<Plan>,
    /// What is made on it; those of the tables themselves are left out.
    pub statements: Vec<Statement>,
    /// Steps that an earlier run has carried out.
    pub done: BTreeSet<String>,
    /// How many statements at once.
    pub workers: usize,
    /// Who listens.
    pub events: Events,
    /// Who may stop it.
    pub cancel: Cancel,
}

impl FinishContext {
    /// Returns the statements that are still to be carried out.
    #[must_use]
    pub fn left(&self) -> Vec<Statement> {
        let mut statements = self.statements.clone();
        statements.retain(|statement| {
            statement.stage != Stage::Tables && !self.done.contains(&statement.id)
        });
        statements
    }
}

/// Builds everything that stands on the rows, through sessions of its own and `session`.
///
/// # Errors
/// The first statement that fails, with its name.
pub async fn finish(context: &FinishContext, session: &Session) -> Result<()> {
    let weights: BTreeMap<String, u64> = context
        .plan
        .tables
        .iter()
        .map(|table| (table.target.name.as_str().to_owned(), table.bytes + 8 * table.rows))
        .collect();
    // One after the other, in their order: a view may use another, and a trigger is the last of all.
    let (in_turn, others): (Vec<Statement>, Vec<Statement>) =
        context.left().into_iter().partition(|statement| statement.stage >= Stage::Views);
    let (indexes, constraints): (Vec<Statement>, Vec<Statement>) =
        others.into_iter().partition(|statement| statement.stage == Stage::Indexes);
    // Again in every run: a number may have been used up in the source without leaving a row.
    sequences(context, session).await?;
    in_parallel(context, Schedule::new(indexes, &weights)).await?;
    in_parallel(context, Schedule::new(constraints, &weights)).await?;
    for statement in in_turn {
        context.cancel.check()?;
        carry_out(context, session, &statement).await?;
    }
    Ok(())
}

/// Sets every identity column's sequence so that the next insert gets the next free number. The
/// sequence is found through `pg_get_serial_sequence`, never by its name.
async fn sequences(context: &FinishContext, session: &Session) -> Result<()> {
    session.begin().await?;
    for table in &context.plan.tables {
        for column in &table.target.columns {
            let Some(identity) = &column.identity else { continue };
            let name = Sql::new().qualified(&context.plan.schema, &table.target.name);
            // Rows of the target's own may have keys beyond all of the source's.
            let has_others = !table.filling.conflict.is_error() && column.data_type.is_integer();
            if identity.next <= 1 && !has_others {
                continue;
            }
            // Never back: the application may have begun to insert between two runs.
            let own = Sql::raw("pg_get_serial_sequence(")
                .literal(name.as_str())
                .push(", ")
                .literal(column.name.as_str())
                .push(")");
            // One that belongs to no column is known by the default that takes from it.
            let sequence = match &identity.sequence {
                Some(sequence) => Sql::raw("coalesce(")
                    .sql(&own)
                    .push(", ")
                    .literal(Sql::new().qualified(&context.plan.schema, sequence).as_str())
                    .push(")"),
                None => own,
            };
            let largest = if has_others {
                Sql::raw("(select max(")
                    .ident(&column.name)
                    .push(")::bigint from ")
                    .sql(&name)
                    .push(")")
            } else {
                Sql::raw("null")
            };
            let sql = Sql::raw("select setval(s, used, true) from (select s, greatest(")
                .int(identity.next - 1)
                .push(", pg_sequence_last_value(s), ")
                .sql(&largest)
                .push(") as used from (select ")
                .sql(&sequence)
                .push("::regclass as s) as sequence) as position where used > 0");
            session.query_text(&sql).await.map_err(|error| {
                error.context(format_args!("set the sequence of {}", table.source))
            })?;
        }
    }
    context.store.commit(session, Step::Sequences).await
}

async fn in_parallel(context: &FinishContext, schedule: Schedule) -> Result<()> {
    let workers = std::cmp::min(context.workers, schedule.len());
    let shared = Arc::new(Shared {
        schedule: Mutex::new(schedule),
        changed: Notify::new(),
        sessions: AtomicUsize::new(0),
    });
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        tasks.spawn(work(context.clone(), Arc::clone(&shared)));
    }
    let mut failure = None;
    while let Some(joined) = tasks.join_next().await {
        let outcome = joined.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Bug, "a finishing worker panicked").caused_by(error))
        });
        if let Err(error) = outcome {
            shared.schedule.lock().await.clear();
            shared.changed.notify_waiters();
            failure.get_or_insert(error);
        }
    }
    failure.map_or(Ok(()), Err)
}

struct Shared {
    schedule: Mutex<Schedule>,
    changed: Notify,
    /// How many workers have a session.
    sessions: AtomicUsize,
}

async fn work(context: FinishContext, shared: Arc<Shared>) -> Result<()> {
    let Some(session) = context.lock.one_more_session("sealift finish", &shared.sessions).await?
    else {
        return Ok(());
    };
    let memory = Sql::raw("select set_config('maintenance_work_mem', ")
        .literal(SORT_MEMORY)
        .push(", false) from pg_settings where name = 'maintenance_work_mem' and setting::bigint < pg_size_bytes(")
        .literal(SORT_MEMORY)
        .push(") / 1024");
    session.query_text(&memory).await?;
    loop {
        let mut changed = std::pin::pin!(shared.changed.notified());
        changed.as_mut().enable();
        context.cancel.check()?;
        let next = shared.schedule.lock().await.next();
        match next {
            schedule::Next::Run(statement) => {
                let outcome = carry_out(&context, &session, &statement).await;
                shared.schedule.lock().await.finished(&statement);
                shared.changed.notify_waiters();
                outcome?;
            }
            schedule::Next::Wait => changed.await,
            schedule::Next::Nothing => return Ok(()),
        }
    }
}

async fn carry_out(
    context: &FinishContext,
    session: &Session,
    statement: &Statement,
) -> Result<()> {
    let started = Instant::now();
    let run = async {
        session.begin().await?;
        // An index may take an hour, and who presses Ctrl-C has none.
        session.batch_unless(&statement.sql, context.cancel.cancelled()).await?;
        session.execute(&context.store.step_done(&statement.id)?).await?;
        context.store.commit(session, step(statement.stage)).await
    };
    run.await.map_err(|error| error.context(format_args!("make {}", statement.id)))?;
    context.events.send(Event::StepDone {
        phase: Phase::Finish,
        step: statement.id.clone(),
        seconds: started.elapsed().as_secs_f64(),
    });
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

/// Collects statistics, so that the first queries are planned with them.
///
/// # Errors
/// When the server refuses or does not answer.
pub async fn analyze(context: &FinishContext) -> Result<()> {
    let mut tables: Vec<(u64, Sql)> = context
        .plan
        .tables
        .iter()
        .map(|table| {
            let name = Sql::new().qualified(&context.plan.schema, &table.target.name);
            (table.bytes, Sql::raw("analyze ").sql(&name))
        })
        .collect();
    tables.sort_by_key(|(bytes, _)| *bytes);
    let queue = Arc::new(Mutex::new(tables));
    let sessions = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..context.workers {
        let (context, queue) = (context.clone(), Arc::clone(&queue));
        let sessions = Arc::clone(&sessions);
        tasks.spawn(async move {
            let Some(session) = context.lock.one_more_session("sealift analyze", &sessions).await?
            else {
                return Ok(());
            };
            loop {
                context.cancel.check()?;
                let next = queue.lock().await.pop();
                let Some((_, sql)) = next else { return Ok(()) };
                Step::Analyze.reach(Moment::Before)?;
                session
                    .batch_unless(&sql, context.cancel.cancelled())
                    .await
                    .map_err(|error| error.context("collect statistics"))?;
                Step::Analyze.reach(Moment::After)?;
            }
        });
    }
    let mut outcome = Ok(());
    while let Some(joined) = tasks.join_next().await {
        let this = joined.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Bug, "an analyzing worker panicked").caused_by(error))
        });
        outcome = outcome.and(this);
    }
    outcome
}
