//! `COMPAT.md` and the tests it names. Its last section has a book of its own, in `conditions/`.

use std::collections::BTreeSet;
use std::path::Path;

const STATES: [&str; 3] = ["carried", "carried with a note", "refused"];

/// A line of a table of `COMPAT.md`: feature, state, what happens, tests.
struct Line {
    feature: String,
    state: String,
    tests: Vec<String>,
}

fn lines() -> Vec<Line> {
    let text = include_str!("../../../../../COMPAT.md");
    let features = text.split_once("## The 171 conditions").map_or(text, |(features, _)| features);
    let rows = features.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{line}");
        Line {
            feature: cells[0].to_owned(),
            state: cells[1].to_owned(),
            tests: cells[3].split('`').filter(|part| part.contains("::")).map(Into::into).collect(),
        }
    });
    cells.filter(|line| line.feature != "Feature" && !line.feature.starts_with("---")).collect()
}

/// Returns `module::function` of every test of `compat/*.rs`, and `existing::module::function` of those of
/// `existing/*.rs`.
fn tests() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let files = |name: &str| std::fs::read_dir(folder.join(name)).unwrap();
    let mut found = BTreeSet::new();
    for entry in files("compat").chain(files("existing")) {
        let path = entry.unwrap().path();
        let mut module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.parent().unwrap().ends_with("existing") {
            module = format!("existing::{module}");
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut is_test = false;
        for line in text.lines() {
            if line == "#[test]" || line == "#[tokio::test]" {
                is_test = true;
            } else if let (true, Some((_, rest))) = (is_test, line.split_once("fn ")) {
                let name = rest.split('(').next().unwrap();
                found.insert(format!("{module}::{name}"));
                is_test = false;
            }
        }
    }
    found
}

#[test]
fn every_line_has_a_state_and_a_test_that_exists() {
    let tests = tests();
    let lines = lines();
    assert!(lines.len() > 100, "{}", lines.len());
    for line in lines {
        assert!(STATES.contains(&line.state.as_str()), "{}: {}", line.feature, line.state);
        assert!(!line.tests.is_empty(), "{} names no test", line.feature);
        for test in line.tests {
            assert!(tests.contains(&test), "{} names {test}, which does not exist", line.feature);
        }
    }
}

#[test]
fn every_test_stands_behind_a_line() {
    let named: BTreeSet<String> = lines().into_iter().flat_map(|line| line.tests).collect();
    let unnamed: Vec<String> = tests()
        .into_iter()
        .filter(|test| !test.starts_with("book::") && !named.contains(test))
        .collect();
    assert_eq!(unnamed, Vec::<String>::new());
}
