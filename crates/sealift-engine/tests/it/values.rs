//! Encoded values against a real server: what it makes of our bytes is what it makes of the text
//! itself, and it hashes rows as we do.

use futures_util::{SinkExt, TryStreamExt};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sealift_core::convert::{ColumnCodec, Misfit, Reading};
use sealift_core::copyfmt::{self, Item};
use sealift_core::mapping::PgType;
use sealift_core::name::Ident;
use sealift_core::sqlite::{Value, ValueRef};
use sealift_core::verify::{RangeDigest, RowHash, digest_expression, probe};
use sealift_testkit::server_url;
use tokio_postgres::{Client, NoTls};

async fn connect() -> Client {
    let (client, connection) = tokio_postgres::connect(&server_url(), NoTls)
        .await
        .expect("the test server does not answer: run `scripts/pg start`");
    tokio::spawn(connection);
    client
        .batch_execute("set timezone = 'UTC'; set extra_float_digits = 1; set datestyle = iso")
        .await
        .unwrap();
    client
}

fn codec(data_type: &str, reading: Reading) -> ColumnCodec {
    ColumnCodec::new(data_type.parse().unwrap(), reading).unwrap()
}

/// One column's cells and the field of each.
fn encoded(codec: &ColumnCodec, cells: &[Value]) -> Vec<Vec<u8>> {
    let encode = |cell: &Value| {
        let mut field = Vec::new();
        codec
            .encode(cell.borrow(), &mut field)
            .unwrap_or_else(|misfit| panic!("{cell:?} as {}: {misfit}", codec.data_type()));
        field
    };
    cells.iter().map(encode).collect()
}

/// Fills `temp table t (i bigint, source text, v TYPE)`; the source is NULL where the cell is not a
/// text that PostgreSQL takes.
async fn fill(client: &Client, codec: &ColumnCodec, cells: &[Value]) -> Vec<Vec<u8>> {
    let create = format!(
        "drop table if exists t; create temp table t (i bigint, source text, v {})",
        codec.data_type()
    );
    client.batch_execute(&create).await.unwrap();
    let fields = encoded(codec, cells);
    let mut stream = copyfmt::HEADER.to_vec();
    for (i, (field, cell)) in fields.iter().zip(cells).enumerate() {
        copyfmt::begin_row(3, &mut stream);
        let i = i64::try_from(i).unwrap();
        copyfmt::write_field(Some(&i.to_be_bytes()), &mut stream).unwrap();
        let source = match cell {
            Value::Text(text) if std::str::from_utf8(text).is_ok() && !text.contains(&0) => {
                Some(text.as_slice())
            }
            Value::Null | Value::Integer(_) | Value::Real(_) | Value::Text(_) | Value::Blob(_) => {
                None
            }
        };
        copyfmt::write_field(source, &mut stream).unwrap();
        stream.extend_from_slice(field);
    }
    stream.extend_from_slice(&copyfmt::TRAILER);
    let sink = client.copy_in("copy t from stdin (format binary)").await.unwrap();
    let mut sink = std::pin::pin!(sink);
    sink.send(bytes::Bytes::from(stream)).await.unwrap();
    assert_eq!(sink.finish().await.unwrap(), u64::try_from(cells.len()).unwrap());
    fields
}

/// Returns the only field of each row that the server sends for `query`, as a `COPY` field.
async fn read_back(client: &Client, query: &str) -> Vec<Vec<u8>> {
    let copy = format!("copy ({query}) to stdout (format binary)");
    let chunks: Vec<bytes::Bytes> =
        client.copy_out(&copy).await.unwrap().try_collect().await.unwrap();
    let stream = chunks.concat();
    let mut rest = copyfmt::skip_header(&stream).unwrap();
    let mut fields = Vec::new();
    loop {
        let (item, tail) = copyfmt::read_item(rest).unwrap().expect("a whole stream");
        rest = tail;
        match item {
            Item::End => return fields,
            Item::Row(mut row) => {
                let mut field = Vec::new();
                copyfmt::write_field(row.next().unwrap(), &mut field).unwrap();
                fields.push(field);
            }
        }
    }
}

/// Returns `count` different-enough values of a strategy, the same in every run.
fn sample<T: std::fmt::Debug>(strategy: &impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn regex(pattern: &str) -> BoxedStrategy<Value> {
    proptest::string::string_regex(pattern)
        .unwrap()
        .prop_map(|text| Value::Text(text.into_bytes()))
        .boxed()
}

const DATE: &str = "(19|20|00|99)[0-9][1-9]-(0[1-9]|1[0-2])-([01][1-9]|2[0-8])";
const TIME: &str = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6}0{0,3})?)?";

/// Texts of a type, as PostgreSQL's own input function takes them too.
fn texts_of(data_type: PgType) -> BoxedStrategy<Value> {
    match data_type {
        PgType::Boolean => regex("t|F|true|TRUE|False|y|N|yEs|no|on|OFF|1|0"),
        PgType::SmallInt => any::<i16>().prop_map(|v| text(&v.to_string())).boxed(),
        PgType::Integer => any::<i32>().prop_map(|v| text(&v.to_string())).boxed(),
        PgType::BigInt => any::<i64>().prop_map(|v| text(&v.to_string())).boxed(),
        PgType::Double => prop_oneof![
            any::<f64>()
                .prop_filter("finite", |v| v.is_finite())
                .prop_map(|v| text(&format!("{v:e}"))),
            regex("-?[0-9]{1,8}\\.[0-9]{1,7}|NaN|Infinity|-Infinity|-0"),
        ]
        .boxed(),
        PgType::Numeric(None) => prop_oneof![
            8 => regex("-?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?"),
            1 => regex("NaN|Infinity|-Infinity|0|-0|0\\.000|0e5|0e-7"),
        ]
        .boxed(),
        PgType::Numeric(Some(_)) => regex("-?[0-9]{1,8}(\\.[0-9]{1,3}0{0,5})?|NaN"),
        PgType::Text => regex("(?s).{0,40}").prop_filter("no NUL", no_nul).boxed(),
        PgType::Varchar(_) => regex("[a-zé😀 ]{0,10}"),
        PgType::Bytea => regex("[a-z0-9]{0,40}"),
        PgType::Date => prop_oneof![regex(DATE), regex(&format!("{DATE} 00:00(:00)?"))].boxed(),
        PgType::Time => prop_oneof![20 => regex(TIME), 1 => regex("24:00(:00(\\.0)?)?")].boxed(),
        PgType::Timestamp => regex(&format!("{DATE}([ T]{TIME})?")),
        PgType::TimestampTz => {
            regex(&format!("{DATE}[ T]{TIME}(Z|[+-](0[0-9]|1[0-5])(:[0-5][0-9])?)"))
        }
        PgType::Json | PgType::Jsonb => json(),
        PgType::Uuid => regex(
            "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9A-Fa-f]{32}|\\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\}",
        ),
    }
}

/// JSON with every kind of escape, keys of several lengths, duplicates, and odd numbers.
fn json() -> BoxedStrategy<Value> {
    let string =
        "\"([a-cé😀 /]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-7][1-9a-f]|\\\\ud83d\\\\ude0[0-9]){0,6}\"";
    let number = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?";
    let scalar = proptest::string::string_regex(&format!("{string}|{number}|null|true|false"));
    let key = proptest::string::string_regex("\"[abB]{0,3}\"").unwrap().boxed();
    let space = proptest::string::string_regex("[ \t\n\r]{0,2}").unwrap().boxed();
    scalar
        .unwrap()
        .prop_recursive(4, 24, 5, move |inner| {
            let member = (key.clone(), space.clone(), inner.clone())
                .prop_map(|(key, space, value)| format!("{key}{space}:{space}{value}"));
            prop_oneof![
                prop::collection::vec(inner, 0..5)
                    .prop_map(|items| format!("[{}]", items.join(" ,"))),
                prop::collection::vec(member, 0..6)
                    .prop_map(|members| format!(" {{ {} }}\n", members.join(","))),
            ]
        })
        .prop_map(|json: String| text(&json))
        .boxed()
}

fn no_nul(value: &Value) -> bool {
    matches!(value, Value::Text(text) if !text.contains(&0))
}

fn text(text: &str) -> Value {
    Value::Text(text.as_bytes().to_vec())
}

fn all_types() -> Vec<PgType> {
    [
        "boolean",
        "smallint",
        "integer",
        "bigint",
        "double precision",
        "numeric",
        "numeric(12,3)",
        "text",
        "varchar(10)",
        "bytea",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "json",
        "jsonb",
        "uuid",
    ]
    .iter()
    .map(|name| name.parse().unwrap())
    .collect()
}

#[tokio::test]
async fn our_bytes_are_the_bytes_the_server_makes_of_the_same_text() {
    let client = connect().await;
    for data_type in all_types() {
        let codec = ColumnCodec::new(data_type, Reading::Plain).unwrap();
        let cells = sample(&texts_of(data_type), 400);
        let ours = fill(&client, &codec, &cells).await;
        let cast = if data_type == PgType::Bytea {
            "convert_to(source, 'UTF8')".to_owned()
        } else if data_type == PgType::Date {
            "source::timestamp::date".to_owned()
        } else {
            format!("source::{data_type}")
        };
        let made = read_back(&client, &format!("select {cast} from t order by i")).await;
        let kept = read_back(&client, "select v from t order by i").await;
        for (i, cell) in cells.iter().enumerate() {
            assert_eq!(ours[i], made[i], "{cell:?} as {data_type}");
            assert_eq!(ours[i], kept[i], "{cell:?} as {data_type}, stored");
        }
    }
}

/// Cells of every storage class that fit a type, NULL included.
fn cells_of(data_type: PgType) -> Vec<Value> {
    let mut cells = vec![Value::Null];
    cells.extend(sample(&texts_of(data_type), 120));
    let numbers = || [0.0, 1.5, -2.25, 0.1, 1e10, -123_456.5].map(Value::Real);
    match data_type {
        PgType::Boolean => cells.extend([Value::Integer(0), Value::Integer(1)]),
        PgType::SmallInt => cells.extend([-32_768, -1, 0, 32_767].map(Value::Integer)),
        PgType::Integer => cells.extend([-2_147_483_648, 0, 2_147_483_647].map(Value::Integer)),
        PgType::BigInt => cells.extend([i64::MIN, -1, 0, i64::MAX].map(Value::Integer)),
        PgType::Double => {
            cells.extend(numbers());
            cells.extend(
                [-0.0, f64::INFINITY, f64::NEG_INFINITY, 5e-324, f64::MAX].map(Value::Real),
            );
            cells.push(Value::Integer(1 << 53));
        }
        PgType::Numeric(None) => {
            cells.extend(numbers());
            cells.extend([f64::INFINITY, 5e-324, f64::MAX, 1e22].map(Value::Real));
            cells.extend([i64::MIN, 0, 10_000, i64::MAX].map(Value::Integer));
        }
        PgType::Numeric(Some(_)) => cells.extend([1.5, -0.125, 0.0].map(Value::Real)),
        PgType::Text => {
            cells.extend(numbers());
            cells.push(text(""));
            cells.extend((0..40).map(|length| text(&"x".repeat(length))));
            cells.push(text(&"long é ".repeat(50_000)));
            cells.push(Value::Blob("blob".into()));
        }
        PgType::Bytea => {
            cells.extend((0..40).map(|length| Value::Blob(vec![0xFE; length])));
            cells.push(Value::Blob(vec![0; 300_000]));
            cells.push(Value::Real(1.0));
        }
        PgType::Uuid => cells.push(Value::Blob((0..16).collect())),
        PgType::Json | PgType::Jsonb => {
            cells.extend(numbers());
            cells.push(Value::Integer(i64::MIN));
        }
        PgType::Varchar(_)
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz => {}
    }
    cells
}

#[tokio::test]
async fn the_server_hashes_every_type_as_we_do() {
    let client = connect().await;
    for data_type in all_types() {
        let codec = ColumnCodec::new(data_type, Reading::Plain).unwrap();
        let cells = cells_of(data_type);
        let fields = fill(&client, &codec, &cells).await;
        let columns =
            [(Ident::new("i").unwrap(), PgType::BigInt), (Ident::new("v").unwrap(), data_type)];
        let index_codec = ColumnCodec::new(PgType::BigInt, Reading::Plain).unwrap();
        for columns in [columns.as_slice(), &columns[1..]] {
            let expression = digest_expression(columns);
            let rows = client
                .query(&format!("select {expression} from t order by i"), &[])
                .await
                .unwrap_or_else(|error| panic!("{expression}: {error}"));
            let mut digest = RangeDigest::default();
            for (i, row) in rows.iter().enumerate() {
                let mut hash = RowHash::new();
                if columns.len() == 2 {
                    let index = i64::try_from(i).unwrap().to_be_bytes();
                    hash.push(index_codec.hash(Some(&index)));
                }
                let mut field = copyfmt::Fields::of(&fields[i]);
                hash.push(codec.hash(field.next().unwrap()));
                assert_eq!(hash.finish(), row.get::<_, i64>(0), "{:?} as {data_type}", cells[i]);
                digest.add(hash.finish());
            }
            let sum = client
                .query_one(&format!("select count(*), sum({expression})::text from t"), &[])
                .await
                .unwrap();
            assert_eq!(sum.get::<_, String>(1), digest.sum.to_string());
            assert_eq!(u64::try_from(sum.get::<_, i64>(0)), Ok(digest.rows));
        }
    }
}

#[tokio::test]
async fn the_server_answers_the_probe_as_expected() {
    let (sql, expected) = probe();
    let row = connect().await.query_one(sql.as_str(), &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), expected);
}

#[tokio::test]
async fn a_column_collation_has_no_part_in_the_digest() {
    let client = connect().await;
    client
        .batch_execute(
            "create collation pg_temp.loose (provider = icu, locale = 'und-u-ks-level2', \
             deterministic = false); \
             create temp table t (v text collate pg_temp.loose, w varchar(9) collate pg_temp.loose); \
             insert into t values ('Straße', 'ABC')",
        )
        .await
        .unwrap();
    let columns =
        [(Ident::new("v").unwrap(), PgType::Text), (Ident::new("w").unwrap(), PgType::Varchar(9))];
    let query = format!("select {} from t", digest_expression(&columns));
    let row = client.query_one(&query, &[]).await.unwrap();
    let codec = codec("text", Reading::Plain);
    let mut hash = RowHash::new();
    hash.push(codec.hash(Some("Straße".as_bytes())));
    hash.push(codec.hash(Some(b"ABC")));
    assert_eq!(row.get::<_, i64>(0), hash.finish());
}

/// Type, reading, cell, and what the server then shows.
type Case = (&'static str, Reading, Value, Option<&'static str>);

fn cases() -> Vec<Case> {
    use Reading::{
        EmptyNull, JulianDay, Latin1, NaiveUtc, NonzeroTrue, Plain, ReplaceInvalid, StripNul,
        UnixMicros, UnixMillis, UnixSeconds,
    };
    let int = Value::Integer;
    let real = Value::Real;
    vec![
        ("boolean", Plain, int(1), Some("true")),
        ("boolean", NonzeroTrue, int(-7), Some("true")),
        ("boolean", NonzeroTrue, real(0.0), Some("false")),
        ("boolean", EmptyNull, text(""), None),
        ("bigint", Plain, real(9_007_199_254_740_992.0), Some("9007199254740992")),
        ("double precision", Plain, real(1_234_567_890.123_45), Some("1234567890.12345")),
        ("double precision", Plain, real(f64::NEG_INFINITY), Some("-Infinity")),
        ("double precision", Plain, real(-0.0), Some("-0")),
        ("numeric", Plain, real(0.1), Some("0.1")),
        ("numeric", Plain, real(1e21), Some("1000000000000000000000")),
        ("numeric", Plain, real(f64::INFINITY), Some("Infinity")),
        ("numeric", Plain, text("12.3400"), Some("12.3400")),
        ("numeric(10,2)", Plain, real(1.5), Some("1.50")),
        ("numeric(10,2)", Plain, int(-3), Some("-3.00")),
        ("text", Plain, int(-42), Some("-42")),
        ("text", Plain, real(2.0), Some("2.0")),
        ("text", StripNul, text("a\0b"), Some("ab")),
        ("text", ReplaceInvalid, Value::Text(b"a\xFFb".to_vec()), Some("a\u{FFFD}b")),
        ("text", Latin1, Value::Text(b"caf\xE9".to_vec()), Some("café")),
        ("text", EmptyNull, text(""), None),
        ("bytea", Plain, Value::Blob(vec![0, 0xFF]), Some("\\x00ff")),
        ("bytea", Plain, text("a\0"), Some("\\x6100")),
        ("date", Plain, text("0001-01-01"), Some("0001-01-01")),
        ("date", Plain, text("2024-02-29T00:00:00.000"), Some("2024-02-29")),
        ("date", UnixSeconds, int(86_400), Some("1970-01-02")),
        ("time", Plain, text("24:00:00"), Some("24:00:00")),
        (
            "timestamp",
            Plain,
            text("9999-12-31 23:59:59.999999"),
            Some("9999-12-31 23:59:59.999999"),
        ),
        ("timestamp", Plain, text("1999-12-31"), Some("1999-12-31 00:00:00")),
        ("timestamp", UnixMillis, int(-1), Some("1969-12-31 23:59:59.999")),
        ("timestamp", UnixSeconds, real(1_700_000_000.25), Some("2023-11-14 22:13:20.25")),
        ("timestamp", JulianDay, real(2_460_310.5), Some("2024-01-01 00:00:00")),
        ("timestamptz", UnixMicros, int(1), Some("1970-01-01 00:00:00.000001+00")),
        ("timestamptz", NaiveUtc, text("2024-01-02 03:04"), Some("2024-01-02 03:04:00+00")),
        ("timestamptz", Plain, text("2024-01-02T03:04:05+05:30"), Some("2024-01-01 21:34:05+00")),
        ("timestamptz", UnixSeconds, text("1700000000"), Some("2023-11-14 22:13:20+00")),
        ("json", Plain, text(" {\"a\" :\"\\u0000\"}"), Some(" {\"a\" :\"\\u0000\"}")),
        ("json", Plain, text("[\"\\ud800\", 1e200000]"), Some("[\"\\ud800\", 1e200000]")),
        ("json", Plain, text("{\"a\":1,\"a\":2}"), Some("{\"a\":1,\"a\":2}")),
        ("json", Plain, real(0.5), Some("0.5")),
        ("jsonb", Plain, real(1e20), Some("100000000000000000000")),
        ("jsonb", Plain, text("{\"bb\":1,\"a\":2,\"a\":[]}"), Some("{\"a\": [], \"bb\": 1}")),
        ("uuid", Plain, Value::Blob(vec![0xAB; 16]), Some("abababab-abab-abab-abab-abababababab")),
        ("varchar(3)", Plain, text("éé "), Some("éé ")),
    ]
}

#[tokio::test]
async fn each_cell_shows_as_its_type_and_reading_say() {
    let client = connect().await;
    for (data_type, reading, cell, expected) in cases() {
        let codec = codec(data_type, reading);
        fill(&client, &codec, std::slice::from_ref(&cell)).await;
        let row = client.query_one("select v::text from t", &[]).await.unwrap();
        let shown: Option<String> = row.get(0);
        assert_eq!(shown.as_deref(), expected, "{cell:?} as {data_type} {reading}");
    }
}

#[test]
fn a_real_of_few_digits_is_sqlites_own_text_and_every_real_reads_back() {
    let sqlite = rusqlite::Connection::open_in_memory().unwrap();
    let codec = codec("text", Reading::Plain);
    let strategy = prop_oneof![
        (any::<i32>(), 0..20_u32).prop_map(|(n, e)| f64::from(n) / 10_f64.powi(e.cast_signed())),
        (any::<i32>(), 0..300_i32).prop_map(|(n, e)| f64::from(n) * 10_f64.powi(e)),
        any::<f64>().prop_filter("SQLite has no NaN", |value| !value.is_nan()),
    ];
    let mut exact = 0;
    for value in sample(&strategy, 3000) {
        let mut field = Vec::new();
        codec.encode(ValueRef::Real(value), &mut field).unwrap();
        let ours = std::str::from_utf8(&field[4..]).unwrap();
        let theirs: String =
            sqlite.query_row("select cast(?1 as text)", [value], |row| row.get(0)).unwrap();
        if value.is_finite() {
            assert_eq!(ours.parse::<f64>().unwrap(), value);
        }
        let digits = format!("{value:e}").bytes().take_while(|byte| *byte != b'e').count();
        if digits <= 15 && !value.is_subnormal() && value.to_bits() != (-0.0_f64).to_bits() {
            assert_eq!(ours, theirs, "{value:e}");
            exact += 1;
        }
    }
    assert!(exact > 1000, "{exact}");
}

#[test]
fn what_does_not_fit_is_refused_for_its_reason() {
    use Reading::{JulianDay, Plain, UnixMillis, UnixSeconds};
    let int = Value::Integer;
    let real = Value::Real;
    let cases = [
        ("boolean", Plain, int(2), Misfit::OutOfRange),
        ("boolean", Plain, text(""), Misfit::Form),
        ("smallint", Plain, int(32_768), Misfit::OutOfRange),
        ("integer", Plain, real(1.5), Misfit::Fraction),
        ("bigint", Plain, real(9.3e18), Misfit::OutOfRange),
        ("double precision", Plain, int((1 << 53) + 1), Misfit::Precision),
        ("numeric(10,2)", Plain, real(12.345), Misfit::Precision),
        ("numeric(10,2)", Plain, text("99999999999.99"), Misfit::OutOfRange),
        ("numeric(10,2)", Plain, real(f64::INFINITY), Misfit::OutOfRange),
        ("text", Plain, text("a\0b"), Misfit::Nul),
        ("text", Plain, Value::Blob(vec![0xFF]), Misfit::InvalidUtf8),
        ("varchar(3)", Plain, text("abcd"), Misfit::TooLong),
        ("varchar(3)", Plain, text("abc "), Misfit::TooLong),
        ("date", Plain, text("2024-02-30"), Misfit::Form),
        ("date", Plain, text("2024-01-01 00:00:01"), Misfit::Form),
        ("date", UnixSeconds, int(1), Misfit::Fraction),
        ("time", Plain, text("3:4:5"), Misfit::Form),
        ("timestamp", Plain, text("2024-01-01 24:00:00"), Misfit::Form),
        ("timestamp", Plain, text("0000-00-00 00:00:00"), Misfit::Form),
        ("timestamp", Plain, text("2024-01-01 00:00:00.1234567"), Misfit::TooPrecise),
        ("timestamp", Plain, int(0), Misfit::Class),
        ("timestamp", UnixSeconds, int(1_700_000_000_000), Misfit::OutOfRange),
        ("timestamp", UnixMillis, int(i64::MAX), Misfit::OutOfRange),
        ("timestamp", UnixSeconds, real(1_700_000_000.123_456_7), Misfit::TooPrecise),
        ("timestamp", JulianDay, real(1e300), Misfit::OutOfRange),
        ("timestamptz", Plain, text("2024-01-01 00:00:00"), Misfit::Form),
        ("json", Plain, text(""), Misfit::Form),
        ("json", Plain, real(f64::INFINITY), Misfit::OutOfRange),
        ("jsonb", Plain, text("\"\\u0000\""), Misfit::Form),
        ("uuid", Plain, Value::Blob(vec![0; 15]), Misfit::Class),
    ];
    for (data_type, reading, cell, reason) in cases {
        let mut out = b"kept".to_vec();
        let result = codec(data_type, reading).encode(cell.borrow(), &mut out);
        assert_eq!(result, Err(reason), "{cell:?} as {data_type} {reading}");
        assert_eq!(out, b"kept");
    }
}
