//! B1 to B7: type names, and numbers that go on.

use super::super::{series, whole};

#[tokio::test]
async fn b01_odd_misspelt_and_invented_type_names_cost_no_table() {
    let moved = whole(
        "create table t (a mediumint, b unsigned big int, c number(10), d int identity, e longvarchar,
             f string, g datetime2, h intege, i timestampz, j \"weird type\"(3, 4), k varchar2(10),
             l int unsigned, m floating point, n interval, o inet, p enum, q year, r \"int[]\", s money);
         insert into t values (1, 2, 3, 4, 'e', 'f', '2024-01-02 03:04:05', 8, '2024-01-02', 'x', 'k', 5,
             6, '1 day', '1.2.3.4', 'a', 2024, '{1}', 1.5);",
    )
    .await;
    assert_eq!(
        moved.row("select a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s from t").await,
        "1 | 2 | 3 | 4 | e | f | 2024-01-02 03:04:05 | 8 | 2024-01-02 | x | k | 5 | 6 | 1 day | \
         1.2.3.4 | a | 2024 | {1} | 1.5"
    );
}

#[tokio::test]
async fn b02_the_first_insert_without_an_id_gets_the_next_one() {
    let moved = whole(
        "create table t (id integer primary key, v text); insert into t values (3, 'a'), (41, 'b');
         create table u (v text, id integer not null, primary key (id));
         insert into u values ('a', 7);",
    )
    .await;
    assert_eq!(moved.row("insert into t (v) values ('c') returning id").await, "42");
    assert_eq!(moved.row("insert into u (v) values ('c') returning id").await, "8");
    // An id that is given is taken, as in SQLite.
    assert_eq!(moved.refusal("insert into t values (77, 'd')").await, "accepted");
}

#[tokio::test]
async fn b03_ids_of_deleted_rows_are_not_given_again() {
    let moved = whole(&format!(
        "create table t (id integer primary key autoincrement, v text);
         {} insert into t select i, 'x' from series; delete from t where id > 2900;",
        series(3000)
    ))
    .await;
    assert_eq!(moved.row("insert into t (v) values ('new') returning id").await, "3001");
}

#[tokio::test]
async fn b04_empty_tables_and_tables_without_an_id_begin_at_one_and_reset_nothing() {
    let moved = whole(
        "create table empty (id integer primary key autoincrement, v text);
         create table plain (id integer primary key, v text);
         create table emptied (id integer primary key autoincrement, v text);
         create table low (id integer primary key, v text);
         create table keyless (v text); create table worded (id text primary key);
         insert into emptied values (9, 'x'); delete from emptied;
         insert into low values (-9223372036854775808, 'x');",
    )
    .await;
    for (table, next) in [("empty", "1"), ("plain", "1"), ("emptied", "10"), ("low", "1")] {
        let next_id = format!("insert into {table} (v) values ('n') returning id");
        assert_eq!(moved.row(&next_id).await, next, "{table}");
    }
}

#[tokio::test]
async fn b05_a_renamed_table_has_the_sequence_that_its_column_owns() {
    let moved = whole(
        "create table \"Blacklist\" (\"Id\" integer primary key autoincrement, v text);
         insert into \"Blacklist\" values (9, 'a');
         alter table \"Blacklist\" rename to \"Blocklist\";
         create table \"Blacklist_Id_seq\" (a int); create table \"Blocklist_Id_seq\" (a int);",
    )
    .await;
    assert_eq!(
        moved.row("insert into \"Blocklist\" (v) values ('b') returning \"Id\"").await,
        "10"
    );
    assert_eq!(
        moved.row("select pg_get_serial_sequence('\"Blocklist\"', 'Id') is not null").await,
        "t"
    );
}

#[tokio::test]
async fn b06_sequences_of_mixed_case_tables_go_on() {
    let moved = whole(
        "create table \"Mixed Case\" (\"Id\" integer primary key autoincrement, \"V\" text);
         create table CamelCase (userId integer primary key, v text);
         create table \"we\"\"ird\" (\"i d\" integer primary key, v text);
         insert into \"Mixed Case\" values (5, 'a'); insert into CamelCase values (6, 'a');
         insert into \"we\"\"ird\" values (7, 'a');",
    )
    .await;
    let next = [
        ("insert into \"Mixed Case\" (\"V\") values ('b') returning \"Id\"", "6"),
        ("insert into \"CamelCase\" (v) values ('b') returning \"userId\"", "7"),
        ("insert into \"we\"\"ird\" (v) values ('b') returning \"i d\"", "8"),
    ];
    for (insert, id) in next {
        assert_eq!(moved.row(insert).await, id);
    }
}

#[tokio::test]
async fn b07_the_next_id_neither_collides_nor_skips() {
    let moved = whole(
        "create table one (id integer primary key, v text); insert into one values (1, 'a');
         create table none (id integer primary key, v text);
         create table zero (id integer primary key, v text); insert into zero values (0, 'a');",
    )
    .await;
    for (table, ids) in [("one", ["2", "3"]), ("none", ["1", "2"]), ("zero", ["1", "2"])] {
        for id in ids {
            let insert = format!("insert into {table} (v) values ('n') returning id");
            assert_eq!(moved.row(&insert).await, id, "{table}");
        }
    }
}
