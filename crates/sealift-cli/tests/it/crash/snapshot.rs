//! One moment of a file that an application goes on writing to.

use crate::environment::TestEnvironment;
use sealift_testkit::Database;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};

const BANK: &str = "
    pragma journal_mode = JOURNAL;
    create table giro (id integer primary key, cents integer not null);
    create table savings (id integer primary key, cents integer not null, note text not null);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
    insert into giro select i, 100000 from n;
    insert into savings select id, 0, printf('%.*c', 5000, 'x') from giro;
";

const TRANSFER: &str = "
    begin immediate;
    update giro set cents = cents - 7 where id = 1 + abs(random()) % 2000;
    update savings set cents = cents + 7 where id = 1 + abs(random()) % 2000;
    commit";

/// Money moves between two tables in every transaction; not a cent is missing on the other side.
#[test]
fn rows_of_all_tables_are_of_one_moment() {
    let transfers = money_is_neither_made_nor_lost("wal");
    assert!(transfers > 20, "the writer had to wait: {transfers} transfers");
}

/// The same with a rollback journal, where the writer has to wait.
#[test]
fn rows_of_all_tables_are_of_one_moment_with_a_rollback_journal() {
    money_is_neither_made_nor_lost("delete");
}

fn money_is_neither_made_nor_lost(journal: &str) -> u32 {
    let environment = TestEnvironment::new();
    environment.sqlite("bank.db", &BANK.replace("JOURNAL", journal));
    let database = sealift_testkit::database_blocking();
    let stop = AtomicBool::new(false);
    let transfers = std::thread::scope(|scope| {
        let (sender, begun) = channel();
        let (environment, stop) = (&environment, &stop);
        let writer = scope.spawn(move || write(environment, stop, &sender));
        begun.recv_timeout(super::running::PATIENCE).expect("the writer does not write");
        let run = ["migrate", "bank.db", "--no-backup", "--jobs", "2", "--to", &database.url];
        let output = environment.run(&run);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(output.status, 0, "{output}");
        writer.join().unwrap()
    });
    assert_eq!(sum(&database), "200000000");
    let moved = database.query_text_blocking("select sum(cents) > 0 from savings");
    assert_eq!(moved, [[Some("t".to_owned())]], "nothing had moved when the snapshot was taken");
    transfers
}

/// Writes until told to stop; says so once money has moved.
fn write(environment: &TestEnvironment, stop: &AtomicBool, begun: &Sender<()>) -> u32 {
    let connection = rusqlite::Connection::open(environment.folder().join("bank.db")).unwrap();
    connection.busy_timeout(super::running::PATIENCE).unwrap();
    let mut transfers = 0;
    while !stop.load(Ordering::Relaxed) {
        connection.execute_batch(TRANSFER).unwrap();
        transfers += 1;
        if transfers == 10 {
            begun.send(()).unwrap();
        }
    }
    transfers
}

fn sum(database: &Database) -> String {
    let sql = "select (select sum(cents) from giro) + (select sum(cents) from savings)";
    database.query_text_blocking(sql).into_iter().flatten().flatten().collect()
}
