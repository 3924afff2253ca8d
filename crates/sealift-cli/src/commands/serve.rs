//! `sealift serve`

use super::{Context, LOCAL_DATABASE};
use crate::args::ServeArgs;
use crate::error::{CommandResult, usage_error};
use crate::exit::Exit;
use crate::json::Listening;
use crate::process;
use crate::settings::{Setting, Target, Watched, tls};
use sealift_engine::postgres::Endpoint;
use sealift_serve::{Database, ServeOptions, Server, Watch};

/// Answers requests until it is told to stop.
pub(crate) fn run(args: &ServeArgs, context: &Context) -> CommandResult {
    let environment = &context.environment;
    let database = database(environment.watched(args)?, context)?;
    let (kind, target) = match &database {
        Database::PostgreSql { endpoint, .. } => ("postgresql", endpoint.to_string()),
        Database::Sqlite(path) => ("sqlite", path.display().to_string()),
    };
    let options = ServeOptions {
        listen: environment.listen(args)?,
        tls: tls(args),
        token: environment.token(args.token.as_ref())?,
        database,
        watch: Watch::new(),
    };
    context.block_on(async {
        let server = Server::bind(options).await?;
        let url = server.url();
        if context.printer.is_json() {
            let status = "listening";
            context.printer.json(&Listening { status, url: &url, kind, target: &target })?;
        } else {
            context.printer.answer(format_args!("listening at {url} for {target}"))?;
        }
        tracing::info!(%url, kind, database = %target, "listening");
        let cancel = process::cancel_on_signal(context.printer);
        server.run(cancel).await?;
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn database(watched: Watched, context: &Context) -> CommandResult<Database> {
    Ok(match watched {
        Watched::File(path) => Database::Sqlite(path.value),
        Watched::Server(setting, pool) => {
            Database::PostgreSql { endpoint: endpoint(&setting, context)?, pool }
        }
    })
}

/// Returns the server that a setting means. The managed one is watched as it is: looking starts nothing.
fn endpoint(setting: &Setting<Target>, context: &Context) -> CommandResult<Endpoint> {
    match &setting.value {
        Target::Server(text) => context.server(text, setting),
        Target::Local => {
            let local = context.environment.local_server(None).endpoint(LOCAL_DATABASE)?;
            local.ok_or_else(|| {
                usage_error("no database is given, and there is no local server").hinted(
                    "name one: sealift serve postgresql://USER@HOST/DATABASE, or a SQLite file",
                )
            })
        }
    }
}
