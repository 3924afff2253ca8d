//! The work of the census: ranges of tables, cut in half while somebody has nothing to do.

use super::super::reader::KeyRange;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A range of a table to be scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Task {
    /// The table's position in the schema.
    pub(super) table: usize,
    /// Its rows.
    pub(super) range: KeyRange,
}

/// What is still to be done, shared by the workers.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    idle: AtomicUsize,
    /// For each table, tasks that wait or run.
    open: Vec<AtomicUsize>,
}

#[derive(Debug)]
struct State {
    /// The next task is the last.
    waiting: Vec<Task>,
    running: usize,
    closed: bool,
}

impl Queue {
    /// Returns a queue of tasks, the first to be done first, about `tables` tables.
    pub(super) fn new(mut tasks: Vec<Task>, tables: usize) -> Self {
        let open: Vec<AtomicUsize> = (0..tables).map(|_| AtomicUsize::new(0)).collect();
        for task in &tasks {
            if let Some(count) = open.get(task.table) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        tasks.reverse();
        Self {
            state: Mutex::new(State { waiting: tasks, running: 0, closed: false }),
            changed: Condvar::new(),
            idle: AtomicUsize::new(0),
            open,
        }
    }

    /// Returns the next task; waits while others run, because they may hand some on; `None` when
    /// all is done or the queue is closed.
    pub(super) fn next(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(task) = state.waiting.pop() {
                state.running += 1;
                return Some(task);
            }
            if state.running == 0 {
                return None;
            }
            self.idle.fetch_add(1, Ordering::Relaxed);
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            self.idle.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Returns whether a worker has nothing to do.
    pub(super) fn is_hungry(&self) -> bool {
        self.idle.load(Ordering::Relaxed) > 0
    }

    /// Adds a part of a running task.
    pub(super) fn add(&self, task: Task) {
        if let Some(count) = self.open.get(task.table) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.lock().waiting.push(task);
        self.changed.notify_one();
    }

    /// Marks a task as done; returns whether it was the table's last.
    pub(super) fn finish(&self, table: usize) -> bool {
        let mut state = self.lock();
        state.running -= 1;
        if state.running == 0 && state.waiting.is_empty() {
            self.changed.notify_all();
        }
        self.open.get(table).is_some_and(|count| count.fetch_sub(1, Ordering::Relaxed) == 1)
    }

    /// Ends the work: nobody gets another task.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_handed_on_reaches_a_waiting_worker() {
        let task = |after| Task { table: 0, range: KeyRange { after: Some(after), up_to: None } };
        let queue = Queue::new(vec![task(0)], 1);
        let first = queue.next().unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| queue.next());
            while !queue.is_hungry() {
                std::thread::yield_now();
            }
            queue.add(task(7));
            assert_eq!(first, task(0));
            assert_eq!(other.join().unwrap(), Some(task(7)));
            assert!(!queue.finish(0), "the other half still runs");
            assert!(queue.finish(0));
        });
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn the_first_task_is_done_first() {
        let tasks = [3, 1, 2].map(|table| Task { table, range: KeyRange::ALL });
        let queue = Queue::new(tasks.to_vec(), 4);
        assert_eq!(queue.next().unwrap().table, 3);
        assert_eq!(queue.next().unwrap().table, 1);
    }
}
