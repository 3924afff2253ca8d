//! Revisions filled with `new`, and two databases side by side.

use super::Project;
use sealift_core::name::Ident;
use sealift_core::revision::model::Model;
use sealift_engine::postgres::{Defaults, Endpoint};
use sealift_engine::revision::describe::describe;
use sealift_testkit::Database;
use std::path::PathBuf;

pub(super) fn revisions(project: &Project) -> PathBuf {
    project.environment.folder().join("revisions")
}

pub(super) fn endpoint(database: &Database) -> Endpoint {
    Endpoint::parse(&database.url, &Defaults::default()).unwrap()
}

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Returns what a database holds.
pub(super) fn model(database: &Database) -> Model {
    block_on(async {
        let session = endpoint(database).connect("sealift test").await.unwrap();
        describe(&session, &Ident::new("public").unwrap()).await.unwrap()
    })
}

#[track_caller]
pub(super) fn assert_same(one: &Database, other: &Database) {
    let (one, other) = (model(one), model(other));
    let text = |model: &Model| serde_json::to_string_pretty(&model.sorted()).unwrap();
    assert_eq!(text(&one), text(&other));
    assert_eq!(one.fingerprint(), other.fingerprint());
}

/// Returns the rows of a query as text.
pub(super) fn rows(database: &Database, sql: &str) -> Vec<String> {
    let rows = database.query_text_blocking(sql);
    rows.into_iter().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" ")).collect()
}

/// Makes a revision with `new` and puts statements into its files, which stay what they were otherwise.
pub(super) fn fill(project: &Project, arguments: &[&str], up: &str, down: &str) {
    let new = project.environment.run(&[&["revision", "new", "--json"], arguments].concat());
    assert_eq!(new.status, 0, "{new}");
    for (file, sql) in new.json()["files"].as_array().unwrap().iter().zip([up, down]) {
        let path = project.environment.folder().join(file.as_str().unwrap());
        let head = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, head + sql).unwrap();
    }
}
