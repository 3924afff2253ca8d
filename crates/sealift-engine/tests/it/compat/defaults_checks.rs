//! Defaults and checks.

use crate::support::moved;

/// Returns the defaults of `t` as `column default`.
async fn defaults(columns: &str) -> (crate::support::Tried, Vec<String>) {
    let moved = moved(&format!("create table t (id integer primary key, {columns})")).await;
    let columns = moved.columns("t").await;
    let shown = columns.iter().skip(1).map(|column| {
        let (name, rest) = column.split_once(' ').unwrap();
        let default = rest.split_once(" default ").map_or("∅", |(_, default)| default);
        format!("{name} {default}")
    });
    let shown = shown.collect();
    (moved, shown)
}

#[tokio::test]
async fn literal_defaults_arrive() {
    let (moved, shown) = defaults(
        "a int default 1, b int default -1, c real default 2.5, d text default 'it''s',
         e text default '', f blob default x'00ff', g boolean default true, h boolean default 0,
         i int default 0xFF, j text default 7, k int default +5",
    )
    .await;
    assert_eq!(
        shown,
        [
            "a 1",
            "b '-1'::integer",
            "c '2.5'::double precision",
            "d 'it''s'::text",
            "e ''::text",
            "f '\\x00ff'::bytea",
            "g true",
            "h false",
            "i 255",
            "j '7'::text",
            "k 5"
        ]
    );
    moved.execute("insert into t (id) values (1)").await;
    assert_eq!(
        moved.row("select a, b, c, d, e, f, g, h, i, j, k from t").await,
        "1 | -1 | 2.5 | it's |  | \\x00ff | t | f | 255 | 7 | 5"
    );
}

#[tokio::test]
async fn a_double_quoted_default_is_the_text_that_sqlite_takes_it_for() {
    let (_, shown) =
        defaults("a text default \"\", b text default \"a b\", c text default x").await;
    assert_eq!(shown, ["a ''::text", "b 'a b'::text", "c 'x'::text"]);
}

#[tokio::test]
async fn a_default_of_null_is_none() {
    let (moved, shown) = defaults("a int default null, b text default (null), c int").await;
    assert_eq!(shown, ["a ∅", "b ∅", "c ∅"]);
    assert_eq!(moved.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn the_current_moment_as_default_fits_the_columns_type() {
    let (moved, _) = defaults(
        "a datetime default current_timestamp, b text default current_timestamp,
         c date default current_date, d int default (strftime('%s', 'now')),
         e int default (unixepoch()), f datetime default (datetime('now')),
         g text default (strftime('%Y-%m-%d', 'now')), h time default current_time",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    moved.execute("set timezone = 'Asia/Kolkata'; insert into t (id) values (1)").await;
    let utc = "(now() at time zone 'UTC')";
    for check in [
        format!("abs(extract(epoch from a - {utc})) < 100"),
        format!("abs(extract(epoch from b::timestamp - {utc})) < 100 and length(b) = 19"),
        format!("c - {utc}::date between -1 and 0"),
        "abs(d - extract(epoch from now())) < 100".to_owned(),
        "abs(e - extract(epoch from now())) < 100".to_owned(),
        format!("abs(extract(epoch from f - {utc})) < 100"),
        format!("g::date - {utc}::date between -1 and 0 and length(g) = 10"),
        "h is not null".to_owned(),
    ] {
        assert_eq!(moved.row(&format!("select {check} from t")).await, "t", "{check}");
    }
}

#[tokio::test]
async fn a_random_default_is_another_one_for_each_row() {
    let (moved, _) = defaults("a text default (lower(hex(randomblob(16))))").await;
    moved.execute("insert into t (id) values (1), (2)").await;
    assert_eq!(
        moved
            .row("select count(distinct a), min(length(a)), bool_and(a ~ '^[0-9a-f]+$') from t")
            .await,
        "2 | 32 | t"
    );
}

#[tokio::test]
async fn expressions_of_constants_are_computed() {
    let (moved, _) = defaults("a text default ('a' || 'b'), b int default ((1 + 2) * 3)").await;
    moved.execute("insert into t (id) values (1)").await;
    assert_eq!(moved.row("select a, b from t").await, "ab | 9");
}

#[tokio::test]
async fn a_default_in_local_time_is_left_out_with_a_warning() {
    let (moved, shown) = defaults("a datetime default (datetime('now', 'localtime'))").await;
    assert_eq!(shown, ["a ∅"]);
    assert_eq!(moved.findings(), ["warning default-not-carried t.a"]);
}

#[tokio::test]
async fn a_default_that_does_not_fit_the_type_is_left_out_with_a_warning() {
    let (moved, shown) = defaults("a int default 'abc', b boolean default 'maybe'").await;
    assert_eq!(shown, ["a ∅", "b ∅"]);
    assert_eq!(
        moved.findings(),
        ["warning default-not-carried t.a", "warning default-not-carried t.b"]
    );
}

#[tokio::test]
async fn not_null_holds() {
    let moved = moved("create table t (a text not null, b int not null default 5)").await;
    assert_eq!(moved.refusal("insert into t (b) values (1)").await, "23502");
    assert_eq!(moved.refusal("insert into t (a) values ('x')").await, "accepted");
}

#[tokio::test]
async fn checks_hold() {
    let moved = moved(
        "create table t (
             a int check (a > 0), b text constraint \"B's rule\" check (b in ('x', 'y')),
             c int, d int, e text check (length(e) <= 3),
             f text check (f <> '' and f is not null or a = 99), check (c between 1 and d));
         insert into t values (1, 'x', 1, 2, 'abc', 'f');",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    for (row, refused_by) in [
        ("(0, 'x', 1, 2, 'abc', 'f')", "23514 t_a_check"),
        ("(1, 'z', 1, 2, 'abc', 'f')", "23514 B's rule"),
        ("(1, 'x', 3, 2, 'abc', 'f')", "23514 t_check"),
        ("(1, 'x', 1, 2, 'abcd', 'f')", "23514 t_e_check"),
        ("(1, 'x', 1, 2, 'abc', '')", "23514 t_f_check"),
        ("(99, 'x', 1, 2, 'abc', '')", "accepted"),
        ("(null, null, null, null, null, 'f')", "accepted"),
    ] {
        assert_eq!(
            moved.refusal(&format!("insert into t values {row}")).await,
            refused_by,
            "{row}"
        );
    }
}

#[tokio::test]
async fn checks_with_glob_like_and_regular_functions_hold() {
    let moved = moved(
        "create table t (a text check (a glob '[0-9]*'), b text check (b like 'x%'),
             c text check (lower(c) = c), d text check (substr(d, 1, 1) = 'q'));
         insert into t values ('1a', 'Xy', 'low', 'qq');",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    for (row, refused_by) in [
        ("('a', 'xy', 'low', 'qq')", "23514 t_a_check"),
        ("('1', 'y', 'low', 'qq')", "23514 t_b_check"),
        ("('1', 'XX', 'Low', 'qq')", "23514 t_c_check"),
        ("('1', 'XX', 'low', 'pq')", "23514 t_d_check"),
        ("('1', 'XX', 'low', 'qq')", "accepted"),
    ] {
        assert_eq!(
            moved.refusal(&format!("insert into t values {row}")).await,
            refused_by,
            "{row}"
        );
    }
}

#[tokio::test]
async fn a_check_that_the_type_itself_guarantees_is_not_needed() {
    let moved = moved(
        "create table t (a text check (typeof(a) = 'text'), b boolean check (b in (0, 1)));
         insert into t values ('x', 1);",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.columns("t").await, ["a text", "b boolean"]);
}

#[tokio::test]
async fn a_check_that_cannot_be_translated_is_named() {
    let file = sealift_testkit::sqlite_file("");
    let connection = file.open();
    connection
        .create_scalar_function(
            "valid_isbn",
            1,
            rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC,
            |_| Ok(true),
        )
        .unwrap();
    connection.execute_batch("create table t (a text check (valid_isbn(a)))").unwrap();
    drop(connection);
    let tried = crate::support::tried_file(file, |options| options).await;
    crate::support::assert_equal(tried.report());
    assert_eq!(tried.findings(), ["warning check-not-carried check on t"]);
}

#[tokio::test]
async fn rows_that_break_a_check_are_refused_and_listed() {
    let tried = crate::support::refused(
        "create table t (a int check (a > 0)); pragma ignore_check_constraints = on;
         insert into t values (-1);",
    )
    .await;
    assert_eq!(tried.findings(), ["error check-broken check on t.a"]);
    assert_eq!(tried.finding("check-broken").keys, ["rowid=1"]);
}
