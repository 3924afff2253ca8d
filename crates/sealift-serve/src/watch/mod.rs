//! [`Watch`]: how far the running migration is, kept from the events that it sends.

mod migration;
mod progress;
mod rate;
mod table;

pub(crate) use migration::{Migration, MigrationStatus};
pub(crate) use rate::to_float;

use sealift_engine::ops::Events;
use sealift_engine::report::MigrateReport;
use serde::Serialize;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The migration that a server shows. Clones share it; without one, [`Watch::new`] shows none.
///
/// ```text
/// let watch = Watch::new();
/// Server::bind(ServeOptions { watch: watch.clone(), … })      shows "no migration"
/// watch.begin(source, target, since_epoch);                   shows that it runs
/// migrate(options, watch.events(progress.events()), cancel)   each event is kept and passed on
/// watch.finished(&report)  or  watch.failed(&failure)         shows how it ended
/// ```
#[derive(Clone)]
pub struct Watch(Arc<Shared>);

struct Shared {
    migration: Mutex<Option<Migration>>,
    /// Counts the changes. Who shows the migration waits for the next one.
    changes: watch::Sender<u64>,
    /// The JSON that was last asked for: however many look, it is written once.
    written: Mutex<Option<Written>>,
}

struct Written {
    version: u64,
    at: Instant,
    json: Arc<str>,
}

/// For so long a text is good as long as nothing happens: only the seconds in it are older.
const FRESH: Duration = Duration::from_millis(250);

/// Why a migration ended early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What happened, to which object; no secret and no cell.
    pub message: String,
    /// What to do next.
    pub hints: Vec<String>,
    /// Whether a person asked it to stop, so that nothing is wrong.
    #[serde(skip)]
    pub stopped: bool,
}

impl Watch {
    /// Returns a watch that knows of no migration.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            migration: Mutex::new(None),
            changes: watch::Sender::new(0),
            written: Mutex::new(None),
        }))
    }

    /// Says that a migration begins: from which file, to which server (both as they may be shown), and
    /// when, since 1970-01-01 UTC. What an earlier one has left is forgotten.
    pub fn begin(
        &self,
        source: impl Into<String>,
        target: impl Into<String>,
        since_epoch: Duration,
    ) {
        let migration = Migration::new(source.into(), target.into(), since_epoch, Instant::now());
        *self.lock() = Some(migration);
        self.changed();
    }

    /// Returns a stream that keeps what goes by and passes it on to `events`.
    #[must_use]
    pub fn events(&self, events: Events) -> Events {
        let watch = self.clone();
        Events::new(move |event| {
            if let Some(migration) = watch.lock().as_mut() {
                migration.receive(&event, Instant::now());
            }
            watch.changed();
            events.send(event);
        })
    }

    /// Says that the migration came to its end, with what it came back with. That may also be that
    /// findings stopped it, or that both sides differ.
    pub fn finished(&self, report: &MigrateReport) {
        if let Some(migration) = self.lock().as_mut() {
            migration.finished(report, Instant::now());
        }
        self.changed();
    }

    /// Says that the migration failed, or was stopped.
    pub fn failed(&self, failure: &Failure) {
        if let Some(migration) = self.lock().as_mut() {
            migration.failed(failure, Instant::now());
        }
        self.changed();
    }

    /// Returns what waits for changes; the number it holds differs after each.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Returns the migration as it is now, as JSON: `null` where there is none.
    pub(crate) fn json(&self) -> Arc<str> {
        let (version, at) = (*self.0.changes.borrow(), Instant::now());
        let mut written = self.0.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Written { version: of, at: since, json }) = written.as_ref()
            && *of == version
            && at.duration_since(*since) < FRESH
        {
            return Arc::clone(json);
        }
        let json: Arc<str> = self.read(|migration| {
            let now = migration.map(|migration| migration.now(at));
            // It holds texts and numbers only, and those always serialize.
            serde_json::to_string(&now).unwrap_or_else(|_| "null".to_owned()).into()
        });
        *written = Some(Written { version, at, json: Arc::clone(&json) });
        json
    }

    /// Lets somebody look at the migration.
    pub(crate) fn read<T>(&self, look: impl FnOnce(Option<&Migration>) -> T) -> T {
        look(self.lock().as_ref())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Migration>> {
        self.0.migration.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.0.changes.send_modify(|version| *version = version.wrapping_add(1));
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}
