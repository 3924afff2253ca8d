//! [`Facts`]: what the server says about itself and about us.

use super::CheckOptions;
use crate::postgres::{Host, Pooling, Session};
use crate::{Error, ErrorKind, Result};
use sealift_core::sql::Sql;

/// One row: everything there is to know at once. The schema's name comes in as a literal.
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
       pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool,
       current_setting('max_connections')::int8
         - current_setting('superuser_reserved_connections')::int8
         - coalesce(current_setting('reserved_connections', true)::int8, 0),
       (select count(*) from pg_stat_activity where backend_type = 'client backend'),
       d.datconnlimit,
       r.rolconnlimit,
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
    /// Is the server a standby, or read-only?
    pub read_only: bool,
    /// Connections for ordinary roles.
    pub connections_allowed: i64,
    /// Connections in use, this one included.
    pub connections_used: i64,
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
            read_only: answer.yes()?,
            connections_allowed: answer.number()?,
            connections_used: answer.number()?,
            connections_wanted: i64::try_from(options.connections).unwrap_or(i64::MAX),
            encrypted: false,
            remote: is_remote(options.target.host()),
            database_bytes: 0,
            pooling,
            named_pooler: names_pooler(options),
            way_around: options.target.way_around(),
            hash: None,
        };
        for limit in [answer.number::<i64>()?, answer.number::<i64>()?] {
            // -1 is no limit.
            if limit >= 0 {
                facts.connections_allowed = std::cmp::min(facts.connections_allowed, limit);
            }
        }
        facts.encrypted = answer.yes()?;
        facts.database_bytes = answer.number()?;
        facts.hash = Self::probe(session).await;
        Ok(facts)
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

fn is_remote(host: &Host) -> bool {
    match host {
        Host::Local | Host::Unix(_) => false,
        Host::Tcp(host) => {
            let address = host.parse::<std::net::IpAddr>();
            host != "localhost" && !address.is_ok_and(|address| address.is_loopback())
        }
    }
}
