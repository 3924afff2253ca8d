//! How long each phase took, gathered from the events that go by.

use crate::ops::{Event, Events, Phase};
use crate::report::PhaseReport;
use std::sync::{Arc, Mutex, PoisonError};

/// The phases that have ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Phases(Arc<Mutex<Vec<(Phase, f64)>>>);

impl Phases {
    /// Returns a stream that passes everything on to `events` and remembers the phases.
    pub(super) fn record(events: &Events) -> (Events, Self) {
        let phases = Self::default();
        let (remembered, onward) = (phases.clone(), events.clone());
        let stream = Events::new(move |event| {
            if let Event::PhaseDone { phase, seconds } = &event {
                let mut phases = remembered.0.lock().unwrap_or_else(PoisonError::into_inner);
                // A phase that a later attempt went through again took the sum of both.
                match phases.iter_mut().find(|(known, _)| known == phase) {
                    Some((_, sum)) => *sum += seconds,
                    None => phases.push((*phase, *seconds)),
                }
            }
            onward.send(event);
        });
        (stream, phases)
    }

    pub(super) fn reports(&self) -> Vec<PhaseReport> {
        let phases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        phases
            .iter()
            .map(|(name, seconds)| PhaseReport { name: *name, seconds: *seconds })
            .collect()
    }
}
