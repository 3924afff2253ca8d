//! Types that a framework, or the application itself, makes on PostgreSQL.

use crate::support::{Tried, endpoint, moved, moved_with, refused_with};
use sealift_core::plan::{Finding, Severity};
use sealift_engine::config::{Cast, Like, MigrateOptions, PlanOptions, Profile, ProfileChoice};
use sealift_engine::{Error, like};
use sealift_testkit::database;

const DJANGO: &str =
    "create table django_migrations (id integer not null primary key autoincrement,
     app varchar(255) not null, name varchar(255) not null, applied datetime not null);";

fn profile(profile: Profile) -> impl FnOnce(MigrateOptions) -> MigrateOptions {
    let plan_options =
        PlanOptions { profile: ProfileChoice::Given(profile), ..PlanOptions::default() };
    |options| MigrateOptions { plan_options, ..options }
}

/// Reads what a script makes on PostgreSQL as a schema to be like.
async fn pattern(script: &str) -> Result<Like, Error> {
    let made = database().await;
    made.execute(script).await;
    like::read(&endpoint(&made.url), "public").await
}

fn like(like: Like) -> impl FnOnce(MigrateOptions) -> MigrateOptions {
    let plan_options = PlanOptions { like: Some(like), ..PlanOptions::default() };
    |options| MigrateOptions { plan_options, ..options }
}

/// Returns the differences to the application's own schema as `code object`.
fn differences(tried: &Tried) -> Vec<String> {
    let found = tried.report().findings.iter();
    let mine = found.filter(|finding| finding.code.starts_with("like-"));
    mine.map(|finding| format!("{} {}", finding.code, finding.object)).collect()
}

#[tokio::test]
async fn moments_of_django_are_utc_and_a_warning_says_so() {
    let script = format!(
        "{DJANGO} create table t (id integer not null primary key autoincrement, at datetime null);
         insert into t values (1, '2024-07-02 03:04:05.123456'), (2, null);"
    );
    let found = moved(&script).await;
    assert_eq!(found.columns("t").await[1], "at timestamp with time zone");
    assert_eq!(
        found.rows("select at at time zone 'UTC' from t order by id").await,
        ["2024-07-02 03:04:05.123456", "∅"]
    );
    assert_eq!(found.findings(), ["warning naive-read-as-utc profile django"]);
    let asked = moved_with(&script, profile(Profile::Django)).await;
    assert_eq!(asked.findings(), Vec::<String>::new());
    assert_eq!(asked.finding("naive-read-as-utc").severity, Severity::Note);
}

#[tokio::test]
async fn without_a_profile_a_framework_changes_nothing() {
    let script = format!(
        "{DJANGO} create table t (id integer not null primary key autoincrement, at datetime null,
             n integer unsigned null check (n >= 0), key char(32) null);
         insert into t values (1, '2024-07-02 03:04:05', 3, 'a3bb189e8bf94c8e9f1d2c6f0a7b5d31');"
    );
    let plain = moved_with(&script, profile(Profile::None)).await;
    let usual = moved(&script.replace("django_migrations", "my_migrations")).await;
    let expected = [
        "id bigint not null identity",
        "at timestamp without time zone",
        "n bigint",
        "key character varying(32)",
    ];
    assert_eq!(plain.columns("t").await, expected);
    assert_eq!(usual.columns("t").await, expected);
}

#[tokio::test]
async fn a_cell_that_the_frameworks_type_does_not_hold_keeps_the_usual_type() {
    let tried = moved(&format!(
        "{DJANGO} create table t (id integer not null primary key autoincrement, n integer null,
             key char(32) null, facts text null check ((json_valid(facts) or facts is null)));
         insert into t values (1, 2147483648, 'no uuid', '{{\"a\": 1, \"a\": 2}}');"
    ))
    .await;
    assert_eq!(
        tried.columns("t").await[1..],
        ["n bigint", "key character varying(32)", "facts json"]
    );
    let mut noted: Vec<&str> = tried
        .report()
        .findings
        .iter()
        .filter(|finding| finding.code == "profile-does-not-fit")
        .map(|finding| finding.object.as_str())
        .collect();
    noted.sort_unstable();
    assert_eq!(noted, ["t.facts", "t.n"]);
}

#[tokio::test]
async fn json_of_django_is_jsonb_where_every_value_stays() {
    let tried = moved(&format!(
        "{DJANGO} create table t (id integer not null primary key autoincrement,
             facts text not null check ((json_valid(facts) or facts is null)));
         insert into t values (1, '{{\"z\": 1.50, \"a\": [true, null]}}');"
    ))
    .await;
    assert_eq!(tried.columns("t").await[1], "facts jsonb not null");
    assert_eq!(tried.row("select facts from t").await, r#"{"a": [true, null], "z": 1.50}"#);
    assert_eq!(tried.finding("json-as-jsonb").object, "t.facts");
}

#[tokio::test]
async fn two_spellings_of_one_json_value_in_a_unique_key_are_refused() {
    let tried = refused_with(
        &format!(
            "{DJANGO} create table t (id integer not null primary key autoincrement,
                 facts text not null unique check ((json_valid(facts) or facts is null)));
             insert into t values (1, '{{\"a\": 1, \"b\": 2}}'), (2, '{{\"b\":2,\"a\":1}}');"
        ),
        |options| options,
    )
    .await;
    assert_eq!(tried.finding("keys-merge").object, "t(facts)");
}

#[tokio::test]
async fn keys_are_as_wide_as_the_framework_makes_them() {
    let tried = moved(&format!(
        "{DJANGO} create table a_old (id integer not null primary key autoincrement);
         create table a_one (id integer not null primary key references a_old (id));
         create table b_new (id integer not null primary key autoincrement);
         create table b_other (id integer not null primary key autoincrement,
             old_id integer not null references a_old (id),
             new_id bigint not null references b_new (id));
         insert into a_old values (1); insert into a_one values (1); insert into b_new values (7);
         insert into b_other values (1, 1, 7);"
    ))
    .await;
    assert_eq!(tried.columns("a_old").await, ["id integer not null identity"]);
    assert_eq!(tried.columns("a_one").await, ["id integer not null"], "given by the application");
    assert_eq!(tried.columns("b_new").await, ["id bigint not null identity"]);
    assert_eq!(
        tried.columns("b_other").await,
        ["id bigint not null identity", "old_id integer not null", "new_id bigint not null"],
        "the other keys of the same application show how wide this one is"
    );
}

#[tokio::test]
async fn a_key_that_outgrew_integer_stays_bigint_with_all_that_point_at_it() {
    let tried = moved(&format!(
        "{DJANGO} create table a (id integer not null primary key autoincrement);
         create table b (id integer not null primary key autoincrement,
             a_id integer not null references a (id));
         insert into a values (2147483647); insert into b values (1, 2147483647);"
    ))
    .await;
    assert_eq!(tried.columns("a").await, ["id bigint not null identity"], "the next one is 2³¹");
    assert_eq!(tried.columns("b").await[1], "a_id bigint not null");
}

#[tokio::test]
async fn milliseconds_of_prisma_are_moments_before_1973_too() {
    let tried = moved(
        "create table _prisma_migrations (id text primary key, migration_name text not null);
         create table t (id integer not null primary key autoincrement, born datetime not null,
             n integer not null, facts jsonb);
         insert into t values (1, -86400000, 5, '{\"a\": 1}'), (2, 1704164645678, 6, null);",
    )
    .await;
    assert_eq!(
        tried.columns("t").await,
        [
            "id integer not null identity",
            "born timestamp without time zone not null",
            "n integer not null",
            "facts jsonb"
        ]
    );
    assert_eq!(
        tried.rows("select born from t order by id").await,
        ["1969-12-31 00:00:00", "2024-01-02 03:04:05.678"]
    );
}

#[tokio::test]
async fn a_boolean_of_gorm_is_one_with_its_default() {
    let tried = moved(
        "CREATE TABLE `users` (`id` integer PRIMARY KEY AUTOINCREMENT,`created_at` datetime,`updated_at` datetime,`deleted_at` datetime,`admin` numeric DEFAULT false,`age` integer);
         CREATE INDEX `idx_users_deleted_at` ON `users`(`deleted_at`);
         insert into users values (1, '2024-01-02 03:04:05.5+02:00', null, null, 1, 30);",
    )
    .await;
    assert_eq!(
        tried.columns("users").await,
        [
            "id bigint not null identity",
            "created_at timestamp with time zone",
            "updated_at timestamp with time zone",
            "deleted_at timestamp with time zone",
            "admin boolean default false",
            "age bigint"
        ]
    );
}

#[tokio::test]
async fn types_and_names_are_taken_from_the_applications_own_schema() {
    let own = pattern(
        "create table \"Lock\" (id integer generated by default as identity primary key,
             at timestamptz, open boolean not null default true, tag varchar(40),
             facts jsonb, amount numeric(12,2));",
    )
    .await
    .unwrap();
    let tried = moved_with(
        "create table lock (id integer primary key, AT datetime, open integer not null default 1,
             tag text, facts text, amount real);
         insert into lock values
             (1, '2024-01-02 03:04:05Z', 0, 'x', '[1, 2]', 1.25);
         create view tags as select ID, Tag from LOCK where Open = 0;",
        like(own),
    )
    .await;
    assert_eq!(
        tried.columns("Lock").await,
        [
            "id integer not null identity",
            "at timestamp with time zone",
            "open boolean not null default true",
            "tag character varying(40)",
            "facts jsonb",
            "amount numeric(12,2)"
        ]
    );
    assert_eq!(differences(&tried), ["like-name lock.AT", "like-name table lock"]);
    assert_eq!(tried.row("select open, facts, amount from \"Lock\"").await, "f | [1, 2] | 1.25");
    assert_eq!(tried.row("select * from tags").await, "1 | x");
}

#[tokio::test]
async fn cells_that_do_not_fit_the_applications_types_are_refused_with_their_rows() {
    let own =
        pattern("create table t (id bigint primary key, n integer, at timestamptz, facts jsonb);")
            .await
            .unwrap();
    let refused = refused_with(
        "create table t (id integer primary key, n integer, at datetime, facts json);
         insert into t values (1, 5, '2024-01-02 03:04:05', '{\"a\":1}'),
             (2, 3000000000, null, '{\"a\":1,\"a\":2}');",
        like(own),
    )
    .await;
    let errors: Vec<&Finding> = refused
        .report()
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    let told: Vec<(&str, &str, Option<u64>, &[String])> = errors
        .iter()
        .map(|f| (f.code.as_str(), f.object.as_str(), f.count, f.keys.as_slice()))
        .collect();
    let (one, two) = (["id=1".to_owned()], ["id=2".to_owned()]);
    assert_eq!(
        told,
        [
            ("like-changes-cells", "t.facts", Some(1), &[][..]),
            ("like-does-not-fit", "t.n", Some(1), &two[..]),
            ("like-does-not-fit", "t.at", Some(1), &one[..]),
        ]
    );
    assert!(errors[2].hint.as_ref().unwrap().contains("using naive-utc"));
}

#[tokio::test]
async fn a_cast_decides_against_the_applications_own_type() {
    let own = pattern("create table t (id bigint primary key, n integer);").await.unwrap();
    let casts = vec![Cast {
        table: "t".to_owned(),
        column: "n".to_owned(),
        data_type: "bigint".parse().unwrap(),
        reading: "plain".parse().unwrap(),
    }];
    let tried = moved_with(
        "create table t (id integer primary key, n integer); insert into t values (1, 3000000000);",
        |options| MigrateOptions {
            plan_options: PlanOptions { like: Some(own), casts, ..PlanOptions::default() },
            ..options
        },
    )
    .await;
    assert_eq!(tried.columns("t").await[1], "n bigint");
    assert_eq!(tried.findings(), ["warning like-type t.n"]);
}

#[tokio::test]
async fn every_difference_to_the_applications_own_schema_is_listed() {
    let own = pattern(
        "create table t (id bigint generated by default as identity primary key,
             a text not null default 'x', address inet, day timestamp(3), more text not null,
             unique (a), constraint a_is_long check (length(a) > 0));
         create index t_day on t (day);
         create table elsewhere (id bigint primary key);",
    )
    .await
    .unwrap();
    let tried = moved_with(
        "create table t (id integer primary key, a text, address text, day datetime, gone text);
         create index t_gone on t (gone);
         create table u (id integer primary key);
         insert into t values (1, 'y', '192.0.2.7', '2024-01-02 03:04:05', 'z');",
        like(own),
    )
    .await;
    assert_eq!(
        differences(&tried),
        [
            "like-column t.gone",
            "like-column t.more",
            "like-default t.a",
            "like-table table elsewhere",
            "like-table table u",
            "like-type t.address",
            "like-type t.day",
            "like-type-not-written t.address",
            "like-unique table t",
            "like-check table t",
            "like-index table t",
            "like-index table t",
            "like-nullability t.a",
        ]
    );
}

#[tokio::test]
async fn a_schema_without_tables_is_nothing_to_be_like() {
    let error = pattern("create schema other;").await.unwrap_err();
    assert!(error.to_string().contains("holds no table to be like"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("--like-schema")), "{error:?}");
}
