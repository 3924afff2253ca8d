//! Runs that end before their time, and what the same command makes of it afterwards: always what a
//! run would have made that nothing disturbed.

mod held_back;
mod interrupted;
mod matrix;
mod running;
mod snapshot;
mod target;
mod torture;
mod undone;

pub(crate) use running::Running;

use crate::environment::TestEnvironment;
use sealift_testkit::Database;
use target::contents;

/// Four tables. `notes` is cut into three ranges: a range has 32 MiB or somewhat more.
const NOTES: &str = "
    pragma journal_mode = wal;
    create table people (
        id integer primary key autoincrement,
        email varchar(60) not null unique,
        active boolean not null default 1,
        boss integer references people(id)
    );
    create table notes (
        id integer primary key,
        author integer not null references people(id),
        title varchar(100) not null,
        body text not null,
        made datetime not null,
        check (length(title) > 0)
    );
    create table tags (name text primary key) without rowid;
    create table note_tags (
        note integer not null references notes(id) on delete cascade,
        tag text not null references tags(name),
        primary key (note, tag)
    );
    create unique index notes_title on notes(title);
    create index notes_author on notes(author, made desc);
    create index people_active on people(email) where active = 1;
    create view busy as select author, count(*) as notes from notes group by author;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < PEOPLE)
    insert into people
    select i, 'person' || i || '@example.com', i % 7 > 0, nullif(i / 10, 0) from n;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ROWS)
    insert into notes
    select i, 1 + i * 37 % PEOPLE, 'note ' || i, printf('%d %.*c', i, LENGTH + i % 2000, 'x'),
           datetime(1700000000 + i * 61, 'unixepoch')
    from n;
    insert into tags values ('home'), ('work'), ('wörk'), ('later');
    insert into note_tags select id, 'work' from notes where id % 2 = 0;
    insert into note_tags select id, 'later' from notes where id % 3 = 0;
    create trigger author_gone after delete on people begin
        delete from notes where author = old.id;
    end;
";

/// Returns a folder with `notes.db`, in which `notes` is cut into three ranges.
fn notes() -> TestEnvironment {
    notes_of_length(24_000)
}

/// Returns a folder with `notes.db` of a size that is quickly copied, where the moment is a later one.
fn short_notes() -> TestEnvironment {
    notes_of_length(2_000)
}

/// Returns a folder with `notes.db`, whose bodies have about this many bytes.
fn notes_of_length(length: u32) -> TestEnvironment {
    made(5000, 3000, length)
}

/// Returns a folder with a small `notes.db`, for tests in which only the steps matter: 500 people, 300
/// notes.
fn few_notes() -> TestEnvironment {
    made(500, 300, 10)
}

fn made(people: u32, rows: u32, length: u32) -> TestEnvironment {
    let environment = TestEnvironment::new();
    let numbers = [("PEOPLE", people), ("ROWS", rows), ("LENGTH", length)];
    let script = numbers
        .iter()
        .fold(NOTES.to_owned(), |script, (name, number)| script.replace(name, &number.to_string()));
    environment.sqlite("notes.db", &script);
    environment
}

/// Returns the command that the tests of this module run.
fn migrate(database: &Database) -> [&str; 7] {
    ["migrate", "notes.db", "--no-backup", "--jobs", "2", "--to", &database.url]
}

/// Returns what an undisturbed run makes of the file as it is now.
fn undisturbed(environment: &TestEnvironment, more: &[&str]) -> Vec<String> {
    let database = sealift_testkit::database_blocking();
    let run = [&migrate(&database)[..], &["--verify", "none"], more].concat();
    let output = environment.run(&run);
    assert_eq!(output.status, 0, "{output}");
    contents(&database)
}

/// Runs the command to its end and compares what is in the database with an undisturbed run.
#[track_caller]
fn finishes(environment: &TestEnvironment, database: &Database, more: &[&str]) -> String {
    let before = std::fs::read(environment.folder().join("notes.db")).unwrap();
    let output =
        environment.run(&[&migrate(database)[..], &["--progress", "plain"], more].concat());
    assert_eq!(output.status, 0, "{output}");
    let after = std::fs::read(environment.folder().join("notes.db")).unwrap();
    assert!(before == after, "the source was written to");
    assert_eq!(contents(database), undisturbed(environment, more));
    output.stderr
}
