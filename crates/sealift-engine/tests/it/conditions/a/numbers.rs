//! A6 to A18: numbers, and what stands where numbers were declared.

use super::super::{cast, hint, series, type_of, whole, whole_with};
use crate::support::refused_with;
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;

#[tokio::test]
async fn a06_a_word_among_3000_whole_numbers_loses_no_row_and_is_named() {
    let moved = whole(&format!(
        "create table t (k text primary key, n integer) without rowid;
         {} insert into t select 'k' || i, i from series;
         update t set n = 'abc' where k = 'k1234';",
        series(3000)
    ))
    .await;
    assert_eq!(moved.row("select count(*), count(distinct n) from t").await, "3000 | 3000");
    assert_eq!(moved.row("select n from t where k = 'k1234'").await, "abc");
    let finding = moved.finding("type-changed");
    assert_eq!((finding.count, finding.keys.clone()), (Some(1), vec!["k=k1234".to_owned()]));
}

#[tokio::test]
async fn a07_an_empty_text_stays_an_empty_text_unless_null_is_asked_for() {
    let script = "create table t (id integer primary key, n integer, d date, r real);
         insert into t values (1, '', '', ''), (2, 7, '2024-01-02', 1.5)";
    let moved = whole(script).await;
    assert_eq!(
        moved.rows("select n, d, r from t order by id").await,
        [" |  | ", "7 | 2024-01-02 | 1.5"]
    );
    assert_eq!(moved.row("select count(*) from t where n is null").await, "0");
    assert!(hint(&moved, "type-changed", "t.n").contains("'t.n=bigint using empty-null'"));
    let nulls = whole_with(script, ("t", "n", PgType::BigInt, Reading::EmptyNull)).await;
    assert_eq!(nulls.rows("select n from t order by id").await, ["∅", "7"]);
}

#[tokio::test]
async fn a08_a_fraction_in_a_whole_number_column_is_never_cut() {
    let moved = whole(
        "create table t (a integer, b integer, primary key (a, b)) without rowid;
         insert into t values (1, 1), (1.5, 1), (2, 2);
         create index i on t (a);",
    )
    .await;
    assert_eq!(moved.rows("select a from t order by a").await, ["1", "1.5", "2"]);
    assert_eq!(moved.constraints("t").await, ["t_pkey PRIMARY KEY (a, b)"]);
    assert_eq!(moved.finding("type-changed").keys, ["a=1.5, b=1"]);
    assert_eq!(moved.refusal("insert into t values (1.5, 1)").await, "23505 t_pkey");
}

#[tokio::test]
async fn a09_whole_numbers_beyond_32_bits_fit_however_they_are_declared() {
    let moved = whole(
        "create table t (id integer primary key, a int, b integer(8), c int4, d integer(4), e int(11),
             f mediumint unsigned, g smallint, h int8);
         insert into t values (1, 3000000000, 3000000000, 3000000000, 3000000000, 3000000000,
             3000000000, 3000000000, 9223372036854775807);
         create table child (t int4 references t (h), x int);
         create unique index h on t (h);
         insert into child values (9223372036854775807, 1);",
    )
    .await;
    assert_eq!(
        moved.row("select a, b, c, d, e, f, g, h from t").await,
        format!("{}9223372036854775807", "3000000000 | ".repeat(7))
    );
    assert_eq!(moved.row("select t from child").await, "9223372036854775807");
    assert_eq!(moved.refusal("insert into child values (1, 1)").await, "23503 child_t_fkey");
}

#[tokio::test]
async fn a11_a_number_beyond_64_bits_keeps_the_double_and_its_neighbours_stay_exact() {
    let moved = whole(
        "create table t (id integer primary key, n integer);
         insert into t values (1, 9223372036854775808), (2, 9007199254740993), (3, -5);",
    )
    .await;
    assert_eq!(moved.row("select n from t where id = 2").await, "9007199254740993");
    assert_eq!(
        moved.row("select n::float8 = 9223372036854775808::float8 from t where id = 1").await,
        "t"
    );
    assert_eq!(moved.finding("type-changed").keys, ["id=1"]);
}

#[tokio::test]
async fn a12_a_real_is_double_precision_and_keeps_every_bit() {
    let moved = whole(
        "create table t (r real primary key, f float, d double, p double precision);
         insert into t values (1234567890.12345, 1234567890.12345, 1234567890.12345, 0.1);
         create table s (r real) strict; insert into s values (1234567890.12345);",
    )
    .await;
    for column in ["r", "f", "d", "p"] {
        assert_eq!(type_of(&moved, column).await, "double precision");
    }
    assert_eq!(
        moved.row("select t.r, t.r = s.r, float8send(t.r) from t, s").await,
        "1234567890.12345 | t | \\x41d26580b487e69b"
    );
}

#[tokio::test]
async fn a13_a_double_of_seventeen_digits_is_not_printed_with_fifteen() {
    let moved = whole(
        "create table t (id integer primary key, r real, n numeric, x);
         insert into t values (1, 0.46556071130937093, 0.46556071130937093, 0.46556071130937093),
             (2, 5e-324, 5e-324, 1.7976931348623157e308);",
    )
    .await;
    assert_eq!(
        moved.row("select r, n, x from t where id = 1").await,
        "0.46556071130937093 | 0.46556071130937093 | 0.46556071130937093"
    );
    assert_eq!(
        moved.row("select r, n::float8, x from t where id = 2").await,
        "5e-324 | 5e-324 | 1.7976931348623157e+308"
    );
}

#[tokio::test]
async fn a14_the_largest_reals_are_in_range() {
    let moved =
        whole("create table t (r real unique); insert into t values (1e308), (-1e308);").await;
    assert_eq!(moved.rows("select r from t order by r").await, ["-1e+308", "1e+308"]);
}

#[tokio::test]
async fn a15_infinities_are_infinities_in_reals_and_decimals() {
    let moved = whole(
        "create table t (id integer primary key, r real, n numeric, i integer, d decimal(10,2));
         insert into t values (1, 9e999, 9e999, 9e999, 9e999), (2, -9e999, -9e999, 1, -9e999),
             (3, 1.5, 1, 2, 1.25);",
    )
    .await;
    assert_eq!(
        moved.rows("select r, n, i, d from t order by id").await,
        [
            "Infinity | Infinity | Infinity | Infinity",
            "-Infinity | -Infinity | 1 | -Infinity",
            "1.5 | 1 | 2 | 1.25"
        ]
    );
    assert_eq!(moved.findings(), ["warning type-changed t.i"]);
}

#[tokio::test]
async fn a16_not_a_number_as_text_is_kept_and_the_hint_is_the_cast_that_reads_it() {
    let script = "create table t (id integer primary key, r real);
         insert into t values (1, 'NaN'), (2, 'Infinity'), (3, 1.5), (4, null)";
    let moved = whole(script).await;
    assert_eq!(moved.rows("select r from t order by id").await, ["NaN", "Infinity", "1.5", "∅"]);
    assert_eq!(moved.finding("type-changed").keys, ["id=1", "id=2"]);
    assert_eq!(
        hint(&moved, "type-changed", "t.r"),
        "nothing is lost; every cell can also be read as double precision: \
         --cast 't.r=double precision'"
    );
    let cast = whole_with(script, ("t", "r", PgType::Double, Reading::Plain)).await;
    assert_eq!(cast.row("select r + 1 from t where id = 1").await, "NaN");
    // What SQLite computes is NULL, and stays it.
    let computed = whole("create table t (r real); insert into t values (9e999 - 9e999)").await;
    assert_eq!(computed.row("select r is null from t").await, "t");
}

#[tokio::test]
async fn a17_a_negative_zero_keeps_its_sign_and_is_not_made_a_decimal() {
    let script =
        "create table t (id integer primary key, x); insert into t values (1, -0.0), (2, 1.5)";
    let moved = whole(script).await;
    assert_eq!(
        moved.row("select x, float8send(x) from t where id = 1").await,
        "-0 | \\x8000000000000000"
    );
    let numeric = ("t", "x", PgType::Numeric(None), Reading::Plain);
    let refused = refused_with(script, |options| cast(options, numeric)).await;
    assert_eq!(refused.findings(), ["error cast-does-not-fit t.x"]);
    assert_eq!(refused.finding("cast-does-not-fit").keys, ["id=1"]);
}

#[tokio::test]
async fn a18_a_decimal_is_neither_rounded_nor_too_small() {
    let moved = whole(
        "create table t (id integer primary key, fits decimal(10,2) not null default 0.00,
             digits decimal(10,2), large decimal(10,2) check (large > 0));
         insert into t values (1, 12.34, 12.345, 99999999999.99), (2, 0.1, 1, 1);",
    )
    .await;
    assert_eq!(
        moved.columns("t").await[1..],
        ["fits numeric(10,2) not null default 0.00", "digits numeric", "large numeric"]
    );
    assert_eq!(
        moved.rows("select fits, digits, large from t order by id").await,
        ["12.34 | 12.345 | 99999999999.99", "0.10 | 1 | 1"]
    );
    let rounding = ("t", "digits", PgType::Numeric(Some((10, 2))), Reading::Plain);
    let refused = refused_with(
        "create table t (id integer primary key, digits decimal(10,2)); insert into t values (1, 12.345)",
        |options| cast(options, rounding),
    )
    .await;
    assert_eq!(refused.finding("cast-does-not-fit").keys, ["id=1"]);
}

#[tokio::test]
async fn a18_a_default_that_a_decimal_would_round_is_left_out_by_name() {
    let moved = whole(
        "create table t (id integer primary key, a decimal(10,2) default 1.005,
             b decimal(5,2) default 12345.6, c decimal(10,2) default 1.50, d decimal(3) default 007);
         insert into t values (1, 2, 3, 4, 5);",
    )
    .await;
    assert_eq!(
        moved.columns("t").await[1..],
        [
            "a numeric(10,2)",
            "b numeric(5,2)",
            "c numeric(10,2) default 1.50",
            "d numeric(3,0) default '7'::numeric"
        ]
    );
    assert_eq!(
        moved.findings(),
        ["warning default-not-carried t.a", "warning default-not-carried t.b"]
    );
}

#[tokio::test]
async fn a18_decimals_that_a_key_ties_together_stay_decimals() {
    let moved = whole(
        "create table p (price decimal(5,2) primary key);
         create table t (price decimal(10,1) references p (price));
         insert into p values (1.5), (3.25); insert into t values (1.5);",
    )
    .await;
    assert_eq!(type_of(&moved, "price").await, "numeric(11,2)");
    assert_eq!(moved.refusal("insert into t values (2)").await, "23503 t_price_fkey");
}
