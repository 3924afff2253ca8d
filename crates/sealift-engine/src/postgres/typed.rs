//! Names in what a person is to type. What reaches the server itself is quoted by `Sql`.

/// Returns a name for a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a name as SQL, `pg_hba.conf` and a shell read it back: in quotes where it needs them.
pub(crate) fn plain_or_quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(plain_or_quoted("app_1"), "app_1");
        assert_eq!(plain_or_quoted("my-app"), "\"my-app\"");
        assert_eq!(plain_or_quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted("app"), "\"app\"");
    }
}
