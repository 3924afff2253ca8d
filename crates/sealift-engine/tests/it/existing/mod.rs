//! Filling tables that the application's own migrations made.

mod aside;
mod beside;
mod bookkeeping;
mod columns;
mod failing;
mod own_types;
mod real;
mod refused;
mod rows;
mod sequences;

use sealift_core::plan::{Cast, Finding, Plan, Severity};
use sealift_engine::Result;
use sealift_engine::compare::{CompareOptions, compare};
use sealift_engine::config::{
    Conflict, ConflictRule, FillRule, Into, MigrateOptions, Parts, PlanOptions, VerifyLevel,
};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::postgres::Endpoint;
use sealift_engine::report::{MatchStatus, MigrateReport, Status};
use sealift_testkit::{Database, TempSqlite, database, sqlite_file};
use std::sync::Mutex;

/// A file and a database with the tables that it goes into.
struct Case {
    source: TempSqlite,
    database: Database,
    into: Into,
    parts: Parts,
    casts: Vec<Cast>,
    exclude: Vec<String>,
    fills: Vec<FillRule>,
    conflicts: Vec<ConflictRule>,
    /// The role that migrates, unless it is the superuser.
    role: Option<String>,
    /// What the last run has carried out.
    plan: Mutex<Option<Plan>>,
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
            fills: Vec::new(),
            conflicts: Vec::new(),
            role: None,
            plan: Mutex::default(),
        }
    }

    fn options(&self) -> MigrateOptions {
        MigrateOptions {
            plan_options: PlanOptions {
                casts: self.casts.clone(),
                exclude: self.exclude.clone(),
                fills: self.fills.clone(),
                conflicts: self.conflicts.clone(),
                ..PlanOptions::default()
            },
            target: self.target(),
            into: self.into,
            parts: self.parts,
            verify: VerifyLevel::Cells,
            ..crate::support::options(self.source.path(), &self.database)
        }
    }

    fn target(&self) -> Endpoint {
        let url = match &self.role {
            Some(role) => self.database.url.replacen("postgres@", &format!("{role}@"), 1),
            None => self.database.url.clone(),
        };
        crate::support::endpoint(&url)
    }

    /// Lets a role without rights migrate, apart from what these statements give to `{role}`.
    async fn as_role(&mut self, rights: &str) {
        let name = format!("{}_role", self.database.name);
        self.database
            .execute(&format!(
                "do $$ begin if exists (select from pg_roles where rolname = '{name}') then
                     execute 'drop owned by {name}'; execute 'drop role {name}'; end if; end $$;
                 create role {name} login nosuperuser nocreatedb nocreaterole;
                 grant create on schema public to {name}"
            ))
            .await;
        self.role = Some(name);
        self.database.execute(&self.for_role(rights)).await;
    }

    fn for_role(&self, sql: &str) -> String {
        sql.replace("{role}", self.role.as_deref().unwrap())
    }

    async fn run(&self) -> Result<MigrateReport> {
        self.run_at(VerifyLevel::Cells).await
    }

    async fn run_at(&self, level: VerifyLevel) -> Result<MigrateReport> {
        let options = MigrateOptions { verify: level, ..self.options() };
        let report = migrate(options, Events::silent(), Cancel::new()).await?;
        *self.plan.lock().unwrap() = Some(report.plan.clone());
        Ok(report)
    }

    /// Compares both sides as `sealift verify` does after the last run.
    async fn is_equal(&self, level: VerifyLevel) -> bool {
        let options = CompareOptions {
            source: self.source.path().to_path_buf(),
            target: self.target(),
            plan_options: PlanOptions::default(),
            plan: None,
            remembered: self.plan.lock().unwrap().clone(),
            level,
        };
        let report = compare(&options, &Events::silent(), &Cancel::new()).await.unwrap();
        report.status == MatchStatus::Match
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

/// Returns `--on-conflict TABLE=HOW`.
fn on_conflict(table: &str, conflict: Conflict) -> ConflictRule {
    ConflictRule { table: table.to_owned(), conflict }
}
