//! `rehearse`: exit statuses, what it says, and that nothing is left.

use crate::crash::Running;
use crate::environment::{TestEnvironment, times};
use sealift_testkit::Database;

const SHOP: &str = "
    pragma journal_mode = wal;
    create table users (id integer primary key autoincrement, email varchar(20) not null unique);
    create table orders (id integer primary key, user_id integer not null references users(id), total decimal(10,2));
    create virtual table words using fts5(body);
    insert into users(email) values ('ann@example.com'), ('bob@example.com');
    insert into orders(user_id, total) values (1, 9.5), (2, 12.25), (2, 1);
    insert into words values ('by the sea');
";

const SCHEMAS: &str = "select nspname from pg_namespace where nspname ~ '^_?sealift' order by 1";

fn shop(script: &str) -> (TestEnvironment, Database) {
    let database = sealift_testkit::database_blocking();
    let mut environment = TestEnvironment::new();
    environment.sqlite("shop.db", script);
    environment.set("DATABASE_URL", &database.url).set("SQLITE_PATH", "shop.db");
    (environment, database)
}

/// Every table of the database, and what Sealift has made besides.
fn there(database: &Database) -> Vec<Vec<Option<String>>> {
    let mut found = database.query_text_blocking(
        "select schemaname || '.' || tablename from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema') order by 1",
    );
    found.extend(database.query_text_blocking(SCHEMAS));
    found
}

fn files(environment: &TestEnvironment) -> Vec<String> {
    let folder = std::fs::read_dir(environment.folder().join(".sealift")).unwrap();
    let mut names: Vec<String> =
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.') && !name.starts_with("log"));
    names.sort();
    names
}

#[test]
fn a_ready_migration_is_said_to_be_ready_and_nothing_is_left() {
    let (environment, database) = shop(SHOP);
    let output = environment.run(&["rehearse", "--progress", "none"]);
    assert_eq!(output.status, 0, "{output}");
    let text = times(&output.stdout);
    assert!(output.stdout.contains("the real run needs about "), "{text}");
    assert!(output.stdout.contains("its backup of the SQLite file takes "), "{text}");
    assert!(!output.stdout.contains("would wait"), "{text}");
    let last = output.stdout.lines().last().unwrap();
    assert!(
        last.starts_with("ready: 6 rows of 3 tables went through and were thrown away"),
        "{text}"
    );
    assert!(output.stderr.contains("rehearsal.html"), "{output}");
    assert_eq!(there(&database), Vec::<Vec<Option<String>>>::new());
    assert_eq!(files(&environment), ["rehearsal.html", "rehearsal.json"]);
    let page = std::fs::read_to_string(environment.folder().join(".sealift/rehearsal.html"));
    assert!(page.unwrap().contains("Ready to migrate"));
    // No backup was made, and the real run goes through.
    let backups = std::fs::read_dir(environment.folder()).unwrap().flatten();
    assert_eq!(backups.filter(|it| it.path().to_string_lossy().contains("backup")).count(), 0);
    let output = environment.run(&["migrate", "--no-backup"]);
    assert_eq!(output.status, 0, "{output}");
}

#[test]
fn what_has_to_be_settled_is_listed_and_the_status_is_1() {
    let orphan =
        format!("{SHOP} pragma foreign_keys = off; insert into orders(user_id) values (99);");
    let (environment, database) = shop(&orphan);
    let output = environment.run(&["rehearse", "--progress", "none"]);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stdout.contains("[orphans]"), "{output}");
    assert!(
        output
            .stdout
            .trim_end()
            .ends_with("not ready: 1 thing to settle first, above; the target is as it was"),
        "{output}"
    );
    assert_eq!(there(&database), Vec::<Vec<Option<String>>>::new());
    let output = environment.run(&["rehearse", "--on-orphan", "not-valid", "--no-backup"]);
    assert_eq!(output.status, 0, "{output}");
}

#[test]
fn the_state_of_a_real_migration_stays() {
    let (environment, database) = shop(SHOP);
    assert_eq!(environment.run(&["migrate", "--no-backup"]).status, 0);
    let read =
        |name: &str| std::fs::read(environment.folder().join(".sealift").join(name)).unwrap();
    let (plan, report, tables) = (read("plan.json"), read("report.json"), there(&database));
    let output = environment.run(&["rehearse", "--cast", "orders.total=text", "--json"]);
    assert_eq!(output.status, 1, "{output}");
    let json = output.json();
    assert_eq!(json["status"], "not_ready");
    assert_eq!(json["settle"][0]["code"], "target-not-ready");
    assert_eq!(json["migration"]["status"], "ok");
    assert_eq!(json["schema"], "public");
    assert!(json["needs"]["bytes"].as_u64().unwrap() > 0, "{json}");
    let output = environment.run(&["rehearse", "--into", "recreate", "--json"]);
    assert_eq!((output.status, &output.json()["status"]), (0, &"ready".into()));
    assert_eq!((read("plan.json"), read("report.json"), there(&database)), (plan, report, tables));
    assert_eq!(environment.run(&["verify"]).status, 0);
}

#[test]
fn a_signal_ends_it_with_4_and_nothing_is_left() {
    let (environment, database) = shop(SHOP);
    for (signal, phase) in [("INT", "census"), ("TERM", "copy"), ("INT", "finish")] {
        let mut running = Running::start(&environment, &["rehearse"]);
        running.until(phase, |event| event["event"] == "phase_started" && event["phase"] == phase);
        running.signal(signal);
        let ended = running.end();
        // So small a file may be through before the signal arrives.
        assert!(matches!(ended.status, Some(0 | 4)), "{}", ended.stderr);
        if ended.status == Some(4) {
            assert!(
                ended.stderr.contains("nothing of it is left in the target"),
                "{}",
                ended.stderr
            );
        }
        assert_eq!(there(&database), Vec::<Vec<Option<String>>>::new());
    }
}

#[test]
fn what_a_killed_one_left_is_removed_by_the_next() {
    let (environment, database) = shop(SHOP);
    let mut running = Running::start(&environment, &["rehearse"]);
    running.until("the schema", |event| event["event"] == "phase_started");
    running.kill();
    assert_eq!(database.query_text_blocking(SCHEMAS).len(), 1);
    let output = environment.run(&["rehearse"]);
    assert_eq!(output.status, 0, "{output}");
    assert!(output.stderr.contains("which a killed rehearsal had left"), "{output}");
    assert_eq!(there(&database), Vec::<Vec<Option<String>>>::new());
}

#[test]
fn a_server_that_does_not_answer_is_3_and_wrong_usage_is_2() {
    let (environment, _database) = shop(SHOP);
    let nowhere = "postgresql://postgres@127.0.0.1:1/nowhere";
    let output = environment.run(&["rehearse", "--to", nowhere, "--retry-for", "0"]);
    assert_eq!(output.status, 3, "{output}");
    let output = environment.run(&["rehearse", "--cast", "nothing.at=text"]);
    assert_eq!(output.status, 2, "{output}");
    let output = environment.run(&["rehearse", "missing.db"]);
    assert_eq!(output.status, 1, "{output}");
}

#[test]
fn tables_that_are_not_there_cannot_be_filled() {
    let (environment, database) = shop(SHOP);
    let output = environment.run(&["rehearse", "--into", "existing"]);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("holds none of the tables that are to be filled"), "{output}");
    assert_eq!(there(&database), Vec::<Vec<Option<String>>>::new());
}
