//! `revision baseline` and `squash`.

use super::{Project, shop};
use std::path::PathBuf;

const SCHEMA: &str = "
    create extension if not exists citext;
    create type mood as enum ('sad', 'glad');
    create table users (id bigint generated always as identity primary key, name citext not null, feels mood);
    create table posts (id bigint primary key, author bigint references users, title text default 'none',
        check (length(title) > 2));
    create index posts_title on posts (lower(title)) where title is not null;
    create view names as select id, name from users;
    create function shout() returns trigger language plpgsql as $$ begin new.title := upper(new.title); return new; end $$;
    create trigger shout before insert on posts for each row execute function shout();
    comment on column users.name is 'what they are called';
    insert into users (name) values ('Ann');
";

/// Lets another database have the same files.
fn with_the_files_of(project: &Project) -> Project {
    let other = Project::new();
    for file in files(project) {
        std::fs::copy(
            &file,
            other.environment.folder().join("revisions").join(file.file_name().unwrap()),
        )
        .unwrap();
    }
    other
}

fn files(project: &Project) -> Vec<PathBuf> {
    let folder = project.environment.folder().join("revisions");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn a_database_that_exists_is_adopted_and_can_be_made_anew() {
    let project = Project::new();
    project.database.execute_blocking(SCHEMA);
    project.done(&["baseline", "-m", "as it was"]);
    project.done(&["check"]);
    let nothing = project.done(&["upgrade"]);
    assert!(nothing.stdout.contains("nothing to do"), "{nothing}");
    assert_eq!(project.value("select count(*) from users"), "1");
    let other = with_the_files_of(&project);
    other.done(&["upgrade"]);
    other.done(&["check"]);
    let same = other.done(&["diff", &project.database.url, "-m", "same"]);
    assert!(same.stdout.contains("nothing differs"), "{same}");
    let again = project.run(&["baseline"]);
    assert_eq!(again.status, 1, "{again}");
    assert!(again.stderr.contains("there is a revision already"), "{again}");
}

#[test]
fn what_a_baseline_cannot_hold_is_named() {
    let project = Project::new();
    project.database.execute_blocking(
        "create table a (id int); alter table a enable row level security;
         create policy own on a using (id > 0)",
    );
    let adopted = project.done(&["baseline"]);
    assert!(adopted.stderr.contains("policy"), "{adopted}");
}

#[test]
fn many_revisions_become_one_for_old_and_new_databases() {
    let project = Project::new();
    project
        .revision("1_users", "create table users (id bigint primary key);", "drop table users;")
        .revision(
            "2_name",
            "alter table users add column name text;",
            "alter table users drop column name;",
        )
        .revision(
            "3_index",
            "-- no-transaction\ncreate index concurrently users_name on users (name);",
            "-- no-transaction\ndrop index concurrently users_name;",
        );
    let middle = with_the_files_of(&project);
    middle.done(&["upgrade", "+1"]);
    project.done(&["upgrade"]);
    let squashed = project.done(&["squash", "-m", "all of it"]);
    assert!(squashed.stdout.contains("in the place of 3 revisions"), "{squashed}");
    assert_eq!(files(&project).len(), 2);
    let kept =
        std::fs::read_dir(project.environment.folder().join("revisions/squashed-3")).unwrap();
    assert_eq!(kept.count(), 6);

    let current = project.done(&["current"]);
    assert!(current.stdout.contains("3 (head)"), "{current}");
    project.done(&["check"]);
    let new = with_the_files_of(&project);
    new.done(&["upgrade"]);
    new.done(&["check"]);

    for file in files(&middle) {
        std::fs::remove_file(file).unwrap();
    }
    for file in files(&project) {
        let to = middle.environment.folder().join("revisions").join(file.file_name().unwrap());
        std::fs::copy(file, to).unwrap();
    }
    let refused = middle.run(&["upgrade"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(
        refused.stderr.contains("stands in the middle of what was squashed into 3"),
        "{refused}"
    );
    assert!(refused.stderr.contains("squashed-NUMBER"), "{refused}");
    let kept = project.environment.folder().join("revisions/squashed-3");
    middle.done(&["upgrade", "--folder", kept.to_str().unwrap()]);
    middle.done(&["check"]);

    project.done(&["downgrade", "base", "--yes"]);
    assert_eq!(project.value("select count(*) from _sealift.revision"), "0");
    project.done(&["upgrade"]);
    project.done(&["check"]);
}

#[test]
fn what_was_squashed_once_can_be_squashed_again() {
    let project = Project::new();
    project.revision("1_a", "create table a (id int);", "drop table a;").revision(
        "2_b",
        "create table b (id int);",
        "drop table b;",
    );
    project.done(&["upgrade"]);
    project.done(&["squash"]);
    project.revision("3_c", "create table c (id int);", "drop table c;");
    let fresh = with_the_files_of(&project);
    fresh.done(&["upgrade"]);
    project.done(&["upgrade"]);
    project.done(&["squash"]);
    project.done(&["check"]);
    for file in files(&fresh) {
        std::fs::remove_file(file).unwrap();
    }
    for file in files(&project) {
        let to = fresh.environment.folder().join("revisions").join(file.file_name().unwrap());
        std::fs::copy(file, to).unwrap();
    }
    fresh.done(&["check"]);
    fresh.done(&["downgrade", "base", "--yes"]);
    assert_eq!(fresh.value("select count(*) from _sealift.revision"), "0");
}

#[test]
fn rows_that_the_files_write_are_not_left_out_in_silence() {
    let project = shop();
    let refused = project.run(&["squash"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("revisions/2_orders.up.sql:2: insert into"), "{refused}");
    assert_eq!(files(&project).len(), 4, "nothing was touched");
    let squashed = project.done(&["squash", "--schema-only", "--json"]);
    assert_eq!(squashed.json()["left_out"].as_array().unwrap().len(), 1, "{squashed}");
    project.done(&["upgrade"]);
    project.done(&["check"]);
    assert_eq!(project.value("select count(*) from users"), "0");
}

#[test]
fn there_must_be_something_to_squash() {
    let project = Project::new();
    assert_eq!(project.run(&["squash"]).status, 1);
    project.revision("1_a", "create table a (id int);", "drop table a;");
    let alone = project.run(&["squash"]);
    assert!(alone.stderr.contains("nothing to squash"), "{alone}");
}
