//! A SQLite file as the wanted side: the developer changes the file, and the server's schema is to follow.
//!
//! The file becomes a plan as for `migrate`, and the plan's statements are carried out in the scratch schema. Two things
//! keep differences away that nobody has made:
//!
//! - `types`: SQLite has five types of values and the server many. Where a column of the database holds
//!   what the file's column declares and holds, its type stays.
//! - `keep/`: what SQLite cannot say (comments, enumerated types, functions, GIN indexes, …) is no part of the
//!   comparison and stays as the database has it.

mod keep;
mod renamed;
mod types;
mod unfit;

use super::scratch::Scratch;
use super::{Request, Wanted};
use crate::config::PlanOptions;
use crate::error::{Error, Result};
use crate::like;
use crate::ops::{Cancel, Events, on_a_thread};
use crate::planning::{self, Basis, Prepared};
use crate::postgres::{Session, introspect};
use sealift_core::ddl::{self, Stage, Statement};
use sealift_core::plan::{self, Plan, Severity};
use sealift_core::revision::model::{Model, Rename};
use sealift_core::sql::Sql;
use std::path::PathBuf;
use unfit::Unfit;

/// A SQLite file, and how it becomes a schema.
#[derive(Debug, Clone)]
pub struct SqliteFile {
    /// The file.
    pub path: PathBuf,
    /// As for the migration: names, types, what is left out. The schema is that of the request, and so is the pattern.
    pub options: PlanOptions,
    /// Whether types, the way in which rows are numbered and names of constraints are compared too.
    pub strictness: Strictness,
}

/// What of a file is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// What of the database says the same in other words stays.
    SameMeaning,
    /// Everything that a migration into an empty schema would make differently.
    Everything,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct Planned {
    plan: Plan,
    unfit: Unfit,
}

/// Reads the file and decides what becomes of it.
///
/// # Errors
/// When the file cannot be read, or a server does not answer.
pub(super) async fn prepare(
    file: &SqliteFile,
    request: &Request,
    session: &Session,
    events: &Events,
    cancel: &Cancel,
) -> Result<Planned> {
    let mut options =
        PlanOptions { schema: request.schema.as_str().to_owned(), ..file.options.clone() };
    let follows = file.strictness == Strictness::SameMeaning && options.like.is_none();
    if !follows {
        let plan = planned(file, options, events, cancel).await?.plan;
        return Ok(Planned { plan, unfit: Unfit::default() });
    }
    let catalog = introspect(session, &request.schema).await?;
    let mut like = like::of(&catalog, &request.target, request.schema.as_str());
    renamed::like(&mut like, &request.renames);
    options.like = (!like.tables.is_empty()).then(|| like.clone());
    let prepared = planned(file, options.clone(), events, cancel).await?;
    let unfit = Unfit::of(&prepared, &like);
    if unfit.is_empty() {
        return Ok(Planned { plan: prepared.plan, unfit });
    }
    drop(prepared);
    options.like = Some(unfit.taken_from(like));
    Ok(Planned { plan: planned(file, options, events, cancel).await?.plan, unfit })
}

async fn planned(
    file: &SqliteFile,
    options: PlanOptions,
    events: &Events,
    cancel: &Cancel,
) -> Result<Prepared> {
    let (path, events, cancel) = (file.path.clone(), events.clone(), cancel.clone());
    on_a_thread("planning", move || {
        planning::prepare(&path, &options, Basis::Decide, &events, &cancel)
    })
    .await
}

/// Makes the plan in the scratch schema and describes it.
///
/// # Errors
/// When the server refuses a table, or goes away.
pub(super) async fn make(
    file: &SqliteFile,
    planned: &Planned,
    scratch: &Scratch,
    base: &Model,
    renames: &[Rename],
) -> Result<Wanted> {
    let base = &renamed::model(base, renames);
    let session = scratch.session();
    let path = Sql::raw("set local search_path = ").ident(scratch.schema()).push(", ");
    let path = path.ident(scratch.target()).push(", pg_temp");
    session.batch(&path).await?;
    let moved = plan::moved(&planned.plan, scratch.schema());
    let (tables, others): (Vec<Statement>, Vec<Statement>) =
        ddl::render(&moved).into_iter().partition(|statement| statement.stage == Stage::Tables);
    for table in &tables {
        session.batch(&table.sql).await.map_err(|error| error.context(&table.id))?;
    }
    let mut wanted = Wanted { model: Model::default(), notes: errors(&planned.plan) };
    if file.strictness == Strictness::SameMeaning {
        types::keep(scratch, planned, &file.options, base, &mut wanted.notes).await?;
        session.batch(&path).await?;
    }
    let mut refused = Vec::new();
    for statement in others {
        if let Some(error) = attempt(session, &moved, &statement).await? {
            wanted.notes.push(format!(
                "{} is left as the database has it, since the server refuses it: {error}",
                statement.id
            ));
            refused.push(statement);
        }
    }
    wanted.model = scratch.model().await?;
    let left = keep::Left::of(&planned.plan, &refused, file);
    let special = keep::keep(base, &mut wanted.model, &left, file.strictness);
    wanted.notes.extend(special);
    Ok(wanted)
}

/// Carries a statement out behind a savepoint; returns why the server refuses it.
async fn attempt(session: &Session, plan: &Plan, statement: &Statement) -> Result<Option<Error>> {
    let trigger = plan
        .triggers
        .iter()
        .find(|trigger| {
            statement.stage == Stage::Triggers && ddl::trigger_id(&trigger.target) == statement.id
        })
        .map(|trigger| ddl::try_trigger(&plan.schema, &trigger.target));
    session.batch(&Sql::raw("savepoint sealift")).await?;
    let whole = match trigger {
        // PL/pgSQL looks at the statements of a program only when it comes to them.
        Some(tried) => statement.sql.clone().push(";\n").sql(&tried),
        None => statement.sql.clone(),
    };
    match session.batch(&whole).await {
        Ok(()) => {
            session.batch(&Sql::raw("release savepoint sealift")).await?;
            Ok(None)
        }
        Err(error) if error.is_refusal() => {
            session.batch(&Sql::raw("rollback to savepoint sealift")).await?;
            Ok(Some(error))
        }
        Err(error) => Err(error),
    }
}

/// What would stop a migration is worth knowing here as well: rows that do not fit, mostly.
fn errors(plan: &Plan) -> Vec<String> {
    let errors = plan.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| format!("{}: {}", finding.object, finding.message)).collect()
}
