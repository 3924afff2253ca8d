//! `/metrics`: what is known now, in Prometheus' text format.

mod names;
mod scrape;
#[cfg(test)]
mod tests;
mod writer;

use crate::state::App;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;
use scrape::{Figures, Scrape};

/// `/metrics`. A database that does not answer is a value, not a failure: the others are still told.
pub(crate) async fn metrics(
    State(app): State<App>,
) -> Result<([(HeaderName, &'static str); 1], String), StatusCode> {
    // First, so that its own question is among what the pool has counted.
    let (checked, snapshot) = tokio::join!(app.check(), app.source().snapshot());
    let scrape = Scrape {
        checked,
        snapshot,
        pool: app.source().pool(),
        migration: app.watch().read(|migration| migration.map(Figures::of)),
    };
    let text = write(scrape).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text))
}

fn write(scrape: Scrape) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(scrape));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}
