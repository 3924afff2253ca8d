//! `docs/reference/cli.md` is what `--help` says.

use crate::environment::TestEnvironment;
use sealift_engine::Recovery;
use sealift_engine::postgres::Meaning;
use std::fmt::Write;
use std::path::Path;

/// Every command, in the order of the page.
const COMMANDS: [&[&str]; 35] = [
    &[],
    &["inspect"],
    &["plan"],
    &["rehearse"],
    &["migrate"],
    &["verify"],
    &["quarantine"],
    &["quarantine", "list"],
    &["quarantine", "show"],
    &["quarantine", "replay"],
    &["revision"],
    &["revision", "init"],
    &["revision", "new"],
    &["revision", "diff"],
    &["revision", "baseline"],
    &["revision", "squash"],
    &["revision", "import"],
    &["revision", "upgrade"],
    &["revision", "downgrade"],
    &["revision", "current"],
    &["revision", "history"],
    &["revision", "heads"],
    &["revision", "show"],
    &["revision", "stamp"],
    &["revision", "merge"],
    &["revision", "check"],
    &["check"],
    &["local"],
    &["local", "start"],
    &["local", "stop"],
    &["local", "status"],
    &["local", "url"],
    &["local", "reset"],
    &["completions"],
    &["man"],
];

/// To write the page anew: `SEALIFT_WRITE_DOCS=1 cargo nextest run -p sealift-cli docs`
#[test]
fn the_page_of_commands_is_current() {
    let environment = TestEnvironment::new();
    let mut page = String::from(
        "# Commands\n\nWhat `--help` says, command by command. Written by a test; do not edit.\n",
    );
    for command in COMMANDS {
        let output = environment.run(&[command, &["--help"]].concat());
        assert_eq!(output.status, 0, "{output}");
        let heading = if command.is_empty() { "##" } else { "###" };
        let title = [&["sealift"], command].concat().join(" ");
        let text = output.stdout.trim_end();
        let text: Vec<&str> = text.lines().map(str::trim_end).collect();
        write!(page, "\n{heading} {title}\n\n```text\n{}\n```\n", text.join("\n")).unwrap();
    }
    is_current("docs/reference/cli.md", &page);
}

/// Compares a page with what it should be, or writes it.
#[track_caller]
fn is_current(name: &str, page: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    if std::env::var_os("SEALIFT_WRITE_DOCS").is_some() {
        std::fs::write(&file, page).unwrap();
    }
    let current = std::fs::read_to_string(&file).expect("the page is there");
    assert_eq!(current, page, "SEALIFT_WRITE_DOCS=1 cargo nextest run -p sealift-cli docs");
}

/// The part of the runbook that the code writes stands between these lines.
const FAILURES: [&str; 2] = ["<!-- failures: written by a test -->\n", "<!-- failures: end -->\n"];

#[test]
fn the_runbook_lists_the_failures_that_the_code_knows() {
    let mut tables = String::new();
    for chapter in sealift_engine::runbook::chapters() {
        write!(tables, "\n## {}\n\n| it says | it means | do |\n|---|---|---|\n", chapter.title)
            .unwrap();
        for failure in chapter.failures {
            let cell = |text: &str| text.replace('|', "\\|");
            let (means, hint) = (cell(failure.means), cell(failure.hint));
            writeln!(tables, "| `{}` | {means} | {hint} |", cell(failure.says)).unwrap();
        }
    }
    tables.push_str(
        "\n## What the server reports\n\nBy SQLSTATE (PostgreSQL manual, appendix A); two characters are a class.\n\n\
         | SQLSTATE | it means | the run | because | do |\n|---|---|---|---|---|\n",
    );
    for meaning in sealift_engine::postgres::MEANINGS {
        let run = match meaning.recovery {
            Recovery::Retry => "tries again",
            Recovery::Resume => "stops, and the same command goes on",
            Recovery::Nothing => "stops",
        };
        let Meaning { code, means, because, .. } = meaning;
        let hint = meaning.hint.unwrap_or("what the message says");
        writeln!(tables, "| `{code}` | {means} | {run} | {because} | {hint} |").unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runbook.md");
    let current = std::fs::read_to_string(file).expect("docs/runbook.md is there");
    let [begin, end] = FAILURES;
    let (before, rest) = current.split_once(begin).expect("the runbook has the first line");
    let (_, after) = rest.split_once(end).expect("the runbook has the last line");
    is_current("docs/runbook.md", &format!("{before}{begin}{tables}\n{end}{after}"));
}

#[test]
fn each_known_failure_has_words_of_its_own() {
    let all: Vec<&str> = sealift_engine::runbook::chapters()
        .iter()
        .flat_map(|chapter| chapter.failures.iter().map(|failure| failure.says))
        .collect();
    for (index, says) in all.iter().enumerate() {
        assert!(!all[..index].contains(says), "`{says}` stands in two rows");
    }
}

#[test]
fn every_help_ends_with_two_examples() {
    let environment = TestEnvironment::new();
    for command in COMMANDS {
        let output = environment.run(&[command, &["--help"]].concat());
        let (_, examples) = output.stdout.rsplit_once("Examples:\n").expect("there are examples");
        assert_eq!(examples.lines().count(), 2, "{command:?}");
        assert!(examples.lines().all(|line| line.contains("sealift")), "{command:?}");
    }
}
