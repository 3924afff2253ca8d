use super::*;
use sealift_engine::ops::PlannedTable;
use serde_json::Value;

struct Scene {
    migration: Migration,
    now: Instant,
}

impl Scene {
    fn new() -> Self {
        let now = Instant::now();
        let since = Duration::from_millis(1_700_000_000_500);
        let migration =
            Migration::new("app.db".to_owned(), "postgresql://h/d".to_owned(), since, now);
        Self { migration, now }
    }

    fn pass(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        self
    }

    fn send(&mut self, event: Event) -> &mut Self {
        self.migration.receive(&event, self.now);
        self
    }

    fn begin(&mut self, phase: Phase, rows: Option<u64>, steps: Option<u64>) -> &mut Self {
        self.send(Event::PhaseStarted { phase, rows, steps })
    }

    fn end(&mut self, phase: Phase) -> &mut Self {
        self.send(Event::PhaseDone { phase, seconds: 1.0 })
    }

    fn rows(&mut self, phase: Phase, table: &str, rows: u64) -> &mut Self {
        self.send(Event::Rows { phase, table: table.to_owned(), rows, bytes: rows * 10 })
    }

    fn table_done(&mut self, phase: Phase, table: &str) -> &mut Self {
        self.send(Event::TableDone { phase, table: table.to_owned() })
    }

    fn planned(&mut self, tables: &[(&str, u64)]) -> &mut Self {
        let tables = tables
            .iter()
            .map(|(name, rows)| PlannedTable { name: (*name).to_owned(), rows: *rows })
            .collect();
        let findings = vec![Finding::warning("odd", "a.x", "is odd").hinted("mend it")];
        self.send(Event::Planned { tables, findings })
    }

    fn json(&self) -> Value {
        serde_json::to_value(self.migration.now(self.now)).unwrap()
    }
}

fn table(json: &Value, name: &str) -> Value {
    let tables = json["tables"].as_array().unwrap();
    tables.iter().find(|table| table["name"] == name).unwrap().clone()
}

/// As the engine's events come: one table that was counted is not carried.
fn until_copy() -> Scene {
    let mut scene = Scene::new();
    scene.begin(Phase::Census, None, Some(3)).rows(Phase::Census, "a", 60);
    scene.rows(Phase::Census, "a", 40).table_done(Phase::Census, "a");
    scene.rows(Phase::Census, "left out", 5).table_done(Phase::Census, "left out");
    scene.table_done(Phase::Census, "b").end(Phase::Census);
    scene.planned(&[("a", 100), ("b", 0)]);
    scene
}

#[test]
fn a_table_goes_from_waiting_to_compared() {
    let mut scene = until_copy();
    let json = scene.json();
    assert_eq!(json["tables"].as_array().unwrap().len(), 2, "{json}");
    assert_eq!(table(&json, "a")["status"], "waiting");
    assert_eq!(table(&json, "a")["rows_total"], 100);
    assert_eq!(json["rows_total"], 100);
    assert_eq!(json["phases"][1]["steps_done"], 3);
    scene.begin(Phase::Copy, Some(100), None).pass(1).rows(Phase::Copy, "a", 50);
    let json = scene.json();
    assert_eq!(table(&json, "a")["status"], "copying");
    assert_eq!((&json["rows"], &json["bytes"]), (&50.into(), &500.into()));
    assert_eq!(json["rows_per_second"], 50.0);
    assert_eq!(json["seconds_left"], 1.0);
    assert_eq!(json["phase"], "copy");
    scene.rows(Phase::Copy, "a", 50).table_done(Phase::Copy, "a").end(Phase::Copy);
    assert_eq!(table(&scene.json(), "a")["status"], "copied");
    assert_eq!(scene.json()["rows_per_second"], 0.0);
    scene.begin(Phase::Verify, Some(100), Some(2)).rows(Phase::Verify, "a", 70);
    let json = scene.json();
    assert_eq!(table(&json, "a")["status"], "comparing");
    assert_eq!(table(&json, "a")["verified"], 70);
}

#[test]
fn a_later_attempt_does_not_count_rows_twice() {
    let mut scene = until_copy();
    scene.begin(Phase::Copy, Some(100), None).rows(Phase::Copy, "a", 80);
    // 60 of them have their receipts; the others are copied again.
    scene.pass(5).begin(Phase::Create, None, None).end(Phase::Create);
    scene.begin(Phase::Copy, Some(40), None);
    let json = scene.json();
    assert_eq!(json["rows"], 60);
    assert_eq!(table(&json, "a")["status"], "waiting");
    scene.pass(2).rows(Phase::Copy, "a", 40);
    assert_eq!(scene.json()["rows"], 100);
    assert_eq!(scene.json()["rows_per_second"], 20.0);
}

#[test]
fn a_failure_shows_where_it_came() {
    let mut scene = until_copy();
    scene.begin(Phase::Copy, Some(100), None).rows(Phase::Copy, "a", 10).pass(3);
    let failure = Failure {
        message: "disk full".to_owned(),
        hints: vec!["make room".to_owned()],
        stopped: false,
    };
    let now = scene.now;
    scene.migration.failed(&failure, now);
    let json = scene.pass(100).json();
    assert_eq!(json["status"], "failed");
    assert_eq!(json["error"], serde_json::json!({"message": "disk full", "hints": ["make room"]}));
    assert_eq!(json["phase"], "copy");
    assert_eq!(json["seconds"], 3.0);
    assert_eq!(table(&json, "a")["status"], "failed");
    assert_eq!(table(&json, "b")["status"], "waiting");
}

#[test]
fn what_a_person_stopped_has_not_failed() {
    let mut scene = until_copy();
    scene.begin(Phase::Copy, Some(100), None).rows(Phase::Copy, "a", 10);
    let failure = Failure { message: "stopped".to_owned(), hints: Vec::new(), stopped: true };
    let now = scene.now;
    scene.migration.failed(&failure, now);
    assert_eq!(scene.json()["status"], "stopped");
    assert_eq!(table(&scene.json(), "a")["status"], "copying");
}

#[test]
fn only_the_last_steps_are_shown() {
    let mut scene = Scene::new();
    for number in 0..30 {
        let step = format!("index {number}");
        scene.send(Event::StepDone { phase: Phase::Finish, step, seconds: 0.1 });
    }
    let steps = scene.json()["steps"].as_array().unwrap().clone();
    assert_eq!(steps.len(), LAST_STEPS);
    assert_eq!(steps[LAST_STEPS - 1]["step"], "index 29");
}

#[test]
fn findings_are_shown_without_their_keys() {
    let json = until_copy().json();
    let finding = serde_json::json!(
        {"severity": "warning", "code": "odd", "object": "a.x", "message": "is odd", "hint": "mend it"}
    );
    assert_eq!(json["findings"], serde_json::json!([finding]));
    assert_eq!(json["started_at"], 1_700_000_000.5);
    assert_eq!(json["verify"], Value::Null);
}
