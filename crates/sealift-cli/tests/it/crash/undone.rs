//! Runs that cannot succeed: what they leave, and how one begins anew.

use super::target::contents;
use super::{finishes, migrate, notes_of_length};

#[test]
fn a_table_that_is_there_is_left_alone() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    database.execute_blocking("create table notes (mine int); insert into notes values (7)");
    let before = contents(&database);
    let output = environment.run(&migrate(&database));
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("public.notes exists already, and holds rows"), "{output}");
    assert!(output.stderr.contains("hint: --into recreate"), "{output}");
    assert_eq!(contents(&database), before);
}

/// A plan that a person edited asks for a rule that the rows break, which shows at the very end.
#[test]
fn an_index_that_cannot_be_built_stops_the_run_and_the_rows_stay() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    database.execute_blocking("create table theirs (x int); insert into theirs values (1)");
    impossible_plan(&environment);
    let with_plan = [&migrate(&database)[..], &["--plan", "plan.json"]].concat();
    let output = environment.run(&with_plan);
    assert_eq!(output.status, 4, "{output}");
    assert!(output.stderr.contains("all rows have arrived, but"), "{output}");
    assert!(output.stderr.contains("people_active"), "{output}");
    assert!(!output.stderr.contains("note 1"), "a cell is in the message: {output}");
    let rows = "select count(*) from notes";
    assert_eq!(database.query_text_blocking(rows), [[Some("3000".to_owned())]]);
    // The same again stops at the same statement, without copying anything.
    let output = environment.run(&[&with_plan[..], &["--progress", "plain"]].concat());
    assert_eq!(output.status, 4, "{output}");
    assert!(output.stderr.contains("going on with an earlier run"), "{output}");
    // Without that rule it is another plan: what it left is replaced, and what others have is not.
    let output = environment.run(&migrate(&database));
    assert_eq!(output.status, 0, "{output}");
    let theirs = "select x from theirs";
    assert_eq!(database.query_text_blocking(theirs), [[Some("1".to_owned())]]);
}

#[test]
fn restart_throws_away_what_an_earlier_run_has_done() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    impossible_plan(&environment);
    let with_plan = [&migrate(&database)[..], &["--plan", "plan.json"]].concat();
    assert_eq!(environment.run(&with_plan).status, 4);
    let told = finishes(&environment, &database, &["--restart"]);
    assert!(told.contains("thrown away, as asked"), "{told}");
    assert!(!told.contains("going on with"), "{told}");
}

#[test]
fn restart_takes_back_triggers_and_their_functions_too() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    let mut command = environment.command(&migrate(&database));
    command.env("FAILPOINTS", "after trigger=1*return(die)");
    assert_eq!(command.output().expect("run sealift").status.code(), None);
    let functions = "select count(*) from pg_proc where pronamespace = 'public'::regnamespace";
    assert_eq!(database.query_text_blocking(functions), [[Some("1".to_owned())]]);
    finishes(&environment, &database, &["--restart"]);
}

#[test]
fn the_unfinished_migration_of_another_file_is_left_alone() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    impossible_plan(&environment);
    let with_plan = [&migrate(&database)[..], &["--plan", "plan.json"]].concat();
    assert_eq!(environment.run(&with_plan).status, 4);
    let before = contents(&database);
    std::fs::copy(environment.folder().join("notes.db"), environment.folder().join("other.db"))
        .unwrap();
    let other = ["migrate", "other.db", "--no-backup", "--to", &database.url];
    let output = environment.run(&other);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("the unfinished migration of another file"), "{output}");
    assert!(output.stderr.contains("--restart"), "{output}");
    assert_eq!(contents(&database), before);
    let output = environment.run(&[&other[..], &["--restart"]].concat());
    assert_eq!(output.status, 0, "{output}");
}

#[test]
fn a_state_that_cannot_be_read_is_thrown_away_only_when_asked() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    impossible_plan(&environment);
    let with_plan = [&migrate(&database)[..], &["--plan", "plan.json"]].concat();
    assert_eq!(environment.run(&with_plan).status, 4);
    database.execute_blocking("update _sealift.run set state_version = 99");
    let output = environment.run(&migrate(&database));
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("which this version does not know"), "{output}");
    assert!(output.stderr.contains("--restart"), "{output}");
    finishes(&environment, &database, &["--restart", "--into", "recreate", "--yes"]);
}

/// The tables of a state of version 1 lack four columns, and are understood.
#[test]
fn a_state_of_version_1_is_gone_on_with() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    impossible_plan(&environment);
    let with_plan = [&migrate(&database)[..], &["--plan", "plan.json"]].concat();
    assert_eq!(environment.run(&with_plan).status, 4);
    database.execute_blocking(
        "alter table _sealift.run drop column token, drop column source, drop column options;
         alter table _sealift.range drop column hashed;
         update _sealift.run set state_version = 1, made_by = '0.0.9'",
    );
    let output = environment.run(&[&with_plan[..], &["--progress", "plain"]].concat());
    assert_eq!(output.status, 4, "{output}");
    assert!(output.stderr.contains("going on with an earlier run"), "{output}");
    assert!(output.stderr.contains("Sealift 0.0.9 began it"), "{output}");
}

#[test]
fn a_replacement_that_stops_goes_on_with_the_same_command() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    database.execute_blocking("create table notes (mine int)");
    impossible_plan(&environment);
    let more = ["--plan", "plan.json", "--into", "recreate", "--yes"];
    let output = environment.run(&[&migrate(&database)[..], &more].concat());
    assert_eq!(output.status, 4, "{output}");
    assert!(!output.stderr.contains("as it was before"), "{output}");
    assert!(output.stderr.contains("the same command again"), "{output}");
}

/// Somebody who wants to begin anew by hand does not think of the state.
#[test]
fn tables_that_are_gone_or_empty_are_made_and_filled_again() {
    for by_hand in [
        "drop schema public cascade",
        "drop schema public cascade; create schema public",
        "drop table people cascade",
        "truncate tags cascade",
    ] {
        let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
        impossible_plan(&environment);
        let with_plan = [&migrate(&database)[..], &["--plan", "plan.json"]].concat();
        assert_eq!(environment.run(&with_plan).status, 4);
        database.execute_blocking(by_hand);
        // What stops it is the same as before, with all rows there.
        let again = [&with_plan[..], &["--progress", "plain", "--verify", "none"]].concat();
        let output = environment.run(&again);
        assert_eq!(output.status, 4, "{by_hand}: {output}");
        assert!(output.stderr.contains(": starting over"), "{by_hand}: {output}");
        assert!(output.stderr.contains("people_active"), "{by_hand}: {output}");
        let rows = "select (select count(*) from people), (select count(*) from tags)";
        let there = [[Some("5000".to_owned()), Some("4".to_owned())]];
        assert_eq!(database.query_text_blocking(rows), there, "{by_hand}");
        finishes(&environment, &database, &[]);
    }
}

#[test]
fn rows_that_somebody_wrote_after_a_run_that_did_not_end_are_not_removed() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    impossible_plan(&environment);
    let with_plan = [&migrate(&database)[..], &["--plan", "plan.json"]].concat();
    assert_eq!(environment.run(&with_plan).status, 4);
    database.execute_blocking("insert into tags values ('of the application')");
    let before = contents(&database);
    let output = environment.run(&[&with_plan[..], &["--verify", "none"]].concat());
    assert_eq!(output.status, 4, "{output}");
    let says = "table tags holds 5 rows in the target, where an earlier run has put 4";
    assert!(output.stderr.contains(says), "{output}");
    // Nor by another plan, which would drop the tables.
    let output = environment.run(&migrate(&database));
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains(says), "{output}");
    assert_eq!(contents(&database), before);
    database.execute_blocking("delete from tags where name = 'of the application'");
    finishes(&environment, &database, &[]);
}

#[test]
fn a_state_that_lacks_a_table_is_thrown_away_only_when_asked() {
    for table in ["range", "step"] {
        let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
        impossible_plan(&environment);
        let with_plan = [&migrate(&database)[..], &["--plan", "plan.json"]].concat();
        assert_eq!(environment.run(&with_plan).status, 4);
        database.execute_blocking(&format!("drop table _sealift.{table}"));
        let output = environment.run(&migrate(&database));
        assert_eq!(output.status, 1, "{output}");
        assert!(output.stderr.contains("the state of an earlier run cannot be read"), "{output}");
        assert!(output.stderr.contains("--restart"), "{output}");
        finishes(&environment, &database, &["--restart", "--into", "recreate", "--yes"]);
    }
}

/// Writes `plan.json`, in which an index on a column with equal values is unique.
fn impossible_plan(environment: &crate::environment::TestEnvironment) {
    let made = environment.run(&["plan", "notes.db", "-o", "plan.json"]);
    assert_eq!(made.status, 0, "{made}");
    let path = environment.folder().join("plan.json");
    let mut plan: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let tables = plan["tables"].as_array_mut().unwrap();
    let people = tables.iter_mut().find(|table| table["source"] == "people").unwrap();
    let index = &mut people["target"]["indexes"][0];
    assert_eq!(index["name"], "people_active");
    index["unique"] = true.into();
    index["keys"][0]["expression"] = "\"active\"".into();
    environment.write("plan.json", &plan.to_string());
}
