//! The report as a page.

use super::terminal::{HEADINGS, cells, measured, summary};
use super::{Report, picture};
use std::fmt::Write;

/// Returns the page; its pictures lie beside it.
pub(super) fn page(report: &Report) -> String {
    let mut page = String::new();
    let facts = &report.facts;
    line(&mut page, &format!("# The race of {}\n", facts.date));
    line(
        &mut page,
        "Made by `benches/race/run`; `benches/README.md` says how it is measured. The raw numbers of \
         every run are in `report.json`.\n",
    );
    if !report.targets.is_empty() {
        line(&mut page, "## Targets\n");
        table(&mut page, &["target", "wanted", "measured", "", "heat"]);
        for target in &report.targets {
            let heat = target.heat.clone().unwrap_or_default();
            let verdict = target.verdict.words().to_owned();
            let number = measured(target.measured);
            row(&mut page, &[target.name.clone(), target.wanted.clone(), number, verdict, heat]);
        }
    }
    for heat in &report.heats {
        line(&mut page, &format!("\n## {}\n", heat.name));
        line(&mut page, &format!("{}.\n", summary(heat)));
        line(&mut page, &format!("![{}]({})\n", heat.name, picture::file_name(heat)));
        table(&mut page, &HEADINGS);
        for entry in &heat.entries {
            row(&mut page, &cells(heat, entry));
        }
    }
    line(&mut page, "\n## What it ran on\n");
    table(&mut page, &["", ""]);
    let profile = ["the server's profile".to_owned(), facts.profile.clone()];
    let jobs = ["readers, connections, sessions".to_owned(), facts.jobs.to_string()];
    for pair in facts.machine.iter().chain(&facts.versions).chain([&profile, &jobs]) {
        row(&mut page, pair);
    }
    for [name, value] in &facts.server {
        row(&mut page, &[format!("`{name}`"), value.clone()]);
    }
    page
}

fn table(page: &mut String, headings: &[&str]) {
    line(page, &format!("| {} |", headings.join(" | ")));
    line(page, &format!("|{}", "---|".repeat(headings.len())));
}

fn row(page: &mut String, cells: &[String]) {
    let cells: Vec<String> =
        cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
    line(page, &format!("| {} |", cells.join(" | ")));
}

fn line(page: &mut String, line: &str) {
    writeln!(page, "{line}").expect("a String takes everything");
}
