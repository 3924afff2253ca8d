//! [`Pooling`]: does a pooler stand between us and the server, and can a session live through it?

use super::super::address::Endpoint;
use super::super::known::TRANSACTION_POOLER;
use super::super::session::Session;
use crate::{Error, ErrorKind, Result};
use sealift_core::sql::Sql;

/// What stands between us and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Nothing.
    Direct,
    /// A pooler that keeps a server process for each connection, as in PgBouncer's session mode.
    Session,
    /// A pooler that gives each transaction whichever process is free: settings, locks, temporary tables
    /// and prepared statements are lost between two of ours, or found by somebody else.
    Transaction,
}

/// How often two connections ask who works for them. In transaction mode one time is enough as long as
/// nobody else uses the pooler; busy ones hand out their processes in changing order.
const ROUNDS: usize = 4;

impl Endpoint {
    /// Finds out what stands in between. One connection when it is nothing, two otherwise; no setting is
    /// made on them.
    ///
    /// A server tells the number of its process at the login. A pooler tells a number of its own, because
    /// what it will pass on it does not know yet.
    ///
    /// ```text
    ///                       told     asked: A   B    A   B
    /// direct                 71         71
    /// session mode          5513       71   72   71  72      each has a process
    /// transaction mode      5513       71   71   …           both have one, or one has several
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Endpoint::connect`].
    pub async fn pooling(&self) -> Result<Pooling> {
        let first = self.connect_untouched("sealift").await?;
        if first.told_pid() == 0 || first.told_pid() == first.backend_pid() {
            return Ok(Pooling::Direct);
        }
        let second = self.connect_untouched("sealift").await?;
        let (pid, other) = (first.backend_pid(), second.backend_pid());
        if pid == other {
            return Ok(Pooling::Transaction);
        }
        for _ in 0..ROUNDS {
            if process(&first).await? != pid || process(&second).await? != other {
                return Ok(Pooling::Transaction);
            }
        }
        Ok(Pooling::Session)
    }

    /// Connects to look around, to whatever stands there. No setting is made where the session could become somebody
    /// else's; elsewhere a lock is waited for a moment only, since sizes of relations take one.
    ///
    /// # Errors
    ///
    /// As [`Endpoint::connect`].
    pub async fn connect_to_look(&self, application_name: &str) -> Result<(Session, Pooling)> {
        let pooling = self.pooling().await?;
        let session = match pooling {
            Pooling::Direct | Pooling::Session => {
                let session = self.connect(application_name).await?;
                session.batch(&Sql::raw("set lock_timeout = '5s'")).await?;
                session
            }
            Pooling::Transaction => self.connect_untouched(application_name).await?,
        };
        Ok((session, pooling))
    }

    /// Makes sure that the server can be reached and that sessions live, before anything is read.
    ///
    /// # Errors
    ///
    /// As [`Endpoint::connect`]; [`ErrorKind::Unreachable`] when a pooler in transaction mode stands in
    /// between.
    pub async fn probe(&self) -> Result<()> {
        match self.pooling().await? {
            Pooling::Direct | Pooling::Session => Ok(()),
            Pooling::Transaction => {
                let message =
                    format!("connect to {self}: {} stands in between", TRANSACTION_POOLER.says);
                Err(TRANSACTION_POOLER.saying(message).hinted(self.way_around()))
            }
        }
    }

    /// Returns how to get to the server itself, for the poolers that are known by their addresses.
    #[must_use]
    pub fn way_around(&self) -> String {
        let servers = self.candidates().iter();
        let hosts: Vec<_> = servers.map(|server| (server.password_name(), server.port)).collect();
        let direct = hosts.iter().find_map(|(host, port)| match (host, port) {
            (host, 6543) if host.contains("supabase") => {
                Some("use port 5432 instead of 6543, which is Supabase's session mode".to_owned())
            }
            (host, _) if host.contains("-pooler.") => Some(format!(
                "use Neon's direct host, the same without `-pooler`: {}",
                host.replacen("-pooler.", ".", 1)
            )),
            _ => None,
        });
        direct.unwrap_or_else(|| TRANSACTION_POOLER.hint.to_owned())
    }
}

async fn process(session: &Session) -> Result<i32> {
    let rows = session.query_text(&Sql::raw("select pg_catalog.pg_backend_pid()")).await?;
    let pid = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
    pid.ok_or_else(|| Error::new(ErrorKind::Bug, "the server does not tell its process"))
}
