//! Everything that runs write anywhere is searched for a password and for cells.
//!
//! The rule, which `evidence::allowed` holds:
//!
//! | | password | key of a row in a finding | other cell |
//! |---|---|---|---|
//! | stdout; report, plan | never | yes: they show findings | only in a comparison by cells |
//! | stderr, also `-vvv` and `--progress json` | never | only where stdout is a script, and findings stand here | never |
//! | `.sealift/log` | never | never | never |
//! | state in the target | never | never | never |
//! | list of processes, environment of one | never | never | never |
//! | the server's log and `pg_stat_activity` | never | never | never |
//!
//! The backup is a copy of the source, and the target's tables hold the cells: they are not searched.
//! Neither is the server's log where it refuses a row, which it then quotes by itself.

mod evidence;
mod scene;

use evidence::Place;
use scene::{CELL, KEY, PASSWORD, Scene};

/// Types, keys and rows that give rise to findings of several kinds, all with the markers in them.
const PEOPLE: &str = "
    pragma foreign_keys = off;
    create table people (
        name text primary key,
        note text not null,
        short varchar(5),
        score number,
        active boolean,
        made datetime,
        picture blob
    );
    create table letters (
        id integer primary key,
        sender text references people(name),
        body text
    );
    create view names as select name, note from people;
    insert into people values
        ('KEY', 'CELL', 'CELL', 'CELL', 'CELL', 'CELL', cast('CELL' as blob)),
        ('other', 'a CELL too', 'short', 7, 1, '2024-01-01 00:00:00', x'00ff');
    insert into letters(sender, body) values ('CELL', 'CELL'), ('KEY', 'CELL');
";

/// Rows that take a while, so that a run can be looked at and killed.
const MANY: &str = "
    create table many (id integer primary key, body text);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
    insert into many select i, printf('%.*c CELL', 3000, 'x') from n;
";

fn people() -> Scene {
    Scene::new(PEOPLE)
}

#[test]
fn a_password_in_a_url_is_seen_nowhere() {
    let scene = people();
    let run = scene.run(&["migrate", "app.db", "--on-orphan", "not-valid", "--to", &scene.url()]);
    assert_eq!(run.status, Some(0), "{}", run.text(Place::Stderr));
    assert!(run.text(Place::Stdout).contains(KEY), "no finding names a row");
    assert!(run.samples > 0, "the process was never looked at");
    assert!(run.text(Place::Processes).contains(":***@"), "{}", run.text(Place::Processes));
    run.search();
}

#[test]
fn a_password_in_a_keyword_string_is_seen_nowhere() {
    let scene = people();
    let text = format!(
        "host=127.0.0.1 port={} dbname={} user=postgres password='{}'",
        scene.server.address().port(),
        scene.database.name,
        PASSWORD.replace('\\', "\\\\").replace('\'', "\\'")
    );
    let to = format!("--to={text}");
    let run = scene.run(&["migrate", "app.db", "--on-orphan", "not-valid", &to]);
    assert_eq!(run.status, Some(0), "{}", run.text(Place::Stderr));
    run.search();
}

#[test]
fn a_password_in_a_variable_or_a_password_file_is_seen_nowhere() {
    let mut scene = people();
    let without = scene.url_without_password();
    let run = ["migrate", "app.db", "--on-orphan", "not-valid", "--to", &without];
    scene.environment.write(
        ".pgpass",
        &format!("*:*:*:*:{}\n", PASSWORD.replace('\\', r"\\").replace(':', r"\:")),
    );
    scene.close(".pgpass");
    let from_file = scene.run(&run);
    assert_eq!(from_file.status, Some(0), "{}", from_file.text(Place::Stderr));
    from_file.search();
    std::fs::remove_file(scene.environment.folder().join(".pgpass")).unwrap();
    scene.environment.set("PGPASSWORD", PASSWORD);
    let again = [&run[..], &["--into", "recreate", "--yes"]].concat();
    let from_variable = scene.run(&again);
    assert_eq!(from_variable.status, Some(0), "{}", from_variable.text(Place::Stderr));
    from_variable.search();
}

#[test]
fn the_loudest_run_says_nothing_of_it() {
    let mut scene = people();
    scene.environment.set("SEALIFT_LOG", "trace").set("RUST_LOG", "trace");
    let url = scene.url();
    let loud = ["migrate", "app.db", "-vvv", "--json", "--progress", "json", "--to", &url];
    let run = scene.run(&[&loud[..], &["--on-orphan", "not-valid", "--verify", "cells"]].concat());
    assert_eq!(run.status, Some(0), "{}", run.text(Place::Stderr));
    assert!(run.text(Place::Stderr).contains(" INFO "), "{}", run.text(Place::Stderr));
    run.search();
    let run = scene.run(&["plan", "app.db", "-vvv", "--sql", "--on-orphan", "not-valid"]);
    assert_eq!(run.status, Some(0), "{}", run.text(Place::Stderr));
    run.search_of_a_script();
}

#[test]
fn a_refused_run_says_nothing_of_it() {
    let scene = people();
    let cast = ["--cast", "people.score=bigint", "--cast", "people.made=timestamptz"];
    let url = scene.url();
    let run = scene.run(&[&["migrate", "app.db", "--to", &url][..], &cast].concat());
    assert_eq!(run.status, Some(1), "{}", run.text(Place::Stderr));
    assert!(run.text(Place::Stdout).contains("cast-does-not-fit"), "{}", run.text(Place::Stdout));
    run.search();
}

/// Also a password that is wrong is one, and often right elsewhere.
#[test]
fn a_password_that_the_server_rejects_is_seen_nowhere() {
    let mut scene = people();
    scene.stop_and_want("another password");
    for more in [&[][..], &["--json"], &["-vvv"]] {
        let run = scene.run(&[&["migrate", "app.db", "--to", &scene.url()][..], more].concat());
        assert_eq!(run.status, Some(3), "{}", run.text(Place::Stderr));
        run.search();
    }
}

#[test]
fn what_was_mistyped_is_not_quoted_with_its_password() {
    let scene = people();
    let (url, to) = (scene.url(), format!("--too={}", scene.url()));
    for arguments in [&["migrate", "app.db", &url][..], &["migrate", &to], &["check", &url, &url]] {
        let run = scene.run(arguments);
        assert_eq!(run.status, Some(2), "{}", run.text(Place::Stderr));
        run.search();
    }
}

#[test]
fn a_run_that_is_killed_leaves_none_of_it_and_neither_does_the_next() {
    let scene = Scene::new(&format!("{PEOPLE}{MANY}"));
    let url = scene.url();
    let run = ["migrate", "app.db", "--on-orphan", "not-valid", "--to", &url];
    let killed = scene.run_until(&run, "select to_regclass('_sealift.run') is not null");
    assert_eq!(killed.status, None, "{}", killed.text(Place::Stderr));
    assert!(killed.text(Place::State).contains("people"), "there is no state");
    killed.search();
    let resumed = scene.run(&[&run[..], &["--keep-state"]].concat());
    assert_eq!(resumed.status, Some(0), "{}", resumed.text(Place::Stderr));
    assert!(resumed.text(Place::Stderr).contains("earlier run"), "{}", resumed.text(Place::Stderr));
    assert!(resumed.text(Place::State).contains("people"), "there is no state");
    resumed.search();
}

#[test]
fn cells_that_differ_are_shown_and_not_logged() {
    let scene = people();
    let url = scene.url();
    let run = scene.run(&["migrate", "app.db", "--on-orphan", "not-valid", "--to", &url]);
    assert_eq!(run.status, Some(0), "{}", run.text(Place::Stderr));
    scene.database.execute_blocking("update people set note = 'changed'");
    for more in [&[][..], &["-vv"], &["--json"]] {
        let verify = ["verify", "app.db", "--level", "cells", "--to", &url];
        let run = scene.run(&[&verify[..], more].concat());
        assert_eq!(run.status, Some(1), "{}", run.text(Place::Stderr));
        assert!(run.text(Place::Stdout).contains(CELL), "{}", run.text(Place::Stdout));
        run.search_of_a_comparison();
    }
}

/// The server says which row it refuses, and where in the `COPY` it stands.
#[test]
fn a_row_that_the_server_refuses_is_not_repeated() {
    let scene = Scene::new("create table t (k text, a text); insert into t values ('KEY', 'CELL')");
    scene.database.execute_blocking("create table t (k text, a text check (length(a) < 3))");
    let run = ["migrate", "app.db", "--into", "existing", "--to", &scene.url()];
    let checked = scene.run(&run);
    assert_eq!(checked.status, Some(1), "{}", checked.text(Place::Stderr));
    assert!(checked.text(Place::Log).contains("23514"), "{}", checked.text(Place::Log));
    checked.search_of_a_refused_row();
    scene.database.execute_blocking(
        "alter table t drop constraint t_a_check;
         create unique index on t ((left(a, 1)));",
    );
    scene.environment.sqlite("app.db", &format!("insert into t values ('{KEY}', '{CELL}2')"));
    let unique = scene.run(&run);
    assert_eq!(unique.status, Some(1), "{}", unique.text(Place::Stderr));
    assert!(unique.text(Place::Log).contains("23505"), "{}", unique.text(Place::Log));
    unique.search_of_a_refused_row();
}

#[test]
fn a_password_of_the_schema_to_be_like_is_seen_nowhere() {
    let scene = people();
    let own = "create schema made; create table made.people (name text primary key, note text)";
    scene.database.execute_blocking(own);
    let url = scene.url();
    let like = ["--like", &url, "--like-schema", "made"];
    let plan = scene.run(&[&["plan", "app.db"][..], &like[..]].concat());
    assert!(plan.text(Place::Stdout).contains("differences to postgresql://"));
    plan.search();
    let arguments = ["migrate", "app.db", "--on-orphan", "not-valid", "-v", "--to", &url];
    let run = scene.run(&[&arguments[..], &like[..]].concat());
    assert_eq!(run.status, Some(0), "{}", run.text(Place::Stderr));
    run.search();
}
