//! `bench`: what it prints and writes, exit statuses, and that nothing is left.

use crate::crash::Running;
use crate::environment::TestEnvironment;
use sealift_testkit::Database;

const SHOP: &str = "
    create table users (id integer primary key autoincrement, email varchar(40) not null unique, city text);
    create table orders (id integer primary key, user_id integer not null references users(id), total decimal(10,2));
    create table empty (id integer primary key);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 100)
        insert into users (email, city) select 'u' || i || '@example.com', 'city ' || (i % 5) from n;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 500)
        insert into orders (user_id, total) select 1 + i % 100, i + 0.25 from n;
";

const SHORT: [&str; 7] = ["bench", "--seconds", "0.2", "--users", "1,4", "--busy-timeout", "1"];

fn shop() -> (TestEnvironment, Database) {
    let database = sealift_testkit::database_blocking();
    let mut environment = TestEnvironment::new();
    environment.sqlite("shop.db", SHOP);
    environment.set("DATABASE_URL", &database.url).set("SQLITE_PATH", "shop.db");
    (environment, database)
}

/// The bytes of the source, names of files, and names in the target.
type State = (Vec<u8>, Vec<String>, Vec<Vec<Option<String>>>);

/// The source, what lies beside it, and what the target holds; all of it has to stay.
fn state(environment: &TestEnvironment, database: &Database) -> State {
    let source = std::fs::read(environment.folder().join("shop.db")).unwrap();
    let mut files = Vec::new();
    for folder in [environment.folder().to_owned(), environment.folder().join(".sealift")] {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        files.extend(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()));
    }
    files.retain(|name| name.contains("bench") || name.contains(".db"));
    files.sort();
    let schemas = "select nspname::text from pg_namespace where nspname !~ '^pg_'
        union all select schemaname || '.' || tablename from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema') order by 1";
    (source, files, database.query_text_blocking(schemas))
}

#[test]
fn the_table_has_a_line_for_each_step_and_the_verdict_comes_last() {
    let (environment, database) = shop();
    let before = state(&environment, &database);
    let output = environment.run(&[&SHORT[..], &["--progress", "none"]].concat());
    assert_eq!(output.status, 0, "{output}");
    assert_eq!(state(&environment, &database), before);
    let lines: Vec<&str> = output.stdout.lines().collect();
    for words in ["reads", "writes", "mix"] {
        assert!(lines.contains(&words), "{words}: {output}");
    }
    let count = |words: &str| {
        let table = lines.iter().filter(|line| line.starts_with("  ") && line.contains(words));
        table.count()
    };
    for database in ["SQLite, rollback journal", "SQLite, WAL", "PostgreSQL"] {
        assert_eq!(count(database), 6, "{database}: {output}");
    }
    assert!(output.stdout.contains("read by key:    orders (id); users (id)"), "{output}");
    assert!(!output.stderr.contains("rollback journal"), "{output}");
    assert!(output.stdout.contains("left out: empty: it is empty"), "{output}");
    assert!(output.stdout.contains("synchronous full, busy timeout 1 s"), "{output}");
    assert!(output.stdout.contains("4 users, mix: SQLite, rollback journal "), "{output}");
    let last = lines.last().unwrap();
    assert!(last.ends_with("the copies and the tables on PostgreSQL are removed"), "{output}");
}

#[test]
fn json_and_pictures_hold_every_step() {
    let (environment, database) = shop();
    let before = state(&environment, &database);
    let more =
        ["--loads", "mix,reads", "--svg", "mine.svg", "--out", "results/today", "--json", "-q"];
    let output = environment.run(&[&SHORT[..], &more].concat());
    assert_eq!(output.status, 0, "{output}");
    assert_eq!(state(&environment, &database), before);
    let json = output.json();
    assert_eq!(json["status"], "ok");
    let steps = json["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 12, "{json}");
    for step in steps {
        assert!(step["operations"].as_u64().unwrap() > 0, "{step}");
        assert!(step["latency"]["p99_ms"].as_f64().unwrap() > 0.0, "{step}");
        assert_eq!(step["other_errors"], 0, "{step}");
    }
    assert_eq!(
        (&steps[0]["load"], &steps[0]["database"]),
        (&"mix".into(), &"sqlite_rollback".into())
    );
    assert!(!output.stdout.contains("postgresql://postgres:"), "{output}");
    let read = |name: &str| std::fs::read_to_string(environment.folder().join(name)).unwrap();
    let written: serde_json::Value =
        serde_json::from_str(&read("results/today/bench.json")).unwrap();
    assert_eq!(written, json);
    let picture = read("mine.svg");
    assert_eq!(picture, read("results/today/bench.svg"));
    assert_eq!(picture.matches("<polyline").count(), 12);
    assert!(picture.contains("mix: operations a second") && !picture.contains("writes: "));
}

#[test]
fn a_signal_ends_it_with_4_and_nothing_is_left() {
    let (environment, database) = shop();
    let before = state(&environment, &database);
    let measuring = |event: &serde_json::Value| {
        event["message"].as_str().is_some_and(|it| it.starts_with("measuring with"))
    };
    let copying =
        |event: &serde_json::Value| event["event"] == "phase_started" && event["phase"] == "copy";
    for signal in ["INT", "TERM"] {
        let mut running = Running::start(&environment, &["bench", "--seconds", "20"]);
        match signal {
            "INT" => running.until("the measuring", measuring),
            _ => running.until("the copy", copying),
        }
        running.signal(signal);
        let ended = running.end();
        assert_eq!(ended.status, Some(4), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("nothing of it is left, on neither side"),
            "{}",
            ended.stderr
        );
        assert_eq!(state(&environment, &database), before);
    }
}

#[test]
fn what_a_killed_one_left_is_removed_by_the_next() {
    let (environment, database) = shop();
    let before = state(&environment, &database);
    let mut running = Running::start(&environment, &["bench", "--seconds", "20"]);
    running.until("the measuring", |event| {
        event["message"].as_str().is_some_and(|it| it.starts_with("measuring with"))
    });
    running.kill();
    let (source, files, schemas) = state(&environment, &database);
    assert_eq!(source, before.0);
    assert!(files.len() > before.1.len() && schemas.len() > before.2.len());
    let output =
        environment.run(&["bench", "--seconds", "0.1", "--users", "1", "--loads", "reads"]);
    assert_eq!(output.status, 0, "{output}");
    assert_eq!(output.stderr.matches("which a killed benchmark had left").count(), 2, "{output}");
    assert_eq!(state(&environment, &database), before);
}

#[test]
fn wrong_usage_is_2_a_server_that_does_not_answer_3_and_a_missing_folder_1() {
    let (environment, _database) = shop();
    for wrong in [
        ["--users", "0"],
        ["--users", "1,many"],
        ["--loads", "deletes"],
        ["--seconds", "0"],
        ["--max-time", "-1"],
        ["--busy-timeout", "soon"],
    ] {
        let output = environment.run(&[&["bench"][..], &wrong].concat());
        assert_eq!(output.status, 2, "{wrong:?}: {output}");
    }
    let nowhere = "postgresql://postgres:hidden@127.0.0.1:1/nowhere";
    let output = environment.run(&["bench", "--to", nowhere]);
    assert_eq!(output.status, 3, "{output}");
    let log = std::fs::read_to_string(environment.folder().join(".sealift/log")).unwrap();
    assert!(!output.stderr.contains("hidden") && !log.contains("hidden"), "{output}{log}");
    for (flag, place) in [("--svg", "nowhere/a.svg"), ("--copies", "nowhere")] {
        let output = environment.run(&[&SHORT[..], &[flag, place]].concat());
        assert_eq!(output.status, 1, "{output}");
        assert!(output.stderr.contains("nowhere") && output.stderr.contains("hint: "), "{output}");
    }
}

#[test]
fn a_time_that_does_not_suffice_is_said_and_the_rest_is_named() {
    let (environment, database) = shop();
    let before = state(&environment, &database);
    let output = environment.run(&["bench", "--max-time", "0.01"]);
    assert_eq!(output.status, 2, "{output}");
    assert!(
        output.stderr.contains("--max-time were over before anything was measured"),
        "{output}"
    );
    assert_eq!(state(&environment, &database), before);
}
