//! How a cell is read, and why one may not fit.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How the cells of a column are to be read where the PostgreSQL type alone does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// By the obvious rule of the type.
    #[default]
    Plain,
    /// Whole or fractional seconds since 1970-01-01 UTC.
    UnixSeconds,
    /// Milliseconds since 1970-01-01 UTC.
    UnixMillis,
    /// Microseconds since 1970-01-01 UTC.
    UnixMicros,
    /// A Julian day number, rounded to a millisecond as SQLite does.
    JulianDay,
    /// A time without offset is UTC.
    NaiveUtc,
    /// An empty text is NULL.
    EmptyNull,
    /// Any number but zero is true.
    NonzeroTrue,
    /// NUL bytes are dropped.
    StripNul,
    /// Each invalid UTF-8 sequence becomes U+FFFD.
    ReplaceInvalid,
    /// Text that is not UTF-8 is read as Latin-1.
    Latin1,
}

impl Reading {
    /// All readings, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Plain,
        Self::UnixSeconds,
        Self::UnixMillis,
        Self::UnixMicros,
        Self::JulianDay,
        Self::NaiveUtc,
        Self::EmptyNull,
        Self::NonzeroTrue,
        Self::StripNul,
        Self::ReplaceInvalid,
        Self::Latin1,
    ];

    /// Returns the name used in `--cast … using NAME` and in the plan file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::UnixSeconds => "unix-seconds",
            Self::UnixMillis => "unix-millis",
            Self::UnixMicros => "unix-micros",
            Self::JulianDay => "julian-day",
            Self::NaiveUtc => "naive-utc",
            Self::EmptyNull => "empty-null",
            Self::NonzeroTrue => "nonzero-true",
            Self::StripNul => "strip-nul",
            Self::ReplaceInvalid => "replace-invalid",
            Self::Latin1 => "latin1",
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Reading {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|reading| reading.name() == text.trim()).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|reading| reading.name()).collect();
            format!("`{text}` is not a conversion; there are {}", names.join(", "))
        })
    }
}

/// Why a cell does not fit its column. Holds no part of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Misfit {
    /// The storage class has no meaning in the type.
    #[error("its storage class does not convert to this type")]
    Class,
    /// A number outside the type's range.
    #[error("the number is out of range")]
    OutOfRange,
    /// A number with a fraction where whole numbers are wanted.
    #[error("the number has a fraction")]
    Fraction,
    /// More digits than `numeric(p,s)` holds without rounding.
    #[error("the number has more digits than the type keeps")]
    Precision,
    /// More characters than `varchar(n)` holds.
    #[error("the text is longer than the type allows")]
    TooLong,
    /// Text that is not UTF-8.
    #[error("the text is not valid UTF-8")]
    InvalidUtf8,
    /// Text with a NUL byte.
    #[error("the text holds a NUL byte")]
    Nul,
    /// Text that is not a number, date, time, boolean, JSON or UUID.
    #[error("the text is not of this type's form")]
    Form,
    /// More than six digits of a second.
    #[error("the time is more precise than a microsecond")]
    TooPrecise,
    /// A field over PostgreSQL's limit of 1 GiB − 1 byte (manual appendix K).
    #[error("the value is larger than PostgreSQL's limit of 1 GB")]
    TooLarge,
}
