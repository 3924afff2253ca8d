//! `sealift inspect`

use super::Context;
use crate::args::{InspectArgs, SelectArgs};
use crate::error::CommandResult;
use crate::exit::Exit;
use crate::table::{self, Tables};
use sealift_engine::inspect;

/// Shows what is in the file.
pub(crate) fn run(args: &InspectArgs, context: &Context) -> CommandResult {
    let source = context.environment.source(&args.source)?;
    context.require_file(&source)?;
    let jobs = context.environment.plan_options(&SelectArgs::default())?.jobs;
    let found = context.watched(async |events, cancel| {
        let found = tokio::task::block_in_place(|| {
            inspect::inspect(&source.value, jobs, cancel.flag(), &events)
        });
        Ok(found?)
    })?;
    if context.printer.is_json() {
        context.printer.json(&found)?;
    } else {
        let which = if context.printer.verbosity() > 0 { Tables::All } else { Tables::Largest };
        context.printer.answer(table::inspected(&found, which))?;
    }
    Ok(if found.integrity.is_empty() { Exit::Done } else { Exit::Differences })
}
