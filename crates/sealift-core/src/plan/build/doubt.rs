//! Columns that the plan has something to say about and that are to be looked at cell by cell.

use crate::convert::{ColumnCodec, Reading};
use crate::mapping::PgType;
use crate::sqlite::ValueRef;

/// A column to look at cell by cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The source table.
    pub table: String,
    /// The source column.
    pub column: String,
    /// The type in question.
    pub data_type: PgType,
    /// How its cells would be read.
    pub reading: Reading,
    /// What a cell that does not fit means.
    pub question: Question,
}

/// What is asked about a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The user's cast: a cell that does not fit is an error.
    Cast,
    /// The type that the application has itself: a cell that does not fit is an error.
    Like,
    /// The declared type, which the plan has left: the cells that forced it belong into the finding.
    Declared,
    /// The declared type, which `--on-misfit refuse` asks for: a cell that does not fit is an error.
    Misfit,
    /// The declared type, whose other cells were to become NULL in a column that takes none.
    MisfitNull,
    /// Text, which `--on-nul refuse` asks for.
    Nul,
    /// Text, which `--on-invalid-utf8 refuse` asks for.
    InvalidUtf8,
    /// Text, some of whose cells this reading changes: those belong into a warning.
    Mended(Reading),
    /// Bytes, as declared: texts and numbers among them belong into the finding.
    Bytes,
    /// A document that `jsonb` refuses: those belong into the finding.
    NotJsonb,
    /// A column of a primary key: its NULLs belong into the finding.
    KeyNulls,
}

impl Doubt {
    /// Returns whether a cell is one that the finding is about, whatever else its column holds. `fits`
    /// tells whether the type in question takes it.
    #[must_use]
    pub fn concerns(&self, value: ValueRef<'_>, fits: bool) -> bool {
        match self.question {
            Question::Cast
            | Question::Like
            | Question::Misfit
            | Question::MisfitNull
            | Question::NotJsonb => !fits,
            // A cast may read such a cell, and yet it is what has changed the column's type.
            Question::Declared => !fits || is_of_another_class(self.data_type, value),
            Question::Nul | Question::Mended(Reading::StripNul) => has_nul(value),
            Question::InvalidUtf8 | Question::Mended(Reading::ReplaceInvalid | Reading::Latin1) => {
                is_not_utf8(value)
            }
            Question::Mended(
                Reading::Plain
                | Reading::UnixSeconds
                | Reading::UnixMillis
                | Reading::UnixMicros
                | Reading::JulianDay
                | Reading::NaiveUtc
                | Reading::EmptyNull
                | Reading::NonzeroTrue,
            ) => !fits,
            Question::Bytes => !matches!(value, ValueRef::Null | ValueRef::Blob(_)),
            Question::KeyNulls => matches!(value, ValueRef::Null),
        }
    }

    /// Returns what reads the cells in question, and `None` for a type that is not read that way.
    #[must_use]
    pub fn codec(&self) -> Option<ColumnCodec> {
        ColumnCodec::new(self.data_type, self.reading).ok()
    }
}

/// Returns whether a cell is of a storage class that a column of the type does not hold by itself.
fn is_of_another_class(data_type: PgType, value: ValueRef<'_>) -> bool {
    let is_blob = matches!(value, ValueRef::Blob(_));
    let is_text = matches!(value, ValueRef::Text(_));
    (data_type.is_text() && is_blob) || (data_type == PgType::Double && is_text)
}

fn has_nul(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Text(bytes) if bytes.contains(&0))
}

fn is_not_utf8(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Text(bytes) if std::str::from_utf8(bytes).is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt(question: Question) -> Doubt {
        Doubt {
            table: "t".to_owned(),
            column: "c".to_owned(),
            data_type: PgType::Text,
            reading: Reading::Plain,
            question,
        }
    }

    #[test]
    fn a_text_with_nul_and_one_that_is_not_utf8_are_told_apart() {
        let (nul, broken) = (ValueRef::Text(b"a\0b"), ValueRef::Text(b"\xff"));
        let concerned = |question| {
            let doubt = doubt(question);
            (doubt.concerns(nul, false), doubt.concerns(broken, false))
        };
        assert_eq!(concerned(Question::Nul), (true, false));
        assert_eq!(concerned(Question::Mended(Reading::StripNul)), (true, false));
        assert_eq!(concerned(Question::InvalidUtf8), (false, true));
        assert_eq!(concerned(Question::Mended(Reading::Latin1)), (false, true));
    }

    #[test]
    fn a_blob_in_a_text_column_is_named_although_it_could_be_read() {
        let doubt = doubt(Question::Declared);
        assert!(doubt.concerns(ValueRef::Blob(b"abc"), true));
        assert!(!doubt.concerns(ValueRef::Text(b"abc"), true));
    }
}
