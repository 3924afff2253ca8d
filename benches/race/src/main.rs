//! Races Sealift against the fastest load that the server itself allows, and against other tools.
//! `benches/race/run` starts it with servers of its own; `benches/README.md` says how to read it.
#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints its table, and its numbers have few digits"
)]

mod contestant;
mod course;
mod data;
mod flame;
mod heat;
mod limit;
mod measure;
mod network;
mod options;
mod report;
mod server;

use anyhow::{Context, Result};
use clap::Parser;
use options::{Again, Options};
use report::Report;

fn main() -> Result<()> {
    if let Ok(Again { again }) = Again::try_parse() {
        report::write(&report::read(&again)?, &again)?;
        return Ok(());
    }
    let options = Options::parse().absolute().context("find the current folder")?;
    if options.only_make {
        return course::courses(&options)
            .iter()
            .try_for_each(|course| heat::make(&options, course));
    }
    let runtime = tokio::runtime::Runtime::new().context("start a runtime")?;
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let report = runtime.block_on(race(&options, date))?;
    println!("\n{}", report::terminal::text(&report));
    let written = report::write(&report, &options.out)?;
    println!("written to {}", written.display());
    Ok(())
}

async fn race(options: &Options, date: String) -> Result<Report> {
    let facts = measure::machine::facts(options, date).await?;
    let mut heats = Vec::new();
    for course in course::courses(options) {
        println!("{}", course.name);
        heats.push(heat::run(options, &course).await.with_context(|| course.name.clone())?);
    }
    let profile = match options.flame {
        true => Some(flame::record(options, &heat::source(options)?).context("record a profile")?),
        false => None,
    };
    Ok(Report::new(facts, heats, profile))
}
