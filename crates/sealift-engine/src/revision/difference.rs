//! [`difference`]: from what a database holds to what it is to become.

use super::describe::describe;
use super::wanted::{Request, read, unless_stopped};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Events};
use sealift_core::revision::diff::{Difference, compare};
use sealift_core::revision::model::Model;
use serde::Serialize;

/// What was found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Found {
    /// What the database holds.
    pub base: Model,
    /// What it is to become.
    pub wanted: Model,
    /// The steps from the one to the other, what may be a rename, and what differs besides.
    /// [`Difference::revisions`] writes them down as files.
    pub difference: Difference,
    /// What is not compared and why, each in a sentence for a person.
    pub notes: Vec<String>,
}

/// Compares a database with what it is to become. Nothing is written; of a scratch schema nothing is left.
///
/// # Errors
/// When a side cannot be read, the source names what it may not, a scratch schema is needed and cannot be made, or a
/// rename does not fit both sides.
pub async fn difference(request: &Request, events: &Events, cancel: &Cancel) -> Result<Found> {
    let target = request.target.clone().for_reading();
    target.probe().await?;
    let session = target.connect("sealift revision").await?;
    let base = describe(&session, &request.schema).await?;
    let wanted = unless_stopped(cancel, read(request, &session, &base, events, cancel)).await?;
    let difference = compare(&base, &wanted.model, &request.renames).map_err(|error| {
        Error::new(ErrorKind::Usage, "a rename does not fit").caused_by(error).hinted(
            "a rename is given as old=new for a table, and table.old=table.new for a column",
        )
    })?;
    Ok(Found { base, wanted: wanted.model, difference, notes: wanted.notes })
}
