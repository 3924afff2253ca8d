//! `sealift tune`: what to set, printed; only `--grants ROLE --apply` changes anything.

mod grants;
mod indexes;

use super::Context;
use crate::args::TuneArgs;
use crate::error::CommandResult;
use crate::exit::Exit;
use crate::settings::Tuned;
use crate::table;
use sealift_core::tune::application::{Application, Environment, Framework};
use sealift_core::tune::connections::Connections;
use sealift_core::tune::pgbouncer::{self, Behind};
use sealift_core::tune::pool::{self, Pool, PoolAdvice, Route, Verdict};
use sealift_core::tune::settings::{self, SettingAdvice, TableAdvice};
use sealift_core::tune::snippet::{Snippet, snippet};
use sealift_core::tune::workers::{self, Workers};
use sealift_engine::postgres::{Endpoint, Host};
use sealift_engine::tune::{self, Seen};
use serde::Serialize;

/// Where Debian's packages have the server's Unix socket.
const SOCKET_FOLDER: &str = "/var/run/postgresql";

/// What is advised for an application on PostgreSQL, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct Advised {
    pub(crate) status: &'static str,
    pub(crate) database: &'static str,
    pub(crate) target: String,
    pub(crate) server_version: String,
    pub(crate) environment: Environment,
    pub(crate) framework: Option<Framework>,
    pub(crate) connections: ConnectionsSeen,
    pub(crate) pools: PoolAdvice,
    pub(crate) snippet: Option<Snippet>,
    /// `pgbouncer.ini`.
    pub(crate) pgbouncer: Option<String>,
    pub(crate) server_memory: Option<u64>,
    pub(crate) provider: Option<&'static str>,
    pub(crate) settings: Vec<SettingAdvice>,
    pub(crate) tables: Vec<TableAdvice>,
    pub(crate) notes: Vec<String>,
}

/// The server's connections, with what follows from them.
#[derive(Debug, Serialize)]
pub(crate) struct ConnectionsSeen {
    #[serde(flatten)]
    pub(crate) seen: Connections,
    pub(crate) free: u64,
    pub(crate) kept_back: u64,
    pub(crate) available: u64,
}

/// What is advised for an application on SQLite.
#[derive(Debug, Serialize)]
pub(crate) struct AdvisedOnSqlite {
    pub(crate) status: &'static str,
    pub(crate) database: &'static str,
    pub(crate) environment: Environment,
    pub(crate) workers: Workers,
    pub(crate) pool: Pool,
    pub(crate) notes: Vec<String>,
}

/// Looks, and prints what was asked for.
pub(crate) fn run(args: &TuneArgs, context: &Context) -> CommandResult {
    let tuned = context.environment.tuned(args.target.to.as_ref(), &args.application)?;
    if let Some(role) = &args.grants {
        return grants::run(args, role, &tuned, context);
    }
    if args.indexes {
        return indexes::run(args, &tuned, context);
    }
    let (application, mut notes) = context.environment.application(&args.application)?;
    match &tuned {
        Tuned::Sqlite(because) => {
            notes.insert(0, because.clone());
            on_sqlite(&application, notes, context)
        }
        Tuned::Unsaid(_) if context.running_local()?.is_none() => {
            notes.insert(0, "neither a server nor a file is named".to_owned());
            on_sqlite(&application, notes, context)
        }
        Tuned::Server(_) | Tuned::Unsaid(_) => {
            let advised = look(args, application, &tuned, notes, context)?;
            print(&advised, context)
        }
    }
}

/// Returns the server that is meant. Called where one is.
async fn endpoint(tuned: &Tuned, context: &Context) -> CommandResult<Endpoint> {
    match tuned {
        Tuned::Server(setting) => context.endpoint(setting).await,
        Tuned::Unsaid(_) => match context.running_local()? {
            Some(endpoint) => Ok(endpoint),
            None => Err(crate::error::usage_error("neither a server nor a file is named")
                .hinted("name the server with --to postgresql://USER@HOST/DATABASE")),
        },
        Tuned::Sqlite(because) => Err(crate::error::usage_error(format!(
            "this is about a PostgreSQL server, and {because}"
        ))
        .hinted("name the server with --to postgresql://USER@HOST/DATABASE")),
    }
}

fn on_sqlite(application: &Application, notes: Vec<String>, context: &Context) -> CommandResult {
    let advised = AdvisedOnSqlite {
        status: "ok",
        database: "sqlite",
        environment: application.environment,
        workers: workers::on_sqlite(),
        pool: pool::on_sqlite(),
        notes,
    };
    if context.printer.is_json() {
        context.printer.json(&advised)?;
    } else {
        context.printer.answer(table::tuned_on_sqlite(&advised))?;
    }
    Ok(Exit::Done)
}

fn look(
    args: &TuneArgs,
    application: Application,
    tuned: &Tuned,
    mut notes: Vec<String>,
    context: &Context,
) -> CommandResult<Advised> {
    let memory = context.environment.server_memory(args.server_memory.as_ref())?;
    let schema = context.environment.schema(args.schema.as_ref())?;
    let (endpoint, seen) = context.block_on(async {
        let endpoint = endpoint(tuned, context).await?;
        let seen = tune::look(&endpoint, &schema, memory).await?;
        Ok((endpoint, seen))
    })?;
    let framework = application.framework.or(seen.framework);
    let application = Application { framework, ..application };
    let route = match (seen.route, args.pooler) {
        (Route::Direct | Route::SessionPooler, true) => Route::NewPooler,
        (route, _) => route,
    };
    let pools = pool::advise(&application, &seen.connections, route);
    let environment = application.environment;
    let snippet = framework.and_then(|framework| snippet(framework, &pools, environment, route));
    let pgbouncer = pools.pooler.map(|pooler| pgbouncer::ini(&pooler, &behind(&endpoint)));
    notes.extend(remarks(&seen, &pools, &endpoint));
    let Seen { version, connections, server, .. } = seen;
    Ok(Advised {
        status: if pools.verdict == Verdict::NothingFree { "nothing_free" } else { "ok" },
        database: "postgresql",
        target: endpoint.to_string(),
        server_version: version,
        environment,
        framework,
        connections: ConnectionsSeen {
            free: connections.free(),
            kept_back: connections.kept_back(),
            available: connections.available(),
            seen: connections,
        },
        pools,
        snippet,
        pgbouncer,
        server_memory: server.memory,
        provider: server.provider.map(settings::Provider::title),
        settings: settings::settings(&server),
        tables: settings::tables(&server.large_tables),
        notes,
    })
}

/// Returns the server as a pooler is to reach it.
fn behind(endpoint: &Endpoint) -> Behind {
    let host = match endpoint.host() {
        Host::Tcp(host) => host.clone(),
        Host::Unix(folder) => folder.to_string_lossy().into_owned(),
        Host::Local => SOCKET_FOLDER.to_owned(),
    };
    Behind {
        host,
        port: endpoint.port(),
        database: endpoint.database().to_owned(),
        role: endpoint.user().to_owned(),
        is_here: endpoint.is_on_this_machine(),
    }
}

/// Returns what a person should know beside the numbers.
fn remarks(seen: &Seen, pools: &PoolAdvice, endpoint: &Endpoint) -> Vec<String> {
    let mut remarks = Vec::new();
    let own = seen.connections.own;
    if own > 0 {
        remarks.push(format!(
            "{own} connections of {} to this database are taken for the application's own, which the pools \
             replace",
            endpoint.user()
        ));
    }
    match pools.verdict {
        Verdict::Tight => remarks.push(
            "a worker with so few connections serves few requests at once: take fewer workers, or a pooler \
             (--pooler)"
                .to_owned(),
        ),
        Verdict::NothingFree => remarks.push(
            "end other connections, or raise max_connections and start the server again".to_owned(),
        ),
        Verdict::Fits | Verdict::Shrunk | Verdict::Pooled => {}
    }
    if seen.server.memory.is_none() {
        remarks.push(
            "the server runs elsewhere: say how much memory its machine has with --server-memory 8GB"
                .to_owned(),
        );
    }
    remarks
}

fn print(advised: &Advised, context: &Context) -> CommandResult {
    if context.printer.is_json() {
        context.printer.json(advised)?;
    } else {
        context.printer.answer(table::tuned(advised))?;
    }
    Ok(match advised.pools.verdict {
        Verdict::NothingFree => Exit::Differences,
        Verdict::Fits | Verdict::Shrunk | Verdict::Tight | Verdict::Pooled => Exit::Done,
    })
}
