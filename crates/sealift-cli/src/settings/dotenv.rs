//! `.env` files as python-dotenv, Docker and the shells that source them agree on.

use std::collections::BTreeMap;

/// Returns the variables of a `.env` text. Lines that assign nothing are passed over. `${NAME}` and
/// `${NAME:-otherwise}` are replaced, outside single quotes, from `environment` and from what stands
/// above; the environment wins, as in python-dotenv.
pub(super) fn parse(
    text: &str,
    environment: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        let line = line.strip_prefix("export ").map_or(line, str::trim_start);
        let Some((name, rest)) = line.split_once('=') else { continue };
        let name = name.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        if name.is_empty() || !name.chars().all(plain) {
            continue;
        }
        let (value, expand) = unquote(rest.trim());
        let value = if expand { interpolate(&value, environment, &found) } else { value };
        found.insert(name.to_owned(), value);
    }
    found
}

/// Returns the value without quotes and comment, and whether `${…}` is replaced in it.
fn unquote(text: &str) -> (String, bool) {
    if let Some(rest) = text.strip_prefix('\'') {
        return (rest.split('\'').next().unwrap_or_default().to_owned(), false);
    }
    if let Some(rest) = text.strip_prefix('"') {
        let mut value = String::new();
        let mut characters = rest.chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => break,
                '\\' => match characters.next() {
                    Some('n') => value.push('\n'),
                    Some('r') => value.push('\r'),
                    Some('t') => value.push('\t'),
                    Some(other) => value.push(other),
                    None => value.push('\\'),
                },
                other => value.push(other),
            }
        }
        return (value, true);
    }
    // A `#` inside an unquoted value belongs to it (passwords), unless a blank stands before it.
    let end = text.find(" #").or_else(|| text.find("\t#")).unwrap_or(text.len());
    let (value, _comment) = text.split_at(end);
    if value.starts_with('#') {
        (String::new(), false)
    } else {
        (value.trim_end().to_owned(), true)
    }
}

fn interpolate(
    value: &str,
    environment: &BTreeMap<String, String>,
    above: &BTreeMap<String, String>,
) -> String {
    let mut result = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, tail)) = after.split_once('}') else { break };
        let (name, otherwise) = inside.split_once(":-").unwrap_or((inside, ""));
        let known = environment.get(name).or_else(|| above.get(name)).map(String::as_str);
        result.push_str(before);
        result.push_str(known.filter(|known| !known.is_empty()).unwrap_or(otherwise));
        rest = tail;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> String {
        parse(text, &BTreeMap::new()).remove("A").unwrap()
    }

    #[test]
    fn quotes_comments_and_export_are_understood() {
        assert_eq!(value("A=b"), "b");
        assert_eq!(value("export A = b c  # note"), "b c");
        assert_eq!(value("A=p#ss"), "p#ss");
        assert_eq!(value("A='it # ${X} stays'"), "it # ${X} stays");
        assert_eq!(value(r#"A="say \"hi\"\n" # note"#), "say \"hi\"\n");
        assert_eq!(value("A="), "");
        assert_eq!(value("A=# nothing"), "");
        assert_eq!(value("\u{feff}A=bom\r\n"), "bom");
    }

    #[test]
    fn references_are_replaced_and_the_environment_wins() {
        let text = "HOST=db\nPORT=1\nA=\"postgresql://${HOST}:${PORT}/${NAME:-app}\"";
        let environment = BTreeMap::from([("PORT".to_owned(), "5433".to_owned())]);
        assert_eq!(parse(text, &environment)["A"], "postgresql://db:5433/app");
        assert_eq!(value("A=${open"), "${open");
    }

    #[test]
    fn lines_that_assign_nothing_are_passed_over() {
        let found = parse("# x=1\n\nnonsense\n a b = 2\nA=1\nA=2", &BTreeMap::new());
        assert_eq!(found, BTreeMap::from([("A".to_owned(), "2".to_owned())]));
    }
}
