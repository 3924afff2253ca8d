//! [`difference`]: two texts line by line, as `diff -u` shows them.

/// Lines of the same kind around a change.
const CONTEXT: usize = 3;

/// The most pairs of lines that are compared: above, all lines in between count as changed. A table of this size takes
/// 16 MB for a moment.
const MOST_PAIRS: usize = 4_000_000;

/// A line of both, of the old text only, or of the new one only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// Returns what differs between two texts as a unified difference with these names; empty where they are equal. Texts
/// that differ in their line ends only are shown with `\r`.
#[must_use]
pub fn difference(old: (&str, &str), new: (&str, &str)) -> String {
    let ((old_name, old_text), (new_name, new_text)) = (old, new);
    if old_text == new_text {
        return String::new();
    }
    let old_lines: Vec<&str> = old_text.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new_text.split_inclusive('\n').collect();
    let lines = compare(&old_lines, &new_lines);
    let mut shown = format!("--- {old_name}\n+++ {new_name}\n");
    let mut next = 0;
    while let Some(from) = next_change(&lines, next) {
        let begin = std::cmp::max(next, from.saturating_sub(CONTEXT));
        let mut end = from;
        while let Some(change) = next_change(&lines, end) {
            if change > end + 2 * CONTEXT && end > from {
                break;
            }
            end = change + 1;
        }
        let end = std::cmp::min(lines.len(), end + CONTEXT);
        hunk(&lines, begin, end, &mut shown);
        next = end;
    }
    shown
}

fn next_change(lines: &[Line<'_>], from: usize) -> Option<usize> {
    let at = lines.iter().skip(from).position(|line| !matches!(line, Line::Same(_)))?;
    Some(from + at)
}

fn hunk(lines: &[Line<'_>], begin: usize, end: usize, shown: &mut String) {
    let before = lines.get(..begin).unwrap_or_default();
    let within = lines.get(begin..end).unwrap_or_default();
    let of_old = |lines: &[Line<'_>]| lines.iter().filter(|l| !matches!(l, Line::New(_))).count();
    let of_new = |lines: &[Line<'_>]| lines.iter().filter(|l| !matches!(l, Line::Old(_))).count();
    shown.push_str(&format!(
        "@@ -{},{} +{},{} @@\n",
        of_old(before) + 1,
        of_old(within),
        of_new(before) + 1,
        of_new(within)
    ));
    for line in within {
        let (mark, text) = match line {
            Line::Same(text) => (' ', text),
            Line::Old(text) => ('-', text),
            Line::New(text) => ('+', text),
        };
        let (text, ended) = match text.strip_suffix('\n') {
            Some(text) => (text, true),
            None => (*text, false),
        };
        shown.push(mark);
        shown.push_str(&text.replace('\r', "\\r"));
        shown.push_str(if ended { "\n" } else { "\n\\ no line end at the end of the file\n" });
    }
}

fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) =
        (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle = |lines: &[&'a str]| -> Vec<&'a str> {
        lines.iter().take(lines.len() - tail).copied().collect()
    };
    let mut lines: Vec<Line<'a>> = old.iter().take(head).map(|line| Line::Same(line)).collect();
    lines.extend(changed(&middle(old_rest), &middle(new_rest)));
    lines.extend(old.iter().skip(old.len() - tail).map(|line| Line::Same(line)));
    lines
}

/// The longest common lines of both stay, by the usual table.
fn changed<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        let all_old = old.iter().map(|line| Line::Old(line));
        return all_old.chain(new.iter().map(|line| Line::New(line))).collect();
    }
    // common[a][b]: how many lines old[a..] and new[b..] have in common.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    let at = |common: &Vec<Vec<u32>>, a: usize, b: usize| {
        common.get(a).and_then(|row| row.get(b)).copied().unwrap_or(0)
    };
    for (a, old_line) in old.iter().enumerate().rev() {
        for (b, new_line) in new.iter().enumerate().rev() {
            let count = if old_line == new_line {
                at(&common, a + 1, b + 1) + 1
            } else {
                std::cmp::max(at(&common, a + 1, b), at(&common, a, b + 1))
            };
            if let Some(cell) = common.get_mut(a).and_then(|row| row.get_mut(b)) {
                *cell = count;
            }
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut lines = Vec::new();
    loop {
        match (old.get(a), new.get(b)) {
            (Some(old_line), Some(new_line)) if old_line == new_line => {
                lines.push(Line::Same(old_line));
                (a, b) = (a + 1, b + 1);
            }
            (Some(old_line), other)
                if other.is_none() || at(&common, a + 1, b) >= at(&common, a, b + 1) =>
            {
                lines.push(Line::Old(old_line));
                a += 1;
            }
            (_, Some(new_line)) => {
                lines.push(Line::New(new_line));
                b += 1;
            }
            (_, None) => return lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_changed_line_is_shown_with_three_lines_around() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = old.replace("5\n", "five\n");
        assert_eq!(
            difference(("a", old), ("b", &new)),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
        assert_eq!(difference(("a", old), ("b", old)), "");
    }

    #[test]
    fn changes_far_apart_are_two_hunks() {
        let old: String = (0..30).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n3\n", "\nthree\n").replace("\n25\n", "\n");
        let shown = difference(("a", &old), ("b", &new));
        assert_eq!(shown.matches("@@ -").count(), 2, "{shown}");
    }

    #[test]
    fn line_ends_are_told() {
        let shown = difference(("a", "x\r\n"), ("b", "x\n"));
        assert!(shown.contains("-x\\r\n+x\n"), "{shown}");
        let shown = difference(("a", "x\n"), ("b", "x"));
        assert!(shown.contains("+x\n\\ no line end"), "{shown}");
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_back(old in "[ab\n]{0,20}", new in "[ab\n]{0,20}") {
            let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
            let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
            let lines = compare(&old_lines, &new_lines);
            let read = |wanted: fn(&Line<'_>) -> bool| -> String {
                lines.iter().filter(|l| wanted(l)).map(|line| match line {
                    Line::Same(text) | Line::Old(text) | Line::New(text) => *text,
                }).collect()
            };
            prop_assert_eq!(read(|line| !matches!(line, Line::New(_))), old.clone());
            prop_assert_eq!(read(|line| !matches!(line, Line::Old(_))), new.clone());
        }
    }
}
