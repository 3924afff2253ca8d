//! R*Trees (`sqlite.org/rtree.html`).

use super::{arguments, column, keyed};
use crate::schema::source::{self, Module, VirtualTable};
use crate::sqlite::raw::RawColumn;

/// Returns the table of an R*Tree's rows; `None` for another module, and where what SQLite says of the
/// columns is not what the text says.
///
/// Its numbers are 32 bits wide: floating point, which SQLite hands out as doubles, or whole numbers.
pub(super) fn table(it: &VirtualTable, raw: &[RawColumn]) -> Option<source::Table> {
    let coordinate = match it.module.to_ascii_lowercase().as_str() {
        "rtree" => "REAL",
        "rtree_i32" => "INT4",
        _ => return None,
    };
    let declared = arguments::split(&it.arguments);
    if declared.len() != raw.len() {
        return None;
    }
    let auxiliary = declared.iter().skip(1).filter(|it| it.starts_with('+')).count();
    let coordinates = declared.len().checked_sub(auxiliary + 1)?;
    let dimensions = coordinates / 2;
    if !coordinates.is_multiple_of(2) || !(1..=5).contains(&dimensions) {
        return None;
    }
    let columns = raw.iter().zip(&declared).enumerate().map(|(position, (raw, declared))| {
        if position == 0 {
            source::Column { not_null: true, ..column(&raw.name, "INTEGER") }
        } else if position <= coordinates {
            // SQLite makes 0 of a coordinate that is NULL.
            source::Column { not_null: true, ..column(&raw.name, coordinate) }
        } else {
            let declared = declared.trim_start_matches('+');
            column(&raw.name, arguments::first_name(declared).1)
        }
    });
    Some(keyed(it, columns.collect(), 0, Module::RTree { dimensions }))
}
