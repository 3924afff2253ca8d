//! `sealift local`

use super::{Context, LOCAL_DATABASE};
use crate::args::{LocalAction, LocalArgs};
use crate::error::{CommandResult, usage_error, user_error};
use crate::exit::Exit;
use crate::json::LocalState;
use sealift_engine::local::{LocalServer, LocalStatus};
use sealift_engine::postgres::Endpoint;

/// Starts, stops, tells about or deletes the managed server.
pub(crate) fn run(args: &LocalArgs, context: &Context) -> CommandResult {
    let server = context.environment.local_server(args.dir.clone());
    match args.action {
        LocalAction::Start => {
            let endpoint = context.block_on(context.start_local(&server))?;
            tell(&server, Some(&endpoint), context)?;
        }
        LocalAction::Stop => {
            context.block_on(async { Ok(server.stop().await?) })?;
            tell(&server, None, context)?;
        }
        LocalAction::Status => tell(&server, server.endpoint(LOCAL_DATABASE)?.as_ref(), context)?,
        LocalAction::Url => url(&server, context)?,
        LocalAction::Reset { yes } => {
            allow_reset(yes, context)?;
            context.block_on(async { Ok(server.reset().await?) })?;
            tell(&server, None, context)?;
        }
    }
    Ok(Exit::Done)
}

/// Prints the URL with its password: the one place that does, because it was asked for.
fn url(server: &LocalServer, context: &Context) -> CommandResult<()> {
    let endpoint = server.endpoint(LOCAL_DATABASE)?.ok_or_else(|| {
        user_error("there is no local server yet").hinted("make one: sealift local start")
    })?;
    let url = endpoint.url_with_password();
    if context.printer.is_json() {
        return context.printer.json(&crate::json::Text { status: "ok", text: &url });
    }
    context.printer.answer(url)?;
    Ok(())
}

fn allow_reset(yes: bool, context: &Context) -> CommandResult<()> {
    if yes {
        return Ok(());
    }
    if !context.environment.is_terminal() {
        return Err(usage_error("reset deletes the server's data")
            .hinted("add --yes to say that this is meant"));
    }
    if context.printer.confirm("delete the local server and all its data?") {
        Ok(())
    } else {
        Err(user_error("nothing was changed"))
    }
}

fn tell(server: &LocalServer, endpoint: Option<&Endpoint>, context: &Context) -> CommandResult<()> {
    let status = server.status()?;
    let printer = context.printer;
    let shown = endpoint.map(ToString::to_string);
    if printer.is_json() {
        let (state, pid, port, version) = match &status {
            LocalStatus::Absent => ("absent", None, None, None),
            LocalStatus::Stopped => ("stopped", None, None, None),
            LocalStatus::Running { pid, port, version } => {
                ("running", Some(*pid), Some(*port), Some(version.as_str()))
            }
        };
        return printer.json(&LocalState { status: "ok", state, url: shown, pid, port, version });
    }
    match status {
        LocalStatus::Absent => printer.answer("absent: `sealift local start` makes it")?,
        LocalStatus::Stopped => {
            printer.answer("stopped: the data stay; `sealift local start` starts it")?;
        }
        LocalStatus::Running { pid, port, version } => {
            printer.answer(format_args!(
                "running: PostgreSQL {version}, process {pid}, port {port}"
            ))?;
            if let Some(url) = shown {
                printer
                    .note(format_args!("{url}  (`sealift local url` prints it with the password)"));
            }
        }
    }
    Ok(())
}
