//! The whole migration into a schema that is thrown away: will it go through, how long does it take, what
//! is to be settled first?
//!
//! ```text
//! the real target          looked at, never written to
//! sealift_rehearsal_…      made ── migrate, as it is ── measured ── removed, however it ended
//! ```

mod real;
mod standing;

use super::stage::{Play, Stage};
use super::{demands, migrate, space};
use crate::check::{Demand, require};
use crate::config::{Earlier, Into, Manner, MigrateOptions, RecoveryOptions, StatePlace};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Events};
use crate::postgres::Throwaway;
use crate::report::{MatchStatus, MigrateReport, Needs, Readiness, RehearsalReport, Status};
use crate::sqlite::{JournalMode, Source};
use sealift_core::name::Ident;
use sealift_core::plan::{Finding, Severity, moved};
use std::path::Path;
use std::time::Instant;

const REHEARSAL: Play = Play {
    schemas: Throwaway {
        prefix: "sealift_rehearsal_",
        mark: "made by sealift rehearse; thrown away at its end",
        lock: "sealift rehearsal",
    },
    name: "rehearsal",
    verb: "rehearse",
};

/// Rehearses a migration. The target is afterwards as it was before, however it ends; neither the
/// source nor the state of a real migration is touched.
///
/// # Errors
/// When it could not be rehearsed. What the migration itself would fail by is no error here but part of
/// [`RehearsalReport::settle`].
pub async fn rehearse(
    options: MigrateOptions,
    events: Events,
    cancel: Cancel,
) -> Result<RehearsalReport> {
    let began = Instant::now();
    let schema = real_schema(&options)?;
    // Rights are tried on the stage, and what the real schema lacks is a finding.
    require(&demands(&options), Demand::Write).await?;
    let stage = Stage::open(REHEARSAL, &options.target, options.recovery.watch, &events).await?;
    let played = play(&options, &schema, &stage, &events, &cancel).await;
    let removed = stage.close().await;
    let mut report = match (played, removed) {
        (Ok(report), Ok(())) => report,
        (Ok(_), Err(left)) => return Err(left),
        (Err(_), removed) if cancel.is_cancelled() => {
            removed?;
            return Err(Error::new(
                ErrorKind::Stopped,
                "the rehearsal was stopped; nothing of it is left in the target",
            )
            .hinted("run it again: a rehearsal begins anew"));
        }
        (Err(error), Ok(())) => return Err(of_a_rehearsal(error)),
        (Err(error), Err(left)) => return Err(of_a_rehearsal(error).context(left)),
    };
    report.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

/// Returns the schema that the migration would go into.
fn real_schema(options: &MigrateOptions) -> Result<Ident> {
    if let Some(plan) = &options.plan {
        return Ok(plan.schema.clone());
    }
    Ident::new(options.plan_options.schema.clone()).map_err(|error| {
        Error::new(ErrorKind::Usage, "the target schema's name cannot be used").caused_by(error)
    })
}

/// Nothing of a rehearsal is left that the same command could go on with.
fn of_a_rehearsal(error: Error) -> Error {
    let error = error.not_resumable();
    if error.hint() == Some(crate::ops::STOPPED.hint) {
        return error.hinted("nothing of the rehearsal is left; run it again once that is mended");
    }
    error
}

async fn play(
    options: &MigrateOptions,
    schema: &Ident,
    stage: &Stage,
    events: &Events,
    cancel: &Cancel,
) -> Result<RehearsalReport> {
    let mut not_rehearsed = Vec::new();
    if options.manner() == Manner::Fill {
        standing::copy(options, schema, stage, cancel, &mut not_rehearsed).await?;
    }
    let mut settle = backup_room(options);
    let mut migration = None;
    let mut bytes = 0;
    let migrating = migrate(on_stage(options, stage), events.clone(), cancel.clone());
    match Box::pin(migrating).await {
        Ok(mut report) => {
            settle.extend(unsettled(&report, options.strict));
            // The stage's own session has been silent all the while: it may be gone.
            let session = options.target.connect("sealift rehearsal").await?;
            let real = real::look(&session, options, schema, &report.plan, cancel).await?;
            settle.retain(|one| !real.iter().any(|it| is_same(it, one)));
            settle.extend(real);
            not_rehearsed.extend(real::earlier(&session, schema).await?);
            bytes = stage.bytes(&session).await?;
            report.schema = schema.as_str().to_owned();
            migration = Some(report);
        }
        Err(error) if is_of_the_rows(&error) => settle.push(failed(&error)),
        Err(error) => return Err(error),
    }
    let needs = match &migration {
        Some(report) if report.status != Status::Refused => Some(needs(options, report, bytes)?),
        Some(_) | None => None,
    };
    settle.sort_by(|a, b| (a.severity, &a.code, &a.object).cmp(&(b.severity, &b.code, &b.object)));
    Ok(RehearsalReport {
        status: if settle.is_empty() { Readiness::Ready } else { Readiness::NotReady },
        source: options.source.display().to_string(),
        target: options.target.to_string(),
        schema: schema.as_str().to_owned(),
        seconds: 0.0,
        needs,
        settle,
        not_rehearsed,
        migration,
    })
}

/// Returns the options of the same migration into the stage, where its tables are made, or stand empty.
fn on_stage(options: &MigrateOptions, stage: &Stage) -> MigrateOptions {
    let mut plan_options = options.plan_options.clone();
    plan_options.schema = stage.schema().as_str().to_owned();
    MigrateOptions {
        plan_options,
        plan: options.plan.as_ref().map(|plan| moved(plan, stage.schema())),
        into: match options.manner() {
            Manner::Make => Into::Create,
            Manner::Fill => Into::Existing,
        },
        keep_state: false,
        state: StatePlace::BesideTables,
        backup: None,
        quarantine: None,
        recovery: RecoveryOptions { earlier: Earlier::GoOn, ..options.recovery },
        ..options.clone()
    }
}

/// Returns whether the migration failed by what the rows or the statements are.
fn is_of_the_rows(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Data | ErrorKind::Statement => error.is_refusal(),
        ErrorKind::Source
        | ErrorKind::Usage
        | ErrorKind::Unreachable
        | ErrorKind::Permission
        | ErrorKind::Target
        | ErrorKind::Difference
        | ErrorKind::Revision
        | ErrorKind::Local
        | ErrorKind::Io
        | ErrorKind::Stopped
        | ErrorKind::Bug => false,
    }
}

fn failed(error: &Error) -> Finding {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let text = next.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = next.source();
    }
    Finding::error("migration-fails", "the migration", message)
        .hinted("mend the cause in SQLite, or leave the table out with --exclude")
}

fn forbids(severity: Severity, strict: bool) -> bool {
    match severity {
        Severity::Error => true,
        Severity::Warning => strict,
        Severity::Note => false,
    }
}

/// Returns whether two findings are one, of the real tables and of their copies.
fn is_same(a: &Finding, b: &Finding) -> bool {
    a.code == b.code && a.object == b.object
}

/// Returns what of a rehearsed migration forbids the real one.
fn unsettled(report: &MigrateReport, strict: bool) -> Vec<Finding> {
    let mut settle: Vec<Finding> = report
        .findings
        .iter()
        .filter(|finding| forbids(finding.severity, strict))
        .cloned()
        .collect();
    let Some(verify) = &report.verify else { return settle };
    for table in verify.tables.iter().filter(|table| table.status == MatchStatus::Differ) {
        let message = format!(
            "differs after the copy: {} rows in SQLite, {} in PostgreSQL",
            table.source_rows, table.target_rows
        );
        settle.push(
            Finding::error("rows-differ", table.name.clone(), message)
                .hinted("name the cells with: sealift rehearse --verify cells"),
        );
    }
    for part in &verify.structure {
        let message =
            format!("was made otherwise: expected {}, found {}", part.expected, part.actual);
        settle.push(Finding::error("structure-differs", part.object.clone(), message));
    }
    settle
}

/// The backup is not made, but there must be room for it.
fn backup_room(options: &MigrateOptions) -> Vec<Finding> {
    let Some(backup) = options.backup.as_deref() else { return Vec::new() };
    let room = space::for_backup(backup, backup_bytes(&options.source));
    let finding = |error: Error| {
        let finding = Finding::error("no-room-for-backup", "the backup", error.to_string());
        finding.hinted("make room, or go without: --no-backup")
    };
    room.err().map(finding).into_iter().collect()
}

/// Returns the bytes of the file and of its log.
fn backup_bytes(source: &Path) -> u64 {
    let mut log = source.as_os_str().to_owned();
    log.push("-wal");
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    length(source).saturating_add(length(Path::new(&log)))
}

fn needs(options: &MigrateOptions, report: &MigrateReport, bytes: u64) -> Result<Needs> {
    let source = Source::open(&options.source)?;
    let waits = source.facts().journal_mode != JournalMode::Wal;
    Ok(Needs {
        seconds: report.seconds,
        bytes,
        backup_bytes: options.backup.as_ref().map(|_| backup_bytes(&options.source)),
        writes_wait_seconds: waits.then_some(report.seconds),
    })
}
