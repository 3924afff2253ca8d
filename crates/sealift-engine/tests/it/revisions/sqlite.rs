//! The wanted side from a SQLite file.

use super::{found, request, titles};
use crate::support::{options, run};
use sealift_core::revision::model::Rename;
use sealift_engine::config::PlanOptions;
use sealift_engine::revision::difference::Found;
use sealift_engine::revision::wanted::{Source, SqliteFile, Strictness};
use sealift_testkit::{Database, TempSqlite, database, shared_data, sqlite_file};
use std::path::Path;

const FILE: &str = "
    create table users (id integer primary key, name text not null, mail varchar(40) unique, born date);
    create table posts (id integer primary key autoincrement, author int references users(id), title text, score real);
    create index posts_title on posts (title);
    create view names as select name from users;
    create trigger shout after insert on posts begin update posts set title = upper(title) where id = new.id; end;
    insert into users values (1, 'Ann', 'a@x', '2000-01-02'), (2, 'Bob', null, null);
    insert into posts values (1, 1, 'one', 0.5);
";

pub(super) fn source(path: &Path, strictness: Strictness) -> Source {
    let (path, options) = (path.to_path_buf(), PlanOptions::default());
    Source::Sqlite(Box::new(SqliteFile { path, options, strictness }))
}

/// Migrates a file.
pub(super) async fn migrated(path: &Path) -> Database {
    let database = database().await;
    run(options(path, &database)).await.unwrap();
    database
}

pub(super) async fn compared(database: &Database, path: &Path) -> Found {
    found(&request(database, "public", source(path, Strictness::SameMeaning))).await.unwrap()
}

/// Returns a copy of a file, changed.
pub(super) fn changed(path: &Path, sql: &str) -> TempSqlite {
    let copy = sqlite_file("");
    std::fs::copy(path, copy.path()).unwrap();
    copy.open().execute_batch(sql).unwrap();
    copy
}

#[tokio::test]
async fn a_file_that_was_just_migrated_is_no_difference() {
    let file = sqlite_file(FILE);
    let database = migrated(file.path()).await;
    for strictness in [Strictness::SameMeaning, Strictness::Everything] {
        let same =
            found(&request(&database, "public", source(file.path(), strictness))).await.unwrap();
        assert_eq!(titles(&same), [""; 0]);
        assert_eq!(same.notes, [""; 0]);
    }
}

#[tokio::test]
async fn what_was_changed_in_the_file_is_the_difference() {
    let file = sqlite_file(FILE);
    let database = migrated(file.path()).await;
    let changed = changed(
        file.path(),
        "alter table users add column age integer default 0 not null;
         alter table posts drop column score;
         create table tags (id integer primary key, word text not null unique);
         create index posts_author on posts (author);
         drop view names;
         create view names as select id, name from users;
         drop trigger shout;",
    );
    let one = compared(&database, changed.path()).await;
    assert_eq!(
        titles(&one),
        [
            "drop view names",
            "drop trigger shout of posts",
            "drop column posts.score",
            "create table tags",
            "add column users.age",
            "create view names",
            "build index posts_author on posts",
            "drop function shout",
        ]
    );
}

#[tokio::test]
async fn more_rows_are_no_difference_while_their_values_fit() {
    let file = sqlite_file(FILE);
    let database = migrated(file.path()).await;
    let more = changed(
        file.path(),
        "insert into users select 100 + a.id * 10 + b.id, 'x', null, '2001-01-01' from users a join users b;",
    );
    assert_eq!(titles(&compared(&database, more.path()).await), [""; 0]);
    let wide = changed(file.path(), "update users set born = 'long ago' where id = 1");
    assert_eq!(
        titles(&compared(&database, wide.path()).await),
        ["change type of users.born from date to text"]
    );
}

#[tokio::test]
async fn a_length_that_grows_is_a_difference() {
    let file = sqlite_file(
        "create table t (a varchar(20), b decimal(8,2)); insert into t values ('x', 1.5);",
    );
    let database = database().await;
    database.execute("create table t (a varchar(20), b numeric(8,2))").await;
    assert_eq!(titles(&compared(&database, file.path()).await), [""; 0]);
    let longer = sqlite_file(
        "create table t (a varchar(80), b decimal(8,2)); insert into t values ('x', 1.5);",
    );
    assert_eq!(
        titles(&compared(&database, longer.path()).await),
        ["change type of t.a from character varying(20) to character varying(80)"]
    );
}

#[tokio::test]
async fn what_sqlite_cannot_say_stays_in_the_database() {
    let file = sqlite_file(FILE);
    let database = migrated(file.path()).await;
    database
        .execute(
            "comment on table users is 'people'; comment on column users.name is 'full';
             create type mood as enum ('a@x', 'x'); create domain short as varchar(9);
             create function half(a int) returns int language sql as 'select a / 2';
             create index words on posts using gin (to_tsvector('simple', title));
             create materialized view many as select count(*) as n from posts;
             alter table users add constraint apart exclude using btree (born with =);
             create function touch() returns trigger language plpgsql as 'begin return new; end';
             create trigger touched before update on users for each row execute function touch();
             alter table posts alter title type varchar(90) collate \"C\";
             alter table users alter born type timestamp(0);
             create sequence counter;",
        )
        .await;
    assert_eq!(titles(&compared(&database, file.path()).await), [""; 0]);
}

#[tokio::test]
async fn a_schema_that_the_application_made_in_its_own_words_is_no_difference() {
    let file = sqlite_file(FILE);
    let database = database().await;
    database
        .execute(
            "create type other as enum ('a@x');
             create table users (id bigserial primary key, name varchar(200) not null, mail varchar(99), born date,
                                 constraint one unique (mail));
             create table posts (id bigint generated always as identity primary key, author bigint, title varchar(80),
                                 score double precision, constraint by foreign key (author) references users (id));
             create index posts_title on posts (title);
             create view names as select name from users;",
        )
        .await;
    let one = compared(&database, file.path()).await;
    assert_eq!(titles(&one), ["create function shout", "create trigger shout on posts"]);
}

#[tokio::test]
async fn a_rename_keeps_types_and_comments() {
    let file = sqlite_file(FILE);
    let database = migrated(file.path()).await;
    database.execute("comment on column users.mail is 'where'; alter table users alter mail type varchar(77)").await;
    let changed = changed(
        file.path(),
        "alter table users rename to people; alter table people rename column mail to email;",
    );
    let guess = compared(&database, changed.path()).await;
    assert!(titles(&guess).contains(&"drop table users"));
    let mut asked = request(&database, "public", source(changed.path(), Strictness::SameMeaning));
    asked.renames = ["users=people", "users.mail=people.email"]
        .map(|text| Rename::parse(text).unwrap())
        .to_vec();
    let one = found(&asked).await.unwrap();
    assert_eq!(
        titles(&one),
        [
            "drop view names",
            "rename table users to people",
            "rename column people.mail to email",
            "create view names"
        ]
    );
}

/// Where a real file is there: migrates it and compares.
async fn is_no_difference(name: &str) {
    let Some(path) = shared_data(&format!("{name}.db")) else { return };
    let database = migrated(&path).await;
    assert_eq!(titles(&compared(&database, &path).await), [""; 0]);
}

#[tokio::test]
async fn chinook_is_no_difference_until_it_is_changed() {
    let Some(path) = shared_data("chinook.db") else { return };
    let database = migrated(&path).await;
    assert_eq!(titles(&compared(&database, &path).await), [""; 0]);
    let changed = changed(
        &path,
        "alter table Artist add column Country text; create index ArtistByName on Artist (Name);",
    );
    let one = compared(&database, changed.path()).await;
    assert_eq!(titles(&one), ["add column Artist.Country", "build index ArtistByName on Artist"]);
}

#[tokio::test]
async fn northwind_is_no_difference() {
    is_no_difference("northwind_small").await;
}

#[tokio::test]
async fn sakila_is_no_difference() {
    is_no_difference("sakila").await;
}

#[tokio::test]
async fn mlflow_is_no_difference() {
    is_no_difference("mlflow").await;
}

#[tokio::test]
async fn wagtail_is_no_difference() {
    is_no_difference("wagtail").await;
}
