//! [`baseline`]: a database that exists, as a first revision.

use super::{proved, written};
use crate::error::Result;
use crate::ops::Cancel;
use crate::postgres::Session;
use crate::revision::describe::describe;
use crate::revision::wanted::{Place, unless_stopped};
use sealift_core::name::Ident;
use sealift_core::revision::diff;
use sealift_core::revision::file::{Header, Id, Parents};
use sealift_core::sql::Sql;

/// Name and schema of each extension that the database's own objects stand on.
const EXTENSIONS: &str = include_str!("sql/extensions.sql");

/// A schema as a revision.
#[derive(Debug)]
pub struct Baseline {
    /// The revision. Nothing is written yet.
    pub revision: diff::Revision,
    /// What the schema holds besides and the file does not make, each in a sentence for a person.
    pub not_covered: Vec<String>,
}

/// Returns the revision that makes what a schema holds, with the extensions that it stands on. It was tried; nothing is
/// written.
///
/// # Errors
/// When the server cannot be reached, no scratch schema can be made, or the revision does not make the same; when it was
/// stopped.
pub async fn baseline(place: &Place, id: &Id, message: &str, cancel: &Cancel) -> Result<Baseline> {
    unless_stopped(cancel, Box::pin(tried(place, id, message, cancel))).await
}

async fn tried(place: &Place, id: &Id, message: &str, cancel: &Cancel) -> Result<Baseline> {
    let target = place.target.clone().for_reading();
    target.probe().await?;
    let session = target.connect("sealift revision").await?;
    let model = describe(&session, &place.schema).await?;
    let header =
        Header { message: Some(message.to_owned()), parents: Parents::None, ..Header::default() };
    let (revision, not_covered) =
        written(&model, id, header, &extensions(&session, &place.schema).await?)?;
    proved(place, &session, &revision, &model, cancel).await?;
    Ok(Baseline { revision, not_covered })
}

async fn extensions(session: &Session, schema: &Ident) -> Result<Vec<Sql>> {
    let mut statements = Vec::new();
    for row in session.query_text(&Sql::raw(EXTENSIONS)).await? {
        let mut names = row.into_iter().flatten().filter_map(|name| Ident::new(name).ok());
        let (Some(name), Some(home)) = (names.next(), names.next()) else { continue };
        let make = Sql::raw("create extension if not exists ").ident(&name);
        // Elsewhere than in the schema itself, the place has to be there, and is said.
        let place =
            if home == *schema { Sql::new() } else { Sql::raw(" with schema ").ident(&home) };
        statements.push(make.sql(&place));
    }
    Ok(statements)
}
