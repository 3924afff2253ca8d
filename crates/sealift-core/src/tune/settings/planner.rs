//! What the planner assumes (manual, "Query Planning").

use super::Rule;
use super::facts::ServerFacts;

const RANDOM_PAGE_COST: &str =
    "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-RANDOM-PAGE-COST";
const STATISTICS_TARGET: &str = "https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-DEFAULT-STATISTICS-TARGET";

/// The manual's own example for solid-state disks; what is already near it may stay.
const ON_SOLID_STATE: &str = "1.1";
const NEAR_IT: f64 = 2.0;

/// The default, and what tables of many millions of rows deserve: ANALYZE reads 300 rows for each unit.
const USUAL_TARGET: u64 = 100;
const LARGE_TARGET: u64 = 250;
const VERY_LARGE_ROWS: u64 = 10_000_000;

pub(super) fn rules(facts: &ServerFacts) -> Vec<Rule> {
    [random_page_cost(facts), statistics(facts)].into_iter().flatten().collect()
}

fn random_page_cost(facts: &ServerFacts) -> Option<Rule> {
    let now: f64 = facts.setting("random_page_cost")?.setting.parse().ok()?;
    Some(Rule {
        name: "random_page_cost",
        advised: ON_SOLID_STATE.to_owned(),
        keep: now <= NEAR_IT,
        because:
            "on a solid-state disk a page is read as fast from anywhere; a spinning disk keeps 4"
                .to_owned(),
        source: RANDOM_PAGE_COST,
    })
}

fn statistics(facts: &ServerFacts) -> Option<Rule> {
    let now: u64 = facts.setting("default_statistics_target")?.setting.parse().ok()?;
    let largest = facts.large_tables.iter().map(|table| table.rows).max().unwrap_or(0);
    let (target, because) = if largest >= VERY_LARGE_ROWS {
        let because = "ANALYZE looks at 300 rows for each unit, few of those of the largest table";
        (LARGE_TARGET, because)
    } else {
        (USUAL_TARGET, "the default, and enough for tables below ten million rows")
    };
    Some(Rule {
        name: "default_statistics_target",
        advised: target.to_string(),
        keep: now >= target,
        because: because.to_owned(),
        source: STATISTICS_TARGET,
    })
}
