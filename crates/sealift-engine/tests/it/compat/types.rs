//! Types and cells: numbers, text, bytes, JSON, UUIDs, booleans.

use crate::support::{moved, moved_with, refused, refused_with};
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;
use sealift_engine::config::{Cast, MigrateOptions, PlanOptions};

pub(super) fn cast(
    column: &str,
    data_type: PgType,
    reading: Reading,
) -> impl FnOnce(MigrateOptions) -> MigrateOptions {
    let casts = vec![Cast { table: "t".to_owned(), column: column.to_owned(), data_type, reading }];
    |options| MigrateOptions {
        plan_options: PlanOptions { casts, ..PlanOptions::default() },
        ..options
    }
}

#[tokio::test]
async fn whole_numbers_keep_all_64_bits() {
    let moved = moved(
        "create table t (a int, b integer(8), c unsigned big int, d bigint);
         insert into t values (9223372036854775807, -9223372036854775808, 0, 1 << 40);",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["a bigint", "b bigint", "c bigint", "d bigint"]);
    assert_eq!(
        moved.row("select * from t").await,
        "9223372036854775807 | -9223372036854775808 | 0 | 1099511627776"
    );
}

#[tokio::test]
async fn small_declared_integers_widen_when_a_cell_needs_it() {
    let moved = moved(
        "create table t (a smallint, b smallint, c int4); insert into t values (32767, 32768, 1 << 33);",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["a smallint", "b integer", "c bigint"]);
    assert_eq!(moved.row("select * from t").await, "32767 | 32768 | 8589934592");
}

#[tokio::test]
async fn reals_keep_every_bit() {
    let moved = moved(
        "create table t (id integer primary key, r real); insert into t values (1, 1234567890.12345),
             (2, 0.46556071130937093), (3, 1e308), (4, 5e-324), (5, 0.1), (6, 9e999), (7, -9e999),
             (9, 3.0);",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "r double precision");
    assert_eq!(
        moved.rows("select r from t order by id").await,
        [
            "1234567890.12345",
            "0.46556071130937093",
            "1e+308",
            "5e-324",
            "0.1",
            "Infinity",
            "-Infinity",
            "3"
        ]
    );
}

#[tokio::test]
async fn a_number_too_large_for_64_bits_stays_the_double_that_sqlite_keeps() {
    let moved =
        moved("create table t (a integer); insert into t values (9223372036854775808), (1)").await;
    assert_eq!(moved.columns("t").await, ["a double precision"]);
    assert_eq!(moved.rows("select a from t order by a").await, ["1", "9.223372036854776e+18"]);
    assert_eq!(moved.findings(), ["warning type-changed t.a"]);
}

#[tokio::test]
async fn fractions_in_an_integer_column_are_not_cut() {
    let moved = moved("create table t (a integer); insert into t values (1), (1.5)").await;
    assert_eq!(moved.columns("t").await, ["a double precision"]);
    assert_eq!(moved.rows("select a from t order by a").await, ["1", "1.5"]);
    let finding = moved.finding("type-changed");
    assert_eq!(
        (finding.count, finding.keys.as_slice()),
        (Some(1), ["rowid=2".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn text_in_an_integer_column_makes_it_text() {
    let moved = moved(
        "create table t (id integer primary key, a integer); insert into t values (1, 7), (2, 'abc'), (3, '');",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "a text");
    assert_eq!(moved.rows("select a from t order by id").await, ["7", "abc", ""]);
    assert_eq!(moved.finding("type-changed").keys, ["id=2", "id=3"]);
}

#[tokio::test]
async fn decimals_keep_their_digits_or_lose_their_bounds() {
    let moved = moved(
        "create table t (fits decimal(10,2), digits decimal(10,2), large decimal(10,2), n numeric);
         insert into t values (12.34, 12.345, 99999999999.99, 1), (7, 1, 1, 0.5);",
    )
    .await;
    assert_eq!(
        moved.columns("t").await,
        ["fits numeric(10,2)", "digits numeric", "large numeric", "n numeric"]
    );
    assert_eq!(
        moved.rows("select * from t order by fits desc").await,
        ["12.34 | 12.345 | 99999999999.99 | 1", "7.00 | 1 | 1 | 0.5"]
    );
}

#[tokio::test]
async fn infinities_arrive_in_numeric() {
    let moved = moved("create table t (n numeric); insert into t values (9e999), (1)").await;
    assert_eq!(moved.columns("t").await, ["n numeric"]);
    assert_eq!(moved.rows("select n from t order by n").await, ["1", "Infinity"]);
}

#[tokio::test]
async fn a_negative_zero_never_becomes_numeric() {
    let script = "create table t (n numeric, d real, r); insert into t values (-0.0, -0.0, -0.0)";
    // SQLite itself stores 0 in a column with a number's affinity.
    let moved = moved(script).await;
    assert_eq!(moved.row("select * from t").await, "0 | 0 | -0");
    let refused = refused_with(script, cast("r", PgType::Numeric(None), Reading::Plain)).await;
    assert_eq!(refused.findings(), ["error cast-does-not-fit t.r"]);
}

#[tokio::test]
async fn nan_and_infinity_as_text_are_text_unless_cast() {
    let script = "create table t (r real); insert into t values ('NaN'), ('-Infinity'), (1.5)";
    let as_text = moved(script).await;
    assert_eq!(as_text.columns("t").await, ["r text"]);
    assert_eq!(as_text.rows("select r from t").await, ["NaN", "-Infinity", "1.5"]);
    let as_double = moved_with(script, cast("r", PgType::Double, Reading::Plain)).await;
    assert_eq!(as_double.rows("select r from t").await, ["NaN", "-Infinity", "1.5"]);
}

#[tokio::test]
async fn texts_keep_every_character() {
    let moved = moved(
        "create table t (id integer primary key, s text); insert into t values
             (1, 'tab' || char(9) || 'lf' || char(10) || 'crlf' || char(13, 10)), (2, '\\N'), (3, '\\.'),
             (4, 'C:\\new\\x41'), (5, ''), (6, null), (7, char(0xFEFF) || 'é😀' || char(0xFFFF)),
             (8, 'שלום'), (9, '007'), (10, ' x ');",
    )
    .await;
    assert_eq!(
        moved.rows("select s from t order by id").await,
        [
            "tab\tlf\ncrlf\r\n",
            "\\N",
            "\\.",
            "C:\\new\\x41",
            "",
            "∅",
            "\u{feff}é😀\u{ffff}",
            "שלום",
            "007",
            " x "
        ]
    );
}

#[tokio::test]
async fn lengths_that_hold_are_kept_and_others_make_text() {
    let moved = moved(
        "create table t (a varchar(3), b varchar(3), c char(5)); insert into t values ('äöü', 'abcdef', 'ab');",
    )
    .await;
    assert_eq!(
        moved.columns("t").await,
        ["a character varying(3)", "b text", "c character varying(5)"]
    );
    assert_eq!(moved.row("select * from t").await, "äöü | abcdef | ab");
}

#[tokio::test]
async fn text_with_a_nul_becomes_bytes_with_a_warning() {
    let moved = moved(
        "create table t (id integer primary key, s text);
         insert into t values (1, 'a' || char(0) || 'b'), (2, 'c');",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "s bytea");
    assert_eq!(moved.rows("select s from t order by id").await, ["\\x610062", "\\x63"]);
    assert_eq!(moved.finding("type-changed").keys, ["id=1"]);
}

#[tokio::test]
async fn nuls_are_stripped_when_asked() {
    let moved = moved_with(
        "create table t (s text); insert into t values ('a' || char(0) || 'b')",
        cast("s", PgType::Text, Reading::StripNul),
    )
    .await;
    assert_eq!(moved.row("select s from t").await, "ab");
}

#[tokio::test]
async fn text_that_is_not_utf8_becomes_bytes_with_a_warning() {
    let moved = moved(
        "create table t (s text); insert into t values (cast(x'6162ff' as text)),
             (cast(x'eda080' as text));",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["s bytea"]);
    assert_eq!(moved.rows("select s from t").await, ["\\x6162ff", "\\xeda080"]);
    assert_eq!(moved.findings(), ["warning type-changed t.s"]);
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_replaced_or_read_as_latin1_when_asked() {
    let script = "create table t (s text); insert into t values (cast(x'6162e9' as text))";
    let replaced = moved_with(script, cast("s", PgType::Text, Reading::ReplaceInvalid)).await;
    assert_eq!(replaced.row("select s from t").await, "ab\u{fffd}");
    let latin = moved_with(script, cast("s", PgType::Text, Reading::Latin1)).await;
    assert_eq!(latin.row("select s from t").await, "abé");
}

#[tokio::test]
async fn blobs_in_a_text_column_are_never_written_as_hex_text() {
    let moved = moved("create table t (s text); insert into t values ('x'), (x'79')").await;
    assert_eq!(moved.columns("t").await, ["s bytea"]);
    assert_eq!(moved.rows("select s from t").await, ["\\x78", "\\x79"]);
    assert_eq!(moved.findings(), ["warning type-changed t.s"]);
    let as_text = moved_with(
        "create table t (s text); insert into t values ('x'), (x'79')",
        cast("s", PgType::Text, Reading::Plain),
    )
    .await;
    assert_eq!(as_text.rows("select s from t").await, ["x", "y"]);
}

#[tokio::test]
async fn texts_in_a_blob_column_arrive_as_their_bytes() {
    let moved = moved(
        "create table t (b blob); insert into t values ('test'), ('a\\b'), (x'00ff41'), (x'');",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["b bytea"]);
    assert_eq!(
        moved.rows("select b from t").await,
        ["\\x74657374", "\\x615c62", "\\x00ff41", "\\x"]
    );
}

#[tokio::test]
async fn a_large_cell_arrives_whole() {
    let moved = moved(
        "create table t (b blob, s text); insert into t values (zeroblob(20000000), hex(zeroblob(6000000)));",
    )
    .await;
    assert_eq!(moved.row("select length(b), length(s) from t").await, "20000000 | 12000000");
}

#[tokio::test]
async fn a_column_without_type_gets_the_type_its_cells_share() {
    let moved = moved(
        "create table t (i, r, s, b, e, m); insert into t values (1, 1, 'x', x'ff', null, 1), (2, 1.5, 'y', x'00', null, 'x');",
    )
    .await;
    assert_eq!(
        moved.columns("t").await,
        ["i bigint", "r double precision", "s text", "b bytea", "e text", "m text"]
    );
    assert_eq!(moved.findings(), ["warning type-changed t.m"]);
}

#[tokio::test]
async fn a_column_with_every_class_becomes_bytes_with_a_warning() {
    let moved = moved(
        "create table t (id integer primary key, v);
         insert into t values (1, 1), (2, 1.5), (3, 'x'), (4, x'00'), (5, null);",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "v bytea");
    assert_eq!(
        moved.rows("select v from t order by id").await,
        ["\\x31", "\\x312e35", "\\x78", "\\x00", "∅"]
    );
    assert_eq!(moved.findings(), ["warning type-changed t.v"]);
}

#[tokio::test]
async fn unknown_type_names_follow_their_affinity() {
    let moved = moved(
        "create table t (a intege, b int identity, c string, d money, e timestampz, f mediumint, g longvarchar, h ТЕКСТ);
         insert into t values (1, 2, 'x', 1.5, 'y', 7, 'z', 'w');",
    )
    .await;
    assert_eq!(
        moved.columns("t").await,
        ["a bigint", "b bigint", "c text", "d numeric", "e text", "f integer", "g text", "h text"]
    );
    assert_eq!(moved.row("select * from t").await, "1 | 2 | x | 1.5 | y | 7 | z | w");
}

#[tokio::test]
async fn booleans_of_every_spelling_become_boolean() {
    let moved = moved(
        "create table t (id integer primary key, b boolean); insert into t values (1, 0), (2, 1),
             (3, 't'), (4, 'FALSE'), (5, 'true'), (6, null);",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "b boolean");
    assert_eq!(moved.rows("select b from t order by id").await, ["f", "t", "t", "f", "t", "∅"]);
}

#[tokio::test]
async fn other_cells_in_a_boolean_column_keep_it_from_being_boolean() {
    let script = "create table t (id integer primary key, b boolean); insert into t values (1, 0), (2, 2), (3, -1)";
    let moved = moved(script).await;
    assert_eq!(moved.columns("t").await[1], "b bigint");
    assert_eq!(moved.finding("type-changed").keys, ["id=2", "id=3"]);
    let nonzero = moved_with(script, cast("b", PgType::Boolean, Reading::NonzeroTrue)).await;
    assert_eq!(nonzero.rows("select b from t order by id").await, ["f", "t", "t"]);
}

#[tokio::test]
async fn a_default_fits_the_type_that_was_chosen() {
    let moved = moved("create table t (id integer primary key, b numeric default false); insert into t values (1, 1)").await;
    assert_eq!(moved.columns("t").await[1], "b numeric default '0'::numeric");
}

#[tokio::test]
async fn json_is_kept_byte_for_byte() {
    let moved = moved(
        "create table t (id integer primary key, j json); insert into t values
             (1, '{\"b\": 1,  \"a\":2, \"a\":3}'), (2, '[1e400]'), (3, '\"\\u0000\"'), (4, 'null'), (5, 7);",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "j json");
    assert_eq!(
        moved.rows("select j from t order by id").await,
        ["{\"b\": 1,  \"a\":2, \"a\":3}", "[1e400]", "\"\\u0000\"", "null", "7"]
    );
}

#[tokio::test]
async fn a_text_column_with_a_json_check_becomes_json() {
    let moved = moved(
        "create table t (j text not null check (json_valid(j) or j is null)); insert into t values ('{}');",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["j json not null"]);
    assert_eq!(moved.refusal("insert into t values ('{')").await, "22P02");
}

#[tokio::test]
async fn invalid_json_makes_the_column_text() {
    let moved = moved(
        "create table t (id integer primary key, j json); insert into t values (1, '{}'), (2, ''), (3, 'not json');",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "j text");
    assert_eq!(moved.rows("select j from t order by id").await, ["{}", "", "not json"]);
}

#[tokio::test]
async fn json_declared_as_jsonb_keeps_its_bytes_unless_a_cast_says_otherwise() {
    let moved = moved(
        "create table t (a jsonb, b jsonb, c jsonb);
         insert into t values ('{\"a\": 1}', '{\"a\":1,\"a\":2}', '\"\\u0000\"');",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["a json", "b json", "c json"]);
    assert_eq!(moved.row("select a::text from t").await, "{\"a\": 1}");
    let empty = crate::support::moved("create table t (a jsonb)").await;
    assert_eq!(empty.columns("t").await, ["a jsonb"]);
}

#[tokio::test]
async fn uuids_of_every_form_become_uuid() {
    let moved = moved(
        "create table t (id integer primary key, u uuid); insert into t values
             (1, '550e8400-e29b-41d4-a716-446655440000'), (2, '550E8400E29B41D4A716446655440001'),
             (3, '{550e8400-e29b-41d4-a716-446655440002}'), (4, x'550e8400e29b41d4a716446655440003');",
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "u uuid");
    let expected: Vec<String> =
        (0..4).map(|last| format!("550e8400-e29b-41d4-a716-44665544000{last}")).collect();
    assert_eq!(moved.rows("select u from t order by id").await, expected);
}

#[tokio::test]
async fn other_texts_in_a_uuid_column_make_it_text() {
    let moved = moved(
        "create table t (u uuid); insert into t values ('web-550e8400'), ('550e8400-e29b-41d4-a716-446655440000')",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["u text"]);
    assert_eq!(moved.findings(), ["warning type-changed t.u"]);
}

#[tokio::test]
async fn a_cast_that_fits_decides() {
    let moved = moved_with(
        "create table t (a text, b int); insert into t values ('7', 1), ('8', 0)",
        cast("a", PgType::Integer, Reading::Plain),
    )
    .await;
    assert_eq!(moved.columns("t").await, ["a integer", "b bigint"]);
    assert_eq!(moved.rows("select a from t").await, ["7", "8"]);
}

#[tokio::test]
async fn a_cast_that_does_not_fit_is_refused_with_the_rows() {
    let refused = refused_with(
        "create table t (id integer primary key, a text); insert into t values (1, '7'), (2, 'x'), (3, '007')",
        cast("a", PgType::Integer, Reading::Plain),
    )
    .await;
    let finding = refused.finding("cast-does-not-fit");
    assert_eq!(finding.count, Some(2));
    assert_eq!(finding.keys, ["id=2", "id=3"]);
}

#[tokio::test]
async fn a_cast_of_empty_texts_to_null_needs_a_column_that_takes_null() {
    let script = "create table t (a integer); insert into t values (7), ('')";
    let nulls = moved_with(script, cast("a", PgType::BigInt, Reading::EmptyNull)).await;
    assert_eq!(nulls.rows("select a from t").await, ["7", "∅"]);
    let refused = refused_with(
        "create table t (a integer not null); insert into t values (7), ('')",
        cast("a", PgType::BigInt, Reading::EmptyNull),
    )
    .await;
    assert_eq!(refused.findings(), ["error cast-makes-nulls t.a"]);
}

#[tokio::test]
async fn nulls_in_a_not_null_column_are_refused() {
    let file =
        sealift_testkit::sqlite_file("create table t (a int); insert into t values (null), (1)");
    let connection = file.open();
    connection
        .execute_batch(
            "pragma writable_schema = on;
             update sqlite_schema set sql = 'CREATE TABLE t (a int not null)' where name = 't';",
        )
        .unwrap();
    drop(connection);
    let tried = crate::support::tried_file(file, |options| options).await;
    assert_eq!(tried.findings(), ["error null-not-allowed t.a"]);
    assert_eq!(tried.finding("null-not-allowed").keys, ["rowid=1"]);
    assert_eq!(tried.relations().await, Vec::<String>::new());
}

#[tokio::test]
async fn keys_of_any_class_in_a_strict_any_column_are_told_apart_or_refused() {
    let refused =
        refused("create table t (k any primary key) strict; insert into t values (1), ('1')").await;
    assert_eq!(refused.findings(), ["error keys-merge t(k)", "warning type-changed t.k"]);
}
