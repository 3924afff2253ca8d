//! Group h: what real applications showed.

use super::{series, type_of, whole};
use crate::support::refused;

#[tokio::test]
async fn h01_tables_in_which_frameworks_count_their_migrations_are_carried_as_they_are() {
    let moved = whole(
        "create table alembic_version (version_num varchar(32) not null,
             constraint alembic_version_pkc primary key (version_num));
         create table schema_migrations (version varchar not null primary key);
         create table _prisma_migrations (id text primary key not null, checksum text not null, finished_at datetime);
         insert into alembic_version values ('a1'), ('b2'); insert into schema_migrations values ('20240102030405');
         insert into _prisma_migrations values ('x', 'y', 1704164645123);",
    )
    .await;
    assert_eq!(
        moved.rows("select version_num from alembic_version order by 1").await,
        ["a1", "b2"]
    );
    assert_eq!(moved.row("select version from schema_migrations").await, "20240102030405");
    assert_eq!(moved.row("select id from _prisma_migrations").await, "x");
}

#[tokio::test]
async fn h04_a_moment_without_offset_never_becomes_one_with() {
    let moved = whole(
        "create table t (a datetime, b timestamp, c timestamptz, d datetime default current_timestamp, e datetime);
         insert into t values ('2024-01-02 03:04:05', '2024-01-02T03:04:05.5', '2024-01-02 03:04:05',
             '2024-01-02 03:04:05', 1704164645);
         create table n (a datetime, b timestamp);",
    )
    .await;
    for column in ["a", "b", "c", "d", "e"] {
        assert_eq!(type_of(&moved, column).await, "timestamp without time zone", "{column}");
    }
    assert_eq!(
        moved.columns("n").await,
        ["a timestamp without time zone", "b timestamp without time zone"]
    );
}

#[tokio::test]
async fn h05_cells_that_agree_with_each_other_and_not_with_their_column_arrive() {
    let moved = whole(
        "create table t (k integer primary key, words integer, ids numeric(16), j json, d date);
         insert into t values (1, 'abc', x'550e8400e29b41d4a716446655440000', 5, 2460311.5),
             (2, 'def', x'550e8400e29b41d4a716446655440001', '[6]', 2460312.5);
         create table keyed (k int primary key, v int) without rowid; insert into keyed values ('x1', 1), ('x2', 2);",
    )
    .await;
    assert_eq!(
        moved.rows("select words, j, d from t order by k").await,
        ["abc | 5 | 2024-01-02 00:00:00", "def | [6] | 2024-01-03 00:00:00"]
    );
    assert_eq!(
        moved.row("select replace(ids::text, '-', '') like '%550e8400e29b41d4a716446655440000' from t where k = 1").await,
        "t"
    );
    assert_eq!(moved.refusal("insert into keyed values ('x1', 3)").await, "23505 keyed_pkey");
}

#[tokio::test]
async fn h07_thousands_of_null_keys_and_orphans_make_a_short_report() {
    let script = format!(
        "create table n (k text primary key, v int); {series} insert into n select null, i from series;
         insert into n values ('a', 0);
         create table p (id integer primary key); insert into p values (1);
         create table c (id integer primary key, p int references p (id));
         {series} insert into c select i, i from series;",
        series = series(30_000)
    );
    let refused = refused(&script).await;
    let orphans = refused.finding("orphans");
    assert_eq!((orphans.count, orphans.keys.len()), (Some(29_999), 10));
    assert_eq!(refused.finding("primary-key-has-nulls").count, Some(30_000));
    let length: usize =
        refused.report().findings.iter().map(|finding| format!("{finding:?}").len()).sum();
    assert!(length < 2000, "{length}");
}

#[tokio::test]
async fn h09_many_small_tables_arrive_beside_an_empty_one() {
    let tables: Vec<String> = (0..172)
        .map(|at| {
            format!(
                "create table t{at} (id integer primary key, v text unique, p int references t{} (id));
                 insert into t{at} values (1, 'v{at}', null);",
                at / 2
            )
        })
        .collect();
    let moved = whole(&tables.concat()).await;
    let made = "select count(*) from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f')";
    assert_eq!(moved.row(made).await, "516");
    assert_eq!(moved.row("insert into t171 (v) values ('n') returning id").await, "2");
}
