//! What a run has left in the world, and the search through it.

use super::scene::{CELL, KEY, PASSWORD};
use std::collections::BTreeMap;
use std::path::Path;

/// Where something was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Stdout,
    Stderr,
    /// `.sealift/log`
    Log,
    /// What else is in `.sealift`: the report, its JSON, the plan.
    Papers,
    /// The state tables in the target.
    State,
    /// What others see of the process.
    Processes,
    /// What others see of our sessions on the server.
    Activity,
    ServerLog,
}

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    Password,
    Key,
    Cell,
}

/// What kind of run it was: some show cells on purpose, and so may the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Usual,
    ComparesCells,
    RowRefused,
    PrintsScript,
}

/// Everything that a run has written anywhere.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// The exit status; `None` when it was killed.
    pub(super) status: Option<i32>,
    /// How often the process was looked at.
    pub(super) samples: u32,
    texts: BTreeMap<Place, Vec<u8>>,
}

impl Evidence {
    pub(super) fn add(&mut self, place: Place, bytes: &[u8]) {
        let text = self.texts.entry(place).or_default();
        text.extend_from_slice(bytes);
        text.push(b'\n');
    }

    pub(super) fn add_file(&mut self, place: Place, path: &Path) {
        self.add(place, &std::fs::read(path).expect("read a file"));
    }

    pub(super) fn text(&self, place: Place) -> String {
        let bytes = self.texts.get(&place).map(Vec::as_slice).unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// Fails if something is where it must not be.
    #[track_caller]
    pub(super) fn search(&self) {
        self.search_of(Manner::Usual);
    }

    /// The same after a comparison by cells.
    #[track_caller]
    pub(super) fn search_of_a_comparison(&self) {
        self.search_of(Manner::ComparesCells);
    }

    /// The same where the server has refused a row.
    #[track_caller]
    pub(super) fn search_of_a_refused_row(&self) {
        self.search_of(Manner::RowRefused);
    }

    /// The same where stdout is a script, so that findings are on stderr.
    #[track_caller]
    pub(super) fn search_of_a_script(&self) {
        self.search_of(Manner::PrintsScript);
    }

    #[track_caller]
    fn search_of(&self, manner: Manner) {
        for place in self.texts.keys() {
            let text = self.text(*place);
            for secret in [Secret::Password, Secret::Key, Secret::Cell] {
                if allowed(secret, *place, manner) {
                    continue;
                }
                for spelling in spellings(secret) {
                    if let Some(line) = text.lines().find(|line| line.contains(&spelling)) {
                        panic!("{secret:?} as {spelling} in {place:?}: {line}");
                    }
                }
            }
        }
    }
}

/// The rule; see the module above.
fn allowed(secret: Secret, place: Place, manner: Manner) -> bool {
    match (secret, place) {
        (Secret::Password, _) => false,
        (Secret::Key, Place::Stdout | Place::Papers) => true,
        (Secret::Key, Place::Stderr) => manner == Manner::PrintsScript,
        (Secret::Cell, Place::Stdout | Place::Papers) => manner == Manner::ComparesCells,
        (Secret::Key | Secret::Cell, Place::ServerLog) => manner == Manner::RowRefused,
        (
            Secret::Key | Secret::Cell,
            Place::Stderr | Place::Log | Place::State | Place::Processes | Place::Activity,
        ) => false,
    }
}

/// Returns how a secret may look: as it is, and its bytes in hexadecimal as PostgreSQL, SQLite and
/// percent-encoding write them.
fn spellings(secret: Secret) -> Vec<String> {
    let words: Vec<&str> = match secret {
        Secret::Password => {
            PASSWORD.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect()
        }
        Secret::Key => vec![KEY],
        Secret::Cell => vec![CELL],
    };
    let lower = |word: &str| word.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let encoded = |word: &str| word.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let spellings =
        words.iter().flat_map(|w| [(*w).to_owned(), lower(w), lower(w).to_uppercase(), encoded(w)]);
    spellings.collect()
}

#[test]
fn a_search_finds_each_spelling() {
    let mut evidence = Evidence::default();
    evidence.add(Place::Log, b"nothing");
    evidence.search();
    for text in ["x Kern7g x", "%4B%65%72%6E%37%67", "63456c4c6d41724b6552", KEY] {
        let mut evidence = Evidence::default();
        evidence.add(Place::Log, text.as_bytes());
        assert!(std::panic::catch_unwind(|| evidence.search()).is_err(), "{text} was not found");
    }
}
