//! A32 to A37: JSON and UUIDs.

use super::super::{series, type_of, whole, whole_with};
use crate::support::refused;
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;

#[tokio::test]
async fn a32_one_cell_that_is_no_json_loses_no_row_of_3000() {
    let moved = whole(&format!(
        "create table t (id integer primary key, j json, k json not null default '{{}}', l json default '');
         {} insert into t (id, j) select i, '{{\"n\":' || i || '}}' from series;
         update t set j = '' where id = 1; update t set j = 'not json' where id = 2;
         update t set j = 'NaN' where id = 3; update t set l = '[1]';",
        series(3000)
    ))
    .await;
    assert_eq!(moved.row("select count(*), count(distinct j) from t").await, "3000 | 3000");
    assert_eq!(
        moved.rows("select j from t where id < 4 order by id").await,
        ["", "not json", "NaN"]
    );
    assert_eq!(
        moved.columns("t").await[1..],
        ["j text", "k json not null default '{}'::json", "l json"]
    );
    assert_eq!(
        moved.finding("type-widened").message,
        "becomes text: declared json, but 3 of 3000 texts are not valid JSON"
    );
    assert_eq!(moved.findings(), ["warning default-not-carried t.l"]);
}

#[tokio::test]
async fn a33_escaped_nuls_and_lone_surrogates_in_json_keep_their_bytes() {
    let moved = whole(
        "create table t (id integer primary key, j jsonb, k json);
         insert into t values (1, '{\"a\":\"\\u0000\"}', '\"\\ud800\"');",
    )
    .await;
    assert_eq!(moved.columns("t").await[1..], ["j json", "k json"]);
    assert_eq!(moved.row("select j, k from t").await, "{\"a\":\"\\u0000\"} | \"\\ud800\"");
    // PostgreSQL keeps them, and fails where it is to look into them.
    assert_eq!(moved.findings(), ["warning json-not-jsonb t.j", "warning json-not-jsonb t.k"]);
    let mut named = moved.report().findings.iter().filter(|it| it.code == "json-not-jsonb");
    assert!(named.all(|finding| finding.keys == ["id=1"]));
    assert_eq!(moved.refusal("select j ->> 'a' from t").await, "22P05");
}

#[tokio::test]
async fn a34_repeated_keys_their_order_spaces_and_large_numbers_stay() {
    let script = "create table t (id integer primary key, j jsonb, k json);
         insert into t values (1, '{\"b\": 1,  \"a\":2, \"a\":3}', '[1e400, 1.10]')";
    let moved = whole(script).await;
    assert_eq!(
        moved.row("select j, k from t").await,
        "{\"b\": 1,  \"a\":2, \"a\":3} | [1e400, 1.10]"
    );
    let asked = whole_with(script, ("t", "j", PgType::Jsonb, Reading::Plain)).await;
    assert_eq!(asked.row("select j from t").await, "{\"a\": 3, \"b\": 1}");
    assert_eq!(asked.findings(), ["warning json-keys-repeated t.j"]);
    assert_eq!(asked.finding("json-keys-repeated").count, Some(1));
}

/// The format of SQLite's own binary JSON is nowhere promised to stay; its bytes are kept.
#[tokio::test]
async fn a35_sqlites_binary_json_is_kept_as_bytes_and_named() {
    let moved = whole(
        "create table t (id integer primary key, j json, b blob);
         insert into t values (1, jsonb('{\"a\":1}'), jsonb('[1,2]')), (2, '{}', x'00');",
    )
    .await;
    assert_eq!(moved.columns("t").await[1..], ["j bytea", "b bytea"]);
    let file = moved.file.open();
    let stored: String = file
        .query_row("select '\\x' || lower(hex(b)) from t where id = 1", [], |row| row.get(0))
        .unwrap();
    assert_eq!(moved.row("select b from t where id = 1").await, stored);
    assert_eq!(moved.finding("type-changed").keys, ["id=1"]);
}

#[tokio::test]
async fn a36_uuids_of_four_forms_are_one_type_and_equal() {
    let moved = whole(
        "create table t (u uuid primary key, w uuid unique) without rowid;
         insert into t values ('550e8400-e29b-41d4-a716-446655440000', null),
             ('550E8400E29B41D4A716446655440001', '{550e8400-e29b-41d4-a716-446655440000}'),
             ('{550e8400-e29b-41d4-a716-446655440002}', null),
             (x'550e8400e29b41d4a716446655440003', x'550e8400e29b41d4a716446655440003');",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["u uuid not null", "w uuid"]);
    assert_eq!(
        moved
            .row("select count(*) from t where u::text like '550e8400-e29b-41d4-a716-44665544000_'")
            .await,
        "4"
    );
    let refused = refused(
        "create table t (u uuid unique); insert into t values ('550e8400-e29b-41d4-a716-446655440000'),
             (x'550e8400e29b41d4a716446655440000');",
    )
    .await;
    assert_eq!(refused.findings(), ["error keys-merge t(u)"]);
}

#[tokio::test]
async fn a37_a_text_that_is_no_uuid_loses_no_row_and_its_children_follow() {
    let script = "create table t (id uuid primary key);
         create table c (t uuid references t (id) on delete cascade);
         insert into t values ('web-550e8400-e29b-41d4-a716-446655440000'),
             ('550e8400-e29b-41d4-a716-446655440000');
         insert into c values ('web-550e8400-e29b-41d4-a716-446655440000')";
    let moved = whole(script).await;
    assert_eq!(type_of(&moved, "id").await, "text");
    assert_eq!(moved.row("select t from c").await, "web-550e8400-e29b-41d4-a716-446655440000");
    assert_eq!(moved.findings(), ["warning type-changed t.id"]);
    assert!(
        moved
            .report()
            .findings
            .iter()
            .any(|finding| { finding.keys == ["id=web-550e8400-e29b-41d4-a716-446655440000"] })
    );
    moved.execute("delete from t where id like 'web%'").await;
    assert_eq!(moved.row("select count(*) from c").await, "0");
    let fits = whole_with(
        "create table t (u text); insert into t values ('550e8400e29b41d4a716446655440000')",
        ("t", "u", PgType::Uuid, Reading::Plain),
    )
    .await;
    assert_eq!(fits.row("select u from t").await, "550e8400-e29b-41d4-a716-446655440000");
}
