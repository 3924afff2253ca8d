//! `sealift migrate`

use super::{Context, plan, verify};
use crate::args::{MigrateArgs, VerifyArgs};
use crate::error::{CommandResult, usage_error, user_error};
use crate::exit::Exit;
use crate::log;
use crate::report;
use crate::settings::{RunSettings, Setting};
use crate::table::{self, Notes, Tables};
use crate::units;
use sealift_engine::config::{Into, MigrateOptions, Parts};
use sealift_engine::report::{MigrateReport, Status};
use sealift_engine::{like, migrate};
use std::path::{Path, PathBuf};

/// Carries a migration out, or shows what it would do.
pub(crate) fn run(args: &MigrateArgs, context: &Context) -> CommandResult {
    let given = args.plan.as_deref().map(plan::read).transpose()?;
    if args.dry_run {
        return match &given {
            Some(given) => plan::show_given(given, context),
            None => plan::dry_run(&basis(args), context),
        };
    }
    if args.verify_only {
        return verify::run(&comparison(args), context);
    }
    let environment = &context.environment;
    let source = environment.source(&args.source)?;
    context.require_file(&source)?;
    let run = environment.run_settings(args)?;
    let plan_options = environment.migrate_plan_options(args, run.into)?;
    let pattern = environment.like(&args.like)?;
    if pattern.is_some() {
        refuse_like(&run)?;
    }
    let target = environment.target(args.target.to.as_ref(), "--to")?;
    allow_recreate(&run, args, context)?;
    context.open_log(&source, format!("{run:?} {plan_options:?} plan file: {:?}", args.plan));
    let backup = run.backup.then(|| backup_path(&source, context));
    let report = context.watched(async |events, cancel| {
        let mut plan_options = plan_options.clone();
        if let (Some((server, schema)), None) = (&pattern, &given) {
            plan_options.like = Some(like::read(&context.endpoint(server).await?, schema).await?);
        }
        let options = MigrateOptions {
            source: source.value.clone(),
            target: context.endpoint(&target).await?,
            plan_options,
            plan: given.clone(),
            into: run.into,
            parts: run.parts,
            verify: run.verify,
            strict: run.strict,
            keep_state: args.run.keep_state,
            backup: backup.clone(),
            recovery: run.recovery,
        };
        Ok(migrate::migrate(options, events, cancel).await?)
    })?;
    log::findings(&report.findings);
    report.verify.iter().for_each(log::comparison);
    present(&report, context)?;
    Ok(match report.status {
        Status::Ok => Exit::Done,
        Status::Differences | Status::Refused => Exit::Differences,
    })
}

fn basis(args: &MigrateArgs) -> plan::Basis<'_> {
    plan::Basis {
        source: &args.source,
        target: &args.target,
        select: &args.select,
        like: &args.like,
    }
}

/// `--like` decides what Sealift makes, and tables that stand already are not made.
fn refuse_like(run: &RunSettings) -> CommandResult<()> {
    let fills = match run.into {
        Into::Existing | Into::ExistingTruncate => true,
        Into::Create | Into::Recreate => run.parts == Parts::DataOnly,
    };
    if !fills {
        return Ok(());
    }
    Err(usage_error(
        "--like decides the types of tables that Sealift makes, and these stand already",
    )
    .hinted("leave --like: tables that exist keep their types"))
}

fn comparison(args: &MigrateArgs) -> VerifyArgs {
    VerifyArgs {
        source: args.source.clone(),
        target: args.target.clone(),
        level: args.run.verify,
        select: args.select.clone(),
        plan: args.plan.clone(),
    }
}

/// Asks before tables are dropped; without a terminal, `--yes` has to say it.
fn allow_recreate(run: &RunSettings, args: &MigrateArgs, context: &Context) -> CommandResult<()> {
    if run.into != Into::Recreate || args.existing.yes {
        return Ok(());
    }
    if !context.environment.is_terminal() {
        return Err(usage_error("--into recreate drops the tables it is about to make")
            .hinted("add --yes to say that this is meant"));
    }
    if context.printer.confirm("drop the target's tables of these names, and make them anew?") {
        Ok(())
    } else {
        Err(user_error("nothing was changed"))
    }
}

/// Returns `app.db.backup.20251104_120000`, in UTC, beside the source.
fn backup_path(source: &Setting<PathBuf>, context: &Context) -> PathBuf {
    let mut path = source.value.clone().into_os_string();
    path.push(format!(".backup.{}", units::stamp(context.since_epoch)));
    PathBuf::from(path)
}

fn present(report: &MigrateReport, context: &Context) -> CommandResult<()> {
    let printer = context.printer;
    let page = report::write(report);
    if let Some(used) = &report.plan.profile {
        printer.note(table::profile(used));
    }
    if printer.is_json() {
        printer.json(report)?;
    } else {
        let verbose = printer.verbosity() > 0;
        let notes = if verbose { Notes::Shown } else { Notes::Counted };
        let which = if verbose { Tables::All } else { Tables::Largest };
        let findings = table::findings(&report.findings, notes);
        let gap = if findings.is_empty() { "" } else { "\n" };
        printer.answer(format_args!("{findings}{gap}{}", table::migrated(report, which)))?;
    }
    match page {
        Ok(page) => printer.note(format_args!("report: {}", page.display())),
        // The rows are over; a folder that cannot be written to does not undo that.
        Err(error) => printer.warning(format_args!("no report page: {}", one_line(&error))),
    }
    if report.status == Status::Refused {
        printer.hint(format_args!("sealift plan {} shows the whole plan", shown(&report.source)));
    }
    Ok(())
}

fn one_line(error: &crate::error::CommandError) -> String {
    let mut parts = vec![error.message.clone()];
    parts.extend(error.causes.iter().cloned());
    parts.join(": ")
}

fn shown(source: &str) -> std::path::Display<'_> {
    Path::new(source).display()
}
