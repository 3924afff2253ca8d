//! An application that goes on while the schema changes: it reads, it writes, and it holds transactions open.

use sealift_testkit::Database;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, SimpleQueryMessage};

/// How long a transaction of the application stays open between two statements.
const HELD: Duration = Duration::from_millis(60);

/// How long it makes no transaction in between.
const REST: Duration = Duration::from_millis(40);

/// Its sessions.
pub(super) struct Application {
    stop: Arc<AtomicBool>,
    statements: Arc<AtomicU64>,
    sessions: Vec<JoinHandle<Seen>>,
}

/// What a session has seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Statements that failed, with what the server said.
    pub(super) failures: Vec<String>,
    /// The longest that a statement took.
    pub(super) longest: Duration,
    /// Which one that was.
    pub(super) slowest: String,
    /// How often each counter was raised by one, for good.
    pub(super) raised: u64,
}

impl Application {
    /// Begins: a session that reads, one that writes, and one whose transactions stay open for a while and take the tables
    /// in both orders. None waits longer for a lock than `lock_timeout`; otherwise its statement fails.
    pub(super) async fn start(
        database: &Database,
        tables: &[&str],
        also: &[&str],
        lock_timeout: Duration,
    ) -> Self {
        let (stop, statements) = (Arc::default(), Arc::default());
        let mut sessions = Vec::new();
        for script in [reads(tables, also), writes(tables), holds(tables)] {
            let client = database.connect().await;
            let limit = format!("set lock_timeout = {}", lock_timeout.as_millis());
            client.batch_execute(&limit).await.unwrap();
            let session =
                Session { client, stop: Arc::clone(&stop), statements: Arc::clone(&statements) };
            sessions.push(tokio::spawn(session.run(script)));
        }
        Self { stop, statements, sessions }
    }

    /// Returns how many statements it has carried out so far.
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::SeqCst)
    }

    /// Returns whether one of its statements has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Ends it; returns what its sessions have seen together.
    pub(super) async fn stop(self) -> Seen {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Seen::default();
        for session in self.sessions {
            let seen = session.await.unwrap();
            if seen.longest > all.longest {
                (all.longest, all.slowest) = (seen.longest, seen.slowest);
            }
            all.failures.extend(seen.failures);
            all.raised += seen.raised;
        }
        all
    }
}

/// What a session does again and again.
enum Action {
    Send(String),
    /// Sends what adds one to a counter, at once or with the transaction that is open.
    Raise(String),
    Pause(Duration),
}

fn send(sql: impl Into<String>) -> Action {
    Action::Send(sql.into())
}

fn reads(tables: &[&str], also: &[&str]) -> Vec<Action> {
    let sums = tables.iter().map(|table| send(format!("select count(*), sum(n) from {table}")));
    let pages =
        tables.iter().map(|table| send(format!("select id from {table} order by id limit 9")));
    sums.chain(pages).chain(also.iter().map(|sql| send(*sql))).collect()
}

fn writes(tables: &[&str]) -> Vec<Action> {
    let mut script = Vec::new();
    for table in tables {
        script.push(Action::Raise(format!("update {table} set n = n + 1 where id = 1")));
        script.push(send(format!("insert into {table} (id, n) values (1001, 0)")));
        script.push(send(format!("delete from {table} where id = 1001")));
    }
    script
}

fn holds(tables: &[&str]) -> Vec<Action> {
    let mut script = Vec::new();
    let orders = [tables.to_vec(), tables.iter().rev().copied().collect()];
    for order in orders {
        script.push(send("begin"));
        for table in order {
            script.push(Action::Raise(format!("update {table} set n = n + 1 where id = 2")));
            script.push(Action::Pause(HELD));
        }
        script.push(send("commit"));
        script.push(Action::Pause(REST));
    }
    script
}

struct Session {
    client: Client,
    stop: Arc<AtomicBool>,
    statements: Arc<AtomicU64>,
}

impl Session {
    /// Whole rounds only, so that no transaction is left open; the first failure ends all sessions.
    async fn run(self, script: Vec<Action>) -> Seen {
        let mut seen = Seen::default();
        while !self.stop.load(Ordering::SeqCst) {
            for action in &script {
                let outcome = match action {
                    Action::Pause(how_long) => {
                        tokio::time::sleep(*how_long).await;
                        Ok(0)
                    }
                    Action::Send(sql) => self.send(sql, &mut seen).await.map(|_| 0),
                    Action::Raise(sql) => self.send(sql, &mut seen).await,
                };
                match outcome {
                    Ok(raised) => seen.raised += raised,
                    Err(failure) => {
                        self.stop.store(true, Ordering::SeqCst);
                        seen.failures.push(failure);
                        return seen;
                    }
                }
            }
            // The other sessions and the change itself share this thread.
            tokio::task::yield_now().await;
        }
        seen
    }

    /// Returns how many rows were changed, or the statement and what the server said about it.
    async fn send(&self, sql: &str, seen: &mut Seen) -> Result<u64, String> {
        let began = Instant::now();
        let outcome = self.client.simple_query(sql).await;
        let took = began.elapsed();
        if took > seen.longest {
            (seen.longest, seen.slowest) = (took, sql.to_owned());
        }
        self.statements.fetch_add(1, Ordering::SeqCst);
        let changed = |message: &SimpleQueryMessage| {
            if let SimpleQueryMessage::CommandComplete(rows) = message { *rows } else { 0 }
        };
        match outcome {
            Ok(messages) => Ok(messages.iter().map(changed).sum()),
            Err(error) => {
                let said = error.as_db_error().map(ToString::to_string);
                Err(format!("{sql}: {}", said.unwrap_or_else(|| error.to_string())))
            }
        }
    }
}
