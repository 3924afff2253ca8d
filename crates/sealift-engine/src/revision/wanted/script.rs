//! Files of SQL, carried out in a scratch schema to see what they make.

use super::allowed::{Verdict, judge};
use super::scratch::{Foreign, Scratch};
use super::{SqlFile, UpFile, Wanted};
use crate::error::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::revision::lex::{Kind, Token, tokens};
use sealift_core::revision::split::{Statement, split};
use sealift_core::sql::Sql;

/// How much of a statement a message shows.
const SHOWN: usize = 60;

/// Returns what a file makes.
///
/// # Errors
/// When a statement of it cannot be tried or is refused, or it stands on what it does not make.
pub(super) async fn sql_file(scratch: &Scratch, file: &SqlFile) -> Result<Wanted> {
    let statements = split(&file.text).map_err(|error| {
        Error::new(ErrorKind::Usage, format!("{} cannot be read", file.name)).caused_by(error)
    })?;
    let place = Place { scratch, file: &file.name };
    for statement in &statements {
        place.run(statement).await?;
    }
    place.stands_alone().await?;
    Ok(Wanted { model: scratch.model().await?, notes: Vec::new() })
}

/// Returns what all up files make, one after the other.
///
/// # Errors
/// When a statement cannot be tried or is refused, or one stands on what none of them makes.
pub(super) async fn up_files(scratch: &Scratch, files: &[UpFile]) -> Result<Wanted> {
    // There are no rows that could be lost.
    let accept = Sql::raw("set sealift.accept_loss = on");
    scratch.session().batch(&accept).await?;
    for file in files {
        let place = Place { scratch, file: &file.name };
        for statement in &file.script.statements() {
            place.run(statement).await?;
        }
        place.stands_alone().await?;
        scratch.next_file().await.map_err(|error| error.context(&file.name))?;
    }
    Ok(Wanted { model: scratch.model().await?, notes: Vec::new() })
}

/// A file that is carried out.
struct Place<'a> {
    scratch: &'a Scratch,
    file: &'a str,
}

impl Place<'_> {
    async fn run(&self, statement: &Statement<'_>) -> Result<()> {
        match judge(statement, self.scratch.target()) {
            Verdict::Skip => return Ok(()),
            Verdict::Refuse(why) => {
                return Err(self.refused(statement, why).hinted(
                    "leave the statement out of the comparison, or compare with a database in which the file was \
                     carried out",
                ));
            }
            Verdict::Run => {}
        }
        let text = rewritten(statement, self.scratch.target(), self.scratch.schema());
        let sql = Statement { text: &text, line: statement.line }.sql();
        self.scratch.session().batch(&sql).await.map_err(|error| self.failed(statement, error))?;
        match self.scratch.touched().await? {
            Some(other) => Err(self.leaves(statement, &other)),
            None => Ok(()),
        }
    }

    /// What the file has made must stand on nothing that only the database has: else it would be dropped under it.
    async fn stands_alone(&self) -> Result<()> {
        let Some(other) = self.scratch.stands_on().await? else { return Ok(()) };
        let Foreign { kind, schema, name } = other;
        Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{} uses {kind} {schema}.{name} of the database and does not make it",
                self.file
            ),
        )
        .hinted("let the file make all that the schema is to hold"))
    }

    fn leaves(&self, statement: &Statement<'_>, other: &Foreign) -> Error {
        let Foreign { kind, schema, name } = other;
        let why = format!("it uses {kind} {schema}.{name}, which the files do not make");
        self.refused(statement, &why).hinted(format!(
            "names must stand without a schema or with {}, and be made before they are used",
            self.scratch.target()
        ))
    }

    fn refused(&self, statement: &Statement<'_>, why: &str) -> Error {
        let (file, line) = (self.file, statement.line);
        let message =
            format!("{file}, line {line}: `{}` is not carried out: {why}", shown(statement));
        Error::new(ErrorKind::Usage, message)
    }

    fn failed(&self, statement: &Statement<'_>, error: Error) -> Error {
        let hint = match error.sqlstate() {
            Some("55P04") => Some(
                "a value that was added to a type cannot be used in the same transaction: give it a file of its own",
            ),
            Some("55P03") => {
                Some("it waits for a table of the database, which the files do not make")
            }
            _ => None,
        };
        let (file, line) = (self.file, statement.line);
        let error = error.context(format!("{file}, line {line}: `{}`", shown(statement)));
        match hint {
            Some(hint) => error.hinted(hint),
            None => error,
        }
    }
}

/// The first line of a statement, cut where it is long.
fn shown(statement: &Statement<'_>) -> String {
    let line = statement.text.lines().next().unwrap_or_default();
    let mut letters = line.chars();
    let start: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() || line.len() < statement.text.len() {
        format!("{start} …")
    } else {
        start
    }
}

/// Returns a statement with the scratch schema where it names the target's, and without `concurrently`, which cannot be
/// part of a transaction and makes the same.
fn rewritten(statement: &Statement<'_>, target: &Ident, scratch: &Ident) -> String {
    let Ok(all) = tokens(statement.text) else { return statement.text.to_owned() };
    let plainly = statement.stands_alone();
    let mut dropped = false;
    let mut text = String::with_capacity(statement.text.len());
    for (at, token) in all.iter().enumerate() {
        if plainly && !dropped && token.is_word("concurrently") {
            dropped = true;
        } else if is_schema(&all, at, target) {
            text.push_str(&quoted(scratch));
        } else if let Some(inner) = names_relation(&all, at, target) {
            text.push_str(&format!("'{}.{inner}", quoted(scratch)));
        } else {
            text.push_str(token.text);
        }
    }
    text
}

/// `target` in `target.name`.
fn is_schema(all: &[Token<'_>], at: usize, target: &Ident) -> bool {
    let is_dot = |token: Option<&Token<'_>>| token.is_some_and(|t| t.kind == Kind::Symbol('.'));
    let (before, from) = all.split_at(std::cmp::min(at, all.len()));
    let Some((token, after)) = from.split_first() else { return false };
    token.name().is_some_and(|name| name == target.as_str())
        && is_dot(after.iter().find(|token| token.is_significant()))
        && !is_dot(before.iter().rev().find(|token| token.is_significant()))
}

/// `'target.name'` before `::regclass`, as in `nextval('public.t_id_seq'::regclass)`, or as the argument of `nextval`;
/// returns what stands behind the dot, the last quote included.
fn names_relation<'a>(all: &[Token<'a>], at: usize, target: &Ident) -> Option<&'a str> {
    let token = all.get(at).filter(|token| token.kind == Kind::Literal)?;
    let inner = token.text.strip_prefix('\'')?;
    let bare = inner.strip_prefix(target.as_str()).and_then(|rest| rest.strip_prefix('.'));
    let name = bare.or_else(|| inner.strip_prefix(&quoted(target))?.strip_prefix('.'))?;
    let significant = |token: &&Token<'_>| token.is_significant();
    let mut after = all.iter().skip(at + 1).filter(significant);
    let is_cast = after.next().is_some_and(|t| t.kind == Kind::Symbol(':'))
        && after.next().is_some_and(|t| t.kind == Kind::Symbol(':'))
        && after.next().is_some_and(|t| t.is_word("regclass"));
    let mut before = all.iter().take(at).rev().filter(significant);
    let is_argument = before.next().is_some_and(|t| t.kind == Kind::Symbol('('))
        && before.next().is_some_and(|t| t.is_word("nextval"));
    (is_cast || is_argument).then_some(name)
}

fn quoted(name: &Ident) -> String {
    Sql::new().ident(name).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(text: &str) -> String {
        let (target, scratch) = (Ident::new("app").unwrap(), Ident::new("s").unwrap());
        rewritten(&split(text).unwrap()[0], &target, &scratch)
    }

    #[test]
    fn the_schema_is_another_and_texts_stay() {
        assert_eq!(
            moved("create table app.t (app int, a text default 'app.x', b \"app\" . mood)"),
            "create table \"s\".t (app int, a text default 'app.x', b \"s\" . mood)"
        );
        assert_eq!(moved("select x.app.t"), "select x.app.t");
    }

    #[test]
    fn a_sequence_is_found_in_its_literal() {
        assert_eq!(
            moved("alter table t alter a set default nextval('app.t_a_seq'::regclass)"),
            "alter table t alter a set default nextval('\"s\".t_a_seq'::regclass)"
        );
        assert_eq!(moved("select nextval('app.q')"), "select nextval('\"s\".q')");
    }

    #[test]
    fn an_index_is_built_plainly() {
        assert_eq!(
            moved("create index concurrently i on app.t (concurrently)"),
            "create index  i on \"s\".t (concurrently)"
        );
    }
}
