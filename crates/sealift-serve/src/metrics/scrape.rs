//! [`Scrape`]: everything that is known at one moment, as metrics.

use super::names as metric;
use super::writer::{Labels, Writer};
use crate::health::Checked;
use crate::watch::{Migration, MigrationStatus, to_float};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use sealift_core::plan::Severity;
use sealift_engine::monitor::{Snapshot, Standby};
use sealift_engine::ops::Phase;
use sealift_engine::postgres::PoolCounts;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// What is known at one moment.
#[derive(Debug)]
pub(super) struct Scrape {
    pub(super) checked: Arc<Checked>,
    pub(super) pool: Option<PoolCounts>,
    pub(super) snapshot: Option<Arc<Snapshot>>,
    pub(super) migration: Option<Figures>,
}

/// How far a migration is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figures {
    pub(super) status: MigrationStatus,
    pub(super) phase: Option<Phase>,
    pub(super) rows: u64,
    pub(super) rows_total: Option<u64>,
    pub(super) bytes: u64,
    pub(super) seconds: f64,
    /// Errors, warnings, notes.
    pub(super) findings: [usize; 3],
}

impl Figures {
    pub(super) fn of(migration: &Migration) -> Self {
        let (rows, rows_total, bytes) = migration.amount();
        Self {
            status: migration.status(),
            phase: migration.phase(),
            rows,
            rows_total,
            bytes,
            seconds: migration.seconds(Instant::now()),
            findings: SEVERITIES.map(|(severity, _)| migration.findings(severity)),
        }
    }
}

const SEVERITIES: [(Severity, &str); 3] =
    [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];

const STATUSES: [(MigrationStatus, &str); 4] = [
    (MigrationStatus::Running, "running"),
    (MigrationStatus::Done, "done"),
    (MigrationStatus::Failed, "failed"),
    (MigrationStatus::Stopped, "stopped"),
];

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut writer = Writer(encoder);
        writer.info(&metric::BUILD, vec![("version", env!("CARGO_PKG_VERSION"))])?;
        health(&mut writer, &self.checked)?;
        self.pool.as_ref().map_or(Ok(()), |pool| write_pool(&mut writer, pool))?;
        if let Some(snapshot) = &self.snapshot {
            server(&mut writer, snapshot)?;
            database(&mut writer, snapshot)?;
            tables(&mut writer, snapshot)?;
            replication(&mut writer, snapshot)?;
        }
        self.migration.as_ref().map_or(Ok(()), |figures| migration(&mut writer, figures))
    }
}

fn health(writer: &mut Writer<'_>, checked: &Checked) -> fmt::Result {
    writer.gauge(&metric::DATABASE_UP, Some(flag(checked.outcome.is_ok())))?;
    let latency = checked.outcome.as_ref().ok().map(|answer| answer.latency.as_secs_f64());
    writer.gauge(&metric::PROBE_SECONDS, latency)
}

fn write_pool(writer: &mut Writer<'_>, pool: &PoolCounts) -> fmt::Result {
    let state = pool.state;
    writer.gauge(&metric::POOL_MAX, Some(number(state.max)))?;
    let by_state = [("idle", state.idle), ("in_use", state.in_use)];
    let by_state = by_state.map(|(state, count)| (vec![("state", state)], number(count)));
    writer.gauges(&metric::POOL_SESSIONS, by_state)?;
    writer.gauge(&metric::POOL_WAITING, Some(number(state.waiting)))?;
    writer.counter(&metric::POOL_CONNECTS, Some(pool.opened))?;
    writer.counter(&metric::POOL_TIMEOUTS, Some(state.timeouts))?;
    writer.histogram(&metric::POOL_WAIT_SECONDS, &pool.waits)?;
    writer.histogram(&metric::QUERY_SECONDS, &pool.queries)?;
    let errors = pool.errors.iter().map(|(class, count)| (label("class", class), *count));
    writer.counters(&metric::QUERY_ERRORS, errors)
}

fn server(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let facts = snapshot.server.as_ref();
    writer.gauge(&metric::SERVER_STARTED, facts.map(|facts| facts.started_at))?;
    writer.gauge(&metric::SERVER_STANDBY, facts.map(|facts| flag(facts.is_standby)))?;
    if let Some(connections) = &snapshot.connections {
        writer.gauge(&metric::SERVER_LIMIT, Some(connections.limit.into()))?;
        let by_state = connections.by_state.iter();
        let by_state = by_state.map(|(state, count)| (label("state", state), f64::from(*count)));
        writer.gauges(&metric::SERVER_CONNECTIONS, by_state)?;
    }
    writer.gauge(&metric::SERVER_SLOW, snapshot.slow_queries().map(number))?;
    let longest = snapshot.queries.as_ref().map(|queries| {
        let active = queries.iter().filter(|query| query.state.as_deref() == Some("active"));
        active.map(|query| query.seconds).fold(0.0, f64::max)
    });
    writer.gauge(&metric::SERVER_LONGEST, longest)?;
    let blocked = snapshot.locks.as_ref().map(|locks| number(locks.len()));
    writer.gauge(&metric::SERVER_BLOCKED, blocked)?;
    let missing = snapshot.missing.keys().map(|part| (label("part", part), 1.0));
    writer.gauges(&metric::PART_MISSING, missing)
}

fn database(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let facts = snapshot.database.as_ref();
    writer.gauge(&metric::DATABASE_SIZE, facts.map(|facts| to_float(facts.bytes)))?;
    let ratio = facts.and_then(|facts| facts.cache_hit_ratio);
    writer.gauge(&metric::DATABASE_HIT_RATIO, ratio)?;
    writer.counter(&metric::DATABASE_COMMITS, facts.map(|facts| facts.commits))?;
    writer.counter(&metric::DATABASE_ROLLBACKS, facts.map(|facts| facts.rollbacks))?;
    writer.counter(&metric::DATABASE_DEADLOCKS, facts.map(|facts| facts.deadlocks))?;
    writer.counter(&metric::DATABASE_TEMPORARY, facts.map(|facts| facts.temporary_bytes))
}

fn tables(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let tables = snapshot.tables.as_deref().unwrap_or_default();
    let named = |count: fn(&sealift_engine::monitor::TableFacts) -> u64| {
        tables.iter().map(move |table| {
            let labels = vec![("schema", table.schema.as_str()), ("table", table.name.as_str())];
            (labels, to_float(count(table)))
        })
    };
    writer.gauges(&metric::TABLE_SIZE, named(|table| table.bytes))?;
    writer.gauges(&metric::TABLE_LIVE, named(|table| table.live_rows))?;
    writer.gauges(&metric::TABLE_DEAD, named(|table| table.dead_rows))?;
    let sequences = snapshot.sequences.iter().flatten().map(|sequence| {
        let name = ("sequence", sequence.name.as_str());
        (vec![("schema", sequence.schema.as_str()), name], sequence.used_ratio)
    });
    writer.gauges(&metric::SEQUENCE_USED, sequences)?;
    let unused = snapshot.unused_indexes.as_ref().map(|indexes| number(indexes.len()));
    writer.gauge(&metric::UNUSED_INDEXES, unused)?;
    let bare = snapshot.unindexed_foreign_keys.as_ref().map(|keys| number(keys.len()));
    writer.gauge(&metric::UNINDEXED_KEYS, bare)
}

fn replication(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let standbys = snapshot.replication.as_deref().unwrap_or_default();
    let bytes = furthest(standbys, |standby| standby.lag_bytes.map(to_float));
    let bytes = bytes.iter().map(|(name, lag)| (label("standby", name), *lag));
    writer.gauges(&metric::REPLICATION_BYTES, bytes)?;
    let seconds = furthest(standbys, |standby| standby.lag_seconds);
    let seconds = seconds.iter().map(|(name, lag)| (label("standby", name), *lag));
    writer.gauges(&metric::REPLICATION_SECONDS, seconds)
}

/// Returns how far each is behind. Of several with one name, as all have that were given none, the furthest
/// counts.
fn furthest(standbys: &[Standby], lag: impl Fn(&Standby) -> Option<f64>) -> BTreeMap<&str, f64> {
    let mut furthest = BTreeMap::new();
    for standby in standbys {
        if let Some(lag) = lag(standby) {
            let known = furthest.entry(standby.name.as_str()).or_insert(lag);
            *known = f64::max(*known, lag);
        }
    }
    furthest
}

fn migration(writer: &mut Writer<'_>, figures: &Figures) -> fmt::Result {
    let statuses =
        STATUSES.map(|(status, name)| (vec![("status", name)], flag(status == figures.status)));
    writer.gauges(&metric::MIGRATION_STATUS, statuses)?;
    let phases =
        Phase::ALL.map(|phase| (vec![("phase", phase.name())], flag(Some(phase) == figures.phase)));
    writer.gauges(&metric::MIGRATION_PHASE, phases)?;
    writer.counter(&metric::MIGRATION_ROWS, Some(figures.rows))?;
    writer.gauge(&metric::MIGRATION_EXPECTED, figures.rows_total.map(to_float))?;
    writer.counter(&metric::MIGRATION_BYTES, Some(figures.bytes))?;
    writer.gauge(&metric::MIGRATION_SECONDS, Some(figures.seconds))?;
    let findings = SEVERITIES.iter().zip(figures.findings);
    let findings = findings.map(|((_, name), count)| (vec![("severity", *name)], number(count)));
    writer.gauges(&metric::MIGRATION_FINDINGS, findings)
}

fn label<'a>(name: &'static str, value: &'a str) -> Labels<'a> {
    vec![(name, value)]
}

fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

fn number(count: usize) -> f64 {
    to_float(u64::try_from(count).unwrap_or(u64::MAX))
}
