//! `uuid`.

use super::reading::Misfit;
use crate::sqlite::ValueRef;

/// Returns a cell as the 16 bytes of a UUID: 36 characters, 32 digits, braces, or a blob of 16.
pub(crate) fn uuid(value: ValueRef<'_>) -> Result<[u8; 16], Misfit> {
    match value {
        ValueRef::Text(text) => parse(text).ok_or(Misfit::Form),
        ValueRef::Blob(bytes) => bytes.try_into().map_err(|_| Misfit::Class),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => Err(Misfit::Class),
    }
}

/// Reads one of the three text forms; hexadecimal digits in any case.
pub(crate) fn parse(text: &[u8]) -> Option<[u8; 16]> {
    let text = match text {
        [b'{', inner @ .., b'}'] if inner.len() == 36 => inner,
        _ => text,
    };
    let dashed = match text.len() {
        36 => true,
        32 => false,
        _ => return None,
    };
    let mut bytes = [0; 16];
    let mut rest = text;
    for (index, byte) in bytes.iter_mut().enumerate() {
        if dashed && matches!(index, 4 | 6 | 8 | 10) {
            rest = rest.strip_prefix(b"-")?;
        }
        let ([high, low], tail) = rest.split_first_chunk::<2>()?;
        *byte = nibble(*high)? << 4 | nibble(*low)?;
        rest = tail;
    }
    Some(bytes)
}

/// Returns whether the version is one of those that RFC 9562 names, and the variant its own.
pub(crate) fn is_versioned(bytes: [u8; 16]) -> bool {
    let [_, _, _, _, _, _, version, _, variant, ..] = bytes;
    (1..=8).contains(&(version >> 4)) && variant >> 6 == 0b10
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_three_text_forms_are_one_value() {
        let dashed = parse(b"550e8400-e29b-41d4-a716-446655440000").unwrap();
        assert_eq!(parse(b"550E8400E29B41D4A716446655440000"), Some(dashed));
        assert_eq!(parse(b"{550e8400-e29b-41d4-a716-446655440000}"), Some(dashed));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "web-550e8400-e29b-41d4-a716-446655440000",
            "{550e8400e29b41d4a716446655440000}",
            "550e8400-e29b-41d4-a716-44665544000g",
            "550e8400e-29b-41d4-a716-446655440000",
            "",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
