//! [`Stage`]: a schema that a migration goes into and that is thrown away afterwards.

use crate::error::{Error, Result};
use crate::ops::Events;
use crate::postgres::{Endpoint, LockRequest, Session, TargetLock, Throwaway, require_create};
use sealift_core::ddl;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use std::time::{Duration, Instant};

/// What a stage is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Play {
    /// Its schemas. What their lock is for is also what its sessions are called.
    pub(crate) schemas: Throwaway,
    /// What it is, as a noun: `rehearsal`.
    pub(crate) name: &'static str,
    /// The command, as a verb: `rehearse`.
    pub(crate) verb: &'static str,
}

/// How long removing is tried: a server may restart, sessions of ours may still be busy.
const REMOVAL_PATIENCE: Duration = Duration::from_secs(30);
const REMOVAL_PAUSE: Duration = Duration::from_millis(500);

/// A schema that is there as long as the play. A lock on its name, which its session holds, tells
/// others of its kind that it is no leftover; a crash of ours releases it.
pub(crate) struct Stage {
    play: Play,
    endpoint: Endpoint,
    schema: Ident,
    session: Session,
    watch: Duration,
}

impl Stage {
    /// Removes what killed processes have left of this kind, and makes a schema. `watch` is how often the
    /// server is asked about silent sessions.
    ///
    /// # Errors
    /// When the role may not make one, or the server does not answer.
    pub(crate) async fn open(
        play: Play,
        target: &Endpoint,
        watch: Duration,
        events: &Events,
    ) -> Result<Self> {
        let (endpoint, schemas) = (target.clone(), play.schemas);
        let session = endpoint.connect(schemas.lock).await?;
        for left in schemas.there(&session).await? {
            if !schemas.take(&session, &left).await? {
                continue;
            }
            remove(play, &endpoint, &left, watch).await?;
            events.notice(format!("removed {left}, which a killed {} had left", play.name));
        }
        let schema = schemas.name()?;
        require_create(&session, &schema).await.map_err(|error| elsewhere(play, error))?;
        schemas.take(&session, &schema).await?;
        session.begin().await?;
        session.batch(&ddl::create_schema(&schema)).await?;
        session.batch(&schemas.mark(&schema)).await?;
        session.commit().await?;
        Ok(Self { play, endpoint, schema, session, watch })
    }

    pub(crate) fn schema(&self) -> &Ident {
        &self.schema
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Returns what the schema's tables and indexes take on the server.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn bytes(&self, session: &Session) -> Result<u64> {
        let sql = Sql::raw(
            "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint::text from pg_class c \
             join pg_namespace n on n.oid = c.relnamespace \
             where c.relkind in ('r', 'm') and n.nspname = ",
        );
        let rows = session.query_text(&sql.literal(self.schema.as_str())).await?;
        let bytes = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
        Ok(bytes.unwrap_or_default())
    }

    /// Removes the schema.
    ///
    /// # Errors
    /// When the server does not let it for half a minute: then it stays for the next rehearsal.
    pub(crate) async fn close(self) -> Result<()> {
        let began = Instant::now();
        loop {
            let removed = remove(self.play, &self.endpoint, &self.schema, self.watch).await;
            let Err(error) = removed else { return Ok(()) };
            if began.elapsed() >= REMOVAL_PATIENCE {
                let drop = Sql::raw("drop schema ").ident(&self.schema).push(" cascade");
                let name = self.play.name;
                let message = format!("the {name}'s schema {} is left in the target", self.schema);
                return Err(Error::new(error.kind(), message)
                    .caused_by(error)
                    .hinted(format!("the next {name} removes it; or: {}", drop.as_str())));
            }
            tokio::time::sleep(REMOVAL_PAUSE).await;
        }
    }
}

fn elsewhere(play: Play, error: Error) -> Error {
    let own = format!("{} on a server of your own: --to local", play.verb);
    let hint = error.hint().map_or(own.clone(), |hint| format!("{hint}; or {own}"));
    error.hinted(hint)
}

/// Drops a schema, table by table: all at once could need more locks than the server has. The lock on
/// runs ends whatever a migration still does in it.
async fn remove(play: Play, endpoint: &Endpoint, schema: &Ident, watch: Duration) -> Result<()> {
    let request = LockRequest { schema: schema.as_str(), watch, lost: None };
    let lock = TargetLock::acquire(endpoint, request).await?;
    let session = lock.session(play.schemas.lock).await?;
    let sql = Sql::raw(
        "select c.relname, c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where c.relkind in ('v', 'r', 'p') and n.nspname = ",
    )
    .literal(schema.as_str())
    .push(" order by c.relkind = 'v' desc, c.relname");
    for row in session.query_text(&sql).await? {
        let [Some(name), Some(kind)] = row.as_slice() else { continue };
        let Ok(name) = Ident::new(name.clone()) else { continue };
        let drop = if kind == "v" { "drop view if exists " } else { "drop table if exists " };
        session.batch(&Sql::raw(drop).qualified(schema, &name).push(" cascade")).await?;
    }
    session.batch(&Sql::raw("drop schema if exists ").ident(schema).push(" cascade")).await
}
