//! The rights of a restricted role: looked up, granted in one transaction, and checked before it is committed.

use super::rows::{filled, read};
use super::{NAME, open};
use crate::postgres::{Endpoint, Session};
use crate::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use sealift_core::tune::grants::GrantFacts;
use serde::Deserialize;

const ROLE: &str = include_str!("sql/role.sql");
const LACKS: &str = include_str!("sql/lacks.sql");

/// A grant waits for the locks of others for so long.
const LOCK_TIMEOUT: &str = "set local lock_timeout = '10s'";

/// What was found of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// What its grants are made of.
    pub facts: GrantFacts,
    /// Owners for whom the role that we are logged in as may not set default privileges.
    pub beyond_us: Vec<Ident>,
}

/// A row of `role.sql`.
#[derive(Deserialize)]
struct RoleRow {
    role: Ident,
    database: Ident,
    schema_exists: bool,
    is_superuser: bool,
    bypasses_policies: bool,
    owners: Vec<Ident>,
    member_of: Vec<Ident>,
    beyond_us: Vec<Ident>,
    owned: u64,
    has_functions: bool,
}

/// Looks a role up, and who owns what in the schema.
///
/// # Errors
///
/// [`ErrorKind::Target`] when there is no such role or schema, with the statement that makes it; when the server
/// cannot be reached.
pub async fn role(target: &Endpoint, schema: &Ident, role: &Ident) -> Result<Role> {
    let (session, _) = open(target).await?;
    let found: Vec<RoleRow> = read(&session, ROLE, &[schema.as_str(), role.as_str()]).await?;
    let quoted = |name: &Ident| Sql::new().ident(name);
    let Some(found) = found.into_iter().next() else {
        return Err(Error::new(ErrorKind::Target, format!("there is no role {role} on {target}"))
            .hinted(format!(
                "make it, and give it a password: create role {} login; \\password {}",
                quoted(role),
                quoted(role)
            )));
    };
    if !found.schema_exists {
        return Err(Error::new(
            ErrorKind::Target,
            format!("there is no schema {schema} on {target}"),
        )
        .hinted("name the schema with --schema"));
    }
    let facts = GrantFacts {
        role: found.role,
        database: found.database,
        schema: schema.clone(),
        is_superuser: found.is_superuser,
        bypasses_policies: found.bypasses_policies,
        owners: found.owners,
        owned: found.owned,
        member_of: found.member_of,
        has_functions: found.has_functions,
    };
    Ok(Role { facts, beyond_us: found.beyond_us })
}

/// Carries grants out, all or none.
///
/// # Errors
///
/// [`ErrorKind::Permission`] when the role that we are logged in as may not grant all of it: nothing is granted then;
/// when the server refuses a statement or goes away.
pub async fn apply(target: &Endpoint, role: &Role, statements: &[Sql]) -> Result<()> {
    let facts = &role.facts;
    if let Some(owner) = role.beyond_us.first() {
        let message = format!(
            "{} may not set default privileges for {owner}, who owns objects of schema {}",
            target.user(),
            facts.schema
        );
        return Err(refused(message));
    }
    let session = target.connect(NAME).await?;
    session.begin().await?;
    match within(&session, facts, statements).await {
        Ok(()) => session.commit().await,
        Err(error) => {
            // The connection may be gone, which rolls back as well.
            if let Err(lost) = session.rollback().await {
                tracing::debug!(error = %lost, "could not roll back");
            }
            Err(error)
        }
    }
}

async fn within(session: &Session, facts: &GrantFacts, statements: &[Sql]) -> Result<()> {
    session.batch(&Sql::raw(LOCK_TIMEOUT)).await?;
    for statement in statements {
        session.batch(statement).await.map_err(|error| explained(error, facts))?;
    }
    let names = [facts.schema.as_str(), facts.role.as_str()];
    let lacks = session.query_text(&filled(LACKS, &names)?).await?;
    let lacks: Vec<String> = lacks.into_iter().filter_map(|row| row.into_iter().next()?).collect();
    if lacks.is_empty() {
        return Ok(());
    }
    let message = format!(
        "role {} would not have the rights that it should: {}; nothing was changed",
        facts.role,
        lacks.join("; ")
    );
    Err(refused(message))
}

fn explained(error: Error, facts: &GrantFacts) -> Error {
    match error.sqlstate() {
        Some("42501") => refused(format!(
            "not all rights on schema {} can be granted to {}; nothing was changed",
            facts.schema, facts.role
        ))
        .caused_by(error),
        Some(_) | None => error.context(format!("grant rights to {}", facts.role)),
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Permission, message)
        .hinted("log in as a superuser, or as the owner of the database, the schema and its tables")
}
