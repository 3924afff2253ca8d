//! Numbers of one to nine bytes (`sqlite.org/fileformat2.html`, section 1.6).

use super::Malformed;

/// Returns the number at `at`, and where it ends.
#[inline]
pub(super) fn read(bytes: &[u8], at: usize) -> Result<(u64, usize), Malformed> {
    match bytes.get(at) {
        Some(first) if *first < 0x80 => Ok((u64::from(*first), at + 1)),
        Some(_) => read_long(bytes, at),
        None => Err(Malformed),
    }
}

fn read_long(bytes: &[u8], at: usize) -> Result<(u64, usize), Malformed> {
    let mut value = 0_u64;
    for (index, byte) in bytes.get(at..).unwrap_or_default().iter().take(9).enumerate() {
        // The ninth byte counts with all its bits.
        if index == 8 {
            return Ok((value << 8 | u64::from(*byte), at + 9));
        }
        value = value << 7 | u64::from(byte & 0x7F);
        if *byte < 0x80 {
            return Ok((value, at + index + 1));
        }
    }
    Err(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninth_byte_counts_with_eight_bits() {
        let longest = [0xFF; 9];
        assert_eq!(read(&longest, 0), Ok((u64::MAX, 9)));
        let smallest_of_nine = [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
        assert_eq!(read(&smallest_of_nine, 0), Ok((1 << 57, 9)));
    }

    #[test]
    fn a_number_takes_as_many_bytes_as_it_says() {
        assert_eq!(read(&[0x7F, 0xFF], 0), Ok((127, 1)));
        assert_eq!(read(&[0, 0x81, 0x00], 1), Ok((128, 3)));
    }

    #[test]
    fn a_number_that_goes_beyond_its_page_is_malformed() {
        assert_eq!(read(&[0x81, 0x82], 0), Err(Malformed));
        assert_eq!(read(&[], 0), Err(Malformed));
        assert_eq!(read(&[1], 5), Err(Malformed));
    }
}
