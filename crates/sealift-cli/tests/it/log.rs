//! `.sealift/log`: what a stranger needs in order to help, and nothing that is not theirs to see. That
//! no cell and no password gets into it is the business of `secrets`.

use crate::environment::TestEnvironment;
use sealift_testkit::Database;

const NOTES: &str = "
    pragma journal_mode = wal;
    create table notes (id integer primary key, text text, score number);
    create index notes_text on notes(text);
    insert into notes values (1, 'a', 1), (2, 'b', 'many');
";

fn notes() -> (TestEnvironment, Database) {
    let environment = TestEnvironment::new();
    environment.sqlite("notes.db", NOTES);
    (environment, sealift_testkit::database_blocking())
}

fn log(environment: &TestEnvironment) -> String {
    std::fs::read_to_string(environment.folder().join(".sealift/log")).expect("read the log")
}

/// Returns the log with its numbers and times left out.
fn shape(log: &str) -> String {
    let lines = log.lines().map(|line| {
        // `2026-11-26T02:45:48.111916Z  INFO …`
        let (time, rest) = line.split_once(' ').unwrap_or_default();
        assert!(time.len() == 27 && time.ends_with('Z'), "{line}");
        let words = rest.trim_start().split(' ').map(|word| match word.split_once('=') {
            Some((name @ ("seconds" | "bytes" | "process" | "processors"), _)) => {
                format!("{name}=[number]")
            }
            Some((name @ ("machine" | "system" | "version" | "endpoint"), _)) => {
                format!("{name}=[text]")
            }
            Some(_) | None => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_run_writes_down_what_it_does() {
    let (mut environment, database) = notes();
    environment.set("DATABASE_URL", &database.url);
    let run = ["migrate", "notes.db", "--no-backup", "--jobs", "1"];
    let output = environment.run(&run);
    assert_eq!(output.status, 0, "{output}");
    let text = log(&environment);
    // A statement may be done before the phase that it is counted in is told to have begun.
    let varies = |line: &&str| {
        ["INFO command", "INFO options", "phase=finish step"].iter().any(|it| line.contains(it))
    };
    for step in ["key notes_pkey", "index notes_text"] {
        let done = format!("INFO statement done phase=finish step=\"{step}\"");
        assert!(text.contains(&done), "{text}");
    }
    let lines: Vec<&str> = text.lines().filter(|line| !varies(line)).collect();
    insta::assert_snapshot!(shape(&lines.join("\n")), @r#"
    INFO sealift version=[text] system=[text] machine=[text] processors=[number] process=[number]
    INFO source path=notes.db
    INFO server endpoint=[text] given_by=DATABASE_URL
    INFO phase started phase=inspect
    INFO phase done phase=inspect seconds=[number]
    INFO phase started phase=census steps=1
    INFO table done phase=census table="notes" rows=2 bytes=[number] seconds=[number]
    INFO phase done phase=census seconds=[number]
    INFO phase started phase=plan
    INFO phase done phase=plan seconds=[number]
    INFO planned tables=1 findings=2
    INFO phase started phase=create
    INFO phase done phase=create seconds=[number]
    INFO phase started phase=copy rows=2
    INFO table done phase=copy table="notes" rows=2 bytes=[number] seconds=[number]
    INFO phase done phase=copy seconds=[number]
    INFO phase done phase=finish seconds=[number]
    INFO phase started phase=analyze
    INFO phase done phase=analyze seconds=[number]
    INFO phase started phase=verify rows=2 steps=1
    INFO table done phase=verify table="notes" rows=0 bytes=[number] seconds=[number]
    INFO phase done phase=verify seconds=[number]
    INFO finding severity=Warning code="type-changed" object="notes.score" rows=1
    INFO finding severity=Note code="write-ahead-log-absent" object="the SQLite file"
    INFO compared level=Digest status=Match
    INFO ended status=0
    "#);
    assert!(text.contains(r#""migrate", "notes.db", "--no-backup", "--jobs", "1"]"#), "{text}");
    assert!(text.contains("INFO options") && text.contains("jobs: 1"), "{text}");
}

#[test]
fn the_next_run_is_written_below_and_so_is_a_comparison() {
    let (mut environment, database) = notes();
    environment.set("DATABASE_URL", &database.url);
    assert_eq!(environment.run(&["migrate", "notes.db", "--no-backup"]).status, 0);
    database.execute_blocking("update notes set text = 'other' where id = 1");
    assert_eq!(environment.run(&["verify", "notes.db", "--level", "cells"]).status, 1);
    let text = log(&environment);
    assert_eq!(text.matches("INFO ended status=").count(), 2, "{text}");
    assert!(text.contains(r#"WARN differs table="notes""#), "{text}");
    assert!(text.contains("differing_rows=1"), "{text}");
    assert!(!text.contains("other"), "a cell is in the log: {text}");
}

#[test]
fn a_failure_is_written_with_its_sqlstate() {
    let (mut environment, database) = notes();
    environment.set("DATABASE_URL", &format!("{}_not", database.url));
    let output = environment.run(&["migrate", "notes.db"]);
    assert_eq!(output.status, 3, "{output}");
    let text = log(&environment);
    assert!(text.contains("ERROR failed kind=Unreachable"), "{text}");
    assert!(text.contains(r#"sqlstate="3D000""#), "{text}");
    assert!(text.contains("INFO ended status=3"), "{text}");
}

#[test]
fn what_was_only_mistyped_leaves_no_folder() {
    let (environment, database) = notes();
    let output = environment.run(&["migrate", "nots.db", "--to", &database.url]);
    assert_eq!(output.status, 1, "{output}");
    let output = environment.run(&["migrate", "notes.db", "--dry-run", "--to", &database.url]);
    assert_eq!(output.status, 0, "{output}");
    assert!(!environment.folder().join(".sealift").exists());
}

#[test]
fn a_log_that_cannot_be_opened_is_worth_a_note() {
    let (environment, database) = notes();
    environment.write(".sealift", "somebody else's file");
    let output = environment.run(&["migrate", "notes.db", "--no-backup", "--to", &database.url]);
    assert_eq!(output.status, 0, "{output}");
    assert!(output.stderr.contains("note: no log in .sealift: "), "{output}");
}

#[test]
fn git_is_told_to_leave_the_folder_out_and_a_choice_stays() {
    let (mut environment, database) = notes();
    environment.set("DATABASE_URL", &database.url);
    let ignore = environment.folder().join(".sealift/.gitignore");
    assert_eq!(environment.run(&["migrate", "notes.db", "--no-backup"]).status, 0);
    assert_eq!(std::fs::read_to_string(&ignore).unwrap(), "*\n");
    environment.write(".sealift/.gitignore", "log*\n");
    assert_eq!(environment.run(&["verify", "notes.db"]).status, 0);
    assert_eq!(std::fs::read_to_string(&ignore).unwrap(), "log*\n");
}

/// On the main thread, in a task and in a thread that reads: always status 70, and the same command
/// afterwards does what it would have done.
#[cfg(debug_assertions)]
#[test]
fn a_panic_is_status_70_and_the_same_command_goes_on() {
    for phase in ["inspect", "census", "plan", "create", "copy", "finish", "verify"] {
        let (mut environment, database) = notes();
        environment.set("DATABASE_URL", &database.url);
        let run = ["migrate", "notes.db", "--no-backup"];
        let mut command = environment.command(&run);
        let output = command.env("SEALIFT_TEST_PANIC", phase).output().expect("run sealift");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(70), "{phase}: {stderr}");
        assert!(stderr.contains("run the same command again"), "{phase}: {stderr}");
        assert!(stderr.contains("log/panics.rs:"), "{phase}: {stderr}");
        let text = log(&environment);
        assert!(text.contains("ERROR panic thread="), "{phase}: {text}");
        assert!(text.contains("INFO ended status=70"), "{phase}: {text}");
        for told in [&stderr, &text] {
            assert!(!told.contains("the cell is"), "{phase}: {told}");
        }
        let output = environment.run(&run);
        assert_eq!(output.status, 0, "{phase}: {output}");
    }
}
