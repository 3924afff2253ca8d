//! A row's record: its fields' types, then their bytes (`sqlite.org/fileformat2.html`, section 2.1).

use super::{Malformed, varint};
use crate::sqlite::ValueRef;

/// Where the fields of a record are. Used again for each row, so that no row allocates.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    fields: Vec<Field>,
    /// Where the last of them ends.
    end: u32,
}

#[derive(Debug, Clone, Copy)]
struct Field {
    serial: u32,
    at: u32,
}

impl Fields {
    /// Reads the header of a record of `total` bytes, of which `record` are there.
    ///
    /// # Errors
    /// When the header goes beyond what is there, or the fields are longer or shorter than the record.
    #[inline]
    pub fn read(&mut self, record: &[u8], total: usize) -> Result<(), Malformed> {
        self.fields.clear();
        let (header, mut at) = varint::read(record, 0)?;
        let header = usize::try_from(header).map_err(|_| Malformed)?;
        let types = record.get(..header).ok_or(Malformed)?;
        let mut field_at = header;
        while at < header {
            let (serial, next) = varint::read(types, at)?;
            let serial = u32::try_from(serial).map_err(|_| Malformed)?;
            let field = Field { serial, at: u32::try_from(field_at).map_err(|_| Malformed)? };
            self.fields.push(field);
            field_at = field_at.checked_add(length(serial)?).ok_or(Malformed)?;
            at = next;
        }
        self.end = u32::try_from(field_at).map_err(|_| Malformed)?;
        if field_at == total { Ok(()) } else { Err(Malformed) }
    }

    /// Returns how many fields the record has. It has fewer than the table has columns where those
    /// were added later.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns whether the record has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns the length of a blob in bytes, without looking at it; `None` where the field is none, or
    /// not in the record.
    #[must_use]
    #[inline]
    pub fn blob(&self, index: usize) -> Option<usize> {
        let serial = self.fields.get(index)?.serial;
        if serial < 12 || serial % 2 == 1 { None } else { length(serial).ok() }
    }

    /// Returns how many bytes of the record there are before those that are blobs only.
    #[must_use]
    pub fn before_last_blobs(&self) -> usize {
        let is_blob = |field: &&Field| field.serial >= 12 && field.serial.is_multiple_of(2);
        let blobs = self.fields.iter().rev().take_while(is_blob);
        let end = blobs.last().map_or(self.end, |first| first.at);
        usize::try_from(end).unwrap_or(usize::MAX)
    }

    /// Returns a field of the record that was read; `None` when the record has fewer.
    ///
    /// # Errors
    /// When it goes beyond the record.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a cell that is returned in memory is waited for where it is read in other pieces than written"
    )]
    pub fn value<'a>(
        &self,
        index: usize,
        record: &'a [u8],
    ) -> Result<Option<ValueRef<'a>>, Malformed> {
        let Some(field) = self.fields.get(index) else { return Ok(None) };
        let at = usize::try_from(field.at).map_err(|_| Malformed)?;
        let bytes = record.get(at..at + length(field.serial)?).ok_or(Malformed)?;
        Ok(Some(match field.serial {
            0 => ValueRef::Null,
            1..=6 => ValueRef::Integer(integer(bytes)),
            7 => real(bytes)?,
            8 => ValueRef::Integer(0),
            9 => ValueRef::Integer(1),
            serial if serial % 2 == 0 => ValueRef::Blob(bytes),
            _ => ValueRef::Text(bytes),
        }))
    }
}

/// Returns how many bytes a field of this type takes.
#[inline]
fn length(serial: u32) -> Result<usize, Malformed> {
    Ok(match serial {
        0 | 8 | 9 => 0,
        1..=4 => usize::try_from(serial).map_err(|_| Malformed)?,
        5 => 6,
        6 | 7 => 8,
        // For internal use: no file that is whole has them.
        10 | 11 => return Err(Malformed),
        12.. => usize::try_from((serial - 12) / 2).map_err(|_| Malformed)?,
    })
}

/// Returns a whole number of one to eight bytes, big-endian, in two's complement.
#[inline]
fn integer(bytes: &[u8]) -> i64 {
    // Each length by itself is one load.
    match *bytes {
        [a] => i64::from(i8::from_be_bytes([a])),
        [a, b] => i64::from(i16::from_be_bytes([a, b])),
        [a, b, c] => i64::from(i32::from_be_bytes([a, b, c, 0]) >> 8),
        [a, b, c, d] => i64::from(i32::from_be_bytes([a, b, c, d])),
        [a, b, c, d, e, f] => i64::from_be_bytes([a, b, c, d, e, f, 0, 0]) >> 16,
        [a, b, c, d, e, f, g, h] => i64::from_be_bytes([a, b, c, d, e, f, g, h]),
        _ => 0,
    }
}

/// SQLite reads a NaN as NULL (`sqlite.org/floatingpoint.html`).
fn real(bytes: &[u8]) -> Result<ValueRef<'static>, Malformed> {
    let value = f64::from_be_bytes(*bytes.first_chunk().ok_or(Malformed)?);
    Ok(if value.is_nan() { ValueRef::Null } else { ValueRef::Real(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(record: &[u8]) -> Result<Vec<ValueRef<'_>>, Malformed> {
        let mut fields = Fields::default();
        fields.read(record, record.len())?;
        (0..fields.len()).map(|index| Ok(fields.value(index, record)?.unwrap())).collect()
    }

    #[test]
    fn every_type_of_field_is_read() {
        let mut record = vec![12, 0, 1, 2, 3, 5, 6, 7, 8, 9, 14, 17];
        record.extend([0xFF]);
        record.extend([0xFF, 0x00]);
        record.extend([0x01, 0x80, 0x00]);
        record.extend([0x80, 0, 0, 0, 0, 0]);
        record.extend(i64::MIN.to_be_bytes());
        record.extend(1.5_f64.to_be_bytes());
        record.extend([0xAB]);
        record.extend(b"ok");
        let expected = [
            ValueRef::Null,
            ValueRef::Integer(-1),
            ValueRef::Integer(-256),
            ValueRef::Integer(0x01_80_00),
            ValueRef::Integer(-(1 << 47)),
            ValueRef::Integer(i64::MIN),
            ValueRef::Real(1.5),
            ValueRef::Integer(0),
            ValueRef::Integer(1),
            ValueRef::Blob(&[0xAB]),
            ValueRef::Text(b"ok"),
        ];
        assert_eq!(values(&record).unwrap(), expected);
    }

    #[test]
    fn a_number_that_is_none_is_null() {
        let mut record = vec![2, 7];
        record.extend(f64::NAN.to_be_bytes());
        assert_eq!(values(&record).unwrap(), [ValueRef::Null]);
    }

    #[test]
    fn fields_beyond_the_record_are_malformed() {
        for record in [&[2, 1][..], &[9, 0], &[], &[3, 10, 0], &[2, 0x81], &[2, 17, b'a']] {
            assert_eq!(values(record), Err(Malformed), "{record:?}");
        }
    }

    #[test]
    fn a_record_may_end_before_its_columns_do() {
        let mut fields = Fields::default();
        fields.read(&[2, 9], 2).unwrap();
        assert_eq!(fields.value(1, &[2, 9]), Ok(None));
        assert_eq!(fields.value(0, &[2, 9]), Ok(Some(ValueRef::Integer(1))));
    }

    #[test]
    fn blobs_at_the_end_need_not_be_there() {
        let before = |record: &[u8], total: usize| {
            let mut fields = Fields::default();
            fields.read(record, total).unwrap();
            (fields.before_last_blobs(), fields.blob(fields.len() - 1))
        };
        assert_eq!(before(&[3, 1, 0x40, 7], 30), (4, Some(26)));
        assert_eq!(before(&[4, 0x40, 1, 0x40], 57), (31, Some(26)));
        assert_eq!(before(&[2, 0x40], 28), (2, Some(26)));
        assert_eq!(before(&[3, 0x40, 17], 31), (31, None));
    }
}
