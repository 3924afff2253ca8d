//! The rows of the catalog queries in `sql/`, as the server gives them.

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::Session;
use sealift_core::name::Ident;
use sealift_core::revision::model::{Dependency, OwnedBy, SequenceOptions};
use sealift_core::sql::Sql;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Returns the rows of a query for a schema: each column is a field, by its name.
pub(super) async fn read<T: DeserializeOwned>(
    session: &Session,
    query: &'static str,
    schema: &Ident,
) -> Result<Vec<T>> {
    let name = Sql::new().literal(schema.as_str());
    let parts = query.trim_end().split("$1").map(Sql::raw);
    let query = Sql::new().join(parts.flat_map(|part| [name.clone(), part]).skip(1), "");
    let whole = Sql::raw("select pg_catalog.row_to_json(q) from (\n").sql(&query).push("\n) q");
    let rows = session.query_text(&whole).await?;
    rows.into_iter()
        .filter_map(|row| row.into_iter().next().flatten())
        .map(|row| parse(&row))
        .collect()
}

fn parse<T: DeserializeOwned>(row: &str) -> Result<T> {
    serde_json::from_str(row).map_err(|error| {
        // A name of the server's can be too long for ours only where it was built with longer names.
        Error::new(ErrorKind::Bug, "a catalog query came back in another form than it asks for")
            .caused_by(error)
    })
}

/// A row of `tables.sql`.
#[derive(Deserialize)]
pub(super) struct TableRow {
    pub(super) name: Ident,
    pub(super) comment: Option<String>,
}

/// A row of `columns.sql`.
#[derive(Deserialize)]
pub(super) struct ColumnRow {
    pub(super) of: Ident,
    pub(super) name: Ident,
    #[serde(rename = "type")]
    pub(super) type_name: String,
    pub(super) collation: Option<String>,
    pub(super) not_null: bool,
    pub(super) expression: Option<String>,
    pub(super) identity: String,
    pub(super) generated: String,
    pub(super) counting: Option<SequenceOptions>,
    pub(super) comment: Option<String>,
}

/// A row of `constraints.sql`.
#[derive(Deserialize)]
pub(super) struct ConstraintRow {
    pub(super) of: Ident,
    pub(super) name: Ident,
    pub(super) kind: String,
    pub(super) period: bool,
    pub(super) definition: String,
    pub(super) columns: Option<Vec<Ident>>,
    pub(super) parent: Option<Ident>,
    pub(super) parent_columns: Option<Vec<Ident>>,
    pub(super) deferrable: bool,
    pub(super) deferred: bool,
    pub(super) validated: bool,
    pub(super) index: Option<String>,
    pub(super) comment: Option<String>,
}

/// A row of `indexes.sql`.
#[derive(Deserialize)]
pub(super) struct IndexRow {
    pub(super) of: Ident,
    pub(super) name: Ident,
    pub(super) unique: bool,
    pub(super) definition: String,
    pub(super) valid: bool,
    pub(super) columns: Option<Vec<Ident>>,
    pub(super) comment: Option<String>,
}

/// A row of `triggers.sql`.
#[derive(Deserialize)]
pub(super) struct TriggerRow {
    pub(super) of: Ident,
    pub(super) name: Ident,
    pub(super) definition: String,
    pub(super) function: Ident,
    pub(super) state: String,
    pub(super) comment: Option<String>,
}

/// A row of `sequences.sql`.
#[derive(Deserialize)]
pub(super) struct SequenceRow {
    pub(super) name: Ident,
    pub(super) counting: SequenceOptions,
    pub(super) owned_by: Option<OwnedBy>,
    pub(super) comment: Option<String>,
}

/// A row of `domains.sql`.
#[derive(Deserialize)]
pub(super) struct DomainRow {
    pub(super) name: Ident,
    pub(super) base: String,
    pub(super) collation: Option<String>,
    pub(super) default: Option<String>,
    pub(super) not_null: bool,
    pub(super) checks: Vec<DomainCheckRow>,
    pub(super) comment: Option<String>,
}

/// A check in a row of `domains.sql`.
#[derive(Deserialize)]
pub(super) struct DomainCheckRow {
    pub(super) name: Ident,
    pub(super) definition: String,
}

/// A row of `views.sql`.
#[derive(Deserialize)]
pub(super) struct ViewRow {
    pub(super) name: Ident,
    pub(super) kind: String,
    pub(super) options: Option<String>,
    pub(super) definition: String,
    pub(super) depends_on: Option<Vec<Dependency>>,
    pub(super) comment: Option<String>,
}

/// A row of `functions.sql`.
#[derive(Deserialize)]
pub(super) struct FunctionRow {
    pub(super) name: Ident,
    pub(super) argument_types: String,
    pub(super) kind: String,
    pub(super) arguments: String,
    pub(super) result: Option<String>,
    pub(super) definition: String,
    pub(super) depends_on: Option<Vec<Dependency>>,
    pub(super) comment: Option<String>,
}
