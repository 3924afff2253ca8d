//! One file for both ways, cut by comments: goose (`-- +goose Up`) and dbmate (`-- migrate:up`).

use super::{Foreign, Part};
use crate::revision::file::{Id, Parents, Transaction};
use crate::revision::way::Way;

/// Returns what a file says, or `None` where it has no such marks.
#[must_use]
pub fn marked(id: Id, message: &str, text: &str) -> Option<Foreign> {
    let (mut up, mut down) = (Part::default(), Part::default());
    let mut way = None;
    for line in text.lines() {
        let Some(mark) = mark(line) else {
            match way {
                Some(Way::Up) => push(&mut up.text, line),
                Some(Way::Down) => push(&mut down.text, line),
                // What stands above the first mark is not carried out by them either.
                None => {}
            }
            continue;
        };
        match mark {
            Mark::Begin(next, manner) => {
                way = Some(next);
                let part = if next == Way::Up { &mut up } else { &mut down };
                if manner == Transaction::Off {
                    part.transaction = Transaction::Off;
                }
            }
            // goose says it once, for both.
            Mark::NoTransaction => {
                up.transaction = Transaction::Off;
                down.transaction = Transaction::Off;
            }
            // We find the end of a statement ourselves.
            Mark::Statement => {}
        }
    }
    way?;
    let message = message.to_owned();
    Some(Foreign { id, message, parents: Parents::Before, up, down })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Begin(Way, Transaction),
    NoTransaction,
    Statement,
}

fn mark(line: &str) -> Option<Mark> {
    let words = line.trim().strip_prefix("--")?.to_ascii_lowercase();
    let words: Vec<&str> = words.split_whitespace().collect();
    Some(match words.as_slice() {
        ["+goose", "up"] => Mark::Begin(Way::Up, Transaction::On),
        ["+goose", "down"] => Mark::Begin(Way::Down, Transaction::On),
        ["+goose", "no", "transaction"] => Mark::NoTransaction,
        ["+goose", "statementbegin" | "statementend"] => Mark::Statement,
        ["migrate:up", rest @ ..] => Mark::Begin(Way::Up, manner(rest)),
        ["migrate:down", rest @ ..] => Mark::Begin(Way::Down, manner(rest)),
        _ => return None,
    })
}

fn manner(words: &[&str]) -> Transaction {
    if words.contains(&"transaction:false") { Transaction::Off } else { Transaction::On }
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Foreign> {
        marked(Id::new("7").unwrap(), "seven", text)
    }

    #[test]
    fn files_of_goose_and_dbmate_are_cut_in_two() {
        let goose = "-- +goose Up\n-- +goose StatementBegin\nselect 1;\n-- +goose StatementEnd\n\
                     -- +goose Down\nselect 2;\n";
        let read_goose = read(goose).unwrap();
        assert_eq!((&*read_goose.up.text, &*read_goose.down.text), ("select 1;\n", "select 2;\n"));
        let dbmate = "-- migrate:up transaction:false\nselect 1;\n-- migrate:down\nselect 2;\n";
        let read_dbmate = read(dbmate).unwrap();
        assert_eq!(
            (&*read_dbmate.up.text, &*read_dbmate.down.text),
            ("select 1;\n", "select 2;\n")
        );
        assert_eq!(read_dbmate.up.transaction, Transaction::Off);
        assert_eq!(read_dbmate.down.transaction, Transaction::On);
        assert!(read_dbmate.scripts().is_ok());
        assert_eq!(read("select 1;"), None);
    }
}
