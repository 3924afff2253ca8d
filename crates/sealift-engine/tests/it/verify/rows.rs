//! Rows and cells.

use super::{Pair, key, plan_of, table};
use sealift_core::verify::RangeDigest;
use sealift_engine::config::VerifyLevel;
use sealift_engine::ops::Events;
use sealift_engine::report::MatchStatus;
use sealift_engine::verify::{VerifyRequest, verify};
use std::collections::HashMap;

#[tokio::test(flavor = "multi_thread")]
async fn two_equal_sides_match_at_every_level() {
    let pair = Pair::new().await;
    for level in [VerifyLevel::Counts, VerifyLevel::Digest, VerifyLevel::Cells] {
        let report = pair.verify(level).await;
        assert_eq!(report.status, MatchStatus::Match, "{report:#?}");
        let rows: Vec<(&str, u64)> =
            report.tables.iter().map(|t| (t.name.as_str(), t.target_rows)).collect();
        let expected = [("team", 2), ("person", 4), ("log", 4), ("pair", 4), ("view adults", 2)];
        assert_eq!(rows, expected);
    }
    let none = pair.verify(VerifyLevel::None).await;
    assert!(none.tables.is_empty() && none.structure.is_empty());
}

/// Changes the target, looks, and changes it back.
async fn changed(pair: &Pair, change: &str, back: &str) -> (Vec<String>, Vec<String>) {
    pair.database.execute(change).await;
    let found = (pair.cells().await, pair.digests().await);
    pair.database.execute(back).await;
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_cell_is_named_with_key_column_and_both_values() {
    let pair = Pair::new().await;
    let cases = [
        (
            "update team set name = 'Red' where id = 1",
            "update team set name = 'red' where id = 1",
            "team id=1 name 'red' 'Red'",
        ),
        (
            "update person set team_id = null where id = 2",
            "update person set team_id = 1 where id = 2",
            "person id=2 team_id 1 NULL",
        ),
        (
            "update person set joined = joined + interval '1 microsecond' where id = 5",
            "update person set joined = joined - interval '1 microsecond' where id = 5",
            "person id=5 joined '2024-02-29 00:00:00.5' '2024-02-29 00:00:00.500001'",
        ),
        (
            "update pair set v = 1e299 where a = 'é'",
            "update pair set v = 1e300 where a = 'é'",
            "pair b=2, a='é' v 1e300 1e+299",
        ),
    ];
    for (change, back, expected) in cases {
        let (cells, digests) = changed(&pair, change, back).await;
        assert_eq!(cells, [expected]);
        assert_eq!(digests, [expected.split(' ').next().unwrap()]);
    }
    // The sign of a zero has no part in PostgreSQL's hashes; only cells see it.
    let (cells, digests) =
        changed(&pair, "update pair set v = 0 where v = 0", "update pair set v = '-0' where v = 0")
            .await;
    assert_eq!(cells, ["pair b=1, a='B' v -0.0 0"]);
    assert!(digests.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_and_an_extra_row_are_told_apart() {
    let pair = Pair::new().await;
    let cases = [
        (
            "delete from person where id = 5",
            "insert into person (id, email, age, joined)
             values (5, 'É@example.org', 44, '2024-02-29 00:00:00.5')",
            "person id=5 * (5, NULL, 'É@example.org', 44, '2024-02-29 00:00:00.5', 88) (no row)",
        ),
        (
            "insert into team values (9, 'x')",
            "delete from team where id = 9",
            "team id=9 * (no row) (9, 'x')",
        ),
        (
            "insert into team values (0, 'x')",
            "delete from team where id = 0",
            "team id=0 * (no row) (0, 'x')",
        ),
    ];
    for (change, back, expected) in cases {
        let (cells, digests) = changed(&pair, change, back).await;
        // A view shows the same rows.
        let (views, tables): (Vec<&String>, Vec<&String>) =
            cells.iter().partition(|line| line.starts_with("view adults "));
        assert_eq!(tables, [expected]);
        assert_eq!(views.is_empty(), !expected.contains("id=5"));
        assert_eq!(digests.first().map(String::as_str), expected.split(' ').next());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_a_key_are_compared_as_a_bag() {
    let pair = Pair::new().await;
    pair.database
        .execute(
            "delete from log where ctid = (select min(ctid) from log where at = '1');
             insert into log values ('2', null)",
        )
        .await;
    let report = pair.verify(VerifyLevel::Cells).await;
    let log = report.tables.iter().find(|table| table.name == "log").unwrap();
    assert_eq!((log.source_rows, log.target_rows, log.differing_rows), (4, 4, 2));
    let [missing, extra] = log.differences.as_slice() else { panic!("{log:?}") };
    assert_eq!((missing.source.as_str(), missing.target.as_str()), ("('1', 'x')", "(no row)"));
    assert_eq!(missing.key, "rowid=1");
    assert_eq!((extra.source.as_str(), extra.target.as_str()), ("(no row)", "('2', NULL)"));
    assert!(extra.key.starts_with("ctid=("), "{}", extra.key);
    assert_eq!(pair.digests().await, ["log"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_sort_differently_on_both_sides_are_compared_all_the_same() {
    // As text '0A' sorts before 'aa', as UUIDs 0a… before aa… too, but 'Fa' before 'aa' only as text.
    let source = "create table u (k text primary key, v integer) without rowid;
        insert into u values ('FA000000-0000-0000-0000-000000000000', 1),
            ('aa000000-0000-0000-0000-000000000000', 2);";
    let target = "create table u (k uuid primary key, v integer);
        insert into u values ('fa000000-0000-0000-0000-000000000000', 1),
            ('aa000000-0000-0000-0000-000000000000', 2);";
    let mut plan = table("u", &["k uuid!", "v integer"]);
    plan.target.primary_key = Some(key("u_pkey", &["k"]));
    let pair = Pair::of(source, target, plan_of(vec![plan])).await;
    assert!(pair.cells().await.is_empty());
    pair.database.execute("update u set v = 3 where v = 2").await;
    let cells = pair.cells().await;
    assert_eq!(cells.len(), 2, "{cells:?}");
    assert!(cells[0].contains("'aa000000-0000-0000-0000-000000000000', 2"), "{cells:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_differing_rows_are_counted_and_the_first_twenty_listed() {
    let rows = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 500)
        insert into";
    let source = format!(
        "create table keyed (id integer primary key, v text); create table bag (v integer);
         {rows} keyed select i, 'x' || i from n; {rows} bag select i from n;"
    );
    let target = "create table keyed (id bigint primary key, v text); create table bag (v bigint);
        insert into keyed select i, 'y' || i from generate_series(1, 500) i;
        insert into bag select -i from generate_series(1, 500) i;";
    let mut keyed = table("keyed", &["id bigint!", "v text"]);
    keyed.target.primary_key = Some(key("keyed_pkey", &["id"]));
    let plan = plan_of(vec![keyed, table("bag", &["v bigint"])]);
    let pair = Pair::of(&source, target, plan).await;
    let report = pair.verify(VerifyLevel::Cells).await;
    let counted: Vec<_> =
        report.tables.iter().map(|t| (t.differing_rows, t.differences.len())).collect();
    assert_eq!(counted, [(500, 20), (1000, 20)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_of_the_copys_own_pass_is_taken_as_it_is() {
    let pair = Pair::new().await;
    let sessions = [pair.session().await];
    let digests = HashMap::from([("log".to_owned(), RangeDigest { rows: 4, sum: 1 })]);
    let request = VerifyRequest {
        plan: &pair.plan,
        snapshot: &pair.snapshot(),
        sessions: &sessions,
        level: VerifyLevel::Digest,
        digests: &digests,
    };
    let report = verify(request, &Events::silent()).await.unwrap();
    let differing: Vec<&str> = report
        .tables
        .iter()
        .filter(|table| table.status == MatchStatus::Differ)
        .map(|table| table.name.as_str())
        .collect();
    assert_eq!(differing, ["log"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_column_with_other_values_is_seen_by_cells() {
    let pair = Pair::new().await;
    pair.database
        .execute(
            "alter table person drop column twice;
             alter table person add column twice integer generated always as (age * 3) stored",
        )
        .await;
    let cells = pair.cells().await;
    assert_eq!(cells.len(), 4, "{cells:?}");
    assert_eq!(cells[0], "person id=1 twice 60 90");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_type_is_not_the_planned_one_cells_are_compared_instead_of_digests() {
    let pair = Pair::new().await;
    pair.database.execute("alter table pair alter column b type integer").await;
    assert_eq!(pair.digests().await, [""; 0], "the values are the same");
    pair.database.execute("update pair set v = 7 where a = 'b'").await;
    let report = pair.verify(VerifyLevel::Digest).await;
    let pair = report.tables.iter().find(|table| table.name == "pair").unwrap();
    assert_eq!(pair.differences.len(), 1);
    assert_eq!(pair.differences[0].target, "7");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_given_up_early_leaves_the_session_usable() {
    // '0000000F' comes before '0000000b' as text and after it as UUID; much is still to be sent then.
    let source = "create table u (k text primary key) without rowid;
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 30000)
        insert into u select printf('%08x-0000-0000-0000-000000000000', i) from n where i <> 15;
        insert into u values ('0000000F-0000-0000-0000-000000000000');";
    let target = "create table u (k uuid primary key);
        insert into u select format('%s-0000-0000-0000-000000000000', lpad(to_hex(i), 8, '0'))::uuid
        from generate_series(1, 30000) i;";
    let mut plan = table("u", &["k uuid!"]);
    plan.target.primary_key = Some(key("u_pkey", &["k"]));
    let pair = Pair::of(source, target, plan_of(vec![plan])).await;
    assert_eq!(pair.cells().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_computes_is_compared_too() {
    let pair = Pair::new().await;
    pair.database
        .execute(
            "alter table person drop column twice,
                 add column twice integer generated always as (age * 2 + 1) stored",
        )
        .await;
    assert_eq!(pair.digests().await, ["person"]);
}
