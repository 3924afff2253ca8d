//! A script cut into its statements, as psql cuts it.

use super::lex::{Kind, Token, Unterminated, line_of, tokens};
use crate::name::Ident;
use crate::sql::Sql;

/// One statement of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Its text, without the semicolon and without comments before and behind it.
    pub text: &'a str,
    /// The line where it begins, from 1.
    pub line: usize,
}

/// Why a script cannot be cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Something begins and does not end.
    #[error(transparent)]
    Unterminated(#[from] Unterminated),
    /// A command of psql.
    #[error("line {line}: `\\{command}` is a command of psql, which the server does not know")]
    Psql {
        /// Its name, without the backslash.
        command: String,
        /// Its line, from 1.
        line: usize,
    },
    /// Rows within the script.
    #[error(
        "line {line}: `copy … from stdin` wants its rows within the file, which only psql can send; use `insert`"
    )]
    CopyFromStdin {
        /// The line of the statement, from 1.
        line: usize,
    },
    /// `begin atomic` without its `end`.
    #[error("line {line}: the body that begins with `begin atomic` does not end")]
    OpenBody {
        /// The line of the statement, from 1.
        line: usize,
    },
}

/// Cuts a script into statements. Semicolons within quotes, comments, parentheses (`create rule`) and
/// `begin atomic … end` do not end one; empty statements are left out.
///
/// # Errors
/// When something is left open, or only psql could carry the script out.
pub fn split(script: &str) -> Result<Vec<Statement<'_>>, SplitError> {
    let tokens = tokens(script)?;
    let mut statements = Vec::new();
    let mut current = Current::default();
    for token in tokens.iter().filter(|token| token.is_significant()) {
        if token.kind == Kind::Symbol('\\') {
            return Err(psql(script, token));
        }
        if token.kind == Kind::Symbol(';') && current.may_end() {
            statements.extend(current.finish(script)?);
            current = Current::default();
        } else {
            current.take(token);
        }
    }
    statements.extend(current.finish(script)?);
    Ok(statements)
}

impl Statement<'_> {
    /// Returns the statement as SQL that may be sent: a person has written or reviewed the file it stands in.
    #[must_use]
    pub fn sql(&self) -> Sql {
        Sql::reviewed(self.text.to_owned())
    }

    /// Returns whether it begins or ends a transaction, which the one who carries out the file does.
    #[must_use]
    pub fn controls_transaction(&self) -> bool {
        let words = self.words(2);
        let word = |at: usize| words.get(at).map(String::as_str);
        match word(0) {
            Some("begin" | "commit" | "end" | "abort") => true,
            Some("start") => word(1) == Some("transaction"),
            Some("rollback") => word(1) != Some("to"),
            Some("prepare") => word(1) == Some("transaction"),
            _ => false,
        }
    }

    /// Returns whether the server refuses it within a transaction (the manual's page of each statement).
    #[must_use]
    pub fn stands_alone(&self) -> bool {
        let words = self.words(usize::MAX);
        let word = |at: usize| words.get(at).map(String::as_str);
        let concurrently = words.iter().any(|word| word == "concurrently");
        match word(0) {
            Some("vacuum") => true,
            Some("create") => match word(1) {
                Some("database" | "tablespace" | "subscription") => true,
                Some("index") => word(2) == Some("concurrently"),
                Some("unique") => word(3) == Some("concurrently"),
                _ => false,
            },
            Some("drop") => match word(1) {
                Some("database" | "tablespace" | "subscription") => true,
                Some("index") => word(2) == Some("concurrently"),
                _ => false,
            },
            Some("alter") => match word(1) {
                Some("system") => true,
                Some("table") => concurrently && words.iter().any(|word| word == "detach"),
                _ => false,
            },
            Some("reindex") => {
                concurrently || words.iter().any(|word| word == "database" || word == "system")
            }
            _ => false,
        }
    }

    /// Returns whether there is nothing to take back: a constraint that is validated demands what it demanded before, and
    /// statistics are nobody's.
    #[must_use]
    pub fn needs_no_way_back(&self) -> bool {
        let words = self.words(usize::MAX);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // Behind a comma there may be anything.
        let is_one_action = !self.text.contains(',');
        match words.as_slice() {
            ["vacuum" | "analyze", ..] => true,
            ["alter", "table", rest @ ..] => {
                is_one_action && rest.windows(2).any(|pair| pair == ["validate", "constraint"])
            }
            _ => false,
        }
    }

    /// Returns the name of the index that it builds `concurrently`. If the statement fails, an index of this name is left
    /// that is not valid; it is to be dropped before the statement is tried again.
    #[must_use]
    pub fn index_built_concurrently(&self) -> Option<Ident> {
        let tokens = tokens(self.text).ok()?;
        let mut tokens = tokens.iter().filter(|token| token.is_significant()).peekable();
        let mut next_is = |word: &str| tokens.next_if(|token| token.is_word(word)).is_some();
        if !next_is("create") {
            return None;
        }
        next_is("unique");
        if !(next_is("index") && next_is("concurrently")) {
            return None;
        }
        if next_is("if") {
            (next_is("not") && next_is("exists")).then_some(())?;
        }
        // Without a name the server would choose one.
        let name = tokens.next().filter(|token| !token.is_word("on"))?;
        Ident::new(name.name()?).ok()
    }

    /// Returns its first words that are keywords or plain names, in lower case.
    #[must_use]
    pub fn words(&self, most: usize) -> Vec<String> {
        tokens(self.text)
            .unwrap_or_default()
            .iter()
            .filter(|token| token.kind == Kind::Word)
            .take(most)
            .map(|token| token.text.to_ascii_lowercase())
            .collect()
    }
}

/// The statement that is being read.
#[derive(Default)]
struct Current {
    first: Option<usize>,
    last: usize,
    parentheses: usize,
    /// `begin atomic` and each `case` within it.
    body: usize,
    /// The words so far, as far as they may matter.
    words: Vec<String>,
    previous_was_begin: bool,
}

impl Current {
    const fn may_end(&self) -> bool {
        self.parentheses == 0 && self.body == 0
    }

    fn take(&mut self, token: &Token<'_>) {
        self.first.get_or_insert(token.start);
        self.last = token.end();
        if token.kind == Kind::Symbol('(') {
            self.parentheses += 1;
        } else if token.kind == Kind::Symbol(')') {
            self.parentheses = self.parentheses.saturating_sub(1);
        }
        let was_begin = std::mem::take(&mut self.previous_was_begin);
        if token.kind != Kind::Word {
            return;
        }
        if self.words.len() < WORDS_KEPT {
            self.words.push(token.text.to_ascii_lowercase());
        }
        if !self.makes_a_routine() || self.parentheses > 0 {
            return;
        }
        if self.body == 0 {
            self.body = usize::from(was_begin && token.is_word("atomic"));
            self.previous_was_begin = token.is_word("begin");
        } else if token.is_word("case") {
            self.body += 1;
        } else if token.is_word("end") {
            self.body -= 1;
        }
    }

    fn makes_a_routine(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["create", "function" | "procedure", ..]
                | ["create", "or", "replace", "function" | "procedure", ..]
        )
    }

    fn finish<'a>(&self, script: &'a str) -> Result<Option<Statement<'a>>, SplitError> {
        let Some(first) = self.first else { return Ok(None) };
        let line = line_of(script, first);
        if self.body > 0 {
            return Err(SplitError::OpenBody { line });
        }
        let text = script.get(first..self.last).unwrap_or_default();
        let statement = Statement { text, line };
        if self.words.first().is_some_and(|word| word == "copy") {
            let words = statement.words(usize::MAX);
            let from_stdin = words.iter().zip(words.iter().skip(1));
            if from_stdin.into_iter().any(|(a, b)| a == "from" && b == "stdin") {
                return Err(SplitError::CopyFromStdin { line });
            }
        }
        Ok(Some(statement))
    }
}

/// `create or replace function`.
const WORDS_KEPT: usize = 4;

fn psql(script: &str, backslash: &Token<'_>) -> SplitError {
    let rest = script.get(backslash.end()..).unwrap_or_default();
    let command = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    SplitError::Psql { command: command.to_owned(), line: line_of(script, backslash.start) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(script: &str) -> Vec<&str> {
        split(script).unwrap().into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn what_only_validates_needs_no_way_back() {
        let needs_none = |sql: &str| split(sql).unwrap()[0].needs_no_way_back();
        assert!(needs_none("alter table a validate constraint b"));
        assert!(needs_none("ALTER TABLE ONLY \"a b\".c VALIDATE CONSTRAINT \"d\""));
        assert!(needs_none("analyze a"));
        assert!(!needs_none("alter table a validate constraint b, drop column c"));
        assert!(!needs_none("alter table a drop constraint b"));
    }

    #[test]
    fn comments_around_a_statement_are_left_out_and_those_within_stay() {
        let script = "-- head\nselect 1 /* one; */ + 1; -- tail;\n\n;\nselect 2";
        assert_eq!(texts(script), ["select 1 /* one; */ + 1", "select 2"]);
        assert_eq!(split(script).unwrap()[1].line, 5);
    }

    #[test]
    fn a_rule_holds_statements_in_parentheses() {
        let rule = "create rule r as on insert to t do (select 1; select 2)";
        assert_eq!(texts(&format!("{rule}; select 3")), [rule, "select 3"]);
    }

    #[test]
    fn a_body_of_plain_sql_is_one_statement() {
        let function = "create or replace function f() returns int begin atomic \
                        select case when true then 1 end; select 2; end";
        assert_eq!(texts(&format!("{function};begin;commit")), [function, "begin", "commit"]);
        assert_eq!(
            split("create function f() returns int begin atomic select 1;"),
            Err(SplitError::OpenBody { line: 1 })
        );
    }

    #[test]
    fn a_column_named_begin_does_not_open_a_body() {
        assert_eq!(texts("create table t (\"begin\" int); select 1").len(), 2);
        assert_eq!(
            texts("create function f(begin int) returns int as 'x' language sql; select 1").len(),
            2
        );
    }

    #[test]
    fn what_only_psql_can_do_is_refused_by_name() {
        assert_eq!(
            split("select 1;\n\\connect other"),
            Err(SplitError::Psql { command: "connect".to_owned(), line: 2 })
        );
        assert_eq!(
            split("copy t (a) from stdin;\n1\n"),
            Err(SplitError::CopyFromStdin { line: 1 })
        );
        assert_eq!(texts("copy t from '/tmp/x'").len(), 1);
    }

    #[test]
    fn what_must_stand_alone_is_known() {
        let alone = |text: &str| split(text).unwrap()[0].stands_alone();
        assert!(alone("create index concurrently i on t (a)"));
        assert!(alone("CREATE UNIQUE INDEX /* x */ CONCURRENTLY i on t (a)"));
        assert!(alone("drop index concurrently i"));
        assert!(alone("vacuum t"));
        assert!(!alone("refresh materialized view concurrently v"));
        assert!(!alone("create index i on concurrently (a)"));
    }

    #[test]
    fn the_index_that_may_be_left_is_known() {
        let built = |text: &str| split(text).unwrap()[0].index_built_concurrently();
        let name = |text: &str| Some(Ident::new(text).unwrap());
        assert_eq!(
            built("create unique index concurrently if not exists \"I x\" on t (a)"),
            name("I x")
        );
        assert_eq!(built("create index concurrently Idx on t (a)"), name("idx"));
        assert_eq!(built("create index concurrently on t (a)"), None);
        assert_eq!(built("create index i on t (a)"), None);
    }

    #[test]
    fn transactions_of_the_file_itself_are_known() {
        let controls = |text: &str| split(text).unwrap()[0].controls_transaction();
        assert!(controls("BEGIN"));
        assert!(controls("start transaction isolation level serializable"));
        assert!(!controls("rollback to savepoint a"));
        assert!(!controls("prepare p as select 1"));
    }

    /// Pieces of statements that hold semicolons where they end nothing.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z]{1,5}",
            "'[a-z;\\-]{0,5}'",
            "E'[a-z;]{0,4}\\\\''",
            "\"[a-z;']{1,5}\"",
            "\\$q\\$[a-z;']{0,5}\\$q\\$",
            "/\\* [a-z;']{0,4} \\*/",
            "-- [a-z;']{0,4}\n",
            "\\([a-z;]{0,4}\\)",
            "[0-9]{1,3}",
        ]
    }

    proptest! {
        #[test]
        fn each_statement_is_found_once_and_whole(
            statements in prop::collection::vec(prop::collection::vec(piece(), 1..6), 0..6)
        ) {
            // A word first, so that no statement is only a comment or begins with one.
            let written: Vec<String> =
                statements.iter().map(|pieces| format!("select {} x", pieces.join(" "))).collect();
            let script = written.join(";\n");
            prop_assert_eq!(texts(&script), written);
        }

        #[test]
        fn any_text_is_cut_or_refused(text in r#"[a-z$'"\\/*\-;\n ()]{0,60}"#) {
            if let Ok(statements) = split(&text) {
                for statement in statements {
                    let again = split(statement.text).unwrap();
                    prop_assert_eq!(again.len(), 1);
                    prop_assert_eq!(again[0].text, statement.text);
                }
            }
        }
    }
}
