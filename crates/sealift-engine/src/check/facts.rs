//! [`Facts`]: what the server says about itself and about us.

use super::CheckOptions;
use crate::postgres::{Host, Pooling, Session};
use crate::{Error, ErrorKind, Result};
use sealift_core::sql::Sql;

/// One row: everything there is to know at once. The schema's name comes in as a literal.
///
/// Of sessions of other roles the kind is hidden from ordinary ones; those have a role, which the server's own
/// processes have not. Limits of a role and a database, and what is kept back, do not bind superusers.
const QUESTION: &str = "\
select current_setting('server_version'),
       pg_encoding_to_char(d.encoding),
       d.datcollate,
       current_user,
       has_database_privilege(d.oid, 'create'),
       has_database_privilege(d.oid, 'temp'),
       n.oid is not null,
       coalesce(has_schema_privilege(n.oid, 'create'), false),
       (select count(*) from pg_class c where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')),
       pg_is_in_recovery(),
       current_setting('default_transaction_read_only')::bool,
       current_setting('max_connections')::int8
         - case when r.rolsuper then 0
                else current_setting('superuser_reserved_connections')::int8
                     + coalesce(current_setting('reserved_connections', true)::int8, 0) end,
       (select count(*) from pg_stat_activity a where (a.backend_type = 'client backend' or a.backend_type is null and a.usesysid is not null)),
       case when r.rolsuper then -1 else d.datconnlimit end,
       (select count(*) from pg_stat_activity a where (a.backend_type = 'client backend' or a.backend_type is null and a.usesysid is not null) and a.datid = d.oid),
       case when r.rolsuper then -1 else r.rolconnlimit end,
       (select count(*) from pg_stat_activity a where (a.backend_type = 'client backend' or a.backend_type is null and a.usesysid is not null) and a.usesysid = r.oid),
       coalesce((select s.ssl from pg_stat_ssl s where s.pid = pg_backend_pid()), false),
       pg_database_size(d.oid)
from pg_database d
join pg_roles r on r.rolname = current_user
left join pg_namespace n on n.nspname = ";

/// What the known row hashes to in PostgreSQL 14 and newer on a little-endian machine; found on 15,
/// 16, 17 and 18.
const PROBE: &str =
    "select hash_record_extended(row(1::int8, 'Sealift'::text, 1.5::float8), 0)::text";
pub(super) const PROBE_ANSWER: &str = "4180854388311287455";

/// A database has noted the version of its collations since PostgreSQL 15.
const COLLATIONS_HAVE_VERSIONS: u32 = 15;

const COLLATIONS: &str = "\
select datcollversion, pg_database_collation_actual_version(oid)
from pg_database
where datname = current_database()";

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `15.18 (Debian 15.18-0+deb12u1)`
    pub server_version: String,
    /// `UTF8`
    pub encoding: String,
    /// `en_US.UTF-8`
    pub collation: String,
    /// The role.
    pub role: String,
    /// The database.
    pub database: String,
    /// The schema asked about.
    pub schema: String,
    /// May the role create schemas?
    pub may_create_schema: bool,
    /// May it create temporary tables?
    pub may_create_temporary: bool,
    /// Is the schema there?
    pub schema_exists: bool,
    /// May the role create tables in it?
    pub may_create_table: bool,
    /// Tables and views in it.
    pub relations: u64,
    /// Is the server a standby?
    pub standby: bool,
    /// Are transactions read-only unless they say otherwise?
    pub read_only: bool,
    /// The limits on connections that bind this role: the server's first.
    pub connections: Vec<ConnectionLimit>,
    /// Connections a migration would use.
    pub connections_wanted: i64,
    /// Is this connection encrypted?
    pub encrypted: bool,
    /// Does it leave the machine?
    pub remote: bool,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// What stands in between.
    pub pooling: Pooling,
    /// Does the address look like that of a pooler?
    pub named_pooler: bool,
    /// How to get to the server itself.
    pub way_around: String,
    /// What the known row hashes to.
    pub hash: Option<String>,
    /// The versions of the database's collations, where they differ from one another.
    pub collation_versions: Option<CollationVersions>,
}

/// How many connections there may be, and are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimit {
    /// Whose limit it is.
    pub of: LimitOf,
    /// So many may be.
    pub allowed: i64,
    /// So many are, this one included.
    pub used: i64,
}

impl ConnectionLimit {
    /// Returns how many are free. This connection is counted as used, but is free by the time of a
    /// migration.
    #[must_use]
    pub fn free(self) -> i64 {
        self.allowed - self.used + 1
    }
}

/// Whose limit on connections it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitOf {
    /// `max_connections` of the server, without those that are kept back.
    Server,
    /// `connection limit` of the database.
    Database,
    /// `connection limit` of the role.
    Role,
}

/// Which version of the system's collations the indexes of a database were made by, and which there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollationVersions {
    /// When the database was made, or last refreshed.
    pub made_by: String,
    /// Now.
    pub now: String,
}

/// The cells of the one row, read one by one.
struct Answer(std::vec::IntoIter<Option<String>>);

impl Answer {
    fn text(&mut self) -> Result<String> {
        self.0.next().flatten().ok_or_else(unreadable)
    }

    fn yes(&mut self) -> Result<bool> {
        Ok(self.text()? == "t")
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T> {
        self.text()?.parse().map_err(|_| unreadable())
    }
}

fn unreadable() -> Error {
    Error::new(ErrorKind::Bug, "the server's answer about itself has another form than expected")
}

impl Facts {
    /// Asks the server.
    ///
    /// # Errors
    ///
    /// When the connection breaks or the server refuses a question.
    pub async fn ask(session: &Session, options: &CheckOptions, pooling: Pooling) -> Result<Self> {
        let question = Sql::raw(QUESTION)
            .literal(&options.schema)
            .push(" where d.datname = current_database()");
        let rows = session.query_text(&question).await?;
        let cells = rows.into_iter().next().ok_or_else(unreadable)?;
        let mut answer = Answer(cells.into_iter());
        let mut facts = Self {
            server_version: answer.text()?,
            encoding: answer.text()?,
            collation: answer.text()?,
            role: answer.text()?,
            database: options.target.database().to_owned(),
            schema: options.schema.clone(),
            may_create_schema: answer.yes()?,
            may_create_temporary: answer.yes()?,
            schema_exists: answer.yes()?,
            may_create_table: answer.yes()?,
            relations: answer.number()?,
            standby: answer.yes()?,
            read_only: answer.yes()?,
            connections: Self::limits(&mut answer)?,
            connections_wanted: i64::try_from(options.connections).unwrap_or(i64::MAX),
            encrypted: false,
            remote: !options.target.is_on_this_machine(),
            database_bytes: 0,
            pooling,
            named_pooler: names_pooler(options),
            way_around: options.target.way_around(),
            hash: None,
            collation_versions: None,
        };
        facts.encrypted = answer.yes()?;
        facts.database_bytes = answer.number()?;
        facts.hash = Self::probe(session).await;
        if session.server_version().major() >= COLLATIONS_HAVE_VERSIONS {
            facts.collation_versions = Self::collations(session).await;
        }
        Ok(facts)
    }

    fn limits(answer: &mut Answer) -> Result<Vec<ConnectionLimit>> {
        let mut limits = Vec::new();
        for of in [LimitOf::Server, LimitOf::Database, LimitOf::Role] {
            let (allowed, used) = (answer.number()?, answer.number()?);
            // -1 is no limit.
            if allowed >= 0 {
                limits.push(ConnectionLimit { of, allowed, used });
            }
        }
        Ok(limits)
    }

    /// Returns the versions of the database's collations where they differ; `None` also where they are not
    /// told, as for `C`.
    async fn collations(session: &Session) -> Option<CollationVersions> {
        let rows = session.query_text(&Sql::raw(COLLATIONS)).await.ok()?;
        match rows.into_iter().next().as_deref() {
            Some([Some(made_by), Some(now)]) if made_by != now => {
                Some(CollationVersions { made_by: made_by.clone(), now: now.clone() })
            }
            Some(_) | None => None,
        }
    }

    /// Returns what the known row hashes to; `None` where the server has no such function.
    async fn probe(session: &Session) -> Option<String> {
        let rows = session.query_text(&Sql::raw(PROBE)).await.ok()?;
        rows.into_iter().next()?.into_iter().next()?
    }
}

/// Neon and Supabase name their poolers so; 6432 is PgBouncer's port, 6543 Supabase's for its
/// transaction mode.
fn names_pooler(options: &CheckOptions) -> bool {
    let named = match options.target.host() {
        Host::Tcp(host) => host.contains("-pooler.") || host.contains(".pooler."),
        Host::Local | Host::Unix(_) => false,
    };
    named || matches!(options.target.port(), 6432 | 6543)
}
