//! Facts for [`sealift_core::tune`], asked of a server, and its grants carried out.
//!
//! Everything but [`apply`] only reads.

mod grants;
mod indexes;
mod machine;
mod rows;

pub use grants::{Role, apply, role};
pub use indexes::indexes;

use crate::Result;
use crate::postgres::{Endpoint, Pooling, Session};
use rows::{one, read};
use sealift_core::name::Ident;
use sealift_core::tune::application::Framework;
use sealift_core::tune::connections::Connections;
use sealift_core::tune::pool::Route;
use sealift_core::tune::settings::{Checkpoints, LARGE_ROWS, Provider, ServerFacts};
use serde::Deserialize;

const CONNECTIONS: &str = include_str!("sql/connections.sql");
const SERVER: &str = include_str!("sql/server.sql");
const SETTINGS: &str = include_str!("sql/settings.sql");
const CHECKPOINTS_16: &str = include_str!("sql/checkpoints_16.sql");
const CHECKPOINTS_17: &str = include_str!("sql/checkpoints_17.sql");
const LARGE_TABLES: &str = include_str!("sql/large_tables.sql");

/// What our sessions are called in `pg_stat_activity`; they do not count as held.
const NAME: &str = "sealift tune";

/// From this version on checkpoints have a view of their own.
const CHECKPOINTER_SINCE: u32 = 17;

/// What was seen of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its version, such as `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// Its connections.
    pub connections: Connections,
    /// Its settings and large tables.
    pub server: ServerFacts,
    /// What stands between us and it, as the application would meet it too.
    pub route: Route,
    /// The framework whose migration tool keeps a table in the schema.
    pub framework: Option<Framework>,
}

/// A row of `server.sql`.
#[derive(Deserialize)]
struct ServerRow {
    version: String,
    database: Ident,
    may_alter_system: bool,
    owns_database: bool,
    roles: Vec<String>,
    tables: Vec<String>,
}

/// Looks at a server. `memory` is that of its machine in bytes, where a person knows it; else it is looked up
/// where the server runs on this machine.
///
/// # Errors
///
/// When the server cannot be reached or refuses a question.
pub async fn look(target: &Endpoint, schema: &Ident, memory: Option<u64>) -> Result<Seen> {
    let (session, pooling) = open(target).await?;
    let server: ServerRow = one(&session, SERVER, &[schema.as_str()]).await?;
    let connections: Connections = one(&session, CONNECTIONS, &[]).await?;
    let large = LARGE_ROWS.to_string();
    let facts = ServerFacts {
        database: server.database,
        memory: memory.or_else(|| machine::memory(target, &session)),
        max_connections: connections.max,
        settings: read(&session, SETTINGS, &[]).await?,
        may_alter_system: server.may_alter_system,
        owns_database: server.owns_database,
        provider: server.roles.iter().find_map(|role| Provider::of_role(role)),
        checkpoints: checkpoints(&session).await?,
        large_tables: read(&session, LARGE_TABLES, &[&large]).await?,
    };
    let route = match pooling {
        Pooling::Direct => Route::Direct,
        Pooling::Session => Route::SessionPooler,
        Pooling::Transaction => Route::TransactionPooler,
    };
    Ok(Seen {
        version: server.version,
        connections,
        server: facts,
        route,
        framework: server.tables.iter().find_map(|table| Framework::of_table(table)),
    })
}

async fn checkpoints(session: &Session) -> Result<Option<Checkpoints>> {
    let newer = session.server_version().major() >= CHECKPOINTER_SINCE;
    let query = if newer { CHECKPOINTS_17 } else { CHECKPOINTS_16 };
    Ok(read(session, query, &[]).await?.pop())
}

/// Connects for reading, to whatever stands there: a standby and a pooler will do.
async fn open(target: &Endpoint) -> Result<(Session, Pooling)> {
    target.clone().for_reading().connect_to_look(NAME).await
}
