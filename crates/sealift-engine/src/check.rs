//! Can Sealift, and the application, work with this server?
//!
//! [`check`] asks the server for [`Facts`]; [`judge()`] is a pure function of them. What fails has a
//! [`Cause`]; [`require`] makes an error of it, with which `migrate`, `rehearse` and `revision upgrade` stop
//! before anything is written.

mod facts;
mod item;
mod judge;

pub use facts::{CollationVersions, ConnectionLimit, Facts, LimitOf};
pub use item::{CheckItem, CheckStatus};
pub(crate) use item::{failed, ok, warning};
pub use judge::judge;

use crate::cause::Cause;
use crate::config::Manner;
use crate::ops::{Cancel, Events};
use crate::postgres::known::NO_ANSWER;
use crate::postgres::{Endpoint, Pooling, Session};
use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use std::time::{Duration, Instant};

/// The pauses between two attempts to connect: short at first, for a server that is just starting.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What our sessions are called in `pg_stat_activity`.
const NAME: &str = "sealift check";

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
    /// The first thing that failed.
    #[serde(flatten)]
    pub failure: Option<CheckFailure>,
    /// Each thing that was looked at.
    pub items: Vec<CheckItem>,
}

/// What failed, in the fields that a command which could not look at all prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckFailure {
    /// Why: a code that scripts may rely on.
    pub cause: &'static Cause,
    /// The same as a sentence.
    pub sentence: &'static str,
    /// What was found.
    pub message: String,
    /// What to do.
    pub hints: Vec<String>,
}

impl CheckFailure {
    /// Returns the first of the items that failed, if any did.
    #[must_use]
    pub fn first_of<'a>(items: impl IntoIterator<Item = &'a CheckItem>) -> Option<Self> {
        let mut failed = items.into_iter().filter(|item| item.status == CheckStatus::Failed);
        failed.find_map(|item| {
            let cause = item.cause?;
            Some(Self {
                cause,
                sentence: cause.sentence,
                message: item.found.clone(),
                hints: item.hint.iter().cloned().collect(),
            })
        })
    }
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
    let (_, facts) = examine(options, events, cancel).await?;
    let items = judge(&facts);
    let status = items.iter().map(|item| item.status).max().unwrap_or(CheckStatus::Ok);
    Ok(CheckReport {
        status,
        target: options.target.to_string(),
        server_version: facts.server_version,
        failure: CheckFailure::first_of(&items),
        items,
    })
}

/// Connects, waiting for the server if asked to, and asks for the facts.
pub(crate) async fn examine(
    options: &CheckOptions,
    events: &Events,
    cancel: &Cancel,
) -> Result<(Session, Facts)> {
    let looking = async {
        let (session, pooling) = connect(options, events).await?;
        let facts = Facts::ask(&session, options, pooling).await?;
        Ok((session, facts))
    };
    tokio::select! {
        found = looking => found,
        () = cancel.cancelled() => {
            Err(Error::new(ErrorKind::Stopped, "stopped before the server was looked at"))
        }
    }
}

/// What somebody who is about to begin needs of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Everything: tables are made.
    Make,
    /// What is written goes into tables that stand: rights to make any are not needed.
    Fill,
    /// Sessions that live, and writes: what is made is somebody else's business, and so is the encoding.
    Write,
}

impl From<Manner> for Demand {
    fn from(manner: Manner) -> Self {
        match manner {
            Manner::Make => Self::Make,
            Manner::Fill => Self::Fill,
        }
    }
}

impl Demand {
    /// Returns whether a thing that `check` looks at is needed.
    fn includes(self, name: &str) -> bool {
        let of_making = ["create_schema", "create_table"];
        match self {
            Self::Make => true,
            Self::Fill => !of_making.contains(&name),
            Self::Write => ["writable", "pooler", "connections"].contains(&name),
        }
    }
}

/// Makes sure that a server can be worked with, before anything is read or written: what `check` would call
/// failed is an error with the same cause and the same words.
///
/// # Errors
///
/// As [`check`], and the first thing that failed, with its cause's kind.
pub async fn require(options: &CheckOptions, demand: Demand) -> Result<()> {
    let (session, pooling) = options.target.connect_to_look(NAME).await?;
    let facts = Facts::ask(&session, options, pooling).await?;
    let items = judge(&facts);
    let needed = items.iter().filter(|item| demand.includes(item.name));
    let Some(failure) = CheckFailure::first_of(needed) else { return Ok(()) };
    let message = format!("connect to {}: {}", options.target, failure.message);
    let error = Error::new(failure.cause.kind, message).because(failure.cause);
    Err(match failure.hints.into_iter().next() {
        Some(hint) => error.hinted(hint),
        None => error,
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
        let said = format!("{} {} s from {}", NO_ANSWER.says, limit.as_secs(), options.target);
        Err(NO_ANSWER.saying(said))
    })
}

/// Connects to what there is: a server that takes no writes, and a pooler that loses sessions, are for
/// [`judge()`] to report.
async fn look(target: Endpoint) -> Result<(Session, Pooling)> {
    match target.connect_to_look(NAME).await {
        Err(error) if error.sqlstate() == Some("25006") => {
            target.for_reading().connect_to_look(NAME).await
        }
        opened => opened,
    }
}

/// Returns whether waiting can help: a wrong password does not become right.
fn may_pass(error: &Error) -> bool {
    error.kind() == ErrorKind::Unreachable && error.sqlstate() != Some("28P01")
}
