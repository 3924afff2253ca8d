//! What `alembic history` prints.

use std::collections::BTreeMap;

/// Reads the lines `a -> b (head), what it is for`: messages by name.
pub(super) fn messages(history: &str) -> BTreeMap<&str, &str> {
    let one = |line: &'_ str| -> Option<(usize, usize)> {
        let arrow = line.find(" -> ")? + 4;
        let comma = arrow + line.get(arrow..)?.find(", ")?;
        Some((arrow, comma))
    };
    history
        .lines()
        .filter_map(|line| {
            let (arrow, comma) = one(line)?;
            let name = line.get(arrow..comma)?.split_whitespace().next()?;
            Some((name, line.get(comma + 2..)?.trim()))
        })
        .collect()
}

/// Reads what `alembic history --verbose` prints: the names of revisions and the files of their Python.
#[must_use]
pub fn python_files(verbose: &str) -> Vec<(&str, &str)> {
    let mut files = Vec::new();
    let mut name = None;
    for line in verbose.lines() {
        if let Some(rest) = line.strip_prefix("Rev: ") {
            name = rest.split_whitespace().next();
        } else if let Some(path) = line.strip_prefix("Path: ") {
            files.extend(name.take().map(|name| (name, path.trim())));
        }
    }
    files
}

/// Returns what in a revision's Python may keep something out of the SQL without a word, and its line, from 1.
#[must_use]
pub fn hides(python: &str) -> Option<(&'static str, usize)> {
    python.lines().zip(1..).find_map(|(line, number)| {
        let line = line.trim_start();
        let code = if line.starts_with('#') { "" } else { line };
        if code.contains("is_offline_mode") || code.contains("as_sql") {
            return Some(("acts otherwise without a database", number));
        }
        let catches = code.starts_with("except:") || code.starts_with("except ");
        catches.then_some(("catches errors", number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_revisions_are_found() {
        let verbose = "Rev: bb (head)\nParent: aa\nPath: /app/versions/bb_x.py\n\n    second\n\n    Revision ID: bb\n\
                       Rev: aa\nParent: <base>\nPath: /app/versions/aa.py\n";
        assert_eq!(
            python_files(verbose),
            [("bb", "/app/versions/bb_x.py"), ("aa", "/app/versions/aa.py")]
        );
    }

    #[test]
    fn what_may_keep_something_back_is_told_by_its_line() {
        let python = "def upgrade():\n    # except this\n    try:\n        op.drop_table('a')\n    except Exception:\n";
        assert_eq!(hides(python), Some(("catches errors", 5)));
        let python = "if not context.is_offline_mode():\n    fill()";
        assert_eq!(hides(python), Some(("acts otherwise without a database", 1)));
        assert_eq!(hides("op.execute('update t set a = 1')"), None);
    }
}
