//! `LIKE` and `GLOB`.

use super::Unsupported;
use super::typed::{Type, Typed};
use crate::ast::LikeKind;
use crate::sql::Sql;

/// Translates `value LIKE pattern` and its relatives.
pub(super) fn matching(
    kind: LikeKind,
    value: &Typed,
    pattern: &Typed,
    escape: Option<&Typed>,
) -> Result<Typed, Unsupported> {
    match kind {
        LikeKind::Like => like(value, pattern, escape),
        LikeKind::Glob => glob(value, pattern),
        LikeKind::Regexp => Err(Unsupported::new("REGEXP is the application's own function")),
        LikeKind::Match => Err(Unsupported::new("MATCH is full-text search")),
    }
}

/// `LIKE` folds ASCII letters only (`lang_expr.html`, section 5), and has no escape character
/// unless one is written; PostgreSQL's would be the backslash.
fn like(value: &Typed, pattern: &Typed, escape: Option<&Typed>) -> Result<Typed, Unsupported> {
    let value = value.as_text()?;
    let escape = match escape {
        None => Sql::new().literal(""),
        Some(escape) => Sql::new().literal(&escape_character(escape, pattern)?.to_string()),
    };
    let escape = Typed::new(escape, Type::Text);
    if let Some(text) = pattern.literal_text() {
        let folded = Typed::new(Sql::new().literal(&text.to_ascii_lowercase()), Type::Text);
        let template = if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            "(lower({0} collate \"C\") like {1} escape {2})"
        } else {
            "({0} like {1} escape {2})"
        };
        return Ok(Typed::made(template, &[&value, &folded, &escape], Type::Condition));
    }
    Ok(Typed::made(
        "(lower({0} collate \"C\") like lower({1} collate \"C\") escape {2})",
        &[&value, &pattern.as_text()?, &escape],
        Type::Condition,
    ))
}

fn escape_character(escape: &Typed, pattern: &Typed) -> Result<char, Unsupported> {
    let mut characters = escape.literal_text().unwrap_or_default().chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        return Err(Unsupported::new("an ESCAPE that is not a literal of one character"));
    };
    if character.is_ascii_alphabetic() {
        return Err(Unsupported::new("a letter as the ESCAPE character"));
    }
    let Some(text) = pattern.literal_text() else {
        return Err(Unsupported::new("an ESCAPE with a pattern that is not a literal"));
    };
    // A trailing escape character never matches in SQLite and is an error in PostgreSQL.
    let trailing = text.chars().rev().take_while(|c| *c == character).count();
    if trailing % 2 == 1 {
        return Err(Unsupported::new("a pattern that ends in its ESCAPE character"));
    }
    Ok(character)
}

/// `GLOB` is case sensitive and matches the whole text.
fn glob(value: &Typed, pattern: &Typed) -> Result<Typed, Unsupported> {
    let Some(text) = pattern.literal_text() else {
        return Err(Unsupported::new("GLOB with a pattern that is not a literal"));
    };
    let regex = Typed::new(Sql::new().literal(&regex_of(text)?), Type::Text);
    Ok(Typed::made("({0} collate \"C\" ~ {1})", &[&value.as_text()?, &regex], Type::Condition))
}

/// Returns the regular expression (PostgreSQL manual, section 9.7.3) of a GLOB pattern.
fn regex_of(glob: &str) -> Result<String, Unsupported> {
    let mut regex = String::from("^");
    let mut characters = glob.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                let rest = class(characters.as_str(), &mut regex)?;
                characters = rest.chars();
            }
            other => push_escaped(&mut regex, other),
        }
    }
    regex.push('$');
    Ok(regex)
}

/// Writes the class that `text` begins with, after its `[`, and returns what follows its `]`.
fn class<'t>(text: &'t str, regex: &mut String) -> Result<&'t str, Unsupported> {
    regex.push('[');
    let mut characters = text.chars().peekable();
    let mut length = 0;
    if characters.peek() == Some(&'^') {
        characters.next();
        length += 1;
        regex.push('^');
    }
    let mut first = true;
    let mut previous = '\0';
    while let Some(character) = characters.next() {
        length += character.len_utf8();
        match character {
            ']' if !first => {
                regex.push(']');
                return text
                    .get(length..)
                    .ok_or_else(|| Unsupported::new("a GLOB class that cannot be read"));
            }
            // Between two characters it is a range, elsewhere itself.
            '-' if !first && characters.peek().is_some_and(|next| *next != ']') => {
                let end = characters.next().unwrap_or('-');
                length += end.len_utf8();
                if previous > end {
                    return Err(Unsupported::new("a GLOB class with a range that ends too early"));
                }
                regex.push('-');
                push_escaped(regex, end);
                if characters.peek() == Some(&'-') {
                    return Err(Unsupported::new("a GLOB class with a range after a range"));
                }
            }
            other => push_escaped(regex, other),
        }
        first = false;
        previous = character;
    }
    Err(Unsupported::new("a GLOB class without its closing bracket"))
}

fn push_escaped(regex: &mut String, character: char) {
    if character.is_ascii_punctuation() {
        regex.push('\\');
    }
    regex.push(character);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_becomes_an_anchored_regular_expression() {
        assert_eq!(regex_of("a*.?b").unwrap(), "^a.*\\..b$");
        assert_eq!(regex_of("[0-9][^a-z]").unwrap(), "^[0-9][^a-z]$");
        assert_eq!(regex_of("[]x-]").unwrap(), "^[\\]x\\-]$");
        assert_eq!(regex_of("[[:]").unwrap(), "^[\\[\\:]$");
    }

    #[test]
    fn an_open_class_is_refused() {
        assert!(regex_of("[abc").is_err());
    }
}
