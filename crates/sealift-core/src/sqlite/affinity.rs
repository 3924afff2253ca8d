//! Declared type → affinity, by SQLite's five rules (`sqlite.org/datatype3.html`, section 3.1).

use serde::{Deserialize, Serialize};

/// What SQLite tries to turn a stored value into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Affinity {
    /// Whole numbers where that loses nothing.
    Integer,
    /// Text.
    Text,
    /// Nothing is changed; also called NONE.
    Blob,
    /// Floating point numbers.
    Real,
    /// Numbers where that loses nothing.
    Numeric,
}

impl Affinity {
    /// Returns the affinity of a declared type; `None` or an empty text has BLOB affinity.
    ///
    /// In a STRICT table the type `ANY` has no affinity at all, which for reading is the same as
    /// BLOB; elsewhere `ANY` falls through to NUMERIC like any unknown word.
    #[must_use]
    pub fn of(declared_type: Option<&str>, strict: bool) -> Self {
        let Some(declared) = declared_type.map(str::trim).filter(|text| !text.is_empty()) else {
            return Self::Blob;
        };
        let upper = declared.to_ascii_uppercase();
        let has = |word: &str| upper.contains(word);
        if strict && upper == "ANY" {
            Self::Blob
        } else if has("INT") {
            Self::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") {
            Self::Blob
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Affinity;

    #[test]
    fn the_examples_of_the_documentation_hold() {
        let cases = [
            ("INT", Affinity::Integer),
            ("UNSIGNED BIG INT", Affinity::Integer),
            ("INT8", Affinity::Integer),
            ("NATIVE CHARACTER(70)", Affinity::Text),
            ("CLOB", Affinity::Text),
            ("BLOB", Affinity::Blob),
            ("DOUBLE PRECISION", Affinity::Real),
            ("FLOAT", Affinity::Real),
            ("DECIMAL(10,5)", Affinity::Numeric),
            ("BOOLEAN", Affinity::Numeric),
            ("DATETIME", Affinity::Numeric),
            ("CHARINT", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("STRING", Affinity::Numeric),
        ];
        for (declared, affinity) in cases {
            assert_eq!(Affinity::of(Some(declared), false), affinity, "{declared}");
        }
    }

    #[test]
    fn empty_declared_type_has_blob_affinity() {
        assert_eq!(Affinity::of(None, false), Affinity::Blob);
        assert_eq!(Affinity::of(Some("  "), false), Affinity::Blob);
    }

    #[test]
    fn any_means_no_conversion_in_a_strict_table_only() {
        assert_eq!(Affinity::of(Some("ANY"), true), Affinity::Blob);
        assert_eq!(Affinity::of(Some("any"), false), Affinity::Numeric);
    }
}
