//! The stream of events, and the state that it tells the changes of, during a real migration.

use crate::running::{Running, options, postgres};
use sealift_engine::config::{
    Into, MigrateOptions, Parts, PlanOptions, RecoveryOptions, StatePlace, VerifyLevel,
};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::postgres::{Defaults, Endpoint};
use sealift_serve::{Failure, ServeOptions, Watch};
use sealift_testkit::{Database, TempSqlite, database, sqlite_file};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const SHOP: &str = "
    create table customer (id integer primary key, name text not null);
    create table \"<script>\" (id integer primary key, customer_id int references customer (id));
    create index by_customer on \"<script>\" (customer_id);
    create table odd (id integer primary key, weight integer);
    insert into odd values (1, 'heavy');
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
    insert into customer select i, 'name ' || i from n;
    insert into \"<script>\" select id, id from customer;";

fn wanted(file: &TempSqlite, target: &Database) -> MigrateOptions {
    MigrateOptions {
        source: file.path().to_owned(),
        target: Endpoint::parse(&target.url, &Defaults::default()).unwrap(),
        plan_options: PlanOptions::default(),
        plan: None,
        into: Into::Create,
        parts: Parts::All,
        verify: VerifyLevel::Digest,
        strict: false,
        keep_state: false,
        state: StatePlace::OfItsOwn,
        backup: None,
        quarantine: None,
        recovery: RecoveryOptions::default(),
    }
}

struct Scene {
    watch: Watch,
    server: Running,
    target: Database,
}

impl Scene {
    async fn new() -> Self {
        let target = database().await;
        let watch = Watch::new();
        let options = ServeOptions { watch: watch.clone(), ..options(postgres(&target.url)) };
        Self { watch, server: Running::start(options).await, target }
    }

    /// Migrates a file as `sealift migrate --serve` does.
    async fn migrate(&self, file: &TempSqlite) {
        self.watch.begin("shop.db", "postgresql://h/d", Duration::from_secs(1_700_000_000));
        let events = self.watch.events(Events::silent());
        match migrate(wanted(file, &self.target), events, Cancel::new()).await {
            Ok(report) => self.watch.finished(&report),
            Err(error) => self.watch.failed(&Failure {
                message: error.to_string(),
                hints: error.hint().map(str::to_owned).into_iter().collect(),
                stopped: false,
            }),
        }
    }

    async fn state(&self) -> Value {
        self.server.client().await.get("/api/state").await.json()
    }
}

#[tokio::test]
async fn a_migration_can_be_followed_from_its_beginning_to_its_end() {
    let scene = Scene::new().await;
    let file = sqlite_file(SHOP);
    let mut client = scene.server.client().await;
    let head = client.open("/api/events").await;
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    let mut first = BTreeMap::new();
    while first.len() < 3 {
        let (name, data) = client.event().await.unwrap();
        first.insert(name, serde_json::from_str::<Value>(&data).unwrap());
    }
    assert_eq!(first["migration"], json!(null), "none has begun");
    assert_eq!(first["health"]["status"], "healthy");
    assert!(first["server"]["connections"]["used"].as_u64().unwrap() >= 1);
    let following = tokio::spawn(async move {
        let mut seen: Vec<(Instant, Value)> = Vec::new();
        while let Some((name, data)) = client.event().await {
            if name != "migration" {
                continue;
            }
            let migration: Value = serde_json::from_str(&data).unwrap();
            let ended = migration["status"] != "running";
            seen.push((Instant::now(), migration));
            if ended {
                break;
            }
        }
        seen
    });
    scene.migrate(&file).await;
    let seen = tokio::time::timeout(Duration::from_secs(30), following).await.unwrap().unwrap();
    for pair in seen.windows(2) {
        let apart = pair[1].0.duration_since(pair[0].0);
        assert!(apart > Duration::from_millis(150), "at most four a second: {apart:?}");
    }
    let (_, last) = seen.last().unwrap();
    assert_eq!(*last, scene.state().await["migration"]);
    ended_well(last);
}

fn ended_well(last: &Value) {
    assert_eq!((&last["status"], &last["error"]), (&json!("done"), &json!(null)), "{last}");
    assert_eq!((&last["rows"], &last["rows_total"]), (&json!(40_001), &json!(40_001)));
    assert_eq!(
        (&last["source"], &last["started_at"]),
        (&json!("shop.db"), &json!(1_700_000_000.0))
    );
    assert!(last["bytes"].as_u64().unwrap() > 100_000 && last["seconds"].as_f64().unwrap() > 0.0);
    let tables = last["tables"].as_array().unwrap();
    let names: Vec<_> = tables.iter().map(|table| table["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["customer", "<script>", "odd"]);
    for table in tables {
        assert_eq!(table["status"], "match", "{table}");
        assert_eq!(table["copied"], table["rows_total"], "{table}");
        assert_eq!(table["verified"], table["rows_total"], "{table}");
    }
    for phase in last["phases"].as_array().unwrap() {
        assert_eq!(phase["status"], "done", "{phase}");
    }
    let steps = last["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["step"].as_str().unwrap().contains("by_customer")));
    let findings = last["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["object"] == "odd.weight"), "{findings:?}");
    let verify =
        json!({"level": "digest", "status": "match", "tables_match": 3, "tables_differ": 0});
    assert_eq!(last["verify"], verify);
}

#[tokio::test]
async fn a_migration_that_is_refused_says_why() {
    let scene = Scene::new().await;
    scene.target.execute("create table customer (id int)").await;
    let file = sqlite_file(SHOP);
    scene.migrate(&file).await;
    let migration = scene.state().await["migration"].clone();
    assert_eq!(migration["status"], "failed", "{migration}");
    assert!(!migration["error"]["message"].as_str().unwrap().is_empty());
    assert!(!migration["error"]["hints"].as_array().unwrap().is_empty());
    let metrics = scene.server.client().await.get("/metrics").await.body;
    assert!(metrics.contains("sealift_migration_status{status=\"failed\"} 1"), "{metrics}");
}

#[tokio::test]
async fn findings_are_shown_while_the_rows_are_still_copied() {
    let watch = Watch::new();
    watch.begin("shop.db", "postgresql://h/d", Duration::ZERO);
    let target = database().await;
    let options = ServeOptions { watch: watch.clone(), ..options(postgres(&target.url)) };
    let server = Running::start(options).await;
    let file = sqlite_file(SHOP);
    let (reached, wait) = std::sync::mpsc::sync_channel(0);
    let (go, gone) = std::sync::mpsc::sync_channel::<()>(0);
    // The run is held where its first rows arrive.
    let held = std::sync::Mutex::new(Some((reached, gone)));
    let events = watch.events(Events::new(move |event| {
        let is_copying = matches!(
            event,
            sealift_engine::ops::Event::Rows { phase: sealift_engine::ops::Phase::Copy, .. }
        );
        if let Some((reached, gone)) = held.lock().unwrap().take_if(|_| is_copying) {
            reached.send(()).unwrap();
            gone.recv().unwrap();
        }
    }));
    let options = wanted(&file, &target);
    let running = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(migrate(options, events, Cancel::new())).unwrap()
    });
    tokio::task::spawn_blocking(move || wait.recv().unwrap()).await.unwrap();
    let state = server.client().await.get("/api/state").await.json();
    let migration = &state["migration"];
    assert_eq!((&migration["status"], &migration["phase"]), (&json!("running"), &json!("copy")));
    assert_eq!(migration["rows_total"], 40_001);
    assert!(migration["rows"].as_u64().unwrap() > 0);
    assert!(!migration["findings"].as_array().unwrap().is_empty());
    let metrics = server.client().await.get("/metrics").await.body;
    assert!(metrics.contains("sealift_migration_phase{phase=\"copy\"} 1"), "{metrics}");
    assert!(metrics.contains("sealift_migration_rows_expected 40001"), "{metrics}");
    go.send(()).unwrap();
    tokio::task::spawn_blocking(move || running.join().unwrap()).await.unwrap();
}
