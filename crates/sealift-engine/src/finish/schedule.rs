//! Which statement may run beside which: two that would wait for each other's table locks are not
//! started together, and the largest table goes first.

use sealift_core::ddl::{Statement, TableLock};
use std::collections::BTreeMap;

/// Statements that wait, and the locks of those that run.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    waiting: Vec<Statement>,
    running: Vec<TableLock>,
}

/// What a worker does next.
#[derive(Debug)]
pub(super) enum Next {
    /// This statement.
    Run(Statement),
    /// All that is left would wait for a running one.
    Wait,
    /// Nothing is left.
    Nothing,
}

impl Schedule {
    /// Returns a schedule that begins with the largest tables; `weights` is by target table.
    pub(super) fn new(mut statements: Vec<Statement>, weights: &BTreeMap<String, u64>) -> Self {
        statements.sort_by_key(|statement| {
            std::cmp::Reverse(weights.get(statement.table.as_str()).copied().unwrap_or(0))
        });
        Self { waiting: statements, running: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn next(&mut self) -> Next {
        let free = self
            .waiting
            .iter()
            .position(|statement| !statement.locks.iter().any(|lock| self.is_blocked(lock)));
        match free {
            Some(position) => {
                let statement = self.waiting.remove(position);
                self.running.extend(statement.locks.iter().cloned());
                Next::Run(statement)
            }
            None if self.waiting.is_empty() => Next::Nothing,
            None => Next::Wait,
        }
    }

    pub(super) fn finished(&mut self, statement: &Statement) {
        for lock in &statement.locks {
            if let Some(position) = self.running.iter().position(|running| running == lock) {
                self.running.swap_remove(position);
            }
        }
    }

    /// Forgets what has not been started.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    fn is_blocked(&self, wanted: &TableLock) -> bool {
        self.running
            .iter()
            .any(|running| running.table == wanted.table && (running.exclusive || wanted.exclusive))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::ddl::Stage;
    use sealift_core::name::Ident;
    use sealift_core::sql::Sql;

    fn statement(id: &str, locks: &[(&str, bool)]) -> Statement {
        let ident = |name: &str| Ident::new(name).unwrap();
        Statement {
            id: id.to_owned(),
            stage: Stage::Indexes,
            table: ident(locks[0].0),
            locks: locks
                .iter()
                .map(|(table, exclusive)| TableLock { table: ident(table), exclusive: *exclusive })
                .collect(),
            sql: Sql::new(),
        }
    }

    fn run(schedule: &mut Schedule) -> Option<Statement> {
        match schedule.next() {
            Next::Run(statement) => Some(statement),
            Next::Wait | Next::Nothing => None,
        }
    }

    #[test]
    fn two_indexes_of_a_table_run_together_and_a_key_alone() {
        let statements = vec![
            statement("i1", &[("t", false)]),
            statement("i2", &[("t", false)]),
            statement("k", &[("t", true)]),
        ];
        let mut schedule = Schedule::new(statements, &BTreeMap::new());
        let first = run(&mut schedule).unwrap();
        let second = run(&mut schedule).unwrap();
        assert!(matches!(schedule.next(), Next::Wait));
        schedule.finished(&first);
        assert!(matches!(schedule.next(), Next::Wait));
        schedule.finished(&second);
        assert_eq!(run(&mut schedule).unwrap().id, "k");
        assert!(matches!(schedule.next(), Next::Nothing));
    }

    #[test]
    fn foreign_keys_that_cross_do_not_run_together() {
        let statements = vec![
            statement("a to b", &[("a", true), ("b", true)]),
            statement("b to a", &[("b", true), ("a", true)]),
            statement("c to d", &[("c", true), ("d", true)]),
        ];
        let mut schedule = Schedule::new(statements, &BTreeMap::new());
        assert_eq!(run(&mut schedule).unwrap().id, "a to b");
        assert_eq!(run(&mut schedule).unwrap().id, "c to d");
        assert!(matches!(schedule.next(), Next::Wait));
    }

    #[test]
    fn the_largest_table_goes_first() {
        let weights = BTreeMap::from([("big".to_owned(), 9), ("small".to_owned(), 1)]);
        let statements = vec![statement("s", &[("small", true)]), statement("b", &[("big", true)])];
        let mut schedule = Schedule::new(statements, &weights);
        assert_eq!(run(&mut schedule).unwrap().id, "b");
    }
}
