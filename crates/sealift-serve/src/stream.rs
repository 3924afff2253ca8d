//! `/api/events`: the state as a stream of server-sent events, each only when it is due.

use crate::state::App;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_stream::wrappers::IntervalStream;

/// A migration is told about so often, where it has changed.
const MIGRATION: Duration = Duration::from_millis(250);

/// The health so often.
const HEALTH: Duration = Duration::from_secs(2);

/// How the server is so often: it is not read more often either.
const SERVER: Duration = Duration::from_secs(5);

/// Where nothing happens, so often something is sent, so that nobody in between takes the line for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Tells everything at once, then what changes, until the server stops.
pub(crate) async fn events(
    State(app): State<App>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stop = app.stop().clone();
    let all =
        stream::select(migration(app.clone()), stream::select(health(app.clone()), server(app)));
    let all = all.take_until(Box::pin(async move { stop.cancelled().await }));
    Sse::new(all.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

fn migration(app: App) -> impl Stream<Item = Event> {
    let mut changes = app.watch().changes();
    changes.mark_changed();
    stream::unfold((app, changes, every(MIGRATION)), |(app, mut changes, mut tick)| async move {
        // Without a watch nothing changes any more; the server's own lives as long as the server.
        changes.changed().await.ok()?;
        tick.tick().await;
        changes.mark_unchanged();
        let event = Event::default().event("migration").data(app.watch().json());
        Some((event, (app, changes, tick)))
    })
}

fn health(app: App) -> impl Stream<Item = Event> {
    IntervalStream::new(every(HEALTH)).then(move |_| {
        let app = app.clone();
        async move { Event::default().event("health").data(app.health_json().await) }
    })
}

fn server(app: App) -> impl Stream<Item = Event> {
    IntervalStream::new(every(SERVER)).then(move |_| {
        let app = app.clone();
        async move { Event::default().event("server").data(app.server_json().await) }
    })
}

/// Ticks at once and then so often; who was kept waiting does not catch up.
fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
