//! What the largest rows need: memory on this side, and PostgreSQL's limits on the other.
//!
//! Cells travel in pieces wherever SQLite gives pieces (`sqlite.org/c3ref/blob_open.html`). It does not
//! for tables without rowid or with generated columns and for virtual ones, and JSON is checked as a whole: there the row, or
//! the cell, has to be in memory at once.

use super::Prepared;
use crate::config::DEFAULT_MEMORY;
use crate::copy::{SourceTable, memory_for};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{
    Encoding, Snapshot, TableCensus, TableKey, encoding, large_over, longest_row, rows_over,
};
use sealift_core::convert::{ColumnCodec, Texts};
use sealift_core::mapping::PgType;
use sealift_core::plan::{Finding, Plan, TablePlan};
use sealift_core::schema::source;

/// The code of tables whose rows do not fit into the memory that was given.
const NEEDS_MEMORY: &str = "row-needs-memory";

/// A row is put together in one piece of memory of at most 1 GiB − 1 (PostgreSQL source,
/// `MaxAllocSize` and `heap_form_tuple`), before large cells are moved out of it.
const LARGEST_ROW: u64 = 0x3FFF_FFFF;

/// What a row has besides its cells: header and null bitmap (at most 232 bytes), and for each column up
/// to eight bytes of length and alignment.
const ROW_OVERHEAD: u64 = 232;
const COLUMN_OVERHEAD: u64 = 8;

/// The most bytes of the strings of one `jsonb` array or object: lengths have 28 bits (PostgreSQL
/// source, `JENTRY_OFFLENMASK`).
const LARGEST_JSONB: u64 = 0x0FFF_FFFF;

/// How many keys a finding lists.
const LISTED_KEYS: usize = 5;

const MIB: u64 = 1 << 20;

/// Returns how a table of the plan is read.
pub(crate) fn source_table(prepared: &Prepared, planned: &TablePlan) -> Option<SourceTable> {
    let (table, census) = found(&prepared.schema, &prepared.census, planned)?;
    let encoding = encoding(&prepared.snapshot.metadata());
    Some(read_as(table, census, planned, encoding))
}

fn found<'a>(
    schema: &'a source::Schema,
    census: &'a [TableCensus],
    planned: &TablePlan,
) -> Option<(&'a source::Table, &'a TableCensus)> {
    let position = schema.tables.iter().position(|table| table.name == planned.source)?;
    Some((schema.tables.get(position)?, census.get(position)?))
}

fn read_as(
    table: &source::Table,
    census: &TableCensus,
    planned: &TablePlan,
    encoding: Encoding,
) -> SourceTable {
    let key = TableKey::of(table);
    let gives_pieces = key.rowid().is_some()
        && table.module.is_none()
        && table.columns.iter().all(|column| column.generated.is_none());
    let large_over = large_over(planned.columns.len());
    let mut together = 0_u64;
    // Loaded one after the other, beside the rest of its row.
    let mut alone = 0_u64;
    let mut texts = Vec::with_capacity(planned.columns.len());
    for (column, target) in planned.columns.iter().zip(&planned.target.columns) {
        let counted = table.position(&column.source).and_then(|at| census.columns.get(at));
        let longest = counted.map_or(0, |counted| counted.longest);
        let seen = counted.filter(|_| !census.measured_only);
        texts.push(seen.map_or(Texts::Unseen, Texts::of));
        let codec = ColumnCodec::new(target.data_type, column.reading);
        let is_verbatim = codec.is_ok_and(|codec| codec.is_verbatim());
        if gives_pieces && is_verbatim {
            together += std::cmp::min(longest, large_over);
            if target.data_type == PgType::Json && longest > large_over {
                alone = std::cmp::max(alone, longest);
            }
        } else if is_verbatim {
            together += longest;
        } else {
            // The cell, and the field that is made of it.
            together += longest.saturating_mul(2);
        }
    }
    let together =
        if gives_pieces { together } else { std::cmp::min(together, 2 * census.largest_row) };
    let row_bytes = together.saturating_add(alone);
    // SQLite has the text as it is stored and as it is handed out at once.
    let row_bytes = match encoding {
        Encoding::Utf8 => row_bytes,
        Encoding::Utf16Le | Encoding::Utf16Be => row_bytes.saturating_mul(3),
    };
    SourceTable { key, large_cells: census.largest_cell > large_over, row_bytes, texts }
}

/// Adds to the plan what a person should know of its largest rows: an error where they do not fit into
/// the memory that was given, or into PostgreSQL; a note where they need more than is usual.
pub(super) fn judge(
    snapshot: &Snapshot,
    schema: &source::Schema,
    census: &[TableCensus],
    plan: &mut Plan,
    memory: Option<u64>,
) -> Result<()> {
    let connection = snapshot.metadata();
    let encoding = encoding(&connection);
    let mut findings = Vec::new();
    for planned in &plan.tables {
        let Some((table, counted)) = found(schema, census, planned) else { continue };
        let needed = memory_for(read_as(table, counted, planned, encoding).row_bytes);
        let limit = memory.unwrap_or(DEFAULT_MEMORY);
        if needed > limit || counted.measured_only {
            let longest = longest_row(&connection, table)?;
            findings.push(memory_finding(planned, needed, memory, longest));
        }
        let columns = u64::try_from(planned.columns.len()).unwrap_or(u64::MAX);
        let room = LARGEST_ROW.saturating_sub(ROW_OVERHEAD + COLUMN_OVERHEAD * columns);
        if counted.largest_row > room {
            let (mut count, mut keys) = rows_over(&connection, table, None, room, LISTED_KEYS)?;
            if count == 0 {
                // In UTF-16 a row may be shorter than what becomes of it.
                count = 1;
                keys = longest_row(&connection, table)?.into_iter().collect();
            }
            findings.push(row_too_large(planned, counted.largest_row, room).rows(count, keys));
        }
        for (column, target) in planned.columns.iter().zip(&planned.target.columns) {
            let at = table.position(&column.source);
            let longest = at.and_then(|at| counted.columns.get(at)).map_or(0, |it| it.longest);
            if target.data_type == PgType::Jsonb && longest > LARGEST_JSONB {
                let (count, keys) = rows_over(&connection, table, at, LARGEST_JSONB, LISTED_KEYS)?;
                let object = format!("{}.{}", planned.source, column.source);
                findings.push(jsonb_too_large(object, longest).rows(count, keys));
            }
        }
    }
    plan.findings.extend(findings);
    plan.findings.sort_by(|a, b| (a.severity, &a.code).cmp(&(b.severity, &b.code)));
    Ok(())
}

fn memory_finding(
    planned: &TablePlan,
    needed: u64,
    memory: Option<u64>,
    longest: Option<String>,
) -> Finding {
    let object = format!("table {}", planned.source);
    let needed = needed.div_ceil(MIB);
    let why = "SQLite gives the cells of this table only as a whole, and the largest";
    let keys: Vec<String> = longest.into_iter().collect();
    match memory {
        None => Finding::note(
            "memory-grown",
            object,
            format!(
                "{why} need {needed} MiB at once, more than the usual {}",
                DEFAULT_MEMORY / MIB
            ),
        )
        .rows(1, keys),
        Some(given) => {
            // Where cells were only measured, what is needed is an estimate, and more than given.
            let needed = std::cmp::max(needed, given / MIB + 1);
            Finding::error(
                NEEDS_MEMORY,
                object,
                format!("{why} need {needed} MiB at once; --memory allows {}", given / MIB),
            )
            .rows(1, keys)
            .hinted(format!("give it more: --memory {needed}MB"))
        }
    }
}

fn row_too_large(planned: &TablePlan, largest: u64, room: u64) -> Finding {
    Finding::error(
        "row-too-large",
        format!("table {}", planned.source),
        format!(
            "its largest row has {largest} bytes; a row of PostgreSQL has at most {room} in all its cells together"
        ),
    )
    .hinted("shorten those cells or split the row in a copy of the file, or leave the table out with --exclude")
}

fn jsonb_too_large(object: String, longest: u64) -> Finding {
    Finding::error(
        "jsonb-too-large",
        object,
        format!(
            "its longest cell has {longest} bytes; the strings of a jsonb value have at most {LARGEST_JSONB}"
        ),
    )
    .hinted("carry the column as json or text: --cast TABLE.COLUMN=json")
}

/// Refuses a file whose rows do not fit into the memory that was given.
///
/// # Errors
/// Naming the first such table and the flag to type.
pub(crate) fn refuse_sizes(plan: &Plan) -> Result<()> {
    match plan.findings.iter().find(|finding| finding.code == NEEDS_MEMORY) {
        None => Ok(()),
        Some(finding) => {
            let message = format!("{}: {}", finding.object, finding.message);
            let hint = finding.hint.clone().unwrap_or_default();
            Err(Error::new(ErrorKind::Usage, message).hinted(hint))
        }
    }
}
