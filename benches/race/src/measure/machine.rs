//! The machine, the server and the versions: what the numbers belong to.

use crate::options::Options;
use crate::server;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;

/// What stands beside the numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// The day of the race, as 2026-11-26.
    pub(crate) date: String,
    /// What, and its value, in the order to show them in.
    pub(crate) machine: Vec<[String; 2]>,
    pub(crate) versions: Vec<[String; 2]>,
    /// The server's profile, as the caller names it.
    pub(crate) profile: String,
    pub(crate) server: Vec<[String; 2]>,
    pub(crate) jobs: usize,
}

/// Asks for everything.
pub(crate) async fn facts(options: &Options, date: String) -> Result<Facts> {
    let server = server::settings(&options.url).await?;
    let version = |name: &str| {
        let found = server.iter().find(|[setting, _]| setting == name);
        found.map(|[_, value]| value.clone()).unwrap_or_default()
    };
    let mut versions = vec![
        pair("Sealift", sealift(options)),
        pair("PostgreSQL", version("server_version")),
        pair("SQLite in Sealift", rusqlite::version().to_owned()),
    ];
    if options.peers.is_some() {
        versions.extend(peers(options));
    }
    Ok(Facts {
        date,
        machine: machine(&options.cache),
        versions,
        profile: options.profile.clone(),
        server,
        jobs: options.jobs(),
    })
}

fn pair(what: &str, value: String) -> [String; 2] {
    [what.to_owned(), value]
}

fn sealift(options: &Options) -> String {
    let version = said(Command::new(&options.sealift).arg("--version"));
    let version = version.trim_start_matches("sealift ").to_owned();
    match &options.commit {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    }
}

fn peers(options: &Options) -> Vec<[String; 2]> {
    let package = |name: &str| {
        let print = format!("import importlib.metadata as m; print(m.version('{name}'))");
        said(Command::new(&options.python).args(["-c", &print]))
    };
    vec![
        pair("pgloader", said(Command::new("pgloader").arg("--version"))),
        pair("DuckDB", package("duckdb")),
        pair("sqlite3", said(Command::new("sqlite3").arg("--version"))),
        pair("psql", said(Command::new("psql").arg("--version"))),
        pair("SQLAlchemy", package("sqlalchemy")),
        pair("psycopg", package("psycopg")),
    ]
}

/// Returns the version that a command says of itself.
fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    let first = text.lines().next().unwrap_or_default();
    let version = first
        .split_whitespace()
        .find(|word| word.trim_matches('"').starts_with(|letter: char| letter.is_ascii_digit()));
    version.map_or_else(|| "not found".to_owned(), |it| it.trim_matches('"').to_owned())
}

fn machine(folder: &Path) -> Vec<[String; 2]> {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    vec![
        pair("processors", processors.to_string()),
        pair("model", field("/proc/cpuinfo", "model name")),
        pair("memory", memory()),
        pair("system", format!("Linux {}", one_line("/proc/sys/kernel/osrelease"))),
        pair("disk", disk(folder)),
    ]
}

fn memory() -> String {
    let kibibytes = field("/proc/meminfo", "MemTotal");
    let kibibytes = kibibytes.trim_end_matches(" kB").parse::<u64>().unwrap_or(0);
    format!("{:.0} GB", kibibytes as f64 / f64::from(1 << 20))
}

fn one_line(file: &str) -> String {
    std::fs::read_to_string(file).map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// Returns the value of the first line `name : value`.
fn field(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map(|line| line.trim_matches([' ', '\t', ':']).to_owned()).unwrap_or_default()
}

/// Returns the file system of a folder and whether its disk turns, as far as the system knows.
fn disk(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let covering = fields.filter(|fields| fields.get(1).is_some_and(|at| folder.starts_with(at)));
    let longest = covering.max_by_key(|fields| fields.get(1).map_or(0, |at| at.len()));
    let Some([device, _, kind, ..]) = longest.as_deref() else { return "unknown".to_owned() };
    let name = device.trim_start_matches("/dev/");
    let turns = one_line(&format!("/sys/block/{name}/queue/rotational"));
    let turning = match turns.as_str() {
        "0" => ", solid state",
        "1" if name.starts_with("vd") => ", virtual",
        "1" => ", turning",
        _ => "",
    };
    format!("{kind} on {name}{turning}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_first_word_that_begins_with_a_digit() {
        let echo = |text: &str| said(Command::new("echo").arg(text));
        assert_eq!(echo("pgloader version \"3.6.7~devel\""), "3.6.7~devel");
        assert_eq!(echo("3.40.1 2022-12-28 abc"), "3.40.1");
        assert_eq!(said(&mut Command::new("no-such-command-anywhere")), "not found");
    }
}
