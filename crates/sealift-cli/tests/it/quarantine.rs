//! Rules about cells and rows that do not fit, and `sealift quarantine`, as they are typed.

use crate::environment::TestEnvironment;
use sealift_testkit::Database;

const POSTS: &str = "create table posts (id integer primary key, score integer);
    insert into posts values (1, 1), (2, 'a.png'), (3, 3), (4, 'b.png');";

fn posts() -> (TestEnvironment, Database) {
    let environment = TestEnvironment::new();
    environment.sqlite("app.db", POSTS);
    (environment, sealift_testkit::database_blocking())
}

fn migrate<'a>(database: &'a Database, more: &[&'a str]) -> Vec<&'a str> {
    [&["migrate", "app.db", "--no-backup", "--to", &database.url], more].concat()
}

#[test]
fn a_quarantine_that_was_asked_for_is_status_0_and_a_line_says_how_many() {
    let (environment, database) = posts();
    let output = environment.run(&migrate(&database, &["--on-misfit", "quarantine"]));
    assert_eq!(output.status, 0, "{output}");
    assert!(output.stdout.contains("2 rows of posts are in quarantine"), "{output}");
    let path = environment.folder().join(".sealift/quarantine.jsonl");
    assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 2);
    let verified = environment.run(&["verify", "app.db", "--to", &database.url]);
    assert_eq!(verified.status, 0, "{verified}");
    assert!(verified.stdout.contains("2 rows of posts are in quarantine"), "{verified}");
}

#[test]
fn the_report_counts_what_is_kept_apart() {
    let (environment, database) = posts();
    let rules = ["--on-misfit", "posts.score=quarantine", "--json"];
    let output = environment.run(&migrate(&database, &rules));
    let report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(report["rejected"], 2);
    assert_eq!(report["tables"][0]["rejected"], 2);
    assert_eq!(report["verify"]["tables"][0]["source_rows"], 4);
    assert_eq!(report["verify"]["tables"][0]["target_rows"], 2);
    assert_eq!(report["verify"]["tables"][0]["quarantined"], 2);
}

#[test]
fn a_budget_that_is_exceeded_is_status_1_and_nothing_is_written() {
    let (environment, database) = posts();
    let rules = ["--on-misfit", "quarantine", "--max-rejected", "1"];
    let output = environment.run(&migrate(&database, &rules));
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stdout.contains("--max-rejected 1 allows"), "{output}");
    let tables = database.query_text_blocking("select to_regclass('posts')::text");
    assert_eq!(tables, [[None]]);
}

#[test]
fn the_settings_file_holds_the_same_rules() {
    let (environment, database) = posts();
    environment.write("sealift.toml", "on-misfit = [\"refuse\", \"posts.*=null\"]");
    let output = environment.run(&migrate(&database, &[]));
    assert_eq!(output.status, 0, "{output}");
    let nulls = "select count(*)::text from posts where score is null";
    assert_eq!(database.query_text_blocking(nulls), [[Some("2".to_owned())]]);
}

#[test]
fn a_word_that_is_no_rule_is_wrong_usage() {
    let (environment, database) = posts();
    let output = environment.run(&migrate(&database, &["--on-misfit", "posts.score=drop"]));
    assert_eq!(output.status, 2, "{output}");
    assert!(output.stderr.contains("HOW is one of widen, refuse, null, quarantine"), "{output}");
}

#[test]
fn rows_in_quarantine_are_listed_shown_and_replayed() {
    let (environment, database) = posts();
    let to = ["--to", database.url.as_str()];
    environment.run(&migrate(&database, &["--on-misfit", "quarantine"]));
    let listed = environment.run(&[&["quarantine", "list"], &to[..]].concat());
    assert_eq!(listed.status, 0, "{listed}");
    assert!(listed.stdout.contains("score: does not fit bigint"), "{listed}");
    assert!(listed.stdout.contains("2 rows of posts are in quarantine"), "{listed}");
    let shown = environment.run(&[&["quarantine", "show", "2"], &to[..]].concat());
    let row: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(row["row"]["score"]["text"], "b.png");
    let left = environment.run(&[&["quarantine", "replay"], &to[..]].concat());
    assert_eq!(left.status, 1, "{left}");
    assert!(left.stdout.contains("0 rows brought in; 2 rows left in quarantine"), "{left}");
    let path = environment.folder().join(".sealift/quarantine.jsonl");
    let mended = std::fs::read_to_string(&path).unwrap().replace("{\"text\":\"a.png\"}", "11");
    std::fs::write(&path, mended.replace("{\"text\":\"b.png\"}", "null")).unwrap();
    let from = ["quarantine", "replay", "--from", ".sealift/quarantine.jsonl"];
    let done = environment.run(&[&from[..], &to[..]].concat());
    assert_eq!(done.status, 0, "{done}");
    let rows = "select string_agg(coalesce(score::text, '-'), ' ' order by id) from posts";
    assert_eq!(database.query_text_blocking(rows), [[Some("1 11 3 -".to_owned())]]);
    let none = environment.run(&[&["quarantine", "list"], &to[..]].concat());
    assert!(none.stdout.contains("no row is in quarantine"), "{none}");
}

/// A run that dies when the rows are there, and before, leaves what the same command makes whole: no row
/// twice, none missing.
#[test]
fn a_killed_run_with_a_quarantine_ends_as_one_that_was_not() {
    for point in ["after range", "before quarantine", "after quarantine", "before end"] {
        let (environment, database) = posts();
        let command = migrate(&database, &["--on-misfit", "quarantine"]);
        let mut killed = environment.command(&command);
        let output = killed.env("FAILPOINTS", format!("{point}=1*return(die)")).output().unwrap();
        assert_eq!(output.status.code(), None, "{point}");
        let again = environment.run(&command);
        assert_eq!(again.status, 0, "{point}: {again}");
        let rows =
            "select (select count(*) from posts)::text, count(*)::text from sealift_quarantine";
        let counts = [[Some("2".to_owned()), Some("2".to_owned())]];
        assert_eq!(database.query_text_blocking(rows), counts, "{point}");
        let path = environment.folder().join(".sealift/quarantine.jsonl");
        assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 2, "{point}");
    }
}
