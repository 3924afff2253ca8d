//! [`seconds`]: about how long a statement works, from what a table holds.

use super::Effect;
use crate::plan::estimate::Rates;
use crate::revision::diff::Work;

/// What a table holds, as the server counts it without looking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Rows, as the last `analyze` or `vacuum` has counted them.
    pub rows: f64,
    /// Bytes of the table with its indexes and long values.
    pub bytes: f64,
    /// How many indexes it has.
    pub indexes: f64,
}

/// What a statement does with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Reads them.
    Read,
    /// Sorts them into an index.
    Index,
    /// Writes them anew, indexes included.
    Write,
}

impl Effect {
    /// Returns what is done with the rows of the tables; `None` where only the catalogs change.
    #[must_use]
    pub fn task(&self, builds_an_index: bool) -> Option<Task> {
        match self.work {
            Work::Brief => None,
            Work::Scan if builds_an_index => Some(Task::Index),
            Work::Scan => Some(Task::Read),
            Work::Rewrite => Some(Task::Write),
        }
    }
}

/// Returns about how many seconds a task takes, by the usual rates of a server (see `plan::estimate`) that has the table
/// in memory. Good for telling a moment from a minute and a minute from an hour, not for more.
#[must_use]
pub fn seconds(task: Task, size: Size, rates: &Rates) -> f64 {
    let sorted = size.rows * size.rows.max(2.0).log2();
    match task {
        Task::Read => size.rows * rates.hash_row,
        Task::Index => size.rows * rates.hash_row + sorted * rates.text_key,
        Task::Write => {
            let written = size.rows * rates.copy_row + size.bytes * rates.copy_byte;
            written + size.indexes * sorted * rates.text_key
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_takes_longer_than_sorting_and_sorting_longer_than_reading() {
        let size = Size { rows: 1e6, bytes: 1e8, indexes: 2.0 };
        let took = |task| seconds(task, size, &Rates::USUAL);
        assert!(took(Task::Read) < took(Task::Index));
        assert!(took(Task::Index) < took(Task::Write));
        assert!((0.1..10.0).contains(&took(Task::Write)));
        let empty = Size { rows: 0.0, bytes: 0.0, indexes: 2.0 };
        assert_eq!(seconds(Task::Write, empty, &Rates::USUAL), 0.0);
    }
}
