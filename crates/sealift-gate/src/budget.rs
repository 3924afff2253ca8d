//! What is written down, and how a new measurement compares with it. Pure.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Compilers, C library and processor, by name.
pub(crate) type MadeWith = BTreeMap<String, String>;

/// Hundredths of a per cent by which a count may grow where everything it depends on is the same.
/// Between runs of one build in other folders and environments the largest difference was 0.5 % (the
/// census of users), the usual one 0.01 %.
pub(crate) const TOLERANCE: i64 = 300;

/// The same where compilers, C library or processor are others. Measured: rustc 1.97 (nightly) gave up to
/// 1.4 % less than 1.95, a C library that leaves AVX2 alone up to 3.5 % more; another C compiler was not
/// tried.
pub(crate) const WIDE_TOLERANCE: i64 = 1000;

/// `benches/gate.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Budget {
    /// What the counts were made with.
    pub(crate) made_with: MadeWith,
    /// Each scenario by its name.
    pub(crate) scenarios: BTreeMap<String, Count>,
}

/// What one scenario took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    /// Instructions of the processor, as callgrind counts them.
    pub(crate) instructions: u64,
    /// Rows that went through; tables, where a schema is looked at.
    pub(crate) rows: u64,
    /// Cells; columns, where a schema is looked at.
    pub(crate) cells: u64,
}

/// What is said of one scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// About what is written down; by so many hundredths of a per cent more.
    Same(i64),
    /// More than the tolerance allows.
    Slower(i64),
    /// Less by more than the tolerance: to be written down, or the next loss goes unseen.
    Faster(i64),
    /// Something else is measured than what is written down.
    OtherData,
    /// Nothing is written down.
    New,
    /// Written down, and measured no more.
    Gone,
}

impl Verdict {
    /// Returns whether the gate stays shut.
    pub(crate) fn fails(self) -> bool {
        match self {
            Self::Same(_) | Self::Faster(_) => false,
            Self::Slower(_) | Self::OtherData | Self::New | Self::Gone => true,
        }
    }
}

/// A measurement held against the budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// What was asked for, and what is written down and gone, by name.
    pub(crate) verdicts: BTreeMap<String, Verdict>,
    /// What the counts depend on and is not as it was: name, then, now.
    pub(crate) differences: Vec<[String; 3]>,
    /// Hundredths of a per cent that were allowed.
    pub(crate) tolerance: i64,
}

impl Comparison {
    /// Returns whether nothing stands in the way.
    pub(crate) fn passes(&self) -> bool {
        !self.verdicts.values().any(|verdict| verdict.fails())
    }
}

/// Compares what was measured at hand with the budget. `known` are all scenarios that there are,
/// `measured` those that were asked for.
pub(crate) fn compare(
    budget: &Budget,
    measured: &BTreeMap<String, Count>,
    at_hand: &MadeWith,
    known: &[&str],
) -> Comparison {
    let differences = differences(&budget.made_with, at_hand);
    let tolerance = if differences.is_empty() { TOLERANCE } else { WIDE_TOLERANCE };
    let gone = budget.scenarios.keys().filter(|name| !known.contains(&name.as_str()));
    let mut verdicts: BTreeMap<String, Verdict> =
        gone.map(|name| (name.clone(), Verdict::Gone)).collect();
    for (name, now) in measured {
        let verdict = match budget.scenarios.get(name) {
            None => Verdict::New,
            Some(then) if (then.rows, then.cells) != (now.rows, now.cells) => Verdict::OtherData,
            Some(then) => judge(then.instructions, now.instructions, tolerance),
        };
        verdicts.insert(name.clone(), verdict);
    }
    Comparison { verdicts, differences, tolerance }
}

fn judge(then: u64, now: u64, tolerance: i64) -> Verdict {
    let (then, now) = (i128::from(then), i128::from(now));
    // A budget of nothing is no budget.
    let more = (now - then) * 10_000 / std::cmp::max(then, 1);
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    if more > tolerance {
        Verdict::Slower(more)
    } else if more < -tolerance {
        Verdict::Faster(more)
    } else {
        Verdict::Same(more)
    }
}

fn differences(then: &MadeWith, now: &MadeWith) -> Vec<[String; 3]> {
    let absent = || "nothing".to_owned();
    let names: std::collections::BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    names
        .into_iter()
        .filter(|name| then.get(*name) != now.get(*name))
        .map(|name| {
            let of = |facts: &MadeWith| facts.get(name).cloned().unwrap_or_else(absent);
            [name.clone(), of(then), of(now)]
        })
        .collect()
}

/// Returns the budget with the new counts in it. Where they come of other compilers than the rest, the
/// rest goes: one file, one toolchain.
pub(crate) fn bless(
    budget: Budget,
    measured: BTreeMap<String, Count>,
    at_hand: MadeWith,
    known: &[&str],
) -> Budget {
    let mut scenarios =
        if budget.made_with == at_hand { budget.scenarios } else { BTreeMap::new() };
    scenarios.retain(|name, _| known.contains(&name.as_str()));
    scenarios.extend(measured);
    Budget { made_with: at_hand, scenarios }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["census", "reading"];

    fn count(instructions: u64) -> Count {
        Count { instructions, rows: 10, cells: 70 }
    }

    fn made_with(rustc: &str) -> MadeWith {
        [("rustc", rustc), ("cc", "12")].map(|(a, b)| (a.to_owned(), b.to_owned())).into()
    }

    fn counts(of: &[(&str, u64)]) -> BTreeMap<String, Count> {
        of.iter().map(|(name, number)| ((*name).to_owned(), count(*number))).collect()
    }

    fn budget(of: &[(&str, u64)]) -> Budget {
        Budget { made_with: made_with("1.95"), scenarios: counts(of) }
    }

    /// Compares a census of so many instructions with a budget of a million.
    fn census(now: u64, rustc: &str) -> Comparison {
        let budget = budget(&[("census", 1_000_000)]);
        compare(&budget, &counts(&[("census", now)]), &made_with(rustc), &KNOWN)
    }

    #[test]
    fn four_per_cent_more_fails() {
        let found = census(1_040_000, "1.95");
        assert_eq!(found.verdicts["census"], Verdict::Slower(400));
        assert!(!found.passes());
    }

    #[test]
    fn two_per_cent_more_passes() {
        let found = census(1_020_000, "1.95");
        assert_eq!(found.verdicts["census"], Verdict::Same(200));
        assert!(found.passes());
    }

    #[test]
    fn four_per_cent_less_is_told_and_passes() {
        let found = census(960_000, "1.95");
        assert_eq!(found.verdicts["census"], Verdict::Faster(-400));
        assert!(found.passes());
    }

    #[test]
    fn the_tolerance_itself_is_allowed() {
        assert!(census(1_030_000, "1.95").passes());
        assert!(!census(1_030_100, "1.95").passes());
    }

    #[test]
    fn another_compiler_is_named_and_allowed_more_but_not_everything() {
        let found = census(1_040_000, "1.96");
        assert_eq!(found.differences, [["rustc", "1.95", "1.96"].map(str::to_owned)]);
        assert_eq!(found.verdicts["census"], Verdict::Same(400));
        assert!(found.passes());
        assert!(!census(1_200_000, "1.96").passes());
    }

    #[test]
    fn a_scenario_that_nobody_wrote_down_fails() {
        let found = compare(
            &budget(&[("census", 5)]),
            &counts(&[("census", 5), ("reading", 9)]),
            &made_with("1.95"),
            &KNOWN,
        );
        assert_eq!(found.verdicts["reading"], Verdict::New);
        assert!(!found.passes());
    }

    #[test]
    fn a_scenario_that_was_removed_fails_and_one_that_was_not_asked_for_does_not() {
        let written = budget(&[("census", 5), ("reading", 9), ("old", 7)]);
        let asked = counts(&[("census", 5)]);
        let found = compare(&written, &asked, &made_with("1.95"), &KNOWN);
        assert_eq!(found.verdicts["old"], Verdict::Gone);
        assert_eq!(found.verdicts.get("reading"), None);
    }

    #[test]
    fn other_rows_are_not_compared() {
        let mut measured = counts(&[("census", 5)]);
        measured.insert("census".to_owned(), Count { instructions: 5, rows: 11, cells: 77 });
        let found = compare(&budget(&[("census", 5)]), &measured, &made_with("1.95"), &KNOWN);
        assert_eq!(found.verdicts["census"], Verdict::OtherData);
        assert!(!found.passes());
    }

    #[test]
    fn what_was_not_measured_again_stays_written_down() {
        let written = budget(&[("census", 5), ("reading", 9), ("old", 7)]);
        let blessed = bless(written, counts(&[("census", 4)]), made_with("1.95"), &KNOWN);
        assert_eq!(blessed, budget(&[("census", 4), ("reading", 9)]));
    }

    #[test]
    fn counts_of_two_compilers_are_never_in_one_file() {
        let written = budget(&[("census", 5), ("reading", 9)]);
        let blessed = bless(written, counts(&[("census", 4)]), made_with("1.96"), &KNOWN);
        assert_eq!(blessed.scenarios, counts(&[("census", 4)]));
    }
}
