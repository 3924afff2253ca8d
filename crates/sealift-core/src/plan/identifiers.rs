//! How names of the source are written on PostgreSQL.

use std::borrow::Cow;
use std::str::FromStr;

/// `--identifiers HOW`
///
/// A name without quotes means its lower-case form on PostgreSQL (manual section 4.1.1): applications
/// that quote nothing find tables in lower case only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Identifiers {
    /// As they are.
    #[default]
    Preserve,
    /// ASCII letters in lower case.
    Lower,
    /// Words in lower case with underscores between: `orderItem`, `OrderItem` and `Order Item` are
    /// `order_item`, `HTTPStatus` is `http_status`.
    Snake,
}

impl Identifiers {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Preserve, Self::Lower, Self::Snake];

    /// Returns the name that is typed after `--identifiers`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Preserve => "preserve",
            Self::Lower => "lower",
            Self::Snake => "snake",
        }
    }

    /// Returns a name as it is written; writing it once more changes nothing.
    #[must_use]
    pub fn of(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::Preserve => Cow::Borrowed(name),
            Self::Lower => Cow::Owned(name.to_ascii_lowercase()),
            Self::Snake => Cow::Owned(snake(name)),
        }
    }
}

impl FromStr for Identifiers {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|it| it.name() == text)
            .ok_or_else(|| format!("`{text}` is none; there are preserve, lower, snake"))
    }
}

fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut written = String::with_capacity(name.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        if matches!(letter, ' ' | '-' | '.') {
            written.push('_');
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let ends_a_word =
            before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit());
        let begins_a_word = before.is_some_and(char::is_ascii_uppercase)
            && after.is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (ends_a_word || begins_a_word) {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

#[cfg(test)]
mod tests {
    use super::Identifiers;

    #[test]
    fn words_are_parted_by_underscores() {
        let cases = [
            ("orderItem", "order_item"),
            ("OrderItem", "order_item"),
            ("Order Item", "order_item"),
            ("HTTPStatus", "http_status"),
            ("userID", "user_id"),
            ("user_id", "user_id"),
            ("sha256Sum", "sha256_sum"),
            ("ÄName", "Äname"),
            ("_Id", "_id"),
            ("A", "a"),
            ("", ""),
        ];
        for (name, wanted) in cases {
            let written = Identifiers::Snake.of(name);
            assert_eq!(written, wanted, "{name}");
            assert_eq!(Identifiers::Snake.of(&written), wanted, "once more: {name}");
        }
    }

    #[test]
    fn only_ascii_letters_are_lowered_as_postgresql_does_in_utf8() {
        assert_eq!(Identifiers::Lower.of("OrderÄ x"), "orderÄ x");
        assert_eq!(Identifiers::Preserve.of("OrderÄ x"), "OrderÄ x");
    }

    #[test]
    fn every_name_is_read_back() {
        for it in Identifiers::ALL {
            assert_eq!(it.name().parse(), Ok(it));
        }
        assert!("camel".parse::<Identifiers>().is_err());
    }
}
