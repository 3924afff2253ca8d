//! The first transaction of a run, or the state of an earlier one: what is left to copy afterwards.

use super::target::{Standing, schema_exists, source_name, take_back};
use super::{known, left};
use crate::config::{Manner, MigrateOptions};
use crate::copy::{CopyContext, RangeJob, Receipts, cut, read_job};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Step, on_a_thread};
use crate::postgres::{Session, begin as begin_sql};
use crate::sqlite::{ReadJob, read_range};
use crate::store::{Beginning, RunState, Store};
use sealift_core::ddl::{self, Stage};
use sealift_core::name::Ident;
use sealift_core::plan::{Plan, waves};
use sealift_core::sql::Sql;
use sealift_core::verify::{Hashed, RangeDigest};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

/// What is left to do once the tables stand.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// Ranges to copy: those of a wave stand on all waves before it.
    pub(super) waves: Vec<Vec<RangeJob>>,
    /// Receipts of ranges that need not be copied.
    pub(super) receipts: Receipts,
    /// Statements that need not be carried out.
    pub(super) steps: BTreeSet<String>,
}

/// Makes or empties the tables and records the run, or checks what an earlier run left.
///
/// # Errors
/// When the server refuses, or the source cannot be read.
pub(super) async fn ready(
    session: &Session,
    options: &MigrateOptions,
    standing: &Standing,
    token: &str,
    copy: &Arc<CopyContext>,
) -> Result<Ready> {
    let manner = options.manner();
    let (before, cuts, shape) = match standing {
        Standing::Fresh { clear, cuts, shape, new_schema, .. } => {
            let mut before = clear.clone();
            if *new_schema {
                before.push(ddl::create_schema(&copy.plan.schema));
            }
            (before, cuts, shape)
        }
        Standing::Resumed { store, state, ours: true } => {
            return go_on(session, store, state, copy, manner, &BTreeSet::new()).await;
        }
        Standing::Resumed { store, state, ours: false } => {
            let (missing, stale) =
                tokio::try_join!(left::missing(session, state), stale_tables(copy, state))?;
            let alone = manner == Manner::Make && are_bare(&copy.plan, &stale, &state.steps);
            if missing.is_none() && (stale.is_empty() || alone) {
                let ready = go_on(session, store, state, copy, manner, &stale).await?;
                // Only now: until then the receipts are another process's word.
                store.take_over(session, token, &source_name(options)).await?;
                return Ok(ready);
            }
            let why = match (missing, manner) {
                (Some(missing), _) => missing,
                (None, Manner::Make) => {
                    "the source was written to after keys and indexes had been begun".to_owned()
                }
                (None, Manner::Fill) => {
                    "the source was written to since the earlier run".to_owned()
                }
            };
            copy.events.notice(format!("{why}: starting over"));
            let mut before = match manner {
                Manner::Make => take_back(&state.plan),
                Manner::Fill => left::emptying(session, &state.plan).await?,
            };
            if !schema_exists(session, &copy.plan.schema).await? {
                before.push(ddl::create_schema(&copy.plan.schema));
            }
            before.extend(left::putting_back(&state.plan));
            before.extend(store.forget_run()?);
            before.extend(left::putting_aside(&copy.plan));
            (before, &state.cuts, &state.shape)
        }
    };
    let store = standing.store();
    let state = store.start(Beginning {
        shape,
        token,
        source: &source_name(options),
        options: &options.in_words(),
        manner,
        plan: &copy.plan,
        cuts,
    })?;
    begin(session, manner, &copy.plan, &before, &state).await?;
    store.commit(session, Step::Begin).await?;
    let waves = all_jobs(&copy.plan, cuts, manner)?;
    Ok(Ready { waves, ..Ready::default() })
}

/// Clears the way, makes the bare tables or sees that they are still empty, and records the run, in
/// one transaction, which is left open.
async fn begin(
    session: &Session,
    manner: Manner,
    plan: &Plan,
    before: &[Sql],
    state: &[Sql],
) -> Result<()> {
    let clear: Vec<Sql> = std::iter::once(begin_sql()).chain(before.iter().cloned()).collect();
    let cleared = session.pipeline(&clear).await;
    cleared.map_err(|refused| refused.error.context("clear the way"))?;
    match manner {
        Manner::Fill => refuse_rows(session, plan).await?,
        Manner::Make => {
            let mut tables = ddl::render(plan);
            tables.retain(|statement| statement.stage == Stage::Tables);
            let statements: Vec<Sql> = tables.iter().map(|table| table.sql.clone()).collect();
            session.pipeline(&statements).await.map_err(|refused| {
                match tables.get(refused.position) {
                    Some(table) => refused.error.context(format_args!("make {}", table.id)),
                    None => refused.error,
                }
            })?;
        }
    }
    let recorded = session.pipeline(state).await;
    recorded.map(drop).map_err(|refused| refused.error.context("record the run's start"))
}

/// The application may have written since the tables were looked at.
async fn refuse_rows(session: &Session, plan: &Plan) -> Result<()> {
    let is_empty = plan.tables.iter().filter(|table| table.filling.conflict.is_error());
    let parts: Vec<Sql> = is_empty
        .map(|table| {
            Sql::raw("select ")
                .literal(table.target.name.as_str())
                .push(" where exists (select from ")
                .qualified(&plan.schema, &table.target.name)
                .push(")")
        })
        .collect();
    let rows = session.union_all(&parts).await?;
    let Some(table) = rows.first().and_then(|row| row.first()?.as_deref()) else { return Ok(()) };
    Err(known::WRITTEN_TO.saying(format!(
        "table {table} was written to in the target while this run was getting ready"
    )))
}

/// Returns all ranges: in one wave where nothing stands on the tables yet, else parents first.
fn all_jobs(
    plan: &Plan,
    cuts: &BTreeMap<String, Vec<i64>>,
    manner: Manner,
) -> Result<Vec<Vec<RangeJob>>> {
    let waves = match manner {
        Manner::Make => vec![(0..plan.tables.len()).collect()],
        Manner::Fill => waves(plan).map_err(|_| {
            Error::new(ErrorKind::Bug, "foreign keys in a circle were not found in time")
        })?,
    };
    let ranges = |position: usize| {
        let table = plan.tables.get(position)?;
        Some(cut(position, table, cuts.get(&table.source).map_or(&[], Vec::as_slice)))
    };
    Ok(waves
        .into_iter()
        .map(|wave| wave.into_iter().filter_map(ranges).flatten().collect())
        .collect())
}

/// Returns whether nothing stands on these tables yet: one that others refer to cannot be emptied alone,
/// and rows arrive in bare tables.
fn are_bare(plan: &Plan, tables: &BTreeSet<usize>, steps: &BTreeSet<String>) -> bool {
    let names: Vec<&Ident> =
        tables.iter().filter_map(|it| Some(&plan.tables.get(*it)?.target.name)).collect();
    let statements = ddl::render(plan);
    steps.iter().all(|step| {
        let statement = statements.iter().find(|statement| statement.id == *step);
        // A trigger fires whatever it locks.
        statement.is_some_and(|statement| {
            statement.stage < Stage::Triggers
                && statement.locks.iter().all(|lock| !names.contains(&&lock.table))
        })
    })
}

/// Reads every range that has a receipt again and returns the tables in which one differs: they were
/// written to since, or are not what the receipt says.
async fn stale_tables(copy: &Arc<CopyContext>, state: &RunState) -> Result<BTreeSet<usize>> {
    let mut stale = BTreeSet::new();
    for job in all_jobs(&copy.plan, &state.cuts, state.manner)?.into_iter().flatten() {
        let Some(table) = copy.plan.tables.get(job.table) else { continue };
        let Some(receipt) = state.ranges.get(&(table.source.clone(), job.number)) else { continue };
        copy.cancel.check()?;
        if stale.contains(&job.table) {
            continue;
        }
        if digest_again(copy, &job, receipt.hashed).await? != receipt.digest {
            stale.insert(job.table);
        }
    }
    Ok(stale)
}

/// Empties the stale tables and returns what is left to copy.
async fn go_on(
    session: &Session,
    store: &Store,
    state: &RunState,
    copy: &Arc<CopyContext>,
    manner: Manner,
    stale: &BTreeSet<usize>,
) -> Result<Ready> {
    let mut receipts = state.ranges.clone();
    for position in stale {
        let Some(table) = copy.plan.tables.get(*position) else { continue };
        copy.events.notice(format!(
            "table {} was written to since the earlier run: it is copied again",
            table.source
        ));
        session.begin().await?;
        let name = Sql::new().qualified(&copy.plan.schema, &table.target.name);
        session.batch(&Sql::raw("truncate ").sql(&name)).await?;
        session.execute(&store.forget_table(&table.source)?).await?;
        store.commit(session, Step::EmptyTable).await?;
        receipts.retain(|(name, _), _| *name != table.source);
    }
    let mut waves = all_jobs(&copy.plan, &state.cuts, manner)?;
    for wave in &mut waves {
        wave.retain(|job| {
            let table = copy.plan.tables.get(job.table);
            table.is_some_and(|table| !receipts.contains_key(&(table.source.clone(), job.number)))
        });
    }
    Ok(Ready { waves, receipts, steps: state.steps.clone() })
}

async fn digest_again(
    copy: &Arc<CopyContext>,
    job: &RangeJob,
    hashed: Hashed,
) -> Result<RangeDigest> {
    let (copy, job) = (Arc::clone(copy), job.clone());
    on_a_thread("reading", move || {
        let table = copy.plan.tables.get(job.table).ok_or_else(|| {
            Error::new(ErrorKind::Bug, "a range of a table that is not in the plan")
        })?;
        let read = ReadJob { hashed, ..read_job(&copy, table, &job)? };
        let reader =
            copy.snapshot.take().ok_or_else(|| Error::new(ErrorKind::Bug, "no reader is free"))?;
        let summary = read_range(&reader, &read, &mut |_| ControlFlow::Continue(()))?;
        Ok(summary.digest)
    })
    .await
}
