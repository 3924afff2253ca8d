//! The report of a migration as one page: no script, nothing fetched, light and dark, wide and
//! narrow. Every text is escaped by `maud`, whatever the file's names hold.

mod chart;
mod findings;
mod rehearsal;
mod tables;
mod verdict;

use crate::error::{CommandError, CommandResult, user_error};
use crate::settings::STATE_FOLDER;
use crate::state_folder;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sealift_core::plan::Plan;
use sealift_engine::doctor::EarlierMove;
use sealift_engine::report::{MigrateReport, RehearsalReport, Status};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Never closes the element it stands in: the text is ours and holds no `<`.
const STYLE: &str = include_str!("report/style.css");

/// The carried-out plan's file: `sealift verify` compares with what was made, `--cast` included.
const PLAN: &str = "plan.json";

/// The report for programs.
const REPORT: &str = "report.json";

/// Writes `report.html`, `report.json` and, when something was carried out, `plan.json` into the
/// state folder of the working folder, and returns the page's path.
pub(crate) fn write(report: &MigrateReport) -> CommandResult<PathBuf> {
    make_folder()?;
    put(REPORT, &json(report)?)?;
    let page = put("report.html", render(report).as_bytes())?;
    if report.status != Status::Refused {
        put(PLAN, &json(&report.plan)?)?;
    }
    Ok(page)
}

/// Writes `rehearsal.html` and `rehearsal.json` beside the report of a real migration, of which nothing is
/// touched, and returns the page's path.
pub(crate) fn write_rehearsal(report: &RehearsalReport) -> CommandResult<PathBuf> {
    make_folder()?;
    put("rehearsal.json", &json(report)?)?;
    put("rehearsal.html", rehearsal::render(report).as_bytes())
}

fn make_folder() -> CommandResult<()> {
    state_folder::make().map(drop).map_err(|error| cannot_write(Path::new(STATE_FOLDER), &error))
}

fn put(name: &str, text: &[u8]) -> CommandResult<PathBuf> {
    let path = Path::new(STATE_FOLDER).join(name);
    fs::write(&path, text).map_err(|error| cannot_write(&path, &error))?;
    Ok(path)
}

fn json(value: &impl Serialize) -> CommandResult<Vec<u8>> {
    serde_json::to_vec_pretty(value)
        .map_err(|error| user_error("cannot write the report as JSON").caused_by(&error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> CommandError {
    user_error(format!("cannot write {}", path.display())).caused_by(error)
}

/// Returns the plan that the last migration of the working folder carried out, if it can be read.
pub(crate) fn remembered_plan() -> Option<Plan> {
    let bytes = fs::read(Path::new(STATE_FOLDER).join(PLAN)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Returns what the last migration of the working folder did with a file, if it was this one and was carried
/// out.
pub(crate) fn remembered_move(source: &Path) -> Option<EarlierMove> {
    #[derive(serde::Deserialize)]
    struct Kept {
        status: String,
        source: String,
        target: String,
    }
    let path = Path::new(STATE_FOLDER).join(REPORT);
    let kept: Kept = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
    let is_same = fs::canonicalize(&kept.source).ok()? == fs::canonicalize(source).ok()?;
    if !is_same || kept.status == "refused" {
        return None;
    }
    let at = fs::metadata(&path).ok()?.modified().ok()?;
    Some(EarlierMove { target: kept.target, at: at.duration_since(UNIX_EPOCH).ok()? })
}

/// Returns the whole page.
pub(crate) fn render(report: &MigrateReport) -> String {
    page(
        verdict::title(report),
        &html! {
            (verdict::hero(report))
            (verdict::numbers(report))
            (chart::phases(report))
            (tables::differences(report))
            (findings::section(&report.findings))
            (tables::section(report))
            (tables::types(report))
            (footer(report))
        },
    )
}

/// Returns a page with a title and what stands on it.
fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                // Nothing may be fetched, and nothing run, whatever a name in the file holds.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (title) " · Sealift" }
                link rel="icon" href=(chart::ICON);
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { (body) }
            }
        }
    };
    page.into_string()
}

fn footer(report: &MigrateReport) -> Markup {
    html! {
        footer {
            p {
                "Made by Sealift " (env!("CARGO_PKG_VERSION")) ". The same facts for programs: "
                code { "report.json" } " beside this page."
            }
            p { "Compare again at any time: " code { "sealift verify " (shell_word(&report.source)) } }
        }
    }
}

/// Returns a word as a POSIX shell reads it back.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
