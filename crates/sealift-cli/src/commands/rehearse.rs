//! `sealift rehearse`

use super::migrate::Wanted;
use super::{Context, plan};
use crate::args::RehearseArgs;
use crate::error::CommandResult;
use crate::exit::Exit;
use crate::log;
use crate::report;
use crate::table::{self, Notes};
use sealift_engine::migrate;
use sealift_engine::report::{Readiness, RehearsalReport};

/// Rehearses a migration and says whether it is ready.
pub(crate) fn run(args: &RehearseArgs, context: &Context) -> CommandResult {
    let args = &args.migration;
    let given = args.plan.as_deref().map(plan::read).transpose()?;
    let wanted = Wanted::of(args, given, context)?;
    wanted.open_log(args, context);
    let report = context.watched(async |events, cancel| {
        let options = wanted.options(args, context).await?;
        Ok(migrate::rehearse(options, events, cancel).await?)
    })?;
    log::findings(&report.settle);
    present(&report, context)?;
    Ok(match report.status {
        Readiness::Ready => Exit::Done,
        Readiness::NotReady => Exit::Differences,
    })
}

fn present(report: &RehearsalReport, context: &Context) -> CommandResult<()> {
    let printer = context.printer;
    let page = report::write_rehearsal(report);
    if printer.is_json() {
        printer.json(report)?;
    } else {
        let notes = if printer.verbosity() > 0 { Notes::Shown } else { Notes::Counted };
        printer.answer(table::rehearsed(report, notes))?;
    }
    match page {
        Ok(page) => printer.note(format_args!("report: {}", page.display())),
        // What was found is said already.
        Err(error) => printer.warning(format_args!("no report page: {}", error.message)),
    }
    Ok(())
}
