//! Tells the gate who compiles it and SQLite: counts are comparable only where that is the same.

use std::ffi::OsString;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=CC");
    println!("cargo::rustc-env=GATE_RUSTC={}", word(1, asked("RUSTC", "rustc").arg("--version")));
    println!("cargo::rustc-env=GATE_CC={}", word(0, asked("CC", "cc").arg("-dumpversion")));
}

/// Returns the command that a variable names, or the usual one.
fn asked(variable: &str, usual: &str) -> Command {
    Command::new(std::env::var_os(variable).unwrap_or_else(|| OsString::from(usual)))
}

/// Returns a word of what a command prints; `unknown` where there is none.
fn word(position: usize, command: &mut Command) -> String {
    let text = command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let word = text.ok().and_then(|text| text.split_whitespace().nth(position).map(str::to_owned));
    word.unwrap_or_else(|| "unknown".to_owned())
}
