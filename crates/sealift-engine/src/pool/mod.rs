//! The sessions that do the work: rows, keys, indexes, constraints and statistics of all tables, each as
//! soon as what it stands on is there.
//!
//! ```text
//! worker 1   copy t ── copy t ── copy u ── key of t ──── index of t ── foreign key of u ─ statistics
//! worker 2   copy t ── copy t ── copy v ── key of u ─ key of v ─ statistics of v ─ index of t ─ …
//!                               rows are there ↑                       everything is built ↑
//! ```
//!
//! There are as many workers as `--jobs` says, whatever they do, so that a small machine is not given
//! more than it can do at once. See design 019.

mod board;
mod worker;

use self::board::Board;
use crate::copy::{CopyContext, RangeJob, Receipts};
use crate::error::{Error, ErrorKind, Result};
use crate::finish::FinishContext;
use crate::ops::Cancel;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// How far the pool has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Milestone {
    /// Rows are on their way.
    Begun,
    /// All rows have arrived, with their receipts.
    Loaded,
    /// All keys, indexes and constraints are there as well.
    Built,
}

/// How a pool failed.
#[derive(Debug)]
pub enum Failure {
    /// Rows did not arrive.
    Rows(Error),
    /// What stands on rows could not be made. The rows are there, if nothing else went wrong.
    Rest(Error),
}

/// The workers of a run, and what they know together.
#[derive(Debug)]
pub struct Pool {
    copy: Arc<CopyContext>,
    finish: Arc<FinishContext>,
    workers: usize,
    board: Mutex<Board>,
    /// Something has ended: others may begin.
    changed: Notify,
    receipts: Mutex<Receipts>,
    /// What the server refused while rows were still on their way.
    refused: Mutex<Option<Error>>,
    /// Stops what is under way when something else has failed.
    failed: Cancel,
    /// How many workers have a session.
    sessions: AtomicUsize,
    milestone: watch::Sender<Milestone>,
}

impl Pool {
    /// Returns a pool of up to `workers` that has not begun: ranges of a wave begin when all of the one
    /// before have arrived.
    #[must_use]
    pub fn new(
        copy: Arc<CopyContext>,
        finish: Arc<FinishContext>,
        waves: Vec<Vec<RangeJob>>,
        workers: usize,
    ) -> Arc<Self> {
        let (statements, _) = finish.left();
        let board = Board::new(&copy.plan.tables, waves, statements, workers);
        let pool = Self {
            copy,
            finish,
            workers: board.workers(),
            board: Mutex::new(board),
            changed: Notify::new(),
            receipts: Mutex::default(),
            refused: Mutex::default(),
            failed: Cancel::new(),
            sessions: AtomicUsize::new(0),
            milestone: watch::Sender::new(Milestone::Begun),
        };
        pool.mark();
        Arc::new(pool)
    }

    /// Does everything.
    ///
    /// # Errors
    /// The first failure. A statement that the server refuses lets the rows that are on their way arrive
    /// first; whatever else fails stops the others: ranges under way arrive or are rolled back.
    pub async fn run(self: &Arc<Self>) -> Result<(), Failure> {
        let mut tasks = JoinSet::new();
        for _ in 0..self.workers {
            tasks.spawn(worker::work(Arc::clone(self)));
        }
        let mut failure = None;
        while let Some(joined) = tasks.join_next().await {
            let outcome = joined.unwrap_or_else(|error| {
                let error = Error::new(ErrorKind::Bug, "a worker panicked").caused_by(error);
                let loaded = *self.milestone.borrow() >= Milestone::Loaded;
                Err(if loaded { Failure::Rest(error) } else { Failure::Rows(error) })
            });
            if let Err(error) = outcome {
                self.stop();
                failure.get_or_insert(error);
            }
        }
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (failure, refused) {
            (Some(failure), _) => Err(failure),
            (None, Some(refused)) => Err(Failure::Rest(refused)),
            (None, None) => Ok(()),
        }
    }

    /// Stops at the end of the ranges under way, and what else is under way at once.
    pub fn stop(&self) {
        self.board().stop();
        self.failed.cancel();
        self.changed.notify_waiters();
    }

    /// Waits until so much is done. A pool that fails before never comes there.
    pub async fn reached(&self, milestone: Milestone) {
        let mut seen = self.milestone.subscribe();
        if seen.wait_for(|now| *now >= milestone).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns the receipts of what has arrived so far.
    #[must_use]
    pub fn receipts(&self) -> Receipts {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how many statements are left.
    #[must_use]
    pub fn statements_left(&self) -> usize {
        self.board().statements_left()
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells how far the pool has come.
    fn mark(&self) {
        let board = self.board();
        let now = match (board.is_loaded(), board.is_built()) {
            (false, _) => Milestone::Begun,
            (true, false) => Milestone::Loaded,
            (true, true) => Milestone::Built,
        };
        drop(board);
        self.milestone.send_if_modified(|milestone| {
            let further = now > *milestone;
            if further {
                *milestone = now;
            }
            further
        });
    }
}
