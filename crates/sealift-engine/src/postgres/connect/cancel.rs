//! [`CancelRoute`]: the way to stop a statement, over a connection of its own.

use super::super::address::{Encryption, Endpoint};
use super::super::failure;
use super::super::known::NOTHING_LISTENS;
use super::super::tls::Client;
use super::dial::{Cover, SocketWishes, dial};
use super::place::Place;
use super::wire::Shaken;
use crate::{Error, ErrorKind, Result};
use std::time::Duration;
use tokio_postgres::CancelToken;

/// How to reach the server of a session again, in the same way.
#[derive(Clone)]
pub(in crate::postgres) struct CancelRoute {
    place: Place,
    wishes: SocketWishes,
    tls: Option<(Client, Encryption)>,
    limit: Duration,
}

/// How long a request to stop may take where the endpoint sets no limit.
const LIMIT: Duration = Duration::from_secs(10);

impl CancelRoute {
    pub(super) fn new(
        endpoint: &Endpoint,
        place: &Place,
        wishes: &SocketWishes,
        client: Option<&Client>,
    ) -> Self {
        Self {
            place: place.clone(),
            wishes: wishes.clone(),
            tls: client.map(|client| (client.clone(), endpoint.encryption().clone())),
            limit: endpoint.connect_timeout().unwrap_or(LIMIT),
        }
    }

    /// Asks the server to stop the statement that a token stands for.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub(in crate::postgres) async fn cancel(&self, token: &CancelToken) -> Result<()> {
        let asking = async {
            let cover = self
                .tls
                .as_ref()
                .map_or(Cover::Plain, |(client, encryption)| Cover::Tls(client, encryption));
            let wire = dial(&self.place, &self.wishes, cover).await.map_err(|error| {
                Error::new(
                    ErrorKind::Unreachable,
                    format!("there is no way to the server at {} ({error:?})", self.place),
                )
                .hinted(NOTHING_LISTENS.hint)
            })?;
            let cancelled = token.cancel_query_raw(wire, Shaken).await;
            cancelled.map_err(|error| failure::from_driver(&error))
        };
        tokio::time::timeout(self.limit, asking).await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Unreachable, format!("no answer at {}", self.place)))
        })
    }
}
