//! Pools that cannot exhaust the server: workers × instances × (base + overflow) ≤ what is free.

use super::application::{Application, Environment, Framework, Process};
use super::connections::Connections;
use super::workers::{self, SMALL_POOL, Workers};
use serde::Serialize;

/// How long a request waits for a connection before it fails.
const TIMEOUT_SECONDS: u64 = 30;

/// After how long a connection is replaced: half an hour, and twice as long where nobody restarts the
/// network in between.
const RECYCLE_SECONDS: u64 = 1800;
const RECYCLE_SECONDS_DEVELOPMENT: u64 = 3600;

/// Connections that a pooler takes beyond those that the pools can open, for people.
const SPARE_CLIENTS: u64 = 20;

/// The way from the application to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Straight, unless there are too few connections.
    Direct,
    /// By way of a pooler that is to be set up.
    NewPooler,
    /// By way of a pooler that stands there and keeps a server process for each connection.
    SessionPooler,
    /// By way of a pooler that stands there and gives each transaction whichever process is free.
    TransactionPooler,
}

/// How a process holds its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A pool: `base` stay open, `overflow` more come and go.
    Sized,
    /// None: a connection for each request.
    PerRequest,
    /// One connection for the whole process.
    One,
}

/// The pool of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pool {
    /// How connections are held.
    pub kind: Kind,
    /// Connections that stay open, at least 1.
    pub base: u64,
    /// Connections beyond these at the busiest moment.
    pub overflow: u64,
    /// Seconds that a request waits for one.
    pub timeout_seconds: u64,
    /// Seconds after which one is replaced.
    pub recycle_seconds: u64,
    /// Whether one is tried before it is used.
    pub pre_ping: bool,
}

impl Pool {
    /// Returns how many connections a process holds at most.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.base.saturating_add(self.overflow)
    }
}

/// What a pooler between the application and the server is to allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pooler {
    /// Connections that it holds at the server, at most.
    pub server_connections: u64,
    /// Connections that it takes from the application, at most.
    pub client_connections: u64,
}

/// How the wish and the server get along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The pools are as large as the environment wishes.
    Fits,
    /// They are smaller, so that all of them fit.
    Shrunk,
    /// They fit, but are so small that requests wait for each other: a pooler helps.
    Tight,
    /// A pooler stands in between, or has to, and lets few connections serve many.
    Pooled,
    /// The server has nothing left, with a pooler either.
    NothingFree,
}

/// The advice about connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PoolAdvice {
    /// How the wish and the server get along.
    pub verdict: Verdict,
    /// Processes of an instance.
    pub workers: Workers,
    /// Instances that run at once.
    pub instances: u64,
    /// The pool of each process; `None` where the server has nothing left.
    pub pool: Option<Pool>,
    /// What the pooler is to allow; `None` without one.
    pub pooler: Option<Pooler>,
    /// Connections that the server is asked for at the busiest moment.
    pub connections: u64,
    /// Connections that are there for it.
    pub available: u64,
    /// Why it is so, as a sentence.
    pub because: String,
}

/// What an environment wishes for each process: connections that stay open, and more at the busiest moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wish {
    base: u64,
    overflow: u64,
}

impl Wish {
    /// Returns the wish of an application: the sizes that the migration guides use, or its own
    /// `DB_POOL_SIZE` with twice as many at the busiest moment.
    fn of(application: &Application) -> Self {
        let process = application.framework.map(Framework::process);
        if process == Some(Process::Request) || application.environment == Environment::Serverless {
            return Self { base: 1, overflow: 0 };
        }
        let base = application.wish.base.unwrap_or(match application.environment {
            Environment::Development => 10,
            Environment::Staging => 20,
            Environment::Production => 50,
            Environment::Serverless => 1,
        });
        let base = std::cmp::max(1, base);
        Self { base, overflow: base.saturating_mul(2) }
    }

    fn total(self) -> u64 {
        self.base.saturating_add(self.overflow)
    }

    /// Returns the same proportion within `most` connections, at least 1.
    fn within(self, most: u64) -> Self {
        if most >= self.total() {
            return self;
        }
        let share = u128::from(self.base) * u128::from(most) / u128::from(self.total());
        let base = u64::try_from(share).unwrap_or(most).clamp(1, std::cmp::max(1, most));
        Self { base, overflow: most.saturating_sub(base) }
    }
}

/// Advises pools for an application on PostgreSQL.
#[must_use]
pub fn advise(application: &Application, connections: &Connections, route: Route) -> PoolAdvice {
    let available = connections.available();
    let wish = Wish::of(application);
    let straight = workers::workers(application, available);
    let processes = processes(application, straight.count);
    let each = available / processes;
    match route {
        Route::Direct if each > 0 => direct(application, wish, straight, available),
        Route::SessionPooler if each > 0 => {
            let mut advice = direct(application, wish, straight, available);
            advice.because.push_str(
                "; the pooler keeps a process for each of them, so the server's limit is the pools'",
            );
            advice
        }
        Route::Direct | Route::SessionPooler | Route::NewPooler | Route::TransactionPooler => {
            pooled(application, wish, available, route)
        }
    }
}

/// Returns how many processes have a pool, at least 1.
fn processes(application: &Application, workers: u64) -> u64 {
    std::cmp::max(1, workers.saturating_mul(application.instances))
}

/// Returns pools that connect to the server itself. There is at least one connection for each.
fn direct(application: &Application, wish: Wish, workers: Workers, available: u64) -> PoolAdvice {
    let processes = processes(application, workers.count);
    let sizes = wish.within(available / processes);
    let pool = pool(application, sizes);
    let verdict = if sizes == wish {
        Verdict::Fits
    } else if sizes.total() < SMALL_POOL {
        Verdict::Tight
    } else {
        Verdict::Shrunk
    };
    let wished = format!("{} + {}", wish.base, wish.overflow);
    let because = match verdict {
        Verdict::Fits => "all pools fit as the environment wishes them".to_owned(),
        Verdict::Shrunk | Verdict::Tight | Verdict::Pooled | Verdict::NothingFree => {
            format!("{processes} pools of {wished} would not fit into {available} connections")
        }
    };
    PoolAdvice {
        verdict,
        connections: processes.saturating_mul(pool.total()),
        workers,
        instances: application.instances,
        pool: Some(pool),
        pooler: None,
        available,
        because,
    }
}

/// Returns pools that connect to a pooler, which shares what the server has among them.
fn pooled(application: &Application, wish: Wish, available: u64, route: Route) -> PoolAdvice {
    // The pooler's own connections are not the server's: nothing but the machine limits the workers.
    let workers = workers::workers(application, u64::MAX);
    if available == 0 {
        return PoolAdvice {
            verdict: Verdict::NothingFree,
            workers,
            instances: application.instances,
            pool: None,
            pooler: None,
            connections: 0,
            available,
            because: "others hold every connection that the server gives".to_owned(),
        };
    }
    let pool = pool(application, wish);
    let clients = processes(application, workers.count).saturating_mul(pool.total());
    let because = match route {
        Route::NewPooler => "a pooler lets few connections of the server serve many".to_owned(),
        Route::SessionPooler | Route::TransactionPooler => {
            "a pooler stands in between and shares the server's connections".to_owned()
        }
        Route::Direct => format!(
            "{} processes do not fit into {available} connections, not even with one each",
            processes(application, workers.count)
        ),
    };
    PoolAdvice {
        verdict: Verdict::Pooled,
        workers,
        instances: application.instances,
        pool: Some(pool),
        pooler: Some(Pooler {
            server_connections: available,
            client_connections: clients.saturating_add(SPARE_CLIENTS),
        }),
        connections: std::cmp::min(available, clients),
        available,
        because,
    }
}

fn pool(application: &Application, sizes: Wish) -> Pool {
    let request = application.framework.map(Framework::process);
    let kind = match (application.environment, request) {
        (Environment::Serverless, _) => Kind::PerRequest,
        (_, Some(Process::Request)) => Kind::One,
        (_, _) => Kind::Sized,
    };
    let recycle = match application.environment {
        Environment::Development => RECYCLE_SECONDS_DEVELOPMENT,
        Environment::Staging | Environment::Production | Environment::Serverless => RECYCLE_SECONDS,
    };
    Pool {
        kind,
        base: sizes.base,
        overflow: sizes.overflow,
        timeout_seconds: application.wish.timeout.unwrap_or(TIMEOUT_SECONDS),
        recycle_seconds: application.wish.recycle.unwrap_or(recycle),
        pre_ping: true,
    }
}

/// Returns the pool of an application on SQLite: one connection of its only process.
#[must_use]
pub fn on_sqlite() -> Pool {
    Pool {
        kind: Kind::One,
        base: 1,
        overflow: 0,
        timeout_seconds: TIMEOUT_SECONDS,
        recycle_seconds: RECYCLE_SECONDS_DEVELOPMENT,
        pre_ping: false,
    }
}
