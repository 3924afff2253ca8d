//! B17 to B22: checks and defaults.

use super::super::whole;

#[tokio::test]
async fn b17_checks_of_sqlites_own_kind_hold_on_postgresql() {
    let moved = whole(
        "create table t (id integer primary key, g text check (g glob '[a-z]*'), l text check (l like 'x%'),
             y int check (typeof(y) = 'integer' and y > 0), q text check (q in (\"red\", \"blue\")),
             n text check (length(n) > 2 or n is null), constraint \"Both\" check (g <> l));
         insert into t values (1, 'abc', 'Xyz', 5, 'red', null);",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    let refused = [
        ("insert into t values (2, 'Abc', 'x', 1, 'red', null)", "23514 t_g_check"),
        ("insert into t values (2, 'abc', 'y', 1, 'red', null)", "23514 t_l_check"),
        ("insert into t values (2, 'abc', 'x', 0, 'red', null)", "23514 t_y_check"),
        ("insert into t values (2, 'abc', 'x', 1, 'green', null)", "23514 t_q_check"),
        ("insert into t values (2, 'abc', 'x', 1, 'red', 'ab')", "23514 t_n_check"),
        ("insert into t values (2, 'x', 'x', 1, 'red', null)", "23514 Both"),
        ("insert into t values (2, 'xyz', 'X%', 1, 'blue', 'abc')", "accepted"),
    ];
    for (insert, outcome) in refused {
        assert_eq!(moved.refusal(insert).await, outcome, "{insert}");
    }
}

#[tokio::test]
async fn b17_a_check_that_only_the_application_understands_is_named_and_the_rest_holds() {
    let moved = whole(
        "create table t (a text, b int check (b > 0));
         insert into t values ('x', 1);
         pragma writable_schema = on;
         update sqlite_schema set sql = 'CREATE TABLE t (a text check (is_nice(a)), b int check (b > 0))';",
    )
    .await;
    assert_eq!(moved.findings(), ["warning check-not-carried check on t"]);
    assert_eq!(moved.refusal("insert into t values ('y', 0)").await, "23514 t_b_check");
}

#[tokio::test]
async fn b18_quotes_around_a_default_are_not_part_of_it() {
    let moved = whole(
        "create table t (id integer primary key, a text default \"\", b text default \"abc\",
             c text default 'it''s', d text default \"it's\", e text default \"id\", f text default 'a\"b',
             g int default \"5\", h text default 5, i text default ('a' || 'b'), j text default 'null',
             k varchar(3) default 'x\\y');
         insert into t (id) values (1);",
    )
    .await;
    moved.execute("insert into t default values").await;
    let cells = "select a, b, c, d, e, f, g, h, i, j, k from t where id = ";
    let expected = " | abc | it's | it's | id | a\"b | 5 | 5 | ab | null | x\\y";
    assert_eq!(moved.row(&format!("{cells} 1")).await, expected);
    assert_eq!(moved.row(&format!("{cells} 2")).await, expected);
}

#[tokio::test]
async fn b19_a_default_of_null_is_no_text_null() {
    let moved = whole(
        "create table t (id integer primary key, a int default null, b date default (null), c text default NULL);",
    )
    .await;
    assert_eq!(moved.row("insert into t default values returning a, b, c").await, "∅ | ∅ | ∅");
    assert_eq!(moved.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn b20_the_clock_as_a_default_is_in_utc_and_in_the_columns_own_form() {
    let moved = whole(
        "create table t (id integer primary key, a datetime default current_timestamp,
             b text default (datetime('now')), c integer default (strftime('%s', 'now')),
             d date default current_date, e time default current_time, f text default (strftime('%Y', 'now')),
             g integer default (unixepoch()), h text default (date('now')));
         insert into t (id) values (1);",
    )
    .await;
    moved
        .execute(&format!("alter database {} set timezone to 'Asia/Tokyo'", moved.database.name))
        .await;
    moved.execute("insert into t default values").await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    // Both rows were written within the same minutes, one by each database.
    let apart = "select abs(extract(epoch from two.a - one.a)) < 600, two.c - one.c < 600,
            two.g - one.g < 600, length(two.b) = 19 and two.b >= one.b, two.d - one.d <= 1, two.h >= one.h,
            two.f >= one.f
        from t one, t two where one.id = 1 and two.id = 2";
    assert_eq!(moved.row(apart).await, "t | t | t | t | t | t | t");
}

#[tokio::test]
async fn b20_local_time_as_a_default_is_left_out_by_name() {
    let moved = whole(
        "create table t (id integer primary key, a datetime default (datetime('now', 'localtime')),
             b integer default current_timestamp, c text default 'x');",
    )
    .await;
    assert_eq!(
        moved.findings(),
        ["warning default-not-carried t.a", "warning default-not-carried t.b"]
    );
    assert_eq!(moved.row("insert into t default values returning a, b, c").await, "∅ | ∅ | x");
}

#[tokio::test]
async fn b21_a_random_default_is_no_constant() {
    let moved = whole(
        "create table t (id text primary key default (lower(hex(randomblob(16)))), a text default (hex(randomblob(4))),
             n integer default (random())) without rowid;
         insert into t default values;",
    )
    .await;
    moved.execute("insert into t default values; insert into t default values").await;
    assert_eq!(
        moved.row("select count(distinct id), count(distinct a), count(distinct n) from t").await,
        "3 | 3 | 3"
    );
    assert_eq!(
        moved
            .row("select bool_and(id ~ '^[0-9a-f]{32}$'), bool_and(a ~ '^[0-9A-F]{8}$') from t")
            .await,
        "t | t"
    );
}

#[tokio::test]
async fn b22_blobs_truth_and_large_numbers_are_defaults_of_their_columns_type() {
    let moved = whole(
        "create table t (id integer primary key, a blob default x'00ff', b int default true, c text default false,
             d boolean default 1, e blob default 'abc', f boolean default 'false', g bigint default -9223372036854775808,
             h int default 0x10, i real default 1e3, j json default '{}', k smallint default 70000);
         insert into t (id, k) values (1, 7);",
    )
    .await;
    let row = "\\x00ff | 1 | 0 | t | \\x616263 | f | -9223372036854775808 | 16 | 1000 | {}";
    let cells = "a, b, c, d, e, f, g, h, i, j";
    assert_eq!(moved.row(&format!("select {cells} from t")).await, row);
    assert_eq!(moved.row(&format!("insert into t default values returning {cells}")).await, row);
    // A default that its column's type does not hold is left out, never cut.
    assert_eq!(moved.findings(), ["warning default-not-carried t.k"]);
}
