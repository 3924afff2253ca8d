//! [`FileName`] and [`Id`]: what the name of a revision's file says.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// The number of a revision, as its files spell it: 1 to 18 digits, so that it is a `bigint` for sqlx and a
/// `uint64` for golang-migrate. Ours are the moment they were made, `YYYYMMDDHHMMSS` in UTC.
///
/// Ordered by number: `2` is before `010`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// A text is not the number of a revision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the number of a revision, which has 1 to 18 digits")]
pub struct IdError {
    /// The text as given.
    pub text: String,
}

impl Id {
    /// Returns `text` as a number.
    ///
    /// # Errors
    /// When it is anything but 1 to 18 digits.
    pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        let fits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Self(text)) } else { Err(IdError { text }) }
    }

    /// Returns the number of the first revision that is taken over from a tool that knows no numbers.
    #[must_use]
    pub fn first_imported() -> Self {
        Self("0001".to_owned())
    }

    /// Returns the digits as written, zeros in front included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the number that other tools keep.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.0.parse().unwrap_or_default()
    }

    /// Returns the number of a revision made right behind this one: one second later where this is a moment, and
    /// as many digits.
    #[must_use]
    pub fn next(&self) -> Self {
        let moment = self.as_moment().map(|[y, mo, d, h, mi, s]| {
            let seconds = (h * 60 + mi) * 60 + s + 1;
            if seconds >= 86_400 {
                // The last second of a day: the clock is not carried over, only the number.
                return self.number() + 1;
            }
            ((y * 100 + mo) * 100 + d) * 1_000_000
                + (seconds / 3600) * 10_000
                + (seconds / 60 % 60) * 100
                + seconds % 60
        });
        let number = moment.unwrap_or(self.number() + 1);
        Self(format!("{number:0width$}", width = self.0.len()))
    }

    fn as_moment(&self) -> Option<[i64; 6]> {
        if self.0.len() != 14 {
            return None;
        }
        let part = |from: usize, to: usize| self.0.get(from..to)?.parse::<i64>().ok();
        let parts =
            [part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?];
        (parts[3] < 24 && parts[4] < 60 && parts[5] < 60).then_some(parts)
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Id {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

/// Which way a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// `.up.sql`.
    Up,
    /// `.down.sql`.
    Down,
    /// `.sql` alone: up, and there is no way down (sqlx's simple migrations).
    UpOnly,
}

/// The name of a revision's file, without its folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName {
    /// The number in front.
    pub id: Id,
    /// The words behind it, with `_` between them.
    pub slug: String,
    /// Which way it goes.
    pub direction: Direction,
}

impl FileName {
    /// Reads a file's name, or returns `None` where it is not that of a revision; other tools pass over such files too.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (number, rest) = name.split_once('_')?;
        let id = Id::new(number).ok()?;
        let (slug, direction) = if let Some(slug) = rest.strip_suffix(".up.sql") {
            (slug, Direction::Up)
        } else if let Some(slug) = rest.strip_suffix(".down.sql") {
            (slug, Direction::Down)
        } else {
            (rest.strip_suffix(".sql")?, Direction::UpOnly)
        };
        Some(Self { id, slug: slug.to_owned(), direction })
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = match self.direction {
            Direction::Up => "up.sql",
            Direction::Down => "down.sql",
            Direction::UpOnly => "sql",
        };
        write!(f, "{}_{}.{ending}", self.id, self.slug)
    }
}

/// The longest slug, in bytes: long enough to say something, short enough for a listing.
const LONGEST_SLUG: usize = 48;

/// Returns a message as the slug of a file's name: letters and digits of ASCII, in lower case, with `_` between words.
#[must_use]
pub fn slug(message: &str) -> String {
    let mut slug = String::new();
    for word in message.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        if !slug.is_empty() && slug.len() + 1 + word.len() > LONGEST_SLUG {
            break;
        }
        if !slug.is_empty() {
            slug.push('_');
        }
        slug.push_str(&word.to_ascii_lowercase());
    }
    slug.truncate(LONGEST_SLUG);
    if slug.is_empty() { "revision".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Id {
        Id::new(text).unwrap()
    }

    #[test]
    fn a_name_is_read_and_written_alike() {
        for name in ["20261126120000_add_orders.up.sql", "1_x.down.sql", "0002_first.sql"] {
            assert_eq!(FileName::parse(name).unwrap().to_string(), name);
        }
        assert_eq!(FileName::parse("wanted.sql"), None);
        assert_eq!(FileName::parse("2026_notes.txt"), None);
    }

    #[test]
    fn numbers_are_ordered_as_numbers() {
        assert!(id("2") < id("010"));
        assert!(Id::new("1234567890123456789").is_err());
        assert!(Id::new("").is_err());
    }

    #[test]
    fn the_next_number_is_a_second_later() {
        assert_eq!(id("20261126120000").next(), id("20261126120001"));
        assert_eq!(id("20261126115959").next(), id("20261126120000"));
        assert_eq!(id("20261126235959").next(), id("20261126235960"));
        assert_eq!(id("0009").next(), id("0010"));
    }

    #[test]
    fn a_message_becomes_a_slug() {
        assert_eq!(slug("Add orders, & more!"), "add_orders_more");
        assert_eq!(slug("…"), "revision");
        assert_eq!(slug(&"word ".repeat(30)).len(), 44);
    }
}
