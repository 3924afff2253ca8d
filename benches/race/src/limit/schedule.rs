//! Statements side by side, the longest first.

use crate::server::{connect, run};
use anyhow::{Context, Result};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio_postgres::Client;

/// What Sealift allows for sorting an index.
const SETTINGS: &str = "set maintenance_work_mem = '256MB'";

/// Short statements go to the server together, up to so many seconds: a thousand small tables would
/// otherwise be a thousand commits.
const GROUP_SECONDS: f64 = 0.1;

/// What a byte of a file counts before it was loaded once: 200 MB a second.
const SECONDS_A_BYTE: f64 = 5e-9;

/// How statements are spread over sessions. It remembers how long each took.
#[derive(Debug)]
pub(super) struct Schedule {
    url: String,
    sessions: usize,
    seconds: Arc<Mutex<HashMap<String, f64>>>,
}

/// A statement, or some that belong together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Task {
    pub(super) sql: String,
    /// How long it takes, as far as is known.
    seconds: f64,
}

impl Task {
    /// A task that reads so many bytes.
    pub(super) fn of_bytes(sql: String, bytes: u64) -> Self {
        Self { sql, seconds: bytes as f64 * SECONDS_A_BYTE }
    }

    /// A task of which nothing is known until it has run once: the first comes first.
    pub(super) fn of_seconds(sql: String) -> Self {
        Self { sql, seconds: f64::INFINITY }
    }
}

impl Schedule {
    pub(super) fn new(url: &str, sessions: usize) -> Self {
        Self { url: url.to_owned(), sessions, seconds: Arc::default() }
    }

    /// Returns how long a task takes, as far as is known.
    pub(super) fn seconds(&self, task: &Task) -> f64 {
        let known = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&task.sql).copied().unwrap_or(task.seconds)
    }

    /// Runs statements in a session of their own, as one message.
    pub(super) async fn one(&self, schema: &str, sql: &str) -> Result<()> {
        if sql.is_empty() { Ok(()) } else { run(&self.session(schema).await?, sql).await }
    }

    /// Runs tasks side by side; short ones go together, in one transaction.
    pub(super) async fn grouped(&self, schema: &str, tasks: Vec<Task>) -> Result<()> {
        let tasks = self.sorted(tasks);
        self.side_by_side(schema, groups(tasks, self.sessions)).await
    }

    /// Runs tasks side by side, each in a transaction of its own: together they could lock one
    /// another out.
    pub(super) async fn each(&self, schema: &str, tasks: Vec<Task>) -> Result<()> {
        let tasks = self.sorted(tasks);
        self.side_by_side(schema, tasks.into_iter().map(|task| task.sql).collect()).await
    }

    async fn session(&self, schema: &str) -> Result<Client> {
        let client = connect(&self.url).await?;
        run(&client, &format!("{SETTINGS}; set search_path = {schema}")).await?;
        Ok(client)
    }

    /// Returns tasks with the seconds that each has taken before, the longest first.
    fn sorted(&self, mut tasks: Vec<Task>) -> Vec<Task> {
        let known = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        for task in &mut tasks {
            task.seconds = known.get(&task.sql).copied().unwrap_or(task.seconds);
        }
        tasks.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
        tasks
    }

    async fn side_by_side(&self, schema: &str, messages: VecDeque<String>) -> Result<()> {
        let queue = Arc::new(Mutex::new(messages));
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..self.sessions {
            let client = self.session(schema).await?;
            workers.spawn(work(client, Arc::clone(&queue), Arc::clone(&self.seconds)));
        }
        while let Some(done) = workers.join_next().await {
            done.context("a session of the limit")??;
        }
        Ok(())
    }
}

async fn work(
    client: Client,
    queue: Arc<Mutex<VecDeque<String>>>,
    seconds: Arc<Mutex<HashMap<String, f64>>>,
) -> Result<()> {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(sql) = next else { return Ok(()) };
        let began = Instant::now();
        run(&client, &sql).await?;
        let taken = began.elapsed().as_secs_f64();
        seconds.lock().unwrap_or_else(PoisonError::into_inner).insert(sql, taken);
    }
}

/// Puts sorted tasks together until a group takes [`GROUP_SECONDS`], or a session's fair part of all.
fn groups(tasks: Vec<Task>, sessions: usize) -> VecDeque<String> {
    let all: f64 = tasks.iter().map(|task| task.seconds).sum();
    let most = f64::min(GROUP_SECONDS, all / sessions as f64 / 4.0);
    let mut groups = VecDeque::new();
    let (mut group, mut seconds) = (Vec::new(), 0.0);
    for task in tasks {
        if !group.is_empty() && seconds + task.seconds > most {
            groups.push_back(std::mem::take(&mut group).join("; "));
            seconds = 0.0;
        }
        seconds += task.seconds;
        group.push(task.sql);
    }
    if !group.is_empty() {
        groups.push_back(group.join("; "));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(sql: &str, seconds: f64) -> Task {
        Task { sql: sql.to_owned(), seconds }
    }

    #[test]
    fn short_statements_go_together_and_long_ones_alone() {
        let tasks =
            vec![task("a", 3.0), task("b", 0.2), task("c", 0.04), task("d", 0.04), task("e", 0.04)];
        assert_eq!(groups(tasks, 2), ["a", "b", "c; d", "e"]);
    }

    #[test]
    fn a_few_short_statements_still_occupy_every_session() {
        let tasks = vec![task("a", 0.01), task("b", 0.01), task("c", 0.01), task("d", 0.01)];
        assert!(groups(tasks, 2).len() >= 2);
    }

    #[test]
    fn what_has_not_run_yet_is_not_put_together() {
        let tasks = vec![Task::of_seconds("a".to_owned()), Task::of_seconds("b".to_owned())];
        assert_eq!(groups(tasks, 2), ["a", "b"]);
    }

    #[test]
    fn the_longest_statement_of_the_last_run_comes_first() {
        let schedule = Schedule::new("", 2);
        schedule.seconds.lock().unwrap().extend([("a".to_owned(), 1.0), ("b".to_owned(), 2.0)]);
        let tasks = ["a", "b"].map(|sql| Task::of_seconds(sql.to_owned()));
        let sorted: Vec<String> =
            schedule.sorted(tasks.to_vec()).into_iter().map(|task| task.sql).collect();
        assert_eq!(sorted, ["b", "a"]);
    }
}
