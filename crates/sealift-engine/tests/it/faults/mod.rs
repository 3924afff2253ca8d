//! Runs whose connection, server or statements fail, and that end equal all the same.

mod network;
mod server;
mod sqlstate;

use sealift_engine::config::{MigrateOptions, RecoveryOptions};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Event, Events, Phase};
use sealift_engine::report::MigrateReport;
use sealift_engine::{Error, Result};
use sealift_testkit::{Database, TempSqlite, sqlite_file};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Several tables and ranges of statements, so that each phase has something to be disturbed in.
const SHOP: &str = "
    pragma journal_mode = wal;
    create table customer (id integer primary key autoincrement, email text not null unique);
    create table item (id integer primary key, customer integer not null references customer(id),
                       price real, note text, check (price >= 0));
    create table tag (name text primary key) without rowid;
    create index item_customer on item(customer);
    create index item_price on item(price) where price > 10;
    create view rich as select customer, sum(price) as total from item group by customer;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 800)
    insert into customer select i, 'c' || i || '@example.com' from n;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
    insert into item select i, 1 + i % 800, i / 8.0, printf('note %d %.*c', i, i % 90, 'x') from n;
    insert into tag values ('a'), ('b');";

/// What is in the target, as text.
const CONTENTS: &str = "
    select 'customer', md5(string_agg(t::text, ',' order by t::text)) from public.customer t
    union all select 'item', md5(string_agg(t::text, ',' order by t::text)) from public.item t
    union all select 'tag', md5(string_agg(t::text, ',' order by t::text)) from public.tag t
    union all select 'rich', md5(string_agg(t::text, ',' order by t::text)) from public.rich t
    union all select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
              where indrelid::regclass::text in ('customer', 'item', 'tag')
    union all select conname, pg_get_constraintdef(oid) from pg_constraint
              where connamespace = 'public'::regnamespace
    union all select 'sequence', last_value::text from pg_sequences where schemaname = 'public'
    union all select 'state', nspname from pg_namespace where nspname = '_sealift'
    order by 1, 2";

/// How long a run may take: far more than a disturbed one on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// The contents after a run, and what was told on the way.
struct Ran {
    outcome: Result<MigrateReport>,
    notices: Vec<String>,
}

impl Ran {
    #[track_caller]
    fn error(&self) -> &Error {
        self.outcome.as_ref().unwrap_err()
    }

    /// Returns how often it was tried again.
    fn attempts_more(&self) -> usize {
        self.notices.iter().filter(|notice| notice.contains("trying again in")).count()
    }
}

fn shop() -> TempSqlite {
    sqlite_file(SHOP)
}

/// Settings under which silence is noticed within a second.
fn options(file: &TempSqlite, database: &Database, url: &str) -> MigrateOptions {
    let target = crate::support::endpoint(url);
    let recovery = RecoveryOptions {
        retry_for: Duration::from_secs(60),
        watch: Duration::from_millis(200),
        ..RecoveryOptions::default()
    };
    MigrateOptions { target, recovery, ..crate::support::options(file.path(), database) }
}

/// Migrates, calling `disturb` when a phase begins for the first time.
async fn run(
    options: MigrateOptions,
    phase: Phase,
    disturb: impl FnOnce() + Send + 'static,
) -> Ran {
    let notices = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&notices);
    let disturb = Mutex::new(Some(disturb));
    let events = Events::new(move |event| match event {
        Event::PhaseStarted { phase: started, .. } if started == phase => {
            if let Some(disturb) = disturb.lock().unwrap().take() {
                disturb();
            }
        }
        Event::Notice { message } => told.lock().unwrap().push(message),
        Event::PhaseStarted { .. }
        | Event::PhaseDone { .. }
        | Event::Rows { .. }
        | Event::TableDone { .. }
        | Event::Planned { .. }
        | Event::StepDone { .. } => {}
    });
    let outcome = tokio::time::timeout(PATIENCE, migrate(options, events, Cancel::new())).await;
    let notices = std::mem::take(&mut *notices.lock().unwrap());
    let outcome = outcome.unwrap_or_else(|_| panic!("hangs after {phase}: {notices:#?}"));
    Ran { outcome, notices }
}

/// Returns what an undisturbed run makes of the shop; it is made once in a process.
async fn undisturbed() -> &'static [Vec<Option<String>>] {
    static CONTENTS_OF_A_SHOP: OnceCell<Vec<Vec<Option<String>>>> = OnceCell::const_new();
    let made = CONTENTS_OF_A_SHOP.get_or_init(|| async {
        let (file, database) = (shop(), sealift_testkit::database().await);
        let report = crate::support::run(crate::support::options(file.path(), &database)).await;
        crate::support::assert_equal(&report.unwrap());
        database.query_text(CONTENTS).await
    });
    made.await
}
