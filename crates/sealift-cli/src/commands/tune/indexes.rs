//! `sealift tune --indexes`: a script for psql on stdout.

use super::endpoint;
use crate::args::TuneArgs;
use crate::commands::Context;
use crate::error::CommandResult;
use crate::exit::Exit;
use crate::settings::Tuned;
use sealift_core::tune::indexes::{self, IndexAdvice};
use sealift_engine::tune;
use serde::Serialize;

/// The same with `--json`.
#[derive(Serialize)]
struct Indexes<'a> {
    status: &'static str,
    target: String,
    schema: &'a str,
    statistics_since: Option<&'a str>,
    advice: &'a [IndexAdvice],
}

pub(super) fn run(args: &TuneArgs, tuned: &Tuned, context: &Context) -> CommandResult {
    let schema = context.environment.schema(args.schema.as_ref())?;
    let (target, facts) = context.block_on(async {
        let endpoint = endpoint(tuned, context).await?;
        let facts = tune::indexes(&endpoint, &schema).await?;
        Ok((endpoint.to_string(), facts))
    })?;
    let advice = indexes::indexes(&facts);
    if context.printer.is_json() {
        context.printer.json(&Indexes {
            status: "ok",
            target,
            schema: facts.schema.as_str(),
            statistics_since: facts.statistics_since.as_deref(),
            advice: &advice,
        })?;
    } else {
        context.printer.raw(indexes::script(&facts, &advice).as_bytes())?;
    }
    Ok(Exit::Done)
}
