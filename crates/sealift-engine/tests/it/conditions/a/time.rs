//! A19 to A24: days, times of day and moments, which SQLite keeps as texts and numbers.

use super::super::{cast, hint, series, type_of, whole, whole_with};
use crate::support::refused_with;
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;

#[tokio::test]
async fn a19_spellings_without_offset_are_one_moment_and_no_zone_is_guessed() {
    let moved = whole(
        "create table t (id integer primary key, at datetime);
         insert into t values (1, '2024-01-02 03:04:05'), (2, '2024-01-02T03:04:05'),
             (3, '2024-01-02 03:04:05.5'), (4, '2024-01-02');",
    )
    .await;
    assert_eq!(type_of(&moved, "at").await, "timestamp without time zone");
    let shown = "select string_agg(at::text, ', ' order by id) from t";
    let expected =
        "2024-01-02 03:04:05, 2024-01-02 03:04:05, 2024-01-02 03:04:05.5, 2024-01-02 00:00:00";
    assert_eq!(moved.row(shown).await, expected);
    // Whatever zone a session is in.
    moved
        .execute(&format!("alter database {} set timezone to 'Asia/Tokyo'", moved.database.name))
        .await;
    assert_eq!(moved.row(shown).await, expected);
}

#[tokio::test]
async fn a19_an_offset_is_never_dropped() {
    let moved = whole(
        "create table t (id integer primary key, at datetime);
         insert into t values (1, '2024-01-02T03:04:05Z'), (2, '2024-01-02 03:04:05+02:00'),
             (3, '2024-07-02 03:04:05.250-08:00');",
    )
    .await;
    assert_eq!(
        moved.rows("select at at time zone 'UTC' from t order by id").await,
        ["2024-01-02 03:04:05", "2024-01-02 01:04:05", "2024-07-02 11:04:05.25"]
    );
}

#[tokio::test]
async fn a19_moments_with_and_without_offset_stay_as_written_unless_one_says_what_they_are() {
    let script = "create table t (id integer primary key, at datetime);
         insert into t values (1, '2024-01-02 03:04:05'), (2, '2024-01-02T03:04:05Z'),
             (3, '2024-01-02 03:04:05+02:00'), (4, '2024-01-02')";
    let moved = whole(script).await;
    assert_eq!(
        moved.rows("select at from t order by id").await,
        ["2024-01-02 03:04:05", "2024-01-02T03:04:05Z", "2024-01-02 03:04:05+02:00", "2024-01-02"]
    );
    let finding = moved.finding("type-changed");
    assert_eq!(
        (finding.count, finding.keys.clone()),
        (Some(2), vec!["id=2".to_owned(), "id=3".to_owned()])
    );
    let utc = whole_with(script, ("t", "at", PgType::TimestampTz, Reading::NaiveUtc)).await;
    assert_eq!(
        utc.row(
            "select string_agg(to_char(at at time zone 'UTC', 'HH24:MI'), ' ' order by id) from t"
        )
        .await,
        "03:04 03:04 01:04 00:00"
    );
}

#[tokio::test]
async fn a20_seconds_since_1970_are_the_moments_they_mean() {
    let moved = whole(&format!(
        "create table t (id integer primary key, at datetime not null, ts timestamp);
         {} insert into t select i, 1704164645 + i, 1704164645 from series;
         create index i on t (at);",
        series(3000)
    ))
    .await;
    assert_eq!(type_of(&moved, "at").await, "timestamp without time zone");
    assert_eq!(
        moved.row("select min(at), max(at), min(ts) from t").await,
        "2024-01-02 03:04:06 | 2024-01-02 03:54:05 | 2024-01-02 03:04:05"
    );
}

#[tokio::test]
async fn a21_milliseconds_are_told_from_seconds_column_by_column() {
    let moved = whole(
        "create table t (s datetime, ms datetime, us datetime, mixed datetime);
         insert into t values (1704164645, 1704164645123, 1704164645123456, 1704164645),
             (1704164646, 1704164645124, 1704164645123457, 1704164645123);",
    )
    .await;
    assert_eq!(
        moved.rows("select s, ms, us, mixed from t order by s").await,
        [
            "2024-01-02 03:04:05 | 2024-01-02 03:04:05.123 | 2024-01-02 03:04:05.123456 | 1704164645",
            "2024-01-02 03:04:06 | 2024-01-02 03:04:05.124 | 2024-01-02 03:04:05.123457 | 1704164645123"
        ]
    );
    // Two units in one column are nobody's guess.
    assert_eq!(moved.findings(), ["warning type-changed t.mixed"]);
    assert_eq!(moved.finding("type-changed").count, Some(2));
}

#[tokio::test]
async fn a22_julian_days_stay_numbers_unless_they_are_said_to_be_days() {
    let script = "create table t (id integer primary key, at datetime); insert into t values (1, 2460311.75)";
    let moved = whole(script).await;
    assert_eq!(moved.row("select at from t").await, "2460311.75");
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert!(hint(&moved, "type-changed", "t.at").ends_with("using julian-day'"));
    let days = whole_with(script, ("t", "at", PgType::Timestamp, Reading::JulianDay)).await;
    // A Julian day begins at noon: not twelve hours early.
    assert_eq!(days.row("select at from t").await, "2024-01-02 06:00:00");
}

#[tokio::test]
async fn a23_empty_zero_and_zero_dates_lose_no_row() {
    let script =
        "create table t (id integer primary key, a datetime, b datetime, c datetime, d date);
         insert into t values (1, '', 0, '0000-00-00 00:00:00', '0000-00-00'),
             (2, '2024-01-02 03:04:05', 1704164645, '2024-01-02 03:04:05', '2024-01-02')";
    let moved = whole(script).await;
    assert_eq!(
        moved.rows("select a, b, c, d from t order by id").await,
        [
            " | 0 | 0000-00-00 00:00:00 | 0000-00-00",
            "2024-01-02 03:04:05 | 1704164645 | 2024-01-02 03:04:05 | 2024-01-02"
        ]
    );
    assert_eq!(moved.findings().len(), 4);
    assert!(hint(&moved, "type-changed", "t.a").contains("using empty-null"));
    let nulls = whole_with(script, ("t", "a", PgType::Timestamp, Reading::EmptyNull)).await;
    assert_eq!(nulls.rows("select a from t order by id").await, ["∅", "2024-01-02 03:04:05"]);
}

#[tokio::test]
async fn a24_days_and_times_that_do_not_exist_are_kept_as_written_and_named() {
    let moved = whole(
        "create table t (id integer primary key, midnight time, short time, day date, none date,
             far datetime, before date, leap datetime);
         insert into t values (7, '24:00', '3:4:5', '2024-1-2', '2024-02-30', '12024-01-01 00:00:00',
             '-0044-03-15', '2016-12-31 23:59:60');",
    )
    .await;
    assert_eq!(
        moved.row("select midnight, short, day, none, far, before, leap from t").await,
        "24:00:00 | 3:4:5 | 2024-1-2 | 2024-02-30 | 12024-01-01 00:00:00 | -0044-03-15 | 2016-12-31 23:59:60"
    );
    let named: Vec<String> = ["before", "day", "far", "leap", "none", "short"]
        .map(|it| format!("warning type-changed t.{it}"))
        .into();
    assert_eq!(moved.findings(), named);
}

#[tokio::test]
async fn a24_a_seventh_digit_is_neither_rounded_nor_cut() {
    let script = "create table t (id integer primary key, at datetime, zeros datetime);
         insert into t values (1, '2024-01-02 03:04:05.1234567', '2024-01-02 03:04:05.1234560')";
    let moved = whole(script).await;
    assert_eq!(
        moved.row("select at, zeros from t").await,
        "2024-01-02 03:04:05.1234567 | 2024-01-02 03:04:05.123456"
    );
    let moment = ("t", "at", PgType::Timestamp, Reading::Plain);
    let refused = refused_with(script, |options| cast(options, moment)).await;
    assert_eq!(refused.finding("cast-does-not-fit").keys, ["id=1"]);
}
