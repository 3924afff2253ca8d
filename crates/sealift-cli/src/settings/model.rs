//! What a database is to be like.

use super::{Environment, Origin, Setting, Target, source, target};
use crate::error::CommandResult;
use std::path::{Path, PathBuf};

/// The word for what the files of all revisions make.
const HEAD: &str = "head";

/// What a schema is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Model {
    /// What the files of all revisions make.
    Head,
    /// A SQLite file, or one of SQL.
    File(PathBuf),
    /// A server.
    Server(Setting<Target>),
}

impl Environment {
    /// Returns what a text means: `head`, `local`, a URL or keyword string of a server, else a file.
    pub(crate) fn model(&self, typed: &str) -> CommandResult<Model> {
        let origin = Origin::Argument("MODEL");
        if typed == HEAD {
            return Ok(Model::Head);
        }
        if !is_server(typed) || Path::new(typed).exists() {
            let setting = Setting { value: typed.to_owned(), origin };
            return source::path(&setting).map(Model::File);
        }
        target::server(Setting { value: typed.to_owned(), origin }).map(Model::Server)
    }
}

/// A URL, or `host=db dbname=app`: a word and `=` at the beginning.
fn is_server(text: &str) -> bool {
    let text = text.trim();
    let scheme = text.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let keyword = text.split_once('=').is_some_and(|(word, _)| is_word(word.trim()));
    let has_scheme = text.contains("://");
    text == "local"
        || keyword
        || (has_scheme
            && (scheme == "postgres"
                || scheme == "postgresql"
                || scheme.starts_with("postgresql+")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_a_word_a_server_or_a_file() {
        let read = |text: &str| Environment::default().model(text).unwrap();
        assert_eq!(read("head"), Model::Head);
        assert_eq!(read("app.db"), Model::File("app.db".into()));
        assert_eq!(read("sqlite:///./app.db"), Model::File("./app.db".into()));
        assert_eq!(read("db/schema.sql"), Model::File("db/schema.sql".into()));
        for server in ["postgresql+psycopg://u@h/d", "postgres://h/d", "host=h dbname=d", "local"] {
            assert!(matches!(read(server), Model::Server(_)), "{server}");
        }
    }
}
