//! Types and cells: days, times of day and moments.

use super::types::cast;
use crate::support::{moved, moved_with, refused_with};
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;

#[tokio::test]
async fn moments_without_offset_become_timestamp() {
    let moved = moved(
        "create table t (id integer primary key, at datetime); insert into t values
             (1, '2024-01-02 03:04:05'), (2, '2024-01-02T03:04:05.123456'), (3, '2024-01-02'),
             (4, '0001-01-01 00:00:00'), (5, '9999-12-31 23:59:59.999999');",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "at timestamp without time zone");
    assert_eq!(
        moved.rows("select at from t order by id").await,
        [
            "2024-01-02 03:04:05",
            "2024-01-02 03:04:05.123456",
            "2024-01-02 00:00:00",
            "0001-01-01 00:00:00",
            "9999-12-31 23:59:59.999999"
        ]
    );
}

#[tokio::test]
async fn moments_with_offset_become_timestamptz() {
    let moved = moved(
        "create table t (id integer primary key, at datetime); insert into t values
             (1, '2024-01-02T03:04:05Z'), (2, '2024-01-02 03:04:05+02:00'),
             (3, '2024-01-02 03:04:05.678 +00:00');",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "at timestamp with time zone");
    assert_eq!(
        moved.rows("select at at time zone 'UTC' from t order by id").await,
        ["2024-01-02 03:04:05", "2024-01-02 01:04:05", "2024-01-02 03:04:05.678"]
    );
}

#[tokio::test]
async fn moments_with_and_without_offset_stay_text_unless_one_says_what_they_are() {
    let script = "create table t (id integer primary key, at datetime); insert into t values
             (1, '2024-01-02 03:04:05'), (2, '2024-01-02 03:04:05+02:00');";
    let moved = moved(script).await;
    assert_eq!(moved.columns("t").await[1], "at text");
    assert_eq!(
        moved.rows("select at from t order by id").await,
        ["2024-01-02 03:04:05", "2024-01-02 03:04:05+02:00"]
    );
    assert_eq!(moved.findings(), ["warning type-changed t.at"]);
    let utc = moved_with(script, cast("at", PgType::TimestampTz, Reading::NaiveUtc)).await;
    assert_eq!(
        utc.rows("select at at time zone 'UTC' from t order by id").await,
        ["2024-01-02 03:04:05", "2024-01-02 01:04:05"]
    );
}

#[tokio::test]
async fn numbers_of_seconds_since_1970_become_timestamp() {
    let moved = moved(
        "create table t (s datetime, ms datetime, us timestamp);
         insert into t values (1704164645, 1704164645123, 1704164645123456);",
    )
    .await;
    assert_eq!(
        moved.row("select * from t").await,
        "2024-01-02 03:04:05 | 2024-01-02 03:04:05.123 | 2024-01-02 03:04:05.123456"
    );
}

#[tokio::test]
async fn numbers_that_are_no_plausible_moments_stay_numbers() {
    let moved =
        moved("create table t (at datetime); insert into t values (1704164645), (0), (12)").await;
    assert_eq!(moved.columns("t").await, ["at bigint"]);
    assert_eq!(moved.findings(), ["warning type-changed t.at"]);
}

#[tokio::test]
async fn julian_days_become_timestamp_where_none_lies_between_milliseconds() {
    let exact = moved("create table t (at date); insert into t values (2460311.5)").await;
    assert_eq!(exact.row("select at from t").await, "2024-01-02 00:00:00");
    assert!(exact.finding("type-widened").message.contains("every cell is a Julian day"));
    let script = "create table t (at date); insert into t values (2460311.5000000047)";
    let moved = moved(script).await;
    assert_eq!(moved.row("select at from t").await, "2460311.5000000047");
    // A note: its cells agree.
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert!(moved.finding("type-changed").hint.as_ref().unwrap().contains("using julian-day"));
    let days = moved_with(script, cast("at", PgType::Timestamp, Reading::JulianDay)).await;
    assert_eq!(days.row("select at from t").await, "2024-01-02 00:00:00");
}

#[tokio::test]
async fn days_and_times_of_day_arrive() {
    let moved = moved(
        "create table t (d date, h time); insert into t values ('2024-02-29', '23:59:59.5'), (null, '10:00');",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["d date", "h time without time zone"]);
    assert_eq!(
        moved.rows("select * from t order by h").await,
        ["∅ | 10:00:00", "2024-02-29 | 23:59:59.5"]
    );
}

#[tokio::test]
async fn days_that_do_not_exist_stay_text() {
    let moved = moved(
        "create table t (id integer primary key, a date, b date, c datetime, d time, e date);
         insert into t values (1, '2024-02-30', '2024-1-2', '0000-00-00 00:00:00', '3:4:5', '');",
    )
    .await;
    assert_eq!(
        moved.row("select a, b, c, d, e from t").await,
        "2024-02-30 | 2024-1-2 | 0000-00-00 00:00:00 | 3:4:5 | "
    );
    assert_eq!(moved.findings().len(), 5);
}

#[tokio::test]
async fn a_seventh_digit_of_a_second_is_never_rounded() {
    let script =
        "create table t (at datetime); insert into t values ('2024-01-02 03:04:05.1234567')";
    let moved = moved(script).await;
    assert_eq!(moved.row("select at from t").await, "2024-01-02 03:04:05.1234567");
    let refused = refused_with(script, cast("at", PgType::Timestamp, Reading::Plain)).await;
    assert_eq!(refused.findings(), ["error cast-does-not-fit t.at"]);
}

#[tokio::test]
async fn empty_texts_in_a_date_column_become_null_when_asked() {
    let moved = moved_with(
        "create table t (id integer primary key, d date); insert into t values (1, ''), (2, '2024-01-02')",
        cast("d", PgType::Date, Reading::EmptyNull),
    )
    .await;
    assert_eq!(moved.rows("select d from t order by id").await, ["∅", "2024-01-02"]);
}
