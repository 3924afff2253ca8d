//! Single rows that PostgreSQL may refuse, each as a `COPY` of its own.

use super::apart::Filter;
use super::cell;
use super::fault;
use super::key::{TableKey, quote};
use super::long_rows::{length_of, named, sum};
use crate::error::Result;
use rusqlite::Connection;
use sealift_core::convert::ColumnCodec;
use sealift_core::copyfmt;
use sealift_core::plan::TablePlan;
use sealift_core::schema::source;

/// What a value takes at most of a row once it was moved out of it: a pointer of 18 bytes, and alignment
/// (PostgreSQL source, `TOAST_POINTER_SIZE`). Shorter values stay where they are.
const POINTER_BYTES: u32 = 24;

/// A row and how to call it.
#[derive(Debug)]
pub struct TrialRow {
    /// Its key.
    pub key: String,
    /// A whole binary `COPY` of this row alone.
    pub copy: Vec<u8>,
}

/// How many rows may be handed out, and how many bytes.
#[derive(Debug, Clone, Copy)]
pub struct TrialBounds {
    /// Rows.
    pub rows: usize,
    /// Bytes, all rows together.
    pub bytes: usize,
}

/// Returns the rows that take the most room in a page of PostgreSQL, the widest first.
///
/// # Errors
/// When the file cannot be read.
pub fn widest_rows(
    connection: &Connection,
    table: &source::Table,
    planned: &TablePlan,
    apart: Option<&Filter>,
    bounds: TrialBounds,
) -> Result<Vec<TrialRow>> {
    let columns = planned.columns.iter();
    let room = columns.map(|column| {
        let name = format!("s.{}", quote(&column.source));
        format!("ifnull(min(octet_length({name}) + 1, {POINTER_BYTES}), 0)")
    });
    let order = format!("{} desc", sum(room.collect()));
    let query = Query { condition: None, order, apart };
    Ok(rows(connection, table, planned, &query, bounds)?.0)
}

/// Returns the rows that have more than `over` bytes in some columns together, the longest first, and
/// whether those are all of them.
///
/// # Errors
/// When the file cannot be read.
pub fn rows_by_length(
    connection: &Connection,
    (table, columns): (&source::Table, &[usize]),
    planned: &TablePlan,
    (over, apart): (u64, Option<&Filter>),
    bounds: TrialBounds,
) -> Result<(Vec<TrialRow>, bool)> {
    let length = length_of(table, columns);
    let condition = Some(format!("{length} > {over}"));
    let query = Query { condition, order: format!("{length} desc"), apart };
    rows(connection, table, planned, &query, bounds)
}

struct Query<'a> {
    condition: Option<String>,
    order: String,
    /// What of the table is kept apart.
    apart: Option<&'a Filter>,
}

fn rows(
    connection: &Connection,
    table: &source::Table,
    planned: &TablePlan,
    query: &Query<'_>,
    bounds: TrialBounds,
) -> Result<(Vec<TrialRow>, bool)> {
    let mut columns = Vec::new();
    for (column, target) in planned.columns.iter().zip(&planned.target.columns) {
        if target.generated.is_none()
            && let Ok(codec) = ColumnCodec::new(target.data_type, column.reading)
        {
            let cell = query.apart.map(|apart| apart.cell("s.", &column.source));
            columns.push((cell.unwrap_or(format!("s.{}", quote(&column.source))), codec));
        }
    }
    let key = TableKey::of(table);
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let stays = query.apart.and_then(|apart| apart.stays("s."));
    let conditions: Vec<String> = query.condition.iter().cloned().chain(stays).collect();
    let conditions = if conditions.is_empty() {
        String::new()
    } else {
        format!(" where {}", conditions.join(" and "))
    };
    let sql = format!(
        "select {}, {}, {} from {} as s not indexed{} order by {} limit {}",
        key.rowid().map_or("null".to_owned(), |name| format!("s.{name}")),
        key.selected("s."),
        names.join(", "),
        quote(&table.name),
        conditions,
        query.order,
        bounds.rows.saturating_add(1),
    );
    let fields = u16::try_from(columns.len()).unwrap_or(u16::MAX);
    let run = || -> rusqlite::Result<(Vec<TrialRow>, bool)> {
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            if found.len() >= bounds.rows {
                return Ok((found, false));
            }
            let mut copy = copyfmt::HEADER.to_vec();
            copyfmt::begin_row(fields, &mut copy);
            let mut fits = true;
            for (position, (_, codec)) in columns.iter().enumerate() {
                let value = cell::borrowed(row.get_ref(1 + key.width() + position)?);
                fits &= bytes + copy.len() + cell::size(value) <= bounds.bytes
                    && codec.encode(value, &mut copy).is_ok();
            }
            if !fits {
                return Ok((found, false));
            }
            copy.extend_from_slice(&copyfmt::TRAILER);
            bytes += copy.len();
            found.push(TrialRow { key: named(connection, &key, row)?, copy });
        }
        Ok((found, true))
    };
    run().map_err(|error| fault::fault(&format!("look for long rows of {}", table.name), error))
}
