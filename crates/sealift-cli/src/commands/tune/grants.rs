//! `sealift tune --grants ROLE`: a script for psql on stdout, or carried out.

use super::endpoint;
use crate::args::TuneArgs;
use crate::commands::Context;
use crate::error::{CommandResult, usage_error, user_error};
use crate::exit::Exit;
use crate::settings::Tuned;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use sealift_core::tune::grants::{self, Obstacle};
use sealift_engine::tune;
use serde::Serialize;

/// The same with `--json`.
#[derive(Serialize)]
struct Grants<'a> {
    /// `ok`, or `applied`.
    status: &'static str,
    target: String,
    role: &'a str,
    schema: &'a str,
    statements: &'a [Sql],
    obstacles: &'a [Obstacle],
}

pub(super) fn run(args: &TuneArgs, role: &str, tuned: &Tuned, context: &Context) -> CommandResult {
    let schema = context.environment.schema(args.schema.as_ref())?;
    let role = Ident::new(role)
        .map_err(|error| usage_error("the role's name cannot be used").caused_by(&error))?;
    let (endpoint, found) = context.block_on(async {
        let endpoint = endpoint(tuned, context).await?;
        let found = tune::role(&endpoint, &schema, &role).await?;
        Ok((endpoint, found))
    })?;
    let statements = grants::grants(&found.facts);
    let obstacles = grants::obstacles(&found.facts);
    let script = grants::script(&statements);
    if args.apply {
        refuse(&obstacles)?;
        allow(&script, args, context)?;
        context.block_on(async { Ok(tune::apply(&endpoint, &found, &statements).await?) })?;
    }
    if context.printer.is_json() {
        context.printer.json(&Grants {
            status: if args.apply { "applied" } else { "ok" },
            target: endpoint.to_string(),
            role: role.as_str(),
            schema: schema.as_str(),
            statements: &statements,
            obstacles: &obstacles,
        })?;
        return Ok(Exit::Done);
    }
    for obstacle in &obstacles {
        context.printer.warning(&obstacle.message);
        context.printer.hint(&obstacle.hint);
    }
    if args.apply {
        let count = statements.len();
        context.printer.answer(format_args!(
            "granted: role {role} works with the rows of schema {schema} and changes nothing else \
             ({count} statements)"
        ))?;
    } else {
        context.printer.raw(script.as_bytes())?;
    }
    Ok(Exit::Done)
}

/// Grants to a role that may do everything anyway would only look like safety.
fn refuse(obstacles: &[Obstacle]) -> CommandResult<()> {
    let Some(first) = obstacles.first() else { return Ok(()) };
    let mut error = user_error(format!("{}: grants would not restrict it", first.message));
    for obstacle in obstacles {
        error = error.hinted(&obstacle.hint);
    }
    Err(error)
}

/// Asks before rights are changed; without a terminal, `--yes` has to say it.
fn allow(script: &str, args: &TuneArgs, context: &Context) -> CommandResult<()> {
    if args.yes {
        return Ok(());
    }
    if !context.environment.is_terminal() {
        return Err(usage_error("--apply changes the rights of roles")
            .hinted("look at the statements without --apply, then add --yes"));
    }
    context.printer.stderr(script.trim_end());
    if context.printer.confirm("carry them out?") {
        Ok(())
    } else {
        Err(user_error("nothing was changed"))
    }
}
