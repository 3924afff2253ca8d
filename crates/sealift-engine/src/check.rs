//! Can Sealift, and the application, work with this server?
//!
//! [`check`] asks the server for [`Facts`]; [`judge()`] is a pure function of them.

mod facts;
mod judge;

pub use facts::Facts;
pub use judge::judge;

use crate::ops::{Cancel, Events};
use crate::postgres::{Endpoint, Pooling, Session};
use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use std::time::{Duration, Instant};

/// The pauses between two attempts to connect: short at first, for a server that is just starting.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What `check` needs.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// The server.
    pub target: Endpoint,
    /// The schema the tables would be created in.
    pub schema: String,
    /// How many connections a migration would use.
    pub connections: usize,
    /// One attempt to connect takes this long at most.
    pub timeout: Option<Duration>,
    /// Attempts are repeated this long while the server cannot be reached.
    pub wait: Option<Duration>,
}

/// What `check` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The worst of the items.
    pub status: CheckStatus,
    /// The server, without its password.
    pub target: String,
    /// The server's version, such as `15.18`.
    pub server_version: String,
    /// Each thing that was looked at.
    pub items: Vec<CheckItem>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckItem {
    /// A stable name in snake case, such as `create_schema`.
    pub name: &'static str,
    /// How it is.
    pub status: CheckStatus,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How a thing is. The order is from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// As it should be.
    Ok,
    /// It works, with a drawback.
    Warning,
    /// A migration would fail.
    Failed,
}

/// Connects, waiting for the server if asked to, and looks at everything.
///
/// # Errors
///
/// When the server cannot be reached, is too old, or refuses the questions.
pub async fn check(
    options: &CheckOptions,
    events: &Events,
    cancel: &Cancel,
) -> Result<CheckReport> {
    let (session, pooling) = tokio::select! {
        connected = connect(options, events) => connected?,
        () = cancel.cancelled() => {
            return Err(Error::new(ErrorKind::Stopped, "stopped before the server was reached"));
        }
    };
    let facts = Facts::ask(&session, options, pooling).await?;
    let items = judge(&facts);
    let status = items.iter().map(|item| item.status).max().unwrap_or(CheckStatus::Ok);
    Ok(CheckReport {
        status,
        target: options.target.to_string(),
        server_version: facts.server_version,
        items,
    })
}

async fn connect(options: &CheckOptions, events: &Events) -> Result<(Session, Pooling)> {
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match attempt(options).await {
            Ok(connected) => return Ok(connected),
            Err(error) => error,
        };
        let left = options.wait.unwrap_or_default().saturating_sub(started.elapsed());
        if left.is_zero() || !may_pass(&error) {
            return Err(error);
        }
        if pause == FIRST_PAUSE {
            events.notice(format!("waiting for {}: {error}", options.target));
        }
        tokio::time::sleep(std::cmp::min(pause, left)).await;
        pause = std::cmp::min(pause * 2, LONGEST_PAUSE);
    }
}

async fn attempt(options: &CheckOptions) -> Result<(Session, Pooling)> {
    let connecting = look(options.target.clone());
    let Some(limit) = options.timeout else { return connecting.await };
    tokio::time::timeout(limit, connecting).await.unwrap_or_else(|_| {
        let message = format!("{} did not answer within {} s", options.target, limit.as_secs());
        Err(Error::new(ErrorKind::Unreachable, message)
            .hinted("is the address right, and does a firewall let it through?"))
    })
}

/// Connects to what there is: a server that takes no writes, and a pooler that loses sessions, are for
/// [`judge()`] to report.
async fn look(target: Endpoint) -> Result<(Session, Pooling)> {
    let (target, pooling) = match target.pooling().await {
        Err(error) if error.sqlstate() == Some("25006") => {
            let target = target.for_reading();
            let pooling = target.pooling().await?;
            (target, pooling)
        }
        pooling => (target, pooling?),
    };
    let session = match pooling {
        Pooling::Direct | Pooling::Session => target.connect("sealift check").await?,
        Pooling::Transaction => target.connect_untouched("sealift check").await?,
    };
    Ok((session, pooling))
}

/// Returns whether waiting can help: a wrong password does not become right.
fn may_pass(error: &Error) -> bool {
    error.kind() == ErrorKind::Unreachable && error.sqlstate() != Some("28P01")
}
