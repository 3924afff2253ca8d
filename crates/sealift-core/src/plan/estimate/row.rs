//! One row: what stays in the table's own pages, and what is moved out (PostgreSQL manual, section 73.2;
//! source, `heap_toast_insert_or_update`).

use super::datum::{self, Layout};
use super::number::{real_len, whole};
use super::pglz;

/// Header of a row, and what the position of a row takes in its page.
const HEADER: f64 = 23.0;
const LINE_POINTER: f64 = 4.0;

/// Rows and index entries begin at multiples of eight (`MAXALIGN` of all 64-bit machines).
pub(super) const MAX_ALIGN: f64 = 8.0;

/// A longer row gives values away until it is no longer than this (`TOAST_TUPLE_THRESHOLD`).
const ROW_TARGET: f64 = 2032.0;

/// What stays of a value that was moved out.
const POINTER: f64 = 18.0;

/// Bytes of one piece of a value that was moved out (`TOAST_MAX_CHUNK_SIZE`), …
const CHUNK: f64 = 1996.0;

/// … what each piece has besides, and an entry of the index that finds it in a page filled to nine tenths.
const CHUNK_HEADER: f64 = 36.0;
const CHUNK_ENTRY: f64 = 20.0 / 0.9;

/// What compression leaves of a value whose bytes are not known.
const UNKNOWN_RATIO: f64 = 0.6;

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell<'a> {
    pub(super) layout: Layout,
    /// Without its length.
    pub(super) content: f64,
    /// Its bytes where they are known.
    pub(super) bytes: Option<&'a [u8]>,
}

/// What a row takes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Taken {
    /// In the table's pages, with its line pointer.
    pub(super) heap: f64,
    /// In the pages of what was moved out, with the index on them.
    pub(super) toast: f64,
    /// What compression went through on the way.
    pub(super) compressed: f64,
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Plain,
    Compressed,
    Out,
}

/// Returns what a row takes; `None` is NULL.
pub(super) fn taken(cells: &[Option<Cell<'_>>]) -> Taken {
    let header = header(cells);
    let mut stored: Vec<(Cell<'_>, Fate)> =
        cells.iter().flatten().map(|cell| (*cell, Fate::Plain)).collect();
    let mut taken = Taken::default();
    let mut length = header + data(&stored);
    if length > ROW_TARGET {
        compress(&mut stored, header, &mut taken);
        move_out(&mut stored, header, &mut taken);
        length = header + data(&stored);
    }
    taken.heap = datum::align(length, MAX_ALIGN) + LINE_POINTER;
    taken
}

fn header(cells: &[Option<Cell<'_>>]) -> f64 {
    let has_nulls = cells.iter().any(Option::is_none);
    let bitmap = if has_nulls { (real_len(cells.len()) / 8.0).ceil() } else { 0.0 };
    datum::align(HEADER + bitmap, MAX_ALIGN)
}

fn data(stored: &[(Cell<'_>, Fate)]) -> f64 {
    stored.iter().fold(0.0, |offset, (cell, fate)| {
        let (at, length) = match fate {
            Fate::Out => (offset, POINTER),
            Fate::Compressed | Fate::Plain => datum::place(cell.layout, cell.content, offset),
        };
        at + length
    })
}

/// Compresses the longest value, and the next, until the row is short enough. What is too long even so
/// is moved out at once.
fn compress(stored: &mut [(Cell<'_>, Fate)], header: f64, taken: &mut Taken) {
    let mut tried = vec![false; stored.len()];
    while header + data(stored) > ROW_TARGET {
        let Some(at) = longest(stored, |at, fate| {
            fate == Fate::Plain && tried.get(at).is_some_and(|tried| !tried)
        }) else {
            return;
        };
        if let (Some((cell, fate)), Some(tried)) = (stored.get_mut(at), tried.get_mut(at)) {
            *tried = true;
            let (left, tried) = left_of(cell);
            taken.compressed += tried;
            if left < cell.content {
                cell.content = left;
                *fate = Fate::Compressed;
            }
            if cell.content > ROW_TARGET - header {
                *fate = Fate::Out;
                taken.toast += moved(cell.content);
            }
        }
    }
}

fn move_out(stored: &mut [(Cell<'_>, Fate)], header: f64, taken: &mut Taken) {
    while header + data(stored) > ROW_TARGET {
        let Some(at) = longest(stored, |_, fate| fate != Fate::Out) else { return };
        if let Some((cell, fate)) = stored.get_mut(at) {
            *fate = Fate::Out;
            taken.toast += moved(cell.content);
        }
    }
}

/// Returns the longest value that may leave the row, of those that are asked for.
fn longest(stored: &[(Cell<'_>, Fate)], wanted: impl Fn(usize, Fate) -> bool) -> Option<usize> {
    let may_leave = |cell: &Cell<'_>| cell.layout == Layout::Bytes && cell.content > POINTER;
    stored
        .iter()
        .enumerate()
        .filter(|(at, (cell, fate))| may_leave(cell) && wanted(*at, *fate))
        .max_by(|(_, (a, _)), (_, (b, _))| a.content.total_cmp(&b.content))
        .map(|(at, _)| at)
}

/// Returns what compression leaves of a value, and how much it goes through for that.
fn left_of(cell: &Cell<'_>) -> (f64, f64) {
    /// Longer values are judged by their beginning.
    const JUDGED: usize = 64 << 10;
    let Some(bytes) = cell.bytes else {
        return (cell.content * UNKNOWN_RATIO, cell.content);
    };
    let judged = bytes.get(..JUDGED).unwrap_or(bytes);
    if judged.is_empty() {
        return (cell.content, 0.0);
    }
    let made = pglz::compressed(judged);
    let share = cell.content / real_len(judged.len());
    // What was given up early is given up at the same place, however long it is.
    let tried = if made.tried < judged.len() { 1.0 } else { share };
    (share * real_len(made.left), tried * real_len(made.tried))
}

/// Returns what a value takes that was moved out: whole pieces fill a quarter of a page.
fn moved(content: f64) -> f64 {
    let full = (content / CHUNK).floor();
    let rest = content - full * CHUNK;
    let last = if whole(rest) == 0 {
        0.0
    } else {
        datum::align(CHUNK_HEADER + rest, MAX_ALIGN) + LINE_POINTER
    };
    full * 2048.0 + last + (content / CHUNK).ceil() * CHUNK_ENTRY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::PgType;

    fn cell(data_type: PgType, bytes: &[u8]) -> Option<Cell<'_>> {
        let content = datum::content(data_type, bytes);
        Some(Cell { layout: datum::layout(data_type), content, bytes: Some(bytes) })
    }

    #[test]
    fn a_row_of_two_integers_takes_32_bytes_and_its_pointer() {
        let four = [0; 4];
        let row = [cell(PgType::Integer, &four), cell(PgType::Integer, &four)];
        assert_eq!(taken(&row).heap, 36.0);
    }

    #[test]
    fn a_null_takes_no_place_but_the_bitmap_may() {
        let eight = [0; 8];
        let key = cell(PgType::BigInt, &eight);
        assert_eq!(taken(&[key, None]).heap, 36.0);
        let many: Vec<_> = std::iter::once(key).chain(std::iter::repeat_n(None, 20)).collect();
        assert_eq!(taken(&many).heap, 44.0);
    }

    #[test]
    fn a_long_value_leaves_the_row() {
        let noise: Vec<u8> = (0..10_000_u32)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0] ^ n.to_be_bytes()[3])
            .collect();
        let row = taken(&[cell(PgType::Bytea, &noise)]);
        assert!(row.heap < 60.0, "{row:?}");
        assert!((10_000.0..11_000.0).contains(&row.toast), "{row:?}");
        let repeated = vec![b'a'; 10_000];
        let row = taken(&[cell(PgType::Text, &repeated)]);
        assert_eq!(row.toast, 0.0);
        assert!(row.heap < 300.0);
    }
}
