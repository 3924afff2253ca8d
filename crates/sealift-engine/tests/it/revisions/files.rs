//! The wanted side from SQL: a file, another schema, the revisions so far.

use super::{found, left, request, titles};
use crate::support::endpoint;
use sealift_core::revision::file::Script;
use sealift_engine::ErrorKind;
use sealift_engine::revision::wanted::{Source, SqlFile, UpFile};
use sealift_testkit::{Database, database};

const SCHEMA: &str = "
    create type mood as enum ('bad', 'good');
    create table users (id serial primary key, name text, feels mood default 'good');
    create view names as select name from users;
";

fn sql(text: &str) -> Source {
    Source::Sql(SqlFile { name: "schema.sql".to_owned(), text: text.to_owned() })
}

fn up(files: &[&str]) -> Source {
    let files = files.iter().enumerate().map(|(at, text)| UpFile {
        name: format!("{at}.up.sql"),
        script: Script::parse(*text).unwrap(),
    });
    Source::Revisions(files.collect())
}

async fn with_schema() -> Database {
    let database = database().await;
    database.execute(SCHEMA).await;
    database
}

/// Returns why it is refused.
async fn refused(database: &Database, source: Source) -> String {
    let error = found(&request(database, "public", source)).await.unwrap_err();
    assert_eq!(left(database).await, "0");
    error.to_string()
}

#[tokio::test]
async fn the_file_that_made_it_is_no_difference() {
    let database = with_schema().await;
    let same = found(&request(&database, "public", sql(SCHEMA))).await.unwrap();
    assert_eq!(titles(&same), [""; 0]);
    assert_eq!(left(&database).await, "0");
}

#[tokio::test]
async fn names_may_have_the_schema_as_a_dump_has_them() {
    let database = with_schema().await;
    let dump = "
        SET statement_timeout = 0;
        SELECT pg_catalog.set_config('search_path', '', false);
        CREATE SCHEMA public;
        CREATE TYPE public.mood AS ENUM ('bad', 'good');
        ALTER TYPE public.mood OWNER TO postgres;
        CREATE TABLE public.users (id integer NOT NULL, name text, feels public.mood DEFAULT 'good'::public.mood);
        CREATE SEQUENCE public.users_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
        ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
        CREATE VIEW public.names AS SELECT users.name FROM public.users;
        ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
        SELECT pg_catalog.setval('public.users_id_seq', 77, true);
        ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
        CREATE INDEX CONCURRENTLY by_name ON public.users USING btree (name);
        GRANT SELECT ON public.users TO PUBLIC;
    ";
    let one = found(&request(&database, "public", sql(dump))).await.unwrap();
    assert_eq!(titles(&one), ["build index by_name on users"]);
    let next = "select last_value from users_id_seq";
    assert_eq!(database.query_value(next).await.as_deref(), Some("1"));
}

#[tokio::test]
async fn what_cannot_be_tried_is_named_with_its_line() {
    let database = with_schema().await;
    let said = refused(&database, sql("create table a (b int);\n\ncreate database other;")).await;
    assert_eq!(
        said,
        "schema.sql, line 3: `create database other` is not carried out: it changes something outside the schema, \
         and other sessions would notice"
    );
    let said = refused(&database, sql("create table a (b int);\ncreate table c (d nothing)")).await;
    assert!(said.starts_with("schema.sql, line 2: `create table c (d nothing)`: "), "{said}");
}

#[tokio::test]
async fn what_only_the_database_has_is_not_taken_for_the_files() {
    let database = with_schema().await;
    database.execute("create schema other; create table other.t (a int primary key)").await;
    let said = refused(&database, sql("create table a (b mood)")).await;
    assert!(said.contains("type \"mood\" does not exist"), "{said}");
    let said = refused(&database, sql("create table a (b int references other.t)")).await;
    assert!(said.ends_with("it uses table other.t, which the files do not make"), "{said}");
    let said =
        refused(&database, sql("drop table if exists users; alter table users add a int")).await;
    assert!(said.contains("relation \"users\" does not exist"), "{said}");
}

#[tokio::test]
async fn extensions_that_lie_in_the_schema_are_found_and_its_tables_are_not() {
    let database = with_schema().await;
    database.execute("create extension citext; alter table users add mail citext").await;
    let file = format!(
        "create extension if not exists citext; {SCHEMA} alter table users add mail citext"
    );
    let same = found(&request(&database, "public", sql(&file))).await.unwrap();
    assert_eq!(titles(&same), [""; 0]);
    // The schema is searched for the extension's sake.
    let said = refused(&database, sql("create view v as select 1 as a from users")).await;
    assert!(said.ends_with("it uses table public.users, which the files do not make"), "{said}");
    let said = refused(&database, sql("create table a (b mood)")).await;
    assert_eq!(said, "schema.sql uses type public.mood of the database and does not make it");
}

#[tokio::test]
async fn another_schema_is_compared_without_a_scratch_schema() {
    let database = with_schema().await;
    database
        .execute(&format!(
            "create schema other; set search_path = other; {SCHEMA} alter table users add age int;"
        ))
        .await;
    let other = Source::Postgres {
        server: Box::new(endpoint(&database.url)),
        schema: super::ident("other"),
    };
    let one = found(&request(&database, "public", other)).await.unwrap();
    assert_eq!(titles(&one), ["add column users.age"]);
}

#[tokio::test]
async fn revisions_are_carried_out_one_after_the_other() {
    let database = with_schema().await;
    let files = [
        "create type mood as enum ('bad');\ncreate table users (id serial primary key, name text, feels mood);",
        "alter type mood add value 'good';",
        "alter table users alter feels set default 'good';\ncreate view names as select name from users;",
        "-- no-transaction\ncreate index concurrently by_name on users (name);",
    ];
    let one = found(&request(&database, "public", up(&files))).await.unwrap();
    assert_eq!(titles(&one), ["build index by_name on users"]);
    assert_eq!(left(&database).await, "0");
}

#[tokio::test]
async fn a_revision_of_another_schema_is_refused() {
    let database = with_schema().await;
    database.execute("create schema other").await;
    let said =
        refused(&database, up(&["create table a (b int);", "create table other.t (a int);"])).await;
    assert_eq!(
        said,
        "1.up.sql, line 1: `create table other.t (a int)` is not carried out: it uses table other.t, which the files \
         do not make"
    );
}

#[tokio::test]
async fn a_role_that_may_make_no_schema_names_another_database() {
    let database = with_schema().await;
    let role = format!("{}_reader", database.name);
    let quit = format!("drop role if exists {role}");
    database.execute(&quit).await;
    database
        .execute(&format!(
            "create role {role} login; grant select on all tables in schema public to {role}"
        ))
        .await;
    let mut asked = request(&database, "public", sql(SCHEMA));
    asked.target = endpoint(&database.url.replace("postgres@", &format!("{role}@")));
    let error = found(&asked).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.hint().unwrap().contains("--scratch URL"));
    asked.scratch = Some(endpoint(&database.url.replace(&database.name, "postgres")));
    let same = found(&asked).await;
    database.execute(&format!("drop owned by {role}; {quit}")).await;
    assert_eq!(titles(&same.unwrap()), [""; 0]);
}
