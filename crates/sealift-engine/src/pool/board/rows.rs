//! [`Rows`]: the ranges that are left, and whose turn it is.
//!
//! Sessions that load one table wait for each other whenever it grows: the server makes room under a lock
//! (wait event `extend` in the manual's section 28.2.3), before version 16 writing other pages out meanwhile.
//! So each takes a table that nobody is loading while there is one. They meet at the end only, in what
//! is left of the largest.

use crate::copy::RangeJob;
use std::cmp::Reverse;
use std::collections::VecDeque;

/// Ranges that have not arrived.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Those of a wave begin when all of the wave before have arrived, with which it is gone.
    waves: VecDeque<Vec<Table>>,
}

/// What is left of one table.
#[derive(Debug)]
struct Table {
    position: usize,
    /// In their order.
    ranges: VecDeque<RangeJob>,
    /// What the ranges that have not been taken weigh.
    weight: u64,
    /// How many of its ranges are under way.
    copying: usize,
}

impl Rows {
    pub(super) fn new(waves: Vec<Vec<RangeJob>>) -> Self {
        Self { waves: waves.into_iter().filter(|wave| !wave.is_empty()).map(by_table).collect() }
    }

    /// Returns how many ranges have not been taken.
    pub(super) fn left(&self) -> usize {
        self.waves.iter().flatten().map(|table| table.ranges.len()).sum()
    }

    /// Returns whether all have arrived, or were forgotten.
    pub(super) fn have_arrived(&self) -> bool {
        self.waves.is_empty()
    }

    /// Takes the next range, and up to `share` in all where it goes together with others: the next of the
    /// wave's other tables that do. Nothing while the ranges of a wave are all taken and not all there.
    pub(super) fn take(
        &mut self,
        share: impl FnOnce(usize) -> usize,
        goes_together: impl Fn(&RangeJob) -> bool,
    ) -> Option<Vec<RangeJob>> {
        let wave = self.waves.front_mut()?;
        let waiting = |table: &&mut Table| !table.ranges.is_empty();
        let share = share(wave.iter().map(|table| table.ranges.len()).sum());
        let turn = |table: &&mut Table| (table.copying, Reverse(table.weight), table.position);
        let mut taken = vec![wave.iter_mut().filter(waiting).min_by_key(turn)?.take()?];
        if taken.iter().all(&goes_together) {
            let small = wave.iter_mut().filter(|it| it.ranges.front().is_some_and(&goes_together));
            taken.extend(small.take(share - 1).filter_map(Table::take));
        }
        Some(taken)
    }

    /// Notes that ranges have arrived.
    pub(super) fn arrived(&mut self, jobs: &[RangeJob]) {
        let Some(wave) = self.waves.front_mut() else { return };
        for job in jobs {
            if let Some(table) = wave.iter_mut().find(|table| table.position == job.table) {
                table.copying = table.copying.saturating_sub(1);
            }
        }
        if wave.iter().all(|table| table.ranges.is_empty() && table.copying == 0) {
            self.waves.pop_front();
        }
    }

    /// Forgets all that have not been taken.
    pub(super) fn clear(&mut self) {
        self.waves.clear();
    }
}

impl Table {
    fn take(&mut self) -> Option<RangeJob> {
        let job = self.ranges.pop_front()?;
        self.weight = self.weight.saturating_sub(job.weight);
        self.copying += 1;
        Some(job)
    }
}

/// Puts the ranges of each table together, the largest table first.
fn by_table(mut wave: Vec<RangeJob>) -> Vec<Table> {
    wave.sort_by_key(|job| (job.table, job.number));
    let mut tables: Vec<Table> = Vec::new();
    for job in wave {
        match tables.last_mut() {
            Some(table) if table.position == job.table => {
                table.weight = table.weight.saturating_add(job.weight);
                table.ranges.push_back(job);
            }
            _ => tables.push(Table {
                position: job.table,
                weight: job.weight,
                ranges: VecDeque::from([job]),
                copying: 0,
            }),
        }
    }
    tables.sort_by_key(|table| (Reverse(table.weight), table.position));
    tables
}
