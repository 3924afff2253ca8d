//! Servers that stop, start, run out of something, or end what we do.

use super::{CONTENTS, Ran, options, run, shop, undisturbed};
use sealift_core::plan::Severity;
use sealift_engine::ops::Phase;
use sealift_testkit::{Database, Server, StopMode, database};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PHASES: [Phase; 5] =
    [Phase::Create, Phase::Copy, Phase::Finish, Phase::Analyze, Phase::Verify];

/// A server that is stopped at the beginning of each phase and started again a moment later.
async fn restarted(mode: StopMode) {
    let file = shop();
    let expected = undisturbed().await;
    let server = Arc::new(Mutex::new(Server::start()));
    for phase in PHASES {
        let database = server.lock().unwrap().database();
        let again = Arc::clone(&server);
        let disturb = move || {
            // The run meets a server that is gone, not only one that has restarted.
            std::thread::spawn(move || {
                let mut server = again.lock().unwrap();
                server.stop(mode);
                std::thread::sleep(Duration::from_millis(300));
                server.start_again();
            });
            std::thread::sleep(Duration::from_millis(50));
        };
        let ran = run(options(&file, &database, &database.url), phase, disturb).await;
        // Whoever was faster: nothing may be lost.
        match &ran.outcome {
            Ok(report) => crate::support::assert_equal(report),
            Err(error) => panic!("{mode:?} in {phase}: {error}; {:#?}", ran.notices),
        }
        drop(server.lock().unwrap());
        assert_eq!(database.query_text(CONTENTS).await, expected, "{mode:?} in {phase}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_at_once_and_started_again_is_waited_for() {
    restarted(StopMode::Immediate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_fast_and_started_again_is_waited_for() {
    restarted(StopMode::Fast).await;
}

/// Ends all our sessions, the one that holds the lock too, whenever a phase begins.
#[tokio::test(flavor = "multi_thread")]
async fn backends_that_are_terminated_are_replaced() {
    let file = shop();
    let expected = undisturbed().await;
    for phase in PHASES {
        let database = Arc::new(database().await);
        let server = Arc::clone(&database);
        let disturb = move || {
            server.execute_blocking(
                "select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and application_name like 'sealift%'",
            );
        };
        let ran = run(options(&file, &database, &database.url), phase, disturb).await;
        crate::support::assert_equal(ran.outcome.as_ref().unwrap());
        assert!(ran.attempts_more() > 0, "{phase}: {:#?}", ran.notices);
        assert_eq!(database.query_text(CONTENTS).await, expected, "{phase}");
    }
}

/// Refuses `command` with an SQLSTATE, as the server does when it is short of something, until the
/// event trigger is dropped or has been met `times` times.
async fn refuse(database: &Database, command: &str, sqlstate: &str, times: u32) {
    database
        .execute(&format!(
            "create schema trouble; create sequence trouble.met;
             create function trouble.make() returns event_trigger language plpgsql as $$
             declare filled boolean;
             begin
                 -- Not while statements are tried on empty tables.
                 if to_regclass('public.item') is not null then
                     execute 'select exists (select from public.item)' into filled;
                 end if;
                 if filled and nextval('trouble.met') <= {times} then
                     raise exception 'trouble' using errcode = '{sqlstate}';
                 end if;
             end $$;
             create event trigger trouble on ddl_command_start when tag in ('{command}')
                 execute function trouble.make()"
        ))
        .await;
}

async fn with_trouble(command: &str, sqlstate: &str, times: u32) -> (Database, Ran) {
    let (file, database) = (shop(), database().await);
    refuse(&database, command, sqlstate, times).await;
    let ran = run(options(&file, &database, &database.url), Phase::Finish, || ()).await;
    if ran.outcome.is_ok() {
        assert_eq!(database.query_text(CONTENTS).await, undisturbed().await);
    } else {
        assert!(ran.error().is_resumable(), "{}", ran.error());
        assert_eq!(ran.error().sqlstate(), Some(sqlstate));
        database.execute("drop event trigger trouble").await;
        let again = run(options(&file, &database, &database.url), Phase::Finish, || ()).await;
        assert!(again.outcome.unwrap().resumed);
        assert_eq!(database.query_text(CONTENTS).await, undisturbed().await);
    }
    (database, ran)
}

#[tokio::test]
async fn what_may_pass_is_tried_again_until_it_passes() {
    for sqlstate in ["40P01", "40001", "55P03", "55006", "57014", "53200", "08006", "57P01"] {
        let (_, ran) = with_trouble("CREATE INDEX", sqlstate, 3).await;
        assert!(ran.outcome.is_ok(), "{sqlstate}: {}", ran.error());
        assert!(ran.attempts_more() > 0, "{sqlstate}: {:#?}", ran.notices);
    }
}

#[tokio::test]
async fn a_full_disk_stops_the_run_and_the_same_command_goes_on() {
    for command in ["CREATE INDEX", "ALTER TABLE", "CREATE VIEW"] {
        let (_, ran) = with_trouble(command, "53100", 1).await;
        assert!(ran.error().hint().unwrap().contains("make room"), "{:?}", ran.error());
        assert_eq!(ran.attempts_more(), 0, "{:#?}", ran.notices);
    }
}

#[tokio::test]
async fn a_refused_index_or_constraint_stops_the_run_and_the_rows_stay() {
    for (command, sqlstate) in [
        ("CREATE INDEX", "54000"),
        ("CREATE INDEX", "23505"),
        ("ALTER TABLE", "23503"),
        ("CREATE VIEW", "42501"),
    ] {
        let (_, ran) = with_trouble(command, sqlstate, 1).await;
        let error = ran.error().to_string();
        assert!(error.starts_with("all rows have arrived, but make "), "{error}");
    }
}

/// A role with five connections, and eight workers that want one each.
#[tokio::test]
async fn fewer_connections_than_workers_are_enough() {
    let (file, database) = (shop(), database().await);
    let role = format!("few_{}", database.name);
    database
        .execute(&format!(
            "drop role if exists {role}; create role {role} login connection limit 4; \
             grant create on database {0} to {role}; grant create, usage on schema public to {role}",
            database.name
        ))
        .await;
    let url = database.url.replace("postgres@", &format!("{role}@"));
    let mut many = options(&file, &database, &url);
    many.plan_options.jobs = 8;
    let ran = run(many, Phase::Copy, || ()).await;
    crate::support::assert_equal(ran.outcome.as_ref().unwrap());
    assert_eq!(database.query_text(CONTENTS).await, undisturbed().await);
    database.execute(&format!("drop owned by {role} cascade; drop role {role}")).await;
}

/// While the statements are tried on empty tables, a deadlock or a cancelled statement says nothing about
/// the statement: an index that is left out for it would be missing for good.
#[tokio::test]
async fn what_may_pass_leaves_nothing_out_when_statements_are_tried() {
    for sqlstate in ["40P01", "55P03", "57014", "53200"] {
        let (file, database) = (shop(), database().await);
        database
            .execute(&format!(
                "create schema trouble; create sequence trouble.met;
                 create function trouble.make() returns event_trigger language plpgsql as $$
                 begin
                     if nextval('trouble.met') <= 2 then
                         raise exception 'trouble' using errcode = '{sqlstate}';
                     end if;
                 end $$;
                 create event trigger trouble on ddl_command_start when tag in ('CREATE INDEX')
                     execute function trouble.make()"
            ))
            .await;
        let ran = run(options(&file, &database, &database.url), Phase::Finish, || ()).await;
        let report = ran.outcome.as_ref().unwrap();
        let worse = report.findings.iter().filter(|finding| finding.severity != Severity::Note);
        assert_eq!(worse.count(), 0, "{sqlstate}: {:?}", report.findings);
        assert_eq!(database.query_text(CONTENTS).await, undisturbed().await, "{sqlstate}");
    }
}
