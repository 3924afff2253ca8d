//! Tables, foreign keys and indexes of a schema.

use super::open;
use super::rows::{one, read};
use crate::postgres::Endpoint;
use crate::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::tune::indexes::IndexFacts;
use serde::Deserialize;

const STATISTICS: &str = include_str!("sql/statistics.sql");
const TABLES: &str = include_str!("sql/tables.sql");
const FOREIGN_KEYS: &str = include_str!("sql/foreign_keys.sql");
const INDEXES: &str = include_str!("sql/indexes.sql");

/// A row of `statistics.sql`.
#[derive(Deserialize)]
struct Statistics {
    since: Option<String>,
    days: Option<u64>,
    taken: Vec<Ident>,
}

/// Returns what a schema has, and what was counted of it.
///
/// # Errors
///
/// When the server cannot be reached or refuses a question; [`ErrorKind::Target`] when the schema has no table.
pub async fn indexes(target: &Endpoint, schema: &Ident) -> Result<IndexFacts> {
    let (session, _) = open(target).await?;
    let name = [schema.as_str()];
    let statistics: Statistics = one(&session, STATISTICS, &name).await?;
    let facts = IndexFacts {
        schema: schema.clone(),
        statistics_since: statistics.since,
        statistics_days: statistics.days,
        tables: read(&session, TABLES, &name).await?,
        foreign_keys: read(&session, FOREIGN_KEYS, &name).await?,
        indexes: read(&session, INDEXES, &name).await?,
        taken: statistics.taken,
    };
    if facts.tables.is_empty() {
        let message = format!("schema {schema} of {target} has no table");
        return Err(Error::new(ErrorKind::Target, message)
            .hinted("name the schema with --schema, or migrate first: sealift migrate app.db"));
    }
    Ok(facts)
}
