//! The same command after `kill -9` or a signal, with the source as it was or written to meanwhile.

use super::running::Running;
use super::target::contents;
use super::{finishes, migrate, notes, short_notes};
use sealift_testkit::Database;
use serde_json::Value;
use std::time::Duration;

const RUN_RECORDED: &str = "select to_regclass('_sealift.run') is not null";

fn is_phase(event: &Value, phase: &str) -> bool {
    event["event"] == "phase_started" && event["phase"] == phase
}

/// Waits until a range of the large table has arrived, and others have not.
fn until_a_range(running: &mut Running, database: &Database) {
    running.until_true(database, RUN_RECORDED);
    let arrived = "select exists (select from _sealift.range where source_table = 'notes')";
    running.until_true(database, arrived);
}

#[test]
fn killed_while_cells_are_counted_nothing_is_there() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let empty = contents(&database);
    let mut running = Running::start(&environment, &migrate(&database));
    running.until("the census", |event| is_phase(event, "census"));
    running.kill();
    assert_eq!(contents(&database), empty);
    let told = finishes(&environment, &database, &[]);
    assert!(!told.contains("earlier run"), "{told}");
}

#[test]
fn killed_when_the_tables_were_made_it_goes_on() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    running.until_true(&database, RUN_RECORDED);
    running.kill();
    let told = finishes(&environment, &database, &[]);
    assert!(told.contains("going on with an earlier run"), "{told}");
}

#[test]
fn killed_between_ranges_the_others_follow() {
    let (environment, database) = (notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    until_a_range(&mut running, &database);
    running.kill();
    let ranges = database.query_text_blocking("select count(*) < 6 from _sealift.range");
    assert_eq!(ranges, [[Some("t".to_owned())]], "nothing was left to do");
    let told = finishes(&environment, &database, &[]);
    assert!(told.contains("going on with an earlier run"), "{told}");
}

#[test]
fn killed_while_indexes_are_built_the_others_follow() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    running.until("an index", |event| event["event"] == "step_done");
    running.kill();
    let told = finishes(&environment, &database, &[]);
    assert!(told.contains("going on with an earlier run"), "{told}");
}

#[test]
fn killed_while_both_sides_are_compared_it_compares_again() {
    let (environment, database) = (notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    running.until("the comparison", |event| is_phase(event, "verify"));
    running.kill();
    let told = finishes(&environment, &database, &[]);
    assert!(told.contains("going on with an earlier run"), "{told}");
}

#[test]
fn a_row_changed_in_a_copied_range_arrives_as_it_is_now() {
    a_changed_row_arrives(&[]);
}

#[test]
fn so_it_does_where_the_first_run_was_not_to_compare() {
    a_changed_row_arrives(&["--verify", "none"]);
}

/// Stops a run with these options amid the copy, changes rows, and goes on with those of [`migrate`].
fn a_changed_row_arrives(first: &[&str]) {
    let (environment, database) = (notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &[&migrate(&database)[..], first].concat());
    until_a_range(&mut running, &database);
    running.kill();
    let copied = database.query_text_blocking("select min(id), max(id) from notes");
    for id in copied.iter().flatten().flatten() {
        let change = format!("update notes set title = 'changed ' || id where id = {id}");
        environment.sqlite("notes.db", &change);
    }
    let told = finishes(&environment, &database, &[]);
    assert!(told.contains("table notes was written to since"), "{told}");
    let changed = "select count(*) from notes where title like 'changed %'";
    assert_eq!(database.query_text_blocking(changed), [[Some("2".to_owned())]]);
}

#[test]
fn what_a_run_without_comparison_has_copied_is_compared_by_the_next() {
    let (environment, database) = (notes(), sealift_testkit::database_blocking());
    let first = [&migrate(&database)[..], &["--verify", "none"]].concat();
    let mut running = Running::start(&environment, &first);
    until_a_range(&mut running, &database);
    running.kill();
    let hashed = "select distinct hashed from _sealift.range";
    assert_eq!(database.query_text_blocking(hashed), [[Some("stream".to_owned())]]);
    // Nobody but the comparison would see this.
    let changed = "update notes set title = 'somebody else' where id = (select min(id) from notes)";
    database.execute_blocking(changed);
    let output = environment.run(&migrate(&database));
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stdout.contains("differs: notes"), "{output}");
}

#[test]
fn rows_written_after_indexes_were_begun_arrive() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    // Of the table that is written to: another one's would leave this one bare, and only copied again.
    running.until("an index of people", |event| {
        let is_of_people = |step: &str| step.contains(" people_");
        event["event"] == "step_done" && event["step"].as_str().is_some_and(is_of_people)
    });
    running.kill();
    environment.sqlite("notes.db", "insert into people(email) values ('new@example.com')");
    let told = finishes(&environment, &database, &[]);
    assert!(told.contains("starting over"), "{told}");
}

/// The rows are the same, only the next number is another: SQLite does not give it out again.
#[test]
fn a_number_used_up_between_two_runs_stays_used_up() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    running.until("an index", |event| event["event"] == "step_done");
    running.kill();
    environment.sqlite(
        "notes.db",
        "insert into people(email) values ('x'); delete from people where email = 'x'",
    );
    finishes(&environment, &database, &[]);
    let next = "select last_value from pg_sequences where sequencename = 'people_id_seq'";
    assert_eq!(database.query_text_blocking(next), [[Some("5001".to_owned())]]);
}

#[test]
fn a_table_added_between_two_runs_arrives() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    until_a_range(&mut running, &database);
    running.kill();
    environment.sqlite("notes.db", "create table late (x); insert into late values (1), (2)");
    let told = finishes(&environment, &database, &[]);
    assert!(told.contains("another plan or other options"), "{told}");
}

#[test]
fn other_options_start_over() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    until_a_range(&mut running, &database);
    running.kill();
    let told = finishes(&environment, &database, &["--cast", "notes.made=text"]);
    assert!(told.contains("another plan or other options"), "{told}");
}

#[test]
fn sigterm_stops_a_run_that_the_same_command_finishes() {
    stopped_by("TERM");
}

#[test]
fn ctrl_c_stops_a_run_that_the_same_command_finishes() {
    stopped_by("INT");
}

fn stopped_by(signal: &str) {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    running.until_true(&database, RUN_RECORDED);
    running.signal(signal);
    let ended = running.end();
    assert_eq!(ended.status, Some(4), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: run the same command again"), "{}", ended.stderr);
    let told = finishes(&environment, &database, &[]);
    assert!(told.contains("going on with an earlier run"), "{told}");
}

#[test]
fn a_connection_that_is_cut_is_opened_again() {
    let (environment, database) = (notes(), sealift_testkit::database_blocking());
    let mut running = Running::start(&environment, &migrate(&database));
    until_a_range(&mut running, &database);
    database.execute_blocking(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'sealift copy'",
    );
    let ended = running.end();
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert_eq!(contents(&database), super::undisturbed(&environment, &[]));
}

#[test]
fn a_connection_that_is_cut_is_status_4_without_patience() {
    let (environment, database) = (notes(), sealift_testkit::database_blocking());
    let with_none = [&migrate(&database)[..], &["--retry-for", "0"]].concat();
    let mut running = Running::start(&environment, &with_none);
    until_a_range(&mut running, &database);
    database.execute_blocking(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'sealift%'",
    );
    let ended = running.end();
    assert_eq!(ended.status, Some(4), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: run the same command again"), "{}", ended.stderr);
    finishes(&environment, &database, &[]);
}

#[test]
fn of_two_runs_at_once_the_second_waits_and_leaves_with_words() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let paused = Paused::before_indexes(&database);
    let mut first = Running::start(&environment, &migrate(&database));
    first.until_true(&database, RUN_RECORDED);
    let mut second = Running::start(&environment, &migrate(&database));
    second.until("words about the other run", |event| {
        let message = event["message"].as_str().unwrap_or_default();
        message.contains("another run works on schema public")
    });
    drop(paused);
    let (first, second) = (first.end(), second.end());
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    assert_eq!(second.status, Some(1), "{}", second.stderr);
    assert!(second.stderr.contains("exist already"), "{}", second.stderr);
    assert_eq!(contents(&database), super::undisturbed(&environment, &[]));
}

/// A statement that waits for a lock of somebody else comes to no safe point.
#[test]
fn ctrl_c_stops_a_run_that_waits_for_a_lock() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    database.execute_blocking("create table notes (theirs int)");
    let held = Held::new(&database, "notes");
    let recreate = [&migrate(&database)[..], &["--into", "recreate", "--yes"]].concat();
    let mut running = Running::start(&environment, &recreate);
    let waits = "select exists (select from pg_stat_activity where datname = current_database()
                 and application_name = 'sealift' and wait_event_type = 'Lock')";
    running.until_true(&database, waits);
    running.signal("INT");
    let ended = running.end_within(Duration::from_secs(15));
    assert_eq!(ended.status, Some(4), "{}", ended.stderr);
    drop(held);
    finishes(&environment, &database, &["--into", "recreate", "--yes"]);
}

#[test]
fn a_state_that_is_dropped_under_a_run_is_not_called_nothing_written() {
    let (environment, database) = (short_notes(), sealift_testkit::database_blocking());
    let paused = Paused::before_indexes(&database);
    let mut running = Running::start(&environment, &migrate(&database));
    running.until_true(&database, RUN_RECORDED);
    database.execute_blocking("drop schema _sealift cascade");
    drop(paused);
    let ended = running.end();
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("what was made stays in the target"), "{}", ended.stderr);
    finishes(&environment, &database, &["--into", "recreate", "--yes"]);
}

/// Keeps rows from arriving in a table until it is dropped, with a lock that no connection holds.
struct Held<'a>(&'a Database);

impl<'a> Held<'a> {
    fn new(database: &'a Database, table: &str) -> Self {
        database.execute_blocking(&format!(
            "begin; lock table {table} in share mode; prepare transaction '{}'",
            database.name
        ));
        Self(database)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.execute_blocking(&format!("rollback prepared '{}'", self.0.name));
    }
}

/// Keeps a run from making indexes until it is dropped: by then its state is committed, and it has not
/// ended.
struct Paused<'a>(&'a Database);

impl<'a> Paused<'a> {
    fn before_indexes(database: &'a Database) -> Self {
        database.execute_blocking(
            "create schema paused;
             create function paused.here() returns event_trigger language plpgsql as
             $$ begin
                 -- Not where statements are tried and rolled back.
                 if to_regclass('_sealift.run') is not null then
                     perform pg_advisory_xact_lock_shared(1);
                 end if;
             end $$;
             create event trigger paused on ddl_command_start when tag in ('CREATE INDEX')
             execute function paused.here()",
        );
        database.execute_blocking(&format!(
            "begin; select pg_advisory_xact_lock(1); prepare transaction '{}'",
            database.name
        ));
        Self(database)
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.0.execute_blocking(&format!("rollback prepared '{}'", self.0.name));
        self.0.execute_blocking("drop event trigger paused; drop schema paused cascade");
    }
}
