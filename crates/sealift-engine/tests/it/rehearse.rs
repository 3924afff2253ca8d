//! Rehearsals: the whole migration in a schema that is gone afterwards.

use crate::support::{endpoint, options};
use sealift_core::plan::Plan;
use sealift_engine::config::{Conflict, ConflictRule, Into, MigrateOptions, PlanOptions};
use sealift_engine::migrate::rehearse;
use sealift_engine::ops::{Cancel, Event, Events, Phase};
use sealift_engine::report::{Readiness, RehearsalReport, Status};
use sealift_engine::{ErrorKind, Result};
use sealift_testkit::{Database, TempSqlite, database, sqlite_file};

const SHOP: &str = "
    pragma journal_mode = wal;
    create table customer (id integer primary key autoincrement, email text not null unique);
    create table item (id integer primary key, customer integer not null references customer(id), price real);
    create virtual table words using fts5 (body);
    create view rich as select customer, sum(price) as total from item group by customer;
    insert into customer (email) values ('a@b.example'), ('c@d.example');
    insert into item values (1, 1, 2.5), (2, 2, 9); insert into words values ('by the sea');";

/// Everything in the database that is not the server's own, schemas and comments too.
const CONTENTS: &str = "
    select 'schema ' || nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    union all select c.relkind::text || ' ' || c.oid::regclass::text || ' ' || c.relfilenode::text from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    order by 1";

struct Case {
    file: TempSqlite,
    database: Database,
}

impl Case {
    async fn new(source: &str, target: &str) -> Self {
        let database = database().await;
        database.execute(target).await;
        Self { file: sqlite_file(source), database }
    }

    fn options(&self) -> MigrateOptions {
        options(self.file.path(), &self.database)
    }

    /// Rehearses; the target must be as before.
    async fn rehearse(&self, options: MigrateOptions) -> Result<RehearsalReport> {
        let before = self.database.query_text(CONTENTS).await;
        let source = std::fs::read(self.file.path()).unwrap();
        let outcome = rehearse(options, Events::silent(), Cancel::new()).await;
        assert_eq!(self.database.query_text(CONTENTS).await, before);
        assert_eq!(std::fs::read(self.file.path()).unwrap(), source);
        outcome
    }
}

fn codes(report: &RehearsalReport) -> Vec<String> {
    report.settle.iter().map(|finding| format!("{} {}", finding.code, finding.object)).collect()
}

#[tokio::test]
async fn a_migration_that_goes_through_is_ready_and_leaves_nothing() {
    let case = Case::new(SHOP, "select 1").await;
    let report = case.rehearse(case.options()).await.unwrap();
    assert_eq!(report.status, Readiness::Ready, "{:#?}", report.settle);
    assert_eq!(report.schema, "public");
    let migration = report.migration.unwrap();
    assert_eq!((migration.status, migration.rows), (Status::Ok, 5));
    assert_eq!(migration.schema, "public");
    assert!(migration.phases.iter().any(|phase| phase.name == Phase::Verify));
    let needs = report.needs.unwrap();
    assert!(needs.seconds > 0.0 && needs.bytes > 50_000, "{needs:?}");
    assert_eq!((needs.writes_wait_seconds, needs.backup_bytes), (None, None));
}

#[tokio::test]
async fn a_table_of_the_same_name_disturbs_no_rehearsal_but_is_to_be_settled() {
    let case =
        Case::new(SHOP, "create table item (mine text); insert into item values ('keep')").await;
    let report = case.rehearse(case.options()).await.unwrap();
    assert_eq!(codes(&report), ["target-not-ready schema public"]);
    assert!(report.settle[0].message.contains("item exists already"), "{:?}", report.settle);
    assert_eq!(report.migration.unwrap().status, Status::Ok);
    assert_eq!(case.database.query_value("select mine from item").await.unwrap(), "keep");
    let recreate = MigrateOptions { into: Into::Recreate, ..case.options() };
    let report = case.rehearse(recreate.clone()).await.unwrap();
    assert_eq!(report.status, Readiness::Ready, "{:#?}", report.settle);
    case.database.execute("create view on_it as select mine from item").await;
    let report = case.rehearse(recreate).await.unwrap();
    assert_eq!(codes(&report), ["target-not-ready schema public"]);
}

#[tokio::test]
async fn findings_that_forbid_the_start_are_the_list_of_what_to_settle() {
    let case = Case::new(
        "create table p (id integer primary key); create table c (id integer primary key, p int references p);
         insert into c values (1, 7);",
        "select 1",
    )
    .await;
    let report = case.rehearse(case.options()).await.unwrap();
    assert_eq!(report.status, Readiness::NotReady);
    assert_eq!(report.settle.len(), 1);
    assert_eq!(report.settle[0].code, "orphans");
    assert!(report.needs.is_none());
    assert_eq!(report.migration.unwrap().status, Status::Refused);
}

#[tokio::test]
async fn what_the_rows_break_is_to_be_settled() {
    let case = Case::new(
        "create table t (id integer primary key, n int, check (n > 0));
         pragma ignore_check_constraints = on; insert into t values (1, -5), (2, 3);",
        "select 1",
    )
    .await;
    let report = case.rehearse(case.options()).await.unwrap();
    assert_eq!(codes(&report), ["check-broken check on t"]);
}

#[tokio::test]
async fn warnings_count_when_the_migration_would_be_strict() {
    let case =
        Case::new("create table t (a int); create view x as select gone from t;", "select 1").await;
    assert_eq!(case.rehearse(case.options()).await.unwrap().status, Readiness::Ready);
    let strict = MigrateOptions { strict: true, ..case.options() };
    let report = case.rehearse(strict).await.unwrap();
    assert_eq!(codes(&report), ["view-not-carried view x"]);
}

#[tokio::test]
async fn a_rollback_journal_makes_writes_wait_and_the_backup_needs_room() {
    let case = Case::new("create table t (a int); insert into t values (1)", "select 1").await;
    let backup = case.file.folder().join("backup.db");
    let with_backup = MigrateOptions { backup: Some(backup.clone()), ..case.options() };
    let report = case.rehearse(with_backup).await.unwrap();
    let needs = report.needs.unwrap();
    assert!(needs.writes_wait_seconds.is_some());
    assert_eq!(needs.backup_bytes, Some(std::fs::metadata(case.file.path()).unwrap().len()));
    assert!(!backup.exists());
    let nowhere = case.file.folder().join("nowhere/backup.db");
    let report =
        case.rehearse(MigrateOptions { backup: Some(nowhere), ..case.options() }).await.unwrap();
    assert_eq!(codes(&report), ["no-room-for-backup the backup"]);
}

#[tokio::test]
async fn a_rehearsal_that_is_stopped_leaves_nothing() {
    let case = Case::new(SHOP, "select 1").await;
    for at in [Phase::Create, Phase::Copy, Phase::Finish, Phase::Verify] {
        let before = case.database.query_text(CONTENTS).await;
        let cancel = Cancel::new();
        let stop = cancel.clone();
        let events = Events::new(move |event| {
            if matches!(event, Event::PhaseStarted { phase, .. } if phase == at) {
                stop.cancel();
            }
        });
        let error = rehearse(case.options(), events, cancel).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped, "{error}");
        assert!(error.to_string().contains("nothing of it is left"), "{error}");
        assert_eq!(case.database.query_text(CONTENTS).await, before, "{at:?}");
    }
}

#[tokio::test]
async fn what_a_killed_rehearsal_left_goes_with_the_next_one_and_nothing_else_does() {
    let case = Case::new(
        SHOP,
        "create schema sealift_rehearsal_0123456789abcdef;
         comment on schema sealift_rehearsal_0123456789abcdef is 'made by sealift rehearse; thrown away at its end';
         create table sealift_rehearsal_0123456789abcdef.t (a int);
         create schema sealift_rehearsal_of_mine; create table sealift_rehearsal_of_mine.t (a int);",
    )
    .await;
    // One that goes on holds the lock on its name.
    let (began, started) = tokio::sync::oneshot::channel();
    let mut began = Some(began);
    let began = std::sync::Mutex::new(move || began.take().map(|it| it.send(()).unwrap()));
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(Some(wait));
    let events = Events::new(move |event| {
        if matches!(event, Event::PhaseStarted { phase: Phase::Census, .. }) {
            (began.lock().unwrap())();
            if let Some(wait) = wait.lock().unwrap().take() {
                wait.recv().unwrap();
            }
        }
    });
    let first = tokio::spawn(rehearse(case.options(), events, Cancel::new()));
    started.await.unwrap();
    let schemas = "select nspname from pg_namespace where nspname ~ '^sealift' order by 1";
    let there = case.database.query_text(schemas).await;
    assert_eq!(there.len(), 2, "the leftover is gone, the first one's is there: {there:?}");
    let second = rehearse(case.options(), Events::silent(), Cancel::new()).await.unwrap();
    assert_eq!(second.status, Readiness::Ready);
    assert_eq!(case.database.query_text(schemas).await, there);
    release.send(()).unwrap();
    assert_eq!(first.await.unwrap().unwrap().status, Readiness::Ready);
    assert_eq!(
        case.database.query_text(schemas).await,
        [[Some("sealift_rehearsal_of_mine".to_owned())]]
    );
}

#[tokio::test]
async fn a_reviewed_plan_is_rehearsed_with_its_views() {
    let case = Case::new(SHOP, "select 1").await;
    let plan: Plan = sealift_engine::planning::plan(
        case.file.path(),
        &PlanOptions { schema: "public".to_owned(), ..PlanOptions::default() },
        &Events::silent(),
        &Cancel::new(),
    )
    .unwrap();
    assert_eq!(plan.views.len(), 1);
    let report =
        case.rehearse(MigrateOptions { plan: Some(plan), ..case.options() }).await.unwrap();
    assert_eq!(report.status, Readiness::Ready, "{:#?}", report.settle);
    let verify = report.migration.unwrap().verify.unwrap();
    assert!(verify.tables.iter().any(|table| table.name.contains("rich")));
}

const APPLICATION: &str = "
    create table customer (id bigint generated by default as identity primary key, email varchar(50) not null unique);
    create table item (id serial primary key, customer bigint not null references customer (id) on delete cascade,
                       price double precision check (price > 0), region int not null default 1);
    create table region (id int primary key); insert into region values (1);
    alter table item add foreign key (region) references region (id);
    create index item_price on item (price);";

#[tokio::test]
async fn tables_of_the_application_are_rehearsed_as_copies() {
    let case = Case::new(SHOP, APPLICATION).await;
    let fill = MigrateOptions { into: Into::Existing, ..case.options() };
    let report = case.rehearse(fill.clone()).await.unwrap();
    assert_eq!(report.status, Readiness::Ready, "{:#?}", report.settle);
    assert_eq!(report.migration.unwrap().rows, 4);
    assert_eq!(report.not_rehearsed, Vec::<String>::new());
    // What stands in the real tables counts.
    case.database
        .execute(
            "insert into customer values (9, 'x@y.example');
             create function f() returns trigger language plpgsql as 'begin return new; end';
             create trigger touched before insert on item for each row execute function f()",
        )
        .await;
    let report = case.rehearse(fill.clone()).await.unwrap();
    // The owner holds its triggers back.
    assert_eq!(codes(&report), ["table-not-empty customer"]);
    assert_eq!(report.not_rehearsed, ["the triggers of the target's tables"]);
    case.database.execute("drop trigger touched on item").await;
    let empties = MigrateOptions { into: Into::ExistingTruncate, ..fill.clone() };
    assert_eq!(case.rehearse(empties).await.unwrap().status, Readiness::Ready);
    // A check of the target that rows break.
    case.database
        .execute("truncate customer cascade; alter table item add check (price < 5)")
        .await;
    let report = case.rehearse(fill).await.unwrap();
    assert_eq!(codes(&report), ["migration-fails the migration"]);
}

#[tokio::test]
async fn rows_that_the_real_tables_hold_are_met_in_the_rehearsal() {
    let case = Case::new(
        "create table t (id integer primary key, n text unique); insert into t values (1, 'a');
         create table c (id integer primary key, t integer references t);",
        "create sequence numbers; create table t (id int primary key default nextval('numbers'), n text unique);
         create table c (id int primary key default nextval('numbers'), t int references t);
         insert into t (id, n) values (9, 'a'); insert into c (t) values (9);",
    )
    .await;
    let beside = |conflict: Conflict| MigrateOptions {
        into: Into::Existing,
        plan_options: PlanOptions {
            conflicts: vec![ConflictRule { table: "*".to_owned(), conflict }],
            ..PlanOptions::default()
        },
        ..case.options()
    };
    let report = case.rehearse(beside(Conflict::Update)).await.unwrap();
    assert_eq!(codes(&report), ["meets-another-row t_n_key on t"]);
    case.database.execute("update t set n = 'b'").await;
    let report = case.rehearse(beside(Conflict::Update)).await.unwrap();
    assert_eq!(report.status, Readiness::Ready, "{:#?}", report.settle);
    // A table outside of the run refers to one that is to be emptied.
    let options = MigrateOptions {
        into: Into::ExistingTruncate,
        plan_options: PlanOptions { exclude: vec!["c".to_owned()], ..PlanOptions::default() },
        ..case.options()
    };
    let report = case.rehearse(options).await.unwrap();
    assert_eq!(codes(&report), ["truncate-refused foreign key c_t_fkey on c"]);
    let number = case.database.query_value("select nextval('numbers')::text").await;
    assert_eq!(number.as_deref(), Some("2"));
}

#[tokio::test]
async fn rights_that_the_migration_needs_are_to_be_settled() {
    let case = Case::new(
        "create table t (id integer primary key, n text); insert into t values (1, 'a');",
        "create table t (id serial primary key, n text);",
    )
    .await;
    let name = format!("{}_filler", case.database.name);
    case.database
        .execute(&format!(
            "do $$ begin if exists (select from pg_roles where rolname = '{name}') then
                 execute 'drop owned by {name}'; execute 'drop role {name}'; end if; end $$;
             create role {name} login; grant create on database \"{}\" to {name};
             grant select on t to {name}",
            case.database.name
        ))
        .await;
    let url = case.database.url.replacen("postgres@", &format!("{name}@"), 1);
    let options = MigrateOptions { into: Into::Existing, target: endpoint(&url), ..case.options() };
    let report = case.rehearse(options.clone()).await.unwrap();
    assert_eq!(codes(&report), ["right-missing t", "right-missing t.id"]);
    let refused = crate::support::run(options.clone()).await.unwrap();
    assert_eq!(refused.status, Status::Refused);
    // What the hints say is enough.
    for finding in &report.settle {
        let grant = finding.hint.as_deref().unwrap().trim_start_matches("as its owner: ");
        case.database.execute(grant).await;
    }
    let report = case.rehearse(options.clone()).await.unwrap();
    assert_eq!(report.status, Readiness::Ready, "{:#?}", report.settle);
    let report = crate::support::run(options).await.unwrap();
    assert_eq!(report.status, Status::Ok, "{:#?}", report.findings);
    case.database.execute(&format!("drop owned by {name}; drop role {name}")).await;
}

#[tokio::test]
async fn a_role_that_may_make_no_schema_is_told_what_it_needs() {
    let case = Case::new(SHOP, "select 1").await;
    let name = format!("{}_rehearser", case.database.name);
    case.database
        .execute(&format!(
            "do $$ begin if exists (select from pg_roles where rolname = '{name}') then
                 execute 'drop owned by {name}'; execute 'drop role {name}'; end if; end $$;
             create role {name} login; grant create on schema public to {name}"
        ))
        .await;
    let url = case.database.url.replacen("postgres@", &format!("{name}@"), 1);
    let options = MigrateOptions { target: endpoint(&url), ..case.options() };
    let error = case.rehearse(options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.hint().unwrap().contains("grant create on database"), "{error:?}");
    assert!(error.hint().unwrap().contains("--to local"), "{error:?}");
    case.database.execute(&format!("drop owned by {name}; drop role {name}")).await;
}

#[tokio::test]
async fn the_unfinished_migration_of_the_real_schema_stays_as_it_is() {
    let case = Case::new(SHOP, "select 1").await;
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let events = Events::new(move |event| {
        if matches!(event, Event::PhaseStarted { phase: Phase::Finish, .. }) {
            stop.cancel();
        }
    });
    let error = sealift_engine::migrate::migrate(case.options(), events, cancel).await.unwrap_err();
    assert!(error.is_resumable());
    let report = case.rehearse(case.options()).await.unwrap();
    assert_eq!(report.status, Readiness::Ready, "{:#?}", report.settle);
    assert!(report.not_rehearsed[0].contains("did not end"), "{:?}", report.not_rehearsed);
    let resumed = crate::support::run(case.options()).await.unwrap();
    assert!(resumed.resumed);
    crate::support::assert_equal(&resumed);
}
