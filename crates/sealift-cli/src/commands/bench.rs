//! `sealift bench`

use super::Context;
use crate::args::BenchArgs;
use crate::error::{CommandError, CommandResult, user_error};
use crate::exit::Exit;
use crate::state_folder;
use crate::table;
use sealift_core::bench::svg;
use sealift_engine::bench::{self, BenchOptions, BenchReport, BenchStatus};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Measures both sides.
pub(crate) fn run(args: &BenchArgs, context: &Context) -> CommandResult {
    let environment = &context.environment;
    let source = environment.source(&args.source)?;
    context.require_file(&source)?;
    let target = environment.target(args.target.to.as_ref(), "--to")?;
    let plan_options = environment.plan_options(&args.select)?;
    let loads = each_once(args.loads.iter().copied());
    let folder = copies_folder(args)?;
    // What was measured for minutes shall not be lost for a folder that is not there.
    let places = Places::of(args)?;
    // Not `args`: the server's address may hold a password.
    context.open_log(&source, format!("{:?} {loads:?} {plan_options:?}", args.users));
    let report = context.watched(async |events, cancel| {
        let options = BenchOptions {
            source: source.value.clone(),
            target: context.endpoint(&target).await?,
            plan_options,
            users: each_once(args.users.iter().copied().map(usize::from)),
            loads,
            step: duration(args.seconds),
            max_time: duration(args.max_time),
            busy_timeout: duration(args.busy_timeout),
            seed: args.seed,
            folder,
            processors: environment.processors(),
        };
        Ok(bench::bench(options, events, cancel).await?)
    })?;
    if context.printer.is_json() {
        context.printer.json(&report)?;
    } else {
        context.printer.answer(table::measured(&report))?;
    }
    places.write(&report, context)?;
    if report.status == BenchStatus::CutShort {
        context.printer.warning(format_args!(
            "--max-time was over before {} of the steps were measured",
            report.not_measured.len()
        ));
        context.printer.hint("give it more time, or measure less: --users, --loads, --seconds");
    }
    Ok(Exit::Done)
}

/// Returns what was typed without repetitions, in its order.
fn each_once<T: PartialEq>(typed: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = Vec::new();
    for one in typed {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn copies_folder(args: &BenchArgs) -> CommandResult<PathBuf> {
    if let Some(folder) = &args.copies {
        return Ok(folder.clone());
    }
    state_folder::make().map_err(|error| {
        user_error("cannot make the folder .sealift for the copies of the file")
            .caused_by(&error)
            .hinted("run it in a folder that can be written to, or name one: --copies DIR")
    })
}

/// Where the results go beside the terminal.
struct Places {
    pictures: Vec<PathBuf>,
    json: Option<PathBuf>,
}

impl Places {
    /// Sees that the folders are there; that of `--out` is made.
    fn of(args: &BenchArgs) -> CommandResult<Self> {
        let mut pictures: Vec<PathBuf> = args.svg.iter().cloned().collect();
        if let Some(folder) = pictures.first().and_then(|file| file.parent())
            && !folder.as_os_str().is_empty()
            && !folder.is_dir()
        {
            return Err(user_error(format!("there is no folder {}", folder.display()))
                .hinted("make it first, or name another file: --svg FILE"));
        }
        let mut json = None;
        if let Some(folder) = &args.out {
            fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
            pictures.push(folder.join("bench.svg"));
            json = Some(folder.join("bench.json"));
        }
        Ok(Self { pictures, json })
    }

    fn write(&self, report: &BenchReport, context: &Context) -> CommandResult<()> {
        let picture = svg(&report.steps, &table::circumstances(report));
        for file in &self.pictures {
            put(file, picture.as_bytes(), context)?;
        }
        if let Some(file) = &self.json {
            let text = serde_json::to_vec_pretty(report)
                .map_err(|error| user_error("cannot write the report as JSON").caused_by(&error))?;
            put(file, &text, context)?;
        }
        Ok(())
    }
}

fn put(file: &Path, text: &[u8], context: &Context) -> CommandResult<()> {
    fs::write(file, text).map_err(|error| unwritable(file, &error))?;
    context.printer.note(format_args!("wrote {}", file.display()));
    Ok(())
}

fn unwritable(path: &Path, error: &std::io::Error) -> CommandError {
    user_error(format!("cannot write {}", path.display()))
        .caused_by(error)
        .hinted("name a place that can be written to")
}
