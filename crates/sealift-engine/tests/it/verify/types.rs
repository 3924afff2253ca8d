//! Every type: its copy matches, and one changed cell is seen by digest and by cells.

use super::{Pair, key, plan_of, table};
use sealift_core::convert::Reading;
use sealift_core::plan::TablePlan;

/// Column type, SQLite's literal, PostgreSQL's literal of the copy, and of another value.
const KINDS: &[(&str, &str, &str, &str)] = &[
    ("boolean", "'TRUE'", "true", "false"),
    ("smallint", "-7", "-7", "7"),
    ("integer", "2147483647", "2147483647", "2147483646"),
    ("bigint", "-9223372036854775808", "-9223372036854775808", "9223372036854775807"),
    ("double precision", "0.1", "0.1", "0.10000000000000002"),
    ("numeric", "12.5", "12.5", "12.51"),
    ("numeric(10,2)", "'99.90'", "99.90", "99.91"),
    ("text", "'tab\t\\ é \u{1f600}'", "E'tab\\t\\\\ é \u{1f600}'", "''"),
    ("varchar(5)", "'abcde'", "'abcde'", "'abcdE'"),
    ("bytea", "x'00ff5c0a'", "'\\x00ff5c0a'", "'\\x00ff5c0b'"),
    ("date", "'2024-02-29'", "'2024-02-29'", "'2024-03-01'"),
    ("time", "'23:59:59.000001'", "'23:59:59.000001'", "'23:59:59'"),
    ("timestamp", "'0001-01-01T00:00:00'", "'0001-01-01'", "'0001-01-01 BC'"),
    (
        "timestamptz",
        "'2024-01-02 03:04:05+02:00'",
        "'2024-01-02 01:04:05Z'",
        "'2024-01-02 03:04:05Z'",
    ),
    ("json", "'{\"b\": 1, \"a\":[]}'", "'{\"b\": 1, \"a\":[]}'", "'{\"b\": 1,\"a\":[]}'"),
    ("jsonb", "'{\"b\": 1.50, \"a\":[null]}'", "'{\"a\": [null], \"b\": 1.50}'", "'{\"b\": 1.50}'"),
    (
        "uuid",
        "x'550e8400e29b41d4a716446655440000'",
        "'550e8400-e29b-41d4-a716-446655440000'",
        "'550e8400-e29b-41d4-a716-446655440001'",
    ),
];

fn kinds() -> (String, String, TablePlan) {
    let names: Vec<String> = (0..KINDS.len()).map(|number| format!("c{number}")).collect();
    let typed: Vec<String> =
        names.iter().zip(KINDS).map(|(name, kind)| format!("{name} {}", kind.0)).collect();
    let of =
        |pick: fn(&(&'static str, &'static str, &'static str, &'static str)) -> &'static str| {
            KINDS.iter().map(pick).collect::<Vec<_>>().join(", ")
        };
    // Column types would convert some of the values; SQLite keeps them as they are without.
    let source = format!(
        "create table kinds (id integer primary key, {}); insert into kinds values (1, {});
         insert into kinds (id) values (2);",
        names.join(", "),
        of(|kind| kind.1)
    );
    let target = format!(
        "create table kinds (id bigint primary key, {}); insert into kinds values (1, {});
         insert into kinds (id) values (2); create table kept as select * from kinds;",
        typed.join(", "),
        of(|kind| kind.2)
    );
    let mut columns = vec!["id bigint!"];
    columns.extend(typed.iter().map(String::as_str));
    let mut plan = table("kinds", &columns);
    plan.target.primary_key = Some(key("kinds_pkey", &["id"]));
    (source, target, plan)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_cell_of_every_type_is_seen_by_digest_and_by_cells() {
    let (source, target, plan) = kinds();
    let pair = Pair::of(&source, &target, plan_of(vec![plan])).await;
    assert_eq!(pair.cells().await, [""; 0]);
    assert_eq!(pair.digests().await, [""; 0]);
    for (number, (data_type, _, _, other)) in KINDS.iter().enumerate() {
        let column = format!("c{number}");
        let update = |value: &str| format!("update kinds set {column} = {value} where id = 1");
        for value in [other, "null"] {
            pair.database.execute(&update(value)).await;
            let cells = pair.cells().await;
            assert_eq!(cells.len(), 1, "{data_type} {value}: {cells:?}");
            assert!(cells[0].starts_with(&format!("kinds id=1 {column} ")), "{cells:?}");
            assert_eq!(pair.digests().await, ["kinds"], "{data_type} {value}");
        }
        pair.database.execute(&update(&format!("(select {column} from kept where id = 1)"))).await;
    }
    assert_eq!(pair.cells().await, [""; 0]);
    assert_eq!(pair.digests().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_every_type_is_equal_as_a_bag_too() {
    let (source, target, mut plan) = kinds();
    plan.target.primary_key = None;
    let pair = Pair::of(&source, &target, plan_of(vec![plan])).await;
    assert_eq!(pair.cells().await, [""; 0]);
    pair.database.execute("update kinds set c0 = not c0 where id = 1").await;
    assert_eq!(pair.cells().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_are_followed_on_both_ways() {
    let source = "create table r (id integer primary key, s, ms, jd, z, e, n);
        insert into r values (1, 1700000000.125, 1700000000125, 2451545.0, '2024-01-02', '', 5);";
    let target = "create table r (id bigint primary key, s timestamptz, ms timestamp, jd timestamp,
            z timestamptz, e text, n boolean);
        insert into r values (1, '2023-11-14 22:13:20.125Z', '2023-11-14 22:13:20.125',
            '2000-01-01 12:00', '2024-01-02 00:00Z', null, true);";
    let columns = ["id bigint!", "s timestamptz", "ms timestamp", "jd timestamp", "z timestamptz"];
    let mut plan = table("r", &[columns.as_slice(), &["e text", "n boolean"]].concat());
    plan.target.primary_key = Some(key("r_pkey", &["id"]));
    let readings = [
        Reading::Plain,
        Reading::UnixSeconds,
        Reading::UnixMillis,
        Reading::JulianDay,
        Reading::NaiveUtc,
        Reading::EmptyNull,
        Reading::NonzeroTrue,
    ];
    for (column, reading) in plan.columns.iter_mut().zip(readings) {
        column.reading = reading;
    }
    let pair = Pair::of(source, target, plan_of(vec![plan])).await;
    assert_eq!(pair.cells().await, [""; 0]);
    assert_eq!(pair.digests().await, [""; 0]);
}
