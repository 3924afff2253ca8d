//! [`Phases`]: how far each phase is.

use sealift_engine::ops::Phase;
use serde::Serialize;
use std::time::Instant;

/// How far a phase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PhaseStatus {
    /// It has not begun.
    Waiting,
    /// It is under way.
    Running,
    /// It is over.
    Done,
}

/// One phase, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PhaseNow {
    name: &'static str,
    status: PhaseStatus,
    /// How long it took, or takes already.
    seconds: Option<f64>,
    /// How many rows it goes through.
    rows: Option<u64>,
    /// How many statements or tables it has.
    steps: Option<u64>,
    /// How many of these are done.
    steps_done: u64,
}

/// One phase, as it is kept.
#[derive(Debug)]
struct Kept {
    phase: Phase,
    status: PhaseStatus,
    /// The sum of earlier attempts, and of this one once it is over.
    seconds: f64,
    began: Option<Instant>,
    rows: Option<u64>,
    steps: Option<u64>,
    steps_done: u64,
    attempts: u32,
}

/// All phases.
#[derive(Debug)]
pub(super) struct Phases(Vec<Kept>);

impl Phases {
    pub(super) fn new() -> Self {
        let waiting = |phase| Kept {
            phase,
            status: PhaseStatus::Waiting,
            seconds: 0.0,
            began: None,
            rows: None,
            steps: None,
            steps_done: 0,
            attempts: 0,
        };
        Self(Phase::ALL.into_iter().map(waiting).collect())
    }

    /// Takes that a phase begins. One that is still under way, or done, was that of an earlier attempt, and
    /// so are those that come after it.
    pub(super) fn begin(
        &mut self,
        phase: Phase,
        now: Instant,
        rows: Option<u64>,
        steps: Option<u64>,
    ) {
        for kept in self.0.iter_mut().filter(|kept| kept.phase >= phase) {
            kept.stop(now, PhaseStatus::Waiting);
        }
        if let Some(kept) = self.get(phase) {
            kept.status = PhaseStatus::Running;
            kept.began = Some(now);
            kept.rows = rows;
            kept.steps = steps;
            // Statements may be carried out while the rows before them still arrive.
            if kept.attempts > 0 {
                kept.steps_done = 0;
            }
            kept.attempts += 1;
        }
    }

    /// Takes that a phase is over.
    pub(super) fn end(&mut self, phase: Phase, seconds: f64) {
        if let Some(kept) = self.get(phase) {
            kept.status = PhaseStatus::Done;
            kept.seconds += seconds;
            if let Some(steps) = kept.steps {
                kept.steps_done = std::cmp::max(kept.steps_done, steps);
            }
        }
    }

    /// Takes that nothing runs any more. What was under way stays as it was: it shows where it ended.
    pub(super) fn stop(&mut self, now: Instant) {
        for kept in &mut self.0 {
            kept.stop(now, PhaseStatus::Running);
        }
    }

    /// Counts a statement, or a table.
    pub(super) fn step(&mut self, phase: Phase) {
        if let Some(kept) = self.get(phase) {
            kept.steps_done = kept.steps_done.saturating_add(1);
        }
    }

    /// Returns the phase that is under way.
    pub(super) fn running(&self) -> Option<Phase> {
        let mut running = self.0.iter().filter(|kept| kept.status == PhaseStatus::Running);
        running.next().map(|kept| kept.phase)
    }

    /// Returns all of them as they are shown.
    pub(super) fn now(&self, now: Instant) -> Vec<PhaseNow> {
        let shown = self.0.iter().map(|kept| PhaseNow {
            name: kept.phase.name(),
            status: kept.status,
            seconds: match kept.status {
                PhaseStatus::Waiting => None,
                PhaseStatus::Running => Some(kept.seconds + kept.lasts(now)),
                PhaseStatus::Done => Some(kept.seconds),
            },
            rows: kept.rows,
            steps: kept.steps,
            steps_done: kept.steps_done,
        });
        shown.collect()
    }

    fn get(&mut self, phase: Phase) -> Option<&mut Kept> {
        self.0.iter_mut().find(|kept| kept.phase == phase)
    }
}

impl Kept {
    fn lasts(&self, now: Instant) -> f64 {
        self.began.map_or(0.0, |began| now.duration_since(began).as_secs_f64())
    }

    /// Ends what is under way, whose time counts.
    fn stop(&mut self, now: Instant, status: PhaseStatus) {
        if self.status == PhaseStatus::Running {
            self.seconds += self.lasts(now);
            self.began = None;
            self.status = status;
        }
        if self.status == PhaseStatus::Done && status == PhaseStatus::Waiting {
            self.status = status;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn of(phases: &Phases, phase: Phase, now: Instant) -> PhaseNow {
        phases.now(now).into_iter().find(|now| now.name == phase.name()).unwrap()
    }

    #[test]
    fn a_later_attempt_begins_with_the_phase_that_is_tried_again() {
        let began = Instant::now();
        let later = |seconds| began + Duration::from_secs(seconds);
        let mut phases = Phases::new();
        phases.begin(Phase::Create, began, None, None);
        phases.end(Phase::Create, 1.0);
        phases.begin(Phase::Copy, later(1), Some(10), None);
        assert_eq!(phases.running(), Some(Phase::Copy));
        phases.begin(Phase::Create, later(3), None, None);
        assert_eq!(phases.running(), Some(Phase::Create));
        assert_eq!(of(&phases, Phase::Copy, later(4)).status, PhaseStatus::Waiting);
        phases.end(Phase::Create, 1.0);
        assert_eq!(of(&phases, Phase::Create, later(9)).seconds, Some(2.0));
        phases.begin(Phase::Copy, later(4), Some(7), None);
        // Two seconds of the first attempt, one of the second.
        assert_eq!(of(&phases, Phase::Copy, later(5)).seconds, Some(3.0));
        assert_eq!(of(&phases, Phase::Copy, later(5)).rows, Some(7));
    }

    #[test]
    fn statements_that_come_before_their_phase_count() {
        let now = Instant::now();
        let mut phases = Phases::new();
        phases.step(Phase::Finish);
        phases.begin(Phase::Finish, now, None, Some(3));
        phases.step(Phase::Finish);
        assert_eq!(of(&phases, Phase::Finish, now).steps_done, 2);
        phases.end(Phase::Finish, 0.5);
        assert_eq!(of(&phases, Phase::Finish, now).steps_done, 3);
    }

    #[test]
    fn what_ended_early_stays_where_it_was() {
        let began = Instant::now();
        let mut phases = Phases::new();
        phases.begin(Phase::Copy, began, None, None);
        phases.stop(began + Duration::from_secs(2));
        let now = of(&phases, Phase::Copy, began + Duration::from_secs(60));
        assert_eq!(now.status, PhaseStatus::Running);
        assert_eq!(now.seconds, Some(2.0));
    }
}
