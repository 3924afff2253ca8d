//! `sealift verify`, and `sealift migrate --verify-only`

use super::{Context, plan};
use crate::args::VerifyArgs;
use crate::error::{CommandResult, usage_error};
use crate::exit::Exit;
use crate::log;
use crate::report;
use crate::table::{self, Tables};
use sealift_engine::compare::{self, CompareOptions};
use sealift_engine::config::VerifyLevel;
use sealift_engine::report::MatchStatus;

/// Compares both sides as they are now.
pub(crate) fn run(args: &VerifyArgs, context: &Context) -> CommandResult {
    let environment = &context.environment;
    let source = environment.source(&args.source)?;
    context.require_file(&source)?;
    let level = environment.level(args.level);
    if level == VerifyLevel::None {
        return Err(
            usage_error("level none compares nothing").hinted("choose counts, digest or cells")
        );
    }
    let given = args.plan.as_deref().map(plan::read).transpose()?;
    let plan_options = environment.plan_options(&args.select)?;
    let target = environment.target(args.target.to.as_ref(), "--to")?;
    context.open_log(&source, format!("{level:?} {plan_options:?} plan file: {:?}", args.plan));
    let compared = context.watched(async |events, cancel| {
        let options = CompareOptions {
            source: source.value.clone(),
            target: context.endpoint(&target).await?,
            plan_options: plan_options.clone(),
            plan: given.clone(),
            remembered: report::remembered_plan(),
            level,
        };
        Ok(compare::compare(&options, &events, &cancel).await?)
    })?;
    log::comparison(&compared);
    if context.printer.is_json() {
        context.printer.json(&compared)?;
    } else {
        let which = if context.printer.verbosity() > 0 { Tables::All } else { Tables::Largest };
        context.printer.answer(table::verified(&compared, which))?;
    }
    Ok(match compared.status {
        MatchStatus::Match => Exit::Done,
        MatchStatus::Differ => Exit::Differences,
    })
}
