//! What kind of server answered, and whether that kind was wanted (`target_session_attrs`).

use super::super::address::{Candidate, Endpoint, Purpose, SessionAttributes, usage};
use super::super::known::{IS_STANDBY, OTHER_KIND, READ_ONLY};
use super::super::session::Session;
use super::super::typed::quoted;
use super::attempt::DriverConnection;
use crate::{Error, ErrorKind, Result};
use sealift_core::sql::Sql;

/// What kind of server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    is_standby: bool,
    /// Transactions are read-only unless they say otherwise.
    is_read_only: bool,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Anything,
    Writable,
    NotWritable,
    Primary,
    Standby,
}

/// Returns what is wanted: first the first; the next when no server is like that.
///
/// Who writes needs a server that takes writes, whatever the address says or leaves out, and of several
/// that one. Better said here than by the first statement.
pub(super) fn wishes(endpoint: &Endpoint) -> Result<Vec<Wish>> {
    use SessionAttributes as Asked;
    let asked = endpoint.session_attributes().unwrap_or_default();
    match (endpoint.purpose(), asked) {
        (
            Purpose::Writing,
            Asked::Any | Asked::ReadWrite | Asked::Primary | Asked::PreferStandby,
        )
        | (Purpose::Reading, Asked::ReadWrite) => Ok(vec![Wish::Writable]),
        (Purpose::Writing, Asked::ReadOnly | Asked::Standby) => {
            Err(usage("target_session_attrs asks for a server that takes no writes")
                .hinted("leave target_session_attrs out, or make it read-write"))
        }
        (Purpose::Reading, Asked::Any) => Ok(vec![Wish::Anything]),
        (Purpose::Reading, Asked::ReadOnly) => Ok(vec![Wish::NotWritable]),
        (Purpose::Reading, Asked::Primary) => Ok(vec![Wish::Primary]),
        (Purpose::Reading, Asked::Standby) => Ok(vec![Wish::Standby]),
        (Purpose::Reading, Asked::PreferStandby) => Ok(vec![Wish::Standby, Wish::Anything]),
    }
}

/// Returns what the server told at the login, which servers do since PostgreSQL 14, and some poolers do not.
pub(super) fn told(connection: &DriverConnection) -> Option<Standing> {
    Some(Standing {
        is_standby: connection.parameter("in_hot_standby")? == "on",
        is_read_only: connection.parameter("default_transaction_read_only")? == "on",
    })
}

/// Asks the server.
pub(super) async fn ask(session: &Session) -> Result<Standing> {
    let sql = Sql::raw(
        "select pg_catalog.pg_is_in_recovery()::text, \
         pg_catalog.current_setting('default_transaction_read_only')",
    );
    let rows = session.query_text(&sql).await?;
    match rows.first().map(Vec::as_slice) {
        Some([Some(standby), Some(read_only)]) => {
            Ok(Standing { is_standby: standby == "true", is_read_only: read_only == "on" })
        }
        Some(_) | None => {
            Err(Error::new(ErrorKind::Bug, "the server does not tell whether it is a standby"))
        }
    }
}

impl Wish {
    /// Returns the failure for a server of another kind.
    pub(super) fn judge(
        self,
        standing: Standing,
        endpoint: &Endpoint,
        server: &Candidate,
    ) -> Result<()> {
        let is_writable = !standing.is_standby && !standing.is_read_only;
        let fits = match self {
            Self::Anything => true,
            Self::Writable => is_writable,
            Self::NotWritable => !is_writable,
            Self::Primary => !standing.is_standby,
            Self::Standby => standing.is_standby,
        };
        if fits {
            return Ok(());
        }
        let name = server.password_name();
        let what = match (standing.is_standby, standing.is_read_only) {
            (true, _) => "it is a standby",
            (false, true) => "default_transaction_read_only is on",
            (false, false) => "it takes writes",
        };
        let read_only = if standing.is_standby { &IS_STANDBY } else { &READ_ONLY };
        Err(match self {
            Self::Writable => read_only
                .saying(format!("server {name} {}: {what}", READ_ONLY.says))
                .hinted(read_only.hint.replace("DATABASE", &quoted(endpoint.database())))
                // As PostgreSQL names it when a statement finds out.
                .with_sqlstate("25006"),
            Self::Anything | Self::NotWritable | Self::Primary | Self::Standby => {
                OTHER_KIND.saying(format!("server {name} {}: {what}", OTHER_KIND.says))
            }
        })
    }
}
