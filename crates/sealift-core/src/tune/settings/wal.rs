//! How often everything changed is written to its place (manual, "WAL Configuration").

use super::Rule;
use super::facts::{Checkpoints, ServerFacts};
use super::size::{self, GB};

const MAX_WAL_SIZE: &str =
    "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-MAX-WAL-SIZE";
const CHECKPOINT_TIMEOUT: &str =
    "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-CHECKPOINT-TIMEOUT";

/// Fewer checkpoints say nothing: each start of the server and each backup brings one.
const TOO_FEW: u64 = 10;

/// One in so many may come early.
const MOST_EARLY: u64 = 5;

const LEAST_WAL: u64 = GB;
const MOST_WAL: u64 = 16 * GB;

const WISHED_TIMEOUT_SECONDS: u64 = 900;

pub(super) fn rules(facts: &ServerFacts) -> Vec<Rule> {
    let often = facts.checkpoints.filter(|seen| {
        let all = seen.timed.saturating_add(seen.requested);
        all >= TOO_FEW && seen.requested > all / MOST_EARLY
    });
    [wal_size(facts, often), timeout(facts, often)].into_iter().flatten().collect()
}

fn wal_size(facts: &ServerFacts, often: Option<Checkpoints>) -> Option<Rule> {
    let now = facts.bytes("max_wal_size")?;
    let twice_twice = now.saturating_mul(4).clamp(LEAST_WAL, MOST_WAL);
    let keep = often.is_none() || now >= twice_twice;
    let because = match often {
        Some(seen) => format!(
            "{} of {} checkpoints did not wait for the clock, mostly since it was full; each makes pages be \
             logged whole again",
            seen.requested,
            seen.timed.saturating_add(seen.requested)
        ),
        None => "checkpoints come by the clock".to_owned(),
    };
    let advised = size::shown(twice_twice);
    Some(Rule { name: "max_wal_size", advised, keep, because, source: MAX_WAL_SIZE })
}

fn timeout(facts: &ServerFacts, often: Option<Checkpoints>) -> Option<Rule> {
    let now = facts.setting("checkpoint_timeout")?.seconds()?;
    let keep = often.is_none() || now >= WISHED_TIMEOUT_SECONDS;
    let because = match often {
        Some(_) => {
            "pages that change again and again are written a third as often; recovery after a \
                    crash takes longer"
        }
        None => "checkpoints are not frequent enough to cost much",
    };
    Some(Rule {
        name: "checkpoint_timeout",
        advised: "15min".to_owned(),
        keep,
        because: because.to_owned(),
        source: CHECKPOINT_TIMEOUT,
    })
}
