//! Runs that cannot succeed leave the target as it was.

use super::target::contents;
use super::{migrate, notes_of_length};

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
fn an_index_that_cannot_be_built_takes_everything_back() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    database.execute_blocking("create table theirs (x int); insert into theirs values (1)");
    let before = contents(&database);
    impossible_plan(&environment);
    let with_plan = [&migrate(&database)[..], &["--plan", "plan.json"]].concat();
    let output = environment.run(&with_plan);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("people_active"), "{output}");
    assert!(output.stderr.contains("the target is as it was before"), "{output}");
    assert!(!output.stderr.contains("note 1"), "a cell is in the message: {output}");
    assert_eq!(contents(&database), before);
}

/// What was replaced cannot come back, and the message must not claim it.
#[test]
fn a_failed_replacement_says_that_the_old_tables_are_gone() {
    let (environment, database) = (notes_of_length(10), sealift_testkit::database_blocking());
    let empty = contents(&database);
    database.execute_blocking("create table notes (mine int)");
    impossible_plan(&environment);
    let more = ["--plan", "plan.json", "--into", "recreate", "--yes"];
    let output = environment.run(&[&migrate(&database)[..], &more].concat());
    assert_eq!(output.status, 1, "{output}");
    assert!(!output.stderr.contains("as it was before"), "{output}");
    assert!(output.stderr.contains("what it replaced stays removed"), "{output}");
    assert_eq!(contents(&database), empty);
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
