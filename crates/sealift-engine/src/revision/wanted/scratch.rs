//! [`Scratch`]: a schema within a transaction that is rolled back, or, where a transaction has to end in between, one that
//! is dropped.

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::{Endpoint, Session, Throwaway};
use crate::revision::describe::within;
use sealift_core::name::Ident;
use sealift_core::revision::model::Model;
use sealift_core::sql::Sql;

/// Only one that outlives its transactions is marked and locked.
const SCRATCH: Throwaway = Throwaway {
    prefix: "sealift_scratch_",
    mark: "made by sealift revision; thrown away at its end",
    lock: "sealift revision",
};

/// How long a statement waits for a lock. Nothing of ours needs one on what others use; what waits is about to be refused.
const LOCK_TIMEOUT: &str = "set lock_timeout = '2s'";

/// Relations outside the scratch schema that the transaction has touched. Those of extensions are fair use.
const TOUCHED: &str = include_str!("sql/touched.sql");

/// Objects of the target's schema that something made in this transaction stands on.
const STANDS_ON: &str = include_str!("sql/stands_on.sql");

/// Schemas in which extensions have their objects.
const EXTENSIONS: &str = "select distinct n.nspname from pg_catalog.pg_extension e \
     join pg_catalog.pg_namespace n on n.oid = e.extnamespace \
     where n.nspname <> 'pg_catalog' order by 1";

/// A schema that is thrown away. Dropping the value closes the session, and the server forgets all of it; of one that
/// outlives its transactions, the next run takes away what is left.
pub(super) struct Scratch {
    session: Session,
    schema: Ident,
    target: Ident,
    life: Life,
}

/// How long a scratch schema lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// One transaction, which is rolled back: nobody ever sees it.
    Transaction,
    /// Until it is dropped. A value that was added to an enumerated type can be used only once its transaction is over.
    Session,
}

/// An object of another schema.
pub(super) struct Foreign {
    /// What it is: `table`, `type`.
    pub(super) kind: String,
    /// Its schema.
    pub(super) schema: String,
    /// Its name.
    pub(super) name: String,
}

impl Scratch {
    /// Makes a schema and begins a transaction. The search path is the schema and what extensions bring.
    ///
    /// # Errors
    /// When the role may make no schema, or the server does not answer.
    pub(super) async fn open(place: &Endpoint, target: &Ident, life: Life) -> Result<Self> {
        place.probe().await?;
        let session = place.connect("sealift revision").await?;
        let schema = SCRATCH.name()?;
        session.batch(&Sql::raw(LOCK_TIMEOUT)).await?;
        if life == Life::Session {
            remove_leftovers(&session).await?;
            SCRATCH.take(&session, &schema).await?;
        }
        session.begin().await?;
        let make = Sql::raw("create schema ").ident(&schema);
        session.batch(&make).await.map_err(elsewhere)?;
        let mut path = Sql::raw("set search_path = ").ident(&schema);
        for row in session.query_text(&Sql::raw(EXTENSIONS)).await? {
            if let Some(name) = row.into_iter().next().flatten().and_then(|n| Ident::new(n).ok()) {
                path = path.push(", ").ident(&name);
            }
        }
        session.batch(&path.push(", pg_temp")).await?;
        if life == Life::Session {
            session.batch(&SCRATCH.mark(&schema)).await?;
        }
        let scratch = Self { session, schema, target: target.clone(), life };
        scratch.next_file().await?;
        Ok(scratch)
    }

    /// Ends the transaction and begins another, where the schema outlives it.
    ///
    /// # Errors
    /// When a deferred constraint does not hold, or the server does not answer.
    pub(super) async fn next_file(&self) -> Result<()> {
        match self.life {
            Life::Transaction => Ok(()),
            Life::Session => {
                self.session.commit().await?;
                self.session.begin().await
            }
        }
    }

    pub(super) const fn session(&self) -> &Session {
        &self.session
    }

    pub(super) const fn schema(&self) -> &Ident {
        &self.schema
    }

    pub(super) const fn target(&self) -> &Ident {
        &self.target
    }

    /// Returns the first table or the like outside the schema that a statement has touched. The transaction holds a lock on it,
    /// so it must end soon.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(super) async fn touched(&self) -> Result<Option<Foreign>> {
        self.foreign(TOUCHED, &self.schema).await
    }

    /// Returns the first object of the target's own schema that something in this one stands on.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(super) async fn stands_on(&self) -> Result<Option<Foreign>> {
        self.foreign(STANDS_ON, &self.target).await
    }

    async fn foreign(&self, query: &'static str, schema: &Ident) -> Result<Option<Foreign>> {
        let name = Sql::new().literal(schema.as_str());
        let parts = query.trim_end().split("$1").map(Sql::raw);
        let query = Sql::new().join(parts.flat_map(|part| [name.clone(), part]).skip(1), "");
        let rows = self.session.query_text(&query).await?;
        Ok(rows.into_iter().next().and_then(|row| {
            let [kind, schema, name] = <[Option<String>; 3]>::try_from(row).ok()?;
            Some(Foreign { kind: kind?, schema: schema?, name: name? })
        }))
    }

    /// Returns what the schema holds, as it would be in the target's.
    ///
    /// # Errors
    /// When the server refuses a query or goes away.
    pub(super) async fn model(&self) -> Result<Model> {
        let mut model = within(&self.session, &self.schema, &[&self.target]).await?;
        call(&mut model, &self.schema, &self.target);
        Ok(model)
    }

    /// Rolls back, and drops what outlives that.
    ///
    /// # Errors
    /// When the server does not answer; then it rolls back by itself.
    pub(super) async fn close(self) -> Result<()> {
        self.session.rollback().await?;
        if self.life == Life::Transaction {
            return Ok(());
        }
        remove(&self.session, &self.schema).await.map_err(|error| {
            let drop = Sql::raw("drop schema ").ident(&self.schema).push(" cascade");
            let message = format!("the scratch schema {} is left in the database", self.schema);
            Error::new(error.kind(), message)
                .caused_by(error)
                .hinted(format!("the next comparison removes it; or: {}", drop.as_str()))
        })
    }
}

async fn remove(session: &Session, schema: &Ident) -> Result<()> {
    session.batch(&Sql::raw("drop schema if exists ").ident(schema).push(" cascade")).await
}

/// Drops what killed comparisons of this role have left.
async fn remove_leftovers(session: &Session) -> Result<()> {
    for left in SCRATCH.there(session).await? {
        if SCRATCH.take(session, &left).await? {
            remove(session, &left).await?;
        }
    }
    Ok(())
}

/// Puts another name of the schema into the bodies of functions, which name it in their text.
pub(super) fn call(model: &mut Model, from: &Ident, to: &Ident) {
    for function in &mut model.functions {
        function.definition = function.definition.in_schema(from, to);
    }
}

/// Says what helps where the role may make no schema, or the server is a standby.
fn elsewhere(error: Error) -> Error {
    match error.sqlstate() {
        Some("42501" | "25006") => Error::new(
            ErrorKind::Permission,
            "a scratch schema is needed to compare with, and this role may make none here",
        )
        .caused_by(error)
        .hinted(
            "name another database for it, on a server of the same version: --scratch URL; nothing is left there",
        ),
        _ => error.context("make a scratch schema"),
    }
}
