//! The text as `promtool check metrics` looks at it, and the files that name its metrics.

use super::names::{self, Metric};
use super::scrape::{Figures, Scrape};
use super::write;
use crate::health::Checked;
use crate::watch::MigrationStatus;
use prometheus_client::metrics::MetricType;
use sealift_engine::histogram::Histogram;
use sealift_engine::monitor::{
    Blocked, Connections, DatabaseFacts, RunningQuery, SequenceFacts, ServerFacts, Snapshot,
    Standby, TableFacts,
};
use sealift_engine::ops::Phase;
use sealift_engine::postgres::{PoolCounts, PoolState};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

impl Metric {
    fn full_name(&self) -> String {
        let ending = match self.kind {
            MetricType::Counter => "_total",
            MetricType::Info => "_info",
            MetricType::Gauge | MetricType::Histogram | MetricType::Unknown => "",
        };
        format!("{}{ending}", self.name)
    }
}

fn pool() -> PoolCounts {
    let histogram = Histogram::default();
    histogram.record(Duration::from_millis(3));
    histogram.record(Duration::from_secs(60));
    let state =
        PoolState { base: 5, max: 20, size: 3, idle: 1, in_use: 2, waiting: 4, timeouts: 5 };
    let errors = BTreeMap::from([("57".to_owned(), 2), ("none".to_owned(), 1)]);
    PoolCounts { state, opened: 7, waits: histogram.read(), queries: histogram.read(), errors }
}

/// A reading with everything in it, names that need escaping too.
fn snapshot() -> Snapshot {
    let standby = |lag_bytes, lag_seconds| Standby {
        name: "walreceiver".to_owned(),
        state: Some("streaming".to_owned()),
        sync_state: Some("async".to_owned()),
        lag_bytes: Some(lag_bytes),
        lag_seconds: Some(lag_seconds),
    };
    Snapshot {
        server: Some(ServerFacts {
            version: "18.0".to_owned(),
            started_at: 1_700_000_000.25,
            read_at: 1_700_000_100.0,
            is_standby: false,
            database: "app".to_owned(),
        }),
        connections: Some(Connections {
            limit: 97,
            used: 3,
            by_state: BTreeMap::from([("active".to_owned(), 1), ("idle".to_owned(), 2)]),
        }),
        queries: Some(vec![RunningQuery {
            pid: 1,
            user: None,
            application: String::new(),
            seconds: 7.5,
            state: Some("active".to_owned()),
            wait: None,
            query: None,
            slow: true,
        }]),
        locks: Some(vec![Blocked {
            pid: 2,
            user: None,
            seconds: 1.0,
            mode: None,
            relation: None,
            query: None,
            blocked_by: vec![1],
        }]),
        database: Some(DatabaseFacts {
            bytes: 1 << 40,
            cache_hit_ratio: Some(0.99),
            commits: 10,
            rollbacks: 1,
            deadlocks: 0,
            temporary_bytes: 5,
        }),
        tables: Some(vec![TableFacts {
            schema: "public".to_owned(),
            name: "odd \"table\"\\\n".to_owned(),
            bytes: 8192,
            index_bytes: 0,
            rows: Some(1),
            live_rows: 1,
            dead_rows: 2,
            vacuumed_at: None,
            analyzed_at: None,
        }]),
        unused_indexes: Some(Vec::new()),
        unindexed_foreign_keys: Some(Vec::new()),
        scanned_tables: None,
        sequences: Some(vec![SequenceFacts {
            schema: "public".to_owned(),
            name: "ids".to_owned(),
            last_value: Some(5),
            end: 10,
            used_ratio: 0.5,
        }]),
        // Standbys that were given no name all have the same.
        replication: Some(vec![standby(10, 0.5), standby(30, 0.25)]),
        statements: None,
        missing: BTreeMap::from([("statements", "not there".to_owned())]),
    }
}

fn everything() -> String {
    let figures = Figures {
        status: MigrationStatus::Running,
        phase: Some(Phase::Copy),
        rows: 10,
        rows_total: Some(20),
        bytes: 100,
        seconds: 1.5,
        findings: [0, 1, 2],
    };
    let checked = Checked::answered(Duration::from_millis(2));
    write(Scrape {
        checked: Arc::new(checked),
        pool: Some(pool()),
        snapshot: Some(Arc::new(snapshot())),
        migration: Some(figures),
    })
    .unwrap()
}

/// Returns the names that are described, with their types, and each line of a sample.
fn read(text: &str) -> (BTreeMap<&str, &str>, Vec<&str>) {
    let mut types = BTreeMap::new();
    let mut samples = Vec::new();
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            let (name, kind) = described.split_once(' ').unwrap();
            assert_eq!(types.insert(name, kind), None, "{name} is described twice");
        } else if !line.starts_with('#') {
            samples.push(line);
        }
    }
    (types, samples)
}

fn name_of(sample: &str) -> &str {
    sample.split(['{', ' ']).next().unwrap()
}

#[test]
fn every_metric_of_the_list_is_written_and_no_other() {
    let text = everything();
    let (types, _) = read(&text);
    let written: BTreeSet<String> = types.keys().map(|name| (*name).to_owned()).collect();
    let listed: BTreeSet<String> = names::ALL.iter().map(|metric| metric.full_name()).collect();
    assert_eq!(written, listed);
}

#[test]
fn names_and_help_are_as_promtool_wants_them() {
    let text = everything();
    let (types, _) = read(&text);
    let units =
        ["ms", "milliseconds", "minutes", "hours", "kb", "kilobytes", "mb", "percent", "s", "b"];
    for (name, kind) in &types {
        assert!(name.starts_with("sealift_"), "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        assert!(name.split('_').all(|word| !units.contains(&word)), "{name}: not a base unit");
        let is_kind = |word| ["counter", "gauge", "histogram"].contains(&word);
        assert!(!name.split('_').any(is_kind), "{name} names its type");
        assert_eq!(name.ends_with("_total"), *kind == "counter", "{name} is a {kind}");
        for suffix in ["_count", "_sum", "_bucket"] {
            assert!(!name.ends_with(suffix), "{name}");
        }
        let help = text.lines().find(|line| line.starts_with(&format!("# HELP {name} ")));
        assert!(help.is_some_and(|help| help.len() > name.len() + 15), "{name}: {help:?}");
    }
}

#[test]
fn no_series_is_there_twice_and_all_belong_to_what_is_described() {
    let text = everything();
    let (types, samples) = read(&text);
    let mut series = BTreeSet::new();
    for sample in &samples {
        let (series_name, value) = sample.rsplit_once(' ').unwrap();
        assert!(series.insert(series_name), "{series_name} is there twice");
        assert!(value.parse::<f64>().is_ok(), "{sample}");
        let name = name_of(sample);
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix).filter(|name| types.contains_key(name)))
            .unwrap_or(name);
        assert!(types.contains_key(family), "{sample} is not described");
    }
}

#[test]
fn what_a_family_consists_of_stands_together() {
    let text = everything();
    let mut seen: Vec<&str> = Vec::new();
    let mut current = "";
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# HELP ") {
            current = described.split(' ').next().unwrap();
            assert!(!seen.contains(&current), "{current}");
            seen.push(current);
        } else {
            let name = name_of(line.strip_prefix("# TYPE ").unwrap_or(line));
            assert!(name.starts_with(current), "{line} stands below {current}");
        }
    }
}

#[test]
fn odd_names_are_escaped() {
    let text = everything();
    let sample = r#"sealift_table_dead_rows{schema="public",table="odd \"table\"\\\n"} 2"#;
    assert!(text.lines().any(|line| line.starts_with(sample)), "{text}");
}

#[test]
fn a_histogram_adds_up() {
    let text = everything();
    let value = |series: &str| {
        let line =
            text.lines().find(|line| line.rsplit_once(' ').is_some_and(|(s, _)| s == series));
        line.unwrap_or_else(|| panic!("{series}: {text}")).rsplit_once(' ').unwrap().1.to_owned()
    };
    assert_eq!(value("sealift_pool_wait_seconds_count"), "2");
    assert_eq!(value(r#"sealift_pool_wait_seconds_bucket{le="0.0025"}"#), "0");
    assert_eq!(value(r#"sealift_pool_wait_seconds_bucket{le="0.01"}"#), "1");
    assert_eq!(value(r#"sealift_pool_wait_seconds_bucket{le="+Inf"}"#), "2");
}

#[test]
fn of_standbys_with_one_name_the_furthest_counts() {
    let text = everything();
    let lag = |name: &str| {
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with(name)).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines[0].rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    assert_eq!(lag("sealift_replication_lag_bytes{"), 30.0);
    assert_eq!(lag("sealift_replication_lag_seconds{"), 0.5);
}

fn file(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../dashboards").join(name);
    std::fs::read_to_string(Path::new(&path)).unwrap()
}

/// Returns the words of a text that look like metrics of ours, without what a histogram adds.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_of_name(c)).filter(|word| word.starts_with("sealift_"));
    let bare = |word: &str| {
        let endings = ["_bucket", "_sum", "_count"].iter();
        endings.filter_map(|ending| word.strip_suffix(ending)).next().unwrap_or(word).to_owned()
    };
    words.map(bare).collect()
}

#[test]
fn dashboards_and_alerts_name_only_metrics_that_exist() {
    let known: BTreeSet<String> = names::ALL.iter().map(|metric| metric.full_name()).collect();
    for name in ["grafana.json", "alerts.yml"] {
        let named = metrics_in(&file(name));
        assert!(named.len() >= 8, "{name} names {named:?}");
        let unknown: Vec<&String> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{name} names {unknown:?}");
    }
}

#[test]
fn the_dashboard_can_be_imported() {
    let dashboard: serde_json::Value = serde_json::from_str(&file("grafana.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        assert!(!panel["title"].as_str().unwrap().is_empty());
        let targets = panel["targets"].as_array().unwrap();
        assert!(targets.iter().all(|target| target["expr"].is_string()), "{panel}");
    }
    assert!(panels.len() >= 12);
}
