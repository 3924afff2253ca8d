//! Triggers that do nothing but keep a full-text index as its table is.

/// Returns whether every statement of a trigger's body writes into a table of which `is_index` holds.
#[must_use]
pub fn writes_only_into(trigger: &str, is_index: impl Fn(&str) -> bool) -> bool {
    let words = words(trigger);
    let Some(begin) = words.iter().position(|word| word.is("begin")) else { return false };
    let body = words.get(begin + 1..).unwrap_or_default();
    let statements: Vec<&[Word]> = body
        .split(|word| word.is(";"))
        .filter(|statement| !statement.is_empty() && !matches!(statement, [end] if end.is("end")))
        .collect();
    !statements.is_empty() && statements.iter().all(|it| written(it).is_some_and(&is_index))
}

/// Returns the table that a statement writes into.
fn written(statement: &[Word]) -> Option<&str> {
    let is =
        |position: usize, wanted: &str| statement.get(position).is_some_and(|word| word.is(wanted));
    let or = if is(1, "or") { 2 } else { 0 };
    let at = if is(0, "insert") && is(1 + or, "into") {
        2 + or
    } else if (is(0, "replace") && is(1, "into")) || (is(0, "delete") && is(1, "from")) {
        2
    } else if is(0, "update") {
        1 + or
    } else {
        return None;
    };
    // A name with its schema: `main.t`.
    let at = if is(at + 1, ".") { at + 2 } else { at };
    statement.get(at).map(|word| word.text.as_str())
}

struct Word {
    text: String,
    quoted: bool,
}

impl Word {
    fn is(&self, wanted: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(wanted)
    }
}

/// Cuts a statement into words, quoted texts and single signs; comments are left out.
fn words(sql: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if matches!(first, '\'' | '"' | '`' | '[') {
            let (text, after) = super::arguments::quoted(rest);
            words.push(Word { text, quoted: true });
            rest = after;
        } else if is_of_name(first) {
            let end = rest.find(|letter| !is_of_name(letter)).unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            words.push(Word { text: text.to_owned(), quoted: false });
            rest = after;
        } else {
            if !first.is_ascii_whitespace() {
                words.push(Word { text: first.to_string(), quoted: false });
            }
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    words
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$') || !letter.is_ascii()
}
