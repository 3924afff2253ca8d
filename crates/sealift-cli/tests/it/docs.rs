//! `docs/reference/cli.md` is what `--help` says.

use crate::environment::TestEnvironment;
use std::fmt::Write;
use std::path::Path;

/// Every command, in the order of the page.
const COMMANDS: [&[&str]; 14] = [
    &[],
    &["inspect"],
    &["plan"],
    &["migrate"],
    &["verify"],
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
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/cli.md");
    if std::env::var_os("SEALIFT_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &page).unwrap();
    }
    let current = std::fs::read_to_string(&file).expect("docs/reference/cli.md is there");
    assert_eq!(current, page, "run the command above this test");
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
