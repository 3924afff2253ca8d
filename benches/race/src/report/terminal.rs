//! The report on a terminal.

use super::{Entry, Heat, Outcome, Report};
use crate::limit::{Choice, Way};
use crate::report::stats::Spread;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use std::fmt::Write;

/// The headings of a heat's table; the Markdown page has the same.
pub(super) const HEADINGS: [&str; 8] = [
    "contestant",
    "seconds",
    "× the limit (least, median, most)",
    "client CPU s",
    "server CPU s",
    "peak MB",
    "rows",
    "median seconds of each phase",
];

/// Returns everything as text.
pub(crate) fn text(report: &Report) -> String {
    let mut text = String::new();
    for heat in &report.heats {
        let mut table = table(&HEADINGS);
        for entry in &heat.entries {
            table.add_row(cells(heat, entry));
        }
        for at in 1..=5 {
            if let Some(column) = table.column_mut(at) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        add(&mut text, format_args!("{}\n{}\n{table}\n", heat.name, summary(heat)));
    }
    let mut table = table(&["target", "wanted", "measured", "", "heat"]);
    for target in &report.targets {
        let measured = measured(target.measured);
        let verdict = target.verdict.words().replace("**", "");
        let heat = target.heat.as_deref().unwrap_or_default();
        table.add_row([target.name.as_str(), &target.wanted, &measured, &verdict, heat]);
    }
    add(&mut text, format_args!("{table}"));
    text
}

/// Returns a line about what was moved, and how the limit loads it.
pub(super) fn summary(heat: &Heat) -> String {
    let mut text = format!(
        "{} rows, {:.0} MB in SQLite, {:.0} MB copied; {}",
        heat.rows,
        heat.sqlite_bytes as f64 / 1e6,
        heat.copied_bytes as f64 / 1e6,
        way(&heat.limit)
    );
    if let Some(estimate) = &heat.estimate {
        let megabytes = estimate.bytes as f64 / 1e6;
        let predicted = format!("; plan predicts {:.1} s and {megabytes:.0} MB", estimate.seconds);
        text.push_str(&predicted);
    }
    text
}

fn way(choice: &Choice) -> String {
    let Some(cut) = choice.cut_seconds else {
        return "the limit copies whole tables with FREEZE".to_owned();
    };
    let tables = choice.cut_tables.join(", ");
    let way = match choice.way {
        Way::Frozen => "whole tables with FREEZE".to_owned(),
        Way::Cut => format!("whole tables with FREEZE, but {tables} in pieces"),
    };
    format!(
        "the limit copies {way} (tried beforehand: all whole {:.2} s, with {tables} in pieces {cut:.2} s)",
        choice.frozen_seconds
    )
}

/// Returns a contestant's line of the table.
pub(super) fn cells(heat: &Heat, entry: &Entry) -> Vec<String> {
    let dash = || "–".to_owned();
    let limit = heat.limit_seconds();
    let seconds = entry.seconds();
    let ratio = seconds.zip(limit).map(|(seconds, limit)| seconds.over(limit));
    let times = entry.times_sample;
    let client =
        entry.spread(|run| run.client_processor_seconds * times).filter(|it| it.most > 0.0);
    let server =
        entry.spread(|run| run.server_processor_seconds * times).filter(|it| it.most > 0.0);
    let one = |spread: Option<Spread>| spread.map_or_else(dash, |it| format!("{:.1}", it.median));
    let scaled =
        if times > 1.0 { format!("{} (× {times:.1})", entry.title) } else { entry.title.clone() };
    vec![
        scaled,
        seconds.map_or_else(dash, |it| format!("{:.2}", it.median)),
        ratio.map_or_else(dash, |it| format!("{:.2}  {:.2}  {:.2}", it.least, it.median, it.most)),
        one(client),
        one(server),
        entry.peak_memory().map_or_else(dash, |bytes| format!("{:.0}", bytes as f64 / 1e6)),
        outcome(entry),
        phases(entry),
    ]
}

fn outcome(entry: &Entry) -> String {
    for run in &entry.runs {
        match &run.outcome {
            Outcome::Complete => (),
            Outcome::Lost { tables } => return format!("lost: {}", tables.join(", ")),
            Outcome::Failed { why } => return format!("failed: {why}"),
        }
    }
    "all".to_owned()
}

fn phases(entry: &Entry) -> String {
    let runs = entry.ended();
    let names = runs.first().map(|run| run.phases.iter().map(|phase| phase.name.as_str()));
    let shown = names.into_iter().flatten().filter_map(|name| {
        let seconds = entry.spread(|run| run.phase(name))?.median * entry.times_sample;
        (seconds >= 0.005).then(|| format!("{name} {seconds:.2}"))
    });
    let shown: Vec<String> = shown.collect();
    shown.join(", ")
}

/// Returns a measured number, with as many digits as mean something.
pub(super) fn measured(number: Option<f64>) -> String {
    match number {
        None => "–".to_owned(),
        Some(number) if number >= 100.0 => format!("{number:.0}"),
        Some(number) if number >= 10.0 => format!("{number:.1}"),
        Some(number) => format!("{number:.2}"),
    }
}

fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(headings.iter().map(Cell::new));
    table
}

fn add(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Shape;
    use crate::report::samples::{entry, heat, run};

    #[test]
    fn a_line_has_the_ratio_of_every_run_to_the_median_of_the_limit() {
        let mut sealift = entry("sealift-digest", &[("copy", 10.0)]);
        sealift.runs.push(run(&[("copy", 12.0)]));
        sealift.runs.push(run(&[("copy", 14.0)]));
        let heat = heat(Shape::Shop, 1, vec![entry("limit", &[("copy", 10.0)]), sealift]);
        let line = cells(&heat, heat.entry("sealift-digest").unwrap());
        assert_eq!(line[2], "1.00  1.20  1.40");
        assert_eq!(line[7], "copy 12.00");
    }

    #[test]
    fn what_ran_on_a_sample_is_scaled_and_says_so() {
        let mut slow = entry("sqlalchemy", &[("everything", 5.0)]);
        slow.times_sample = 64.0;
        let heat = heat(Shape::Shop, 1, vec![entry("limit", &[("copy", 10.0)]), slow]);
        let line = cells(&heat, heat.entry("sqlalchemy").unwrap());
        assert_eq!(line[0], "title of sqlalchemy (× 64.0)");
        assert_eq!(line[1], "320.00");
    }

    #[test]
    fn a_failure_and_lost_rows_are_shown_in_the_place_of_the_rows() {
        let mut failed = entry("pgloader", &[("everything", 5.0)]);
        failed.runs[0].outcome = Outcome::Failed { why: "heap exhausted".to_owned() };
        let mut lost = entry("csv", &[("copy", 5.0)]);
        lost.runs[0].outcome = Outcome::Lost { tables: vec!["users: 1 of 2".to_owned()] };
        let heat = heat(Shape::Shop, 1, vec![entry("limit", &[("copy", 10.0)]), failed, lost]);
        let cell = |name| cells(&heat, heat.entry(name).unwrap())[6].clone();
        assert_eq!(cell("pgloader"), "failed: heap exhausted");
        assert_eq!(cell("csv"), "lost: users: 1 of 2");
    }
}
