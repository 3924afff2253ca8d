//! Reports for the tests of what is made of them.

use super::{Entry, Heat, Outcome, Phase, Run};
use crate::data::{Dataset, Shape};
use crate::limit::{Choice, Way};

/// A run with these phases and nothing beside them.
pub(crate) fn run(phases: &[(&str, f64)]) -> Run {
    let phases: Vec<Phase> = phases
        .iter()
        .map(|(name, seconds)| Phase { name: (*name).to_owned(), seconds: *seconds })
        .collect();
    Run {
        seconds: phases.iter().map(|phase| phase.seconds).sum(),
        phases,
        client_processor_seconds: 1.0,
        server_processor_seconds: 2.0,
        peak_memory_bytes: 30 << 20,
        rows: 100,
        target_bytes: 1000,
        outcome: Outcome::Complete,
    }
}

/// A contestant with one run.
pub(crate) fn entry(contestant: &str, phases: &[(&str, f64)]) -> Entry {
    Entry {
        contestant: contestant.to_owned(),
        title: format!("title of {contestant}"),
        times_sample: 1.0,
        runs: vec![run(phases)],
    }
}

/// A heat of a shape and a size.
pub(crate) fn heat(shape: Shape, megabytes: u32, entries: Vec<Entry>) -> Heat {
    let dataset = Dataset { shape, megabytes };
    Heat {
        name: dataset.title(),
        dataset: Some(dataset),
        network: None,
        sqlite_bytes: u64::from(megabytes) << 20,
        copied_bytes: 1000,
        rows: u64::from(megabytes) * 100,
        limit: Choice {
            way: Way::Frozen,
            frozen_seconds: 1.0,
            cut_seconds: Some(2.0),
            cut_tables: Vec::new(),
        },
        estimate: None,
        entries,
    }
}
