//! The encoders against the independent readers: whatever a codec sends, the server prints as
//! something that means the same as the cell.

use super::{Pair, ident, key, plan_of, table};
use bytes::Bytes;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rusqlite::types::Value as SqliteValue;
use sealift_core::convert::{ColumnCodec, Reading};
use sealift_core::copyfmt;
use sealift_core::mapping::PgType;
use sealift_core::sql::Sql;
use sealift_core::sqlite::Value;
use std::collections::BTreeMap;

const TYPES: [PgType; 17] = [
    PgType::Boolean,
    PgType::SmallInt,
    PgType::Integer,
    PgType::BigInt,
    PgType::Double,
    PgType::Numeric(None),
    PgType::Numeric(Some((20, 4))),
    PgType::Text,
    PgType::Varchar(12),
    PgType::Bytea,
    PgType::Date,
    PgType::Time,
    PgType::Timestamp,
    PgType::TimestampTz,
    PgType::Json,
    PgType::Jsonb,
    PgType::Uuid,
];

/// Cells of every class, many of them in a form that some type takes.
fn cell() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        2 => ".{0,12}",
        1 => "[tT]rue|[fF]|on|off|0|1|",
        2 => "-?(0|[1-9][0-9]{0,19})(\\.[0-9]{1,9})?(e-?[1-9][0-9]?)?",
        1 => "NaN|-?Infinity",
        2 => "[0-2][0-9]{3}-(0[1-9]|1[0-2])-[0-2][0-9]",
        2 => "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,7})?)?",
        4 => "[0-2][0-9]{3}-(0[1-9]|1[0-2])-[0-2][0-9][ T]([01][0-9]|2[0-3]):[0-5][0-9]\
             (:[0-5][0-9](\\.[0-9]{1,6})?)?(Z|[+-]0[0-9]|[+-]1[0-5]:[0-5][0-9])?",
        3 => "\\[(-?[1-9][0-9]{0,3}(\\.[0-9]{1,3})?(e[+-]?[0-9])?, ?){0,2}\"[a-z\\\\/]{0,1}\"\\]",
        3 => "\\{\"[a-c]{1,2}\": ?(null|\\{\\}|[0-9]), ?\"(\\\\u00e9|[a-c]{1,2})\":\"\\\\n\"\\}",
        1 => "\\{?[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\}?",
        1 => "[0-9a-f]{32}",
    ];
    prop_oneof![
        1 => Just(Value::Null),
        2 => any::<i64>().prop_map(Value::Integer),
        2 => (-3_i64..4).prop_map(Value::Integer),
        2 => (0_i64..2_000_000_000).prop_map(Value::Integer),
        2 => any::<f64>().prop_filter("SQLite has no NaN", |v| !v.is_nan()).prop_map(Value::Real),
        2 => (-1_000_000_i32..1_000_000).prop_map(|v| Value::Real(f64::from(v) / 64.0)),
        2 => (1_700_000.0..2_500_000.0).prop_map(Value::Real),
        1 => Just(Value::Real(f64::INFINITY)),
        16 => text.prop_map(|text| Value::Text(text.into_bytes())),
        1 => prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::Text),
        1 => prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::Blob),
        1 => prop::collection::vec(any::<u8>(), 16).prop_map(Value::Blob),
    ]
}

fn to_sqlite(value: &Value) -> (SqliteValue, &'static str) {
    match value {
        Value::Null => (SqliteValue::Null, "?1"),
        Value::Integer(value) => (SqliteValue::Integer(*value), "?1"),
        Value::Real(value) => (SqliteValue::Real(*value), "?1"),
        // Bound as text it would have to be UTF-8.
        Value::Text(bytes) => (SqliteValue::Blob(bytes.clone()), "cast(?1 as text)"),
        Value::Blob(bytes) => (SqliteValue::Blob(bytes.clone()), "?1"),
    }
}

/// A cast to `numeric` drops the sign of a negative zero, which is told as the difference it is.
fn is_negative_zero(value: &Value) -> bool {
    matches!(value, Value::Real(value) if *value == 0.0 && value.is_sign_negative())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_an_encoder_sends_means_the_same_to_the_verifier() {
    let mut runner = TestRunner::deterministic();
    let values: Vec<Value> =
        (0..3000).map(|_| cell().new_tree(&mut runner).unwrap().current()).collect();
    let mut pair = Pair::of("create table unused (a)", "select 1", plan_of(Vec::new())).await;
    let session = pair.session().await;
    let writer = pair.file.open();
    let mut sent = BTreeMap::new();
    for (number, data_type) in TYPES.into_iter().enumerate() {
        for reading in Reading::ALL {
            let Ok(codec) = ColumnCodec::new(data_type, reading) else { continue };
            let name = format!("t{number}_{reading}").replace('-', "_");
            let create = format!("create table {name} (id bigint primary key, c {data_type})");
            pair.database.execute(&create).await;
            writer.execute_batch("begin").unwrap();
            writer
                .execute(&format!("create table {name} (id integer primary key, c)"), [])
                .unwrap();
            let mut stream = copyfmt::HEADER.to_vec();
            let mut fits = 0;
            for (id, value) in (1_i64..).zip(&values) {
                let mut field = Vec::new();
                let is_exempt = matches!(data_type, PgType::Numeric(_)) && is_negative_zero(value);
                if is_exempt || codec.encode(value.borrow(), &mut field).is_err() {
                    continue;
                }
                fits += 1;
                copyfmt::begin_row(2, &mut stream);
                copyfmt::write_field(Some(&id.to_be_bytes()), &mut stream).unwrap();
                stream.extend_from_slice(&field);
                let (value, expression) = to_sqlite(value);
                let insert = format!("insert into {name} values (?2, {expression})");
                writer.prepare_cached(&insert).unwrap().execute((value, id)).unwrap();
            }
            stream.extend_from_slice(&copyfmt::TRAILER);
            writer.execute_batch("commit").unwrap();
            let copy = Sql::raw("copy ")
                .qualified(&ident("public"), &ident(&name))
                .push(" from stdin (format binary)");
            let mut sink = session.copy_in(&copy).await.unwrap();
            sink.send(Bytes::from(stream)).await.unwrap();
            assert_eq!(sink.finish().await.unwrap(), fits, "{data_type} {reading}");
            let mut plan = table(&name, &["id bigint!", &format!("c {data_type}")]);
            plan.columns[1].reading = reading;
            plan.target.primary_key = Some(key(&format!("{name}_pkey"), &["id"]));
            pair.plan.tables.push(plan);
            sent.insert(format!("{data_type} {reading}"), fits);
        }
    }
    drop(writer);
    // Each type takes some cells beyond NULL, or the test would say nothing about it.
    assert!(sent.values().all(|fits| *fits > 150), "{sent:#?}");
    assert_eq!(pair.cells().await, [""; 0]);
    assert_eq!(pair.digests().await, [""; 0]);
}
