//! `boolean`.

use super::reading::Misfit;
use crate::sqlite::ValueRef;

/// Returns a cell as a boolean: 0, 1, or a spelling that PostgreSQL accepts.
pub(crate) fn boolean(value: ValueRef<'_>) -> Result<bool, Misfit> {
    match value {
        ValueRef::Integer(0) => Ok(false),
        ValueRef::Integer(1) => Ok(true),
        ValueRef::Integer(_) => Err(Misfit::OutOfRange),
        ValueRef::Text(text) => spelling(text).ok_or(Misfit::Form),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Err(Misfit::Class),
    }
}

/// Returns a cell as a boolean where every number but zero is true.
pub(crate) fn nonzero(value: ValueRef<'_>) -> Result<bool, Misfit> {
    match value {
        ValueRef::Integer(number) => Ok(number != 0),
        ValueRef::Real(number) => Ok(number != 0.0),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => boolean(value),
    }
}

/// Reads a whole spelling of PostgreSQL manual section 8.6, in any case.
///
/// PostgreSQL also accepts unique beginnings (`tru`) and spaces around; those are not clear enough.
pub(crate) fn spelling(text: &[u8]) -> Option<bool> {
    const TRUE: [&[u8]; 6] = [b"t", b"true", b"y", b"yes", b"on", b"1"];
    const FALSE: [&[u8]; 6] = [b"f", b"false", b"n", b"no", b"off", b"0"];
    if text.len() > 5 {
        None
    } else if TRUE.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        Some(true)
    } else if FALSE.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        Some(false)
    } else {
        None
    }
}
