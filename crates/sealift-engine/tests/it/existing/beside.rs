//! Rows beside others that are there already.

use super::{Case, done, on_conflict, told};
use sealift_core::plan::Severity;
use sealift_engine::config::{Conflict, VerifyLevel};
use sealift_engine::report::{MatchStatus, MigrateReport, Status};

const SOURCE: &str = "create table roles (id integer primary key, name text unique, rank integer);
    insert into roles values (1, 'admin', 1), (2, 'member', 2), (3, 'guest', 3);
    create table users (id integer primary key, role integer references roles);
    insert into users values (1, 1), (2, 3);";
const SEEDED: &str = "create table roles (id int primary key, name text unique, rank int);
    insert into roles values (1, 'admin', 1), (2, 'member', 20), (9, 'bot', 9);
    create table users (id int primary key, role int references roles);";

fn note(report: &MigrateReport) -> (Severity, &str, Option<u64>) {
    let finding = report.findings.iter().find(|finding| finding.code == "rows-there").unwrap();
    (finding.severity, finding.object.as_str(), finding.count)
}

#[tokio::test]
async fn d5_rows_of_the_same_key_get_the_sources_values() {
    for level in [VerifyLevel::Digest, VerifyLevel::Cells, VerifyLevel::Counts] {
        let mut case = Case::new(SOURCE, SEEDED).await;
        assert_eq!(told(&case.refusal().await), [("table-not-empty", "roles", Some(3))]);
        case.conflicts = vec![on_conflict("*", Conflict::Update)];
        let report = done(case.run_at(level).await);
        assert_eq!(note(&report), (Severity::Note, "roles", Some(2)));
        let roles =
            "select string_agg(concat_ws(' ', id, name, rank), ', ' order by id) from roles";
        assert_eq!(case.value(roles).await, "1 admin 1, 2 member 2, 3 guest 3, 9 bot 9");
        let compared = &report.verify.unwrap().tables[0];
        if level != VerifyLevel::Counts {
            assert_eq!(
                (compared.extra_rows, compared.kept_rows, compared.differing_rows),
                (1, 0, 0)
            );
        }
        // Safe to repeat.
        done(case.run_at(level).await);
    }
}

#[tokio::test]
async fn d5_rows_of_the_same_key_stay_and_those_that_differ_are_listed() {
    let mut case = Case::new(SOURCE, SEEDED).await;
    case.conflicts = vec![on_conflict("roles", Conflict::Skip)];
    let report = done(case.run().await);
    let roles = "select string_agg(concat_ws(' ', id, name, rank), ', ' order by id) from roles";
    assert_eq!(case.value(roles).await, "1 admin 1, 2 member 20, 3 guest 3, 9 bot 9");
    let compared = &report.verify.unwrap().tables[0];
    assert_eq!(compared.status, MatchStatus::Match);
    assert_eq!((compared.extra_rows, compared.kept_rows), (1, 1));
    assert_eq!(compared.differences.len(), 1);
    let difference = &compared.differences[0];
    assert_eq!((difference.key.as_str(), difference.column.as_str()), ("id=2", "rank"));
}

#[tokio::test]
async fn d5_what_was_to_be_overwritten_and_is_not_is_a_difference() {
    let mut case = Case::new(SOURCE, SEEDED).await;
    case.conflicts = vec![on_conflict("*", Conflict::Update)];
    done(case.run().await);
    case.database
        .execute(
            "create function f() returns trigger language plpgsql as 'begin new.rank = 0; return new; end';
             create trigger f before update on roles for each row execute function f();
             alter table roles enable always trigger f; update roles set rank = 5 where id = 9",
        )
        .await;
    assert!(case.is_equal(VerifyLevel::Cells).await);
    case.database.execute("update roles set name = 'x' where id = 1").await;
    assert!(!case.is_equal(VerifyLevel::Cells).await);
}

#[tokio::test]
async fn d14_rows_that_meet_another_row_by_a_natural_key_are_found_beforehand() {
    let mut case = Case::new(
        SOURCE,
        "create table roles (id int primary key, name text, rank int);
         create unique index roles_name_key on roles (name);
         insert into roles values (2, 'admin', 1);
         create table users (id int primary key, role int references roles);",
    )
    .await;
    case.conflicts = vec![on_conflict("*", Conflict::Update)];
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("meets-another-row", "roles_name_key on roles", Some(1))]);
    assert!(findings[0].hint.as_deref().unwrap().starts_with("--truncate"));
    assert_eq!(findings[0].keys, ["id=1"]);
}

#[tokio::test]
async fn d14_the_tables_that_django_seeds_are_named_with_the_option() {
    let mut case = Case::new(
        "create table django_migrations (id integer primary key, app text, name text, applied datetime);
         insert into django_migrations values (1, 'auth', '0001_initial', '2024-01-01 00:00:00');
         create table django_content_type (id integer primary key, app_label text, model text);
         insert into django_content_type values (1, 'auth', 'user');
         create table auth_permission (id integer primary key, content_type_id integer references django_content_type);
         insert into auth_permission values (1, 1);",
        "create table django_migrations (id int primary key, app text, name text, applied timestamptz);
         insert into django_migrations values (9, 'auth', '0001_initial', now());
         create table django_content_type (id int primary key, app_label text, model text, unique (app_label, model));
         insert into django_content_type values (4, 'auth', 'user');
         create table auth_permission (id int primary key, content_type_id int references django_content_type);
         insert into auth_permission values (1, 4);",
    )
    .await;
    let findings = case.refusal().await;
    assert_eq!(
        told(&findings),
        [
            ("table-not-empty", "auth_permission", Some(1)),
            ("table-not-empty", "django_content_type", Some(1))
        ]
    );
    for finding in &findings {
        let hint = finding.hint.as_deref().unwrap();
        assert!(hint.starts_with("Django writes these rows itself"), "{hint}");
        assert!(hint.contains("--truncate"), "{hint}");
    }
    case.into = sealift_engine::config::Into::ExistingTruncate;
    done(case.run().await);
    assert_eq!(case.value("select id from django_content_type").await, "1");
    assert_eq!(case.value("select id from django_migrations").await, "9");
}

#[tokio::test]
async fn rows_of_the_target_survive_a_run_that_fails() {
    let mut case =
        Case::new(SOURCE, &format!("{SEEDED} alter table users add check (role <> 3);")).await;
    case.conflicts = vec![on_conflict("roles", Conflict::Update)];
    let error = case.run().await.unwrap_err();
    assert!(error.to_string().contains("rows of their own stay"), "{error}");
    assert_eq!(case.value("select count(*) from roles").await, "4");
    assert_eq!(case.value("select count(*) from users").await, "0");
    assert_eq!(case.value("select to_regnamespace('_sealift')").await, "NULL");
    case.database.execute("alter table users drop constraint users_role_check").await;
    let report = done(case.run().await);
    assert_eq!(report.status, Status::Ok);
}
