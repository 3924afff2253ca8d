//! A25 to A31, A38 to A43: texts, bytes, and columns that hold anything.

use super::super::{hint, series, type_of, whole, whole_with};
use crate::support::refused;
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;

#[tokio::test]
async fn a25_a_text_with_a_nul_is_not_cut_at_it_and_its_row_is_named() {
    let script = "create table t (k text primary key, s text not null default 'x') without rowid;
         insert into t values ('a', 'a' || char(0) || 'b'), ('b', 'c');
         create index i on t (s)";
    let moved = whole(script).await;
    assert_eq!(moved.rows("select s from t order by k").await, ["\\x610062", "\\x63"]);
    assert_eq!(moved.row("insert into t (k) values ('c') returning s").await, "\\x78");
    assert_eq!(moved.finding("type-changed").keys, ["k=a"]);
    assert!(hint(&moved, "type-changed", "t.s").contains("'t.s=text using strip-nul'"));
    let stripped = whole_with(script, ("t", "s", PgType::Text, Reading::StripNul)).await;
    assert_eq!(stripped.rows("select s from t order by k").await, ["ab", "c"]);
}

#[tokio::test]
async fn a26_a_text_that_is_not_utf8_stops_no_table_of_3000_rows() {
    let script = format!(
        "create table t (id integer primary key, s text, r text references p (s));
         create table p (s text primary key);
         insert into p values (cast(x'6162e9' as text)), ('ok');
         {} insert into t select i, 'row ' || i, 'ok' from series;
         update t set s = cast(x'6162e9' as text), r = cast(x'6162e9' as text) where id = 77;",
        series(3000)
    );
    let moved = whole(&script).await;
    assert_eq!(moved.row("select count(*) from t").await, "3000");
    assert_eq!(moved.row("select s, r from t where id = 77").await, "\\x6162e9 | \\x6162e9");
    assert_eq!(moved.refusal("update t set r = 'nobody' where id = 1").await, "23503 t_r_fkey");
    assert!(hint(&moved, "type-changed", "t.s").contains("'t.s=text using replace-invalid'"));
    let replaced = whole_with(&script, ("t", "s", PgType::Text, Reading::ReplaceInvalid)).await;
    assert_eq!(replaced.row("select s from t where id = 77").await, "ab\u{fffd}");
    let latin = whole_with(&script, ("t", "s", PgType::Text, Reading::Latin1)).await;
    assert_eq!(latin.row("select s from t where id = 77").await, "abé");
}

#[tokio::test]
async fn a27_lone_surrogates_are_kept_in_utf8_and_in_utf16_databases() {
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let bytes = match encoding {
            "UTF-8" => "eda080",
            "UTF-16le" => "00d8",
            _ => "d800",
        };
        let moved = whole(&format!(
            "pragma encoding = '{encoding}'; create table t (id integer primary key, s text);
             insert into t values (1, cast(x'{bytes}' as text)), (2, 'ok');"
        ))
        .await;
        assert_eq!(moved.rows("select s from t order by id").await, ["\\xeda080", "\\x6f6b"]);
        assert_eq!(moved.finding("type-changed").keys, ["id=1"]);
    }
}

#[tokio::test]
async fn a28_a_blob_in_a_text_column_is_bytes_and_never_hexadecimal_text() {
    let script = "create table t (id integer primary key, s text, v varchar(3));
         insert into t values (1, x'6869', x'616263'), (2, 'hi', 'x')";
    let moved = whole(script).await;
    moved.execute("set bytea_output = 'escape'").await;
    assert_eq!(
        moved.rows("select encode(s, 'hex'), encode(v, 'hex') from t order by id").await,
        ["6869 | 616263", "6869 | 78"]
    );
    assert!(hint(&moved, "type-changed", "t.s").ends_with("--cast 't.s=text'"));
    let mut named = moved.report().findings.iter().filter(|it| it.code == "type-changed");
    assert!(named.all(|finding| finding.keys == ["id=1"]), "{:?}", moved.findings());
    let texts = whole_with(script, ("t", "s", PgType::Text, Reading::Plain)).await;
    assert_eq!(texts.rows("select s from t order by id").await, ["hi", "hi"]);
    let invalid = whole("create table t (s text); insert into t values (x'ff'), ('hi')").await;
    assert_eq!(invalid.finding("type-changed").keys, ["rowid=1"]);
}

#[tokio::test]
async fn a29_a_text_in_a_blob_column_is_its_bytes_and_not_base64() {
    let moved = whole(
        "create table t (id integer primary key, b blob);
         insert into t values (1, 'test'), (2, 'hello world'), (3, 'a\\b'), (4, x'00ff'), (5, 12), (6, '');",
    )
    .await;
    assert_eq!(type_of(&moved, "b").await, "bytea");
    assert_eq!(
        moved.rows("select encode(b, 'escape') from t where id in (1, 2, 5, 6) order by id").await,
        ["test", "hello world", "12", ""]
    );
    assert_eq!(
        moved.rows("select b from t where id in (3, 4) order by id").await,
        ["\\x615c62", "\\x00ff"]
    );
}

/// A number in a column of bytes was none to the application before, and a text was one.
#[tokio::test]
async fn a29_numbers_and_texts_among_blobs_are_named() {
    let moved = whole(
        "create table t (id integer primary key, n blob, s blob, b blob);
         insert into t values (1, 7, 'x', x'00'), (2, x'00', x'00', x'01');",
    )
    .await;
    assert_eq!(moved.findings(), ["warning not-bytes t.n"]);
    let keys = |object: &str| {
        let findings = moved.report().findings.iter();
        findings.filter(|it| it.object == object).flat_map(|it| it.keys.clone()).collect::<Vec<_>>()
    };
    assert_eq!((keys("t.n"), keys("t.s")), (vec!["id=1".to_owned()], vec!["id=1".to_owned()]));
    assert_eq!(keys("t.b"), Vec::<String>::new());
}

#[tokio::test]
async fn a29_texts_and_blobs_of_the_same_bytes_do_not_meet_in_a_key_unseen() {
    let refused =
        refused("create table t (b blob unique); insert into t values ('ab'), (x'6162')").await;
    assert_eq!(refused.findings(), ["error keys-merge t(b)"]);
    assert_eq!(refused.finding("keys-merge").keys, ["rowid=2"]);
}

/// `length` counts characters of a text and bytes of a blob; in a `bytea` all would be bytes.
#[tokio::test]
async fn a29_a_check_that_would_count_bytes_for_characters_is_left_out_by_name() {
    let moved = whole(
        "create table t (b blob check (length(b) <= 2), c blob check (length(c) <= 2) not null);
         insert into t values ('éé', x'0102'), (x'01', x'03');",
    )
    .await;
    assert_eq!(moved.findings(), ["warning check-not-carried check on t"]);
    assert_eq!(moved.refusal("insert into t values (null, '\\x010203')").await, "23514 t_c_check");
}

#[tokio::test]
async fn a30_bytes_with_zeros_quotes_and_backslashes_are_the_same_bytes() {
    let moved = whole(
        "create table t (b blob primary key, c blob) without rowid;
         insert into t values (x'00ff41', x'275c0a0d09'), (x'', zeroblob(3000000)), (x'00', null);",
    )
    .await;
    assert_eq!(
        moved.rows("select b, length(c) from t order by b").await,
        ["\\x | 3000000", "\\x00 | ∅", "\\x00ff41 | 5"]
    );
    assert_eq!(moved.row("select c from t where b = '\\x00ff41'").await, "\\x275c0a0d09");
}

#[tokio::test]
async fn a31_a_length_that_sqlite_never_checked_is_given_up_where_cells_are_longer() {
    let moved = whole(
        "create table t (id integer primary key, a varchar(3) default 'abcdef', b varchar(3),
             c nvarchar(3), d char(2));
         insert into t values (1, 'abcdef', 'abc', '日本語', 'a ');",
    )
    .await;
    assert_eq!(
        moved.columns("t").await[1..],
        [
            "a text default 'abcdef'::text",
            "b character varying(3)",
            "c character varying(3)",
            "d character varying(2)"
        ]
    );
    assert_eq!(moved.row("select a, c, '[' || d || ']' from t").await, "abcdef | 日本語 | [a ]");
    let wider = moved.finding("type-widened");
    assert_eq!(
        wider.message,
        "becomes text: declared varchar(3), but texts are up to 6 characters long"
    );
}

#[tokio::test]
async fn a38_a_column_without_type_is_judged_by_all_cells_and_not_by_the_first() {
    let moved = whole(&format!(
        "create table t (id integer primary key, i, s, m, b unique);
         {} insert into t select i, i, i, i, i from series;
         update t set s = 'word' where id = 2999; update t set m = x'00' where id = 3000;
         update t set m = 'x' where id = 1500; update t set b = 1.5 where id = 2;",
        series(3000)
    ))
    .await;
    assert_eq!(
        moved.columns("t").await[1..],
        ["i bigint", "s text", "m bytea", "b double precision"]
    );
    assert_eq!(moved.row("select s, m from t where id = 2999").await, "word | \\x32393939");
    assert_eq!(moved.row("select s, m from t where id = 3000").await, "3000 | \\x00");
    assert_eq!(moved.findings(), ["warning type-changed t.m", "warning type-changed t.s"]);
}

#[tokio::test]
async fn a39_leading_zeros_and_a_point_are_not_taken_for_a_number() {
    let moved = whole(
        "create table t (id integer primary key, s text, v varchar(5), n);
         insert into t values (1, '007', '007', '007'), (2, 7, 7, 7), (3, 1.0, 1.0, 1.0);
         create table zip (code text primary key); create table home (zip int references zip (code));
         insert into zip values ('00501'), ('10001'); insert into home values (10001);",
    )
    .await;
    assert_eq!(
        moved.rows("select s, v, n from t order by id").await,
        ["007 | 007 | 007", "7 | 7 | 7", "1.0 | 1.0 | 1.0"]
    );
    assert_eq!(moved.rows("select code from zip order by 1").await, ["00501", "10001"]);
    assert_eq!(moved.refusal("insert into home values ('x')").await, "23503 home_zip_fkey");
}

#[tokio::test]
async fn a40_tabs_line_ends_backslashes_and_empty_texts_are_themselves() {
    let moved = whole(
        "create table t (id integer primary key, s text);
         insert into t values (1, char(9)), (2, char(10)), (3, char(13, 10)), (4, '\\N'), (5, '\\.'),
             (6, '\\'), (7, ''), (8, null), (9, '\"'), (10, ''''), (11, ' x '), (12, char(1, 31, 127));",
    )
    .await;
    assert_eq!(
        moved.rows("select s from t order by id").await,
        ["\t", "\n", "\r\n", "\\N", "\\.", "\\", "", "∅", "\"", "'", " x ", "\u{1}\u{1f}\u{7f}"]
    );
    assert_eq!(moved.row("select count(*) from t where s is null").await, "1");
}

#[tokio::test]
async fn a41_utf16_marks_emoji_and_right_to_left_texts_arrive() {
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let moved = whole(&format!(
            "pragma encoding = '{encoding}';
             create table \"таблица\" (\"ключ\" text primary key, v varchar(4)) without rowid;
             insert into \"таблица\" values (char(0xfeff) || 'bom', '日本語'), (char(0xffff), '😀é'),
                 ('שלום', null), ('e' || char(0x301), 'é');"
        ))
        .await;
        assert_eq!(
            moved.rows("select \"ключ\" from \"таблица\" order by \"ключ\" collate \"C\"").await,
            ["e\u{301}", "שלום", "\u{feff}bom", "\u{ffff}"]
        );
        assert_eq!(moved.findings(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a42_an_any_column_of_a_strict_table_keeps_each_class() {
    let moved = whole(
        "create table t (id integer primary key, v any, w any not null) strict;
         insert into t values (1, 1, 1), (2, '1', 2), (3, x'00', 3), (4, 1.5, 4);
         create table k (k any primary key, v any) strict, without rowid;
         insert into k values (1, x'01'), ('a', null);",
    )
    .await;
    assert_eq!(moved.columns("t").await[1..], ["v bytea", "w bigint not null"]);
    assert_eq!(
        moved.rows("select v from t order by id").await,
        ["\\x31", "\\x31", "\\x00", "\\x312e35"]
    );
    assert_eq!(
        moved.rows("select * from k order by k collate \"C\"").await,
        ["1 | \\x01", "a | ∅"]
    );
}

/// In SQLite texts stand in the order of their bytes. A view says so to PostgreSQL; an index of
/// PostgreSQL's own order still holds each value once.
#[tokio::test]
async fn a43_a_view_keeps_the_order_of_bytes_whatever_the_database_sorts_by() {
    let script = "create table t (s text primary key, n int);
         insert into t values ('a', 1), ('B', 2), ('Z', 3), ('é', 4), ('_x', 5), ('b', null);
         create view v as select s from t order by s;
         create view w as select n from t order by n";
    let moved = whole(script).await;
    assert_eq!(moved.rows("select * from v").await, ["B", "Z", "_x", "a", "b", "é"]);
    assert_eq!(moved.rows("select * from w").await, ["∅", "1", "2", "3", "4", "5"]);
}
