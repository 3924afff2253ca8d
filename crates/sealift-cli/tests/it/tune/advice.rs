//! What is printed, on which database.

use super::{Small, tune};
use crate::environment::TestEnvironment;
use sealift_testkit::ServerSettings;

/// Replaces what differs from machine to machine.
fn steady(text: &str, small: &Small) -> String {
    let version = text.split("PostgreSQL ").nth(1).and_then(|rest| rest.lines().next());
    let text = text.replace(&small.server.port().to_string(), "[port]");
    match version {
        Some(version) => text.replace(&format!("PostgreSQL {version}"), "PostgreSQL [version]"),
        None => text,
    }
}

#[test]
fn the_advice_reads_well() {
    let small = Small::start();
    let output = tune(&[
        "--to",
        &small.url(),
        "--framework",
        "sqlalchemy",
        "--workers",
        "4",
        "--environment",
        "staging",
        "--server-memory",
        "8GB",
    ]);
    assert_eq!(output.status, 0, "{output}");
    insta::assert_snapshot!(steady(&output.stdout, &small));
    assert_eq!(output.stderr, "", "{output}");
}

#[test]
fn with_json_it_is_one_object() {
    let small = Small::start();
    let advice = small.tune(&["--workers", "2", "--server-memory", "8GB", "--framework", "go"]);
    assert_eq!(advice["status"], "ok");
    assert_eq!(advice["database"], "postgresql");
    assert_eq!(advice["environment"], "production");
    assert_eq!(advice["framework"], "go");
    assert_eq!(advice["server_memory"], 8_u64 << 30);
    let connections = &advice["connections"];
    let numbers = [
        "max",
        "superuser_reserved",
        "reserved",
        "own",
        "others",
        "free",
        "kept_back",
        "available",
    ];
    let numbers = numbers.map(|name| connections[name].as_u64().unwrap());
    assert_eq!(numbers, [30, 3, 0, 0, 1, 26, 1, 25], "{connections}");
    let pools = &advice["pools"];
    assert_eq!(pools["verdict"], "shrunk");
    assert_eq!(pools["workers"]["count"], 2);
    assert_eq!((&pools["pool"]["base"], &pools["pool"]["overflow"]), (&4.into(), &8.into()));
    assert_eq!(pools["connections"], 24);
    assert_eq!(advice["snippet"]["file"], "database/database.go");
    assert!(advice["pgbouncer"].is_null(), "{advice}");
    let settings = advice["settings"].as_array().unwrap();
    let fsync = settings.iter().find(|one| one["name"] == "fsync").unwrap();
    assert_eq!((&fsync["now"], &fsync["advised"]), (&"off".into(), &"on".into()));
    assert_eq!((&fsync["todo"], &fsync["effect"]), (&"change".into(), &"reload".into()));
    assert!(fsync["source"].as_str().unwrap().starts_with("https://www.postgresql.org/docs/"));
    // The role may not do it, and nobody else runs this server.
    assert!(fsync["sql"].is_null() && fsync["by"].is_string(), "{fsync}");
}

#[test]
fn the_statements_set_what_was_advised() {
    let small = Small::start();
    let url = small.server.url("shop") + "?sslmode=disable";
    let advise = || tune(&["--json", "--to", &url, "--server-memory", "8GB"]).json();
    let open = |advice: &serde_json::Value| {
        let settings = advice["settings"].as_array().unwrap().clone();
        let open = settings.into_iter().filter(|one| one["todo"] == "change");
        open.map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<String>>()
    };
    let advice = advise();
    let names = open(&advice);
    for name in ["shared_buffers", "work_mem", "random_page_cost", "fsync"] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    small.runtime.block_on(async {
        let settings = advice["settings"].as_array().unwrap();
        for sql in settings.iter().filter_map(|one| one["sql"].as_str()) {
            small.watcher.batch_execute(sql).await.unwrap();
        }
        small.watcher.batch_execute("select pg_reload_conf()").await.unwrap();
    });
    // The server reads its configuration a moment later.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let after = loop {
        let after = advise();
        if open(&after).is_empty() || std::time::Instant::now() > deadline {
            break after;
        }
    };
    assert_eq!(open(&after), [""; 0], "{after}");
    let settings = after["settings"].as_array().unwrap();
    let buffers = settings.iter().find(|one| one["name"] == "shared_buffers").unwrap();
    assert_eq!(buffers["todo"], "restart_is_pending");
}

#[test]
fn the_framework_is_recognised_by_its_tables() {
    let database = sealift_testkit::database_blocking();
    database.execute_blocking("create table django_migrations (id int)");
    let advice = tune(&["--json", "--to", &database.url]).json();
    assert_eq!(advice["framework"], "django");
    assert_eq!(advice["snippet"]["file"], "settings.py");
}

#[test]
fn the_limits_of_role_and_database_count() {
    let small = Small::start();
    let set = |sql: &str| small.runtime.block_on(small.watcher.batch_execute(sql)).unwrap();
    let advise = || small.tune(&["--workers", "4"]);
    set("alter role app connection limit 3");
    let advice = advise();
    assert_eq!(advice["pools"]["verdict"], "pooled", "three connections for four workers");
    assert_eq!(advice["pools"]["pooler"]["server_connections"], 3);
    set("alter database shop connection limit 2");
    assert_eq!(advise()["connections"]["free"], 2);
    set("alter database shop connection limit -1");
    // In another database the role holds one of its three.
    let elsewhere = small.server.url("postgres").replacen("postgres@", "app@", 1);
    let _held = small.runtime.block_on(super::connect(&elsewhere)).unwrap();
    assert_eq!(advise()["connections"]["free"], 2);
}

#[test]
fn a_server_without_a_free_connection_is_status_1() {
    let small = Small::start();
    let elsewhere = small.server.url("postgres");
    // With the watcher all that are not reserved. A superuser is let in nevertheless.
    let held = small.runtime.block_on(async {
        let mut held = Vec::new();
        for _ in 0..26 {
            held.push(super::connect(&elsewhere).await.unwrap());
        }
        held
    });
    let output = tune(&["--json", "--to", &small.server.url("shop"), "--workers", "4"]);
    assert_eq!(output.status, 1, "{output}");
    let advice = output.json();
    assert_eq!(advice["status"], "nothing_free");
    assert!(advice["pools"]["pool"].is_null() && advice["snippet"].is_null(), "{advice}");
    drop(held);
}

#[test]
fn without_a_server_the_advice_is_for_sqlite() {
    let mut environment = TestEnvironment::new();
    let nothing = environment.run(&["tune"]);
    assert_eq!(nothing.status, 0, "{nothing}");
    environment.set("ENVIRONMENT", "development");
    insta::assert_snapshot!(environment.run(&["tune"]), @r#"
    SQLite
      workers  1: SQLite lets one connection write at a time; others meet "database is locked"
      pool     one connection, which the worker keeps
      before   pragma journal_mode = wal; pragma busy_timeout = 5000;

    note: no server is named, and ENVIRONMENT is development

    With PostgreSQL several workers write at once: sealift migrate, then sealift tune --to URL
    --- status 0
    "#);
    let object = environment.run(&["tune", "--json"]).json();
    assert_eq!(object["database"], "sqlite");
    assert_eq!(object["workers"]["count"], 1);
    assert_eq!((&object["pool"]["base"], &object["pool"]["overflow"]), (&1.into(), &0.into()));
    let file = environment.run(&["tune", "--json", "--to", "sqlite:///app.db"]).json();
    assert_eq!(file["database"], "sqlite");
}

#[test]
fn a_password_is_in_nothing_that_is_printed() {
    let server = ServerSettings::new().password("hidden").start();
    let url = server.url("postgres") + "?sslmode=disable";
    assert!(url.contains("hidden"));
    for more in [&["--json", "--pooler"][..], &["--pooler"], &["--indexes"], &["--grants", "x"]] {
        for framework in ["sqlalchemy", "spring"] {
            let command = ["--to", &url, "--framework", framework];
            let output = tune(&[&command[..], more].concat());
            let all = format!("{}{}", output.stdout, output.stderr);
            assert!(!all.contains("hidden"), "{all}");
            assert!(all.contains("postgres"), "{all}");
        }
    }
}

#[test]
fn what_needs_a_server_says_so() {
    let mut environment = TestEnvironment::new();
    environment.set("SQLITE_PATH", "app.db");
    for arguments in [&["tune", "--indexes"][..], &["tune", "--grants", "app"]] {
        let output = environment.run(arguments);
        assert_eq!(output.status, 2, "{output}");
        assert!(output.stderr.contains("hint: name the server with --to"), "{output}");
    }
}

#[test]
fn wrong_words_are_usage_errors() {
    for arguments in [
        &["--workers", "0"][..],
        &["--instances", "0"],
        &["--framework", "cobol"],
        &["--environment", "moon"],
        &["--apply"],
        &["--indexes", "--grants", "app"],
        &["--grants", "app", "--yes"],
    ] {
        let output = tune(arguments);
        assert_eq!(output.status, 2, "{arguments:?}: {output}");
    }
    let output = tune(&["--framework", "cobol"]);
    assert!(output.stderr.contains("there is one for sqlalchemy, flask"), "{output}");
}
