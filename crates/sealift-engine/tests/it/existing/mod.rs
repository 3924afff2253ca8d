//! Filling tables that the application's own migrations made.

mod failing;
mod refused;
mod rows;

use sealift_core::plan::{Cast, Finding, Severity};
use sealift_engine::Result;
use sealift_engine::config::{Into, MigrateOptions, Parts, PlanOptions, VerifyLevel};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::report::{MigrateReport, Status};
use sealift_testkit::{Database, TempSqlite, database, sqlite_file};

/// A file and a database with the tables that it goes into.
struct Case {
    source: TempSqlite,
    database: Database,
    into: Into,
    parts: Parts,
    casts: Vec<Cast>,
    exclude: Vec<String>,
}

impl Case {
    async fn new(source: &str, target: &str) -> Self {
        let database = database().await;
        database.execute(target).await;
        Self {
            source: sqlite_file(source),
            database,
            into: Into::Existing,
            parts: Parts::All,
            casts: Vec::new(),
            exclude: Vec::new(),
        }
    }

    fn options(&self) -> MigrateOptions {
        MigrateOptions {
            plan_options: PlanOptions {
                casts: self.casts.clone(),
                exclude: self.exclude.clone(),
                ..PlanOptions::default()
            },
            into: self.into,
            parts: self.parts,
            verify: VerifyLevel::Cells,
            ..crate::support::options(self.source.path(), &self.database)
        }
    }

    async fn run(&self) -> Result<MigrateReport> {
        migrate(self.options(), Events::silent(), Cancel::new()).await
    }

    /// Runs it by digest and, with the tables emptied, by cells.
    async fn arrives(&self) -> MigrateReport {
        let digest = MigrateOptions { verify: VerifyLevel::Digest, ..self.options() };
        done(migrate(digest, Events::silent(), Cancel::new()).await);
        let again = MigrateOptions { into: Into::ExistingTruncate, ..self.options() };
        done(migrate(again, Events::silent(), Cancel::new()).await)
    }

    /// Runs it and returns the findings that refused it.
    async fn refusal(&self) -> Vec<Finding> {
        let report = self.run().await.unwrap();
        assert_eq!(report.status, Status::Refused, "{:#?}", report.findings);
        let state = self.database.query_value("select to_regnamespace('_sealift')::text").await;
        assert_eq!(state, None);
        let errors = report.findings.into_iter();
        errors.filter(|finding| finding.severity == Severity::Error).collect()
    }

    async fn value(&self, sql: &str) -> String {
        self.database.query_value(sql).await.unwrap_or_else(|| "NULL".to_owned())
    }
}

#[track_caller]
fn done(report: Result<MigrateReport>) -> MigrateReport {
    let report = report.unwrap();
    assert_eq!(report.status, Status::Ok, "{:#?} {:#?}", report.findings, report.verify);
    report
}

/// Returns a finding's code, object and the count of its rows.
fn told(findings: &[Finding]) -> Vec<(&str, &str, Option<u64>)> {
    findings.iter().map(|f| (f.code.as_str(), f.object.as_str(), f.count)).collect()
}

fn cast(table: &str, column: &str, data_type: &str, reading: &str) -> Cast {
    Cast {
        table: table.to_owned(),
        column: column.to_owned(),
        data_type: data_type.parse().unwrap(),
        reading: reading.parse().unwrap(),
    }
}
