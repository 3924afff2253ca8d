//! Sizes as people type them.

use crate::error::{CommandResult, usage_error};

/// Returns the bytes of `512MB`, `2G`, `300000`. Units are powers of 1024, as PostgreSQL's settings
/// count them.
pub(super) fn parse(text: &str) -> CommandResult<u64> {
    let refuse =
        || usage_error(format!("`{text}` is not a size")).hinted("write it like 512MB or 2GB");
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| refuse())?;
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(refuse()),
    };
    number.checked_mul(1 << shift).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        assert_eq!(parse("512MB").unwrap(), 512 << 20);
        assert_eq!(parse("2 g").unwrap(), 2 << 30);
        assert_eq!(parse("300000").unwrap(), 300_000);
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        for text in ["", "MB", "-1MB", "1.5GB", "12 parsecs", "99999999999T"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
