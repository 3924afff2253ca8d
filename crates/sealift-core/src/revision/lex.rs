//! Tokens of PostgreSQL's SQL: just enough to know where a statement ends and what a name is.
//!
//! The rules are those of manual section 4.1, with `standard_conforming_strings` on.

use std::fmt;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Space, tabs, line ends.
    Space,
    /// `-- …` or `/* … */`, nested ones included.
    Comment,
    /// A keyword or a name without quotes.
    Word,
    /// A name in double quotes, with `U&` before it perhaps.
    Quoted,
    /// A literal in single quotes or dollar quotes, with its prefix (`E`, `B`, `X`, `N`, `U&`).
    Literal,
    /// A number, or a parameter (`$1`).
    Number,
    /// Any other single character.
    Symbol(char),
}

/// One token, with where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text, as written.
    pub text: &'a str,
    /// Where it begins, in bytes from the start of the text.
    pub start: usize,
}

impl Token<'_> {
    /// Returns where the token ends, in bytes from the start of the text.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Returns whether the token says something: it is neither space nor a comment.
    #[must_use]
    pub const fn is_significant(&self) -> bool {
        !matches!(self.kind, Kind::Space | Kind::Comment)
    }

    /// Returns whether the token is this keyword, in any case.
    #[must_use]
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Returns the name that the token stands for, folded and without quotes as the server does, or `None` where
    /// it is no name. `U&"…"` is left as it is.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_ascii_lowercase()),
            Kind::Quoted => {
                let inner = self.text.strip_prefix('"')?.strip_suffix('"')?;
                Some(inner.replace("\"\"", "\""))
            }
            Kind::Space | Kind::Comment | Kind::Literal | Kind::Number | Kind::Symbol(_) => None,
        }
    }
}

/// Something begins and does not end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what} begins here and does not end")]
pub struct Unterminated {
    /// What begins.
    pub what: What,
    /// The line where it begins, from 1.
    pub line: usize,
}

/// What may be left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// `/*`.
    Comment,
    /// `'`.
    Text,
    /// `"`.
    Name,
    /// `$tag$`.
    Dollar,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Comment => "a comment",
            Self::Text => "a text in quotes",
            Self::Name => "a name in double quotes",
            Self::Dollar => "a text in dollar quotes",
        })
    }
}

/// Returns the line that a byte of `text` is on, from 1.
#[must_use]
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// Cuts `text` into tokens, which put together are `text` again.
///
/// # Errors
/// When a comment, a literal or a quoted name does not end.
pub fn tokens(text: &str) -> Result<Vec<Token<'_>>, Unterminated> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let (kind, length) =
            first(rest).map_err(|what| Unterminated { what, line: line_of(text, start) })?;
        let token = rest.get(..length).unwrap_or(rest);
        found.push(Token { kind, text: token, start });
        start += token.len();
    }
    Ok(found)
}

/// Returns what `text`, which is not empty, begins with, and how many bytes it has.
fn first(text: &str) -> Result<(Kind, usize), What> {
    let letter = text.chars().next().unwrap_or(' ');
    if is_space(letter) {
        return Ok((Kind::Space, run(text, is_space)));
    }
    if text.starts_with("--") {
        return Ok((Kind::Comment, run(text, |c| c != '\n' && c != '\r')));
    }
    if text.starts_with("/*") {
        return block_comment(text).map(|length| (Kind::Comment, length)).ok_or(What::Comment);
    }
    match letter {
        '\'' => quoted(text, 0, Escape::No).map(|n| (Kind::Literal, n)).ok_or(What::Text),
        '"' => name_end(text, 0).map(|n| (Kind::Quoted, n)).ok_or(What::Name),
        '$' => dollar(text),
        '0'..='9' => {
            Ok((Kind::Number, run(text, |c| c.is_ascii_alphanumeric() || c == '_' || c == '.')))
        }
        c if begins_word(c) => word(text),
        c => Ok((Kind::Symbol(c), c.len_utf8())),
    }
}

/// Whether a backslash takes the meaning of the letter behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    No,
    Backslash,
}

fn word(text: &str) -> Result<(Kind, usize), What> {
    let length = run(text, |c| begins_word(c) || c.is_ascii_digit() || c == '$');
    let (head, tail) = text.split_at(length);
    if tail.starts_with('\'') {
        let escape = match head {
            "e" | "E" => Escape::Backslash,
            "b" | "B" | "x" | "X" | "n" | "N" => Escape::No,
            _ => return Ok((Kind::Word, length)),
        };
        return quoted(text, length, escape).map(|n| (Kind::Literal, n)).ok_or(What::Text);
    }
    if matches!(head, "u" | "U") {
        if tail.starts_with("&'") {
            return quoted(text, 2, Escape::No).map(|n| (Kind::Literal, n)).ok_or(What::Text);
        }
        if tail.starts_with("&\"") {
            return name_end(text, 2).map(|n| (Kind::Quoted, n)).ok_or(What::Name);
        }
    }
    Ok((Kind::Word, length))
}

/// `$tag$ … $tag$`, or `$1`, or a lone `$`.
fn dollar(text: &str) -> Result<(Kind, usize), What> {
    let after = text.get(1..).unwrap_or_default();
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok((Kind::Number, 1 + run(after, |c| c.is_ascii_digit())));
    }
    let tag = run(after, |c| begins_word(c) || c.is_ascii_digit());
    if !after.get(tag..).is_some_and(|rest| rest.starts_with('$')) {
        return Ok((Kind::Symbol('$'), 1));
    }
    let mark_length = tag + 2;
    let (mark, body) = text.split_at(mark_length);
    body.find(mark).map(|at| (Kind::Literal, mark_length + at + mark_length)).ok_or(What::Dollar)
}

/// Returns where the literal whose quote is at `open` ends. A literal goes on behind a line end (manual 4.1.2.1),
/// in the same manner of writing.
fn quoted(text: &str, open: usize, escape: Escape) -> Option<usize> {
    let mut at = open + 1;
    loop {
        let rest = text.get(at..)?;
        let letter = rest.chars().next()?;
        let step = letter.len_utf8();
        if letter == '\\' && escape == Escape::Backslash {
            at += step + rest.chars().nth(1)?.len_utf8();
        } else if letter != '\'' {
            at += step;
        } else if rest.starts_with("''") {
            at += 2;
        } else {
            at += 1;
            match continued(text.get(at..).unwrap_or_default()) {
                Some(gap) if escape == Escape::Backslash => at += gap + 1,
                _ => return Some(at),
            }
        }
    }
}

/// Returns how long the gap to the next part of the same literal is, if there is one: space and comments with a
/// line end, then a quote.
fn continued(text: &str) -> Option<usize> {
    let mut at = 0;
    let mut lines = false;
    loop {
        let rest = text.get(at..)?;
        let letter = rest.chars().next()?;
        if letter == '\'' {
            return lines.then_some(at);
        }
        if is_space(letter) {
            lines |= letter == '\n' || letter == '\r';
            at += 1;
        } else if rest.starts_with("--") {
            at += run(rest, |c| c != '\n' && c != '\r');
        } else {
            return None;
        }
    }
}

fn name_end(text: &str, open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        let rest = text.get(at..)?;
        let quote = rest.find('"')?;
        at += quote + 1;
        if !text.get(at..)?.starts_with('"') {
            return Some(at);
        }
        at += 1;
    }
}

fn block_comment(text: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

const fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

const fn begins_word(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_' || !letter.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        tokens(text)
            .unwrap()
            .into_iter()
            .filter(|token| token.kind != Kind::Space)
            .map(|token| (token.kind, token.text))
            .collect()
    }

    #[test]
    fn a_backslash_escapes_only_behind_an_e() {
        assert_eq!(kinds(r"E'it\'s'"), [(Kind::Literal, r"E'it\'s'")]);
        assert_eq!(kinds(r"'a\' x")[0], (Kind::Literal, r"'a\'"));
        assert_eq!(kinds(r"name'a\' x")[1], (Kind::Literal, r"'a\'"));
    }

    #[test]
    fn an_escaped_literal_goes_on_behind_a_line_end_in_its_own_way() {
        let text = "E'a' -- note\n  'it\\'s'";
        assert_eq!(kinds(text), [(Kind::Literal, text)]);
    }

    #[test]
    fn comments_nest() {
        assert_eq!(kinds("/* a /* b */ c */ x")[1], (Kind::Word, "x"));
    }

    #[test]
    fn dollar_quotes_end_at_their_own_tag() {
        let text = "$f$ select $$;$$; $f$";
        assert_eq!(kinds(text), [(Kind::Literal, text)]);
        assert_eq!(kinds("a$b$c"), [(Kind::Word, "a$b$c")]);
        assert_eq!(kinds("$1"), [(Kind::Number, "$1")]);
    }

    #[test]
    fn what_does_not_end_names_the_line_where_it_begins() {
        assert_eq!(tokens("select\n'a"), Err(Unterminated { what: What::Text, line: 2 }));
        assert_eq!(tokens("/* /* */"), Err(Unterminated { what: What::Comment, line: 1 }));
        assert_eq!(tokens("$a$ $b$"), Err(Unterminated { what: What::Dollar, line: 1 }));
    }

    proptest! {
        #[test]
        fn tokens_put_together_are_the_text(text in r#"[a-zE$'"\\/*\-;\n 0-9é]{0,40}"#) {
            if let Ok(found) = tokens(&text) {
                let whole: String = found.iter().map(|token| token.text).collect();
                prop_assert_eq!(whole, text);
            }
        }
    }
}
