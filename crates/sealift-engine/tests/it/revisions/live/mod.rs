//! Each kind of step up, down and up again, through the engine, while an application reads and writes the same tables and
//! holds transactions open. None of its statements fails, or waits for a lock longer than a revision may.

mod application;
mod circle;
mod columns;
mod locks;
mod rules;
mod tables;
mod views;

use super::{found, go, model, request, titles};
use application::Application;
use sealift_core::revision::diff::Step;
use sealift_core::revision::file::{Id, Parents};
use sealift_core::revision::graph::Target;
use sealift_core::revision::model::{Model, Rename};
use sealift_core::revision::way::Way;
use sealift_engine::revision::difference::Found;
use sealift_engine::revision::folder::Folder;
use sealift_engine::revision::run::LOCK_TIMEOUT;
use sealift_engine::revision::state::Goal;
use sealift_engine::revision::wanted::{Source, SqlFile};
use sealift_testkit::{Database, database};
use std::time::{Duration, Instant};

/// What is there before each change.
const BEFORE: &str = "
    create table users (id int primary key, name text default 'x', mail varchar(40), born date, score numeric(10,2),
                        n int not null default 0);
    create table posts (id int primary key, author int default 1, title text default 'none',
                        n int not null default 0);
";

/// Rows below 1000 are the test's, one of 1001 comes and goes; 1 and 2 are counted up.
const ROWS: &str = "
    insert into users select i, 'name ' || i, i || '@x', date '2000-01-01' + i, i + 0.25, 0 from generate_series(1, 300) i;
    insert into posts select i, i % 300 + 1, 'title ' || i, 0 from generate_series(1, 600) i;
    analyze;
";

/// A change, and the application beside it.
struct Change {
    /// What is there besides [`BEFORE`].
    before: &'static str,
    /// What is wanted instead, besides [`BEFORE`].
    after: &'static str,
    /// `old=new`.
    renames: &'static [&'static str],
    /// The titles of steps that must be among those of the difference.
    steps: &'static [&'static str],
    /// The tables that the application uses: none whose name changes.
    uses: &'static [&'static str],
    /// What it reads besides.
    reads: &'static [&'static str],
    /// A query whose rows must stay what they are.
    kept: &'static str,
}

const USUAL: Change = Change {
    before: "",
    after: "",
    renames: &[],
    steps: &[],
    uses: &["users", "posts"],
    reads: &[],
    kept: "select id, name, score from users where id < 1000 union all \
           select id, title, author from posts where id < 1000 order by 1, 2",
};

/// How many statements the application gets done at least while the schema goes one way.
const LEAST_STATEMENTS: u64 = 5;

/// What a whole test may take, so that a lock that is never to be had is a failure.
const DEADLINE: Duration = Duration::from_secs(100);

/// Goes up, down and up again beside the application.
async fn live(change: Change) {
    locks::are_as_said(&change).await;
    let database = database().await;
    database.execute(&format!("{BEFORE} {} {ROWS}", change.before)).await;
    let before = model(&database, "public").await;
    let (folder, wanted) = written(&database, &change).await;
    let kept = database.query_text(change.kept).await;

    let application = Application::start(&database, change.uses, change.reads, LOCK_TIMEOUT).await;
    let began = Instant::now();
    for (way, target) in
        [(Way::Up, Target::Head), (Way::Down, Target::Base), (Way::Up, Target::Head)]
    {
        let before_it = application.statements();
        go(&database, folder.path(), Goal { way, target }).await;
        // The application comes back to what has changed before it changes again.
        while application.statements() < before_it + LEAST_STATEMENTS && !application.has_failed() {
            assert!(began.elapsed() < DEADLINE, "the application stands still");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let is = model(&database, "public").await.fingerprint();
        let should = if way == Way::Up { &wanted } else { &before };
        assert_eq!(is, should.fingerprint(), "{way}");
    }
    let seen = application.stop().await;

    assert_eq!(seen.failures, [""; 0]);
    assert!(seen.longest < LOCK_TIMEOUT, "{:?}: {}", seen.longest, seen.slowest);
    assert_eq!(database.query_text(change.kept).await, kept);
    let sum = |table: &&str| format!("(select sum(n) from {table} where id < 1000)");
    let sums: Vec<String> = change.uses.iter().map(sum).collect();
    let counted = database.query_value(&format!("select {}", sums.join(" + "))).await;
    assert_eq!(counted, Some(seen.raised.to_string()), "no write is lost");
}

/// Writes the way to what is wanted as files; returns where they are, and what the schema is to become.
async fn written(database: &Database, change: &Change) -> (tempfile::TempDir, Model) {
    let found = compared(database, change).await;
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::read(place.path()).unwrap();
    let first = Id::new("20260101000000").unwrap();
    for one in found.difference.revisions(&first, Parents::None, "change") {
        folder.write(&one.id, &one.slug, &one.up, &one.down).unwrap();
    }
    (place, found.wanted)
}

/// Makes what is there before; returns the steps to what is wanted.
async fn steps(database: &Database, change: &Change) -> Vec<Step> {
    database.execute(&format!("{BEFORE} {} {ROWS}", change.before)).await;
    compared(database, change).await.difference.steps
}

async fn compared(database: &Database, change: &Change) -> Found {
    let text = renamed(change) + change.after;
    let file = SqlFile { name: "wanted.sql".to_owned(), text };
    let mut asked = request(database, "public", Source::Sql(file));
    asked.renames = change.renames.iter().map(|text| Rename::parse(text).unwrap()).collect();
    let found = found(&asked).await.unwrap();
    let is = titles(&found);
    for step in change.steps {
        assert!(is.contains(step), "{step} is not among {is:#?}");
    }
    assert!(found.difference.not_covered.is_empty(), "{is:#?}");
    found
}

/// [`BEFORE`] under its new names: those of a table stand behind `table` only.
fn renamed(change: &Change) -> String {
    let mut text = BEFORE.to_owned();
    for rename in change.renames {
        let (old, new) = rename.split_once('=').unwrap();
        text = match (old.split_once('.'), new.split_once('.')) {
            (Some((_, old)), Some((_, new))) => text.replace(old, new),
            _ => text.replace(&format!("table {old}"), &format!("table {new}")),
        };
    }
    text
}
