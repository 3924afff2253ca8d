//! [`RowShape`]: what the rows of a table take one by one, from some of them or from their means.

use super::datum::{self, Layout};
use super::number::{real, real_len};
use super::row::{self, Cell, Taken};
use crate::mapping::{ColumnCensus, PgType};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// What fits into a page beside its header (PostgreSQL manual, section 73.6).
const PAGE: f64 = 8192.0;
const PAGE_ROOM: f64 = PAGE - 24.0;

/// A longer value is likely to leave its row, …
const LONGEST_IN_ROW: u64 = 2000;

/// … and a row takes at least its header and its line pointer.
const LEAST_ROW: f64 = 28.0;

/// What the rows of a table take on average.
#[derive(Debug, Clone, PartialEq)]
pub struct RowShape {
    /// Bytes in the table's pages, with what stays free at the end of each.
    pub heap: f64,
    /// Bytes of what is moved out, with the index on it.
    pub toast: f64,
    /// Bytes that compression goes through on the way.
    pub compressed: f64,
    /// Each column.
    pub columns: Vec<ColumnShape>,
}

/// What the values of a column take on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnShape {
    /// Its type.
    pub data_type: PgType,
    /// The share of rows that have a value, 0 to 1.
    pub present: f64,
    /// Bytes of a value without its length.
    pub content: f64,
    /// How many different values there may be at most; no bound where nothing is known.
    pub distinct: f64,
}

impl RowShape {
    /// Returns the shape of rows of which only the census is known.
    #[must_use]
    pub fn of_census<'a>(
        columns: impl IntoIterator<Item = (PgType, Option<&'a ColumnCensus>)>,
    ) -> Self {
        let columns: Vec<ColumnShape> =
            columns.into_iter().map(|(data_type, census)| mean(data_type, census)).collect();
        let cells: Vec<Option<Cell<'_>>> = columns
            .iter()
            .map(|column| {
                let layout = match datum::layout(column.data_type) {
                    // A share of the rows has it.
                    Layout::Fixed(length, _) if column.present < 1.0 => {
                        Layout::Fixed(length * column.present, 1.0)
                    }
                    layout @ (Layout::Fixed(..) | Layout::Number | Layout::Bytes) => layout,
                };
                let content = column.content * column.present;
                (column.present > 0.0).then_some(Cell { layout, content, bytes: None })
            })
            .collect();
        let taken = row::taken(&cells);
        let heap = if taken.heap > PAGE_ROOM / 4.0 {
            taken.heap
        } else {
            PAGE / (PAGE_ROOM / taken.heap).floor()
        };
        Self { heap, toast: taken.toast, compressed: taken.compressed, columns }
    }
}

fn mean(data_type: PgType, census: Option<&ColumnCensus>) -> ColumnShape {
    let Some(census) = census.filter(|census| census.rows() > 0) else {
        return ColumnShape { data_type, present: 0.0, content: 0.0, distinct: f64::INFINITY };
    };
    let values = real(census.values());
    let bytes = if values > 0.0 { real(census.bytes) / values } else { 0.0 };
    let content = match datum::layout(data_type) {
        Layout::Fixed(length, _) => length,
        // Two bytes, and two for each four digits of the longest.
        Layout::Number => {
            let digits = f64::from(census.integer_digits) / 4.0;
            2.0 + 2.0 * (digits.ceil() + (f64::from(census.fraction_digits) / 4.0).ceil())
        }
        Layout::Bytes => bytes,
    };
    let present = values / real(census.rows());
    ColumnShape { data_type, present, content, distinct: bound(data_type, census) }
}

/// Returns how many different values a column can hold by what the census knows of it.
fn bound(data_type: PgType, census: &ColumnCensus) -> f64 {
    let only_integers = census.integers == census.values();
    let range = census.integer_range.filter(|_| only_integers && data_type != PgType::Boolean);
    match range {
        Some(range) => real(range.max.abs_diff(range.min)) + 1.0,
        None if data_type == PgType::Boolean => 2.0,
        None => f64::INFINITY,
    }
}

/// Rows that are looked at, one after the other.
#[derive(Debug)]
pub struct RowSample {
    types: Vec<PgType>,
    /// For each column, how often each value came; none where nobody asks.
    seen: Vec<Option<HashMap<u64, u32>>>,
    hasher: RandomState,
    rows: u64,
    pages: f64,
    /// What is left of the page that is being filled.
    room: f64,
    taken: Taken,
    values: Vec<(u64, f64)>,
}

impl RowSample {
    /// Returns a sample without rows; `in_keys` are the columns whose different values count.
    #[must_use]
    pub fn new(types: Vec<PgType>, in_keys: impl Fn(usize) -> bool) -> Self {
        let seen = (0..types.len()).map(|at| in_keys(at).then(HashMap::new)).collect();
        let values = vec![(0, 0.0); types.len()];
        Self {
            types,
            seen,
            hasher: RandomState::new(),
            rows: 0,
            pages: 0.0,
            room: 0.0,
            taken: Taken::default(),
            values,
        }
    }

    /// Returns how many rows were looked at.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Looks at a row, given as the fields of a binary `COPY`.
    pub fn add<'a>(&mut self, fields: impl Iterator<Item = Option<&'a [u8]>>) {
        let mut cells = Vec::with_capacity(self.types.len());
        for (at, (field, data_type)) in fields.zip(&self.types).enumerate() {
            let Some(bytes) = field else {
                cells.push(None);
                continue;
            };
            let content = datum::content(*data_type, bytes);
            if let Some((count, sum)) = self.values.get_mut(at) {
                *count += 1;
                *sum += content;
            }
            if let Some(Some(seen)) = self.seen.get_mut(at) {
                *seen.entry(self.hasher.hash_one(bytes)).or_default() += 1;
            }
            cells.push(Some(Cell {
                layout: datum::layout(*data_type),
                content,
                bytes: Some(bytes),
            }));
        }
        let taken = row::taken(&cells);
        if taken.heap > self.room {
            self.pages += 1.0;
            self.room = PAGE_ROOM;
        }
        self.room -= taken.heap;
        self.taken.heap += taken.heap;
        self.taken.toast += taken.toast;
        self.taken.compressed += taken.compressed;
        self.rows += 1;
    }

    /// Returns the shape of all rows of a table; the census knows what the sample cannot.
    #[must_use]
    pub fn shape(&self, census: &[Option<&ColumnCensus>], all_rows: u64) -> Option<RowShape> {
        if self.rows == 0 {
            return None;
        }
        let rows = real(self.rows);
        let columns = self.types.iter().enumerate().map(|(at, data_type)| {
            let counted = census.get(at).copied().flatten();
            let known = mean(*data_type, counted);
            let (count, sum) = self.values.get(at).copied().unwrap_or_default();
            let content = if count > 0 { sum / real(count) } else { known.content };
            let seen = self.seen.get(at).and_then(Option::as_ref);
            let likely = seen.map_or(f64::INFINITY, |seen| self.distinct(seen, count, all_rows));
            ColumnShape {
                data_type: *data_type,
                present: if counted.is_some() { known.present } else { real(count) / rows },
                content,
                distinct: known.distinct.min(likely),
            }
        });
        let whole_pages = PAGE * (self.pages - self.room / PAGE_ROOM);
        let mut shape = RowShape {
            heap: whole_pages / rows,
            toast: self.taken.toast / rows,
            compressed: self.taken.compressed / rows,
            columns: columns.collect(),
        };
        for (at, column) in shape.columns.iter_mut().enumerate() {
            let Some(counted) = census.get(at).copied().flatten() else { continue };
            let more = self.missed(at, column, counted);
            if counted.longest > LONGEST_IN_ROW {
                shape.toast = f64::max(shape.toast + more, 0.0);
            } else {
                shape.heap = f64::max(shape.heap + more, LEAST_ROW);
            }
        }
        Some(shape)
    }

    /// Returns by how many bytes a row the census has more of a column than the sample, as they are stored;
    /// the column's mean is mended.
    fn missed(&self, at: usize, column: &mut ColumnShape, counted: &ColumnCensus) -> f64 {
        let known = mean(column.data_type, Some(counted));
        let (count, sum) = self.values.get(at).copied().unwrap_or_default();
        // What a `jsonb` takes is not what its text takes.
        if datum::layout(column.data_type) != Layout::Bytes || column.data_type == PgType::Jsonb {
            return 0.0;
        }
        let is_text = column.data_type != PgType::Bytea;
        column.content = known.content;
        let more = known.content * known.present - sum / real(std::cmp::max(self.rows, 1));
        let may_shrink = is_text && count > 0 && counted.longest > LONGEST_IN_ROW;
        if may_shrink { more * self.stored_share() } else { more }
    }

    /// Returns the share of what was compressed that was left in the end.
    fn stored_share(&self) -> f64 {
        if self.taken.compressed > 0.0 {
            f64::clamp(self.taken.toast / self.taken.compressed, 0.1, 1.0)
        } else {
            1.0
        }
    }

    /// Returns how many different values a whole column is likely to have: the estimator of Haas and
    /// Stokes that PostgreSQL's `analyze` uses (source, `compute_scalar_stats`).
    fn distinct(&self, seen: &HashMap<u64, u32>, values: u64, all_rows: u64) -> f64 {
        let (n, all) = (real(values), real(all_rows) * real(values) / real(self.rows));
        let once = real_len(seen.values().filter(|times| **times == 1).count());
        let different = real_len(seen.len());
        if n < 1.0 || all <= n {
            return different;
        }
        n * different / (n - once + once * n / all)
    }
}
