//! Who takes part, and one run of each.

mod peer;
mod sealift;

use crate::limit::Limit;
use crate::measure::ServerProcesses;
use crate::network::Line;
use crate::options::Options;
use crate::report::{Outcome, Phase, Run};
use crate::server;
use anyhow::Result;
pub(crate) use peer::Peer;
pub(crate) use sealift::{estimate, profiled, reference};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// The schema that a contestant fills.
const SCHEMA: &str = "race";

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contestant {
    Limit,
    /// `migrate --verify none --no-backup`
    Unverified,
    /// `migrate --no-backup`
    Digest,
    /// `migrate`
    AsUsed,
    Peer(Peer),
}

/// What a run needs to know.
#[derive(Debug)]
pub(crate) struct Track<'a> {
    pub(crate) options: &'a Options,
    pub(crate) source: &'a Path,
    /// A smaller database of the same kind, for those who would take too long.
    pub(crate) sample: Option<&'a Path>,
    pub(crate) limit: &'a Limit,
    pub(crate) line: Option<&'a Line>,
    pub(crate) server: ServerProcesses,
    /// Rows of each table, by its name in lower case.
    pub(crate) expected: &'a BTreeMap<String, u64>,
    /// The same of the sample.
    pub(crate) expected_of_sample: &'a BTreeMap<String, u64>,
}

/// What a contestant has done, before it is checked.
#[derive(Debug, Default)]
struct Effort {
    seconds: f64,
    phases: Vec<Phase>,
    client_processor: f64,
    peak_memory: u64,
    /// Why it has not come to its end.
    failure: Option<String>,
}

impl Contestant {
    /// The limit and each way of using Sealift.
    pub(crate) fn all_of_sealift() -> Vec<Self> {
        vec![Self::Limit, Self::Unverified, Self::Digest, Self::AsUsed]
    }

    /// Everybody else.
    pub(crate) fn peers() -> impl Iterator<Item = Self> {
        Peer::ALL.into_iter().map(Self::Peer)
    }

    /// Returns its word in the report's JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Unverified => "sealift-unverified",
            Self::Digest => "sealift-digest",
            Self::AsUsed => "sealift",
            Self::Peer(peer) => peer.word(),
        }
    }

    /// Returns its name for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Limit => "the limit",
            Self::Unverified => "sealift, no comparison",
            Self::Digest => "sealift, compared",
            Self::AsUsed => "sealift, compared, backup",
            Self::Peer(peer) => peer.title(),
        }
    }

    /// Whether it races on a sample.
    pub(crate) fn on_a_sample(self) -> bool {
        self == Self::Peer(Peer::SqlAlchemy)
    }

    /// Runs it once, from a clean server to a checked result. What goes wrong is part of the result.
    pub(crate) async fn run(self, track: &Track<'_>) -> Result<Run> {
        let url = &track.options.url;
        server::drop_schema(url, SCHEMA).await?;
        let target = match self {
            Self::Peer(peer) if peer.makes_tables() => server::fresh_peer_database(url).await?,
            Self::Limit | Self::Unverified | Self::Digest | Self::AsUsed | Self::Peer(_) => {
                url.clone()
            }
        };
        server::checkpoint(url).await?;
        let before = track.server.processor();
        let effort = match self {
            Self::Limit => limit(track).await?,
            Self::Unverified => sealift::run(track, SCHEMA, &sealift::UNVERIFIED)?,
            Self::Digest => sealift::run(track, SCHEMA, &["--no-backup"])?,
            Self::AsUsed => sealift::run(track, SCHEMA, &[])?,
            Self::Peer(peer) => peer.run(track, &target, SCHEMA).await?,
        };
        let server_processor = track.server.processor() - before;
        let schema = match self {
            Self::Peer(peer) if peer.makes_tables() => "public",
            Self::Limit | Self::Unverified | Self::Digest | Self::AsUsed | Self::Peer(_) => SCHEMA,
        };
        let found = server::row_counts(&target, schema).await?;
        let target_bytes = server::bytes(&target, schema).await?;
        let expected = if self.on_a_sample() { track.expected_of_sample } else { track.expected };
        server::drop_schema(url, SCHEMA).await?;
        server::drop_peer_database(url).await?;
        Ok(Run {
            seconds: effort.seconds,
            phases: effort.phases,
            client_processor_seconds: effort.client_processor,
            server_processor_seconds: server_processor,
            peak_memory_bytes: effort.peak_memory,
            rows: found.values().sum(),
            target_bytes,
            outcome: effort
                .failure
                .map_or_else(|| Outcome::of(expected, &found), |why| Outcome::Failed { why }),
        })
    }
}

async fn limit(track: &Track<'_>) -> Result<Effort> {
    let began = Instant::now();
    let phases = track.limit.run(SCHEMA).await?;
    Ok(Effort { seconds: began.elapsed().as_secs_f64(), phases, ..Effort::default() })
}
