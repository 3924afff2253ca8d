//! `sealift plan`, and `sealift migrate --dry-run`

use super::Context;
use crate::args::{LikeArgs, PlanArgs, SelectArgs, SourceArgs, TargetArgs};
use crate::error::{CommandError, CommandErrorKind, CommandResult, user_error};
use crate::exit::Exit;
use crate::settings::Extras;
use crate::table::{self, Notes};
use sealift_core::ddl;
use sealift_core::plan::{PLAN_VERSION, Plan};
use sealift_engine::estimate::{self, Prediction, Wanted};
use sealift_engine::like;
use serde::Serialize;
use std::path::Path;

/// What a plan is made from.
pub(crate) struct Basis<'a> {
    pub(crate) source: &'a SourceArgs,
    pub(crate) target: &'a TargetArgs,
    pub(crate) select: &'a SelectArgs,
    pub(crate) like: &'a LikeArgs,
    pub(crate) extras: Extras,
}

/// Makes the plan and shows it.
pub(crate) fn run(args: &PlanArgs, context: &Context) -> CommandResult {
    let basis = Basis {
        source: &args.source,
        target: &args.target,
        select: &args.select,
        like: &args.like,
        extras: context.environment.usual_extras(),
    };
    let (plan, prediction) = make(&basis, context)?;
    if let Some(file) = &args.output {
        write(&plan, file)?;
    }
    let printer = context.printer;
    if args.sql {
        printer.raw(sql(&plan).as_bytes())?;
        printer.note(findings(&plan, context));
    } else if printer.is_json() {
        printer.json(&Predicted { plan: &plan, estimate: &prediction })?;
    } else if let Some(file) = &args.output {
        printer.answer(format_args!(
            "{}{}\n{}",
            findings(&plan, context),
            table::plan_totals(&plan),
            predicted(&prediction, context)
        ))?;
        printer.hint(format_args!("sealift migrate --plan {} carries it out", file.display()));
    } else {
        show(&plan, Some(&prediction), context)?;
    }
    Ok(exit(&plan))
}

/// Shows the same as `plan` for the arguments of `migrate`.
pub(crate) fn dry_run(basis: &Basis<'_>, context: &Context) -> CommandResult {
    let (plan, prediction) = make(basis, context)?;
    if context.printer.is_json() {
        context.printer.json(&Predicted { plan: &plan, estimate: &prediction })?;
    } else {
        show(&plan, Some(&prediction), context)?;
    }
    Ok(exit(&plan))
}

/// Shows a plan that was read from a file.
pub(crate) fn show_given(plan: &Plan, context: &Context) -> CommandResult {
    if context.printer.is_json() {
        context.printer.json(plan)?;
    } else {
        show(plan, None, context)?;
    }
    Ok(exit(plan))
}

/// Reads a plan that a person reviewed.
pub(crate) fn read(file: &Path) -> CommandResult<Plan> {
    let name = file.display();
    let bytes = std::fs::read(file)
        .map_err(|error| user_error(format!("cannot read {name}")).caused_by(&error))?;
    let plan = parse(&bytes).map_err(|error| {
        user_error(format!("{name} is not a plan: {error}"))
            .hinted(format!("make it anew: sealift plan -o {name}"))
    })?;
    if plan.version == PLAN_VERSION {
        return Ok(plan);
    }
    Err(user_error(format!(
        "{name} is a plan of version {}, and this Sealift reads version {PLAN_VERSION}",
        plan.version
    ))
    .hinted(format!("make it anew: sealift plan -o {name}")))
}

/// Reads a plan as it was written with `-o`, or printed with `--json`, where an estimate stands beside it.
fn parse(bytes: &[u8]) -> serde_json::Result<Plan> {
    if let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_slice(bytes)
        && fields.remove("estimate").is_some()
    {
        return serde_json::from_value(serde_json::Value::Object(fields));
    }
    // From the bytes: an error has a line then.
    serde_json::from_slice(bytes)
}

fn make(basis: &Basis<'_>, context: &Context) -> CommandResult<(Plan, Prediction)> {
    let source = context.environment.source(basis.source)?;
    context.require_file(&source)?;
    let options = context.environment.plan_options(basis.select)?;
    let pattern = context.environment.like(basis.like)?;
    let wanted = Wanted {
        server: context.server_to_ask(basis.target)?,
        processors: context.environment.processors(),
        backup: basis.extras.backup,
        compares_rows: basis.extras.compares_rows,
    };
    context.watched(async |events, cancel| {
        let mut options = options.clone();
        if let Some((server, schema)) = &pattern {
            options.like = Some(like::read(&context.endpoint(server).await?, schema).await?);
        }
        Ok(estimate::plan(&source.value, &options, &wanted, &events, &cancel).await?)
    })
}

fn write(plan: &Plan, file: &Path) -> CommandResult<()> {
    let mut text = serde_json::to_vec_pretty(plan).map_err(|error| {
        CommandError::new(CommandErrorKind::Bug, "cannot write the plan as JSON").caused_by(&error)
    })?;
    text.push(b'\n');
    std::fs::write(file, text)
        .map_err(|error| user_error(format!("cannot write {}", file.display())).caused_by(&error))
}

fn show(plan: &Plan, prediction: Option<&Prediction>, context: &Context) -> CommandResult<()> {
    let mut others = plan.clone();
    others.findings.retain(|finding| plan.like.is_none() || !table::is_difference(finding));
    let predicted =
        prediction.map_or_else(String::new, |it| format!("\n{}", predicted(it, context)));
    context.printer.answer(format_args!(
        "{}{}{}{predicted}",
        table::plan(plan),
        findings(&others, context),
        table::plan_totals(plan)
    ))
}

/// Returns the lines of an estimate; says why a server that was to be asked was not.
fn predicted(prediction: &Prediction, context: &Context) -> String {
    if let Some(reason) = &prediction.not_probed {
        context.printer.note(format_args!("no server was asked how fast it is: {reason}"));
    }
    table::predicted(prediction)
}

/// A plan and, beside it, what carrying it out takes. The plan that is written to a file is the same
/// whenever it is made.
#[derive(Serialize)]
struct Predicted<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    estimate: &'a Prediction,
}

fn findings(plan: &Plan, context: &Context) -> String {
    let notes = if context.printer.verbosity() > 0 { Notes::Shown } else { Notes::Counted };
    let text = table::findings(&plan.findings, notes);
    if text.is_empty() { text } else { format!("{text}\n") }
}

fn exit(plan: &Plan) -> Exit {
    if plan.has_errors() { Exit::Differences } else { Exit::Done }
}

/// Returns the statements as a script for psql, which makes everything or nothing.
fn sql(plan: &Plan) -> String {
    let mut text = format!(
        "-- Made by Sealift {}: {} tables. Run with: psql -v ON_ERROR_STOP=1 -f FILE\n\
         begin;\n\n{};\n\n",
        plan.made_by,
        plan.tables.len(),
        ddl::create_schema(&plan.schema).as_str(),
    );
    for statement in ddl::render(plan) {
        text.push_str(statement.sql.as_str());
        text.push_str(";\n\n");
    }
    text.push_str("commit;\n");
    text
}
