//! What changes the database: `upgrade`, `downgrade`, `stamp`.

use super::{both, present};
use crate::args::{DowngradeArgs, PlaceOfRevisionsArgs, RevisionRunArgs, UpgradeArgs};
use crate::commands::Context;
use crate::error::{CommandResult, usage_error, user_error};
use crate::exit::Exit;
use crate::table;
use sealift_core::revision::graph::Target;
use sealift_core::revision::way::Way;
use sealift_engine::revision::folder::Folder;
use sealift_engine::revision::neighbours::refuse_to_repeat;
use sealift_engine::revision::offline::{self, Stretch};
use sealift_engine::revision::run::{self, Report, RunOptions, Stamped};
use sealift_engine::revision::state::{Goal, State, Todo};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// The longest wait for a lock that can be asked for: a day.
const LONGEST_LOCK_TIMEOUT: f64 = 86_400.0;

/// What `upgrade` and `downgrade` print with `--json`.
#[derive(Serialize)]
struct Moved {
    status: &'static str,
    way: Way,
    #[serde(flatten)]
    report: Report,
}

/// Goes up.
pub(super) fn upgrade(folder: &Path, args: &UpgradeArgs, context: &Context) -> CommandResult {
    if args.run.sql {
        let (from, to) = args.revision.split_once(':').unwrap_or(("base", &args.revision));
        return script(folder, from, to, Way::Up, &args.run, context);
    }
    let goal = Goal { way: Way::Up, target: target(&args.revision)? };
    go(folder, goal, &args.run, context)
}

/// Goes down.
pub(super) fn downgrade(folder: &Path, args: &DowngradeArgs, context: &Context) -> CommandResult {
    if args.run.sql {
        let (from, to) = args.revision.split_once(':').ok_or_else(|| {
            usage_error("downgrade --sql needs to know where the database stands")
                .hinted(format!("sealift revision downgrade head:{} --sql", args.revision))
        })?;
        return script(folder, from, to, Way::Down, &args.run, context);
    }
    let goal = Goal { way: Way::Down, target: target(&args.revision)? };
    go(folder, goal, &args.run, context)
}

fn target(text: &str) -> CommandResult<Target> {
    Target::parse(text).map_err(|_| {
        usage_error(format!("`{text}` is no revision"))
            .hinted("give head, heads, base, +n, -n, or a number or its first digits")
    })
}

fn script(
    folder: &Path,
    from: &str,
    to: &str,
    way: Way,
    args: &RevisionRunArgs,
    context: &Context,
) -> CommandResult {
    let folder = Folder::read(folder)?;
    let schema = context.environment.schema(args.place.schema.as_ref())?;
    let from = if from.is_empty() { "base" } else { from };
    let stretch = Stretch { from: target(from)?, to: target(to)?, way };
    let text = offline::script(&folder, &schema, &stretch, lock_timeout(args)?)?;
    context.printer.raw(text.as_bytes())?;
    Ok(Exit::Done)
}

fn lock_timeout(args: &RevisionRunArgs) -> CommandResult<Duration> {
    let seconds = args.lock_timeout;
    if !(0.0..=LONGEST_LOCK_TIMEOUT).contains(&seconds) {
        return Err(usage_error(format!("--lock-timeout {seconds} is not between 0 and 86400")));
    }
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

fn go(path: &Path, goal: Goal, args: &RevisionRunArgs, context: &Context) -> CommandResult {
    let lock_timeout = lock_timeout(args)?;
    let way = goal.way;
    let setting = context.environment.target(args.place.target.to.as_ref(), "--to")?;
    let (folder, todo, schema, cost) = context.block_on(async {
        let (folder, history, session, schema) = both(path, &args.place, context).await?;
        // Before anything is asked about files that will not be carried out.
        refuse_to_repeat(&session, &schema, &folder, &history).await?;
        let todo = State { folder: &folder, history: &history }.todo(&goal)?;
        let cost = run::cost(&session, &schema, &folder, &todo).await?;
        Ok((folder, todo, schema, cost))
    })?;
    if args.dry_run {
        return present(&cost, table::revision_cost(&cost), context);
    }
    for line in table::rewrites(&cost) {
        context.printer.warning(line);
    }
    allow(&todo, args, context)?;
    let report = context.watched(async |events, cancel| {
        let options = RunOptions {
            target: context.endpoint(&setting).await?,
            schema,
            lock_timeout,
            retry_for: Duration::from_secs(args.retry_for),
            resume_at: args.resume_at,
            accept_loss: args.accept_loss,
        };
        Ok(run::carry_out(&options, &folder, &todo, &events, &cancel).await?)
    })?;
    let text = table::revisions_done(way, &report);
    present(&Moved { status: "ok", way, report }, text, context)
}

/// Asks before rows are destroyed; without a terminal, `--yes` has to say it.
fn allow(todo: &Todo, args: &RevisionRunArgs, context: &Context) -> CommandResult<()> {
    let dangers: Vec<String> = todo.dangers().map(table::danger).collect();
    if dangers.is_empty() || args.yes {
        return Ok(());
    }
    let list = dangers.join("\n");
    if !context.environment.is_terminal() {
        return Err(usage_error(format!("these revisions destroy something:\n{list}"))
            .hinted("add --yes to say that this is meant"));
    }
    context.printer.stderr(format_args!("these revisions destroy something:\n{list}"));
    if context.printer.confirm("carry them out?") {
        Ok(())
    } else {
        Err(user_error("nothing was changed"))
    }
}

/// What `stamp` prints with `--json`.
#[derive(Serialize)]
struct Stands {
    status: &'static str,
    #[serde(flatten)]
    stamped: Stamped,
}

/// Writes down where the database stands.
pub(super) fn stamp(
    path: &Path,
    text: &str,
    place: &PlaceOfRevisionsArgs,
    retry_for: u64,
    context: &Context,
) -> CommandResult {
    let folder = Folder::read(path)?;
    let (target, schema) = (target(text)?, context.environment.schema(place.schema.as_ref())?);
    let setting = context.environment.target(place.target.to.as_ref(), "--to")?;
    let stamped = context.block_on(async {
        let endpoint = context.endpoint(&setting).await?;
        let patience = Duration::from_secs(retry_for);
        Ok(run::stamp(&endpoint, &schema, &folder, &target, patience).await?)
    })?;
    let text = format!(
        "stamped: {} more and {} less count as carried out",
        stamped.added.len(),
        stamped.removed.len()
    );
    present(&Stands { status: "ok", stamped }, text, context)
}
