//! `~/.pgpass` (PostgreSQL manual, section 34.16).

use std::path::Path;

/// Returns the password that the file has for a host, port, database and role. A file that others may
/// read is passed over, as libpq does.
pub(super) fn find(file: &Path, wanted: [&str; 4]) -> Option<String> {
    if !is_private(file) {
        return None;
    }
    look_up(&std::fs::read_to_string(file).ok()?, wanted)
}

#[cfg(unix)]
fn is_private(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.permissions().mode() & 0o077 == 0 => true,
        Ok(_) => {
            tracing::warn!(file = %file.display(), "password file passed over: others may read it; chmod 0600");
            false
        }
        Err(_) => false,
    }
}

#[cfg(not(unix))]
fn is_private(_file: &Path) -> bool {
    true
}

/// Returns the password of the first line whose four fields match.
fn look_up(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut fields = split(line).into_iter();
        let fit = wanted
            .iter()
            .all(|wanted| fields.next().is_some_and(|field| field == "*" || field == *wanted));
        fields.next().filter(|password| fit && !password.is_empty())
    })
}

/// Splits at colons; a backslash takes the next character as it is. What follows the fourth colon
/// is the password.
fn split(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let character = match character {
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        if let Some(field) = fields.last_mut() {
            field.push(character);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_wins() {
        let text = "# x\ndb:5432:other:app:no\ndb:*:shop:app:p\\:a:ss\n*:*:*:*:last\n";
        let find = |wanted| look_up(text, wanted);
        assert_eq!(find(["db", "5432", "shop", "app"]).as_deref(), Some("p:a:ss"));
        assert_eq!(find(["elsewhere", "1", "x", "y"]).as_deref(), Some("last"));
        assert_eq!(look_up("db:1:a:b", ["db", "1", "a", "b"]), None);
    }
}
