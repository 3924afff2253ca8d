//! [`Endpoint::connect`]: a session, or which of the many reasons there is none.
//!
//! ```text
//! each server          in the order given, or shuffled                    place
//!   each address       until one answers                                  place
//!     plain or TLS     what sslmode wants, in libpq's order               attempt
//!       dial           socket, keepalives, requirepeer, TLS               dial
//!       log in         the driver; its bytes are watched                  startup
//!     the kind         read-write, standby, …: else the next server       standing
//! ```

mod attempt;
mod cancel;
mod dial;
mod explain;
mod greeting;
mod place;
mod pooling;
mod standing;
mod startup;
mod wire;

pub(super) use attempt::{Belongings, DriverConnection, Opened};
pub(super) use cancel::CancelRoute;
pub use pooling::Pooling;
pub(super) use wire::Traffic;

use super::address::{Candidate, Endpoint};
use super::known::NO_ANSWER;
use super::session::Session;
use crate::{Error, ErrorKind, Recovery, Result};
use attempt::{Attempt, Door};
use standing::Wish;

impl Endpoint {
    /// Connects, and brings the session into the state that all of Sealift relies on.
    ///
    /// Of several servers the first is taken that answers and is of the wanted kind.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] when no server answers or one refuses the login, with a hint for each
    /// reason; [`ErrorKind::Permission`] when it takes no writes; [`ErrorKind::Target`] when it is older
    /// than PostgreSQL 14.
    pub async fn connect(&self, application_name: &str) -> Result<Session> {
        self.open(application_name, Manners::Ours).await
    }

    /// Connects, but leaves the session's settings as the server gives them: through a pooler they could
    /// become those of somebody else's session.
    ///
    /// # Errors
    ///
    /// As [`Endpoint::connect`].
    pub async fn connect_untouched(&self, application_name: &str) -> Result<Session> {
        self.open(application_name, Manners::Servers).await
    }

    async fn open(&self, application_name: &str, manners: Manners) -> Result<Session> {
        let opening = async {
            let mut failures = Vec::new();
            for wish in standing::wishes(self)? {
                failures.clear();
                for candidate in place::ordered(self) {
                    let call = Call { endpoint: self, candidate, application_name, manners, wish };
                    match call.first_place().await {
                        Ok(session) => return Ok(session),
                        Err(Attempt::Refused(error)) => return Err(error),
                        Err(Attempt::Failed(error)) => failures.push((candidate, error)),
                    }
                }
            }
            Err(together(failures))
        };
        // Large, and every command waits for it somewhere.
        Box::pin(opening).await.map_err(|error| error.context(format!("connect to {self}")))
    }
}

/// Whose settings a session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manners {
    Ours,
    Servers,
}

/// One server, and what is wanted of it.
struct Call<'a> {
    endpoint: &'a Endpoint,
    candidate: &'a Candidate,
    application_name: &'a str,
    manners: Manners,
    wish: Wish,
}

impl Call<'_> {
    /// Tries the server's addresses until one answers.
    async fn first_place(&self) -> Result<Session, Attempt> {
        let endpoint = self.endpoint;
        let places = place::places(endpoint, self.candidate).await.map_err(Attempt::Failed)?;
        let door = Door::new(endpoint, self.candidate, self.application_name)?;
        let mut first_failure = None;
        for place in &places {
            let attempt = async {
                let opened = door.enter(place).await?;
                self.take(opened).await
            };
            let session = match endpoint.connect_timeout() {
                Some(limit) => tokio::time::timeout(limit, attempt).await.unwrap_or_else(|_| {
                    let seconds = limit.as_secs();
                    let said = format!("{} {seconds} s from {place}", NO_ANSWER.says);
                    let error = NO_ANSWER.saying(said).hinted(place.put_into(NO_ANSWER.hint));
                    Err(Attempt::Failed(error))
                }),
                None => attempt.await,
            };
            match session {
                Err(Attempt::Failed(error)) => {
                    first_failure.get_or_insert(error);
                }
                // The server answered: its other addresses are no better.
                decided => return decided,
            }
        }
        Err(Attempt::Failed(
            first_failure
                .unwrap_or_else(|| Error::new(ErrorKind::Unreachable, "the host has no address")),
        ))
    }

    /// Makes a session of a connection, if the server is of the wanted kind.
    async fn take(&self, opened: Opened) -> Result<Session, Attempt> {
        let unfit = |standing: standing::Standing| {
            let judged = self.wish.judge(standing, self.endpoint, self.candidate);
            judged.map_err(Attempt::Failed)
        };
        let told = standing::told(&opened.1);
        if let Some(standing) = told {
            unfit(standing)?;
        }
        let session = match self.manners {
            Manners::Ours => Session::prepare(opened).await,
            Manners::Servers => Session::untouched(opened).await,
        };
        let session = session.map_err(Attempt::Refused)?;
        if told.is_none() && self.wish != Wish::Anything {
            unfit(standing::ask(&session).await.map_err(Attempt::Refused)?)?;
        }
        Ok(session)
    }
}

/// Makes one failure of those of all servers.
fn together(mut failures: Vec<(&Candidate, Error)>) -> Error {
    if failures.len() == 1
        && let Some((_, error)) = failures.pop()
    {
        return error;
    }
    let Some((_, first)) = failures.first() else {
        return Error::new(ErrorKind::Bug, "an address without a server");
    };
    let (hint, kind) = (first.hint().map(str::to_owned), first.kind());
    let sqlstate = first.sqlstate().map(str::to_owned);
    let alike = failures.iter().all(|(_, error)| error.kind() == kind);
    let kind = if alike { kind } else { ErrorKind::Unreachable };
    let said: Vec<String> = failures
        .iter()
        .map(|(server, error)| format!("{}:{}: {error}", server.password_name(), server.port))
        .collect();
    let may_pass = failures.iter().any(|(_, error)| error.recovery() == Recovery::Retry);
    let recovery = if may_pass { Recovery::Retry } else { first.recovery() };
    let mut error = Error::new(kind, format!("none of the servers will do: {}", said.join("; ")))
        .with_recovery(recovery);
    if let Some(hint) = hint {
        error = error.hinted(hint);
    }
    // The same cause everywhere is the cause.
    let same = first
        .cause()
        .filter(|cause| failures.iter().all(|(_, error)| error.cause() == Some(*cause)));
    if let Some(cause) = same {
        error = error.because(cause);
    }
    match sqlstate {
        Some(code) if failures.iter().all(|(_, error)| error.sqlstate() == Some(&code)) => {
            error.with_sqlstate(code)
        }
        Some(_) | None => error,
    }
}
