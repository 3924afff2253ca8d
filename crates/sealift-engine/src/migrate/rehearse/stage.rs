//! [`Stage`]: the schema that a rehearsal is played in.

use crate::config::MigrateOptions;
use crate::error::{Error, Result};
use crate::ops::Events;
use crate::postgres::{Endpoint, LockRequest, Session, TargetLock, Throwaway, require_create};
use sealift_core::ddl;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use std::time::{Duration, Instant};

const REHEARSAL: Throwaway = Throwaway {
    prefix: "sealift_rehearsal_",
    mark: "made by sealift rehearse; thrown away at its end",
    lock: "sealift rehearsal",
};

/// How long removing is tried: a server may restart, sessions of ours may still be busy.
const REMOVAL_PATIENCE: Duration = Duration::from_secs(30);
const REMOVAL_PAUSE: Duration = Duration::from_millis(500);

/// A schema that is there as long as the rehearsal. A lock on its name, which its session holds, tells
/// other rehearsals that it is no leftover; a crash of ours releases it.
pub(super) struct Stage {
    endpoint: Endpoint,
    schema: Ident,
    session: Session,
    watch: Duration,
}

impl Stage {
    /// Removes what killed rehearsals have left, and makes a schema.
    ///
    /// # Errors
    /// When the role may not make one, or the server does not answer.
    pub(super) async fn open(options: &MigrateOptions, events: &Events) -> Result<Self> {
        let (endpoint, watch) = (options.target.clone(), options.recovery.watch);
        let session = endpoint.connect("sealift rehearsal").await?;
        for left in REHEARSAL.there(&session).await? {
            if !REHEARSAL.take(&session, &left).await? {
                continue;
            }
            remove(&endpoint, &left, watch).await?;
            events.notice(format!("removed {left}, which a killed rehearsal had left"));
        }
        let schema = REHEARSAL.name()?;
        require_create(&session, &schema).await.map_err(elsewhere)?;
        REHEARSAL.take(&session, &schema).await?;
        session.begin().await?;
        session.batch(&ddl::create_schema(&schema)).await?;
        session.batch(&REHEARSAL.mark(&schema)).await?;
        session.commit().await?;
        Ok(Self { endpoint, schema, session, watch })
    }

    pub(super) fn schema(&self) -> &Ident {
        &self.schema
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Returns what the schema's tables and indexes take on the server.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(super) async fn bytes(&self, session: &Session) -> Result<u64> {
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
    pub(super) async fn close(self) -> Result<()> {
        let began = Instant::now();
        loop {
            let Err(error) = remove(&self.endpoint, &self.schema, self.watch).await else {
                return Ok(());
            };
            if began.elapsed() >= REMOVAL_PATIENCE {
                let drop = Sql::raw("drop schema ").ident(&self.schema).push(" cascade");
                let message =
                    format!("the rehearsal's schema {} is left in the target", self.schema);
                return Err(Error::new(error.kind(), message)
                    .caused_by(error)
                    .hinted(format!("the next rehearsal removes it; or: {}", drop.as_str())));
            }
            tokio::time::sleep(REMOVAL_PAUSE).await;
        }
    }
}

fn elsewhere(error: Error) -> Error {
    let hint = error.hint().unwrap_or_default().to_owned();
    error.hinted(format!("{hint}; or rehearse on a server of your own: --to local"))
}

/// Drops a schema, table by table: all at once could need more locks than the server has. The lock on
/// runs ends whatever a migration still does in it.
async fn remove(endpoint: &Endpoint, schema: &Ident, watch: Duration) -> Result<()> {
    let request = LockRequest { schema: schema.as_str(), watch, lost: None };
    let lock = TargetLock::acquire(endpoint, request).await?;
    let session = lock.session("sealift rehearsal").await?;
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
