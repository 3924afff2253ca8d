//! The text between a module's parentheses, as SQLite cuts it up.

/// Splits at the commas that stand in no quotes and no parentheses, and trims each part.
pub(super) fn split(arguments: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0_usize, None);
    for (at, letter) in arguments.char_indices() {
        match (quote, letter) {
            // A doubled quote closes and opens again, which comes to the same.
            (Some(end), _) if letter == end => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(letter),
            (None, '[') => quote = Some(']'),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.extend(arguments.get(start..at));
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    parts.extend(arguments.get(start..));
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Returns the first word or quoted name, without its quotes, and what follows.
pub(super) fn first_name(text: &str) -> (String, &str) {
    let text = text.trim_start();
    if text.starts_with(['\'', '"', '`', '[']) {
        let (name, rest) = quoted(text);
        return (name, rest.trim());
    }
    let at = text.find(|it: char| it.is_ascii_whitespace() || it == '=').unwrap_or(text.len());
    let (word, rest) = text.split_at(at);
    (word.to_owned(), rest.trim())
}

/// Returns what stands between the quotes that a text begins with, and what follows them.
pub(super) fn quoted(text: &str) -> (String, &str) {
    let mut letters = text.char_indices().peekable();
    let end = letters.next().map_or('"', |(_, first)| if first == '[' { ']' } else { first });
    let mut name = String::new();
    while let Some((at, letter)) = letters.next() {
        if letter != end {
            name.push(letter);
        } else if end != ']' && letters.peek().is_some_and(|(_, next)| *next == end) {
            name.push(letter);
            letters.next();
        } else {
            return (name, text.get(at + letter.len_utf8()..).unwrap_or_default());
        }
    }
    (name, "")
}

/// Splits `key = value`; the value without its quotes, where all of it is quoted.
pub(super) fn option(argument: &str) -> Option<(String, String)> {
    let (key, rest) = first_name(argument);
    let value = rest.strip_prefix('=')?.trim();
    Some((key.to_ascii_lowercase(), unquoted(value)))
}

/// Returns a text without the quotes around it.
pub(super) fn unquoted(text: &str) -> String {
    let (name, rest) = first_name(text);
    if rest.is_empty() { name } else { text.to_owned() }
}
