//! What those who ask for the health are told. The fields are a contract: probes of Docker, Kubernetes and
//! load balancers read them.

use super::Checked;
use crate::state::App;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use sealift_engine::postgres::PoolState;
use serde::Serialize;

/// `/health/db`, `/health` and its like
#[derive(Debug, Serialize)]
pub(crate) struct DatabaseHealth {
    status: &'static str,
    database: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// `/api/health`
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    status: &'static str,
    database: &'static str,
    /// Why it is not well.
    reason: Option<String>,
    /// `postgresql` or `sqlite`
    kind: &'static str,
    /// Which database, without a password.
    target: String,
    /// Of Sealift.
    version: &'static str,
    /// Of the server, or of the library that reads the file; `None` while it does not answer.
    server_version: Option<String>,
    /// How long it took to answer.
    latency_seconds: Option<f64>,
    /// `None` for a file.
    pool: Option<PoolState>,
}

/// Returns those that need no token: what they tell is whether the database is there, and who cannot reach it
/// any more has other means to find out.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/livez", get(alive))
        .route("/readyz", get(health))
        .route("/health", get(health))
        .route("/healthz", get(health))
        .route("/health/db", get(database))
}

/// Says that this process answers, whatever becomes of the database: a restart would not help that.
async fn alive() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

/// Tells whether the database is well, and why not.
pub(crate) async fn health(State(app): State<App>) -> (StatusCode, Json<DatabaseHealth>) {
    let checked = app.check().await;
    let word = word(&checked);
    let reason = checked.outcome.as_ref().err().cloned();
    (code(&checked), Json(DatabaseHealth { status: word, database: word, reason }))
}

async fn database(State(app): State<App>) -> (StatusCode, Json<DatabaseHealth>) {
    let checked = app.check().await;
    let (status, database) = match checked.outcome {
        Ok(_) => ("ok", "connected"),
        Err(_) => ("error", "disconnected"),
    };
    let reason = checked.outcome.as_ref().err().cloned();
    (code(&checked), Json(DatabaseHealth { status, database, reason }))
}

/// Returns what `/api/health` tells, and with which code.
pub(crate) async fn state(app: &App) -> (StatusCode, Health) {
    let checked = app.check().await;
    let word = word(&checked);
    let answer = checked.outcome.as_ref().ok();
    let health = Health {
        status: word,
        database: word,
        reason: checked.outcome.as_ref().err().cloned(),
        kind: app.source().kind(),
        target: app.source().shown(),
        version: env!("CARGO_PKG_VERSION"),
        server_version: answer.map(|answer| answer.version.clone()),
        latency_seconds: answer.map(|answer| answer.latency.as_secs_f64()),
        pool: app.source().pool().map(|counts| counts.state),
    };
    (code(&checked), health)
}

fn word(checked: &Checked) -> &'static str {
    match checked.outcome {
        Ok(_) => "healthy",
        Err(_) => "unhealthy",
    }
}

fn code(checked: &Checked) -> StatusCode {
    match checked.outcome {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
