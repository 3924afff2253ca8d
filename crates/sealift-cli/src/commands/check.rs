//! `sealift check`

use super::Context;
use crate::args::{CheckArgs, SelectArgs};
use crate::error::{CommandError, CommandResult};
use crate::exit::Exit;
use crate::table;
use sealift_engine::check::{self, CheckOptions, CheckStatus};
use std::time::Duration;

/// Looks at the server, waiting for it if asked to.
pub(crate) fn run(args: &CheckArgs, context: &Context) -> CommandResult {
    let environment = &context.environment;
    let (typed, name) = match (&args.url, &args.to) {
        (Some(url), _) => (Some(url), "URL"),
        (None, to) => (to.as_ref(), "--to"),
    };
    let setting = environment.target(typed, name)?;
    let select = SelectArgs { schema: args.schema.clone(), ..Default::default() };
    let plan_options = environment.plan_options(&select)?;
    let report = context.watched(async |events, cancel| {
        let options = CheckOptions {
            target: context.endpoint(&setting).await?,
            schema: plan_options.schema.clone(),
            // One for each reader, one that holds the lock.
            connections: plan_options.jobs + 1,
            timeout: args.timeout.map(Duration::from_secs),
            wait: args.wait.map(Duration::from_secs),
        };
        check::check(&options, &events, &cancel)
            .await
            .map_err(|error| CommandError::from(error).answering())
    })?;
    if context.printer.is_json() {
        context.printer.json(&report)?;
    } else {
        context.printer.answer(table::checked(&report))?;
    }
    Ok(match report.status {
        CheckStatus::Ok | CheckStatus::Warning => Exit::Done,
        CheckStatus::Failed => Exit::Differences,
    })
}
