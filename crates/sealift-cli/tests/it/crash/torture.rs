//! Runs that are disturbed at a moment and in a way chosen by lot, until one of them ends well: the target
//! then holds what an undisturbed run makes, and no run before has said that it did.
//!
//! `SEALIFT_TORTURE_RUNS=1 SEALIFT_TORTURE_SEED=…`, with the seed of a failure, does the same again, as
//! far as the moments of processes can be repeated.

use super::running::{Ended, PATIENCE, Running};
use super::target::contents;
use super::{migrate, notes_of_length};
use crate::environment::TestEnvironment;
use sealift_testkit::{Database, Server, StopMode};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How many runs there are unless `SEALIFT_TORTURE_RUNS` says otherwise: a few seconds each.
const RUNS: u64 = 10;

/// How many tests share them: they run side by side.
const SHARES: u64 = 2;

/// How long the bodies are: the large table has two ranges, and a debug build takes a second or two.
const LENGTH: u32 = 12_500;

/// How often one migration is disturbed at most.
const DISTURBANCES: u32 = 3;

/// What happens to a run.
#[derive(Debug, Clone, Copy)]
enum Action {
    Kill,
    Terminate,
    RestartImmediate,
    RestartFast,
    /// One of its sessions is ended by an administrator.
    EndSession,
}

const ACTIONS: [Action; 5] = [
    Action::Kill,
    Action::Terminate,
    Action::RestartImmediate,
    Action::RestartFast,
    Action::EndSession,
];

/// When something happens to a run. Counted in events, since they come as often on a slow machine, and
/// most where most is done.
#[derive(Debug, Clone, Copy)]
struct Moment {
    events: usize,
    later: Duration,
}

/// Numbers by lot from a seed: SplitMix64, which has no bad seeds.
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn action(&mut self) -> Action {
        let index = usize::try_from(self.below(5)).expect("below five");
        ACTIONS[index]
    }

    /// A moment of a run that sends so many events: after one of them, and a little later.
    fn moment(&mut self, events: usize) -> Moment {
        let events = self.below(u64::try_from(events).expect("a small number"));
        let events = usize::try_from(events).expect("a small number");
        Moment { events, later: Duration::from_millis(self.below(100)) }
    }
}

#[test]
fn whatever_disturbs_a_run_the_same_command_ends_it_well() {
    torture(0);
}

#[test]
fn whatever_disturbs_another_run_the_same_command_ends_it_well() {
    torture(1);
}

/// Tortures every second run, or what the number of shares is.
fn torture(share: u64) {
    let runs = number("SEALIFT_TORTURE_RUNS").unwrap_or(RUNS);
    let first = number("SEALIFT_TORTURE_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    let seeds: Vec<u64> =
        (0..runs).filter(|run| run % SHARES == share).map(|run| first.wrapping_add(run)).collect();
    let environment = notes_of_length(LENGTH);
    let before = std::fs::read(environment.folder().join("notes.db")).unwrap();
    let mut server = Server::start();
    let (expected, events) = undisturbed(&environment, &server);
    println!("the runs of {seeds:?}; an undisturbed one sends {events} events");
    for seed in seeds {
        let mut torture = Torture::new(&environment, &mut server, seed);
        torture.disturb(events);
        let found = contents(&torture.database);
        assert!(found == expected, "{}: {:?}", torture.told, differences(&found, &expected));
        println!("{}", torture.told);
    }
    let after = std::fs::read(environment.folder().join("notes.db")).unwrap();
    assert!(before == after, "the source was written to");
}

/// Returns the lines that only one side has.
fn differences<'a>(found: &'a [String], expected: &'a [String]) -> Vec<(&'a str, &'a String)> {
    let lost = expected.iter().filter(|line| !found.contains(line)).map(|line| ("lost", line));
    let new = found.iter().filter(|line| !expected.contains(line)).map(|line| ("new", line));
    lost.chain(new).collect()
}

fn number(variable: &str) -> Option<u64> {
    std::env::var_os(variable)?.to_str()?.parse().ok()
}

/// Returns what an undisturbed run makes, and how many events it sends.
fn undisturbed(environment: &TestEnvironment, server: &Server) -> (Vec<String>, usize) {
    let database = server.database();
    let with_state = [&migrate(&database)[..], &["--keep-state"]].concat();
    let ended = Running::start(environment, &with_state).end();
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let ranges = "select count(*) > 1 from _sealift.range where source_table = 'notes'";
    assert_eq!(database.query_text_blocking(ranges), [[Some("t".to_owned())]], "one range only");
    database.execute_blocking("drop schema _sealift cascade");
    (contents(&database), ended.stderr.lines().count())
}

/// One migration into a database of its own.
struct Torture<'a> {
    environment: &'a TestEnvironment,
    database: Database,
    server: &'a mut Server,
    lot: Lot,
    /// What has happened so far, for whoever reads the output.
    told: String,
}

impl<'a> Torture<'a> {
    fn new(environment: &'a TestEnvironment, server: &'a mut Server, seed: u64) -> Self {
        let database = server.database();
        Self { environment, database, server, lot: Lot(seed), told: format!("seed {seed}") }
    }

    /// Runs the command, disturbed once and perhaps again, until it has ended well.
    fn disturb(&mut self, events: usize) {
        for disturbance in 0..DISTURBANCES {
            // The first run is always disturbed, another one half the times.
            if disturbance > 0 && self.lot.below(2) == 0 {
                break;
            }
            if self.disturbed(events) {
                return;
            }
        }
        let ended = Running::start(self.environment, &migrate(&self.database)).end();
        self.told.push_str(&format!("; undisturbed: {}", status(&ended)));
        // Killed after its state was removed and before its last word, a run had done everything: the next
        // one finds whole tables without a state. What they hold is compared all the same.
        let killed_at_the_end = self.told.contains(": killed")
            && ended.status == Some(1)
            && ended.stderr.contains("exist already");
        let done = ended.status == Some(0) || killed_at_the_end;
        assert!(done, "{}: {}", self.told, ended.stderr);
    }

    /// Runs the command and disturbs it; returns whether it says that it is done.
    fn disturbed(&mut self, events: usize) -> bool {
        let (action, moment) = (self.lot.action(), self.lot.moment(events));
        let mut running = Running::start(self.environment, &migrate(&self.database));
        if running.reaches(moment.events, moment.later) {
            self.told.push_str(&format!("; {action:?} after event {}", moment.events));
            self.told.push_str(&format!(" and {} ms", moment.later.as_millis()));
            self.act(action, &running);
        } else {
            self.told.push_str("; ended before");
        }
        let ended = running.end_within(PATIENCE);
        self.told.push_str(&format!(": {}", status(&ended)));
        self.judge(action, &ended);
        // What failed after everything was done is only worth words; the next run mends it.
        ended.status == Some(0) && !ended.stderr.contains("but its state stays in")
    }

    fn act(&mut self, action: Action, running: &Running) {
        match action {
            Action::Kill => running.signal("KILL"),
            Action::Terminate => running.signal("TERM"),
            Action::RestartImmediate => {
                self.server.stop(StopMode::Immediate);
                self.server.start_again();
            }
            Action::RestartFast => {
                self.server.stop(StopMode::Fast);
                self.server.start_again();
            }
            Action::EndSession => {
                let order = self.lot.below(1 << 32);
                let ended = self.database.query_text_blocking(&format!(
                    "with one as (
                         select pid, application_name from pg_stat_activity
                         where datname = current_database() and application_name like 'sealift%'
                         order by md5(pid || ' {order}') limit 1)
                     select application_name, pg_terminate_backend(pid) from one",
                ));
                let name = ended.into_iter().flatten().flatten().next();
                let name = name.unwrap_or_else(|| "none there".to_owned());
                self.told.push_str(&format!(" ({name})"));
            }
        }
    }

    /// Done is said only when it is (`contents` are compared then); stopped half way is 4; that the
    /// server is not there, or lacks something, only before anything was written.
    fn judge(&self, action: Action, ended: &Ended) {
        let wrote = ended.stderr.contains(r#""event":"phase_started","phase":"create""#);
        let fits = match ended.status {
            Some(0 | 4) => true,
            Some(1 | 3) => !wrote,
            Some(_) => false,
            None => matches!(action, Action::Kill),
        };
        assert!(fits, "{}: {}", self.told, ended.stderr);
    }
}

fn status(ended: &Ended) -> String {
    ended.status.map_or_else(|| "killed".to_owned(), |status| format!("status {status}"))
}
