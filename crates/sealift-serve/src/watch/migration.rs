//! [`Migration`]: one migration, from its first event to its end.

use super::Failure;
use super::progress::{PhaseNow, Phases};
use super::rate::{Rate, to_float};
use super::table::{Table, Tables};
use sealift_core::plan::{Finding, Severity};
use sealift_engine::config::VerifyLevel;
use sealift_engine::ops::{Event, Phase};
use sealift_engine::report::{MatchStatus, MigrateReport, Status, VerifyReport};
use serde::Serialize;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Statements that are shown, the last ones.
const LAST_STEPS: usize = 20;

/// Notices that are kept, the last ones.
const LAST_NOTICES: usize = 100;

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MigrationStatus {
    /// It is under way.
    Running,
    /// It came to its end, and both sides are equal as far as was compared.
    Done,
    /// It failed, or was refused, or both sides differ.
    Failed,
    /// A person stopped it.
    Stopped,
}

/// One migration, as it is kept.
#[derive(Debug)]
pub(crate) struct Migration {
    source: String,
    target: String,
    started_at: Duration,
    began: Instant,
    ended: Option<Instant>,
    status: MigrationStatus,
    error: Option<Failure>,
    phases: Phases,
    tables: Tables,
    rows: u64,
    rows_total: Option<u64>,
    bytes: u64,
    rate: Rate,
    steps: VecDeque<Step>,
    notices: VecDeque<String>,
    findings: Vec<Finding>,
    verify: Option<Verified>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Step {
    step: String,
    seconds: f64,
}

/// How both sides compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Verified {
    level: VerifyLevel,
    status: MatchStatus,
    tables_match: usize,
    tables_differ: usize,
}

/// A finding as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Found<'a> {
    severity: Severity,
    code: &'a str,
    object: &'a str,
    message: &'a str,
    hint: Option<&'a str>,
}

/// One migration, as it is shown at a moment. The field names are the page's and scripts' contract
/// (docs/design/026-serve.md).
#[derive(Debug, Serialize)]
pub(crate) struct Now<'a> {
    source: &'a str,
    target: &'a str,
    status: MigrationStatus,
    error: Option<&'a Failure>,
    started_at: f64,
    seconds: f64,
    phase: Option<Phase>,
    phases: Vec<PhaseNow>,
    rows: u64,
    rows_total: Option<u64>,
    bytes: u64,
    rows_per_second: f64,
    seconds_left: Option<f64>,
    tables: &'a [Table],
    steps: &'a VecDeque<Step>,
    notices: &'a VecDeque<String>,
    findings: Vec<Found<'a>>,
    verify: Option<Verified>,
}

impl Migration {
    pub(super) fn new(
        source: String,
        target: String,
        started_at: Duration,
        began: Instant,
    ) -> Self {
        Self {
            source,
            target,
            started_at,
            began,
            ended: None,
            status: MigrationStatus::Running,
            error: None,
            phases: Phases::new(),
            tables: Tables::default(),
            rows: 0,
            rows_total: None,
            bytes: 0,
            rate: Rate::default(),
            steps: VecDeque::new(),
            notices: VecDeque::new(),
            findings: Vec::new(),
            verify: None,
        }
    }

    /// Takes an event.
    pub(super) fn receive(&mut self, event: &Event, now: Instant) {
        match event {
            Event::PhaseStarted { phase, rows, steps } => {
                self.phase_started(*phase, (*rows, *steps), now);
            }
            Event::PhaseDone { phase, seconds } => self.phases.end(*phase, *seconds),
            Event::Rows { phase, table, rows, bytes } => {
                self.tables.rows(*phase, table, *rows, *bytes);
                if *phase == Phase::Copy {
                    self.rows = self.rows.saturating_add(*rows);
                    self.bytes = self.bytes.saturating_add(*bytes);
                    self.rate.note(now, self.rows);
                }
            }
            Event::TableDone { phase, table } => {
                self.tables.done(*phase, table);
                // Their steps are their tables; the others' are statements.
                if matches!(phase, Phase::Census | Phase::Verify) {
                    self.phases.step(*phase);
                }
            }
            Event::StepDone { phase, step, seconds } => {
                self.phases.step(*phase);
                let step = Step { step: step.clone(), seconds: *seconds };
                keep(&mut self.steps, step, LAST_STEPS);
            }
            Event::Planned { tables, findings } => {
                self.tables.planned(tables);
                self.rows_total = self.tables.rows_total();
                self.findings.clone_from(findings);
            }
            Event::Notice { message } => keep(&mut self.notices, message.clone(), LAST_NOTICES),
        }
    }

    fn phase_started(
        &mut self,
        phase: Phase,
        (rows, steps): (Option<u64>, Option<u64>),
        now: Instant,
    ) {
        self.phases.begin(phase, now, rows, steps);
        match phase {
            Phase::Copy => {
                self.tables.copy_again();
                // What an earlier run or attempt has brought there is copied too.
                let planned = self.tables.rows_total();
                self.rows_total = planned.or(rows);
                self.rows = match (planned, rows) {
                    (Some(all), Some(left)) => all.saturating_sub(left),
                    (_, _) => 0,
                };
                self.rate.restart();
                self.rate.note(now, self.rows);
            }
            Phase::Verify => self.tables.compare_again(),
            Phase::Inspect
            | Phase::Census
            | Phase::Plan
            | Phase::Create
            | Phase::Finish
            | Phase::Analyze => (),
        }
    }

    /// Takes what the migration came back with.
    pub(super) fn finished(&mut self, report: &MigrateReport, now: Instant) {
        let compared = report.verify.as_ref();
        self.tables
            .finished(&report.tables, compared.map_or(&[][..], |verify| verify.tables.as_slice()));
        self.findings.clone_from(&report.findings);
        self.verify = compared.map(Verified::of);
        self.status = match report.status {
            Status::Ok => MigrationStatus::Done,
            Status::Differences | Status::Refused => MigrationStatus::Failed,
        };
        self.error = match report.status {
            Status::Ok => None,
            Status::Differences => Some(differences(report)),
            Status::Refused => Some(refused(report)),
        };
        if report.status != Status::Refused {
            self.rows = report.rows;
            self.bytes = report.bytes;
        }
        self.end(now);
    }

    /// Takes why it ended early.
    pub(super) fn failed(&mut self, failure: &Failure, now: Instant) {
        self.status =
            if failure.stopped { MigrationStatus::Stopped } else { MigrationStatus::Failed };
        self.error = Some(failure.clone());
        if !failure.stopped {
            self.tables.failed();
        }
        self.end(now);
    }

    fn end(&mut self, now: Instant) {
        self.ended = Some(now);
        self.phases.stop(now);
    }

    /// Returns it as it is shown.
    pub(super) fn now(&self, now: Instant) -> Now<'_> {
        let rate = self.rows_per_second(now);
        Now {
            source: &self.source,
            target: &self.target,
            status: self.status,
            error: self.error.as_ref(),
            started_at: self.started_at.as_secs_f64(),
            seconds: self.seconds(now),
            phase: self.phases.running(),
            phases: self.phases.now(now),
            rows: self.rows,
            rows_total: self.rows_total,
            bytes: self.bytes,
            rows_per_second: rate,
            seconds_left: self.seconds_left(rate),
            tables: self.tables.all(),
            steps: &self.steps,
            notices: &self.notices,
            findings: self.findings.iter().map(Found::of).collect(),
            verify: self.verify,
        }
    }

    /// Returns where it stands.
    pub(crate) fn status(&self) -> MigrationStatus {
        self.status
    }

    /// Returns the phase that is under way, or in which it ended early.
    pub(crate) fn phase(&self) -> Option<Phase> {
        self.phases.running()
    }

    /// Returns how many rows were copied, of how many, and as how many bytes.
    pub(crate) fn amount(&self) -> (u64, Option<u64>, u64) {
        (self.rows, self.rows_total, self.bytes)
    }

    /// Returns how many findings there are of a severity.
    pub(crate) fn findings(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Returns how long it has taken, or took.
    pub(crate) fn seconds(&self, now: Instant) -> f64 {
        self.ended.unwrap_or(now).duration_since(self.began).as_secs_f64()
    }

    fn rows_per_second(&self, now: Instant) -> f64 {
        let runs = self.ended.is_none() && self.phases.running() == Some(Phase::Copy);
        if runs { self.rate.per_second(now).unwrap_or(0.0) } else { 0.0 }
    }

    /// Returns how long the rows that are left take at this rate. What comes after them is not in it.
    fn seconds_left(&self, rate: f64) -> Option<f64> {
        let left = self.rows_total?.saturating_sub(self.rows);
        (rate > 0.0).then(|| to_float(left) / rate)
    }
}

impl Verified {
    fn of(report: &VerifyReport) -> Self {
        let equal = report.tables.iter().filter(|table| table.status == MatchStatus::Match);
        let tables_match = equal.count();
        Self {
            level: report.level,
            status: report.status,
            tables_match,
            tables_differ: report.tables.len() - tables_match,
        }
    }
}

impl<'a> Found<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            severity: finding.severity,
            code: &finding.code,
            object: &finding.object,
            message: &finding.message,
            hint: finding.hint.as_deref(),
        }
    }
}

fn differences(report: &MigrateReport) -> Failure {
    let differ = report.verify.as_ref().map(Verified::of).map_or(0, |all| all.tables_differ);
    Failure {
        message: match differ {
            0 => "all rows are there, but the structure is not as planned".to_owned(),
            differ => format!("both sides differ in {differ} tables or views"),
        },
        hints: vec!["sealift verify SOURCE --level cells names each cell that differs".to_owned()],
        stopped: false,
    }
}

fn refused(report: &MigrateReport) -> Failure {
    let errors = report.count(Severity::Error);
    let message = match errors {
        0 => "warnings stop the start, as --strict asks; nothing was written".to_owned(),
        errors => format!("{errors} findings forbid the start; nothing was written"),
    };
    let hints = vec!["settle the findings, then run the same command again".to_owned()];
    Failure { message, hints, stopped: false }
}

/// Appends to the last ones.
fn keep<T>(all: &mut VecDeque<T>, one: T, most: usize) {
    if all.len() >= most {
        all.pop_front();
    }
    all.push_back(one);
}

#[cfg(test)]
mod tests;
