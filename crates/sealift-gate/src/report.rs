//! What is printed: a line for each scenario, then what is to be done about it.

use crate::budget::{Budget, Comparison, Count, Verdict};
use crate::callgrind;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Returns the line of a scenario, with the names of what it counts.
pub(crate) fn line(name: &str, count: Count, [row, cell]: [&str; 2]) -> String {
    let each = |parts: u64| grouped(count.instructions / std::cmp::max(parts, 1));
    format!(
        "{name:<32} {:>14} instructions {:>10} a {row:<5} {:>8} a {cell}",
        grouped(count.instructions),
        each(count.rows),
        each(count.cells)
    )
}

/// Returns what a comparison comes to, in whole sentences.
pub(crate) fn judgement(
    found: &Comparison,
    written: &Budget,
    measured: &BTreeMap<String, Count>,
    folder: &Path,
) -> String {
    let mut text = String::new();
    for [name, then, now] in &found.differences {
        told(&mut text, format_args!("{name} is {now}, and the counts were made with {then}"));
    }
    if !found.differences.is_empty() {
        let allowed = found.tolerance / 100;
        told(&mut text, format_args!("so the gate is wide: {allowed} % more are allowed"));
    }
    let mut faster = false;
    for (name, verdict) in &found.verdicts {
        let change = |more| {
            let of = |counts: &BTreeMap<String, Count>| {
                counts.get(name).map_or_else(String::new, |it| grouped(it.instructions))
            };
            let (then, now) = (of(&written.scenarios), of(measured));
            format!("{name}: {then} -> {now} instructions ({})", per_cent(more))
        };
        match verdict {
            Verdict::Same(_) => {}
            Verdict::Slower(more) => {
                let profile = callgrind::profile(folder, name);
                let change = change(*more);
                told(&mut text, format_args!("SLOWER {change}"));
                told(&mut text, format_args!("  where: callgrind_annotate {}", profile.display()));
            }
            Verdict::Faster(more) => {
                faster = true;
                let change = change(*more);
                told(&mut text, format_args!("faster {change}"));
            }
            Verdict::OtherData => {
                told(&mut text, format_args!("{name}: reads other rows than those written down"));
            }
            Verdict::New => told(&mut text, format_args!("{name}: not written down yet")),
            Verdict::Gone => told(&mut text, format_args!("{name}: written down, and gone")),
        }
    }
    let allowed = found.tolerance / 100;
    text.push_str(match (found.passes(), faster) {
        (false, _) => "the gate is shut; where this is meant: benches/gate --bless\n",
        (true, true) => {
            "write down what was won, or the next loss goes unseen: benches/gate --bless\n"
        }
        (true, false) => "",
    });
    if found.passes() {
        told(&mut text, format_args!("the gate is open: nothing grew by more than {allowed} %"));
    }
    text.trim_end().to_owned()
}

fn told(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

/// Returns hundredths of a per cent as a person reads them: `+4.05 %`.
fn per_cent(hundredths: i64) -> String {
    let sign = if hundredths < 0 { '-' } else { '+' };
    let size = hundredths.unsigned_abs();
    format!("{sign}{}.{:02} %", size / 100, size % 100)
}

/// Returns a number with its thousands apart: `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::compare;

    #[test]
    fn a_loss_names_the_scenario_both_counts_and_where_to_look() {
        let count = |instructions| Count { instructions, rows: 10, cells: 20 };
        let of = |number| BTreeMap::from([("census of trades".to_owned(), count(number))]);
        let written = Budget { scenarios: of(1_000_000), ..Budget::default() };
        let measured = of(1_041_500);
        let known = ["census of trades"];
        let found = compare(&written, &measured, &written.made_with, &known);
        let text = judgement(&found, &written, &measured, Path::new("target/demo/gate"));
        assert_eq!(
            text,
            "SLOWER census of trades: 1,000,000 -> 1,041,500 instructions (+4.15 %)\n  \
             where: callgrind_annotate target/demo/gate/census-of-trades.1\n\
             the gate is shut; where this is meant: benches/gate --bless"
        );
    }

    #[test]
    fn another_compiler_is_said_even_where_nothing_else_is() {
        let written = Budget::default();
        let now = BTreeMap::from([("rustc".to_owned(), "1.96".to_owned())]);
        let found = compare(&written, &BTreeMap::new(), &now, &[]);
        let text = judgement(&found, &written, &BTreeMap::new(), Path::new("."));
        assert!(text.starts_with("rustc is 1.96, and the counts were made with nothing\n"));
        assert!(text.contains("so the gate is wide: 10 % more are allowed"));
    }

    #[test]
    fn percentages_below_one_keep_their_sign() {
        assert_eq!(per_cent(-7), "-0.07 %");
        assert_eq!(per_cent(405), "+4.05 %");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
