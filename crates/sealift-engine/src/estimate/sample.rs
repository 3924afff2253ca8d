//! Some rows of each table, read as the copy reads them: what they take on disk, and how long that takes.

use crate::ops::Cancel;
use crate::planning::{self, Prepared};
use crate::sqlite::{KeyRange, ReadJob, Reader, TableCensus, read_range};
use sealift_core::convert::ColumnCodec;
use sealift_core::copyfmt::{self, Item};
use sealift_core::mapping::{ColumnCensus, PgType};
use sealift_core::plan::TablePlan;
use sealift_core::plan::estimate::{RowSample, RowShape, TableFacts, reading_more};
use sealift_core::verify::Hashed;
use std::cmp::Reverse;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// In how many places of a table rows are read: its rows may be others at the end than at the beginning.
const PLACES: i64 = 8;

/// How many bytes are read at a place at most: one chunk, unless a row is longer.
const LONGEST: u64 = 4 << 20;

/// How long rows are read, all tables together. The largest come first.
const TIME: Duration = Duration::from_millis(600);

/// Returns what is known of each table of a plan, with some rows read of as many as time allows.
pub(super) fn tables(prepared: &Prepared, cancel: &Cancel) -> Vec<TableFacts> {
    let mut facts: Vec<TableFacts> = prepared
        .plan
        .tables
        .iter()
        .map(|table| TableFacts {
            shape: of_census(prepared, table),
            read_seconds: None,
            ranges: census(prepared, table)
                .map_or(1, |it| u64::try_from(it.splits.len() + 1).unwrap_or(u64::MAX)),
        })
        .collect();
    let Some(reader) = prepared.snapshot.take() else { return facts };
    let mut order: Vec<usize> = (0..facts.len()).collect();
    order.sort_by_key(|at| Reverse(prepared.plan.tables.get(*at).map_or(0, |table| table.bytes)));
    let began = Instant::now();
    for at in order {
        if began.elapsed() > TIME || cancel.is_cancelled() {
            break;
        }
        let (Some(table), Some(facts)) = (prepared.plan.tables.get(at), facts.get_mut(at)) else {
            continue;
        };
        if let Some(sampled) = read(prepared, &reader, table) {
            facts.shape = sampled.shape;
            facts.read_seconds = Some(sampled.seconds);
        }
    }
    facts
}

/// Returns the shapes of a plan's tables by the census alone.
pub(crate) fn shapes(prepared: &Prepared) -> Vec<RowShape> {
    prepared.plan.tables.iter().map(|table| of_census(prepared, table)).collect()
}

fn of_census(prepared: &Prepared, table: &TablePlan) -> RowShape {
    let counted = columns(prepared, table);
    let types = table.target.columns.iter().map(|column| column.data_type);
    RowShape::of_census(types.zip(counted))
}

fn census<'a>(prepared: &'a Prepared, table: &TablePlan) -> Option<&'a TableCensus> {
    prepared.census.iter().find(|counted| counted.table == table.source)
}

/// Returns the census of each column that the target has.
fn columns<'a>(prepared: &'a Prepared, table: &TablePlan) -> Vec<Option<&'a ColumnCensus>> {
    let counted = census(prepared, table);
    let source = prepared.schema.tables.iter().find(|it| it.name == table.source);
    let of = |name: &str| counted?.columns.get(source?.position(name)?);
    table.columns.iter().map(|column| of(&column.source)).collect()
}

/// What rows told of their table.
struct Sampled {
    shape: RowShape,
    /// For all of its rows, by one thread.
    seconds: f64,
}

fn read(prepared: &Prepared, reader: &Reader, table: &TablePlan) -> Option<Sampled> {
    let counted = census(prepared, table)?;
    let types: Vec<PgType> = table.target.columns.iter().map(|it| it.data_type).collect();
    let mut sample = RowSample::new(types, |at| is_in_key(table, at));
    let (mut rows, mut bytes, mut spent) = (0_u64, 0_u64, Duration::ZERO);
    for range in places(counted) {
        let job = job(prepared, table, range)?;
        let mut buffer = Vec::new();
        let began = Instant::now();
        let (mut whole, mut length) = (0_u64, 0_u64);
        let read = read_range(reader, &job, &mut |chunk| {
            whole += chunk.rows;
            length += u64::try_from(chunk.bytes.len()).unwrap_or(u64::MAX);
            buffer.push(chunk.bytes);
            if chunk.rows == 0 && length < LONGEST {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        spent += began.elapsed();
        rows += whole;
        bytes += length;
        // A cell that does not fit is the plan's finding, and what stood before it counts.
        drop(read);
        add(&mut sample, &buffer.concat());
    }
    let shape = sample.shape(&columns(prepared, table), counted.rows)?;
    let rows = std::cmp::max(rows, 1);
    let per_row = spent.as_secs_f64() / real(rows);
    // Rare and huge values that no place had.
    let missed = counted.bytes.saturating_sub(bytes / rows * counted.rows);
    Some(Sampled { shape, seconds: per_row * real(counted.rows) + reading_more(missed) })
}

/// Looks at the rows of a stream, but for one that is cut off.
fn add(sample: &mut RowSample, stream: &[u8]) {
    let Ok(mut rest) = copyfmt::skip_header(stream) else { return };
    while let Ok(Some((Item::Row(fields), tail))) = copyfmt::read_item(rest) {
        sample.add(fields);
        rest = tail;
    }
}

/// Returns ranges that begin all over a table; all of it where it is small or has no rowids.
fn places(census: &TableCensus) -> Vec<KeyRange> {
    /// Smaller tables are read whole.
    const SMALL: u64 = 2 << 20;
    let (Some(first), Some(last)) = (census.first_rowid, census.last_rowid) else {
        return vec![KeyRange::ALL];
    };
    if census.bytes + 8 * census.rows < SMALL {
        return vec![KeyRange::ALL];
    }
    let step = last.saturating_sub(first) / PLACES;
    (0..PLACES)
        .map(|place| KeyRange {
            after: first.checked_add(step.saturating_mul(place)).filter(|_| place > 0),
            up_to: None,
        })
        .collect()
}

fn job(prepared: &Prepared, table: &TablePlan, range: KeyRange) -> Option<ReadJob> {
    let source = planning::source_table(prepared, table)?;
    let mut codecs = Vec::new();
    for (column, made) in table.columns.iter().zip(&table.target.columns) {
        codecs.push(ColumnCodec::new(made.data_type, column.reading).ok()?);
    }
    Some(ReadJob {
        key: source.key,
        columns: table.columns.iter().map(|column| column.source.clone()).collect(),
        codecs,
        range,
        hashed: Hashed::Rows,
        large_cells: source.large_cells,
        apart: prepared.snapshot.filter(&table.source),
    })
}

/// Returns whether a key or an index holds a column.
fn is_in_key(table: &TablePlan, at: usize) -> bool {
    let made = &table.target;
    let Some(column) = made.columns.get(at) else { return false };
    let quoted = sealift_core::sql::Sql::new().ident(&column.name);
    let mut indexed = made.indexes.iter().flat_map(|index| &index.keys);
    let mut keys = made.unique.iter().flat_map(|key| &key.columns);
    indexed.any(|key| key.expression.as_str() == quoted.as_str())
        || keys.any(|name| *name == column.name)
}

fn real(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
