//! A short look at how fast a server is, which leaves nothing behind.
//!
//! ```text
//! begin
//!   savepoint … create temporary table … rollback to … commit     several times, without waiting for the disk
//! begin
//!   create temporary table … copy … create index … hash
//! rollback
//! ```
//!
//! Sizes grow with the rate that was seen, so that a slow line does not make it long.

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::Session;
use bytes::Bytes;
use sealift_core::copyfmt;
use sealift_core::plan::estimate::Rates;
use sealift_core::sql::Sql;
use std::time::{Duration, Instant};

/// What the server told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Probe {
    pub(super) rates: Rates,
    /// `max_wal_size` in bytes.
    pub(super) wal_limit: Option<u64>,
}

/// Rows of the first, small `COPY`, and the most of those whose keys are sorted.
const FEW_ROWS: u32 = 2_000;
const MOST_KEYS: u32 = 16_000;

/// The most rows of each timed `COPY`.
const MOST_ROWS: u32 = 8_000;

/// Bytes of a long value, below what PostgreSQL would compress or move out, and how many at most.
const LONG: u32 = 1_000;
const MOST_LONG: u32 = 800;

/// How long one kind of row is copied.
const TIME: Duration = Duration::from_millis(200);

/// How often each thing is measured; the median counts, so that what else the machine does shows as it is,
/// and a hiccup does not.
const TIMES: u32 = 7;

/// The same for what takes less than a millisecond, of which much is multiplied by it.
const OFTEN: u32 = 31;

const MAKE: &str = "
    create temporary table sealift_probe (a bigint, b integer, c double precision, d text);
    create temporary table sealift_probe_keys (a bigint, b integer, c double precision, d text);
    create temporary table sealift_probe_long (a bytea);
    create temporary table sealift_probe_empty (a bigint)";

/// As it is: the session is set to find temporary tables by their bare names.
const HASH: &str =
    "select sum(hash_record_extended(row(a, b, c, d collate \"C\"), 0)) from sealift_probe_keys";

/// Measures.
///
/// # Errors
/// When the server takes no writes, the role may make no temporary tables, or the connection is gone.
pub(super) async fn probe(session: &Session) -> Result<Probe> {
    let nothing = Sql::raw("select 1");
    let round_trip = median(session, &nothing, OFTEN).await?;
    // As the pool's sessions do it: what waits for the disk are some ten commits of a whole run, and a
    // disk that takes 4 ms for each would be multiplied by every table and index.
    let for_nothing = Sql::raw(
        "begin read write; set local synchronous_commit = off; savepoint probe; \
         create temporary table sealift_probe (a bigint); rollback to probe; commit",
    );
    let statement = median(session, &for_nothing, OFTEN).await;
    if statement.is_err() {
        session.rollback().await?;
    }
    let statement = statement.map_err(explain)?;
    let wal_limit = wal_limit(session).await?;
    session.begin().await?;
    let measured = measure(session, round_trip).await;
    session.rollback().await?;
    let mut rates = measured.map_err(explain)?;
    (rates.round_trip, rates.statement) = (round_trip, statement);
    Ok(Probe { rates, wal_limit })
}

/// Says what a refusal is about.
fn explain(error: Error) -> Error {
    match error.sqlstate() {
        Some("42501") => Error::new(
            ErrorKind::Permission,
            "the role may not make temporary tables, by which the server would be measured",
        )
        .caused_by(error),
        Some(_) | None => error,
    }
}

async fn measure(session: &Session, round_trip: f64) -> Result<Rates> {
    session.batch(&Sql::raw(MAKE)).await?;
    let keys = Sql::raw("copy pg_temp.sealift_probe_keys (a, b, c, d) from stdin (format binary)");
    let first = one_copy(session, &keys, 0..FEW_ROWS, narrow_row).await? / f64::from(FEW_ROWS);
    let rows = affordable(first, MOST_KEYS);
    one_copy(session, &keys, FEW_ROWS..FEW_ROWS + rows, narrow_row).await?;
    let narrow = Sql::raw("copy pg_temp.sealift_probe (a, b, c, d) from stdin (format binary)");
    let copy_row = copy(session, &narrow, affordable(first, MOST_ROWS), narrow_row).await?;
    let long = Sql::raw("copy pg_temp.sealift_probe_long (a) from stdin (format binary)");
    // At first sight a long row is as dear as twenty of the others, which have fifty bytes.
    let long_row = copy(session, &long, affordable(first * 20.0, MOST_LONG), long_row).await?;
    let for_nothing =
        median(session, &Sql::raw("create index on sealift_probe_empty (a)"), TIMES).await?;
    let integers =
        median(session, &Sql::raw("create index on sealift_probe_keys (a)"), TIMES).await?;
    let texts = median(session, &Sql::raw("create index on sealift_probe_keys (d)"), TIMES).await?;
    let hashed = median(session, &Sql::raw(HASH), TIMES).await?;
    let keys = f64::from(FEW_ROWS + rows);
    let steps = keys * keys.log2();
    let above = |measured: f64, floor: f64| f64::max(measured - floor, measured / 10.0);
    Ok(Rates {
        round_trip,
        statement: 0.0,
        copy_row,
        // The row itself, of one column, is taken off.
        copy_byte: above(long_row, copy_row / 2.0) / f64::from(LONG),
        integer_key: above(integers, for_nothing) / steps,
        text_key: above(texts, for_nothing) / steps,
        hash_row: above(hashed, round_trip) / keys,
    })
}

/// Returns how many rows can be copied so often in the time that there is, at least a few.
fn affordable(row: f64, most: u32) -> u32 {
    let parts = [1_u32, 2, 4, 8, 16, 32];
    let seconds = TIME.as_secs_f64() / f64::from(TIMES);
    let fits = parts.into_iter().find(|part| f64::from(most / part) * row <= seconds);
    most / fits.unwrap_or(64)
}

/// Copies so many rows several times and returns what one of them takes.
async fn copy(
    session: &Session,
    statement: &Sql,
    rows: u32,
    row: fn(u32, &mut Vec<u8>) -> Result<()>,
) -> Result<f64> {
    let mut spent = Vec::new();
    for time in 0..TIMES {
        spent.push(one_copy(session, statement, time * rows..(time + 1) * rows, row).await?);
    }
    Ok(middle(&mut spent) / f64::from(rows))
}

async fn one_copy(
    session: &Session,
    statement: &Sql,
    rows: std::ops::Range<u32>,
    row: fn(u32, &mut Vec<u8>) -> Result<()>,
) -> Result<f64> {
    let mut stream = copyfmt::HEADER.to_vec();
    for number in rows {
        row(number, &mut stream)?;
    }
    stream.extend_from_slice(&copyfmt::TRAILER);
    let began = Instant::now();
    let mut copy = session.copy_in(statement).await?;
    copy.send(Bytes::from(stream)).await?;
    copy.finish().await?;
    Ok(began.elapsed().as_secs_f64())
}

/// Appends a row of four narrow columns, in no order.
fn narrow_row(number: u32, stream: &mut Vec<u8>) -> Result<()> {
    let mixed = mix(number);
    let letters: String = (0..10_u32)
        .filter_map(|at| char::from_digit(10 + (mix(number ^ (at << 24)) >> 8) % 26, 36))
        .collect();
    copyfmt::begin_row(4, stream);
    field(&i64::from(mixed).to_be_bytes(), stream)?;
    field(&number.to_be_bytes(), stream)?;
    field(&f64::from(mixed).to_be_bytes(), stream)?;
    field(letters.as_bytes(), stream)
}

/// Appends a row of one long value.
fn long_row(number: u32, stream: &mut Vec<u8>) -> Result<()> {
    copyfmt::begin_row(1, stream);
    let value: Vec<u8> =
        (0..LONG / 4).flat_map(|at| mix(number.wrapping_mul(LONG) + at).to_be_bytes()).collect();
    field(&value, stream)
}

fn field(value: &[u8], stream: &mut Vec<u8>) -> Result<()> {
    copyfmt::write_field(Some(value), stream)
        .map_err(|error| Error::new(ErrorKind::Bug, "a field of the probe").caused_by(error))
}

/// Returns another number for each number, without order (the finalizer of MurmurHash3).
fn mix(number: u32) -> u32 {
    let mut mixed = number ^ (number >> 16);
    mixed = mixed.wrapping_mul(0x85eb_ca6b);
    mixed ^= mixed >> 13;
    mixed = mixed.wrapping_mul(0xc2b2_ae35);
    mixed ^ (mixed >> 16)
}

/// Carries statements out several times and returns the median of their seconds.
async fn median(session: &Session, sql: &Sql, times: u32) -> Result<f64> {
    let mut spent = Vec::new();
    for _ in 0..times {
        let began = Instant::now();
        session.batch(sql).await?;
        spent.push(began.elapsed().as_secs_f64());
    }
    Ok(middle(&mut spent))
}

fn middle(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or_default()
}

async fn wal_limit(session: &Session) -> Result<Option<u64>> {
    // In megabytes (manual, section 20.5.2).
    let sql = Sql::raw("select setting from pg_settings where name = 'max_wal_size'");
    let rows = session.query_text(&sql).await?;
    let megabytes: Option<u64> = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
    Ok(megabytes.map(|megabytes| megabytes << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_the_probe_are_a_stream_and_are_not_in_order() {
        let mut stream = copyfmt::HEADER.to_vec();
        (0..3).for_each(|number| narrow_row(number, &mut stream).unwrap());
        let (item, _) =
            copyfmt::read_item(copyfmt::skip_header(&stream).unwrap()).unwrap().unwrap();
        let copyfmt::Item::Row(fields) = item else { panic!("no row") };
        let lengths: Vec<usize> = fields.map(|field| field.unwrap().len()).collect();
        assert_eq!(lengths, [8, 4, 8, 10]);
        assert!(mix(1) > mix(3) || mix(2) > mix(3) || mix(1) > mix(2));
    }
}
