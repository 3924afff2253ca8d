//! The report as a page.

use super::terminal::{HEADINGS, cells, measured, summary};
use super::{FLAME_GRAPH, Profile, Report, picture};
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
        table(&mut page, &["target", "wanted", "measured", "", "the limit itself", "heat"]);
        for target in &report.targets {
            let heat = target.heat.clone().unwrap_or_default();
            let verdict = target.verdict.words().to_owned();
            let number = measured(target.measured);
            let limit = target.limit.map(|number| measured(Some(number))).unwrap_or_default();
            let (name, wanted) = (target.name.clone(), target.wanted.clone());
            row(&mut page, &[name, wanted, number, verdict, limit, heat]);
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
    if let Some(profile) = &report.profile {
        shares(&mut page, profile);
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

fn shares(page: &mut String, profile: &Profile) {
    let all = profile.seconds * profile.processors as f64;
    line(page, "\n## Where the processors were\n");
    line(
        page,
        &format!(
            "One migration without a comparison, looked at by perf, which took {:.1} s so; the \
             [flame graph]({FLAME_GRAPH}) shows the functions.\n",
            profile.seconds
        ),
    );
    table(page, &["who", "does what", "seconds of a processor", "% of all"]);
    for share in &profile.shares {
        let percent = format!("{:.0}", share.seconds / all * 100.0);
        let seconds = format!("{:.2}", share.seconds);
        row(page, &[share.who.clone(), share.what.clone(), seconds, percent]);
    }
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
