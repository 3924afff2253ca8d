//! Numbers as time values.

use crate::translate::Unsupported;
use crate::translate::typed::{Type, Typed};

/// The modifiers that say what a number counts.
pub(super) const UNITS: [&str; 3] = ["unixepoch", "julianday", "auto"];

/// Milliseconds since the Julian epoch, SQLite's own count; NULL outside of its calendar
/// (`setRawDateNumber` and `unixepoch` in `date.c`).
const OF_DAYS: &str = "(case when {0} >= 0 and {0} < 5373484.5 \
     then floor({0} * 86400000.0 + 0.5)::bigint end)";
const OF_SECONDS: &str = "(case when {0} * 1000.0 + 210866760000000.0 >= 0 \
     and {0} * 1000.0 + 210866760000000.0 < 464269060800000.0 \
     then floor({0} * 1000.0 + 210866760000000.5)::bigint end)";
const OF_EITHER: &str = "(case when {0} >= 0 and {0} < 5373484.5 \
     then floor({0} * 86400000.0 + 0.5)::bigint \
     when {0} * 1000.0 + 210866760000000.0 >= 0 \
     and {0} * 1000.0 + 210866760000000.0 < 464269060800000.0 \
     then floor({0} * 1000.0 + 210866760000000.5)::bigint end)";

/// That count as a moment. A year before 1, which the two databases write in different ways, is a
/// division by zero.
const AS_MOMENT: &str = "(case when {0} < 148731163200000 \
     then timestamp '1970-01-01' + (1 / ({0} * 0)) * interval '1 day' \
     else date '1970-01-01' + floor(({0} - 210866760000000)::numeric / 86400000)::integer \
     + (({0} - 148731163200000) % 86400000) * interval '1 millisecond' end)";

/// Returns the moment that a number means: a Julian day, unless the first modifier says otherwise.
pub(super) fn of_number(value: &Typed, first_modifier: &str) -> Result<Typed, Unsupported> {
    let number = value.number()?.convert(Type::Double)?;
    let template = match first_modifier {
        "unixepoch" => OF_SECONDS,
        "auto" => OF_EITHER,
        _ => OF_DAYS,
    };
    Ok(number.derive(template, Type::BigInt).derive(AS_MOMENT, Type::Timestamp))
}
