//! Columns whose type is none of ours.

use super::{Case, cast, told};
use sealift_core::plan::Finding;

fn hint(finding: &Finding) -> &str {
    finding.hint.as_deref().unwrap()
}

#[tokio::test]
async fn d10_labels_of_an_enum_arrive_and_others_are_listed() {
    let case = Case::new(
        "create table t (id integer primary key, state text);
         insert into t values (1, 'open'), (2, 'Closed'), (3, null), (4, 'closed');",
        "create type state as enum ('open', 'closed');
         create table t (id int primary key, state state);",
    )
    .await;
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("does-not-fit", "t.state", Some(1))]);
    assert_eq!(findings[0].keys, ["id=2"]);
    assert!(findings[0].message.ends_with("public.state: open, closed"), "{}", findings[0].message);
    assert!(hint(&findings[0]).contains("update … set state = lower(…)"), "{}", hint(&findings[0]));
    case.source.open().execute_batch("update t set state = lower(state)").unwrap();
    case.arrives().await;
    let states = "select string_agg(coalesce(state::text, '-'), ',' order by id) from t";
    assert_eq!(case.value(states).await, "open,closed,-,closed");
}

#[tokio::test]
async fn d10_an_enum_may_be_a_key_that_others_refer_to() {
    let case = Case::new(
        "create table kind (name text primary key); insert into kind values ('b'), ('a');
         create table t (id integer primary key, kind text references kind);
         insert into t values (1, 'a'), (2, 'b');",
        "create type \"Kind of\" as enum ('b', 'a');
         create table kind (name \"Kind of\" primary key);
         create table t (id int primary key, kind \"Kind of\" not null references kind);",
    )
    .await;
    case.arrives().await;
    assert_eq!(case.value("select count(*) from t").await, "2");
}

#[tokio::test]
async fn d11_an_empty_text_is_no_jsonb_unless_it_is_read_as_null() {
    let mut case = Case::new(
        "create table t (id integer primary key, c text);
         insert into t values (1, '{\"a\": 1}'), (2, '');",
        "create table t (id int primary key, c jsonb);",
    )
    .await;
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("does-not-fit", "t.c", Some(1))]);
    assert!(hint(&findings[0]).starts_with("--cast 't.c=jsonb using empty-null'"));
    case.casts = vec![cast("t", "c", "jsonb", "empty-null")];
    case.arrives().await;
    assert_eq!(case.value("select count(*) filter (where c is null) from t").await, "1");
}

#[tokio::test]
async fn d12_lists_in_json_become_arrays() {
    let case = Case::new(
        r#"create table t (id integer primary key, tags text, marks text, days text);
         insert into t values (1, '["a","b \"q\", ü", null]', '[1, -2]', '[]'),
             (2, '[]', null, '["2024-02-29"]'), (3, '["{}", "NULL", ""]', '[]', null);"#,
        "create table t (id int primary key, tags text[] not null, marks int[], days text[]);",
    )
    .await;
    case.arrives().await;
    let first = "select array_to_json(tags) || ' ' || marks[2] || ' ' || cardinality(days) from t where id = 1";
    assert_eq!(case.value(first).await, r#"["a","b \"q\", ü",null] -2 0"#);
    let none =
        "select cardinality(tags) || ' ' || (marks is null) || ' ' || days[1] from t where id = 2";
    assert_eq!(case.value(none).await, "0 true 2024-02-29");
    case.source
        .open()
        .execute_batch(
            "update t set marks = '[1, \"x\"]' where id = 3; update t set tags = '{}' where id = 2",
        )
        .unwrap();
    case.database.execute("truncate t").await;
    let findings = case.refusal().await;
    let expected = [("does-not-fit", "t.marks", Some(1)), ("does-not-fit", "t.tags", Some(1))];
    assert_eq!(told(&findings), expected);
}

#[tokio::test]
async fn d12_domains_hold_their_checks_and_their_not_null() {
    let case = Case::new(
        "create table t (id integer primary key, cents integer, code text);
         insert into t values (1, 5, 'abc'), (2, -1, 'abcd'), (3, null, 'x');",
        "create domain cents as bigint not null check (value >= 0);
         create domain code as varchar(3);
         create table t (id int primary key, cents cents, code code);",
    )
    .await;
    let findings = case.refusal().await;
    let expected = [("does-not-fit", "t.code", Some(1)), ("null-not-allowed", "t.cents", Some(1))];
    assert_eq!(told(&findings), expected);
    case.source
        .open()
        .execute_batch(
            "update t set cents = 0, code = 'y' where id = 3; update t set code = 'z' where id = 2",
        )
        .unwrap();
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("does-not-fit", "t.cents", Some(1))]);
    assert_eq!(findings[0].keys, ["id=2"]);
    case.source.open().execute_batch("update t set cents = 7 where id = 2").unwrap();
    case.arrives().await;
    assert_eq!(case.value("select sum(cents) from t").await, "12");
}

#[tokio::test]
async fn d12_lengths_and_digits_that_would_be_cut_are_found() {
    let case = Case::new(
        "create table t (id integer primary key, c text, at text, day text);
         insert into t values (1, 'abc', '2024-01-02 03:04:05.123', '03:04:05'),
             (2, 'a  ', '2024-01-02 03:04:05.1234', '03:04:05.6');",
        "create table t (id int primary key, c char(3), at timestamp(3), day time(0));",
    )
    .await;
    let findings = case.refusal().await;
    assert_eq!(
        told(&findings),
        [
            ("does-not-fit", "t.at", Some(1)),
            ("does-not-fit", "t.c", Some(1)),
            ("does-not-fit", "t.day", Some(1))
        ]
    );
    assert!(findings.iter().all(|finding| finding.keys == ["id=2"]));
    case.source.open().execute_batch("delete from t where id = 2").unwrap();
    case.arrives().await;
    assert_eq!(
        case.value("select c || at || day from t").await,
        "abc2024-01-02 03:04:05.12303:04:05"
    );
}

#[tokio::test]
async fn d12_types_that_postgresql_reads_from_text_come_back_as_they_were() {
    let case = Case::new(
        "create table t (id integer primary key, host text, net text, mac text, span text, waits integer, few real);
         insert into t values (1, '10.0.0.1', '10.1.0.0/16', '08:00:2b:01:02:03', '1 day 02:00:00', 90000001, 0.1),
             (2, '2001:db8::1', '2001:db8::/32', null, '00:00:01.5', -5, 5);",
        "create table t (id int primary key, host inet, net cidr, mac macaddr, span interval, waits interval, few real);",
    )
    .await;
    case.arrives().await;
    let waits = "select string_agg(host || ' ' || waits || ' ' || few, ', ' order by id) from t";
    assert_eq!(
        case.value(waits).await,
        "10.0.0.1/32 00:01:30.000001 0.1, 2001:db8::1/128 -00:00:00.000005 5"
    );
    case.source
        .open()
        .execute_batch("update t set net = '10.1.2.3/16', few = 0.123456789")
        .unwrap();
    case.database.execute("truncate t").await;
    let findings = case.refusal().await;
    let expected = [("does-not-fit", "t.few", Some(2)), ("does-not-fit", "t.net", Some(2))];
    assert_eq!(told(&findings), expected);
}

#[tokio::test]
async fn b16_keys_that_are_one_without_regard_to_case_are_found_beforehand() {
    let case = Case::new(
        "create table t (id integer primary key, name text unique, note text);
         insert into t values (1, 'Name', 'a'), (2, 'name', 'A'), (3, 'other', null);",
        "create extension citext; create table t (id int primary key, name citext unique, note citext);",
    )
    .await;
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("keys-merge", "t_name_key on t", Some(2))]);
    assert_eq!(findings[0].keys, ["id=1", "id=2"]);
    case.source.open().execute_batch("update t set name = 'Names' where id = 2").unwrap();
    case.arrives().await;
    assert_eq!(
        case.value("select string_agg(name::text || note, ' ' order by id) from t").await,
        "Namea NamesA"
    );
}

#[tokio::test]
async fn a_value_that_was_changed_afterwards_is_found_in_every_form() {
    let case = Case::new(
        "create table t (id integer primary key, state text, tags text, host text);
         insert into t values (1, 'open', '[\"a\"]', '10.0.0.1');",
        "create type state as enum ('open', 'closed');
         create table t (id int primary key, state state, tags text[], host inet);",
    )
    .await;
    super::done(case.run().await);
    for change in ["state = 'closed'", "tags = '{b}'", "host = '10.0.0.2'"] {
        case.database.execute(&format!("update t set {change}")).await;
        for level in [
            sealift_engine::config::VerifyLevel::Digest,
            sealift_engine::config::VerifyLevel::Cells,
        ] {
            assert!(!case.is_equal(level).await, "{change}");
        }
        case.database.execute("update t set state = 'open', tags = '{a}', host = '10.0.0.1'").await;
    }
    assert!(case.is_equal(sealift_engine::config::VerifyLevel::Digest).await);
}

#[tokio::test]
async fn a_role_that_may_make_no_temporary_tables_is_told_so_beforehand() {
    let mut case = Case::new(
        "create table t (id integer primary key, state text); insert into t values (1, 'open');",
        "create type state as enum ('open'); create table t (id int primary key, state state);",
    )
    .await;
    let database = case.database.name.clone();
    case.as_role(&format!(
        "grant all on t to {{role}}; revoke temporary on database {database} from public"
    ))
    .await;
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("not-tried", "t", None)]);
    let hint = findings[0].hint.as_deref().unwrap();
    assert!(hint.contains("grant temporary on database"), "{hint}");
    case.database.execute(&format!("grant temporary on database {database} to public")).await;
    super::done(case.run().await);
}
