//! Schemas read from a server, what they are to become, and the way from one to the other.

mod describe;
mod families;
mod files;
mod pairs;
mod sqlite;
mod way;

use crate::support::{connect, endpoint};
use sealift_core::name::Ident;
use sealift_core::revision::model::Model;
use sealift_engine::Result;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::revision::describe::describe;
use sealift_engine::revision::difference::{Found, difference};
use sealift_engine::revision::wanted::{Request, Source};
use sealift_testkit::Database;

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

/// Returns what a schema of a database holds.
async fn model(database: &Database, schema: &str) -> Model {
    let session = connect(&database.url).await.unwrap();
    describe(&session, &ident(schema)).await.unwrap()
}

fn request(database: &Database, schema: &str, source: Source) -> Request {
    Request {
        source,
        target: endpoint(&database.url),
        schema: ident(schema),
        renames: Vec::new(),
        scratch: None,
    }
}

async fn found(request: &Request) -> Result<Found> {
    difference(request, &Events::silent(), &Cancel::new()).await
}

/// Returns the titles of the steps, and what else differs.
fn titles(found: &Found) -> Vec<&str> {
    let steps = found.difference.steps.iter().map(|step| step.title.as_str());
    steps.chain(found.difference.not_covered.iter().map(String::as_str)).collect()
}

/// Returns how many schemas of ours are left.
async fn left(database: &Database) -> String {
    let sql = "select count(*) from pg_namespace where starts_with(nspname, 'sealift_')";
    database.query_value(sql).await.unwrap()
}
