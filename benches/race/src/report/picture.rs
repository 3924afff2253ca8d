//! A heat as a picture: a bar for each contestant, its phases stacked, and the limit as a line.

use super::{Entry, Heat};
use maud::{Markup, PreEscaped, html};

/// Width of the picture, of the names at the left, and of the bars; what is left holds the numbers.
/// In units that a page shows as pixels: a README is about 830 wide.
const WIDTH: f64 = 830.0;
const NAMES: f64 = 210.0;
const BARS: f64 = 430.0;

const ROW: f64 = 30.0;
const TOP: f64 = 78.0;

/// A bar that takes more than so many limits is cut off, or the others could not be told apart.
const LONGEST: f64 = 6.0;

/// The groups that phases are shown in, by the class of their colour.
const GROUPS: [(&str, &str, &[&str]); 6] = [
    ("look", "look at every cell, plan", &["inspect", "census", "plan"]),
    ("rows", "tables and rows", &["create", "copy"]),
    ("keys", "indexes, keys, foreign keys", &["finish", "indexes", "foreign keys"]),
    ("statistics", "statistics", &["analyze"]),
    ("compare", "compare", &["verify"]),
    ("rest", "the rest, or all in one", &[]),
];

/// Colours that are seen on white and on black; only the words and lines follow the reader's choice.
const STYLE: &str = "
text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
.small { font-size: 11.5px; fill: #59636e }
.limit { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 4 3 }
.look { fill: #8b6fd4 } .rows { fill: #2f81d6 } .keys { fill: #e08a2b }
.statistics { fill: #3fa66a } .compare { fill: #d65a7c } .rest { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 } .limit { stroke: #e6edf3 }
}";

/// Returns the name of a heat's picture; the first heat of a size and a shape has it to itself.
pub(super) fn file_name(heat: &Heat) -> String {
    let letters = heat.name.chars().map(|letter| {
        let plain = letter.is_ascii_alphanumeric() || letter == '.';
        if plain { letter.to_ascii_lowercase() } else { '-' }
    });
    let name: String = letters.collect();
    let parts: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    format!("{}.svg", parts.join("-"))
}

/// Draws a heat.
pub(super) fn svg(heat: &Heat) -> Markup {
    let entries: Vec<&Entry> = heat.entries.iter().filter(|entry| !entry.runs.is_empty()).collect();
    let height = TOP + ROW * entries.len() as f64 + 14.0;
    let limit = heat.limit_seconds().unwrap_or(0.0);
    let scale = scale(&entries, limit);
    let line = NAMES + limit * scale;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}"))
            width=(WIDTH) height=(height) role="img" aria-label=(format!("Seconds of each contestant: {}", heat.name)) {
            style { (PreEscaped(STYLE)) }
            (legend())
            text class="small" x=(line) y=(TOP - 8.0) text-anchor="middle" {
                "limit " (format!("{limit:.1} s"))
            }
            @for (number, entry) in entries.iter().enumerate() {
                (bar(entry, TOP + ROW * number as f64, scale, limit))
            }
            line class="limit" x1=(line) x2=(line) y1=(TOP - 4.0) y2=(height - 10.0) {}
        }
    }
}

fn legend() -> Markup {
    html! {
        @for (at, (class, words, _)) in GROUPS.iter().enumerate() {
            @let x = 10.0 + (at % 3) as f64 * 275.0;
            @let y = 10.0 + (at / 3) as f64 * 20.0;
            rect class=(class) x=(x) y=(y) width="12" height="12" rx="2" {}
            text class="small" x=(x + 18.0) y=(y + 10.5) { (words) }
        }
    }
}

/// Returns the units of a second.
fn scale(entries: &[&Entry], limit: f64) -> f64 {
    let longest = entries.iter().filter_map(|entry| Some(entry.seconds()?.median));
    let longest = longest.fold(limit, f64::max);
    let shown = if limit > 0.0 { f64::min(longest, limit * LONGEST) } else { longest };
    if shown > 0.0 { BARS / shown } else { 0.0 }
}

fn bar(entry: &Entry, y: f64, scale: f64, limit: f64) -> Markup {
    let Some(seconds) = entry.seconds() else {
        return html! {
            text x="10" y=(y + 17.0) { (entry.title) }
            text class="small" x=(NAMES) y=(y + 17.0) { "failed" }
        };
    };
    let mut x = NAMES;
    let parts = parts(entry).into_iter().map(|(class, seconds)| {
        let from = x;
        x = f64::min(x + seconds * scale, NAMES + BARS);
        (class, from, x - from)
    });
    let parts: Vec<(&str, f64, f64)> = parts.collect();
    let cut = seconds.median * scale > BARS * 1.001;
    let ratio =
        if limit > 0.0 { format!(" · {:.2}×", seconds.median / limit) } else { String::new() };
    let complete = entry.runs.iter().all(|run| run.outcome == super::Outcome::Complete);
    html! {
        text x="10" y=(y + 17.0) { (entry.title) }
        @for (class, from, width) in &parts {
            rect class=(class) x=(round(*from)) y=(y + 3.0) width=(round(*width)) height=(ROW - 10.0) {}
        }
        text x=(round(x + 8.0)) y=(y + 17.0) {
            @if cut { "… " }
            // What was multiplied was not measured.
            @if entry.times_sample > 1.0 { "≈ " }
            (format!("{:.1} s", seconds.median)) (ratio)
            @if !complete { " rows lost" }
        }
    }
}

/// Returns the median seconds of each group, so that they add up to the median of all: phases that
/// overlap are shortened alike.
fn parts(entry: &Entry) -> Vec<(&'static str, f64)> {
    let median = |phases: &[&str]| {
        let sum = |run: &super::Run| phases.iter().map(|name| run.phase(name)).sum::<f64>();
        entry.spread(sum).map_or(0.0, |spread| spread.median * entry.times_sample)
    };
    let mut parts: Vec<(&str, f64)> =
        GROUPS.iter().map(|(class, _, phases)| (*class, median(phases))).collect();
    let all = entry.seconds().map_or(0.0, |spread| spread.median);
    let known: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    if let Some((_, rest)) = parts.last_mut() {
        *rest = f64::max(all - known, 0.0);
    }
    if known > all {
        for (_, seconds) in &mut parts {
            *seconds *= all / known;
        }
    }
    parts
}

fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Shape;
    use crate::report::samples::{entry, heat};

    fn example() -> Heat {
        let entries = vec![
            entry("limit", &[("copy", 4.0), ("indexes", 6.0)]),
            entry("sealift-digest", &[("census", 1.0), ("copy", 5.0), ("finish", 6.0)]),
            entry("pgloader", &[("everything", 90.0)]),
        ];
        heat(Shape::Shop, 1024, entries)
    }

    #[test]
    fn every_contestant_is_in_the_picture_with_its_ratio() {
        let picture = svg(&example()).into_string();
        for words in
            ["title of limit", "title of sealift-digest", "title of pgloader", "1.20×", "9.00×"]
        {
            assert!(picture.contains(words), "{words}");
        }
        assert!(picture.contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn the_parts_of_a_bar_add_up_even_when_phases_overlap() {
        let mut one = entry("sealift-digest", &[("copy", 5.0), ("finish", 6.0)]);
        one.runs.iter_mut().for_each(|run| run.seconds = 8.0);
        let sum: f64 = parts(&one).iter().map(|(_, seconds)| seconds).sum();
        assert!((sum - 8.0).abs() < 1e-9, "{sum}");
        one.runs.iter_mut().for_each(|run| run.seconds = 13.0);
        assert_eq!(parts(&one).last().map(|(_, rest)| *rest), Some(2.0));
    }

    #[test]
    fn a_long_bar_is_cut_off_and_says_so() {
        let picture = svg(&example()).into_string();
        assert!(picture.contains("… 90.0 s"));
    }

    #[test]
    fn a_picture_has_a_file_name_of_plain_letters() {
        assert_eq!(file_name(&example()), "shop-1024-mb.svg");
    }
}
