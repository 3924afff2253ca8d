//! [`Script`]: one file of a revision, read and checked.

use super::header::{Header, HeaderError, Transaction, one_line};
use crate::revision::split::{SplitError, Statement, split};
use crate::sql::Sql;
use sha2::{Digest, Sha384};
use std::fmt;

/// One file of a revision. Its statements were told apart once and can be told apart again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    header: Header,
    text: String,
}

/// Why a file cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The lines at the top.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The statements.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The file is one transaction and begins or ends another.
    #[error(
        "line {line}: the file is one transaction already; take `{word}` out, or write `-- sealift: transaction=off` at the top"
    )]
    ControlsTransaction {
        /// The statement's first word.
        word: String,
        /// Its line, from 1.
        line: usize,
    },
    /// The file is one transaction and holds a statement that the server refuses there.
    #[error(
        "line {line}: this statement cannot be part of a transaction; give it a file of its own with `-- no-transaction` as its first line"
    )]
    StandsAlone {
        /// Its line, from 1.
        line: usize,
    },
}

impl Script {
    /// Reads a file.
    ///
    /// # Errors
    /// When the header or the statements cannot be read, or the file could not be carried out as it says.
    pub fn parse(text: impl Into<String>) -> Result<Self, ScriptError> {
        let text = text.into();
        let header = Header::parse(&text)?;
        let statements = split(&text)?;
        if header.transaction == Transaction::On {
            for statement in &statements {
                let line = statement.line;
                if statement.controls_transaction() {
                    let word = statement.words(1).pop().unwrap_or_default();
                    return Err(ScriptError::ControlsTransaction { word, line });
                }
                if statement.stands_alone() {
                    return Err(ScriptError::StandsAlone { line });
                }
            }
        }
        Ok(Self { header, text })
    }

    /// Returns a file of these statements, each with a remark above it where there is one.
    #[must_use]
    pub fn write<'a>(
        header: Header,
        statements: impl IntoIterator<Item = (&'a str, &'a Sql)>,
    ) -> Self {
        let header = Header { message: header.message.as_deref().map(one_line), ..header };
        let mut text = header.render();
        for (remark, sql) in statements {
            text.push('\n');
            // Either letter ends a comment; what stood behind it would be SQL.
            for line in remark.split(['\n', '\r']).filter(|line| !line.is_empty()) {
                text.push_str(&format!("-- {line}\n"));
            }
            text.push_str(sql.as_str());
            text.push_str(";\n");
        }
        Self { header, text }
    }

    /// Returns the lines at the top.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the whole file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the statements, in order.
    #[must_use]
    pub fn statements(&self) -> Vec<Statement<'_>> {
        split(&self.text).unwrap_or_default()
    }

    /// Returns whether tools that send the file as one message can carry it out too (sqlx, golang-migrate): it is one
    /// transaction, or one statement.
    #[must_use]
    pub fn runs_as_one_message(&self) -> bool {
        match self.header.transaction {
            Transaction::On => true,
            Transaction::Off => {
                self.text.starts_with("-- no-transaction") && self.statements().len() <= 1
            }
        }
    }

    /// Returns the checksum of the file.
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        Checksum::of(&self.text)
    }
}

/// SHA-384 of a file's bytes, as sqlx keeps it in `_sqlx_migrations`; so what sqlx has carried out can be compared
/// with the same files, and the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum([u8; 48]);

impl Checksum {
    /// Returns the checksum of a file's text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha384::digest(text.as_bytes()).into())
    }

    /// Returns the 48 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 48] {
        &self.0
    }
}

/// 96 hexadecimal digits.
impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_is_read_again() {
        let header = Header { message: Some("one".to_owned()), ..Header::default() };
        let (a, b) = (Sql::raw("select 1"), Sql::raw("select 2"));
        let script = Script::write(header, [("first\nstep", &a), ("", &b)]);
        assert_eq!(
            script.text(),
            "-- sealift: message=one\n\n-- first\n-- step\nselect 1;\n\nselect 2;\n"
        );
        assert_eq!(Script::parse(script.text()), Ok(script));
    }

    #[test]
    fn a_line_end_in_a_remark_does_not_end_the_comment() {
        let sql = Sql::raw("select 1");
        let script = Script::write(Header::default(), [("a\rdrop table b\r\nc", &sql)]);
        assert_eq!(script.statements().len(), 1);
        assert_eq!(script.text(), "\n-- a\n-- drop table b\n-- c\nselect 1;\n");
    }

    #[test]
    fn a_transaction_within_the_transaction_is_refused() {
        assert_eq!(
            Script::parse("create table t ();\ncommit;"),
            Err(ScriptError::ControlsTransaction { word: "commit".to_owned(), line: 2 })
        );
        assert!(Script::parse("-- sealift: transaction=off\ncommit;").is_ok());
    }

    #[test]
    fn an_index_built_concurrently_wants_a_file_without_transaction() {
        let build = "create index concurrently i on t (a);";
        assert_eq!(Script::parse(build), Err(ScriptError::StandsAlone { line: 1 }));
        let alone = Script::parse(format!("-- no-transaction\n{build}")).unwrap();
        assert!(alone.runs_as_one_message());
        let both = Script::parse(format!("-- no-transaction\n{build}{build}")).unwrap();
        assert!(!both.runs_as_one_message());
    }

    #[test]
    fn the_checksum_is_that_of_sha384sum() {
        assert_eq!(
            Checksum::of("abc").to_string(),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
             8086072ba1e7cc2358baeca134c825a7"
        );
    }
}
