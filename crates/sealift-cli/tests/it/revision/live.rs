//! Beside others: two processes at once, and an application that goes on reading and writing.

use super::{Project, shop};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn start(project: &Project, arguments: &[&str]) -> Child {
    let mut command = project.environment.command(&project.arguments(arguments));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn of_two_processes_at_once_one_waits() {
    let project = shop();
    project.revision("3_slow", "insert into users values (2, 'b'); select pg_sleep(1.5);", "");
    let children = [start(&project, &["upgrade"]), start(&project, &["upgrade"])];
    let outputs =
        children.map(|child| project.environment.output(child.wait_with_output().unwrap()));
    for output in &outputs {
        assert_eq!(output.status, 0, "{output}");
    }
    let waited = outputs.iter().filter(|output| output.stderr.contains("waiting for it")).count();
    assert_eq!(waited, 1, "{} {}", outputs[0], outputs[1]);
    assert_eq!(project.value("select count(*) from users where id = 2"), "1");
    project.done(&["check"]);
}

/// Somebody holds a lock on the table for seconds. Others read and write it all the while, and never wait much longer
/// than the time that the revision is given for its lock.
#[test]
fn readers_and_writers_never_wait_longer_than_the_lock_timeout() {
    let project = shop();
    project.done(&["upgrade"]);
    project.revision("3_column", "alter table users add column born date;", "");
    let holds = "begin; select count(*) from users; select pg_sleep(3); commit";
    let stop = AtomicBool::new(false);
    let (longest, upgraded) = std::thread::scope(|scope| {
        scope.spawn(|| project.database.execute_blocking(holds));
        let user = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            while !stop.load(Ordering::SeqCst) {
                let began = Instant::now();
                project.database.execute_blocking("update users set name = name where id = 1");
                project.value("select count(*) from users");
                longest = std::cmp::max(longest, began.elapsed());
            }
            longest
        });
        wait_for_lock(&project);
        let upgrade = start(&project, &["upgrade", "--lock-timeout", "0.2"]);
        let upgraded = project.environment.output(upgrade.wait_with_output().unwrap());
        stop.store(true, Ordering::SeqCst);
        (user.join().unwrap(), upgraded)
    });
    assert_eq!(upgraded.status, 0, "{upgraded}");
    assert!(
        upgraded.stderr.contains("the lock on users was not to be had, held by process"),
        "{upgraded}"
    );
    // Two statements, each of which may wait once, and a machine that does other things too.
    assert!(longest < Duration::from_millis(1500), "{longest:?}");
}

fn wait_for_lock(project: &Project) {
    let holder = "select count(*) from pg_stat_activity where datname = current_database() and query ~ 'pg_sleep' \
                  and pid <> pg_backend_pid() and state = 'active'";
    let deadline = Instant::now() + Duration::from_secs(20);
    while project.value(holder) == "0" {
        assert!(Instant::now() < deadline, "the lock is never taken");
    }
}

#[test]
fn a_lock_that_is_never_to_be_had_ends_with_a_status_to_try_again() {
    let project = shop();
    project.done(&["upgrade"]);
    project.revision("3_column", "alter table users add column born date;", "");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            project
                .database
                .execute_blocking("begin; select count(*) from users; select pg_sleep(3); commit");
        });
        wait_for_lock(&project);
        let refused = project.run(&["upgrade", "--lock-timeout", "0.1", "--retry-for", "0"]);
        assert_eq!(refused.status, 4, "{refused}");
    });
    project.done(&["upgrade"]);
}

/// Ctrl-C in the middle of a statement: the server stops it, and the same command goes on.
#[test]
fn a_request_to_stop_ends_the_statement_that_runs() {
    let project = shop();
    project.revision("3_slow", "create table slow (); select pg_sleep(60);", "");
    let upgrade = start(&project, &["upgrade"]);
    wait_for_lock(&project);
    let interrupt = format!("kill -INT {}", upgrade.id());
    assert!(std::process::Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
    let stopped = project.environment.output(upgrade.wait_with_output().unwrap());
    assert_eq!(stopped.status, 4, "{stopped}");
    assert_eq!(project.value("select to_regclass('slow')::text"), "null");
    project.revision("3_slow", "create table slow ();", "drop table slow;");
    project.done(&["upgrade"]);
}
