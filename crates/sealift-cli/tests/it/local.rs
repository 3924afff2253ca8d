//! `sealift local`, and `local` as the target when none is given.

use crate::environment::TestEnvironment;

/// Stops the server whatever becomes of the test.
struct Stop<'a>(&'a TestEnvironment);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        let output = self.0.run(&["local", "reset", "--yes"]);
        assert_eq!(output.status, 0, "{output}");
    }
}

#[test]
fn without_a_target_the_local_server_is_used() {
    let environment = TestEnvironment::new();
    environment
        .sqlite("app.db", "create table t(id integer primary key); insert into t values (7)");
    let stop = Stop(&environment);
    let output = environment.run(&["migrate", "app.db"]);
    assert_eq!(output.status, 0, "{output}");
    assert!(output.stderr.contains("started the local server"), "{output}");
    let state = environment.run(&["local", "status", "--json"]).json();
    assert_eq!(state["state"], "running");
    assert!(state["url"].as_str().unwrap().contains(":***@"), "{state}");
    let url = environment.run(&["local", "url"]).stdout;
    assert!(url.starts_with("postgresql://") && !url.contains("***"), "{url}");
    let output = environment.run(&["verify", "app.db", "--to", url.trim()]);
    assert_eq!(output.status, 0, "{output}");
    drop(stop);
    assert_eq!(environment.run(&["local", "status", "--json"]).json()["state"], "absent");
}

#[test]
fn without_a_target_it_is_rehearsed_on_the_local_server() {
    let environment = TestEnvironment::new();
    environment
        .sqlite("app.db", "create table t(id integer primary key); insert into t values (7)");
    let stop = Stop(&environment);
    let output = environment.run(&["rehearse", "app.db"]);
    assert_eq!(output.status, 0, "{output}");
    assert!(output.stdout.contains("ready: 1 row of 1 table"), "{output}");
    // A rollback journal.
    assert!(output.stdout.contains("writes would wait"), "{output}");
    drop(stop);
}

#[test]
fn a_missing_source_starts_no_server() {
    let environment = TestEnvironment::new();
    let output = environment.run(&["migrate", "missing.db"]);
    insta::assert_snapshot!(output, @r#"
    --- stderr
    error: open missing.db: there is no such file
    hint: check the path
    --- status 1
    "#);
    assert!(!environment.folder().join(".sealift").exists());
}

#[test]
fn deleting_needs_yes() {
    let output = TestEnvironment::new().run(&["local", "reset"]);
    assert_eq!(output.status, 2, "{output}");
}

#[test]
fn the_url_of_no_server_says_how_to_make_one() {
    let output = TestEnvironment::new().run(&["local", "url"]);
    assert_eq!(output.status, 1);
    assert!(output.stderr.contains("hint: make one: sealift local start"), "{output}");
}
