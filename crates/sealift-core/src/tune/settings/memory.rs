//! What memory is used for (manual, "Resource Consumption").

use super::Rule;
use super::facts::ServerFacts;
use super::size::{self, GB, MB};

const SHARED_BUFFERS: &str =
    "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS";
const WORK_MEM: &str =
    "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM";
const MAINTENANCE_WORK_MEM: &str =
    "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-MAINTENANCE-WORK-MEM";
const EFFECTIVE_CACHE_SIZE: &str =
    "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-EFFECTIVE-CACHE-SIZE";

/// Below this the manual asks for less than a quarter, to leave room for the operating system.
const SMALL_MACHINE: u64 = GB;

/// One sort of a session: more than the default, less than what a hundred sessions cannot all have.
const LEAST_WORK_MEM: u64 = 4 * MB;
const MOST_WORK_MEM: u64 = 64 * MB;

/// One build of an index, one vacuum: the default, and what its sort makes use of.
const LEAST_MAINTENANCE: u64 = 64 * MB;
const MOST_MAINTENANCE: u64 = 2 * GB;

const UNKNOWN: &str = "the memory of the server's machine is not known";

/// From the facts, the memory and today's value to the advised bytes, whether today's will do, and why.
type Judge = fn(&ServerFacts, u64, u64) -> (u64, bool, String);

pub(super) fn rules(facts: &ServerFacts) -> Vec<Rule> {
    let rules: [(&'static str, &'static str, Judge); 4] = [
        ("shared_buffers", SHARED_BUFFERS, shared_buffers),
        ("work_mem", WORK_MEM, work_mem),
        ("maintenance_work_mem", MAINTENANCE_WORK_MEM, maintenance),
        ("effective_cache_size", EFFECTIVE_CACHE_SIZE, cache),
    ];
    let rule = |(name, source, judge): (&'static str, &'static str, Judge)| {
        let now = facts.bytes(name)?;
        let (advised, keep, because) = match facts.memory {
            None => (String::new(), false, UNKNOWN.to_owned()),
            Some(memory) => {
                let (advised, keep, because) = judge(facts, memory, now);
                (size::shown(advised), keep, because)
            }
        };
        Some(Rule { name, advised, keep, because, source })
    };
    rules.into_iter().filter_map(rule).collect()
}

fn shared_buffers(_: &ServerFacts, memory: u64, now: u64) -> (u64, bool, String) {
    let (part, share) = if memory < SMALL_MACHINE { (8, "an eighth") } else { (4, "a quarter") };
    let advised = size::rounded(memory / part);
    // Up to 40 % are said to work; much less than the advice leaves pages to be read again.
    let keep = now >= advised / 3 * 2 && now <= memory / 5 * 2;
    (advised, keep, format!("{share} of the memory, where pages are kept that are in use"))
}

fn work_mem(facts: &ServerFacts, memory: u64, now: u64) -> (u64, bool, String) {
    let each = memory / 4 / std::cmp::max(1, facts.max_connections);
    let advised = size::rounded(each.clamp(LEAST_WORK_MEM, MOST_WORK_MEM));
    let keep = now >= advised / 3 * 2 && now <= advised.saturating_mul(4);
    let because = "for each sort and hash of each session: a quarter of the memory for all \
                   max_connections together";
    (advised, keep, because.to_owned())
}

fn maintenance(_: &ServerFacts, memory: u64, now: u64) -> (u64, bool, String) {
    let advised = size::rounded((memory / 16).clamp(LEAST_MAINTENANCE, MOST_MAINTENANCE));
    let keep = now >= advised / 3 * 2 && now <= memory / 4;
    (
        advised,
        keep,
        "for building an index and for each vacuum: a sixteenth of the memory".to_owned(),
    )
}

fn cache(_: &ServerFacts, memory: u64, now: u64) -> (u64, bool, String) {
    let advised = size::rounded(memory / 4 * 3);
    let keep = now >= memory / 2 && now <= memory;
    let because = "reserves nothing: what the planner takes for cached, here and by the system";
    (advised, keep, because.to_owned())
}
