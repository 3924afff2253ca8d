//! Which address is answered by what.

use crate::state::{self, App};
use crate::{access, headers, health, metrics, page, stream};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

/// Returns everything that is served.
pub(crate) fn routes(app: App) -> Router {
    let detailed = Router::new()
        .route("/api/health", get(state::health))
        .layer(middleware::from_fn_with_state(app.clone(), access::check_details));
    let guarded = Router::new()
        .route("/api/state", get(state::state))
        .route("/api/events", get(stream::events))
        .route("/metrics", get(metrics::metrics))
        .merge(page::routes())
        .layer(middleware::from_fn_with_state(app.clone(), access::check));
    health::routes()
        .merge(detailed)
        .merge(guarded)
        .fallback(nothing)
        .layer(middleware::map_response(headers::add))
        .with_state(app)
}

async fn nothing() -> (StatusCode, Json<serde_json::Value>) {
    (StatusCode::NOT_FOUND, Json(json!({ "status": "error", "reason": "there is no such page" })))
}
