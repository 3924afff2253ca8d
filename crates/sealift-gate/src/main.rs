//! The instruction-count gate; `benches/README.md` says how to read it. Started by `benches/gate` in
//! the root of the repository.
//!
//! ```text
//! sealift-gate [--bless] [PART OF A NAME…]     measures, and compares or writes down
//! sealift-gate --pass NAME FOLDER              runs one scenario: this is what callgrind looks at
//! ```
#![expect(clippy::print_stdout, reason = "the gate prints its table")]

mod budget;
mod callgrind;
mod data;
mod report;
mod scenario;
mod toolchain;

use budget::{Budget, Count};
use sealift_engine::config::PlanOptions;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::planning;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What is written down.
const BUDGET: &str = "benches/gate.json";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, folder] = arguments.as_slice()
        && flag == "--pass"
    {
        return pass(name, Path::new(folder));
    }
    let (flags, names): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.starts_with('-'));
    if let Some(flag) = flags.iter().find(|flag| flag.as_str() != "--bless") {
        return Err(format!("there is no {flag}, only --bless").into());
    }
    let folder = files()?;
    let measured = measure(&folder, &names)?;
    let known: Vec<&str> = scenario::ALL.iter().map(|(name, _)| *name).collect();
    let (written, at_hand) = (read_budget()?, toolchain::at_hand());
    if flags.is_empty() {
        let written = written.ok_or(format!("there is no {BUDGET}: benches/gate --bless"))?;
        let found = budget::compare(&written, &measured, &at_hand, &known);
        println!("{}", report::judgement(&found, &written, &measured, &folder));
        return Ok(if found.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let blessed = budget::bless(written.unwrap_or_default(), measured, at_hand, &known);
    std::fs::write(BUDGET, serde_json::to_string_pretty(&blessed)? + "\n")?;
    println!("written down in {BUDGET}; say in the commit why the counts are others");
    Ok(ExitCode::SUCCESS)
}

fn pass(name: &str, folder: &Path) -> Result<ExitCode> {
    let found = scenario::ALL.iter().find(|(known, _)| *known == name);
    let (_, work) = found.ok_or("there is no such scenario")?;
    let size = scenario::run(*work, folder)?;
    println!("{} {}", size.rows, size.cells);
    Ok(ExitCode::SUCCESS)
}

/// Counts the scenarios whose names have one of these parts, or all; two at once, which changes no count.
fn measure(folder: &Path, parts: &[&String]) -> Result<BTreeMap<String, Count>> {
    let asked = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(*part));
    let scenarios: Vec<_> = scenario::ALL.into_iter().filter(|(name, _)| asked(name)).collect();
    if scenarios.is_empty() {
        return Err("no scenario has this in its name; without any, all are counted".into());
    }
    let mut measured = BTreeMap::new();
    for pair in scenarios.chunks(2) {
        let counts: Vec<_> = std::thread::scope(|scope| {
            let count = |name| scope.spawn(move || callgrind::count(folder, name));
            let threads: Vec<_> = pair.iter().map(|(name, _)| count(*name)).collect();
            threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        for ((name, work), count) in pair.iter().zip(counts) {
            let count = count.map_err(|_| format!("{name}: its thread panicked"))??;
            println!("{}", report::line(name, count, work.parts()));
            measured.insert((*name).to_owned(), count);
        }
    }
    Ok(measured)
}

/// Makes the files to be read anew, beside this program, and returns their folder.
fn files() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or("a program has a folder")?.join("gate");
    std::fs::create_dir_all(&folder)?;
    let (shop, wide) = (folder.join(scenario::SHOP), folder.join(scenario::WIDE));
    for file in [&shop, &wide] {
        if file.exists() {
            std::fs::remove_file(file)?;
        }
    }
    data::make_shop(&shop)?;
    data::make_wide(&wide)?;
    let plan = planning::plan(&shop, &PlanOptions::default(), &Events::silent(), &Cancel::new())?;
    std::fs::write(folder.join(scenario::SHOP_PLAN), serde_json::to_vec(&plan)?)?;
    Ok(folder)
}

fn read_budget() -> Result<Option<Budget>> {
    match std::fs::read(BUDGET) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("read {BUDGET}: {error}").into()),
    }
}
