//! `sealift migrate`

mod page;

use super::{Context, plan, quarantine, verify};
use crate::args::{MigrateArgs, MigrationArgs, VerifyArgs};
use crate::error::{CommandResult, usage_error, user_error};
use crate::exit::Exit;
use crate::log;
use crate::report;
use crate::settings::{PageSettings, RunSettings, Setting, Target};
use crate::table::{self, Notes, Tables};
use crate::units;
use page::Page;
use sealift_core::plan::Plan;
use sealift_engine::config::{Into, MigrateOptions, Parts, PlanOptions, StatePlace};
use sealift_engine::report::{MigrateReport, Status};
use sealift_engine::{like, migrate};
use std::path::{Path, PathBuf};

/// Carries a migration out, or shows what it would do.
pub(crate) fn run(args: &MigrateArgs, context: &Context) -> CommandResult {
    let MigrateArgs { dry_run, verify_only, serve, migration: args } = args;
    let given = args.plan.as_deref().map(plan::read).transpose()?;
    if *dry_run {
        return match &given {
            Some(given) => plan::show_given(given, context),
            None => plan::dry_run(&basis(args, context), context),
        };
    }
    if *verify_only {
        return verify::run(&comparison(args), context);
    }
    let wanted = Wanted::of(args, given, context)?;
    let page = serve.map(|address| context.environment.page(address)).transpose()?;
    allow_recreate(&wanted.run, args, context)?;
    wanted.open_log(args, context);
    match page {
        Some(settings) => shown_on_a_page(&wanted, args, &settings, context),
        None => {
            let report = context.watched(async |events, cancel| {
                let options = wanted.options(args, context).await?;
                Ok(migrate::migrate(options, events, cancel).await?)
            })?;
            conclude(&report, context)
        }
    }
}

fn shown_on_a_page(
    wanted: &Wanted,
    args: &MigrationArgs,
    settings: &PageSettings,
    context: &Context,
) -> CommandResult {
    let mut page = None;
    let result = context.watched(async |events, cancel| {
        let options = wanted.options(args, context).await?;
        let opened = Page::open(settings, &options, &cancel, context).await?;
        let events = page.insert(opened).events(events);
        Ok(migrate::migrate(options, events, cancel).await?)
    });
    match page {
        Some(page) => page.conclude(result, context),
        // It failed before there was anything to show.
        None => conclude(&result?, context),
    }
}

/// Shows what a migration came back with.
fn conclude(report: &MigrateReport, context: &Context) -> CommandResult {
    log::findings(&report.findings);
    report.verify.iter().for_each(log::comparison);
    present(report, context)?;
    Ok(match report.status {
        Status::Ok => Exit::Done,
        Status::Differences | Status::Refused => Exit::Differences,
    })
}

fn basis<'a>(args: &'a MigrationArgs, context: &Context) -> plan::Basis<'a> {
    plan::Basis {
        source: &args.source,
        target: &args.target,
        select: &args.select,
        like: &args.like,
        extras: context.environment.extras(&args.run),
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

/// What was asked for, as far as it can be known without a server.
pub(super) struct Wanted {
    source: Setting<PathBuf>,
    target: Setting<Target>,
    run: RunSettings,
    plan_options: PlanOptions,
    /// The server and the schema of `--like`.
    pattern: Option<(Setting<Target>, String)>,
    given: Option<Plan>,
}

impl Wanted {
    /// Makes sense of what was typed. The file must be there.
    pub(super) fn of(
        args: &MigrationArgs,
        given: Option<Plan>,
        context: &Context,
    ) -> CommandResult<Self> {
        let environment = &context.environment;
        let source = environment.source(&args.source)?;
        context.require_file(&source)?;
        let run = environment.run_settings(args)?;
        let pattern = environment.like(&args.like)?;
        if pattern.is_some() {
            refuse_like(&run)?;
        }
        Ok(Self {
            source,
            plan_options: environment.migrate_plan_options(args, run.into)?,
            run,
            target: environment.target(args.target.to.as_ref(), "--to")?,
            pattern,
            given,
        })
    }

    /// Opens the log with it.
    pub(super) fn open_log(&self, args: &MigrationArgs, context: &Context) {
        let (run, plan_options) = (&self.run, &self.plan_options);
        let options = format!("{run:?} {plan_options:?} plan file: {:?}", args.plan);
        context.open_log(&self.source, options);
    }

    /// Returns what the engine takes, starting the managed server when that is meant.
    pub(super) async fn options(
        &self,
        args: &MigrationArgs,
        context: &Context,
    ) -> CommandResult<MigrateOptions> {
        let mut plan_options = self.plan_options.clone();
        if let (Some((server, schema)), None) = (&self.pattern, &self.given) {
            plan_options.like = Some(like::read(&context.endpoint(server).await?, schema).await?);
        }
        let backup = self.run.backup.then(|| backup_path(&self.source, context));
        Ok(MigrateOptions {
            source: self.source.value.clone(),
            target: context.endpoint(&self.target).await?,
            plan_options,
            plan: self.given.clone(),
            into: self.run.into,
            parts: self.run.parts,
            verify: self.run.verify,
            strict: self.run.strict,
            keep_state: args.run.keep_state,
            state: StatePlace::OfItsOwn,
            backup,
            quarantine: Some(quarantine::file()),
            recovery: self.run.recovery,
        })
    }
}

fn comparison(args: &MigrationArgs) -> VerifyArgs {
    VerifyArgs {
        source: args.source.clone(),
        target: args.target.clone(),
        level: args.run.verify,
        select: args.select.clone(),
        plan: args.plan.clone(),
    }
}

/// Asks before tables are dropped; without a terminal, `--yes` has to say it.
fn allow_recreate(run: &RunSettings, args: &MigrationArgs, context: &Context) -> CommandResult<()> {
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
