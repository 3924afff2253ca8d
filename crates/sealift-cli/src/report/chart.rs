//! Drawings: the mark, the bar of phases, the bars behind numbers. Plain SVG.

use crate::units;
use maud::{Markup, html};
use sealift_engine::ops::Phase;
use sealift_engine::report::{MigrateReport, PhaseReport};

/// The page's icon: the mark again, as a URL that fetches nothing.
pub(super) const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Crect width='24' height='24' rx='6' fill='%230e7c86'/%3E%3Cpath d='M4 15c2.7 2 5.3 2 8 0s5.3-2 8 0M12 12V5m0 0l-3.5 3.5M12 5l3.5 3.5' fill='none' stroke='white' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

/// Returns the mark: an arrow that rises from the water.
pub(super) fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 24 24" aria-hidden="true" {
            path d="M3 16c3 2.2 6 2.2 9 0s6-2.2 9 0M12 12.5V4m0 0L8 8m4-4l4 4" {}
        }
    }
}

/// Returns a bar as long as `part` is of `whole`.
pub(super) fn bar(part: u64, whole: u64) -> Markup {
    // A sliver stays visible where there is anything at all.
    let width = if part == 0 { 0 } else { std::cmp::max(4, units::permille(part, whole)) };
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect width=(width) height="10" {}
        }
    }
}

/// Returns the phases side by side, each as wide as it took long.
pub(super) fn phases(report: &MigrateReport) -> Markup {
    let micros = |phase: &PhaseReport| {
        let time = std::time::Duration::try_from_secs_f64(phase.seconds).unwrap_or_default();
        u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
    };
    let whole = report.phases.iter().map(micros).fold(0_u64, u64::saturating_add);
    if whole == 0 {
        return html! {};
    }
    let mut segments = Vec::new();
    let mut elapsed = 0_u64;
    for phase in &report.phases {
        let start = units::permille(elapsed, whole);
        elapsed = elapsed.saturating_add(micros(phase));
        segments.push((phase, start, units::permille(elapsed, whole) - start));
    }
    html! {
        section {
            h2 { "Where the time went" }
            svg.phases viewBox="0 0 1000 24" preserveAspectRatio="none" role="img"
                aria-label="Share of time of each phase" {
                @for (phase, start, width) in &segments {
                    rect class=(phase.name.name()) x=(start) width=(width) height="24" {
                        title { (label(phase.name)) ", " (units::seconds(phase.seconds)) }
                    }
                }
            }
            ul.legend {
                @for (phase, _, width) in &segments {
                    li {
                        span class={ "swatch " (phase.name.name()) } aria-hidden="true" {}
                        span.what { (label(phase.name)) }
                        span.time { (units::seconds(phase.seconds)) }
                        span.share { (percent(*width)) }
                    }
                }
            }
        }
    }
}

fn percent(permille: u64) -> String {
    if permille < 10 { "<1%".to_owned() } else { format!("{}%", permille / 10) }
}

fn label(phase: Phase) -> &'static str {
    match phase {
        Phase::Inspect => "Read the schema",
        Phase::Census => "Look at every cell",
        Phase::Plan => "Choose types",
        Phase::Create => "Create tables",
        Phase::Copy => "Copy rows",
        Phase::Finish => "Keys and indexes",
        Phase::Analyze => "Statistics",
        Phase::Verify => "Compare both sides",
    }
}
