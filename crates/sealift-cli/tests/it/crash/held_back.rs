//! A run into tables that the application made, which dies at each step while triggers and foreign keys
//! of the target are put aside: the same command leaves everything as it was.

use super::target::contents;
use crate::environment::TestEnvironment;
use sealift_engine::ops::{Moment, Step};
use sealift_testkit::Database;

const SOURCE: &str = "
    pragma foreign_keys = off;
    create table teams (id integer primary key, lead integer references people(id));
    create table people (id integer primary key, team integer references teams(id));
    insert into teams values (1, 1), (2, 3);
    insert into people values (1, 1), (2, 1), (3, 2);";

const TARGET: &str = "
    create table teams (id serial primary key, lead int);
    create table people (id serial primary key, team int references teams);
    alter table teams add constraint lead foreign key (lead) references people;
    create table log (what text);
    create function note() returns trigger language plpgsql as
        $$ begin insert into public.log values (new.id); new.id = 0; return new; end $$;
    create trigger note before insert on people for each row execute function note();";

const TRIGGERS: &str =
    "select tgname::text || tgenabled::text from pg_trigger where not tgisinternal order by 1";

/// The steps of such a run, in their order.
const STEPS: [Step; 6] =
    [Step::Begin, Step::Range, Step::Sequences, Step::PutBack, Step::Analyze, Step::End];

fn everything(database: &Database) -> Vec<String> {
    let mut all = contents(database);
    all.extend(database.query_text_blocking(TRIGGERS).into_iter().flatten().flatten());
    all
}

fn made() -> (TestEnvironment, Database) {
    let environment = TestEnvironment::new();
    environment.sqlite("app.db", SOURCE);
    let database = sealift_testkit::database_blocking();
    database.execute_blocking(TARGET);
    (environment, database)
}

fn command(database: &Database) -> Vec<&str> {
    let mut command = vec!["migrate", "app.db", "--into", "existing", "--no-backup", "--jobs", "1"];
    command.extend(["--to", &database.url]);
    command
}

fn undisturbed() -> Vec<String> {
    let (environment, database) = made();
    let output = environment.run(&command(&database));
    assert_eq!(output.status, 0, "{output}");
    everything(&database)
}

fn broken(how: &str, status: impl Fn(Step) -> Option<i32>) {
    let undisturbed = undisturbed();
    assert!(undisturbed.contains(&"noteO".to_owned()), "{undisturbed:#?}");
    for step in STEPS {
        for moment in [Moment::Before, Moment::After] {
            let (environment, database) = made();
            let point = format!("{moment} {}=1*return({how})", step.name());
            let mut run = environment.command(&command(&database));
            let output = run.env("FAILPOINTS", &point).output().expect("run sealift");
            assert_eq!(output.status.code(), status(step), "{point}");
            let again = environment.run(&command(&database));
            if again.status != 0 {
                // Everything was done: the tables are full, and not with rows of ours any more.
                assert!(again.stdout.contains("table-not-empty"), "{point}: {again}");
                assert!(step == Step::End || output.status.code() == Some(0), "{point}: {again}");
            }
            assert_eq!(everything(&database), undisturbed, "{point}");
        }
    }
}

#[test]
fn a_run_that_dies_at_any_step_leaves_what_the_next_one_puts_back() {
    broken("die", |_| None);
}

#[test]
fn a_step_that_is_refused_leaves_what_the_next_one_puts_back() {
    broken("refused", |step| Some(if step == Step::End { 0 } else { 4 }));
}

#[test]
fn a_connection_that_is_lost_at_any_step_makes_no_difference() {
    broken("lost", |_| Some(0));
}
