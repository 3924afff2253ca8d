//! What was measured: a table for each load, what it belongs to, and what the most users got.

use super::{indented, left, plain, right, table};
use crate::printer::{paint, style};
use crate::units;
use sealift_core::bench::{Database, Kind, Left, Load, Measured};
use sealift_engine::bench::{BenchReport, Done};

/// Returns the tables; the last lines say what the most users got out of each database.
pub(crate) fn measured(report: &BenchReport) -> String {
    let mut parts = vec![operations(&report.operations)];
    parts.extend(report.left_out.iter().map(left_out));
    for load in Load::ALL {
        let steps: Vec<&Measured> = report.steps.iter().filter(|it| it.load == load).collect();
        if !steps.is_empty() {
            parts.push(format!("\n{}\n{}", paint(style::HEADING, load), steps_of(&steps)));
        }
    }
    parts.extend(failures(&report.steps));
    parts.push("\n".to_owned());
    parts.extend(circumstances(report).iter().map(|line| format!("{}\n", plain(line))));
    parts.push(verdict(report));
    parts.concat()
}

/// Returns what the numbers belong to, in lines that stand below the picture too.
pub(crate) fn circumstances(report: &BenchReport) -> Vec<String> {
    let (machine, sqlite, postgresql) = (&report.machine, &report.sqlite, &report.postgresql);
    let processor = machine.processor.as_ref().map_or(String::new(), |it| format!(" ({it})"));
    let place = if postgresql.on_this_machine {
        "the server on the same machine"
    } else {
        "the server on another machine"
    };
    let memory = if sqlite.in_memory { ", the copies in memory" } else { "" };
    vec![
        format!(
            "{}{processor}, {}; {place}; {} rows, {}; {} s a step",
            units::counted_len(machine.processors, "processor"),
            machine.system,
            units::count(report.rows),
            units::bytes(sqlite.file_bytes),
            report.seconds_each,
        ),
        format!(
            "SQLite {}: synchronous {}, busy timeout {} s{memory}",
            sqlite.version, sqlite.synchronous, sqlite.busy_timeout_seconds
        ),
        format!(
            "PostgreSQL {}: fsync {}, synchronous_commit {}, shared_buffers {}; {}",
            postgresql.version,
            postgresql.fsync,
            postgresql.synchronous_commit,
            postgresql.shared_buffers,
            units::counted_len(postgresql.sessions, "session"),
        ),
    ]
}

/// Returns what the users do, a line for each kind.
fn operations(operations: &[Done]) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let of_kind = operations.iter().filter(|it| it.operation == kind);
        let named: Vec<String> = of_kind
            .map(|it| {
                let columns = it.columns.join(", ");
                let columns = if columns.is_empty() { columns } else { format!(" ({columns})") };
                plain(&format!("{}{columns}", it.table)).into_owned()
            })
            .collect();
        if !named.is_empty() {
            let name = format!("{kind}:");
            text.push_str(&format!("  {name:<15} {}\n", named.join("; ")));
        }
    }
    text
}

fn left_out(left: &Left) -> String {
    let what = left.operation.map_or(String::new(), |kind| format!(", {kind}"));
    let text = format!("  left out: {}{what}: {}", plain(&left.table), plain(&left.reason));
    format!("{}\n", paint(style::DIM, text))
}

fn steps_of(steps: &[&Measured]) -> String {
    let mut rows = table([
        "users",
        "database",
        "operations/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "lock errors",
        "other errors",
    ]);
    let mut before = None;
    for step in steps {
        let users = if before == Some(step.users) { String::new() } else { step.users.to_string() };
        before = Some(step.users);
        let millis = |pick: fn(&sealift_core::bench::Latency) -> f64| {
            step.latency.as_ref().map_or("-".to_owned(), |it| format!("{:.2}", pick(it)))
        };
        rows.add_row([
            right(users),
            left(step.database.title()),
            right(rate(step.per_second)),
            right(millis(|it| it.p50_ms)),
            right(millis(|it| it.p95_ms)),
            right(millis(|it| it.p99_ms)),
            right(units::count(step.lock_errors)),
            right(units::count(step.other_errors)),
        ]);
    }
    indented(&rows)
}

/// Returns `1,234` or, of few, `3.4`.
fn rate(per_second: f64) -> String {
    if per_second < 10.0 {
        return format!("{per_second:.1}");
    }
    format!("{per_second:.0}").parse().map_or_else(|_| "many".to_owned(), units::count)
}

/// Returns what failed beside locks, the first of each database.
fn failures(steps: &[Measured]) -> Vec<String> {
    let first = |database| {
        let step = steps.iter().find(|it| it.database == database && it.first_error.is_some())?;
        let said = step.first_error.as_deref().unwrap_or_default();
        let heading = paint(style::WARNING, "other errors:");
        Some(format!("{heading} {database}, the first: {}\n", plain(said)))
    };
    Database::ALL.into_iter().filter_map(first).collect()
}

fn verdict(report: &BenchReport) -> String {
    let Some(most) = report.steps.iter().map(|it| it.users).max() else { return String::new() };
    let mut lines = Vec::new();
    for load in Load::ALL {
        let steps = report.steps.iter().filter(|it| it.users == most && it.load == load);
        let each: Vec<String> = steps
            .map(|it| {
                let locks = match it.lock_errors {
                    0 => String::new(),
                    errors => format!(" with {}", units::counted(errors, "lock error")),
                };
                format!("{} {}/s{locks}", it.database, rate(it.per_second))
            })
            .collect();
        if !each.is_empty() {
            let users = units::counted_len(most, "user");
            let heading = paint(style::GOOD, format_args!("{users}, {load}:"));
            lines.push(format!("{heading} {}", each.join(" · ")));
        }
    }
    lines.push(format!(
        "measured in {}; the copies and the tables on PostgreSQL are removed",
        units::seconds(report.seconds)
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded_but_not_to_nothing() {
        assert_eq!([rate(0.0), rate(3.44), rate(1234.5)], ["0.0", "3.4", "1,234"]);
    }

    #[test]
    fn what_is_left_out_says_of_which_table_and_why() {
        let left = Left {
            table: "a\u{1b}b".to_owned(),
            operation: Some(Kind::Insert),
            reason: "it is empty".to_owned(),
        };
        let text = left_out(&left);
        assert!(text.contains("left out: a\u{fffd}b, insert: it is empty"), "{text:?}");
    }
}
