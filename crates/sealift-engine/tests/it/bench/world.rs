//! A file and a database, and a short benchmark of both.

use crate::support::endpoint;
use sealift_core::bench::{Kind, Left, Load};
use sealift_engine::Result;
use sealift_engine::bench::{BenchOptions, BenchReport, BenchStatus, bench};
use sealift_engine::config::PlanOptions;
use sealift_engine::ops::{Cancel, Events};
use sealift_testkit::{Database, TempSqlite, database, sqlite_file};
use std::time::Duration;
use tempfile::TempDir;

/// A shop as applications have it: a parent, children, an index, something unique, a check.
pub(super) const SHOP: &str = "
    pragma journal_mode = wal;
    create table customer (id integer primary key autoincrement, email varchar(60) not null unique,
        city text, joined datetime not null);
    create table item (id integer primary key, customer integer not null references customer(id),
        price decimal(10,2) not null check (price >= 0), note text);
    create index item_price on item (price);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)
        insert into customer (email, city, joined) select 'c' || i || '@shop.example', 'city ' || (i % 7),
            datetime('2024-01-01', '+' || i || ' hours') from n;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
        insert into item (customer, price, note) select 1 + i % 300, (i % 90) + 0.5, 'note ' || i from n;";

/// Everything in the database that is not the server's own, with what each table's file is.
const CONTENTS: &str = "
    select 'schema ' || nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    union all select c.relkind::text || ' ' || c.oid::regclass::text || ' ' || c.relfilenode::text from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    order by 1";

/// The bytes of the source, names of files, and what the target holds.
type State = (Vec<u8>, Vec<String>, Vec<Vec<Option<String>>>);

/// A source, a target, and a folder for the copies.
pub(super) struct World {
    pub(super) file: TempSqlite,
    pub(super) database: Database,
    pub(super) place: TempDir,
}

impl World {
    pub(super) async fn new(source: &str) -> Self {
        let database = database().await;
        let place = tempfile::tempdir().expect("make a folder");
        Self { file: sqlite_file(source), database, place }
    }

    /// Returns steps as short as they can be, for one and four users.
    pub(super) fn options(&self) -> BenchOptions {
        BenchOptions {
            source: self.file.path().to_owned(),
            target: endpoint(&self.database.url),
            plan_options: PlanOptions::default(),
            users: vec![1, 4],
            loads: Load::ALL.to_vec(),
            step: Duration::from_millis(150),
            max_time: Duration::from_secs(120),
            busy_timeout: Duration::from_secs(1),
            seed: 1,
            folder: self.place.path().to_owned(),
            processors: 2,
        }
    }

    /// Returns everything that a benchmark must leave as it was.
    async fn state(&self) -> State {
        let source = std::fs::read(self.file.path()).expect("read the source");
        let mut files = Vec::new();
        for folder in [self.file.folder(), self.place.path()] {
            let entries = std::fs::read_dir(folder).expect("read the folder");
            files
                .extend(entries.map(|entry| format!("{:?}", entry.expect("an entry").file_name())));
        }
        files.sort();
        (source, files, self.database.query_text(CONTENTS).await)
    }

    /// Measures; source and target must be as before, whatever comes of it.
    pub(super) async fn bench(
        &self,
        options: BenchOptions,
        events: Events,
        cancel: Cancel,
    ) -> Result<BenchReport> {
        let before = self.state().await;
        let outcome = bench(options, events, cancel).await;
        assert_eq!(self.state().await, before);
        outcome
    }

    /// Measures as [`World::options`] says, to the end.
    pub(super) async fn measure(&self) -> BenchReport {
        let report = self.bench(self.options(), Events::silent(), Cancel::new()).await;
        let report = report.expect("it is measured");
        assert_eq!(report.status, BenchStatus::Ok);
        report
    }
}

/// Fails the test unless something was done in every step, and nothing failed but for locks.
#[track_caller]
pub(super) fn assert_sound(report: &BenchReport) {
    // Two numbers of users, three loads, three databases.
    assert_eq!(report.steps.len(), 18);
    for step in &report.steps {
        assert!(step.operations > 0 && step.per_second > 0.0, "{step:?}");
        assert_eq!((step.other_errors, &step.first_error), (0, &None), "{step:?}");
        let latency = step.latency.expect("something was done");
        assert!(latency.p50_ms > 0.0 && latency.p50_ms <= latency.p95_ms, "{step:?}");
        assert!(latency.p95_ms <= latency.p99_ms, "{step:?}");
    }
}

/// Returns what was done, as `kind table (columns)`.
pub(super) fn done(report: &BenchReport) -> Vec<String> {
    let shown = |kind: Kind, table: &str, columns: &[String]| {
        format!("{} {table} ({})", kind.name(), columns.join(", "))
    };
    report.operations.iter().map(|it| shown(it.operation, &it.table, &it.columns)).collect()
}

/// Returns what was left out, as `kind table: reason`.
pub(super) fn left(report: &BenchReport) -> Vec<String> {
    let shown = |it: &Left| {
        format!("{} {}: {}", it.operation.map_or("all", Kind::name), it.table, it.reason)
    };
    report.left_out.iter().map(shown).collect()
}
