//! The crash matrix: each durable step is failed before and after it and died at, then the same command
//! is run again. The steps come from the engine's own enum, so that a new one is in the matrix or does
//! not compile.

use super::target::contents;
use super::{NOTES, few_notes};
use crate::environment::TestEnvironment;
use sealift_engine::ops::{Moment, Step};
use sealift_testkit::Database;
use std::sync::OnceLock;

/// Notes down every definition that is committed outside of Sealift's own state. What is tried and
/// rolled back leaves no note.
const WITNESS: &str = r"
    create schema witness;
    create table witness.definition (command text, object text);
    create function witness.note() returns event_trigger language plpgsql as $$
    begin
        insert into witness.definition
        select command_tag, object_identity from pg_event_trigger_ddl_commands()
        where object_identity not like '%\_sealift%' and command_tag <> 'CREATE SCHEMA';
    end $$;
    create event trigger witness on ddl_command_end execute function witness.note();";

/// Makes rows of `tags` fail on their way, which no census can know.
const FAILING_ROWS: &str = r"
    create function witness.fail() returns trigger language plpgsql as $$
    begin raise exception 'no' using errcode = '23514'; end $$;
    create function witness.trap() returns event_trigger language plpgsql as $$
    begin
        if to_regclass('public.tags') is not null and not exists
            (select from pg_trigger where tgrelid = to_regclass('public.tags') and tgname = 'trap')
        then
            create trigger trap before insert on public.tags execute function witness.fail();
        end if;
    end $$;
    create event trigger trap on ddl_command_end when tag in ('CREATE TABLE')
        execute function witness.trap();";

const NO_MORE_FAILING_ROWS: &str = "drop event trigger trap;
    drop function witness.trap(); drop function witness.fail() cascade";

/// A source, a target and what an undisturbed run makes of the one in the other.
struct Case {
    environment: TestEnvironment,
    database: Database,
    disturbed: bool,
    /// What is typed besides.
    more: &'static [&'static str],
}

/// What a run makes that nothing disturbs.
struct Undisturbed {
    contents: Vec<String>,
    definitions: Vec<String>,
}

/// The same for all cases whose source nobody writes to.
static UNDISTURBED: OnceLock<Undisturbed> = OnceLock::new();

fn database() -> Database {
    let database = sealift_testkit::database_blocking();
    database.execute_blocking(WITNESS);
    database
}

impl Case {
    fn new() -> Self {
        Self { environment: few_notes(), database: database(), disturbed: false, more: &[] }
    }

    fn command<'a>(database: &'a Database, more: &[&'a str]) -> Vec<&'a str> {
        let migrate = ["migrate", "notes.db", "--jobs", "2", "--to", &database.url];
        [&migrate[..], more].concat()
    }

    /// Runs the command with a fail point, which must strike; returns the status.
    fn broken(&mut self, step: Step, moment: Moment, how: &str) -> Option<i32> {
        // The second one of those that there are many of.
        let first = match step {
            Step::Range | Step::Index | Step::Constraint | Step::Analyze => "1*off->",
            Step::Begin
            | Step::TakeOver
            | Step::EmptyTable
            | Step::Quarantine
            | Step::Backup
            | Step::Sequences
            | Step::View
            | Step::Trigger
            | Step::PutBack
            | Step::End
            | Step::TakeBack => "",
        };
        let action = if how == "panic" { how.to_owned() } else { format!("return({how})") };
        let points = format!("{moment} {}={first}1*{action}", step.name());
        let (status, told) = self.run_with(&points);
        let struck = status.is_none_or(|status| status == 70) || told.contains("fail point");
        assert!(struck, "{moment} {} was not reached: {told}", step.name());
        status
    }

    /// Runs the command with fail points; returns the status and what it said.
    fn run_with(&self, points: &str) -> (Option<i32>, String) {
        let mut command = self.environment.command(&Self::command(&self.database, self.more));
        let output = command.env("FAILPOINTS", points).output().expect("run sealift");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Leaves what a run that died after a range leaves.
    fn die_after_a_range(&self) {
        // With others still to come, so that nothing is built yet.
        let (status, told) = self.run_with("after range=1*off->1*return(die)");
        assert_eq!(status, None, "{told}");
    }

    /// Prepares what a step needs to be reached at all.
    fn prepare(&mut self, step: Step) {
        match step {
            Step::Begin
            | Step::Range
            | Step::Backup
            | Step::Sequences
            | Step::Index
            | Step::Constraint
            | Step::View
            | Step::Trigger
            | Step::PutBack
            | Step::Analyze
            | Step::End => {}
            Step::Quarantine => {
                let orphans = "pragma foreign_keys = off;
                     insert into note_tags select id, 'nowhere' from notes where id % 9 = 0;
                     update notes set author = 9000 + id where id < 5";
                self.environment.sqlite("notes.db", orphans);
                self.more = &["--on-orphan", "quarantine"];
            }
            Step::TakeOver => self.die_after_a_range(),
            Step::EmptyTable => {
                self.die_after_a_range();
                let everywhere = "update notes set body = body || '!';
                     update people set active = 1 - active; delete from note_tags where note % 5 = 0";
                self.environment.sqlite("notes.db", everywhere);
            }
            Step::TakeBack => {
                self.database.execute_blocking(FAILING_ROWS);
                self.disturbed = true;
            }
        }
    }

    fn definitions(database: &Database) -> Vec<String> {
        let list = "select command || ' ' || object from witness.definition order by 1";
        database.query_text_blocking(list).into_iter().flatten().flatten().collect()
    }

    /// Runs the same command again and compares with a run that nothing disturbed.
    fn finishes(&self, step: Step) {
        if self.disturbed {
            self.database.execute_blocking(NO_MORE_FAILING_ROWS);
        }
        let again = self.environment.run(&Self::command(&self.database, self.more));
        if again.status != 0 {
            // Everything was done, and the state is gone: only the last word was missing.
            assert_eq!((step, again.status), (Step::End, 1), "{again}");
            assert!(again.stderr.contains("exist already"), "{again}");
        }
        self.is_whole(step);
    }

    fn is_whole(&self, step: Step) {
        // Only there the source is another one by now.
        let is_other = matches!(step, Step::EmptyTable | Step::Quarantine);
        let own = is_other.then(|| self.undisturbed());
        let undisturbed =
            own.as_ref().unwrap_or_else(|| UNDISTURBED.get_or_init(|| self.undisturbed()));
        assert_eq!(contents(&self.database), undisturbed.contents);
        // What was taken back was made again, of course.
        if step != Step::TakeBack {
            let twice = "a step was carried out twice, or not at all";
            assert_eq!(Self::definitions(&self.database), undisturbed.definitions, "{twice}");
        }
    }

    /// Runs the command where nothing disturbs it.
    fn undisturbed(&self) -> Undisturbed {
        let database = database();
        let more = [&["--no-backup", "--verify", "none"], self.more].concat();
        let run = Self::command(&database, &more);
        let output = self.environment.run(&run);
        assert_eq!(output.status, 0, "{output}");
        Undisturbed { contents: contents(&database), definitions: Self::definitions(&database) }
    }

    fn backups(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.environment.folder()).expect("list the folder");
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(".backup.") && !name.ends_with(".partial")).collect()
    }
}

const MOMENTS: [Moment; 2] = [Moment::Before, Moment::After];

/// Where in a run a step stands. The steps of a part are a test of their own, so that the matrix is walked
/// by as many processors as there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Beginning,
    Rows,
    Structure,
    End,
    NotHere,
}

impl Part {
    fn of(step: Step) -> Self {
        match step {
            Step::Begin | Step::TakeOver | Step::EmptyTable => Self::Beginning,
            Step::Range | Step::Quarantine | Step::Backup | Step::TakeBack => Self::Rows,
            Step::Sequences | Step::Index | Step::Constraint => Self::Structure,
            Step::View | Step::Trigger | Step::Analyze | Step::End => Self::End,
            // Only where the tables are the application's: `held_back` walks it.
            Step::PutBack => Self::NotHere,
        }
    }

    fn steps(self) -> impl Iterator<Item = (Step, Moment)> {
        let steps = Step::ALL.into_iter().filter(move |step| Self::of(*step) == self);
        steps.flat_map(|step| MOMENTS.map(|moment| (step, moment)))
    }
}

/// Makes a test of each part.
macro_rules! each_part {
    ($check:path) => {
        #[test]
        fn at_the_beginning() {
            $check(super::Part::Beginning);
        }

        #[test]
        fn while_rows_are_copied() {
            $check(super::Part::Rows);
        }

        #[test]
        fn while_the_structure_is_built() {
            $check(super::Part::Structure);
        }

        #[test]
        fn at_the_end() {
            $check(super::Part::End);
        }
    };
}

mod a_process_that_dies_is_gone_on_with {
    each_part!(super::died_at);
}

mod a_connection_that_is_lost_is_opened_again {
    each_part!(super::lost_at);
}

mod a_step_that_is_refused_stops_the_run_and_the_same_command_goes_on {
    each_part!(super::refused_at);
}

mod a_panic_is_status_70_and_the_same_command_goes_on {
    each_part!(super::panicked_at);
}

fn died_at(part: Part) {
    for (step, moment) in part.steps() {
        let mut case = Case::new();
        case.prepare(step);
        assert_eq!(case.broken(step, moment, "die"), None, "{moment} {}", step.name());
        case.finishes(step);
        for backup in case.backups() {
            let file = rusqlite::Connection::open(case.environment.folder().join(backup));
            let rows = file.unwrap().query_row("select count(*) from notes", [], |r| r.get(0));
            assert_eq!(rows, Ok(300), "what has the name of a backup is whole");
        }
    }
}

fn lost_at(part: Part) {
    for (step, moment) in part.steps() {
        let mut case = Case::new();
        case.prepare(step);
        let status = case.broken(step, moment, "lost");
        if step == Step::TakeBack {
            // The rows fail again and again: that is the error, and what was made may stay.
            assert_eq!(status, Some(1), "{moment} {}", step.name());
            case.finishes(step);
        } else {
            assert_eq!(status, Some(0), "{moment} {}", step.name());
            case.is_whole(step);
        }
    }
}

fn refused_at(part: Part) {
    for (step, moment) in part.steps() {
        let mut case = Case::new();
        case.prepare(step);
        let status = case.broken(step, moment, "refused");
        let expected = match step {
            // Everything is done; that the state could not be removed is worth a word.
            Step::End => 0,
            Step::TakeBack => 1,
            Step::Begin
            | Step::TakeOver
            | Step::EmptyTable
            | Step::Range
            | Step::Quarantine
            | Step::Backup
            | Step::Sequences
            | Step::Index
            | Step::Constraint
            | Step::View
            | Step::Trigger
            | Step::PutBack
            | Step::Analyze => 4,
        };
        assert_eq!(status, Some(expected), "{moment} {}", step.name());
        case.finishes(step);
    }
}

fn panicked_at(part: Part) {
    for (step, moment) in part.steps() {
        let mut case = Case::new();
        case.prepare(step);
        let status = case.broken(step, moment, "panic");
        assert_eq!(status, Some(70), "{moment} {}", step.name());
        case.finishes(step);
    }
}

#[test]
fn the_source_of_the_matrix_has_what_each_step_needs() {
    for word in
        ["autoincrement", "create index", "references", "check (", "create view", "create trigger"]
    {
        assert!(NOTES.contains(word), "{word}");
    }
}

/// Every attempt sets the sequences, which is no progress: patience ends.
#[test]
fn what_fails_each_time_after_the_rows_is_given_up() {
    for point in ["before analyze=return(lost)", "before end=return(lost)"] {
        let case = Case::new();
        let limited = Case::command(&case.database, &["--no-backup", "--retry-for", "1"]);
        let mut command = case.environment.command(&limited);
        let output = command.env("FAILPOINTS", point).output().expect("run sealift");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{told}");
        assert!(told.contains("gave up trying again"), "{told}");
        case.finishes(Step::Analyze);
    }
}
