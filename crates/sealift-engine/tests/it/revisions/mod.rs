//! Schemas read from a server, what they are to become, and the way from one to the other.

mod chains;
mod describe;
mod families;
mod files;
mod live;
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
use sealift_engine::revision::folder::Folder;
use sealift_engine::revision::history::History;
use sealift_engine::revision::run::{LOCK_TIMEOUT, RETRY_FOR, RunOptions, carry_out};
use sealift_engine::revision::state::{Goal, State};
use sealift_engine::revision::wanted::{Request, Source};
use sealift_testkit::Database;
use std::path::Path;

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

/// Carries revisions out as the program does.
async fn go(database: &Database, path: &Path, goal: Goal) {
    let folder = Folder::read(path).unwrap();
    let session = connect(&database.url).await.unwrap();
    let history = History::read(&session, &ident("public")).await.unwrap();
    let todo = State { folder: &folder, history: &history }.todo(&goal).unwrap();
    assert!(!todo.revisions.is_empty());
    let options = RunOptions {
        target: endpoint(&database.url),
        schema: ident("public"),
        lock_timeout: LOCK_TIMEOUT,
        retry_for: RETRY_FOR,
        // The way back is without what was dropped.
        accept_loss: true,
        resume_at: None,
    };
    let ended = carry_out(&options, &folder, &todo, &Events::silent(), &Cancel::new()).await;
    ended.unwrap_or_else(|error| panic!("{}: {error} {:?}", goal.way, error.hint()));
}
