//! From facts to lines, without asking anybody.

mod machine;
mod settings;
mod source;
mod target;

pub(super) use machine::machine;
pub(super) use settings::settings;
pub(super) use source::source;
pub(super) use target::{local_not_running, not_reached, reached, schema, unusable};

use crate::check::{failed, ok, warning};

/// Returns a list that names some and counts the rest.
fn named(all: &[String]) -> String {
    const NAMED: usize = 5;
    let shown: Vec<&str> = all.iter().take(NAMED).map(String::as_str).collect();
    let rest = all.len().saturating_sub(NAMED);
    match rest {
        0 => shown.join(", "),
        _ => format!("{} and {rest} more", shown.join(", ")),
    }
}

fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}
