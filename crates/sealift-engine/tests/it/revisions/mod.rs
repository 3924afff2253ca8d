//! Schemas read from a server, what they are to become, and the way from one to the other.

mod describe;
mod pairs;

use crate::support::connect;
use sealift_core::name::Ident;
use sealift_core::revision::model::Model;
use sealift_engine::revision::describe::describe;
use sealift_testkit::Database;

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

/// Returns what a schema of a database holds.
async fn model(database: &Database, schema: &str) -> Model {
    let session = connect(&database.url).await.unwrap();
    describe(&session, &ident(schema)).await.unwrap()
}
