//! The whole journey on real files and a real server.

use crate::support::{assert_equal, options, run};
use sealift_engine::config::{Into, MigrateOptions, VerifyLevel};
use sealift_testkit::{database, shared_data};
use std::path::Path;

async fn shared(name: &str) {
    let Some(path) = shared_data(name) else {
        eprintln!("{name} is not on this machine: nothing was tested");
        return;
    };
    arrives_whole(&path).await;
}

/// By digest into an empty database, then by cells over what is there.
async fn arrives_whole(path: &Path) {
    let database = database().await;
    let report = run(options(path, &database)).await.unwrap();
    for finding in &report.findings {
        eprintln!(
            "{:?} {} {}: {}",
            finding.severity, finding.code, finding.object, finding.message
        );
    }
    for phase in &report.phases {
        eprintln!("{} {:.3}", phase.name, phase.seconds);
    }
    assert_equal(&report);
    let again = MigrateOptions {
        verify: VerifyLevel::Cells,
        into: Into::Recreate,
        ..options(path, &database)
    };
    assert_equal(&run(again).await.unwrap());
}

#[tokio::test]
async fn chinook_arrives_whole() {
    shared("chinook.db").await;
}

#[tokio::test]
async fn northwind_arrives_whole() {
    shared("northwind_small.db").await;
}

#[tokio::test]
async fn sakila_arrives_whole() {
    shared("sakila.db").await;
}

#[tokio::test]
async fn mlflow_arrives_whole() {
    shared("mlflow.db").await;
}

#[tokio::test]
async fn wagtail_arrives_whole() {
    shared("wagtail.db").await;
}

/// Debian's `proj-data`: 36 tables, 7 views, 35 triggers, keys with NULLs, checks with GLOB.
#[tokio::test]
async fn proj_arrives_whole() {
    let path = Path::new("/usr/share/proj/proj.db");
    if !path.exists() {
        eprintln!("proj-data is not installed: nothing was tested");
        return;
    }
    arrives_whole(path).await;
}
