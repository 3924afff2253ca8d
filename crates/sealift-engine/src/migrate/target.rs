//! What stands in the target before a run writes, and what that means.
//!
//! | found | a run that makes the tables | a run that fills the application's |
//! |---|---|---|
//! | nothing of the plan | makes it | refuses |
//! | tables of the plan, no state | refuses (`--into create`), replaces (`recreate`) | fits the plan to them; they must be empty, or `--truncate` |
//! | state of a run with this plan | goes on | goes on |
//! | state of a run with another plan | drops its half-made tables and begins anew | empties its half-filled tables and begins anew |
//!
//! To go on, ranges with receipts are read again and compared with their receipts, so that two
//! states of the source are never mixed.

use super::earlier::{self, Before, Earlier};
use super::preflight::preflight;
use super::trial::trial;
use super::{existing, known, left};
use crate::config::{Into, Manner, MigrateOptions, StatePlace};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::Events;
use crate::planning::Prepared;
use crate::postgres::{
    ExistingRelation, NOT_UTF8, RelationKind, Session, existing as relations, require_create,
};
use crate::store::{RunState, Store};
use sealift_core::ddl;
use sealift_core::name::Ident;
use sealift_core::plan::{Plan, refers_to_itself};
use sealift_core::sql::Sql;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

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
        state: Box<RunState>,
        /// Whether this very process did it, from the same snapshot: its receipts are true.
        ours: bool,
    },
}

/// Who looks.
pub(super) struct Looking<'a> {
    pub(super) options: &'a MigrateOptions,
    /// Tells this process from all others.
    pub(super) token: &'a str,
    pub(super) events: &'a Events,
}

impl Standing {
    pub(super) fn store(&self) -> &Store {
        match self {
            Self::Fresh { store, .. } | Self::Resumed { store, .. } => store,
        }
    }

    /// Returns the run's identity.
    pub(super) fn shape(&self) -> &str {
        match self {
            Self::Fresh { shape, .. } => shape,
            Self::Resumed { state, .. } => &state.shape,
        }
    }

    pub(super) fn is_resumed(&self) -> bool {
        matches!(self, Self::Resumed { .. })
    }

    pub(super) fn is_of_another_process(&self) -> bool {
        matches!(self, Self::Resumed { ours: false, .. })
    }
}

/// Looks at the target, decides how the run begins, and adds to the plan what it finds there.
/// Writes nothing.
///
/// # Errors
/// When the target holds what would be made or lacks what is to be filled, or the server refuses.
pub(super) async fn look(
    session: &Session,
    looking: &Looking<'_>,
    prepared: Prepared,
) -> Result<(Prepared, Standing)> {
    if session.encoding() != "UTF8" {
        return Err(NOT_UTF8.saying(format!(
            "{} {}, which cannot hold every text",
            NOT_UTF8.says,
            session.encoding()
        )));
    }
    let schema = &prepared.plan.schema;
    let found = Found {
        is_new: !schema_exists(session, schema).await?,
        earlier: earlier::find(session, looking, schema).await?,
    };
    match looking.options.manner() {
        Manner::Make => {
            require_create(session, schema).await?;
            to_make(session, looking, prepared, found).await
        }
        Manner::Fill => to_fill(session, looking, prepared, found).await,
    }
}

/// What the target was found to hold.
struct Found {
    /// What an earlier run left that did not end.
    earlier: Earlier,
    /// Whether the schema is not there yet.
    is_new: bool,
}

async fn to_make(
    session: &Session,
    looking: &Looking<'_>,
    mut prepared: Prepared,
    found: Found,
) -> Result<(Prepared, Standing)> {
    let schema = prepared.plan.schema.clone();
    let there = relations(session, &schema, &wanted(&prepared.plan)).await?;
    let half_made = found.earlier.state().filter(|state| state.manner == Manner::Make);
    let mut clear = match (half_made, looking.options.into) {
        (Some(state), _) => take_back(&state.plan),
        (None, Into::Recreate) => replace(session, &schema, &there).await?,
        (None, Into::Create | Into::Existing | Into::ExistingTruncate) => {
            refuse_existing(&schema, &there)?;
            Vec::new()
        }
    };
    let mut before = clear.clone();
    if found.is_new {
        before.push(ddl::create_schema(&schema));
    }
    preflight(session, &before, &mut prepared.plan).await?;
    trial(session, &before, &mut prepared).await?;
    let shape = shape(&prepared.plan, looking.options)?;
    match found.earlier.for_run(session, looking, &shape, &prepared.plan).await? {
        Before::GoOn(standing) => return Ok((prepared, standing)),
        Before::Nothing => {}
        Before::Forget(forget) => clear.extend(forget),
    }
    let cuts = cuts(&prepared);
    let store = store_of(session, looking.options, &schema).await?;
    Ok((prepared, Standing::Fresh { store, clear, cuts, shape, new_schema: found.is_new }))
}

async fn to_fill(
    session: &Session,
    looking: &Looking<'_>,
    prepared: Prepared,
    found: Found,
) -> Result<(Prepared, Standing)> {
    let schema = prepared.plan.schema.clone();
    if found.is_new {
        return Err(Error::new(ErrorKind::Target, format!("the target has no schema {schema}"))
            .hinted("start the application once with this server, or run its own migrations, so that it makes its tables; --schema NAME looks elsewhere"));
    }
    let ours: Vec<Ident> = match found.earlier.state() {
        None => Vec::new(),
        Some(state) if state.manner == Manner::Fill => {
            state.plan.tables.iter().map(|table| table.target.name.clone()).collect()
        }
        Some(_) => {
            return Err(known::OTHER_MANNER.saying(
                "an earlier run that makes the tables itself did not end: what stands in the target is its own, and half made",
            ));
        }
    };
    let (half_filled, aside) = match found.earlier.state() {
        Some(state) => {
            let mut half_filled = left::emptying(session, &state.plan).await?;
            half_filled.extend(left::putting_back(&state.plan));
            (half_filled, state.plan.aside.clone())
        }
        None => (Vec::new(), Vec::new()),
    };
    let earlier = existing::EarlierRun { tables: &ours, aside: &aside };
    let prepared = Box::pin(existing::fit(session, looking.options, prepared, earlier)).await?;
    let shape = shape(&prepared.plan, looking.options)?;
    let mut clear = Vec::new();
    match found.earlier.for_run(session, looking, &shape, &prepared.plan).await? {
        Before::GoOn(standing) => return Ok((prepared, standing)),
        Before::Nothing => {}
        Before::Forget(forget) => {
            clear.extend(half_filled);
            clear.extend(forget);
        }
    }
    clear.extend(left::putting_aside(&prepared.plan));
    if looking.options.into == Into::ExistingTruncate {
        clear.extend(left::emptying(session, &prepared.plan).await?);
    }
    let mut cuts = cuts(&prepared);
    // A foreign key is checked when its statement ends: rows that refer to rows of the same table
    // must arrive in one COPY.
    for table in prepared.plan.tables.iter().filter(|table| refers_to_itself(table)) {
        cuts.remove(&table.source);
    }
    let store = store_of(session, looking.options, &schema).await?;
    Ok((prepared, Standing::Fresh { store, clear, cuts, shape, new_schema: false }))
}

async fn store_of(session: &Session, options: &MigrateOptions, schema: &Ident) -> Result<Store> {
    match options.state {
        StatePlace::OfItsOwn => Store::place(session, schema).await,
        StatePlace::BesideTables => Ok(Store::beside(schema)),
    }
}

fn cuts(prepared: &Prepared) -> BTreeMap<String, Vec<i64>> {
    prepared
        .census
        .iter()
        .filter(|table| !table.splits.is_empty())
        .map(|table| (table.table.clone(), table.splits.clone()))
        .collect()
}

/// Returns the names that the plan's tables and views take.
pub(super) fn wanted(plan: &Plan) -> Vec<Ident> {
    let tables = plan.tables.iter().map(|table| table.target.name.clone());
    tables.chain(plan.views.iter().map(|view| view.target.name.clone())).collect()
}

pub(super) fn refuse_existing(schema: &Ident, there: &[ExistingRelation]) -> Result<()> {
    let Some(first) = there.first() else { return Ok(()) };
    let name = format!("{schema}.{}", first.name);
    let rows = if there.iter().any(|relation| relation.has_rows == Some(true)) {
        ", with rows in them"
    } else {
        ""
    };
    let message = match there.len() - 1 {
        0 if rows.is_empty() => format!("{name} exists already"),
        0 => format!("{name} exists already, and holds rows"),
        1 => format!("{name} and another one of this migration exist already{rows}"),
        others => format!("{name} and {others} others of this migration exist already{rows}"),
    };
    let known = &known::ALREADY_THERE;
    // Of several it says `exist already`, so that the row's own words are not always in it.
    Err(Error::new(known.kind, message).hinted(known.hint).recognised(known.says))
}

/// Returns the statements that drop what is about to be made, and nothing else: without `cascade`
/// PostgreSQL refuses when something foreign stands on it.
pub(super) async fn replace(
    session: &Session,
    schema: &Ident,
    there: &[ExistingRelation],
) -> Result<Vec<Sql>> {
    let functions = functions_of(session, schema, there).await?;
    let (views, tables): (Vec<&ExistingRelation>, Vec<&ExistingRelation>) =
        there.iter().partition(|relation| relation.kind == RelationKind::View);
    let names = |relations: &[&ExistingRelation]| -> Vec<Ident> {
        relations.iter().filter_map(|relation| Ident::new(relation.name.clone()).ok()).collect()
    };
    Ok(drops(schema, &names(&views), &names(&tables), &functions))
}

/// Returns the trigger functions that an earlier migration has made and that no trigger uses but
/// those of what is replaced: they would stand in the way of their successors.
async fn functions_of(
    session: &Session,
    schema: &Ident,
    there: &[ExistingRelation],
) -> Result<Vec<Ident>> {
    let relations = there.iter().map(|relation| Sql::new().literal(&relation.name));
    let replaced = Sql::raw("array[").join(relations, ", ").push("]::name[]");
    let sql = Sql::raw(
        "select p.proname from pg_proc p where p.pronargs = 0 and p.prorettype = 'trigger'::regtype \
         and p.pronamespace = (select oid from pg_namespace where nspname = ",
    )
    .literal(schema.as_str())
    .push(") and strpos(p.prosrc, ")
    .literal(ddl::FUNCTION_MARK)
    .push(") in (1, 2) and not exists (select from pg_trigger t join pg_class c on c.oid = t.tgrelid \
           where t.tgfoid = p.oid and (c.relnamespace <> p.pronamespace or c.relname <> all (")
    .sql(&replaced)
    .push("))) order by 1");
    let rows = session.query_text(&sql).await?;
    let names = rows.into_iter().flatten().flatten();
    Ok(names.filter_map(|name| Ident::new(name).ok()).collect())
}

/// Returns the statements that drop everything a plan makes, as far as it is there.
pub(super) fn take_back(plan: &Plan) -> Vec<Sql> {
    let views: Vec<Ident> = plan.views.iter().map(|view| view.target.name.clone()).collect();
    let tables: Vec<Ident> = plan.tables.iter().map(|table| table.target.name.clone()).collect();
    let functions: Vec<Ident> =
        plan.triggers.iter().map(|trigger| trigger.target.function.clone()).collect();
    drops(&plan.schema, &views, &tables, &functions)
}

fn drops(schema: &Ident, views: &[Ident], tables: &[Ident], functions: &[Ident]) -> Vec<Sql> {
    let mut statements = Vec::new();
    if !views.is_empty() {
        statements.push(ddl::drop_views(schema, views));
    }
    if !tables.is_empty() {
        statements.push(ddl::drop_tables(schema, tables));
    }
    // The triggers went with what they were on.
    if !functions.is_empty() {
        statements.push(ddl::drop_functions(schema, functions));
    }
    statements
}

pub(super) async fn schema_exists(session: &Session, schema: &Ident) -> Result<bool> {
    let sql = Sql::raw("select from pg_namespace where nspname = ").literal(schema.as_str());
    Ok(!session.query_text(&sql).await?.is_empty())
}

/// Returns the source file as the state names it.
pub(super) fn source_name(options: &MigrateOptions) -> String {
    let path = std::fs::canonicalize(&options.source);
    path.as_deref().unwrap_or(&options.source).display().to_string()
}

/// Returns a hash of everything that decides what the target will look like: the plan without its
/// counts, reasons and findings, and the options that change the result.
fn shape(plan: &Plan, options: &MigrateOptions) -> Result<String> {
    let mut bare = plan.clone();
    bare.findings.clear();
    bare.made_by.clear();
    bare.profile = None;
    bare.like = None;
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
