//! What is done with tables of every kind.

use super::world::{SHOP, World, assert_sound, done, left};
use sealift_core::bench::Load;
use sealift_engine::ErrorKind;
use sealift_engine::config::Identifiers;
use sealift_engine::ops::{Cancel, Events};

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_schema_is_measured_on_all_three() {
    let world = World::new(SHOP).await;
    let report = world.measure().await;
    assert_sound(&report);
    assert_eq!(left(&report), Vec::<String>::new());
    assert_eq!(
        done(&report),
        [
            "read_by_key item (id)",
            "read_children item (customer)",
            "read_by_index item (price)",
            "insert item (id)",
            "update item (note)",
            "read_by_key customer (id)",
            "read_by_index customer (email)",
            "insert customer (id, email)",
            "update customer (city)",
        ]
    );
    assert_eq!((report.rows, report.sqlite.synchronous), (2300, "full"));
    assert_eq!((report.postgresql.sessions, report.postgresql.on_this_machine), (4, true));
    assert!(!report.postgresql.fsync.is_empty() && report.sqlite.file_bytes > 0);
    assert!(report.seconds > report.seconds_each);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_several_columns_and_without_rowid_are_renewed_in_one() {
    let world = World::new(
        "create table place (kind text not null, number integer not null, label text not null,
             primary key (kind, number)) without rowid;
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 200)
             insert into place select 'k' || (i % 3), i, 'label ' || i from n;",
    )
    .await;
    let report = world.measure().await;
    assert_sound(&report);
    assert_eq!(
        done(&report),
        ["read_by_key place (kind, number)", "insert place (number)", "update place (label)",]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_types_checks_generated_columns_and_unique_indexes_are_respected() {
    let world = World::new(
        "create table thing (
             token uuid primary key not null,
             raw blob unique,
             code text not null collate nocase,
             size integer not null check (size between 1 and 10),
             low integer not null, high integer not null,
             at timestamp not null default current_timestamp,
             data json,
             flag boolean not null,
             doubled integer generated always as (size * 2) stored,
             owner integer unique references thing2(id) on delete set null,
             check (low <= high));
         create table thing2 (id integer primary key, name varchar(30) not null);
         create unique index thing_code on thing (code) where size > 0;
         insert into thing2 values (1, 'one'), (2, 'two');
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 60)
             insert into thing (token, raw, code, size, low, high, at, data, flag, owner)
             select printf('00000000-0000-4000-8000-%012d', i), cast('raw ' || i as blob), 'code ' || i,
                 1 + i % 10, i, i + 5, datetime('2024-01-01', '+' || i || ' days'), '{\"n\": ' || i || '}',
                 i % 2, case when i < 3 then i end from n;",
    )
    .await;
    let report = world.measure().await;
    assert_sound(&report);
    let done = done(&report);
    assert!(done.contains(&"insert thing (token, raw, code, owner)".to_owned()), "{done:?}");
    assert!(done.contains(&"update thing (at)".to_owned()), "{done:?}");
    assert!(done.contains(&"read_children thing (owner)".to_owned()), "{done:?}");
    assert!(done.contains(&"insert thing2 (id)".to_owned()), "{done:?}");
    assert_eq!(left(&report), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_left_with_its_reason() {
    let world = World::new(
        "create table a (id integer primary key, name text not null);
         create table b (id integer primary key);
         create table a_b (a integer not null references a(id), b integer not null references b(id),
             primary key (a, b));
         create table vacant (id integer primary key);
         create table guarded (id integer primary key, name text not null);
         create trigger no_more before insert on guarded begin select raise(abort, 'no more'); end;
         create table log (line text);
         create table lower_name (id integer primary key, name text not null);
         create unique index lower_name_i on lower_name (lower(name));
         create virtual table words using fts5 (body);
         insert into a values (1, 'x'), (2, 'y'); insert into b values (1), (2);
         insert into a_b values (1, 1), (1, 2); insert into log values ('one'), ('two');
         insert into lower_name values (1, 'n'), (2, 'm'); insert into words values ('by the sea');
         drop trigger no_more; insert into guarded values (1, 'g'), (2, 'h');
         create trigger no_more before insert on guarded begin select raise(abort, 'no more'); end;",
    )
    .await;
    let report = world.measure().await;
    assert_sound(&report);
    let left = left(&report);
    for expected in [
        "insert a_b: its key (a, b) is made of references: a new row would need a new parent",
        "update a_b: every column is part of a key, a reference or a check of several",
        "all vacant: it is empty",
        "insert guarded: SQLite: a trigger refused it",
        "read_by_key log: it has no key",
        "insert lower_name: its unique index lower_name_i is on an expression",
        "all words: a virtual table's module writes its rows in ways of its own",
    ] {
        assert!(left.contains(&expected.to_owned()), "{expected}: {left:#?}");
    }
    let done = done(&report);
    assert!(done.contains(&"insert log ()".to_owned()), "{done:?}");
    assert!(done.contains(&"insert b (id)".to_owned()), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_those_of_each_side() {
    let world = World::new(
        "create table \"Order Line\" (\"Line Id\" integer primary key, \"Unit \"\"Price\"\"\" real not null);
         insert into \"Order Line\" values (1, 2.5), (2, 3.5);",
    )
    .await;
    let mut options = world.options();
    options.plan_options.identifiers = Identifiers::Snake;
    options.loads = vec![Load::Mix];
    let report = world.bench(options, Events::silent(), Cancel::new()).await.unwrap();
    assert_eq!(
        done(&report),
        [
            "read_by_key Order Line (Line Id)",
            "insert Order Line (Line Id)",
            "update Order Line (Unit \"Price\")",
        ]
    );
    assert_eq!(report.steps.len(), 6);
    assert!(report.steps.iter().all(|step| step.operations > 0 && step.other_errors == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_which_nothing_can_be_done_says_so() {
    let world = World::new("create table t (id integer primary key)").await;
    let outcome = world.bench(world.options(), Events::silent(), Cancel::new()).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(error.to_string(), "nothing can be measured with this schema: table t: it is empty");
    assert!(error.hint().unwrap().contains("tables with rows"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_databases_are_measured() {
    for name in ["chinook.db", "northwind_small.db"] {
        let Some(path) = sealift_testkit::shared_data(name) else { continue };
        let world = World::new("select 1").await;
        std::fs::copy(path, world.file.path()).unwrap();
        let mut options = world.options();
        options.users = vec![4];
        let report = world.bench(options, Events::silent(), Cancel::new()).await.unwrap();
        assert_eq!(report.steps.len(), 9, "{name}");
        for step in &report.steps {
            assert!(step.operations > 0, "{name}: {step:?}");
            assert_eq!((step.other_errors, &step.first_error), (0, &None), "{name}: {step:?}");
        }
    }
}
