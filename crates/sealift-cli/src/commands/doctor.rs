//! `sealift doctor`

use super::Context;
use crate::args::{DoctorArgs, SelectArgs};
use crate::error::{CommandError, CommandResult};
use crate::exit::Exit;
use crate::report;
use crate::settings::{STATE_FOLDER, Setting, Target};
use crate::table;
use sealift_engine::check::{CheckOptions, CheckStatus};
use sealift_engine::doctor::{self, Clock, DoctorOptions, DoctorReport, ServerState, TargetAsked};
use std::path::PathBuf;
use std::time::Duration;

/// Looks at everything and tells it.
pub(crate) fn run(args: &DoctorArgs, context: &Context) -> CommandResult {
    // Close to when the clock was asked.
    let clock = Clock { since_epoch: context.since_epoch, read_at: context.began };
    let options = options(args, context, clock)?;
    let report = context
        .watched(async |events, cancel| Ok(doctor::doctor(&options, &events, &cancel).await?))?;
    if context.printer.is_json() {
        context.printer.json(&report)?;
    } else {
        context.printer.answer(table::examined(&report))?;
    }
    Ok(exit(&report))
}

/// A server that does not answer is worth trying again; whatever else failed is not.
fn exit(report: &DoctorReport) -> Exit {
    match (report.server, report.status) {
        (ServerState::Unreachable, _) => Exit::Unreachable,
        (
            ServerState::Reached | ServerState::Unfit | ServerState::None,
            CheckStatus::Ok | CheckStatus::Warning,
        ) => Exit::Done,
        (ServerState::Reached | ServerState::Unfit | ServerState::None, CheckStatus::Failed) => {
            Exit::Differences
        }
    }
}

fn options(args: &DoctorArgs, context: &Context, clock: Clock) -> CommandResult<DoctorOptions> {
    let environment = &context.environment;
    let source = environment.named_source(&args.source)?;
    let setting = environment.target(args.to.as_ref(), "--to")?;
    let path = source.as_ref().map(|setting| setting.value.clone());
    let mut settings = environment.facts(path.as_deref());
    settings.source = source.as_ref().map(shown_source);
    let target = target(args, &setting, context)?;
    settings.target = Some(match &target {
        TargetAsked::Server(asked) => format!("{}, from {}", asked.target, setting.origin),
        TargetAsked::LocalNotRunning => format!("local, from {}", setting.origin),
        TargetAsked::Unusable { .. } => format!("from {}", setting.origin),
    });
    Ok(DoctorOptions {
        moved: path.as_deref().and_then(report::remembered_move),
        source: path,
        target,
        machine: environment.machine(PathBuf::from(STATE_FOLDER), clock),
        settings,
    })
}

fn shown_source(setting: &Setting<PathBuf>) -> String {
    format!("{}, from {}", setting.value.display(), setting.origin)
}

fn target(
    args: &DoctorArgs,
    setting: &Setting<Target>,
    context: &Context,
) -> CommandResult<TargetAsked> {
    let endpoint = match &setting.value {
        Target::Local => match context.running_local()? {
            Some(endpoint) => endpoint,
            None => return Ok(TargetAsked::LocalNotRunning),
        },
        Target::Server(text) => match context.server(text, setting) {
            Ok(endpoint) => endpoint,
            Err(error) => return Ok(unusable(error)),
        },
    };
    let select = SelectArgs { schema: args.schema.clone(), ..Default::default() };
    let plan_options = context.environment.plan_options(&select)?;
    Ok(TargetAsked::Server(Box::new(CheckOptions {
        target: endpoint,
        schema: plan_options.schema,
        // One for each reader, one that holds the lock.
        connections: plan_options.jobs + 1,
        timeout: args.timeout.map(Duration::from_secs),
        wait: args.wait.map(Duration::from_secs),
    })))
}

fn unusable(error: CommandError) -> TargetAsked {
    TargetAsked::Unusable { message: error.message, hint: error.hints.into_iter().next() }
}
