//! The page: its files, as they are embedded in the program.

use axum::Router;
use axum::response::Html;
use axum::routing::get;

/// Returns the page's own routes.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/", get(|| async { Html(INDEX) }))
}

const INDEX: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Sealift</title>
<h1>Sealift</h1>
<ul>
<li><a href=\"/api/state\">State</a>
<li><a href=\"/api/health\">Health</a>
<li><a href=\"/metrics\">Metrics</a>
</ul>
";
