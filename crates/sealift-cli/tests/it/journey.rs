//! `inspect`, `plan`, `migrate` and `verify` on a real file and a real server.

use crate::environment::TestEnvironment;
use sealift_testkit::Database;

const SHOP: &str = "
    pragma journal_mode = wal;
    create table users (
        id integer primary key autoincrement,
        email varchar(20) not null unique,
        active boolean not null default 1,
        score number
    );
    create table orders (
        id integer primary key,
        user_id integer not null references users(id),
        total decimal(10,2)
    );
    create index orders_user on orders(user_id);
    insert into users(email, score) values ('ann@example.com', 1), ('bob@example.com', 'many');
    insert into orders(user_id, total) values (1, 9.5), (2, 12.25), (2, 1);
";

fn shop() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.sqlite("shop.db", SHOP);
    environment
}

fn migrated() -> (TestEnvironment, Database) {
    let database = sealift_testkit::database_blocking();
    let mut environment = shop();
    environment.set("DATABASE_URL", &database.url).set("SQLITE_PATH", "shop.db");
    let output = environment.run(&["migrate", "--no-backup"]);
    assert_eq!(output.status, 0, "{output}");
    (environment, database)
}

#[test]
fn inspect_shows_tables_and_what_they_hold() {
    let output = shop().run(&["inspect", "shop.db", "-v", "--progress", "none"]);
    insta::assert_snapshot!(output, @r#"
    shop.db
      size        24.0 kB
      written by  SQLite 3.54.1
      journal     write-ahead log

    users  2 rows, 74 B
      column  declared              holds
      id      INTEGER not null      2 integers
      email   varchar(20) not null  2 texts
      active  boolean not null      2 integers
      score   number                1 integer, 1 text

    orders  3 rows, 72 B
      column   declared          holds
      id       INTEGER not null  3 integers
      user_id  INTEGER not null  3 integers
      total    decimal(10,2)     1 integer, 2 reals

      internal       sqlite_sequence

    2 tables with 5 rows
    --- status 0
    "#);
}

#[test]
fn plan_shows_types_reasons_and_findings() {
    let output = shop().run(&["plan", "shop.db", "--progress", "none"]);
    insta::assert_snapshot!(output, @r#"
    users  2 rows, 74 B
      column  declared     PostgreSQL                because
      id      INTEGER      bigint not null identity  the rowid: always a 64-bit whole number
      email   varchar(20)  varchar(20) not null      declared varchar(20); at most 15 characters
      active  boolean      boolean not null          declared boolean; only true and false
      score   number       text                      declared number, but it holds 1 text, 1 whole number
      1 primary key, 1 unique constraint

    orders  3 rows, 72 B
      column   declared       PostgreSQL                because
      id       INTEGER        bigint not null identity  the rowid: always a 64-bit whole number
      user_id  INTEGER        bigint not null           declared INTEGER; whole numbers from 1 to 2
      total    decimal(10,2)  numeric(10,2)             declared decimal(10,2); every cell fits
      1 primary key, 1 foreign key, 1 index

    warning: users.score: becomes text: declared number, but it holds 1 text, 1 whole number [type-changed]
      1 row, first: id=2
      hint: nothing is lost; mend those rows in SQLite to get numeric, or decide with --cast 'users.score=TYPE' or --on-misfit 'users.score=null', =quarantine or =refuse
    1 note on what was carried differently; -v shows it

    2 tables for schema public: 5 rows, 146 B of values; 1 warning, 1 note
    [estimate]
    about 88 kB in the target (tables 24, indexes 64), and up to 88 kB of write-ahead log; 24 kB for the backup
    --- stderr
    no server was asked how fast it is: --to URL names one
    --- status 0
    "#);
}

#[test]
fn a_plan_that_cannot_start_is_status_1() {
    let environment = shop();
    environment
        .sqlite("shop.db", "pragma foreign_keys = off; insert into orders(user_id) values (99)");
    let output = environment.run(&["plan", "shop.db", "--json", "--progress", "none"]);
    assert_eq!(output.status, 1, "{output}");
    let findings = output.json()["findings"].clone();
    assert_eq!(findings[0]["severity"], "error");
    assert_eq!(findings[0]["code"], "orphans");
    let carried = ["plan", "shop.db", "--on-orphan", "not-valid"];
    assert_eq!(environment.run(&carried).status, 0);
}

#[test]
fn the_sql_of_a_plan_runs_in_psql() {
    let output = shop().run(&["plan", "shop.db", "--sql", "-q"]);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    let database = sealift_testkit::database_blocking();
    database.execute_blocking(&output.stdout);
    let tables = database.query_text_blocking(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
    );
    assert_eq!(tables, [[Some("orders".to_owned())], [Some("users".to_owned())]]);
}

#[test]
fn an_edited_plan_is_carried_out() {
    let environment = shop();
    let database = sealift_testkit::database_blocking();
    assert_eq!(environment.run(&["plan", "shop.db", "-o", "plan.json"]).status, 0);
    let text = std::fs::read_to_string(environment.folder().join("plan.json")).unwrap();
    environment.write("plan.json", &text.replace("numeric(10,2)", "numeric(12,3)"));
    let arguments =
        ["migrate", "shop.db", "--plan", "plan.json", "--no-backup", "--to", &database.url];
    let output = environment.run(&arguments);
    assert_eq!(output.status, 0, "{output}");
    let value = database.query_text_blocking("select total from orders where id = 1");
    assert_eq!(value, [[Some("9.500".to_owned())]]);
}

#[test]
fn migrate_reports_what_it_did() {
    let database = sealift_testkit::database_blocking();
    let environment = shop();
    let arguments = ["migrate", "shop.db", "--to", &database.url, "--json", "--progress", "json"];
    let output = environment.run(&arguments);
    assert_eq!(output.status, 0, "{output}");
    let report = output.json();
    assert_eq!(report["status"], "ok");
    assert_eq!((&report["rows"], &report["resumed"]), (&5.into(), &false.into()));
    assert_eq!(report["verify"]["status"], "match");
    assert_eq!(report["tables"].as_array().unwrap().len(), 2);
    assert!(!report["target"].as_str().unwrap().is_empty());
    for line in output.stderr.lines().filter(|line| line.starts_with('{')) {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["event"].is_string(), "{line}");
    }
    let page = std::fs::read_to_string(environment.folder().join(".sealift/report.html")).unwrap();
    assert!(page.contains("<h1>Every row arrived</h1>"));
    assert!(environment.folder().join(".sealift/report.json").exists());
    let names = std::fs::read_dir(environment.folder()).unwrap();
    let backups = names.filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("shop.db.backup.")
    });
    assert_eq!(backups.count(), 1);
}

#[test]
fn what_is_there_already_is_refused_and_recreated_on_demand() {
    let (environment, _database) = migrated();
    let again = environment.run(&["migrate", "--no-backup"]);
    assert_eq!(again.status, 1, "{again}");
    assert!(again.stderr.contains("hint: --into recreate"), "{again}");
    let unsure = environment.run(&["migrate", "--no-backup", "--force-recreate"]);
    assert_eq!(unsure.status, 2, "{unsure}");
    let sure = environment.run(&["migrate", "--no-backup", "--force-recreate", "--yes"]);
    assert_eq!(sure.status, 0, "{sure}");
}

#[test]
fn strict_refuses_warnings_before_anything_is_written() {
    let database = sealift_testkit::database_blocking();
    let environment = shop();
    let output = environment.run(&["migrate", "shop.db", "--strict", "--to", &database.url]);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stdout.contains("refused: nothing was written"), "{output}");
    let tables = database.query_text_blocking(
        "select 1 from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    );
    assert!(tables.is_empty());
}

#[test]
fn verify_names_the_cell_that_differs() {
    let (environment, database) = migrated();
    assert_eq!(environment.run(&["verify"]).status, 0);
    assert_eq!(environment.run(&["migrate", "--verify-only"]).status, 0);
    database.execute_blocking("update orders set total = 12.26 where id = 2");
    let digest = environment.run(&["verify", "--json"]);
    assert_eq!(digest.status, 1, "{digest}");
    assert_eq!(digest.json()["status"], "differ");
    let cells = environment.run(&["verify", "--level", "cells", "--progress", "none"]);
    insta::assert_snapshot!(cells, @r#"
    differs: orders: 3 rows on both sides; 1 row differs
      row   column  SQLite  PostgreSQL
      id=2  total   12.25   12.26

    different: 5 rows of 2 tables compared; 1 table differs
    --- status 1
    "#);
}

#[test]
fn an_estimate_stands_beside_the_plan_and_not_in_its_file() {
    let environment = shop();
    let database = sealift_testkit::database_blocking();
    let arguments = ["plan", "shop.db", "-o", "plan.json", "--json", "--to", &database.url];
    let output = environment.run(&arguments);
    assert_eq!(output.status, 0, "{output}");
    let estimate = &output.json()["estimate"];
    assert_eq!(estimate["probed"], true, "{estimate}");
    assert!(estimate["seconds"].as_f64().unwrap() > 0.0);
    assert!(estimate["rates"]["copy_row"].as_f64().unwrap() > 0.0);
    let read = |name: &str| std::fs::read_to_string(environment.folder().join(name)).unwrap();
    let first = read("plan.json");
    assert!(!first.contains("estimate"), "{first}");
    assert_eq!(environment.run(&["plan", "shop.db", "-o", "again.json"]).status, 0);
    assert_eq!(read("again.json"), first);
    // What was printed is a plan too.
    environment.write("printed.json", &output.stdout);
    let arguments =
        ["migrate", "shop.db", "--plan", "printed.json", "--no-backup", "--to", &database.url];
    let output = environment.run(&arguments);
    assert_eq!(output.status, 0, "{output}");
}

#[test]
fn a_dry_run_estimates_what_was_asked_for() {
    let environment = shop();
    let phase = |arguments: &[&str], name: &str| {
        let estimate = environment.run(arguments).json()["estimate"].clone();
        let phases = estimate["phases"].as_array().unwrap().clone();
        let found = phases.into_iter().find(|phase| phase["name"] == name).unwrap();
        found["seconds"].as_f64().unwrap()
    };
    let all = ["migrate", "shop.db", "--dry-run", "--json"];
    assert!(phase(&all, "verify") > 0.0 && phase(&all, "backup") > 0.0);
    let less = ["migrate", "shop.db", "--dry-run", "--json", "--no-backup", "--verify", "none"];
    assert_eq!((phase(&less, "verify"), phase(&less, "backup")), (0.0, 0.0));
}

#[test]
fn progress_goes_to_stderr_and_quiet_silences_it() {
    let environment = shop();
    let output = environment.run(&["plan", "shop.db", "--json"]);
    assert!(output.stderr.contains("Looking at every cell: 5 rows"), "{output}");
    assert_eq!(output.json()["version"], 1);
    assert_eq!(environment.run(&["plan", "shop.db", "-q"]).stderr, "");
}

#[test]
fn a_file_that_is_no_database_says_so() {
    let environment = TestEnvironment::new();
    environment.write(
        "notes.txt",
        "this is not a database, and long enough to look at: \n".repeat(40).as_str(),
    );
    let output = environment.run(&["inspect", "notes.txt"]);
    insta::assert_snapshot!(output, @r#"
    --- stderr
    error: open notes.txt: not a SQLite database, or encrypted (SQLCipher)
      cause: the SQLite file is not there, or holds no database that can be read (source_unreadable)
    hint: if it is encrypted, export a plain copy with the application's key first (SQLCipher: `sqlcipher_export`)
    --- status 1
    "#);
}
