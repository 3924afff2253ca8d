//! SQLite itself is the oracle: what a query hands out is what the pages hold.

use super::{Met, Rows, StoredTable, Trouble};
use crate::sqlite::cell;
use crate::sqlite::key::TableKey;
use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::{Connection, params_from_iter};
use sealift_core::sqlite::{Value, ValueRef};

type Row = (i64, Vec<Value>);

/// The key of table `t` as the schema tells it.
fn key(connection: &Connection) -> TableKey {
    let schema = crate::sqlite::introspect(connection).unwrap();
    TableKey::of(schema.tables.iter().find(|table| table.name == "t").unwrap())
}

fn by_pages(connection: &Connection, after: Option<i64>) -> Option<Vec<Row>> {
    let stored = StoredTable::of(connection, &key(connection)).unwrap()?;
    let read = || -> Result<Vec<Row>, Trouble> {
        let mut rows = Rows::after(connection, &stored, after)?;
        let mut found = Vec::new();
        while let Some(Met { rowid, .. }) = rows.advance()? {
            rows.load()?;
            let cells = (0..stored.columns.len()).map(|at| Ok(rows.cell(at)?.to_owned()));
            found.push((rowid, cells.collect::<Result<_, Trouble>>()?));
        }
        Ok(found)
    };
    read().ok()
}

fn by_query(connection: &Connection, after: Option<i64>) -> Vec<Row> {
    let sql = match after {
        Some(after) => format!("select rowid, * from t where rowid > {after} order by rowid"),
        None => "select rowid, * from t order by rowid".to_owned(),
    };
    let mut statement = connection.prepare(&sql).unwrap();
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells = (1..width).map(|at| Ok(cell::borrowed(row.get_ref(at)?).to_owned()));
        Ok((row.get(0)?, cells.collect::<rusqlite::Result<_>>()?))
    });
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

fn value() -> impl Strategy<Value = Value> {
    let edges = [0, 1, -1, 127, 128, -129, 32_767, 1 << 23, 1 << 31, 1 << 47, i64::MAX, i64::MIN];
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        proptest::sample::select(edges.to_vec()).prop_map(Value::Integer),
        any::<f64>().prop_filter("SQLite has no NaN", |it| !it.is_nan()).prop_map(Value::Real),
        (-1000_i32..1000).prop_map(|whole| Value::Real(f64::from(whole))),
        "[a-zé€\u{0}]{0,40}".prop_map(|text| Value::Text(text.into_bytes())),
        (any::<u8>(), 0_usize..9000).prop_map(|(byte, length)| Value::Blob(vec![byte; length])),
        (0_usize..9000).prop_map(|length| Value::Text(vec![b'x'; length])),
    ]
}

fn bound(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(value) => rusqlite::types::Value::Integer(*value),
        Value::Real(value) => rusqlite::types::Value::Real(*value),
        Value::Text(bytes) => {
            rusqlite::types::Value::Text(String::from_utf8(bytes.clone()).unwrap())
        }
        Value::Blob(bytes) => rusqlite::types::Value::Blob(bytes.clone()),
    }
}

fn insert(connection: &Connection, rowid: Option<i64>, values: &[Value]) {
    let places = vec!["?"; values.len() + 1].join(", ");
    let sql = format!("insert or replace into t (rowid, a, b, c, d) values ({places})");
    let rowid = rowid.map_or(rusqlite::types::Value::Null, rusqlite::types::Value::Integer);
    let all = std::iter::once(rowid).chain(values.iter().map(bound));
    connection.execute(&sql, params_from_iter(all)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn pages_hold_what_a_query_hands_out(
        page_size in proptest::sample::select(vec![512, 1024, 4096, 65536]),
        vacuum in 0..3_i32,
        is_alias in any::<bool>(),
        rows in vec((proptest::option::of(any::<i64>()), vec(value(), 4)), 0..60),
        later in vec((proptest::option::of(-50..50_i64), vec(value(), 4)), 0..20),
        removed in 2..5_i64,
        after in proptest::option::of(any::<i64>()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("app.db")).unwrap();
        let columns = if is_alias { "id integer primary key, " } else { "" };
        connection.execute_batch(&format!(
            "pragma page_size = {page_size}; pragma auto_vacuum = {vacuum}; pragma journal_mode = wal;
             pragma synchronous = off;
             create table t ({columns}a, b text, c real, d numeric)"
        )).unwrap();
        for (rowid, values) in &rows {
            insert(&connection, *rowid, values);
        }
        connection.execute_batch(&format!(
            "delete from t where rowid % {removed} = 0;
             alter table t add column e integer;
             alter table t add column f real default 7;
             alter table t add column g text default 8;"
        )).unwrap();
        for (rowid, values) in &later {
            insert(&connection, *rowid, values);
        }
        let found = by_pages(&connection, after);
        prop_assert_eq!(found, Some(by_query(&connection, after)));
        let found = by_pages(&connection, None);
        prop_assert_eq!(found, Some(by_query(&connection, None)));
    }

    #[test]
    fn damaged_pages_never_panic_and_never_go_on_for_ever(
        at in vec((1_usize..12_000, any::<u8>()), 1..8),
        long in 0_usize..3000,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "pragma page_size = 1024; pragma synchronous = off; create table t (a, b, c, d)",
            )
            .unwrap();
        for number in 0..40_i64 {
            let long = Value::Text(vec![b'x'; if number % 7 == 0 { long } else { 9 }]);
            insert(&connection, None, &[Value::Integer(number), long, Value::Null, Value::Real(0.5)]);
        }
        let stored = StoredTable::of(&connection, &key(&connection)).unwrap().unwrap();
        connection.close().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        for (at, byte) in at {
            // The first page says how large pages are.
            if let Some(place) = bytes.get_mut(1024 + at) {
                *place = byte;
            }
        }
        std::fs::write(&path, bytes).unwrap();
        let connection = Connection::open(&path).unwrap();
        let mut met = 0;
        if let Ok(mut rows) = Rows::after(&connection, &stored, None) {
            while let Ok(Some(_)) = rows.advance() {
                met += 1;
                prop_assert!(met < 100_000);
                if rows.load().is_ok() {
                    for column in 0..4 {
                        rows.cell(column).ok();
                    }
                }
            }
        }
    }
}

#[test]
fn the_log_is_read_and_what_is_committed_later_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let writer = Connection::open(&path).unwrap();
    writer
        .execute_batch(
            "pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table t (a);
             insert into t values (1), (2)",
        )
        .unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("begin; select count(*) from t").unwrap_or_default();
    let seen = by_query(&reader, None);
    writer.execute_batch("insert into t values (3); update t set a = a + 10").unwrap();
    assert_eq!(by_pages(&reader, None), Some(seen));
    reader.execute_batch("commit").unwrap();
    assert_eq!(by_pages(&reader, None).unwrap().len(), 3);
}

#[test]
fn the_file_stays_as_it_is_while_it_is_read_although_others_commit_and_fold_their_log_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let writer = Connection::open(&path).unwrap();
    let fold = |how: &str| {
        let sql = format!("pragma wal_checkpoint({how})");
        writer.query_row(&sql, [], |_| Ok(())).unwrap();
    };
    writer
        .execute_batch(
            "pragma journal_mode = wal; create table t (a, b);
             with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000)
             insert into t select i, zeroblob(500) from n",
        )
        .unwrap();
    fold("truncate");
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("begin; select count(*) from t").unwrap_or_default();
    let stored = StoredTable::of(&reader, &key(&reader)).unwrap().unwrap();
    let mut rows = Rows::after(&reader, &stored, None).unwrap();
    let mut sum = 0;
    for number in 1..=5000 {
        assert_eq!(rows.advance().unwrap().unwrap().rowid, number);
        rows.load().unwrap();
        let ValueRef::Integer(value) = rows.cell(0).unwrap() else { panic!("a number") };
        sum += value;
        if number % 1000 == 1 {
            let change = "update t set a = a + 1000000; delete from t where rowid % 50 = 0";
            writer.execute_batch(change).unwrap();
            fold("passive");
            fold("truncate");
        }
    }
    assert!(rows.advance().unwrap().is_none());
    assert_eq!(sum, 5000 * 5001 / 2);
}

#[test]
fn blobs_at_the_end_are_measured_and_not_read() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("create table t (a, b, c); insert into t values (5, 'é', zeroblob(90000))")
        .unwrap();
    let stored = StoredTable::of(&connection, &key(&connection)).unwrap().unwrap();
    let mut rows = Rows::after(&connection, &stored, None).unwrap();
    let met = rows.advance().unwrap().unwrap();
    assert!(met.length > 90_000);
    rows.load_without_blobs().unwrap();
    assert_eq!(rows.cell(1).unwrap(), ValueRef::Text("é".as_bytes()));
    assert_eq!((rows.blob(1), rows.blob(2)), (None, Some(90_000)));
    assert!(rows.record.put_together.len() < 5000);
}

#[test]
fn what_has_no_plain_records_is_left_to_a_query() {
    let stored = |sql: &str| {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        let key = key(&connection);
        StoredTable::of(&connection, &key).unwrap().is_some()
    };
    assert!(stored("create table t (a, b)"));
    assert!(!stored("create table t (a primary key) without rowid"));
    assert!(!stored("create table t (a, b as (a + 1))"));
    assert!(!stored("create table t (a, b as (a + 1) stored)"));
    assert!(!stored("pragma encoding = 'UTF-16'; create table t (a)"));
    assert!(!stored("create table t (a); create temp view t as select 1 as a"));
}
