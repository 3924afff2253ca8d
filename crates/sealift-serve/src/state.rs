//! [`App`]: what the answers are made of, and `/api/state`, which is all of it at once.

use crate::access::Token;
use crate::database::Source;
use crate::health::{self, Checked, Probe};
use crate::watch::Watch;
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use sealift_engine::ops::Cancel;
use serde::Serialize;
use std::sync::Arc;

/// What every request can see. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) source: Source,
    pub(crate) probe: Probe,
    pub(crate) watch: Watch,
    pub(crate) token: Option<Token>,
    /// Whether browsers come through TLS.
    pub(crate) is_encrypted: bool,
    /// Ends the streams, which would go on for ever.
    pub(crate) stop: Cancel,
}

impl App {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    pub(crate) fn source(&self) -> &Source {
        &self.0.source
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.0.watch
    }

    pub(crate) fn token(&self) -> Option<&Token> {
        self.0.token.as_ref()
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.is_encrypted
    }

    pub(crate) fn stop(&self) -> &Cancel {
        &self.0.stop
    }

    /// Asks the database, or returns what it has just said.
    pub(crate) async fn check(&self) -> Arc<Checked> {
        self.0.probe.check(&self.0.source).await
    }

    /// Returns how the server is, as JSON; `null` for a file.
    pub(crate) async fn server_json(&self) -> String {
        json(&self.source().snapshot().await.as_deref())
    }

    /// Returns the health, as JSON.
    pub(crate) async fn health_json(&self) -> String {
        json(&health::state(self).await.1)
    }
}

/// `/api/health`
pub(crate) async fn health(State(app): State<App>) -> (StatusCode, Json<health::Health>) {
    let (code, health) = health::state(&app).await;
    (code, Json(health))
}

/// `/api/state`
pub(crate) async fn state(State(app): State<App>) -> ([(HeaderName, &'static str); 1], String) {
    let (server, health) = tokio::join!(app.server_json(), app.health_json());
    let migration = app.watch().json();
    let body = format!(r#"{{"migration":{migration},"server":{server},"health":{health}}}"#);
    ([(CONTENT_TYPE, "application/json")], body)
}

/// Writes what consists of texts and numbers, which always can be.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
