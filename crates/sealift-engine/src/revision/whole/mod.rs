//! A schema from nothing, in one revision: [`baseline()`] of a database that exists, [`squash()`] of many revisions.
//!
//! Both are tried before anything is written: what the file makes is compared with what it is to make.

mod baseline;
mod squash;
mod statement;

pub use baseline::{Baseline, baseline};
pub use squash::{Squash, Squashed, replace, squash};

use super::wanted::{Place, UpFile, read};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Events};
use crate::postgres::Session;
use sealift_core::revision::diff::{self, Difference, compare};
use sealift_core::revision::file::{Header, Id};
use sealift_core::revision::model::Model;
use sealift_core::sql::Sql;

/// Returns the revision that makes a schema from nothing, and what it does not make, each in a sentence for a person.
fn written(
    model: &Model,
    id: &Id,
    header: Header,
    before: &[Sql],
) -> Result<(diff::Revision, Vec<String>)> {
    let difference = between(&Model::default(), model)?;
    Ok((difference.as_one(id.clone(), header, before), difference.not_covered))
}

/// Returns what leads from one schema to another.
fn between(base: &Model, wanted: &Model) -> Result<Difference> {
    compare(base, wanted, &[]).map_err(|error| {
        Error::new(ErrorKind::Bug, "a comparison without renames refuses one").caused_by(error)
    })
}

/// Makes sure that a revision makes this schema and nothing else.
///
/// # Errors
/// When the server refuses a statement, or the schema is another one.
async fn proved(
    place: &Place,
    session: &Session,
    revision: &diff::Revision,
    model: &Model,
    cancel: &Cancel,
) -> Result<()> {
    let [name, _] = revision.file_names();
    let file = UpFile { name: name.clone(), script: revision.up.clone() };
    let request = place.request(vec![file]);
    let made = read(&request, session, model, &Events::silent(), cancel).await?.model;
    match between(&made, model)?.steps.first() {
        None => Ok(()),
        Some(step) => Err(Error::new(
            ErrorKind::Bug,
            format!("{name} was tried and does not make the whole schema; missing: {}", step.title),
        )
        .hinted("nothing was written; please report what the schema holds")),
    }
}
