//! The stream of `COPY … (format binary)` (PostgreSQL manual, COPY, "Binary Format").
//!
//! Header, then rows of a 16-bit field count and fields of a 32-bit length (−1 for NULL) and bytes,
//! then a field count of −1. All numbers have their most significant byte first.

/// What a stream begins with: signature, no flags, no header extension.
pub const HEADER: [u8; 19] = *b"PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0";

/// What a stream ends with.
pub const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// Appends the beginning of a row of `fields` fields.
pub fn begin_row(fields: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(&fields.to_be_bytes());
}

/// Appends a field; `None` is NULL. A codec writes its own fields, this is for everything else.
///
/// # Errors
/// When the value is longer than a field's length can say.
pub fn write_field(
    payload: Option<&[u8]>,
    out: &mut Vec<u8>,
) -> Result<(), std::num::TryFromIntError> {
    match payload {
        Some(payload) => {
            out.extend_from_slice(&i32::try_from(payload.len())?.to_be_bytes());
            out.extend_from_slice(payload);
        }
        None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
    }
    Ok(())
}

/// A stream that is not what the manual describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// It does not begin with the signature, or has flags that are not known.
    #[error("the stream does not begin as a binary COPY")]
    Header,
    /// It ends within a row or without its trailer.
    #[error("the stream ends too early")]
    Truncated,
    /// A count or a length is negative where it may not be.
    #[error("a length in the stream is negative")]
    Length,
}

/// Splits the header off a stream.
///
/// # Errors
/// When the stream does not begin with a header that this module knows.
pub fn skip_header(stream: &[u8]) -> Result<&[u8], FormatError> {
    let rest = stream.strip_prefix(b"PGCOPY\n\xFF\r\n\0").ok_or(FormatError::Header)?;
    let (flags, rest) = rest.split_first_chunk::<4>().ok_or(FormatError::Truncated)?;
    // Bits 16 to 31 are critical: a reader must stop at one that it does not know.
    if u32::from_be_bytes(*flags) >> 16 != 0 {
        return Err(FormatError::Header);
    }
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(FormatError::Truncated)?;
    let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| FormatError::Length)?;
    rest.get(length..).ok_or(FormatError::Truncated)
}

/// One thing read from a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// A row.
    Row(Fields<'a>),
    /// The trailer; nothing follows.
    End,
}

/// Reads a row or the trailer from the front of `stream`, after the header.
///
/// Returns `None` when the stream so far ends within the row: read more and try again.
///
/// # Errors
/// When a count or a length is negative.
pub fn read_item(stream: &[u8]) -> Result<Option<(Item<'_>, &[u8])>, FormatError> {
    let Some((count, rest)) = stream.split_first_chunk::<2>() else { return Ok(None) };
    if *count == TRAILER {
        return Ok(Some((Item::End, rest)));
    }
    let count = u16::try_from(i16::from_be_bytes(*count)).map_err(|_| FormatError::Length)?;
    let mut end = rest;
    for _ in 0..count {
        match split_field(end)? {
            Some((_, tail)) => end = tail,
            None => return Ok(None),
        }
    }
    let used = rest.len() - end.len();
    let bytes = rest.get(..used).ok_or(FormatError::Truncated)?;
    Ok(Some((Item::Row(Fields { bytes }), end)))
}

/// The fields of one row, in order; `None` is NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields<'a> {
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Returns the fields that were written one after the other into `bytes`, without the count.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let (field, rest) = split_field(self.bytes).ok()??;
        self.bytes = rest;
        Some(field)
    }
}

/// Splits one field off the front; `None` when it is not there whole.
#[expect(clippy::type_complexity, reason = "a field and the rest; a name would say less")]
fn split_field(bytes: &[u8]) -> Result<Option<(Option<&[u8]>, &[u8])>, FormatError> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let length = i32::from_be_bytes(*length);
    if length == -1 {
        return Ok(Some((None, rest)));
    }
    let length = usize::try_from(length).map_err(|_| FormatError::Length)?;
    Ok(rest.split_at_checked(length).map(|(field, rest)| (Some(field), rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_back_row_by_row() {
        let mut stream = HEADER.to_vec();
        begin_row(2, &mut stream);
        write_field(Some(b"ab"), &mut stream).unwrap();
        write_field(None, &mut stream).unwrap();
        begin_row(0, &mut stream);
        stream.extend_from_slice(&TRAILER);

        let rest = skip_header(&stream).unwrap();
        let Some((Item::Row(row), rest)) = read_item(rest).unwrap() else { panic!("no row") };
        assert_eq!(row.collect::<Vec<_>>(), [Some(b"ab".as_slice()), None]);
        let Some((Item::Row(row), rest)) = read_item(rest).unwrap() else { panic!("no row") };
        assert_eq!(row.count(), 0);
        assert_eq!(read_item(rest), Ok(Some((Item::End, b"".as_slice()))));
    }

    #[test]
    fn an_unfinished_row_waits_for_more() {
        let mut stream = Vec::new();
        begin_row(1, &mut stream);
        write_field(Some(b"abc"), &mut stream).unwrap();
        for end in 0..stream.len() {
            assert_eq!(read_item(&stream[..end]), Ok(None), "{end}");
        }
    }

    #[test]
    fn a_damaged_stream_is_refused() {
        assert_eq!(skip_header(b"PGCOPY"), Err(FormatError::Header));
        assert_eq!(read_item(&[0xFF, 0xFE]), Err(FormatError::Length));
        assert_eq!(read_item(&[0, 1, 0xFF, 0xFF, 0xFF, 0xFE]), Err(FormatError::Length));
        let mut unknown_flag = HEADER;
        unknown_flag[11] = 1;
        assert_eq!(skip_header(&unknown_flag), Err(FormatError::Header));
    }
}
