//! The page: a migration as it runs, and the database's health. Its files stand in `assets/`, are embedded
//! in the program, and ask nobody but the server they come from. See docs/design/027-page.md.
//!
//! ```text
//! app.js ── sse.js      hears /api/events, which begins with everything
//!    ├── link.js        whether it hears anything
//!    ├── hero.js        the migration: how far, how fast, how it ended      (progress.js, words.js)
//!    ├── tables.js      a bar for each table
//!    ├── findings.js    findings, notices, statements
//!    ├── health.js      the head of the page without a migration
//!    └── database.js    a card for each part of a reading of the server     (parts.js)
//! dom.js, format.js, chart.js, marks.js: texts, numbers, lines and signs for all of them
//! ```

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

/// A file of the page: where it is, what it is, what stands in it.
struct Asset {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

/// Names an asset of the folder, with the kind of its text.
macro_rules! asset {
    ($name:literal, $kind:expr) => {
        Asset {
            path: concat!("/page/", $name),
            kind: $kind,
            text: include_str!(concat!("assets/", $name)),
        }
    };
}

const INDEX: Asset = Asset { path: "/", kind: HTML, text: include_str!("assets/index.html") };

const ASSETS: [Asset; 18] = [
    INDEX,
    asset!("icon.svg", PICTURE),
    asset!("style.css", CSS),
    asset!("app.js", SCRIPT),
    asset!("chart.js", SCRIPT),
    asset!("database.js", SCRIPT),
    asset!("dom.js", SCRIPT),
    asset!("findings.js", SCRIPT),
    asset!("format.js", SCRIPT),
    asset!("health.js", SCRIPT),
    asset!("hero.js", SCRIPT),
    asset!("link.js", SCRIPT),
    asset!("marks.js", SCRIPT),
    asset!("parts.js", SCRIPT),
    asset!("progress.js", SCRIPT),
    asset!("sse.js", SCRIPT),
    asset!("tables.js", SCRIPT),
    asset!("words.js", SCRIPT),
];

/// Returns the page's own routes.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        router.route(asset.path, get(move || async move { answer(asset) }))
    })
}

/// A newer Sealift at the same address has other files: a browser asks each time.
fn answer(asset: &Asset) -> impl IntoResponse {
    ([(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, "no-cache")], asset.text)
}

#[cfg(test)]
mod tests;
