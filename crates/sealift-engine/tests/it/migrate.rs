//! The whole journey on real files and a real server.

use sealift_core::plan::Severity;
use sealift_engine::Result;
use sealift_engine::config::{Into, MigrateOptions, Parts, PlanOptions, VerifyLevel};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::postgres::{Defaults, Endpoint};
use sealift_engine::report::{MatchStatus, MigrateReport, Status};
use sealift_testkit::{Database, database, shared_data};
use std::path::Path;

fn options(source: &Path, database: &Database) -> MigrateOptions {
    MigrateOptions {
        source: source.to_path_buf(),
        target: Endpoint::parse(&database.url, &Defaults::default()).unwrap(),
        plan_options: PlanOptions::default(),
        plan: None,
        into: Into::Create,
        parts: Parts::All,
        verify: VerifyLevel::Digest,
        strict: false,
        keep_state: false,
        backup: None,
    }
}

async fn run(options: MigrateOptions) -> Result<MigrateReport> {
    migrate(options, Events::silent(), Cancel::new()).await
}

#[track_caller]
fn assert_equal(report: &MigrateReport) {
    let errors: Vec<_> =
        report.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let verify = report.verify.as_ref().expect("it was compared");
    let differing: Vec<_> =
        verify.tables.iter().filter(|table| table.status == MatchStatus::Differ).collect();
    assert!(
        differing.is_empty() && verify.structure.is_empty(),
        "{differing:#?} {:#?}",
        verify.structure
    );
    assert_eq!(report.status, Status::Ok);
}

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
