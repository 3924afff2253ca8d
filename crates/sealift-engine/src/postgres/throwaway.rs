//! [`Throwaway`]: schemas that are there for a while and are dropped again, also those of a process that was killed.

use super::Session;
use crate::error::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::sql::Sql;

/// A kind of schema that is thrown away. A lock on its name, which a session holds, says that it is in use; a crash of
/// ours releases it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Throwaway {
    /// What the names begin with; 16 hexadecimal digits follow.
    pub(crate) prefix: &'static str,
    /// The comment that says whose one is. Without it a schema is somebody else's, whatever its name.
    pub(crate) mark: &'static str,
    /// What the lock on a name is for.
    pub(crate) lock: &'static str,
}

impl Throwaway {
    /// Returns a name that nobody else has.
    ///
    /// # Errors
    /// Never in practice; prefixes are short.
    pub(crate) fn name(self) -> Result<Ident> {
        Ident::new(format!("{}{:016x}", self.prefix, rand::random::<u64>())).map_err(|error| {
            Error::new(ErrorKind::Bug, "a schema to throw away has no name").caused_by(error)
        })
    }

    /// Returns the statement that marks a schema as one of the kind.
    pub(crate) fn mark(self, schema: &Ident) -> Sql {
        Sql::raw("comment on schema ").ident(schema).push(" is ").literal(self.mark)
    }

    /// Returns the marked schemas of this role that are there; whoever uses one holds its lock.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn there(self, session: &Session) -> Result<Vec<Ident>> {
        let sql = Sql::raw(
            "select nspname from pg_namespace where pg_has_role(nspowner, 'usage') \
             and starts_with(nspname, ",
        )
        .literal(self.prefix)
        .push(") and obj_description(oid, 'pg_namespace') = ")
        .literal(self.mark)
        .push(" order by nspname");
        let rows = session.query_text(&sql).await?;
        let names = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
        Ok(names.filter_map(|name| Ident::new(name).ok()).collect())
    }

    /// Takes the lock on a schema's name until the session ends; false where somebody else holds it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn take(self, session: &Session, schema: &Ident) -> Result<bool> {
        let name = format!("{} {schema}", self.lock);
        let key = i64::from_ne_bytes(crate::fnv::hash(name.as_bytes()).to_ne_bytes());
        let sql = Sql::raw("select pg_try_advisory_lock(").int(key).push(")::text");
        let rows = session.query_text(&sql).await?;
        Ok(rows.first().and_then(|row| row.first()?.as_deref()) == Some("true"))
    }
}
