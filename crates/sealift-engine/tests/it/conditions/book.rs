//! The table of the conditions in `COMPAT.md`, and the tests it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const HEADING: &str = "## The 171 conditions";

/// How many conditions each group has.
const GROUPS: [(char, u32); 8] =
    [('A', 43), ('B', 50), ('C', 22), ('D', 17), ('E', 8), ('F', 11), ('G', 11), ('H', 9)];

const WHOLE: [&str; 2] = ["carried", "carried with a note"];
const REFUSED: &str = "refused";
/// What is shown by no test yet.
const TO_COME: [&str; 2] = ["in work", "waits for the live move"];

/// A line of the table: number, condition, outcome, tests, reports.
struct Line {
    number: String,
    condition: String,
    outcome: String,
    tests: Vec<String>,
    reports: String,
}

fn section() -> &'static str {
    let text = include_str!("../../../../../COMPAT.md");
    let after = text.split_once(HEADING).expect("COMPAT.md has the section").1;
    after.split("\n## ").next().unwrap_or(after)
}

fn lines() -> Vec<Line> {
    let rows = section().lines().filter(|line| line.starts_with("| "));
    let read = rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{line}");
        Line {
            number: cells[0].to_owned(),
            condition: cells[1].to_owned(),
            outcome: cells[2].to_owned(),
            tests: cells[3].split('`').filter(|part| part.contains("::")).map(Into::into).collect(),
            reports: cells[4].to_owned(),
        }
    });
    read.filter(|line| line.number != "No." && !line.number.starts_with("---")).collect()
}

/// Returns the paths of all tests below a folder, such as `conditions::a::text::a40_tabs`.
fn tests(folder: &Path, path: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap();
        let inner = match (name, path) {
            ("mod" | "main", _) => path.to_owned(),
            (_, "") => name.to_owned(),
            _ => format!("{path}::{name}"),
        };
        if file.is_dir() {
            tests(&file, &inner, found);
        } else if file.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&file).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim_start) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let (true, Some((_, rest))) = (is_test, line.split_once("fn ")) {
                    found.insert(format!("{inner}::{}", rest.split('(').next().unwrap()));
                    is_test = false;
                }
            }
        }
    }
}

fn all_tests() -> BTreeSet<String> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    tests(&crate_folder.join("tests/it"), "", &mut found);
    let mut program = BTreeSet::new();
    tests(&crate_folder.join("../sealift-cli/tests/it"), "", &mut program);
    found.extend(program.into_iter().map(|test| format!("cli::{test}")));
    found
}

/// Returns the number with which a test's name begins, such as `A7` for `a07_an_empty_text`.
fn number(test: &str) -> Option<String> {
    let name = test.rsplit("::").next()?;
    let (number, _) = name.split_once('_')?;
    let group = number.chars().next().filter(char::is_ascii_lowercase)?;
    let digits: u32 = number.get(1..).filter(|it| it.len() == 2)?.parse().ok()?;
    Some(format!("{}{digits}", group.to_ascii_uppercase()))
}

#[test]
fn every_condition_stands_in_the_table_once_and_in_order() {
    let expected: Vec<String> = GROUPS
        .iter()
        .flat_map(|(group, count)| (1..=*count).map(move |at| format!("{group}{at}")))
        .collect();
    assert_eq!(expected.len(), 171);
    let found: Vec<String> = lines().into_iter().map(|line| line.number).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_condition_has_an_outcome_and_tests_that_exist() {
    let tests = all_tests();
    for line in lines() {
        let number = &line.number;
        assert!(!line.condition.is_empty(), "{number}");
        let is_settled = WHOLE.contains(&line.outcome.as_str()) || line.outcome == REFUSED;
        let is_to_come = TO_COME.contains(&line.outcome.as_str());
        assert!(is_settled || is_to_come, "{number}: {}", line.outcome);
        assert!(is_to_come || !line.tests.is_empty(), "{number} names no test");
        for test in &line.tests {
            assert!(tests.contains(test), "{number} names {test}, which does not exist");
        }
        for report in line.reports.split(", ").filter(|report| *report != "—") {
            let shape = report.split_once('#').is_some_and(|(repository, thread)| {
                repository.split('/').count() == 2 && thread.parse::<u32>().is_ok()
            });
            assert!(shape, "{number}: {report}");
        }
    }
}

#[test]
fn every_test_of_a_condition_stands_behind_its_number() {
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in lines() {
        named.entry(line.number).or_default().extend(line.tests);
    }
    for test in all_tests() {
        if !test.starts_with("conditions::") || test.starts_with("conditions::book::") {
            continue;
        }
        let number = number(&test).unwrap_or_else(|| panic!("{test} begins with no number"));
        let is_named = named.get(&number).is_some_and(|tests| tests.contains(&test));
        assert!(is_named, "{test} is not named by {number}");
    }
}

#[test]
fn the_line_that_counts_is_right_and_nine_of_ten_arrive_whole() {
    let lines = lines();
    let count = |outcomes: &[&str]| {
        let counted = lines.iter().filter(|line| {
            line.number.starts_with(['A', 'B']) && outcomes.contains(&line.outcome.as_str())
        });
        counted.count()
    };
    let (whole, refused, to_come) = (count(&WHOLE), count(&[REFUSED]), count(&TO_COME));
    assert_eq!(whole + refused + to_come, 93);
    let said = format!(
        "Of the 93 conditions of groups a and b, {whole} arrive whole; refused: {refused}; \
         in work: {to_come}."
    );
    assert!(section().lines().any(|line| line == said), "{said}");
    assert!(whole * 10 >= 93 * 9, "{whole} of 93");
}
