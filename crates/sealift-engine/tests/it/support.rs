//! A SQLite script, migrated into a database of the test's own, and what to ask of the result.

use sealift_core::plan::{Finding, Severity};
use sealift_core::sql::Sql;
use sealift_engine::check::CheckOptions;
use sealift_engine::config::{
    Into, MigrateOptions, Parts, PlanOptions, RecoveryOptions, VerifyLevel,
};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::postgres::{Defaults, Endpoint, Session};
use sealift_engine::report::{MatchStatus, MigrateReport, Status};
use sealift_engine::{Error, Result};
use sealift_testkit::{Database, TempSqlite, database, sqlite_file};
use std::path::Path;

/// Returns the address that a URL or a keyword string means where no variable says anything.
#[track_caller]
pub(crate) fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text, &Defaults::default()).unwrap()
}

/// Connects to it.
pub(crate) async fn connect(text: &str) -> Result<Session> {
    endpoint(text).connect("sealift test").await
}

/// Returns the first value of a query.
pub(crate) async fn value(session: &Session, sql: &'static str) -> String {
    session.query_text(&Sql::raw(sql)).await.unwrap()[0][0].clone().unwrap()
}

/// What `sealift check` asks for unless it is told otherwise.
pub(crate) fn check_options(target: Endpoint) -> CheckOptions {
    CheckOptions { target, schema: "public".to_owned(), connections: 4, timeout: None, wait: None }
}

/// Settings as `sealift migrate` has them, without a backup.
pub(crate) fn options(source: &Path, database: &Database) -> MigrateOptions {
    MigrateOptions {
        source: source.to_path_buf(),
        target: endpoint(&database.url),
        plan_options: PlanOptions::default(),
        plan: None,
        into: Into::Create,
        parts: Parts::All,
        verify: VerifyLevel::Digest,
        strict: false,
        keep_state: false,
        state: sealift_engine::config::StatePlace::OfItsOwn,
        backup: None,
        quarantine: None,
        recovery: RecoveryOptions::default(),
    }
}

pub(crate) async fn run(options: MigrateOptions) -> Result<MigrateReport> {
    migrate(options, Events::silent(), Cancel::new()).await
}

/// Fails the test unless everything arrived and both sides were found equal.
#[track_caller]
pub(crate) fn assert_equal(report: &MigrateReport) {
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

/// A migration that was tried.
pub(crate) struct Tried {
    pub(crate) database: Database,
    outcome: Result<MigrateReport>,
    /// The source, which the test may go on with.
    pub(crate) file: TempSqlite,
}

/// Tries to migrate what a script makes.
pub(crate) async fn tried(sql: &str) -> Tried {
    tried_with(sql, |options| options).await
}

/// Tries to migrate what a script makes, with other settings.
pub(crate) async fn tried_with(
    sql: &str,
    change: impl FnOnce(MigrateOptions) -> MigrateOptions,
) -> Tried {
    tried_file(sqlite_file(sql), change).await
}

/// Tries to migrate a file.
pub(crate) async fn tried_file(
    file: TempSqlite,
    change: impl FnOnce(MigrateOptions) -> MigrateOptions,
) -> Tried {
    let database = database().await;
    let outcome = run(change(options(file.path(), &database))).await;
    Tried { database, outcome, file }
}

/// Migrates what a script makes; everything must arrive and be found equal.
pub(crate) async fn moved(sql: &str) -> Tried {
    let tried = tried(sql).await;
    assert_equal(tried.report());
    tried
}

/// The same with other settings.
pub(crate) async fn moved_with(
    sql: &str,
    change: impl FnOnce(MigrateOptions) -> MigrateOptions,
) -> Tried {
    let tried = tried_with(sql, change).await;
    assert_equal(tried.report());
    tried
}

/// Tries to migrate what a script makes; findings must forbid it, and nothing may be written.
pub(crate) async fn refused(sql: &str) -> Tried {
    refused_with(sql, |options| options).await
}

/// The same with other settings.
pub(crate) async fn refused_with(
    sql: &str,
    change: impl FnOnce(MigrateOptions) -> MigrateOptions,
) -> Tried {
    let tried = tried_with(sql, change).await;
    assert_eq!(tried.report().status, Status::Refused, "{:#?}", tried.report().findings);
    assert_eq!(tried.relations().await, Vec::<String>::new());
    tried
}

impl Tried {
    #[track_caller]
    pub(crate) fn report(&self) -> &MigrateReport {
        self.outcome.as_ref().unwrap()
    }

    #[track_caller]
    pub(crate) fn error(&self) -> &Error {
        self.outcome.as_ref().unwrap_err()
    }

    /// Returns the findings as `severity code object`, notes left out.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<String> {
        let worth = |finding: &&Finding| finding.severity != Severity::Note;
        let shown = |finding: &Finding| {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            format!("{severity} {} {}", finding.code, finding.object)
        };
        self.report().findings.iter().filter(worth).map(shown).collect()
    }

    /// Returns the only finding with this code.
    #[track_caller]
    pub(crate) fn finding(&self, code: &str) -> &Finding {
        let mut found = self.report().findings.iter().filter(|finding| finding.code == code);
        match (found.next(), found.next()) {
            (Some(finding), None) => finding,
            _ => panic!("not one finding {code}: {:#?}", self.report().findings),
        }
    }

    /// Returns a query's rows, the columns of each with ` | ` between and NULL as `∅`.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        let shown = |row: Vec<Option<String>>| {
            let cells: Vec<String> =
                row.into_iter().map(|cell| cell.unwrap_or_else(|| "∅".to_owned())).collect();
            cells.join(" | ")
        };
        self.database.query_text(sql).await.into_iter().map(shown).collect()
    }

    /// Returns the only row of a query.
    pub(crate) async fn row(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows.into_iter().next().unwrap()
    }

    /// Runs statements as an application would.
    pub(crate) async fn execute(&self, sql: &str) {
        self.database.execute(sql).await;
    }

    /// Returns a table's columns as `name type`, with ` not null`, ` default …`, ` identity` and
    /// ` generated …` where they are so.
    pub(crate) async fn columns(&self, table: &str) -> Vec<String> {
        let sql = format!(
            "select a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                 || case when a.attnotnull then ' not null' else '' end
                 || case when a.attidentity <> '' then ' identity' else '' end
                 || case when a.attgenerated <> ''
                     then ' generated ' || pg_get_expr(d.adbin, d.adrelid)
                     else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end
             from pg_attribute a
             left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
             where a.attrelid = quote_ident('{table}')::regclass and a.attnum > 0
             order by a.attnum"
        );
        self.rows(&sql).await
    }

    /// Returns a table's constraints as PostgreSQL writes them, sorted by name. Those that say `not null`
    /// are left out, which are among them from version 18 on.
    pub(crate) async fn constraints(&self, table: &str) -> Vec<String> {
        let sql = format!(
            "select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
             where conrelid = quote_ident('{table}')::regclass and contype <> 'n' order by conname"
        );
        self.rows(&sql).await
    }

    /// Returns a table's indexes as PostgreSQL writes them, those of constraints left out.
    pub(crate) async fn indexes(&self, table: &str) -> Vec<String> {
        let sql = format!(
            "select pg_get_indexdef(indexrelid) from pg_index
             where indrelid = quote_ident('{table}')::regclass
                 and not exists (select 1 from pg_constraint where conindid = indexrelid)
             order by 1"
        );
        self.rows(&sql).await
    }

    /// Returns every table, view and sequence of the application's schemas.
    pub(crate) async fn relations(&self) -> Vec<String> {
        self.rows(
            "select n.nspname || '.' || c.relname from pg_class c
             join pg_namespace n on n.oid = c.relnamespace
             where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
                 and c.relkind in ('r', 'v', 'S') order by 1",
        )
        .await
    }

    /// Returns the code and constraint with which PostgreSQL refuses statements.
    pub(crate) async fn refusal(&self, sql: &str) -> String {
        // In a block that catches the error, so that the outcome is a value.
        self.execute(&format!(
            "drop table if exists public.sealift_test_refusal;
             create table public.sealift_test_refusal (said text);
             do $test$
             declare state text; constrained text;
             begin
                 begin
                     execute $sql${sql}$sql$;
                     insert into public.sealift_test_refusal values ('accepted');
                 exception when others then
                     get stacked diagnostics state = returned_sqlstate,
                         constrained = constraint_name;
                     insert into public.sealift_test_refusal
                         values (trim(state || ' ' || coalesce(constrained, '')));
                 end;
             end $test$"
        ))
        .await;
        let said = self.row("select said from public.sealift_test_refusal").await;
        self.execute("drop table public.sealift_test_refusal").await;
        said
    }
}
