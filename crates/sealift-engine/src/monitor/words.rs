//! A statement as it may be shown: without literals and comments, which may hold anything.
//!
//! As `pg_stat_statements` shows it, only without parsing: what runs right now is nowhere normalised, and the
//! server has cut its text somewhere (`track_activity_query_size`). Where it is unclear how a literal ends,
//! nothing after it is shown.

/// More characters than this are cut.
const LONGEST: usize = 300;

/// What stands for what is left out at the end.
const CUT: &str = " …";

/// Returns a statement without literals and comments, on one line, at most 300 characters.
pub(super) fn shown(statement: &str) -> String {
    let mut text = Shown::default();
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let Some(after) = text.take(first, rest) else {
            text.words.push_str(CUT);
            break;
        };
        rest = after;
        if text.words.chars().count() > LONGEST {
            break;
        }
    }
    text.cut()
}

#[derive(Default)]
struct Shown {
    words: String,
    gap: bool,
}

impl Shown {
    /// Takes the next token; `None` when it is unclear where that ends.
    fn take<'a>(&mut self, first: char, rest: &'a str) -> Option<&'a str> {
        match first {
            space if space.is_whitespace() => {
                self.gap = true;
                Some(rest.trim_start())
            }
            '-' if rest.starts_with("--") => {
                self.gap = true;
                Some(rest.split_once('\n').map_or("", |(_, after)| after))
            }
            '/' if rest.starts_with("/*") => {
                self.gap = true;
                Some(after_comment(rest))
            }
            '\'' => {
                self.push("?");
                after_literal(rest, Escapes::Unclear)
            }
            '"' => {
                let after = after_name(rest);
                self.push(rest.strip_suffix(after).unwrap_or(rest));
                Some(after)
            }
            '$' => Some(self.dollar(rest)),
            digit if digit.is_ascii_digit() => {
                self.push("?");
                Some(rest.trim_start_matches(is_of_number))
            }
            letter if is_of_word(letter) => self.word(rest),
            other => {
                let (symbol, after) = rest.split_at(other.len_utf8());
                self.push(symbol);
                Some(after)
            }
        }
    }

    /// Takes a word, or the literal that it introduces: `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`.
    fn word<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        let after = rest.trim_start_matches(is_of_word);
        let word = rest.strip_suffix(after).unwrap_or(rest);
        let quoted = after.strip_prefix('&').filter(|_| word.eq_ignore_ascii_case("u"));
        let quoted = quoted.unwrap_or(after);
        let introduces =
            ["e", "b", "x", "n", "u"].iter().any(|kind| word.eq_ignore_ascii_case(kind));
        if introduces && quoted.starts_with('\'') {
            self.push("?");
            let escapes =
                if word.eq_ignore_ascii_case("e") { Escapes::Known } else { Escapes::Unclear };
            return after_literal(quoted, escapes);
        }
        self.push(word);
        Some(after)
    }

    /// Takes a parameter `$1`, or a literal `$tag$…$tag$`.
    fn dollar<'a>(&mut self, rest: &'a str) -> &'a str {
        let after_sign = rest.strip_prefix('$').unwrap_or(rest);
        let after_digits = after_sign.trim_start_matches(|c: char| c.is_ascii_digit());
        if after_digits.len() < after_sign.len() {
            self.push(rest.strip_suffix(after_digits).unwrap_or(rest));
            return after_digits;
        }
        let tag_end = after_sign.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        self.push("?");
        let Some(body) = tag_end.strip_prefix('$') else { return after_sign };
        let tag = rest.strip_suffix(body).unwrap_or(rest);
        // One that the server has cut off has no end.
        body.split_once(tag).map_or("", |(_, after)| after)
    }

    fn push(&mut self, token: &str) {
        if std::mem::take(&mut self.gap) && !self.words.is_empty() {
            self.words.push(' ');
        }
        // A name may hold a line break.
        self.words.extend(token.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }

    fn cut(self) -> String {
        if self.words.chars().count() <= LONGEST {
            return self.words;
        }
        let kept: String = self.words.chars().take(LONGEST - CUT.chars().count()).collect();
        kept + CUT
    }
}

/// Whether a backslash in a literal takes the quote after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// It does.
    Known,
    /// That depends on `standard_conforming_strings` of a session that is not ours.
    Unclear,
}

/// Returns what follows a literal; `None` when that cannot be told.
fn after_literal(rest: &str, escapes: Escapes) -> Option<&str> {
    let mut left = rest.strip_prefix('\'').unwrap_or(rest);
    loop {
        // One that the server has cut off has no end.
        let Some(at) = left.find(['\'', '\\']) else { return Some("") };
        let (_, found) = left.split_at(at);
        let mut characters = found.chars();
        match (characters.next(), escapes) {
            (Some('\\'), Escapes::Known) => {
                characters.next();
                left = characters.as_str();
            }
            (Some('\\'), Escapes::Unclear) => {
                if characters.as_str().starts_with('\'') {
                    return None;
                }
                left = characters.as_str();
            }
            _ => match characters.as_str().strip_prefix('\'') {
                Some(doubled) => left = doubled,
                None => return Some(characters.as_str()),
            },
        }
    }
}

/// Returns what follows a quoted name.
fn after_name(rest: &str) -> &str {
    let mut left = rest.strip_prefix('"').unwrap_or(rest);
    loop {
        let Some((_, after)) = left.split_once('"') else { return "" };
        match after.strip_prefix('"') {
            Some(doubled) => left = doubled,
            None => return after,
        }
    }
}

/// Returns what follows a comment; they nest.
fn after_comment(rest: &str) -> &str {
    let mut left = rest;
    let mut depth = 0_u32;
    loop {
        if let Some(after) = left.strip_prefix("/*") {
            depth += 1;
            left = after;
        } else if let Some(after) = left.strip_prefix("*/") {
            depth = depth.saturating_sub(1);
            left = after;
            if depth == 0 {
                return left;
            }
        } else {
            let mut characters = left.chars();
            if characters.next().is_none() {
                return "";
            }
            left = characters.as_str();
        }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '.' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_left_out_and_names_stay() {
        for (statement, text) in [
            (
                "select * from users where email = 'a@b.c' and age>42",
                "select * from users where email = ? and age>?",
            ),
            ("select 'it''s', E'a\\'b', B'01', x'ff', u&'\\0041', N'x'", "select ?, ?, ?, ?, ?, ?"),
            ("select $1, $2::int from t1", "select $1, $2::int from t1"),
            ("do $$ begin raise 'secret'; end $$", "do ?"),
            ("select $a$ it's $b$ $a$, 1.5e-3", "select ?, ?-?"),
            (
                "insert into \"My \"\"Table\"\"\" (a) values (-0x1F)",
                "insert into \"My \"\"Table\"\"\" (a) values (-?)",
            ),
            ("select /* secret /* nested */ still */ 1 -- secret\n  from t", "select ? from t"),
            ("alter role app\n\tpassword 'hunter2'", "alter role app password ?"),
            ("select é.naïve from é", "select é.naïve from é"),
            ("", ""),
        ] {
            assert_eq!(shown(statement), text, "{statement}");
        }
    }

    #[test]
    fn what_the_server_has_cut_off_is_left_out_too() {
        for statement in [
            "select 'secret",
            "select E'a\\'secret",
            "select $x$secret",
            "select $$secret $",
            "select 1 /* secret",
            "select 'secret''",
        ] {
            let text = shown(statement);
            assert!(text.starts_with("select") && !text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn nothing_is_shown_after_a_literal_whose_end_is_unclear() {
        // With standard_conforming_strings off, `\'` is a quote, and `secret` is in the literal.
        assert_eq!(shown(r"select 'it\'s secret', 2"), "select ? …");
    }

    #[test]
    fn a_long_statement_is_cut() {
        let text = shown(&format!("select {}", "column_name, ".repeat(100)));
        assert_eq!(text.chars().count(), LONGEST);
        assert!(text.ends_with(CUT), "{text}");
    }
}
