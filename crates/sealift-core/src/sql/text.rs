//! [`Sql`]: text that may be sent to PostgreSQL.

use crate::name::Ident;
use serde::{Deserialize, Serialize};
use std::fmt;

/// SQL text that was put together from constants, quoted identifiers and quoted literals.
///
/// There is no way to append a run-time string as it is, so a name or a value cannot become syntax.
/// The exceptions are plan and revision files, which a person reviews before they are carried out, and what a
/// server has printed itself.
///
/// ```
/// use sealift_core::{name::Ident, sql::Sql};
/// let table = Ident::new("my \"table\"").unwrap();
/// let sql = Sql::raw("select count(*) from ").ident(&table);
/// assert_eq!(sql.as_str(), "select count(*) from \"my \"\"table\"\"\"");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sql(String);

impl Sql {
    /// Returns empty text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a constant as SQL.
    #[must_use]
    pub fn raw(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// Returns text that PostgreSQL has printed as SQL, with its own quoting: what `format_type()` and
    /// `pg_get_constraintdef()` give. Nothing else may be passed.
    #[must_use]
    pub fn printed_by_server(text: String) -> Self {
        Self(text)
    }

    /// Returns a statement of a revision file, which a person has written or reviewed. Nothing else may be
    /// passed.
    pub(crate) fn reviewed(text: String) -> Self {
        Self(text)
    }

    /// Appends a constant.
    #[must_use]
    pub fn push(mut self, text: &'static str) -> Self {
        self.0.push_str(text);
        self
    }

    /// Appends other SQL.
    #[must_use]
    pub fn sql(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// Appends an identifier, always in double quotes.
    #[must_use]
    pub fn ident(mut self, ident: &Ident) -> Self {
        self.0.push('"');
        self.0.push_str(&ident.as_str().replace('"', "\"\""));
        self.0.push('"');
        self
    }

    /// Appends a name of a SQLite file, always in double quotes; SQLite sets its length no limit. It must be one
    /// that the schema declares: SQLite takes another for a text (`sqlite.org/quirks.html`, section 8).
    #[must_use]
    pub fn source_name(mut self, name: &str) -> Self {
        self.0.push('"');
        self.0.push_str(&name.replace('"', "\"\""));
        self.0.push('"');
        self
    }

    /// Appends `schema.name`, both quoted.
    #[must_use]
    pub fn qualified(self, schema: &Ident, name: &Ident) -> Self {
        self.ident(schema).push(".").ident(name)
    }

    /// Appends a text literal.
    ///
    /// Relies on `standard_conforming_strings`, which every session of ours turns on. A NUL byte
    /// cannot be part of PostgreSQL text; the caller has ruled it out.
    #[must_use]
    pub fn literal(mut self, value: &str) -> Self {
        self.0.push('\'');
        self.0.push_str(&value.replace('\'', "''"));
        self.0.push('\'');
        self
    }

    /// Appends a whole number.
    #[must_use]
    pub fn int(mut self, value: i64) -> Self {
        self.0.push_str(&value.to_string());
        self
    }

    /// Appends bytes as a `bytea` literal.
    #[must_use]
    pub fn bytes(mut self, value: &[u8]) -> Self {
        self.0.push_str("'\\x");
        for byte in value {
            self.0.push_str(&format!("{byte:02x}"));
        }
        self.0.push_str("'::bytea");
        self
    }

    /// Appends `items`, with a constant between them.
    #[must_use]
    pub fn join(mut self, items: impl IntoIterator<Item = Self>, between: &'static str) -> Self {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.0.push_str(between);
            }
            self.0.push_str(&item.0);
        }
        self
    }

    /// Appends `items` as quoted identifiers with commas between them.
    #[must_use]
    pub fn idents<'a>(self, items: impl IntoIterator<Item = &'a Ident>) -> Self {
        self.join(items.into_iter().map(|item| Self::new().ident(item)), ", ")
    }

    /// Returns the text with every quoted name `from` before a dot as `to`. Literals stay as they are, and
    /// so does a name that follows a dot itself.
    #[must_use]
    pub fn in_schema(&self, from: &Ident, to: &Ident) -> Self {
        let name = Self::new().ident(from);
        let mut moved = Self::new();
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find(['\'', '"']) {
            let (before, quoted) = rest.split_at(at);
            moved.0.push_str(before);
            let (token, after) = quoted.split_at(end_of_quoted(quoted));
            let is_schema =
                token == name.as_str() && after.starts_with('.') && !before.ends_with('.');
            if is_schema {
                moved = moved.ident(to);
            } else {
                moved.0.push_str(token);
            }
            rest = after;
        }
        moved.0.push_str(rest);
        moved
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns where a quoted name or a literal ends, doubled quotes included.
fn end_of_quoted(text: &str) -> usize {
    let Some(quote) = text.chars().next() else { return 0 };
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return at + letter.len_utf8();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_name_is_doubled() {
        let ident = Ident::new("a\"; drop table x; --").unwrap();
        assert_eq!(Sql::new().ident(&ident).as_str(), "\"a\"\"; drop table x; --\"");
    }

    #[test]
    fn a_name_of_sqlite_may_be_long_and_hold_quotes() {
        let name = format!("{}\"", "x".repeat(80));
        let quoted = format!("\"{}\"\"\"", "x".repeat(80));
        assert_eq!(Sql::new().source_name(&name).as_str(), quoted);
    }

    #[test]
    fn a_quote_in_a_literal_is_doubled_and_a_backslash_stays() {
        assert_eq!(Sql::new().literal("it's \\").as_str(), "'it''s \\'");
    }

    #[test]
    fn bytes_are_written_as_hexadecimal() {
        assert_eq!(Sql::new().bytes(&[0, 255]).as_str(), "'\\x00ff'::bytea");
    }

    #[test]
    fn only_the_schema_of_a_qualified_name_moves() {
        let ident = |name: &str| Ident::new(name).unwrap();
        let sql = Sql::raw(
            "select \"public\", 'see \"public\".x, it''s' from \"public\".\"t\" where \"t\".\"public\" = 1",
        );
        assert_eq!(
            sql.in_schema(&ident("public"), &ident("else")).as_str(),
            "select \"public\", 'see \"public\".x, it''s' from \"else\".\"t\" where \"t\".\"public\" = 1"
        );
    }
}
