//! Cells and rows that PostgreSQL will not take as they are, and what a person decided about them.

use crate::support::{Tried, assert_equal, moved_with, refused_with, run, tried_with};
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;
use sealift_core::plan::Severity;
use sealift_engine::config::{
    Cast, CheckPolicy, EmptyPolicy, Into, MigrateOptions, MisfitPolicy, NulPolicy, OrphanPolicy,
    PlanOptions, Policies, Rule, Rules, Utf8Policy, VerifyLevel,
};

pub(super) fn with(policies: Policies) -> impl FnOnce(MigrateOptions) -> MigrateOptions {
    |options| MigrateOptions {
        plan_options: PlanOptions { policies, ..PlanOptions::default() },
        ..options
    }
}

pub(super) fn misfit(policy: MisfitPolicy) -> Policies {
    Policies { misfit: Rules::all(policy), ..Policies::default() }
}

pub(super) fn orphan(policy: OrphanPolicy) -> Policies {
    Policies { orphan: Rules::all(policy), ..Policies::default() }
}

pub(super) fn check(policy: CheckPolicy) -> Policies {
    Policies { check: Rules::all(policy), ..Policies::default() }
}

fn of_column<P: Copy + Default + PartialEq>(table: &str, column: &str, policy: P) -> Rules<P> {
    Rules::from(vec![Rule { scope: Some((table.to_owned(), column.to_owned())), policy }])
}

/// Moves it twice: compared by hashes, and by cells.
pub(super) async fn moved_twice(sql: &str, policies: Policies) -> Tried {
    let moved = moved_with(sql, with(policies.clone())).await;
    let again = MigrateOptions {
        into: Into::Recreate,
        verify: VerifyLevel::Cells,
        ..with(policies)(crate::support::options(moved.file.path(), &moved.database))
    };
    assert_equal(&run(again).await.unwrap());
    moved
}

const SCORES: &str = "create table posts (id integer primary key, score integer, title text);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 800)
    insert into posts select i, i * 3, 'post ' || i from n;
    update posts set score = 'image.png' where id in (7, 70, 700);
    update posts set score = 1.5 where id = 8;";

#[tokio::test]
async fn a_number_column_with_a_few_words_becomes_text_unless_one_decides() {
    let moved = moved_with(SCORES, |options| options).await;
    assert_eq!(moved.columns("posts").await[1], "score text");
    assert_eq!(moved.finding("type-changed").count, Some(4));
    let hint = moved.finding("type-changed").hint.clone().unwrap();
    assert!(hint.contains("--on-misfit 'posts.score=null'"), "{hint}");
}

#[tokio::test]
async fn cells_that_do_not_fit_become_null_when_asked_and_are_counted() {
    let moved = moved_twice(SCORES, misfit(MisfitPolicy::Null)).await;
    assert_eq!(moved.columns("posts").await[1], "score bigint");
    let finding = moved.finding("cells-become-null");
    assert_eq!((finding.severity, finding.count), (Severity::Warning, Some(4)));
    assert_eq!(finding.keys, ["id=7", "id=70", "id=700", "id=8"]);
    let nulls = moved.rows("select id from posts where score is null order by id").await;
    assert_eq!(nulls, ["7", "8", "70", "700"]);
    assert_eq!(moved.row("select count(*), count(title) from posts").await, "800 | 800");
}

#[tokio::test]
async fn what_is_computed_from_a_cell_that_became_null_is_no_difference() {
    let sql = "create table t (id integer primary key, price decimal(10,2), net as (round(price / 2, 1)) stored);
        insert into t (id, price) values (1, 5), (2, 'none'), (3, 7.5);";
    let moved = moved_twice(sql, misfit(MisfitPolicy::Null)).await;
    assert_eq!(moved.rows("select price, net from t order by id").await[1], "∅ | ∅");
    let notes = &moved.report().verify.as_ref().unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("(net)")), "{notes:?}");
}

#[tokio::test]
async fn misfits_are_refused_when_asked_with_their_rows_and_what_to_type() {
    let tried = refused_with(SCORES, with(misfit(MisfitPolicy::Refuse))).await;
    let finding = tried.finding("misfit");
    assert_eq!((finding.object.as_str(), finding.count), ("posts.score", Some(4)));
    assert_eq!(finding.keys, ["id=7", "id=8", "id=70", "id=700"]);
    assert!(finding.hint.as_ref().unwrap().contains("--on-misfit 'posts.score=widen'"));
}

#[tokio::test]
async fn null_is_refused_where_the_column_takes_none() {
    let tried = refused_with(
        "create table t (a integer not null, b integer primary key); insert into t values ('x', 1), (2, 2);",
        with(misfit(MisfitPolicy::Null)),
    )
    .await;
    assert_eq!(tried.finding("misfit-null-not-allowed").keys, ["b=1"]);
}

#[tokio::test]
async fn the_rule_of_a_column_counts_before_the_one_for_all() {
    let policies = Policies {
        misfit: Rules::from(vec![
            Rule { scope: Some(("t".to_owned(), "b".to_owned())), policy: MisfitPolicy::Widen },
            Rule { scope: None, policy: MisfitPolicy::Null },
        ]),
        ..Policies::default()
    };
    let moved = moved_twice(
        "create table t (a integer, b integer); insert into t values (1, 1), ('x', 'y');",
        policies,
    )
    .await;
    assert_eq!(moved.columns("t").await, ["a bigint", "b text"]);
    assert_eq!(moved.rows("select * from t order by b").await, ["1 | 1", "∅ | y"]);
}

#[tokio::test]
async fn a_rule_for_no_column_is_a_typing_mistake() {
    let policies =
        Policies { nul: of_column("t", "nothing", NulPolicy::Strip), ..Policies::default() };
    let tried = tried_with("create table t (a);", with(policies)).await;
    assert!(tried.error().to_string().contains("--on-nul t.nothing matches no column"));
}

#[tokio::test]
async fn texts_longer_than_declared_obey() {
    let sql = "create table t (a varchar(3)); insert into t values ('abc'), ('abcdef'), ('äöü');";
    let widened = moved_with(sql, |options| options).await;
    assert_eq!(widened.columns("t").await, ["a text"]);
    let moved = moved_twice(sql, misfit(MisfitPolicy::Null)).await;
    assert_eq!(moved.columns("t").await, ["a character varying(3)"]);
    assert_eq!(moved.rows("select a from t order by a").await.len(), 3);
    refused_with(sql, with(misfit(MisfitPolicy::Refuse))).await;
}

#[tokio::test]
async fn decimals_beyond_what_was_declared_obey() {
    let moved = moved_twice(
        "create table t (id integer primary key, a decimal(10,2));
         insert into t values (1, 12.34), (2, 12.345), (3, 99999999999.99);",
        misfit(MisfitPolicy::Null),
    )
    .await;
    assert_eq!(moved.columns("t").await[1], "a numeric(10,2)");
    assert_eq!(moved.rows("select a from t order by id").await, ["12.34", "∅", "∅"]);
}

const DATES: &str = "create table t (id integer primary key, at datetime, n integer);
    insert into t values (1, '2024-01-02 03:04:05', 1), (2, '2024-01-02', 2), (3, '', 3),
        (4, 0, 4), (5, '0000-00-00 00:00:00', 5), (6, '2024-02-30', 'x');";

#[tokio::test]
async fn dates_that_are_none_become_null_when_asked() {
    let policies = Policies { bad_date: Rules::all(MisfitPolicy::Null), ..Policies::default() };
    let moved = moved_twice(DATES, policies).await;
    assert_eq!(moved.columns("t").await[1..], ["at timestamp without time zone", "n text"]);
    assert_eq!(moved.finding("cells-become-null").count, Some(4));
    assert_eq!(
        moved.rows("select at from t order by id").await,
        ["2024-01-02 03:04:05", "2024-01-02 00:00:00", "∅", "∅", "∅", "∅"]
    );
}

#[tokio::test]
async fn seconds_since_1970_stay_moments_beside_cells_that_are_none() {
    let moved = moved_twice(
        "create table t (id integer primary key, at datetime);
         insert into t values (1, 1700000000), (2, 1700000060), (3, ''), (4, 'never');",
        misfit(MisfitPolicy::Null),
    )
    .await;
    assert_eq!(
        moved.rows("select at from t order by id").await,
        ["2023-11-14 22:13:20", "2023-11-14 22:14:20", "∅", "∅"]
    );
}

#[tokio::test]
async fn empty_texts_become_null_in_columns_that_are_no_text() {
    let sql =
        "create table t (id integer primary key, n integer, d date, b boolean, j json, s text);
        insert into t values (1, '', '', '', '', ''), (2, 7, '2024-01-02', 1, '{}', 'x');";
    let policies = Policies { empty: Rules::all(EmptyPolicy::Null), ..Policies::default() };
    let moved = moved_twice(sql, policies.clone()).await;
    assert_eq!(
        moved.columns("t").await[1..],
        ["n bigint", "d date", "b boolean", "j json", "s text"]
    );
    assert_eq!(
        moved.rows("select * from t order by id").await,
        ["1 | ∅ | ∅ | ∅ | ∅ | ", "2 | 7 | 2024-01-02 | t | {} | x"]
    );
    let not_null = "create table t (n integer not null); insert into t values (1), ('');";
    let tried = refused_with(not_null, with(policies)).await;
    assert_eq!(tried.finding("cast-makes-nulls").count, Some(1));
}

const NULS: &str = "create table t (id integer primary key, s text);
    insert into t values (1, 'a' || char(0) || 'b'), (2, 'plain');";

#[tokio::test]
async fn texts_with_nul_are_refused_stripped_or_kept_apart_as_asked() {
    let nul = |policy| Policies { nul: Rules::all(policy), ..Policies::default() };
    let stripped = moved_twice(NULS, nul(NulPolicy::Strip)).await;
    assert_eq!(stripped.rows("select s from t order by id").await, ["ab", "plain"]);
    let finding = stripped.finding("text-mended");
    assert_eq!((finding.count, finding.keys.as_slice()), (Some(1), &["id=1".to_owned()][..]));
    let refused = refused_with(NULS, with(nul(NulPolicy::Refuse))).await;
    assert_eq!(refused.finding("text-with-nul").count, Some(1));
    let apart = moved_twice(NULS, misfit(MisfitPolicy::Quarantine)).await;
    assert_eq!(apart.rows("select s from t").await, ["plain"]);
    let bytes = moved_with(NULS, with(nul(NulPolicy::Bytea))).await;
    assert_eq!(bytes.columns("t").await[1], "s bytea");
}

#[tokio::test]
async fn texts_that_are_not_utf8_are_refused_replaced_or_read_as_latin1_as_asked() {
    let sql = "create table t (id integer primary key, s text);
        insert into t values (1, cast(x'6162ff' as text)), (2, 'é');";
    let utf8 = |policy| Policies { invalid_utf8: Rules::all(policy), ..Policies::default() };
    let replaced = moved_twice(sql, utf8(Utf8Policy::Replace)).await;
    assert_eq!(replaced.rows("select s from t order by id").await, ["ab\u{fffd}", "é"]);
    let latin1 = moved_twice(sql, utf8(Utf8Policy::Latin1)).await;
    assert_eq!(latin1.rows("select s from t order by id").await, ["abÿ", "é"]);
    let refused = refused_with(sql, with(utf8(Utf8Policy::Refuse))).await;
    assert_eq!(refused.finding("text-not-utf8").keys, ["id=1"]);
}

#[tokio::test]
async fn a_column_with_nul_and_invalid_bytes_needs_a_rule_for_both() {
    let sql = "create table t (id integer primary key, s text);
        insert into t values (1, cast(x'6162ff' as text)), (2, 'a' || char(0)), (3, 'x');";
    let nul = Rules::all(NulPolicy::Strip);
    let one = moved_with(sql, with(Policies { nul: nul.clone(), ..Policies::default() })).await;
    assert_eq!(one.columns("t").await[1], "s bytea");
    let both = Policies { nul, ..misfit(MisfitPolicy::Quarantine) };
    let both = moved_twice(sql, both).await;
    assert_eq!(both.rows("select s from t order by id").await, ["a", "x"]);
}

#[tokio::test]
async fn invalid_json_and_uuids_obey() {
    let moved = moved_twice(
        "create table t (id integer primary key, j json, u uuid);
         insert into t values (1, '{\"a\":1}', '550e8400-e29b-41d4-a716-446655440000'),
             (2, 'not json', 'web-550e8400'), (3, '', null);",
        misfit(MisfitPolicy::Null),
    )
    .await;
    assert_eq!(moved.columns("t").await[1..], ["j json", "u uuid"]);
    assert_eq!(moved.row("select count(j), count(u) from t").await, "1 | 1");
}

#[tokio::test]
async fn a_cast_with_a_rule_decides_about_the_cells_that_it_does_not_take() {
    let sql =
        "create table t (id integer primary key, a text); insert into t values (1, '5'), (2, 'x');";
    let casts = vec![Cast {
        table: "t".to_owned(),
        column: "a".to_owned(),
        data_type: PgType::BigInt,
        reading: Reading::Plain,
    }];
    let moved = moved_with(sql, |options| MigrateOptions {
        plan_options: PlanOptions {
            casts,
            policies: misfit(MisfitPolicy::Null),
            ..PlanOptions::default()
        },
        ..options
    })
    .await;
    assert_eq!(moved.rows("select a from t order by id").await, ["5", "∅"]);
}

const FAMILY: &str = "create table p (id integer primary key, name text);
    create table c (id integer primary key, p integer references p(id), note text);
    create table g (id integer primary key, c integer not null references c(id));
    insert into p values (1, 'one');
    insert into c values (1, 1, 'a'), (2, 9, 'b'), (3, 8, 'c'), (4, null, 'd');
    insert into g values (1, 1), (2, 2), (3, 3), (4, 77);";

#[tokio::test]
async fn the_key_of_rows_without_parent_becomes_null_when_asked() {
    let sql = FAMILY.replace("(4, 77)", "(4, 4)");
    let moved = moved_twice(&sql, orphan(OrphanPolicy::Null)).await;
    assert_eq!(
        moved.rows("select * from c order by id").await,
        ["1 | 1 | a", "2 | ∅ | b", "3 | ∅ | c", "4 | ∅ | d"]
    );
    assert_eq!(moved.row("select count(*) from g").await, "4");
    let finding = moved.finding("orphans-become-null");
    assert_eq!((finding.count, finding.keys.len()), (Some(2), 2));
}

#[tokio::test]
async fn null_for_rows_without_parent_is_refused_where_the_key_takes_none() {
    let tried = refused_with(FAMILY, with(orphan(OrphanPolicy::Null))).await;
    assert_eq!(tried.finding("orphan-null-not-allowed").count, Some(1));
}

#[tokio::test]
async fn two_columns_that_are_one_key_become_null_together() {
    let moved = moved_twice(
        "create table p (a int, b text, primary key (a, b)) without rowid;
         create table c (id integer primary key, a int, b text, foreign key (a, b) references p);
         insert into p values (1, 'x'); insert into c values (1, 1, 'x'), (2, 1, 'y'), (3, null, 'y');",
        orphan(OrphanPolicy::Null),
    )
    .await;
    assert_eq!(
        moved.rows("select * from c order by id").await,
        ["1 | 1 | x", "2 | ∅ | ∅", "3 | ∅ | y"]
    );
    assert_eq!(moved.finding("orphans-become-null").count, Some(1));
}

#[tokio::test]
async fn columns_whose_cells_agree_on_another_type_get_it_with_a_note() {
    let moved = moved_with(
        "create table t (k integer, g numeric(16), row_uuid numeric(16), m integer_or_text, d date, e enum(2));
         insert into t values ('a1', x'00112233445566778899aabbccddeeff',
             x'00112233445566778899aabbccddeeff', 5, 2460000.5, 'a'),
             ('b2', x'ff112233445566778899aabbccddeeff', x'ff112233445566778899aabbccddeeff',
             'five', 2460001.5, 'b');",
        |options| options,
    )
    .await;
    assert_eq!(
        moved.columns("t").await,
        ["k text", "g bytea", "row_uuid uuid", "m text", "d timestamp without time zone", "e text"]
    );
    assert_eq!(moved.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn rows_that_break_a_check_are_refused_or_carried_when_asked() {
    let sql = "create table t (id integer primary key, a int constraint positive check (a > 0),
            check (id < 10)); pragma ignore_check_constraints = on;
        insert into t values (1, -1), (2, 5), (3, null), (4, -4);";
    let refused = refused_with(sql, |options| options).await;
    let finding = refused.finding("check-broken");
    assert_eq!((finding.object.as_str(), finding.count), ("check positive on t", Some(2)));
    assert_eq!(finding.keys, ["id=1", "id=4"]);
    assert!(finding.hint.as_ref().unwrap().contains("--on-check not-valid"));
    let moved = moved_twice(sql, check(CheckPolicy::NotValid)).await;
    assert_eq!(moved.row("select count(*) from t").await, "4");
    assert_eq!(moved.finding("check-not-valid").count, Some(2));
    assert_eq!(moved.refusal("insert into t values (5, -5)").await, "23514 positive");
    let apart = moved_twice(sql, check(CheckPolicy::Quarantine)).await;
    assert_eq!(apart.rows("select id from t order by id").await, ["2", "3"]);
}

#[tokio::test]
async fn a_check_without_rowid_and_with_functions_is_evaluated_too() {
    let sql = "create table t (k text primary key collate nocase, v text check (v glob 'a*' and length(v) < 4))
            without rowid; pragma ignore_check_constraints = on;
        insert into t values ('x', 'abc'), ('Y', 'zzz'), ('z', 'abcd');";
    let refused = refused_with(sql, |options| options).await;
    assert_eq!(refused.finding("check-broken").keys, ["k=Y", "k=z"]);
    let apart = moved_twice(sql, check(CheckPolicy::Quarantine)).await;
    assert_eq!(apart.rows("select k from t").await, ["x"]);
}

#[tokio::test]
async fn a_cell_that_becomes_null_must_not_break_a_check() {
    let tried = refused_with(
        "create table t (id integer primary key, a integer, check (a is not null or id < 2));
         insert into t values (1, 'x'), (2, 'y'), (3, 3);",
        with(misfit(MisfitPolicy::Null)),
    )
    .await;
    assert_eq!(tried.finding("check-broken").keys, ["id=2"]);
}

const DJANGO: &str =
    "create table django_migrations (id integer not null primary key autoincrement,
        app varchar(255) not null, name varchar(255) not null, applied datetime not null);
    insert into django_migrations values (1, 'blog', '0001', '2024-01-01 00:00:00.000000');
    create table blog_post (id integer not null primary key autoincrement, at datetime null);
    insert into blog_post values (1, '2024-01-01 10:00:00'), (2, '0000-00-00 00:00:00'),
        (3, '2024-01-01 10:00:00+02:00'), (4, '2024-01-02 10:00:00');";

#[tokio::test]
async fn what_a_policy_takes_out_of_the_way_does_not_cost_the_type_of_the_framework() {
    let tried = moved_with(DJANGO, |options| options).await;
    let finding = tried.finding("type-changed");
    assert_eq!((finding.count, finding.keys.clone()), (Some(1), vec!["id=2".to_owned()]));
    assert!(finding.hint.as_ref().unwrap().contains("to get timestamptz"), "{finding:?}");

    let moved = moved_twice(DJANGO, misfit(MisfitPolicy::Quarantine)).await;
    assert_eq!(moved.columns("blog_post").await[1], "at timestamp with time zone");
    assert_eq!(moved.finding("rows-in-quarantine").keys, ["id=2"]);
    assert!(moved.report().findings.iter().all(|it| it.code != "profile-does-not-fit"));
    moved.execute("set timezone = 'UTC'").await;
    assert_eq!(
        moved.rows("select id, at from blog_post order by id").await,
        ["1 | 2024-01-01 10:00:00+00", "3 | 2024-01-01 08:00:00+00", "4 | 2024-01-02 10:00:00+00"]
    );
}

const BOTH: &str = "create table c (id integer primary key, note text);
    insert into c values (1, 'a' || char(0) || 'b'), (2, cast(x'ff41' as text)), (3, 'ok');";

#[tokio::test]
async fn texts_with_nul_and_texts_that_are_not_utf8_are_counted_apart() {
    let refuse = Policies { nul: Rules::all(NulPolicy::Refuse), ..Policies::default() };
    let tried = refused_with(BOTH, with(refuse)).await;
    let finding = tried.finding("text-with-nul");
    assert_eq!((finding.count, finding.keys.clone()), (Some(1), vec!["id=1".to_owned()]));

    let refuse = Policies { invalid_utf8: Rules::all(Utf8Policy::Refuse), ..Policies::default() };
    let tried = refused_with(BOTH, with(refuse)).await;
    assert_eq!(tried.finding("text-not-utf8").keys, ["id=2"]);
}

#[tokio::test]
async fn two_policies_that_one_column_cannot_follow_together_are_said_not_to_apply() {
    let both = Policies {
        nul: Rules::all(NulPolicy::Strip),
        invalid_utf8: Rules::all(Utf8Policy::Latin1),
        ..Policies::default()
    };
    let moved = moved_twice(BOTH, both.clone()).await;
    assert_eq!(moved.columns("c").await[1], "note bytea");
    let finding = moved.finding("policy-not-applied");
    assert!(finding.hint.as_ref().unwrap().contains("--on-misfit 'c.note=quarantine'"));
    // As the hint says: one is mended, and the other kept apart.
    let apart = Policies { misfit: Rules::all(MisfitPolicy::Quarantine), ..both };
    let moved = moved_twice(BOTH, apart).await;
    assert_eq!(moved.rows("select id, note from c order by id").await, ["1 | ab", "3 | ok"]);
    assert_eq!(moved.finding("text-mended").keys, ["id=1"]);
    assert_eq!(moved.finding("rows-in-quarantine").keys, ["id=2"]);
}
