//! How the pool's sessions come about, and whether one is used again.

use super::settings::{PoolSettings, Reuse};
use crate::error::{Error, Result};
use crate::postgres::{Endpoint, Session};
use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use sealift_core::sql::Sql;

/// Opens sessions of one server.
#[derive(Debug)]
pub(super) struct SessionManager {
    pub(super) endpoint: Endpoint,
    pub(super) application_name: &'static str,
    pub(super) settings: PoolSettings,
}

impl Manager for SessionManager {
    type Type = Session;
    type Error = Error;

    /// Connects. The session keeps the server's settings: through a pooler in transaction mode they could
    /// become those of somebody else's.
    async fn create(&self) -> Result<Session> {
        self.endpoint.connect_untouched(self.application_name).await
    }

    /// Refuses a session that is closed, too old, or does not answer; the pool takes another.
    async fn recycle(&self, session: &mut Session, metrics: &Metrics) -> RecycleResult<Error> {
        if session.is_closed() {
            return Err(RecycleError::message("the connection is closed"));
        }
        if metrics.age() > self.settings.recycle {
            return Err(RecycleError::message("the session is old"));
        }
        match self.settings.reuse {
            Reuse::Trust => Ok(()),
            Reuse::Ping => {
                session.query_text(&ping()).await?;
                Ok(())
            }
        }
    }
}

/// Returns the cheapest question.
pub(super) fn ping() -> Sql {
    Sql::raw("select 1")
}
