//! `--memory` bounds what a run takes, whatever the rows are.

use crate::environment::{Output, TestEnvironment};
use sealift_testkit::Database;
use std::process::Stdio;
use std::time::Duration;

/// What a run takes besides `--memory`: the program, SQLite's page caches (4 MiB for each reader), and
/// the stacks of its threads. Measured: 25 to 30 MB, and 45 with a thousand tables.
const BESIDES: u64 = 48 << 20;

const MEMORY: u64 = 32 << 20;

/// Runs `sealift` and returns its output and the most memory that it had in use.
fn measured(environment: &TestEnvironment, arguments: &[&str]) -> (Output, u64) {
    let mut command = environment.command(arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let waiting = std::thread::spawn(move || child.wait_with_output().unwrap());
    let mut peak = 0;
    while !waiting.is_finished() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = kilobytes.map_or(peak, |kilobytes: u64| kilobytes << 10);
        // The mark never falls, so that only what happens in the last instant can be missed.
        std::thread::sleep(Duration::from_millis(2));
    }
    (environment.output(waiting.join().unwrap()), peak)
}

fn migrate<'a>(database: &'a Database, more: &[&'a str]) -> Vec<&'a str> {
    let common = ["migrate", "a.db", "--no-backup", "--jobs", "2", "--to", &database.url];
    [&common[..], more].concat()
}

/// Migrates what a script makes with `--memory 32MB`, and compares by digest, or as told.
#[track_caller]
fn stays_within(script: &str, more: &[&str]) -> Database {
    let environment = TestEnvironment::new();
    environment.sqlite("a.db", script);
    let database = sealift_testkit::database_blocking();
    let run = [&migrate(&database, &["--memory", "32MB"])[..], more].concat();
    let (output, peak) = measured(&environment, &run);
    assert_eq!(output.status, 0, "{output}");
    assert!(peak > 1 << 20, "nothing was measured");
    assert!(peak < MEMORY + BESIDES, "it took {} MiB", peak >> 20);
    database
}

fn answer(database: &Database, sql: &str) -> String {
    database.query_text_blocking(sql).into_iter().flatten().flatten().collect()
}

#[test]
fn a_thousand_tables_take_little_memory() {
    let tables = (0..1000).map(|number| {
        format!("create table t{number} (id integer primary key, x text); insert into t{number} values (1, 'a');")
    });
    stays_within(&tables.collect::<String>(), &[]);
}

#[test]
fn a_large_blob_is_copied_and_compared_in_pieces() {
    let script = "create table t (id integer primary key, b blob); insert into t values (1, randomblob(300000000));";
    let database = stays_within(script, &["--verify", "cells"]);
    assert_eq!(answer(&database, "select octet_length(b) from t"), "300000000");
}

#[test]
fn a_large_text_is_copied_and_compared_in_pieces() {
    let script = "create table t (id integer primary key, b text);
        insert into t values (1, printf('%.*c', 120000000, 'x') || 'é');";
    let database = stays_within(script, &["--verify", "cells"]);
    assert_eq!(answer(&database, "select octet_length(b) || right(b, 1) from t"), "120000002é");
}

#[test]
fn a_large_text_of_a_utf16_database_is_decoded_in_pieces() {
    let script = "pragma encoding = 'UTF-16le'; create table t (id integer primary key, b text);
        insert into t values (1, printf('%.*c', 40000000, 'x') || '😀');";
    let database = stays_within(script, &["--verify", "cells"]);
    assert_eq!(answer(&database, "select octet_length(b) || right(b, 1) from t"), "40000004😀");
}

#[test]
fn a_comparison_by_digest_afterwards_takes_little_memory() {
    let environment = TestEnvironment::new();
    environment.sqlite(
        "a.db",
        "create table t (id integer primary key, b blob); insert into t values (1, randomblob(70000000));",
    );
    let database = sealift_testkit::database_blocking();
    let output = environment.run(&migrate(&database, &["--verify", "none"]));
    assert_eq!(output.status, 0, "{output}");
    for level in ["digest", "cells"] {
        let run = ["verify", "a.db", "--memory", "32MB", "--level", level, "--to", &database.url];
        let (output, peak) = measured(&environment, &run);
        assert_eq!(output.status, 0, "{output}");
        assert!(peak < MEMORY + BESIDES, "{level} took {} MiB", peak >> 20);
    }
}

#[test]
fn wide_rows_and_very_many_rows_take_little_memory() {
    let columns: Vec<String> = (0..300).map(|number| format!("c{number} text")).collect();
    let cells = vec!["hex(randomblob(20000))"; 300].join(", ");
    stays_within(
        &format!(
            "create table wide ({}); insert into wide values ({cells}), ({cells}), ({cells});
             create table many (id integer primary key, x text);
             with recursive n(i) as (select 1 union all select i + 1 from n where i < 500000)
             insert into many select i, 'row ' || i from n;",
            columns.join(", ")
        ),
        &[],
    );
}

/// Cells that SQLite gives only as a whole: it has no incremental I/O for these tables.
const WHOLE: [&str; 2] = [
    "create table t (id text primary key, b blob) without rowid; insert into t values ('a', x'00'),
     ('b', randomblob(60000000));",
    "create table t (id text primary key, b blob, n integer generated always as (length(b)) stored);
     insert into t values ('a', x'00'), ('b', randomblob(60000000));",
];

#[test]
fn what_does_not_fit_is_refused_with_the_flag_to_type_and_nothing_is_written() {
    for script in WHOLE {
        let environment = TestEnvironment::new();
        environment.sqlite("a.db", script);
        let database = sealift_testkit::database_blocking();
        let (output, peak) = measured(&environment, &migrate(&database, &["--memory", "32MB"]));
        assert_eq!(output.status, 1, "{output}");
        assert!(output.stdout.contains("[row-needs-memory]"), "{output}");
        assert!(output.stdout.contains("1 row, first: id=b"), "{output}");
        assert!(output.stdout.contains("give it more: --memory 64MB"), "{output}");
        assert!(peak < MEMORY + BESIDES, "it took {} MiB", peak >> 20);
        assert_eq!(answer(&database, "select count(*) from pg_class where relname = 't'"), "0");

        let run = migrate(&database, &["--memory", "64MB", "--verify", "cells"]);
        let (output, peak) = measured(&environment, &run);
        assert_eq!(output.status, 0, "{output}");
        assert!(peak < (64 << 20) + BESIDES, "it took {} MiB", peak >> 20);
    }
}

#[test]
fn without_the_flag_the_budget_grows_and_a_note_says_so() {
    let environment = TestEnvironment::new();
    environment.sqlite("a.db", &WHOLE[0].replace("60000000", "270000000"));
    let database = sealift_testkit::database_blocking();
    let output = environment.run(&migrate(&database, &["--json"]));
    assert_eq!(output.status, 0, "{output}");
    let findings = output.json()["findings"].to_string();
    assert!(findings.contains("memory-grown"), "{findings}");
}
