//! What stands in the target before a run writes, and what that means.
//!
//! | found | the run |
//! |---|---|
//! | nothing of the plan | makes it |
//! | tables of the plan, no state | refuses (`--into create`), fills (`existing`), replaces (`recreate`) |
//! | state of a run with this plan | goes on: ranges with receipts are read again and compared with their receipts, so that two states of the source are never mixed |
//! | state of a run with another plan | takes its half-made tables back and begins anew |

use super::preflight::preflight;
use crate::config::{Into, MigrateOptions, Parts};
use crate::copy::{CopyContext, RangeJob, Receipts, cut, read_job};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::Events;
use crate::planning::Prepared;
use crate::postgres::{ExistingRelation, RelationKind, Session, existing};
use crate::sqlite::read_range;
use crate::store::{RunState, Store};
use sealift_core::ddl::{self, Stage};
use sealift_core::name::Ident;
use sealift_core::plan::Plan;
use sealift_core::sql::Sql;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

/// How a run begins.
#[derive(Debug)]
pub(super) enum Standing {
    /// With nothing of its own in the target.
    Fresh {
        /// Where its state will be.
        store: Store,
        /// Statements that clear the way: half-made tables of another run, or what is replaced.
        clear: Vec<Sql>,
        /// Where the tables are cut.
        cuts: BTreeMap<String, Vec<i64>>,
        /// The run's identity.
        shape: String,
        /// Whether the target schema is not there yet.
        new_schema: bool,
    },
    /// Where an earlier one stopped.
    Resumed {
        /// Where its state is.
        store: Store,
        /// What is done.
        state: RunState,
    },
}

impl Standing {
    pub(super) fn store(&self) -> &Store {
        match self {
            Self::Fresh { store, .. } | Self::Resumed { store, .. } => store,
        }
    }

    pub(super) fn is_resumed(&self) -> bool {
        matches!(self, Self::Resumed { .. })
    }
}

/// Looks at the target and decides how the run begins. Writes nothing.
///
/// # Errors
/// When the target holds what would be made, or the server refuses.
pub(super) async fn look(
    session: &Session,
    options: &MigrateOptions,
    prepared: &mut Prepared,
    events: &Events,
) -> Result<Standing> {
    if session.encoding() != "UTF8" {
        return Err(Error::new(
            ErrorKind::Target,
            format!(
                "the database's encoding is {}, which cannot hold every text",
                session.encoding()
            ),
        )
        .hinted("create the database anew: create database … encoding 'UTF8' template template0"));
    }
    let schema = prepared.plan.schema.clone();
    let mut clear = Vec::new();
    let earlier = Store::find(session, &schema).await?;
    if let Some((_, state)) = &earlier {
        clear = take_back(&state.plan);
    }
    let wanted = wanted(&prepared.plan);
    let there = existing(session, &schema, &wanted).await?;
    if earlier.is_none() {
        match options.into {
            Into::Create => refuse_existing(&schema, &there)?,
            Into::Recreate => clear = replace(&schema, &there),
            Into::Existing | Into::ExistingTruncate => {}
        }
    }
    let new_schema = !schema_exists(session, &schema).await?;
    let mut before = clear.clone();
    if new_schema {
        before.push(ddl::create_schema(&schema));
    }
    preflight(session, &before, &mut prepared.plan).await?;
    let shape = shape(&prepared.plan, options)?;
    if let Some((store, state)) = earlier {
        if state.shape == shape {
            events.notice(format!(
                "going on with an earlier run: {} ranges and {} steps are done",
                state.ranges.len(),
                state.steps.len()
            ));
            return Ok(Standing::Resumed { store, state });
        }
        events.notice("an earlier run was made with another plan or other options: its half-made tables are replaced");
        clear.extend(store.forget_run()?);
    }
    let cuts = prepared
        .census
        .iter()
        .filter(|table| !table.splits.is_empty())
        .map(|table| (table.table.clone(), table.splits.clone()))
        .collect();
    let store = Store::place(session, &schema).await?;
    Ok(Standing::Fresh { store, clear, cuts, shape, new_schema })
}

/// Returns the names that the plan's tables and views take.
fn wanted(plan: &Plan) -> Vec<Ident> {
    let tables = plan.tables.iter().map(|table| table.target.name.clone());
    tables.chain(plan.views.iter().map(|view| view.target.name.clone())).collect()
}

fn refuse_existing(schema: &Ident, there: &[ExistingRelation]) -> Result<()> {
    let Some(first) = there.first() else { return Ok(()) };
    let more = match there.len() {
        1 => String::new(),
        count => format!(" and {} others of this migration", count - 1),
    };
    let rows = if first.has_rows == Some(true) { ", and holds rows" } else { "" };
    Err(Error::new(
        ErrorKind::Target,
        format!("{}.{}{more} exists already{rows}", schema, first.name),
    )
    .hinted("--into recreate replaces what this migration makes; --into existing fills tables the application made; --schema NAME goes elsewhere"))
}

/// Returns the statements that drop what is about to be made, and nothing else: without `cascade`
/// PostgreSQL refuses when something foreign stands on it.
fn replace(schema: &Ident, there: &[ExistingRelation]) -> Vec<Sql> {
    let (views, tables): (Vec<&ExistingRelation>, Vec<&ExistingRelation>) =
        there.iter().partition(|relation| relation.kind == RelationKind::View);
    let names = |relations: &[&ExistingRelation]| -> Vec<Ident> {
        relations.iter().filter_map(|relation| Ident::new(relation.name.clone()).ok()).collect()
    };
    drops(schema, &names(&views), &names(&tables))
}

/// Returns the statements that drop everything a plan makes, as far as it is there.
fn take_back(plan: &Plan) -> Vec<Sql> {
    let views: Vec<Ident> = plan.views.iter().map(|view| view.target.name.clone()).collect();
    let tables: Vec<Ident> = plan.tables.iter().map(|table| table.target.name.clone()).collect();
    drops(&plan.schema, &views, &tables)
}

fn drops(schema: &Ident, views: &[Ident], tables: &[Ident]) -> Vec<Sql> {
    let mut statements = Vec::new();
    if !views.is_empty() {
        statements.push(ddl::drop_views(schema, views));
    }
    if !tables.is_empty() {
        statements.push(ddl::drop_tables(schema, tables));
    }
    statements
}

async fn schema_exists(session: &Session, schema: &Ident) -> Result<bool> {
    let sql = Sql::raw("select from pg_namespace where nspname = ").literal(schema.as_str());
    Ok(!session.query_text(&sql).await?.is_empty())
}

/// Returns a hash of everything that decides what the target will look like: the plan without its
/// counts, reasons and findings, and the options that change the result.
fn shape(plan: &Plan, options: &MigrateOptions) -> Result<String> {
    let mut bare = plan.clone();
    bare.findings.clear();
    bare.made_by.clear();
    for table in &mut bare.tables {
        table.rows = 0;
        table.bytes = 0;
        for column in &mut table.columns {
            column.because.clear();
        }
        for column in &mut table.target.columns {
            if let Some(identity) = &mut column.identity {
                identity.next = 0;
            }
        }
    }
    let text = serde_json::to_string(&bare).map_err(|error| {
        Error::new(ErrorKind::Bug, "the plan cannot be written as JSON").caused_by(error)
    })?;
    let mut hash = Sha256::new();
    hash.update(text.as_bytes());
    hash.update(format!("{:?} {:?}", options.into, options.parts).as_bytes());
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is left to do once the tables stand.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// Ranges to copy.
    pub(super) jobs: Vec<RangeJob>,
    /// Receipts of ranges that need not be copied.
    pub(super) receipts: Receipts,
    /// Statements that need not be carried out.
    pub(super) steps: BTreeSet<String>,
}

/// Makes the tables and the state, or checks what an earlier run left.
///
/// # Errors
/// When the server refuses, or the source cannot be read.
pub(super) async fn ready(
    session: &Session,
    options: &MigrateOptions,
    standing: &Standing,
    copy: &Arc<CopyContext>,
) -> Result<Ready> {
    match standing {
        Standing::Fresh { store, clear, cuts, shape, new_schema } => {
            let mut before = clear.clone();
            if *new_schema {
                before.push(ddl::create_schema(&copy.plan.schema));
            }
            let state = store.start(shape, &copy.plan, cuts)?;
            create(session, options, &copy.plan, &before, &state).await?;
            Ok(Ready { jobs: all_jobs(&copy.plan, cuts), ..Ready::default() })
        }
        Standing::Resumed { store, state } => {
            let stale = stale_tables(copy, state).await?;
            if stale.is_empty() || state.steps.is_empty() {
                return go_on(session, store, state, copy, &stale).await;
            }
            copy.events.notice(
                "the source was written to after keys and indexes had been begun: starting over",
            );
            let mut before = take_back(&state.plan);
            before.extend(store.forget_run()?);
            let cuts = state.cuts.clone();
            let state = store.start(&state.shape, &copy.plan, &cuts)?;
            create(session, options, &copy.plan, &before, &state).await?;
            Ok(Ready { jobs: all_jobs(&copy.plan, &cuts), ..Ready::default() })
        }
    }
}

/// Makes the bare tables and records the run, in one transaction.
async fn create(
    session: &Session,
    options: &MigrateOptions,
    plan: &Plan,
    before: &[Sql],
    state: &[Sql],
) -> Result<()> {
    session.begin().await?;
    for sql in before {
        session.batch(sql).await?;
    }
    if options.parts != Parts::DataOnly {
        for statement in ddl::render(plan) {
            if statement.stage == Stage::Tables {
                session
                    .batch(&statement.sql)
                    .await
                    .map_err(|error| error.context(format_args!("make {}", statement.id)))?;
            }
        }
    }
    for sql in state {
        session.batch(sql).await.map_err(|error| error.context("record the run's start"))?;
    }
    session.commit().await
}

fn all_jobs(plan: &Plan, cuts: &BTreeMap<String, Vec<i64>>) -> Vec<RangeJob> {
    let tables = plan.tables.iter().enumerate();
    tables
        .flat_map(|(position, table)| {
            cut(position, table, cuts.get(&table.source).map_or(&[], Vec::as_slice))
        })
        .collect()
}

/// Reads every range that has a receipt again and returns the tables in which one differs: they were
/// written to since, or are not what the receipt says.
async fn stale_tables(copy: &Arc<CopyContext>, state: &RunState) -> Result<BTreeSet<usize>> {
    let mut stale = BTreeSet::new();
    for job in all_jobs(&copy.plan, &state.cuts) {
        let Some(table) = copy.plan.tables.get(job.table) else { continue };
        let Some(receipt) = state.ranges.get(&(table.source.clone(), job.number)) else { continue };
        if stale.contains(&job.table) {
            continue;
        }
        if digest_again(copy, &job).await? != receipt.digest {
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
        session.commit().await?;
        receipts.retain(|(name, _), _| *name != table.source);
    }
    let mut jobs = all_jobs(&copy.plan, &state.cuts);
    jobs.retain(|job| {
        let table = copy.plan.tables.get(job.table);
        table.is_some_and(|table| !receipts.contains_key(&(table.source.clone(), job.number)))
    });
    Ok(Ready { jobs, receipts, steps: state.steps.clone() })
}

async fn digest_again(
    copy: &Arc<CopyContext>,
    job: &RangeJob,
) -> Result<sealift_core::verify::RangeDigest> {
    let (copy, job) = (Arc::clone(copy), job.clone());
    tokio::task::spawn_blocking(move || {
        let table = copy.plan.tables.get(job.table).ok_or_else(|| {
            Error::new(ErrorKind::Bug, "a range of a table that is not in the plan")
        })?;
        let read = read_job(&copy, table, &job)?;
        let reader =
            copy.snapshot.take().ok_or_else(|| Error::new(ErrorKind::Bug, "no reader is free"))?;
        let summary = read_range(&reader, &read, &mut |_| ControlFlow::Continue(()))?;
        Ok(summary.digest)
    })
    .await
    .map_err(|error| Error::new(ErrorKind::Bug, "a reader thread panicked").caused_by(error))?
}

/// Returns whether the same command can go on after a failure: the connection, the server, the disk
/// or the user stopped it, not the data or the plan.
pub(super) fn can_resume(error: &Error) -> bool {
    // 40: serialization failures and deadlocks; 55: locks held by others; 53, 57, 58: the server's
    // resources, its operator, its system (manual, appendix A).
    let passing = ["40", "53", "55", "57", "58"];
    let by_state =
        error.sqlstate().is_some_and(|state| passing.iter().any(|class| state.starts_with(class)));
    by_state
        || match error.kind() {
            ErrorKind::Unreachable | ErrorKind::Stopped | ErrorKind::Io | ErrorKind::Source => true,
            ErrorKind::Usage
            | ErrorKind::Permission
            | ErrorKind::Target
            | ErrorKind::Data
            | ErrorKind::Statement
            | ErrorKind::Difference
            | ErrorKind::Local
            | ErrorKind::Bug => false,
        }
}

/// Takes back what the run made: its views and tables, its state, and the schema if it was new.
///
/// # Errors
/// When the server refuses or does not answer.
pub(super) async fn undo(
    copy: &CopyContext,
    options: &MigrateOptions,
    standing: &Standing,
) -> Result<()> {
    let session = options.target.connect("sealift undo").await?;
    session.begin().await?;
    if matches!(options.into, Into::Create | Into::Recreate) {
        for sql in take_back(&copy.plan) {
            session.batch(&sql).await?;
        }
    } else {
        let tables = copy.plan.tables.iter();
        let names = tables.map(|table| Sql::new().qualified(&copy.plan.schema, &table.target.name));
        session.batch(&Sql::raw("truncate ").join(names, ", ")).await?;
    }
    session.commit().await?;
    if Store::find(&session, &copy.plan.schema).await?.is_some() {
        copy.store.remove(&session).await?;
    }
    if let Standing::Fresh { new_schema: true, .. } = standing {
        session.batch(&Sql::raw("drop schema if exists ").ident(&copy.plan.schema)).await?;
    }
    Ok(())
}
