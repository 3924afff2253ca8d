//! Names: SQLite's case rule and PostgreSQL's 63-byte limit.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fmt;

/// The longest identifier PostgreSQL keeps, in bytes (`NAMEDATALEN` − 1; manual section 4.1.1).
pub const MAX_IDENT_BYTES: usize = 63;

/// Column names that every PostgreSQL table already has (manual section 5.5, "System Columns").
pub const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Returns `name` folded as SQLite compares identifiers: ASCII letters only.
#[must_use]
pub fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// A PostgreSQL identifier that the server accepts: 1 to 63 bytes, no NUL.
///
/// It is not yet SQL; [`crate::sql::Sql::ident`] quotes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ident(String);

/// Why a text is not a PostgreSQL identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentError {
    /// PostgreSQL has no zero-length identifiers.
    #[error("an identifier may not be empty")]
    Empty,
    /// The text holds a NUL byte.
    #[error("an identifier may not hold a NUL byte")]
    Nul,
    /// The text is longer than [`MAX_IDENT_BYTES`].
    #[error("the identifier `{name}` is longer than 63 bytes")]
    TooLong {
        /// The text as given.
        name: String,
    },
}

impl Ident {
    /// Returns `name` as an identifier, unchanged.
    ///
    /// # Errors
    /// When PostgreSQL would refuse or cut the name; see [`fit`] for a name that always fits.
    pub fn new(name: impl Into<String>) -> Result<Self, IdentError> {
        let name = name.into();
        if name.is_empty() {
            return Err(IdentError::Empty);
        }
        if name.contains('\0') {
            return Err(IdentError::Nul);
        }
        if name.len() > MAX_IDENT_BYTES {
            return Err(IdentError::TooLong { name });
        }
        Ok(Self(name))
    }

    /// Returns the name without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Ident {
    type Error = IdentError;
    fn try_from(name: String) -> Result<Self, IdentError> {
        Self::new(name)
    }
}

impl From<Ident> for String {
    fn from(ident: Ident) -> Self {
        ident.0
    }
}

/// Returns `name` as an identifier that PostgreSQL keeps whole.
///
/// A name over 63 bytes keeps its beginning and ends in eight hexadecimal digits of its SHA-256, so
/// that two names with the same beginning stay apart and the same name always gives the same
/// result. An empty name becomes `_`.
#[must_use]
pub fn fit(name: &str) -> Ident {
    let name = name.replace('\0', "_");
    if name.is_empty() {
        return Ident("_".to_owned());
    }
    if name.len() <= MAX_IDENT_BYTES {
        return Ident(name);
    }
    let digest = Sha256::digest(name.as_bytes());
    let tail: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut cut = MAX_IDENT_BYTES - tail.len() - 1;
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    let head = name.get(..cut).unwrap_or_default();
    Ident(format!("{head}_{tail}"))
}

/// Hands out identifiers that are unique within one PostgreSQL name space.
///
/// Tables, views, indexes and sequences of a schema share one name space (`pg_class`); the columns
/// of a table have one each.
#[derive(Debug, Default)]
pub struct NameSpace {
    taken: HashSet<String>,
}

impl NameSpace {
    /// Returns an empty name space.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks `name` as taken without changing it; returns whether it was free.
    pub fn reserve(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_owned())
    }

    /// Returns `wanted`, or the first of `wanted_2`, `wanted_3` … that is free, and takes it.
    pub fn claim(&mut self, wanted: &str) -> Ident {
        let mut candidate = fit(wanted);
        let mut number = 2_u32;
        while !self.taken.insert(candidate.as_str().to_owned()) {
            candidate = fit(&format!("{wanted}_{number}"));
            number += 1;
        }
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_share_their_first_63_bytes_stay_apart() {
        let a = fit(&format!("{}a", "x".repeat(70)));
        let b = fit(&format!("{}b", "x".repeat(70)));
        assert_ne!(a, b);
        assert_eq!(a.as_str().len(), MAX_IDENT_BYTES);
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let ident = fit(&"é".repeat(40));
        assert!(ident.as_str().len() <= MAX_IDENT_BYTES);
        assert!(ident.as_str().starts_with('é'));
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let mut names = NameSpace::new();
        assert_eq!(names.claim("users").as_str(), "users");
        assert_eq!(names.claim("users").as_str(), "users_2");
        assert_eq!(names.claim("users").as_str(), "users_3");
    }

    #[test]
    fn an_identifier_is_not_empty_and_holds_no_nul() {
        assert_eq!(Ident::new(""), Err(IdentError::Empty));
        assert_eq!(Ident::new("a\0b"), Err(IdentError::Nul));
        assert_eq!(fit("").as_str(), "_");
    }
}
