//! What was measured as a picture: throughput and the median latency against the number of users.

use super::{Database, Load, Measured};
use std::fmt::Write;

/// Width of the picture, in units that a page shows as pixels: a README is about 830 wide.
const WIDTH: f64 = 830.0;

/// Where the panels begin, below the legend.
const TOP: f64 = 64.0;

/// Height of the drawing of one panel, and of what stands around it.
const PANEL: f64 = 150.0;
const BELOW: f64 = 62.0;

/// Room for the numbers at the left of a panel.
const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;

const LINE: f64 = 17.0;

/// Colours that are seen on white and on black; words and lines follow the reader's choice. Lines are told apart
/// by their dashes too.
const STYLE: &str = "
text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
.title { font-size: 13px; font-weight: 600 } .small { font-size: 11px; fill: #59636e }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.line { fill: none; stroke-width: 2 } .lock { fill: none; stroke: #cf222e; stroke-width: 2 }
.rollback { stroke: #bf7a1f } .wal { stroke: #8b6fd4 } .postgresql { stroke: #2f81d6 }
.rollback.line { stroke-dasharray: 2 3 } .wal.line { stroke-dasharray: 7 4 }
circle.rollback { fill: #bf7a1f } circle.wal { fill: #8b6fd4 } circle.postgresql { fill: #2f81d6 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 } .grid { stroke: #3d444d } .lock { stroke: #ff7b72 }
}";

/// What a row of panels shows.
#[derive(Debug, Clone, Copy)]
enum Quantity {
    Throughput,
    Median,
}

impl Quantity {
    fn of(self, measured: &Measured) -> Option<f64> {
        let value = match self {
            Self::Throughput => measured.per_second,
            Self::Median => measured.latency?.p50_ms,
        };
        (value > 0.0).then_some(value)
    }

    fn title(self, load: Load) -> String {
        match self {
            Self::Throughput => format!("{load}: operations a second"),
            Self::Median => format!("{load}: p50 in ms"),
        }
    }
}

/// Draws what was measured as SVG, light and dark, with lines of text below: what the machine was. Both
/// quantities are on logarithmic scales.
#[must_use]
pub fn svg(measured: &[Measured], caption: &[String]) -> String {
    let loads: Vec<Load> =
        Load::ALL.into_iter().filter(|load| measured.iter().any(|it| it.load == *load)).collect();
    let mut users: Vec<usize> = measured.iter().map(|it| it.users).collect();
    users.sort_unstable();
    users.dedup();
    let rows = [Quantity::Throughput, Quantity::Median];
    let below = TOP + 2.0 * (PANEL + BELOW);
    let height = below + LINE * number(caption.len()) + 4.0;
    let mut drawing = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-label=\"Operations a second and latency against the number of \
         users, on SQLite and on PostgreSQL\"><style>{STYLE}</style>\n"
    );
    drawing.push_str(&legend(measured));
    for (row, quantity) in rows.into_iter().enumerate() {
        let scale = Scale::of(measured.iter().filter_map(|it| quantity.of(it)));
        for (column, load) in loads.iter().enumerate() {
            let width = WIDTH / number(loads.len());
            let panel = Panel {
                left: width * number(column) + LEFT,
                top: TOP + (PANEL + BELOW) * number(row),
                width: width - LEFT - RIGHT,
                scale,
                users: &users,
            };
            drawing.push_str(&panel.draw(measured, *load, quantity));
        }
    }
    for (position, line) in caption.iter().enumerate() {
        let y = below + LINE * number(position);
        drawing.push_str(&text("small", 10.0, y, "start", line));
    }
    drawing.push_str("</svg>\n");
    drawing
}

fn legend(measured: &[Measured]) -> String {
    let mut drawing = String::new();
    let mut x = 10.0;
    for database in Database::ALL {
        let class = class(database);
        let words = database.title();
        drawing.push_str(&shape(&format!(
            "<line class=\"line {class}\" x1=\"{x}\" x2=\"{}\" y1=\"18\" y2=\"18\"/>\
             <circle class=\"{class}\" cx=\"{}\" cy=\"18\" r=\"3\"/>",
            x + 32.0,
            x + 16.0
        )));
        drawing.push_str(&text("", x + 40.0, 22.0, "start", words));
        x += 60.0 + 6.6 * number(words.len());
    }
    if measured.iter().any(|it| it.lock_errors > 0) {
        drawing.push_str(&shape(&cross(x + 6.0, 18.0)));
        drawing.push_str(&text("", x + 18.0, 22.0, "start", "with lock errors"));
    }
    drawing
}

/// A logarithmic scale between two powers of ten.
#[derive(Debug, Clone, Copy)]
struct Scale {
    from: f64,
    to: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let ends = values.map(f64::log10).fold(None, |ends: Option<(f64, f64)>, value| {
            let (from, to) = ends.unwrap_or((value, value));
            Some((f64::min(from, value), f64::max(to, value)))
        });
        let (from, to) = ends.unwrap_or((0.0, 1.0));
        let from = from.floor();
        Self { from, to: f64::max(to.ceil(), from + 1.0) }
    }

    /// Returns how high a value stands, from 0 to 1.
    fn height(self, value: f64) -> f64 {
        (value.log10() - self.from) / (self.to - self.from)
    }

    /// Returns the powers of ten, with what to write beside each.
    fn marks(self) -> Vec<(f64, String)> {
        let mut marks = Vec::new();
        let mut power = self.from;
        while power <= self.to + 0.5 {
            marks.push((10_f64.powf(power), mark(power)));
            power += 1.0;
        }
        marks
    }
}

/// Returns `0.01`, `10`, `1k`, `1M` for a power of ten.
fn mark(power: f64) -> String {
    let value = 10_f64.powf(power);
    if power >= 6.0 {
        format!("{:.0}M", value / 1e6)
    } else if power >= 3.0 {
        format!("{:.0}k", value / 1e3)
    } else if power >= 0.0 {
        format!("{value:.0}")
    } else if power >= -4.0 {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

struct Panel<'a> {
    left: f64,
    top: f64,
    width: f64,
    scale: Scale,
    users: &'a [usize],
}

impl Panel<'_> {
    fn draw(&self, measured: &[Measured], load: Load, quantity: Quantity) -> String {
        let bottom = self.top + PANEL;
        let mut drawing = text("title", self.left, self.top - 10.0, "start", &quantity.title(load));
        for (value, words) in self.scale.marks() {
            let y = self.y(value);
            drawing.push_str(&shape(&format!(
                "<line class=\"grid\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                self.left,
                self.left + self.width
            )));
            drawing.push_str(&text("small", self.left - 6.0, y + 4.0, "end", &words));
        }
        for users in self.users {
            let x = self.x(*users);
            drawing.push_str(&text("small", x, bottom + 16.0, "middle", &users.to_string()));
        }
        let middle = self.left + self.width / 2.0;
        drawing.push_str(&text("small", middle, bottom + 31.0, "middle", "users"));
        for database in Database::ALL {
            let mut points: Vec<&Measured> =
                measured.iter().filter(|it| it.database == database && it.load == load).collect();
            points.sort_by_key(|it| it.users);
            drawing.push_str(&self.line(&points, database, quantity));
        }
        drawing
    }

    fn line(&self, points: &[&Measured], database: Database, quantity: Quantity) -> String {
        let class = class(database);
        let (mut path, mut marks) = (String::new(), String::new());
        for measured in points {
            let Some(value) = quantity.of(measured) else { continue };
            let (x, y) = (self.x(measured.users), self.y(value));
            append(&mut path, format_args!("{x:.1},{y:.1} "));
            let title = title(measured, value, quantity);
            append(
                &mut marks,
                format_args!(
                    "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\">{title}</circle>"
                ),
            );
            if measured.lock_errors > 0 {
                marks.push_str(&cross(x, y));
            }
        }
        let path = path.trim_end();
        shape(&format!("<polyline class=\"line {class}\" points=\"{path}\"/>{marks}"))
    }

    /// Numbers of users are set side by side: they usually double.
    fn x(&self, users: usize) -> f64 {
        let position = self.users.iter().position(|it| *it == users).unwrap_or(0);
        let steps = f64::max(number(self.users.len()) - 1.0, 1.0);
        self.left + 8.0 + (self.width - 16.0) * number(position) / steps
    }

    fn y(&self, value: f64) -> f64 {
        self.top + PANEL * (1.0 - self.scale.height(value))
    }
}

/// What a point says when it is pointed at.
fn title(measured: &Measured, value: f64, quantity: Quantity) -> String {
    let unit = match quantity {
        Quantity::Throughput => "operations a second",
        Quantity::Median => "ms",
    };
    let locks = match measured.lock_errors {
        0 => String::new(),
        errors => format!(", {errors} lock errors"),
    };
    let (database, users) = (measured.database, measured.users);
    format!("<title>{database}, {users} users: {value:.2} {unit}{locks}</title>")
}

fn cross(x: f64, y: f64) -> String {
    let (left, right, top, bottom) = (x - 5.0, x + 5.0, y - 5.0, y + 5.0);
    format!(
        "<path class=\"lock\" d=\"M{left:.1} {top:.1}L{right:.1} {bottom:.1}M{left:.1} {bottom:.1}L{right:.1} {top:.1}\"/>"
    )
}

fn class(database: Database) -> &'static str {
    match database {
        Database::SqliteRollback => "rollback",
        Database::SqliteWal => "wal",
        Database::Postgresql => "postgresql",
    }
}

fn text(class: &str, x: f64, y: f64, anchor: &str, words: &str) -> String {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<text{class} x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n")
}

fn shape(element: &str) -> String {
    format!("{element}\n")
}

fn append(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    text.write_fmt(words).unwrap_or_default();
}

/// Small numbers only: positions and counts of what is drawn.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Latency;

    fn measured(database: Database, users: usize, per_second: f64, lock_errors: u64) -> Measured {
        Measured {
            users,
            load: Load::Writes,
            database,
            connections: users,
            seconds: 1.0,
            operations: 100,
            per_second,
            latency: Some(Latency { p50_ms: 0.25, p95_ms: 2.0, p99_ms: 3.0 }),
            lock_errors,
            other_errors: 0,
            first_error: None,
        }
    }

    #[test]
    fn each_database_has_a_line_and_lock_errors_a_cross() {
        let all = [
            measured(Database::SqliteRollback, 1, 90.0, 0),
            measured(Database::SqliteRollback, 64, 30.0, 5),
            measured(Database::Postgresql, 1, 900.0, 0),
            measured(Database::Postgresql, 64, 4000.0, 0),
        ];
        let picture = svg(&all, &["2 processors, <fsync on>".to_owned()]);
        assert!(picture.contains(
            "SQLite, rollback journal, 64 users: 30.00 operations a second, 5 lock errors"
        ));
        // One in each panel, one in the legend.
        assert_eq!(picture.matches("class=\"lock\"").count(), 3);
        assert!(
            picture.contains("&lt;fsync on&gt;") && picture.contains("prefers-color-scheme: dark")
        );
        assert!(picture.contains("writes: operations a second") && !picture.contains("reads: "));
        assert_eq!(picture.matches("<polyline").count(), 6);
    }

    #[test]
    fn a_scale_goes_from_one_power_of_ten_to_another() {
        let scale = Scale::of([30.0, 4000.0].into_iter());
        let marks: Vec<String> = scale.marks().into_iter().map(|(_, words)| words).collect();
        assert_eq!(marks, ["10", "100", "1k", "10k"]);
        assert!((scale.height(10.0)).abs() < 1e-9 && (scale.height(10_000.0) - 1.0).abs() < 1e-9);
        let marks = Scale::of([0.03].into_iter()).marks();
        assert_eq!(
            marks.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>(),
            ["0.01", "0.1"]
        );
    }

    #[test]
    fn nothing_measured_is_an_empty_picture_and_no_failure() {
        let picture = svg(&[], &[]);
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
    }
}
