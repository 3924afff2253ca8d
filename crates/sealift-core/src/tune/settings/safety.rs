//! What must not be off where rows matter (manual, "Write Ahead Log", "Automatic Vacuuming").

use super::Rule;
use super::facts::ServerFacts;

/// Name, page of the manual, and why it has to be on.
const MUST_BE_ON: [(&str, &str, &str); 5] = [
    (
        "fsync",
        "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-FSYNC",
        "without it a crash of the machine can destroy the database",
    ),
    (
        "full_page_writes",
        "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-FULL-PAGE-WRITES",
        "without it a crash can leave pages that are half old and half new",
    ),
    (
        "synchronous_commit",
        "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT",
        "without it a crash loses the transactions of the last moments, though they were confirmed",
    ),
    (
        "autovacuum",
        "https://www.postgresql.org/docs/current/runtime-config-autovacuum.html#GUC-AUTOVACUUM",
        "without it tables grow, and statistics grow old",
    ),
    (
        "track_counts",
        "https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-COUNTS",
        "autovacuum goes by these counts, and so does the advice about indexes",
    ),
];

pub(super) fn rules(facts: &ServerFacts) -> Vec<Rule> {
    let rule = |(name, source, because): (&'static str, &'static str, &'static str)| {
        let setting = facts.setting(name)?;
        Some(Rule {
            name,
            advised: "on".to_owned(),
            keep: setting.setting != "off",
            because: because.to_owned(),
            source,
        })
    };
    MUST_BE_ON.into_iter().filter_map(rule).collect()
}
