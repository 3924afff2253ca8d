//! One scenario under callgrind → how many instructions it took.

use crate::budget::Count;
use crate::scenario::COUNTED;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns where the profile of a scenario lies, for `callgrind_annotate`.
pub(crate) fn profile(folder: &Path, name: &str) -> PathBuf {
    // What ends in .1 is what callgrind wrote when the counted function returned.
    folder.join(format!("{}.1", file_name(name)))
}

/// Runs this program again under callgrind, as `--pass NAME FOLDER`.
///
/// # Errors
/// When valgrind is not there, the scenario fails, or nothing was counted.
pub(crate) fn count(folder: &Path, name: &str) -> Result<Count, Box<dyn Error + Send + Sync>> {
    let profile = profile(folder, name);
    if profile.exists() {
        std::fs::remove_file(&profile)?;
    }
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", folder.join(file_name(name)).display()))
        // Not --toggle-collect: it would leave out what other threads do meanwhile.
        .arg(format!("--zero-before={COUNTED}"))
        .arg(format!("--dump-after={COUNTED}"))
        .arg(std::env::current_exe()?)
        .args(["--pass", name])
        .arg(folder)
        .output()
        .map_err(|error| format!("start valgrind (Debian's package valgrind): {error}"))?;
    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        return Err(format!("{name}: {}\n{complaint}", output.status).into());
    }
    let text = std::fs::read_to_string(&profile)
        .map_err(|error| format!("{name}: callgrind has not met {COUNTED}: {error}"))?;
    std::fs::write(&profile, without_open_calls(&text))?;
    let instructions = total(&text).ok_or(format!("{name}: a profile without its sum"))?;
    let mut numbers = said.split_whitespace().map(str::parse::<u64>);
    let (Some(Ok(rows)), Some(Ok(cells))) = (numbers.next(), numbers.next()) else {
        return Err(format!("{name}: it does not say how much went through").into());
    };
    Ok(Count { instructions, rows, cells })
}

fn file_name(name: &str) -> String {
    name.replace(' ', "-").replace(',', "")
}

/// Returns the sum of a profile. Not that of its line `totals`, in which calls that had begun before are
/// counted whole (valgrind 3.19).
fn total(profile: &str) -> Option<u64> {
    let line = profile.lines().find_map(|line| line.strip_prefix("summary:"));
    line?.trim().parse().ok().filter(|total| *total > 0)
}

/// Returns a profile without the calls that had begun before it. `callgrind_annotate` takes them, since
/// they have no number, for work of the callers, and then shows nothing but `main` (valgrind 3.19).
fn without_open_calls(profile: &str) -> String {
    let mut lines = profile.lines();
    let mut text = String::with_capacity(profile.len());
    while let Some(line) = lines.next() {
        if line.starts_with("calls=0 ") {
            // The next one is what the call has cost.
            lines.next();
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_had_begun_before_are_not_in_the_total() {
        assert_eq!(total("events: Ir\nsummary: 7\nfn=(1) main\n12 7\ntotals: 9\n"), Some(7));
        assert_eq!(total("events: Ir\nfn=(1) main\n"), None);
    }

    #[test]
    fn calls_that_had_begun_before_are_not_shown() {
        let profile = "fn=(1) main\ncfn=(2) run\ncalls=0 0 \n0 900\ncfn=(3) f\ncalls=1 0 \n0 8\n";
        assert_eq!(
            without_open_calls(profile),
            "fn=(1) main\ncfn=(2) run\ncfn=(3) f\ncalls=1 0 \n0 8\n"
        );
    }

    #[test]
    fn a_profile_of_nothing_is_not_taken_for_a_fast_one() {
        assert_eq!(total("summary: 0\n"), None);
    }
}
