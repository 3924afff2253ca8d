//! Connecting, sessions, COPY and the lock, on the test server and on servers of each kind.

use crate::support::{connect, endpoint, value};
use bytes::Bytes;
use sealift_core::sql::Sql;
use sealift_engine::postgres::{Endpoint, Host, LockRequest, Session, TargetLock, WATCH_INTERVAL};
use sealift_engine::{ErrorKind, Recovery};
use sealift_testkit::{Database, database};

async fn session(database: &Database) -> Session {
    connect(&database.url).await.unwrap()
}

#[tokio::test]
async fn a_session_starts_in_a_known_state_whatever_the_database_says() {
    let database = database().await;
    database
        .execute(&format!(
            "alter database {0} set standard_conforming_strings = off;
             alter database {0} set timezone = 'Asia/Kolkata';
             alter database {0} set datestyle = 'German';
             alter database {0} set intervalstyle = 'sql_standard';
             alter database {0} set extra_float_digits = -5;
             alter database {0} set bytea_output = 'escape';
             alter database {0} set search_path = 'mischief';
             alter database {0} set statement_timeout = 5000;
             alter database {0} set lock_timeout = 5000;
             alter database {0} set idle_in_transaction_session_timeout = 5000;
             alter database {0} set idle_session_timeout = 5000;",
            database.name
        ))
        .await;
    let session = session(&database).await;
    for (setting, expected) in [
        ("show standard_conforming_strings", "on"),
        ("show client_encoding", "UTF8"),
        ("show timezone", "UTC"),
        ("show datestyle", "ISO, YMD"),
        ("show intervalstyle", "postgres"),
        ("show extra_float_digits", "3"),
        ("show bytea_output", "hex"),
        ("show search_path", "pg_catalog, pg_temp"),
        ("show row_security", "off"),
        ("show statement_timeout", "0"),
        ("show lock_timeout", "0"),
        ("show idle_in_transaction_session_timeout", "0"),
        ("show idle_session_timeout", "0"),
        ("show application_name", "sealift test"),
    ] {
        assert_eq!(value(&session, setting).await, expected, "{setting}");
    }
    assert_eq!(session.encoding(), "UTF8");
    assert!(session.server_version().major() >= 14);
    let pid = value(&session, "select pg_backend_pid()").await;
    assert_eq!(pid, session.backend_pid().to_string());
}

#[tokio::test]
async fn rows_come_back_typed_and_as_text() {
    let database = database().await;
    let session = session(&database).await;
    session.batch(&Sql::raw("create table public.t (a int, b text)")).await.unwrap();
    let insert = Sql::raw("insert into public.t values (1, 'x'), (2, null)");
    assert_eq!(session.execute(&insert).await.unwrap(), 2);
    let rows = session
        .query(&Sql::raw("select a, b from public.t where a >= $1 order by a"), &[&1_i32])
        .await
        .unwrap();
    let second: (i32, Option<String>) = (rows[1].get(0), rows[1].get(1));
    assert_eq!(second, (2, None));
    let text = session.query_text(&Sql::raw("select a, b from public.t order by a")).await.unwrap();
    assert_eq!(text, [[Some("1".to_owned()), Some("x".to_owned())], [Some("2".to_owned()), None]]);
}

#[tokio::test]
async fn a_copy_that_is_dropped_leaves_nothing_and_one_that_is_finished_counts_rows() {
    let database = database().await;
    let session = session(&database).await;
    session.batch(&Sql::raw("create table public.t (a int)")).await.unwrap();
    let copy = Sql::raw("copy public.t (a) from stdin");

    session.begin().await.unwrap();
    let mut dropped = session.copy_in(&copy).await.unwrap();
    dropped.send(Bytes::from_static(b"1\n2\n")).await.unwrap();
    drop(dropped);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Statement);
    assert_eq!(value(&session, "select count(*) from public.t").await, "0");

    let mut copy = session.copy_in(&copy).await.unwrap();
    copy.send(Bytes::from_static(b"1\n2\n")).await.unwrap();
    copy.send(Bytes::from_static(b"3\n")).await.unwrap();
    assert_eq!(copy.finish().await.unwrap(), 3);

    let mut out = session.copy_out(&Sql::raw("copy public.t to stdout")).await.unwrap();
    let mut received = Vec::new();
    while let Some(chunk) = out.next().await.unwrap() {
        received.extend_from_slice(&chunk);
    }
    assert_eq!(received, b"1\n2\n3\n");
}

#[tokio::test]
async fn what_the_server_refuses_keeps_its_code_and_its_object_and_loses_the_cell() {
    let database = database().await;
    let session = session(&database).await;
    session
        .batch(&Sql::raw(
            "create table public.t (a int constraint t_key primary key, b text not null,
                 c int check (c > 0));
             insert into public.t values (4711, 'hush', 1);
             create function public.f() returns int language plpgsql as
                 $$ begin return 'hush'::int; end $$;",
        ))
        .await
        .unwrap();
    for (sql, code, kind, said) in [
        (
            "insert into public.t values (4711, 'hush', 1)",
            "23505",
            ErrorKind::Data,
            "duplicate key value violates unique constraint \"t_key\" (table t)",
        ),
        (
            "insert into public.t values (1, null, 4711)",
            "23502",
            ErrorKind::Data,
            "null value in column \"b\" of relation \"t\" violates not-null constraint",
        ),
        (
            "insert into public.t values (1, 'hush', -4711)",
            "23514",
            ErrorKind::Data,
            "new row for relation \"t\" violates check constraint \"t_c_check\"",
        ),
        (
            "select 'hush'::int",
            "22P02",
            ErrorKind::Data,
            "invalid input syntax for type integer: \"…\"",
        ),
        (
            "select public.f()",
            "22P02",
            ErrorKind::Data,
            "invalid input syntax for type integer: \"…\"",
        ),
        ("create table public.t ()", "42P07", ErrorKind::Target, "relation \"t\" already exists"),
        (
            "select * from public.nowhere",
            "42P01",
            ErrorKind::Target,
            "relation \"public.nowhere\" does not exist",
        ),
    ] {
        let error = session.batch(&Sql::raw(sql)).await.unwrap_err();
        assert_eq!((error.sqlstate(), error.kind()), (Some(code), kind), "{sql}");
        assert_eq!(error.to_string(), said, "{sql}");
        let all = format!("{error:?}");
        assert!(!all.contains("hush") && !all.contains("4711"), "{all}");
    }

    let mut copy = session.copy_in(&Sql::raw("copy public.t from stdin")).await.unwrap();
    copy.send(Bytes::from_static(b"1\tb\t1\nhush\tb\t1\n")).await.unwrap();
    let error = copy.finish().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid input syntax for type integer: \"…\" (COPY t, line 2, column a)"
    );
}

#[tokio::test]
async fn a_commit_after_a_failed_statement_is_an_error() {
    let database = database().await;
    let session = session(&database).await;
    session.begin().await.unwrap();
    session.batch(&Sql::raw("create table public.t ()")).await.unwrap();
    session.batch(&Sql::raw("select 1/0")).await.unwrap_err();
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Statement);
    session.begin().await.unwrap();
    session.batch(&Sql::raw("create table public.t ()")).await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(value(&session, "select count(*) from public.t").await, "0");
}

#[tokio::test]
async fn a_statement_can_be_stopped_from_elsewhere() {
    let database = database().await;
    let session = session(&database).await;
    let handle = session.cancel_handle();
    let sleep = Sql::raw("select pg_sleep(60)");
    let sleeping = session.batch(&sleep);
    let cancelling = async {
        let seen = format!(
            "select 1 from pg_stat_activity where pid = {} and query like '%pg_sleep(60)%'",
            session.backend_pid()
        );
        while database.query_value(&seen).await.is_none() {}
        handle.cancel().await.unwrap();
    };
    let (slept, ()) = tokio::join!(sleeping, cancelling);
    let error = slept.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Unreachable, Some("57014")));
}

#[tokio::test]
async fn a_session_that_the_server_ends_says_why() {
    let database = database().await;
    let session = session(&database).await;
    database.execute(&format!("select pg_terminate_backend({})", session.backend_pid())).await;
    let mut error = None;
    while error.is_none() {
        error = session.batch(&Sql::raw("select 1")).await.err();
    }
    let error = error.unwrap();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Unreachable, Some("57P01")));
    let error = session.batch(&Sql::raw("select 1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
}

#[tokio::test]
async fn one_run_at_a_time_holds_the_lock_on_a_schema() {
    let database = database().await;
    let endpoint = endpoint(&database.url);
    let lock = TargetLock::acquire(&endpoint, lock_on("public")).await.unwrap();
    lock.confirm().await.unwrap();
    let other = TargetLock::acquire(&endpoint, lock_on("other")).await.unwrap();
    let error = TargetLock::acquire(&endpoint, lock_on("public")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Target);
    assert!(error.to_string().contains("(server process "), "{error}");
    drop(other);
    drop(lock);
    // The server notices that the connection is gone a moment later.
    while TargetLock::acquire(&endpoint, lock_on("public")).await.is_err() {}
}

fn lock_on(schema: &str) -> LockRequest<'_> {
    LockRequest { schema, watch: WATCH_INTERVAL, lost: None }
}

#[tokio::test]
async fn a_run_takes_its_lock_back_from_a_connection_that_the_server_still_believes_in() {
    let database = database().await;
    let endpoint = endpoint(&database.url);
    let lock = TargetLock::acquire(&endpoint, lock_on("public")).await.unwrap();
    let mine = LockRequest { lost: Some(lock.backend_pid()), ..lock_on("public") };
    let again = TargetLock::acquire(&endpoint, mine).await.unwrap();
    again.confirm().await.unwrap();
    assert!(lock.confirm().await.is_err());
    let somebody = LockRequest { lost: Some(lock.backend_pid()), ..lock_on("public") };
    let error = TargetLock::acquire(&endpoint, somebody).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Target, "the holder is another one by now");
}

#[tokio::test]
async fn who_takes_the_lock_ends_what_an_earlier_run_left_writing() {
    let database = database().await;
    let endpoint = endpoint(&database.url);
    let first = TargetLock::acquire(&endpoint, lock_on("public")).await.unwrap();
    let left = first.session("sealift test").await.unwrap();
    left.batch(&Sql::raw("create table public.t (a int)")).await.unwrap();
    left.begin().await.unwrap();
    left.batch(&Sql::raw("insert into public.t values (1)")).await.unwrap();
    let other = TargetLock::acquire(&endpoint, lock_on("other")).await.unwrap();
    let elsewhere = other.session("sealift test").await.unwrap();
    // The lock's connection is gone, those that write are not.
    let lost = LockRequest { lost: Some(first.backend_pid()), ..lock_on("public") };

    let lock = TargetLock::acquire(&endpoint, lost).await.unwrap();
    let ours = lock.session("sealift test").await.unwrap();
    assert_eq!(value(&ours, "select count(*) from public.t").await, "0");
    assert_eq!(left.commit().await.unwrap_err().kind(), ErrorKind::Unreachable);
    elsewhere.batch(&Sql::raw("select 1")).await.unwrap();
    lock.confirm().await.unwrap();
}

#[tokio::test]
async fn a_run_whose_lock_is_lost_gets_no_session_beside_the_one_that_has_it() {
    let database = database().await;
    let endpoint = endpoint(&database.url);
    let first = TargetLock::acquire(&endpoint, lock_on("public")).await.unwrap();
    let lost = LockRequest { lost: Some(first.backend_pid()), ..lock_on("public") };
    let _second = TargetLock::acquire(&endpoint, lost).await.unwrap();
    let error = first.session("sealift test").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert!(error.to_string().contains("holds the lock on the target is gone"), "{error}");
}

#[tokio::test]
async fn a_server_without_connections_leaves_the_work_to_those_that_have_one() {
    let database = database().await;
    let endpoint = endpoint(&database.url);
    let lock = TargetLock::acquire(&endpoint, lock_on("public")).await.unwrap();
    let role = format!("few_{}", database.name);
    database
        .execute(&format!(
            "drop role if exists {role}; create role {role} login connection limit 0; \
             grant connect on database {} to {role}",
            database.name
        ))
        .await;
    drop(lock);
    let few = self::endpoint(&database.url.replace("postgres@", &format!("{role}@")));
    let error = few.connect("sealift test").await.unwrap_err();
    assert!(error.is_out_of_connections(), "{error}");
    assert_eq!(error.recovery(), Recovery::Retry);
    database.execute(&format!("drop owned by {role}; drop role {role}")).await;
}

#[tokio::test]
async fn each_reason_for_no_connection_has_its_own_words() {
    let database = database().await;
    let there = endpoint(&database.url);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free_port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();

    for (url, said, hint) in [
        (
            format!("postgresql://u:hunter2@127.0.0.1:{free_port}/d"),
            "nothing listens at 127.0.0.1:",
            "start the server",
        ),
        (
            "postgresql://u:hunter2@no-such-host.invalid/d".to_owned(),
            "there is no address for host no-such-host.invalid",
            "check the spelling",
        ),
        (
            format!("postgresql://u:hunter2@127.0.0.1:{silent_port}/d?connect_timeout=1"),
            "no answer within 1 s",
            "connect_timeout",
        ),
        (
            "postgresql://u:hunter2@/d?host=/no/such/folder".to_owned(),
            "nothing listens at Unix socket /no/such/folder/.s.PGSQL.5432",
            "start the server",
        ),
        (
            there.clone().with_database("no_such_database").url_with_password(),
            "database \"no_such_database\" does not exist",
            "createdb no_such_database",
        ),
        (
            format!("postgresql://no_such_role@127.0.0.1:{}/postgres", there.port()),
            "role \"no_such_role\" does not exist",
            "create role no_such_role login",
        ),
        (
            format!("postgresql://u:hunter2@127.0.0.1:{}/d?sslmode=require", there.port()),
            "the server does not offer TLS",
            "sslmode=prefer",
        ),
    ] {
        let error = endpoint(&url).connect("sealift test").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    drop(silent);
}

#[tokio::test]
async fn the_host_may_be_left_out_or_be_a_folder() {
    let database = database().await;
    let there = endpoint(&database.url);
    let folder = database.query_value("show unix_socket_directories").await.unwrap();
    let socket =
        Endpoint::new(Host::Unix(folder.into()), there.port(), there.user(), &database.name);
    let session = socket.connect("sealift test").await.unwrap();
    assert_eq!(value(&session, "select coalesce(inet_client_addr()::text, 'unix')").await, "unix");
    let left_out = Endpoint::new(Host::Local, there.port(), there.user(), &database.name);
    left_out.connect("sealift test").await.unwrap();
}
