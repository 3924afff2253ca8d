//! FTS3, FTS4 and FTS5 (`sqlite.org/fts3.html`, `sqlite.org/fts5.html`).

use super::{arguments, column, keyed};
use crate::schema::source::{
    self, Configuration, Contents, IndexOver, Module, VirtualTable, Words,
};
use crate::sqlite::raw::RawTable;

/// The options of FTS5, in the order in which it knows them by their beginnings (its source,
/// `fts5ConfigParseSpecial`).
const FTS5_OPTIONS: [&str; 10] = [
    "prefix",
    "tokenize",
    "content",
    "contentless_delete",
    "contentless_unindexed",
    "content_rowid",
    "columnsize",
    "locale",
    "detail",
    "tokendata",
];

/// The options of FTS4 (`sqlite.org/fts3.html`, section 6). FTS3 has none but `tokenize`.
const FTS4_OPTIONS: [&str; 8] = [
    "matchinfo",
    "prefix",
    "compress",
    "uncompress",
    "order",
    "content",
    "languageid",
    "notindexed",
];

/// The names that the key may get: a column of FTS3 and FTS4 can be called by any of them.
const KEY_NAMES: [&str; 4] = ["rowid", "docid", "_rowid_", "fts_rowid"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Fts3,
    Fts4,
    Fts5,
}

impl Version {
    fn of(module: &str) -> Option<Self> {
        let known = [("fts3", Self::Fts3), ("fts4", Self::Fts4), ("fts5", Self::Fts5)];
        known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(module)).map(|(_, it)| it)
    }
}

/// What a `CREATE VIRTUAL TABLE` says.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    version: Version,
    /// The columns' names, and whether their words are found.
    columns: Vec<(String, bool)>,
    tokenizer: Option<String>,
    /// `content=`: the table, or nothing.
    content: Option<String>,
    language: Option<String>,
    compressed: bool,
}

/// The columns of the table that holds the texts.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// Its columns and the names they appear under; the key comes last.
    pub(super) columns: Vec<(String, String)>,
}

impl Declared {
    /// Reads a module's arguments; `None` for another module.
    pub(super) fn of(module: &str, text: &str) -> Option<Self> {
        let version = Version::of(module)?;
        let mut declared = Self {
            version,
            columns: Vec::new(),
            tokenizer: None,
            content: None,
            language: None,
            compressed: false,
        };
        let mut not_indexed = Vec::new();
        for argument in arguments::split(text) {
            match declared.option(argument) {
                Some((key, value)) => match key {
                    "tokenize" => declared.tokenizer = Some(value),
                    "content" => declared.content = Some(value),
                    "languageid" => declared.language = Some(value),
                    "notindexed" => not_indexed.push(value),
                    "compress" | "uncompress" => declared.compressed = true,
                    _ => {}
                },
                None => {
                    let (name, rest) = arguments::first_name(argument);
                    let is_indexed = version != Version::Fts5
                        || !arguments::first_name(rest).0.eq_ignore_ascii_case("unindexed");
                    declared.columns.push((name, is_indexed));
                }
            }
        }
        for (name, is_indexed) in &mut declared.columns {
            if not_indexed.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                *is_indexed = false;
            }
        }
        if declared.columns.is_empty() && declared.content.is_none() && version != Version::Fts5 {
            declared.columns.push(("content".to_owned(), true));
        }
        Some(declared)
    }

    /// Returns an argument's option and value; `None` where it declares a column.
    fn option(&self, argument: &str) -> Option<(&'static str, String)> {
        let find = |names: &[&'static str], key: &str| {
            names.iter().find(|name| name.eq_ignore_ascii_case(key)).copied()
        };
        let option = arguments::option(argument);
        match self.version {
            Version::Fts5 => {
                let (key, value) = option?;
                let known = find(&FTS5_OPTIONS, &key);
                let begun = || FTS5_OPTIONS.iter().find(|name| name.starts_with(&key)).copied();
                known.or_else(begun).map(|name| (name, value))
            }
            Version::Fts3 | Version::Fts4 => {
                let (word, rest) = arguments::first_name(argument);
                if word.eq_ignore_ascii_case("tokenize") {
                    let value = rest.strip_prefix('=').unwrap_or(rest).trim();
                    return Some(("tokenize", arguments::unquoted(value)));
                }
                let (key, value) = option.filter(|_| self.version == Version::Fts4)?;
                find(&FTS4_OPTIONS, &key).map(|name| (name, value))
            }
        }
    }

    fn words(&self) -> Words {
        let own = if self.version == Version::Fts5 { "unicode61" } else { "simple" };
        let tokenizer = self.tokenizer.clone().unwrap_or_else(|| own.to_owned());
        let is_porter = arguments::first_name(&tokenizer).0.eq_ignore_ascii_case("porter");
        let configuration = if is_porter { Configuration::English } else { Configuration::Simple };
        Words { tokenizer, configuration }
    }

    fn indexed(&self) -> impl Iterator<Item = &String> {
        self.columns.iter().filter(|(_, is_indexed)| *is_indexed).map(|(name, _)| name)
    }
}

/// Returns what a full-text table is that has no texts of its own, or none that can be read; `None`
/// where it has.
pub(super) fn elsewhere(declared: &Declared) -> Option<Contents> {
    match declared.content.as_deref() {
        Some("") => Some(Contents::None),
        Some(table) => Some(Contents::IndexOver(IndexOver {
            table: table.to_owned(),
            columns: declared.indexed().cloned().collect(),
            words: declared.words(),
        })),
        None if declared.compressed => Some(Contents::Compressed),
        None => None,
    }
}

/// Matches the columns that were declared with those of the table that holds the texts: `id` and `c0`,
/// `c1` … of FTS5, `docid`, `c0title`, `c1body` … and `langid` of FTS3 and FTS4. Returns `None` where
/// one is missing.
pub(super) fn stored(declared: &Declared, content: &RawTable) -> Option<Stored> {
    let find = |wanted: &str| {
        let mut names = content.columns.iter().map(|column| &column.name);
        names.find(|name| name.eq_ignore_ascii_case(wanted)).cloned()
    };
    let mut columns = Vec::new();
    for (position, (name, _)) in declared.columns.iter().enumerate() {
        let wanted = match declared.version {
            Version::Fts3 | Version::Fts4 => format!("c{position}{name}"),
            Version::Fts5 => format!("c{position}"),
        };
        columns.push((find(&wanted)?, name.clone()));
    }
    if let Some(language) = &declared.language {
        columns.push((find("langid")?, language.clone()));
    }
    let key = find(if declared.version == Version::Fts5 { "id" } else { "docid" })?;
    let is_free = |name: &&&str| !columns.iter().any(|(_, other)| other.eq_ignore_ascii_case(name));
    let name = KEY_NAMES.iter().find(is_free)?;
    columns.push((key, (*name).to_owned()));
    Some(Stored { columns })
}

/// Returns the table of a full-text table's rows.
///
/// The key comes last, so that the application's `insert into t values (…)` goes on.
pub(super) fn table(it: &VirtualTable, declared: &Declared, stored: &Stored) -> source::Table {
    let key = stored.columns.len().saturating_sub(1);
    let is_indexed = |position: &usize| {
        declared.columns.get(*position).is_some_and(|(_, is_indexed)| *is_indexed)
    };
    let indexed: Vec<usize> = (0..key).filter(is_indexed).collect();
    let columns = stored.columns.iter().enumerate().map(|(position, (_, name))| {
        if position == key {
            source::Column { not_null: true, ..column(name, "INTEGER") }
        } else if indexed.contains(&position) {
            column(name, "TEXT")
        } else {
            column(name, "")
        }
    });
    let module = Module::FullText { words: declared.words(), indexed: indexed.clone() };
    keyed(it, columns.collect(), key, module)
}
