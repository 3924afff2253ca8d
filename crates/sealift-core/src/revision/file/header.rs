//! [`Header`]: the lines at the top of a revision's file that are meant for Sealift.

use super::name::Id;

/// The first line by which sqlx carries a file out without a transaction. It must be the very first.
const SQLX_MARK: &str = "-- no-transaction";

/// What a header line begins with.
const MARK: &str = "-- sealift:";

/// The lines at the top of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// What the revision is for, in one line.
    pub message: Option<String>,
    /// What it follows.
    pub parents: Parents,
    /// Whether the file is one transaction.
    pub transaction: Transaction,
    /// The revisions that were squashed into this one, itself left out: where all of them were carried out, this one was.
    pub replaces: Vec<Id>,
    /// Those that were squashed into one of these before. A database may have rows of them left.
    pub replaces_earlier: Vec<Id>,
}

/// What a revision follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Parents {
    /// Nothing is said: the one before it by number, as for tools that know no other order.
    #[default]
    Before,
    /// `parents=none`: nothing, although there may be revisions with smaller numbers.
    None,
    /// These; several make it a merge.
    These(Vec<Id>),
}

/// Whether a file is one transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transaction {
    /// All of it or nothing.
    #[default]
    On,
    /// Statement by statement.
    Off,
}

/// Why a header cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A word that is none of ours: a typing mistake shall not be passed over.
    #[error(
        "line {line}: `{text}` is not known here; there are message=…, parents=…, transaction=on|off and replaces=…"
    )]
    Unknown {
        /// What stands there.
        text: String,
        /// Its line, from 1.
        line: usize,
    },
    /// A parent, or a revision that is replaced, that is no number.
    #[error("line {line}: `{text}` is not the number of a revision")]
    Parent {
        /// What stands there.
        text: String,
        /// Its line, from 1.
        line: usize,
    },
    /// The same word twice.
    #[error("line {line}: `{key}` is given twice")]
    Twice {
        /// The word.
        key: &'static str,
        /// The second line, from 1.
        line: usize,
    },
}

impl Header {
    /// Reads the header of a file: its lines up to the first that is neither empty nor a comment. Other comments among
    /// them are passed over.
    ///
    /// # Errors
    /// When a line begins with `-- sealift:` and does not say anything known.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let mut header = Self::default();
        let (mut has_parents, mut has_transaction) = (false, false);
        if text.starts_with(SQLX_MARK) {
            header.transaction = Transaction::Off;
        }
        for (index, line) in text.lines().enumerate() {
            let (line, at) = (line.trim(), index + 1);
            if !line.is_empty() && !line.starts_with("--") {
                break;
            }
            let Some(said) = line.strip_prefix(MARK).map(str::trim) else { continue };
            let (key, value) = said.split_once('=').unwrap_or((said, ""));
            match (key.trim(), value.trim()) {
                ("message", message) => {
                    once(header.message.is_some(), "message", at)?;
                    header.message = Some(message.to_owned());
                }
                ("parents", parents) => {
                    once(has_parents, "parents", at)?;
                    has_parents = true;
                    header.parents = parse_parents(parents, at)?;
                }
                ("replaces", replaced) => {
                    once(!header.replaces.is_empty(), "replaces", at)?;
                    header.replaces = parse_ids(replaced, at)?;
                }
                ("replaces-earlier", replaced) => {
                    once(!header.replaces_earlier.is_empty(), "replaces-earlier", at)?;
                    header.replaces_earlier = parse_ids(replaced, at)?;
                }
                ("transaction", "off") => {
                    once(has_transaction, "transaction", at)?;
                    has_transaction = true;
                    header.transaction = Transaction::Off;
                }
                ("transaction", "on") if header.transaction == Transaction::On => {
                    once(has_transaction, "transaction", at)?;
                    has_transaction = true;
                }
                _ => return Err(HeaderError::Unknown { text: said.to_owned(), line: at }),
            }
        }
        Ok(header)
    }

    /// Returns the header as the first lines of a file.
    #[must_use]
    pub fn render(&self) -> String {
        let mut lines = String::new();
        if self.transaction == Transaction::Off {
            lines.push_str(SQLX_MARK);
            lines.push('\n');
        }
        let mut say = |key: &str, value: &str| {
            lines.push_str(&format!("{MARK} {key}={value}\n"));
        };
        if let Some(message) = &self.message {
            say("message", &one_line(message));
        }
        match &self.parents {
            Parents::Before => {}
            Parents::None => say("parents", "none"),
            Parents::These(ids) => say("parents", &list(ids)),
        }
        if self.transaction == Transaction::Off {
            say("transaction", "off");
        }
        if !self.replaces.is_empty() {
            say("replaces", &list(&self.replaces));
        }
        if !self.replaces_earlier.is_empty() {
            say("replaces-earlier", &list(&self.replaces_earlier));
        }
        lines
    }
}

/// A line end would end the comment.
pub(super) fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

const fn once(given: bool, key: &'static str, line: usize) -> Result<(), HeaderError> {
    if given { Err(HeaderError::Twice { key, line }) } else { Ok(()) }
}

fn parse_parents(text: &str, line: usize) -> Result<Parents, HeaderError> {
    if text == "none" { Ok(Parents::None) } else { parse_ids(text, line).map(Parents::These) }
}

fn parse_ids(text: &str, line: usize) -> Result<Vec<Id>, HeaderError> {
    let id = |text: &str| {
        let text = text.trim();
        Id::new(text).map_err(|_| HeaderError::Parent { text: text.to_owned(), line })
    };
    text.split(',').map(id).collect()
}

fn list(ids: &[Id]) -> String {
    let ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
    ids.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_header_is_read_and_written_alike() {
        let header = Header {
            message: Some("add orders".to_owned()),
            parents: Parents::These(vec![Id::new("1").unwrap(), Id::new("02").unwrap()]),
            transaction: Transaction::Off,
            replaces: vec![Id::new("3").unwrap(), Id::new("4").unwrap()],
            replaces_earlier: vec![Id::new("5").unwrap()],
        };
        let text = header.render();
        assert_eq!(
            text,
            "-- no-transaction\n-- sealift: message=add orders\n-- sealift: parents=1,02\n\
             -- sealift: transaction=off\n-- sealift: replaces=3,4\n\
             -- sealift: replaces-earlier=5\n"
        );
        assert_eq!(Header::parse(&text), Ok(header));
    }

    #[test]
    fn a_file_without_a_header_follows_the_one_before() {
        assert_eq!(
            Header::parse("create table t ();\n-- sealift: nonsense"),
            Ok(Header::default())
        );
    }

    #[test]
    fn a_typing_mistake_is_not_passed_over() {
        assert_eq!(
            Header::parse("\n-- sealift: transactions=off"),
            Err(HeaderError::Unknown { text: "transactions=off".to_owned(), line: 2 })
        );
        assert!(matches!(Header::parse("-- sealift: parents=x"), Err(HeaderError::Parent { .. })));
        assert!(matches!(
            Header::parse("-- sealift: message=a\n-- sealift: message=b"),
            Err(HeaderError::Twice { key: "message", line: 2 })
        ));
    }

    #[test]
    fn contradictory_transactions_are_refused() {
        assert!(Header::parse("-- no-transaction\n-- sealift: transaction=on").is_err());
    }

    proptest! {
        #[test]
        fn any_message_comes_back_in_one_line(message in "[ -~\n]{1,30}") {
            let header = Header { message: Some(message.clone()), ..Header::default() };
            let words: Vec<&str> = message.split_whitespace().collect();
            let back = Header::parse(&header.render()).unwrap();
            prop_assert_eq!(back.message.unwrap(), words.join(" "));
        }
    }
}
