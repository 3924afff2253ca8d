//! Each part of a snapshot as one query, and why a part is missing.
//!
//! The queries stand in `sql/*.sql`, run on PostgreSQL 14 to 18, and answer with one JSON value each: its
//! fields are those of [`Snapshot`].

use super::snapshot::{Blocked, RunningQuery, Snapshot, Statement};
use super::words;
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::PooledSession;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use serde::de::DeserializeOwned;

/// What is said before each query, in the transaction that the server makes of both: nothing is written,
/// nothing is waited for long, and names mean the catalog's own. The session stays as it is, which a
/// pooler in transaction mode would otherwise hand to somebody else.
const MANNERS: &str = "set transaction read only; \
     set local statement_timeout = '5s'; set local lock_timeout = '500ms'; \
     set local search_path = pg_catalog, pg_temp; ";

/// The server has no such extension.
const NO_STATEMENTS: &str =
    "the extension pg_stat_statements is not in this database: create extension pg_stat_statements";

/// Reads what changes from second to second.
pub(super) async fn read_quick(session: &PooledSession, into: &mut Snapshot) {
    let mut reading = Reading { session, into };
    let server = reading.part("server", include_str!("sql/server.sql")).await;
    let connections = reading.part("connections", include_str!("sql/connections.sql")).await;
    let queries = reading.part("queries", include_str!("sql/queries.sql")).await;
    let locks = reading.part("locks", include_str!("sql/locks.sql")).await;
    let replication = reading.part("replication", include_str!("sql/replication.sql")).await;
    into.server = server;
    into.connections = connections;
    into.queries = queries.map(|mut all: Vec<RunningQuery>| {
        all.iter_mut().for_each(|one| shorten(&mut one.query));
        all
    });
    into.locks = locks.map(|mut all: Vec<Blocked>| {
        all.iter_mut().for_each(|one| shorten(&mut one.query));
        all
    });
    into.replication = replication;
}

/// Reads what changes slowly, and takes longer to read.
pub(super) async fn read_slow(session: &PooledSession, into: &mut Snapshot) {
    let mut reading = Reading { session, into };
    let database = reading.part("database", include_str!("sql/database.sql")).await;
    let tables = reading.part("tables", include_str!("sql/tables.sql")).await;
    let unused = reading.part("unused_indexes", include_str!("sql/unused_indexes.sql")).await;
    let bare = include_str!("sql/unindexed_foreign_keys.sql");
    let bare = reading.part("unindexed_foreign_keys", bare).await;
    let scanned = reading.part("scanned_tables", include_str!("sql/scanned_tables.sql")).await;
    let sequences = reading.part("sequences", include_str!("sql/sequences.sql")).await;
    let statements = reading.statements().await;
    into.database = database;
    into.tables = tables;
    into.unused_indexes = unused;
    into.unindexed_foreign_keys = bare;
    into.scanned_tables = scanned;
    into.sequences = sequences;
    into.statements = statements;
}

/// The names of the parts that [`read_quick`] reads.
pub(super) const QUICK: [&str; 5] = ["server", "connections", "queries", "locks", "replication"];

/// The names of the parts that [`read_slow`] reads.
pub(super) const SLOW: [&str; 7] = [
    "database",
    "tables",
    "unused_indexes",
    "unindexed_foreign_keys",
    "scanned_tables",
    "sequences",
    "statements",
];

struct Reading<'a> {
    session: &'a PooledSession,
    into: &'a mut Snapshot,
}

impl Reading<'_> {
    /// Reads a part, or notes why it is missing.
    async fn part<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
        query: &'static str,
    ) -> Option<T> {
        let answer = ask(self.session, &Sql::raw(query)).await;
        self.keep(name, answer)
    }

    async fn statements(&mut self) -> Option<Vec<Statement>> {
        let answer = statements(self.session).await;
        let mut statements: Vec<Statement> = self.keep("statements", answer)?;
        for statement in &mut statements {
            statement.query = words::shown(&statement.query);
        }
        Some(statements)
    }

    fn keep<T>(&mut self, name: &'static str, answer: Result<T>) -> Option<T> {
        match answer {
            Ok(value) => {
                self.into.missing.remove(name);
                Some(value)
            }
            Err(error) => {
                self.into.missing.insert(name, reason(&error));
                None
            }
        }
    }
}

async fn statements(session: &PooledSession) -> Result<Vec<Statement>> {
    let found = rows(session, &Sql::raw(include_str!("sql/extension.sql"))).await?;
    let schema = found.first().and_then(|row| row.first()?.as_deref());
    let Some(schema) = schema else {
        return Err(Error::new(ErrorKind::Target, NO_STATEMENTS));
    };
    let schema = Ident::new(schema).map_err(|_| unexpected())?;
    let text = include_str!("sql/statements.sql");
    let (before, after) = text.split_once("$1").ok_or_else(unexpected)?;
    ask(session, &Sql::raw(before).ident(&schema).push(after)).await
}

async fn ask<T: DeserializeOwned>(session: &PooledSession, query: &Sql) -> Result<T> {
    let rows = rows(session, query).await?;
    let text = rows.first().and_then(|row| row.first()?.as_deref()).ok_or_else(unexpected)?;
    serde_json::from_str(text).map_err(|error| unexpected().caused_by(error))
}

async fn rows(session: &PooledSession, query: &Sql) -> Result<Vec<Vec<Option<String>>>> {
    session.ask(&Sql::raw(MANNERS).sql(query)).await
}

fn unexpected() -> Error {
    Error::new(ErrorKind::Bug, "the answer has another form than was asked for")
}

/// Returns why a part is missing, for a person who looks at the others.
pub(super) fn reason(error: &Error) -> String {
    match error.sqlstate() {
        Some("57014") => "reading it took longer than 5 s".to_owned(),
        Some("55P03") => "a lock stood in the way".to_owned(),
        Some("42501") => "the role may not read it: grant pg_monitor to it".to_owned(),
        Some("42P01" | "42703" | "42883") => {
            format!("this server does not have it: {error}")
        }
        Some(_) | None => error.to_string(),
    }
}

fn shorten(statement: &mut Option<String>) {
    *statement = statement.as_deref().map(words::shown);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_what_helps() {
        let error = |code: &str| Error::new(ErrorKind::Permission, "denied").with_sqlstate(code);
        assert!(reason(&error("42501")).contains("pg_monitor"));
        assert!(reason(&error("57014")).contains("5 s"));
        assert_eq!(reason(&error("XX000")), "denied");
    }

    #[test]
    fn the_schema_of_the_extension_is_put_in_once() {
        let text = include_str!("sql/statements.sql");
        assert_eq!(text.matches("$1").count(), 1);
    }
}
