//! What is put aside while rows arrive, and put back on every way.

use super::{Case, done, told};
use sealift_engine::config::{MigrateOptions, RecoveryOptions};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Event, Events, Phase};

const STAMPED: &str =
    "create function f() returns trigger language plpgsql as 'begin new.n = 0; return new; end';
    create table t (id int primary key, n int);
    create trigger stamp before insert or update on t for each row execute function f();
    create trigger always before insert on t for each row execute function f();
    alter table t enable always trigger always;
    create trigger off before insert on t for each row execute function f();
    alter table t disable trigger off;";
const ROWS: &str =
    "create table t (id integer primary key, n integer); insert into t values (1, 2);";
const TRIGGERS: &str = "select string_agg(tgname::text || tgenabled::text, ' ' order by tgname) from pg_trigger where not tgisinternal";

#[tokio::test]
async fn c14_triggers_of_the_target_do_not_fire_and_are_as_they_were_afterwards() {
    let case = Case::new(ROWS, STAMPED).await;
    let report = done(case.run().await);
    assert_eq!(case.value("select n from t").await, "2");
    assert_eq!(case.value(TRIGGERS).await, "alwaysA offD stampO");
    let note = report.findings.iter().find(|f| f.code == "trigger-held-back").unwrap();
    assert!(note.message.ends_with(": always, stamp"), "{}", note.message);
}

#[tokio::test]
async fn c14_triggers_are_put_back_when_the_run_fails() {
    let case = Case::new(ROWS, &format!("{STAMPED} alter table t add check (n < 2);")).await;
    let error = case.run().await.unwrap_err();
    assert!(error.to_string().starts_with("the tables are empty again"), "{error}");
    assert_eq!(case.value(TRIGGERS).await, "alwaysA offD stampO");
}

/// Stops at the first row.
async fn stopped(options: MigrateOptions) {
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let events = Events::new(move |event| {
        if matches!(event, Event::TableDone { phase: Phase::Copy, .. }) {
            stop.cancel();
        }
    });
    let error = migrate(options, events, cancel).await.unwrap_err();
    assert!(error.is_resumable(), "{error}");
}

#[tokio::test]
async fn c14_the_next_command_puts_back_what_a_stopped_one_has_put_aside() {
    let case = Case::new(ROWS, STAMPED).await;
    stopped(case.options()).await;
    assert_eq!(case.value(TRIGGERS).await, "alwaysD offD stampD");
    let report = done(case.run().await);
    assert!(report.resumed);
    assert_eq!(case.value(TRIGGERS).await, "alwaysA offD stampO");
    // Another command as well.
    let other = Case::new(ROWS, STAMPED).await;
    stopped(other.options()).await;
    other.source.open().execute_batch("insert into t values (2, 3)").unwrap();
    let recovery = RecoveryOptions {
        earlier: sealift_engine::config::Earlier::ThrowAway,
        ..RecoveryOptions::default()
    };
    let again = MigrateOptions { recovery, ..other.options() };
    done(migrate(again, Events::silent(), Cancel::new()).await);
    assert_eq!(other.value(TRIGGERS).await, "alwaysA offD stampO");
    assert_eq!(other.value("select sum(n) from t").await, "5");
}

const CIRCLE: &str = "create table a (id integer primary key, b integer references b);
    create table b (id integer primary key, a integer references a);
    create table c (id integer primary key, a integer references a);
    insert into b values (1, 1); insert into a values (1, 1); insert into c values (1, 1);";
const CIRCLE_THERE: &str = "create table a (id int primary key, b int);
    create table b (id int primary key, a int references a);
    create table c (id int primary key, a int references a);
    alter table a add constraint round foreign key (b) references b match full on delete cascade
        deferrable initially deferred;";
const KEYS: &str = "select string_agg(conname || ' ' || pg_get_constraintdef(oid) || convalidated, '; ' order by conname)
    from pg_constraint where contype = 'f'";

#[tokio::test]
async fn d17_keys_that_go_round_in_a_circle_are_made_again_as_they_were() {
    let case = Case::new(CIRCLE, CIRCLE_THERE).await;
    let before = case.value(KEYS).await;
    let report = case.arrives().await;
    assert_eq!(case.value(KEYS).await, before);
    assert_eq!(report.findings.iter().filter(|f| f.code == "foreign-key-held-back").count(), 1);

    let failing =
        Case::new(CIRCLE, &format!("{CIRCLE_THERE} alter table c add check (id > 1);")).await;
    failing.run().await.unwrap_err();
    assert_eq!(failing.value(KEYS).await, before);

    let interrupted = Case::new(CIRCLE, CIRCLE_THERE).await;
    stopped(interrupted.options()).await;
    assert_ne!(interrupted.value(KEYS).await, before);
    let report = done(interrupted.run().await);
    assert!(report.resumed);
    assert_eq!(interrupted.value(KEYS).await, before);
}

#[tokio::test]
async fn d17_rows_that_break_a_key_that_was_dropped_are_named_and_the_same_command_makes_it() {
    let case = Case::new(
        "create table a (id integer primary key, b integer); create table b (id integer primary key, a integer);
         insert into a values (1, 1), (2, 7); insert into b values (1, 1);",
        "create table a (id int primary key, b int); create table b (id int primary key, a int references a);
         alter table a add constraint round foreign key (b) references b;",
    )
    .await;
    let error = case.run().await.unwrap_err();
    assert!(error.is_resumable(), "{error}");
    assert!(error.to_string().contains("put back foreign key round on a"), "{error}");
    case.database.execute("insert into b values (7, 1)").await;
    let error = case.run().await.unwrap_err();
    assert!(error.to_string().contains("table b holds 2 rows"), "{error}");
    case.database.execute("delete from b where id = 7").await;
    case.source.open().execute_batch("update a set b = 1").unwrap();
    done(case.run().await);
    assert_eq!(case.value("select count(*) from pg_constraint where contype = 'f'").await, "2");
}

#[tokio::test]
async fn c13_what_is_not_the_roles_own_is_refused_and_nothing_is_touched() {
    let mut case = Case::new(ROWS, STAMPED).await;
    case.as_role("grant all on t to {role}").await;
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("trigger-fires", "t", None)]);
    assert!(findings[0].message.ends_with(": always, stamp"), "{}", findings[0].message);

    let mut circle = Case::new(CIRCLE, CIRCLE_THERE).await;
    circle.as_role("grant all on a, b, c to {role}").await;
    let findings = circle.refusal().await;
    assert_eq!(told(&findings), [("foreign-keys-in-a-circle", "a", None)]);
    assert!(findings[0].message.ends_with("a → b → a"), "{}", findings[0].message);
    // A circle that no row uses is none.
    circle.source.open().execute_batch("update a set b = null").unwrap();
    done(circle.run().await);
}

#[tokio::test]
async fn c13_the_owner_of_the_tables_needs_no_more_rights() {
    let mut case = Case::new(CIRCLE, CIRCLE_THERE).await;
    let before = case.value(KEYS).await;
    case.as_role(
        "alter table a owner to {role}; alter table b owner to {role}; alter table c owner to {role}",
    )
    .await;
    done(case.run().await);
    assert_eq!(case.value(KEYS).await, before);
}

#[tokio::test]
async fn policies_that_would_hide_or_refuse_rows_are_found_and_an_owner_passes_them() {
    let mut case = Case::new(
        ROWS,
        "create table t (id int primary key, n int); alter table t enable row level security;
         create policy several on t using (id > 1);",
    )
    .await;
    case.as_role("grant all on t to {role}").await;
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("row-security", "t", None)]);
    case.database
        .execute(
            &case.for_role("alter table t owner to {role}; alter table t force row level security"),
        )
        .await;
    assert_eq!(told(&case.refusal().await), [("row-security", "t", None)]);
    case.database.execute("alter table t no force row level security").await;
    done(case.run().await);
}
