//! `migrate`, `rehearse` and `revision upgrade` stop for what `check` calls failed, before anything is
//! written, with the same cause and the same words.

use super::Told;
use super::world::{World, execute, execute_in, url};
use crate::environment::TestEnvironment;
use sealift_testkit::{PgBouncer, Server};

/// Returns all that somebody may have made on a database.
fn made(server: &Server, database: &str) -> String {
    let sql = "select coalesce(string_agg(nspname || '.' || relname, ' '), '') from pg_class c
               join pg_namespace n on n.oid = relnamespace
               where nspname not like 'pg\\_%' and nspname <> 'information_schema'";
    let url = server.url(database);
    let output = std::process::Command::new("psql")
        .args(["-X", "-A", "-t", "-d", &url, "-c", sql])
        .output()
        .expect("psql comes with PostgreSQL");
    String::from_utf8(output.stdout).expect("names are UTF-8").trim().to_owned()
}

#[test]
fn what_check_calls_failed_stops_a_migration_before_anything_is_written() {
    let world = World::new();
    let server = world.open();
    execute(server, &["create database latin encoding 'LATIN1' locale 'C' template template0"]);
    execute(server, &["create database shut"]);
    execute_in(server, "shut", &["revoke create on schema public from public"]);
    let settings = "alter database quiet set default_transaction_read_only = on";
    execute(server, &["create database quiet", settings]);
    let bouncer = PgBouncer::start(server.port(), "transaction", "");
    let environment = TestEnvironment::new();
    environment
        .sqlite("app.db", "create table t (id integer primary key); insert into t values (1)");
    for (cause, database, url) in [
        ("encoding", "latin", server.url("latin")),
        ("missing_right", "shut", url(server, "app", "shut")),
        ("read_only", "quiet", server.url("quiet")),
        ("transaction_pooler", "postgres", bouncer.url("postgres")),
    ] {
        let check = environment.run(&["check", &url, "--json"]).json();
        let migrate = environment.run(&["migrate", "app.db", "--to", &url, "--json"]);
        let object = migrate.json();
        let (checked, stopped) = (Told::of(&check).unwrap(), Told::of(&object).unwrap());
        assert_eq!((checked.cause, stopped.cause), (cause, cause), "{migrate}");
        assert_eq!(checked.sentence, stopped.sentence, "{migrate}");
        assert!(stopped.message.contains(checked.message), "{} {migrate}", checked.message);
        assert_eq!(checked.hints, stopped.hints, "{migrate}");
        assert!(matches!(migrate.status, 1 | 3), "{migrate}");
        assert_eq!(made(server, database), "", "{cause}");
        assert!(!environment.folder().join(".sealift/plan.json").exists());
    }
}

#[test]
fn a_rehearsal_and_revisions_stop_in_the_same_words() {
    let world = World::new();
    let server = world.open();
    let settings = "alter database quiet set default_transaction_read_only = on";
    execute(server, &["create database quiet", settings]);
    let bouncer = PgBouncer::start(server.port(), "transaction", "");
    let environment = TestEnvironment::new();
    environment.sqlite("app.db", "create table t (id integer primary key)");
    assert_eq!(environment.run(&["revision", "init"]).status, 0);
    for (cause, url) in
        [("read_only", server.url("quiet")), ("transaction_pooler", bouncer.url("postgres"))]
    {
        let check = environment.run(&["check", &url, "--json"]).json();
        let message = check["message"].as_str().unwrap();
        for command in [
            &["rehearse", "app.db", "--to", &url][..],
            &["revision", "upgrade", "--to", &url, "--retry-for", "0"],
        ] {
            let output = environment.run(&[command, &["--json"]].concat());
            let object = output.json();
            assert_eq!(object["cause"], cause, "{command:?} {output}");
            let said = object["message"].as_str().unwrap();
            assert!(said.contains(message), "{command:?} {message}: {output}");
            assert_eq!(object["hints"][0], check["hints"][0], "{command:?}");
        }
    }
}
