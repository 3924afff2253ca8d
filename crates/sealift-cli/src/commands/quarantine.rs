//! `sealift quarantine`

use super::Context;
use crate::args::{PlaceArgs, QuarantineAction, QuarantineArgs};
use crate::error::{CommandError, CommandResult, usage_error};
use crate::exit::Exit;
use crate::report;
use crate::settings::STATE_FOLDER;
use crate::table;
use crate::units;
use sealift_core::name::Ident;
use sealift_engine::quarantine::{self, Left, Listed, ReplayOptions};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How many rows that were left are printed.
const LEFT_SHOWN: usize = 20;

/// Returns where a migration writes down the rows that it keeps apart.
pub(super) fn file() -> PathBuf {
    Path::new(STATE_FOLDER).join("quarantine.jsonl")
}

/// Shows rows that were kept apart, or brings them in.
pub(crate) fn run(args: &QuarantineArgs, context: &Context) -> CommandResult {
    match &args.action {
        QuarantineAction::List { place, limit } => list(place, *limit, context),
        QuarantineAction::Show { id, place } => show(*id, place, context),
        QuarantineAction::Replay { place, from } => replay(place, from.as_deref(), context),
    }
}

fn schema(place: &PlaceArgs) -> CommandResult<Ident> {
    let remembered = || report::remembered_plan().map(|plan| plan.schema.as_str().to_owned());
    let name = place.schema.clone().or_else(remembered).unwrap_or_else(|| "public".to_owned());
    Ident::new(name)
        .map_err(|error| usage_error("the target schema's name cannot be used").caused_by(&error))
}

/// What `list --json` prints.
#[derive(Serialize)]
struct Listing {
    rows: u64,
    tables: Vec<TableCount>,
    listed: Vec<Listed>,
}

#[derive(Serialize)]
struct TableCount {
    name: String,
    rows: u64,
}

fn list(place: &PlaceArgs, limit: u32, context: &Context) -> CommandResult {
    let schema = schema(place)?;
    let target = context.environment.target(place.target.to.as_ref(), "--to")?;
    let (listed, counts) = context.block_on(async {
        let endpoint = context.endpoint(&target).await?.for_reading();
        endpoint.probe().await?;
        let session = endpoint.connect("sealift quarantine").await?;
        Ok(quarantine::list(&session, &schema, i64::from(limit)).await?)
    })?;
    let tables: Vec<TableCount> =
        counts.into_iter().map(|(name, rows)| TableCount { name, rows }).collect();
    let rows = tables.iter().map(|table| table.rows).sum();
    if context.printer.is_json() {
        context.printer.json(&Listing { rows, tables, listed })?;
        return Ok(Exit::Done);
    }
    let counts: Vec<(&str, u64)> =
        tables.iter().map(|table| (table.name.as_str(), table.rows)).collect();
    context.printer.answer(table::quarantined(&listed, &counts))?;
    Ok(Exit::Done)
}

fn show(id: i64, place: &PlaceArgs, context: &Context) -> CommandResult {
    let schema = schema(place)?;
    let target = context.environment.target(place.target.to.as_ref(), "--to")?;
    let row = context.block_on(async {
        let endpoint = context.endpoint(&target).await?.for_reading();
        endpoint.probe().await?;
        let session = endpoint.connect("sealift quarantine").await?;
        Ok(quarantine::show(&session, &schema, id).await?)
    })?;
    // A row is JSON on the terminal as well: it is what one edits.
    if context.printer.is_json() {
        context.printer.json(&row)?;
    } else {
        let text = serde_json::to_string_pretty(&row)
            .map_err(|error| usage_error("the row cannot be written as JSON").caused_by(&error))?;
        context.printer.answer(text)?;
    }
    Ok(Exit::Done)
}

fn replay(place: &PlaceArgs, from: Option<&Path>, context: &Context) -> CommandResult {
    let mut plan = report::remembered_plan().ok_or_else(|| {
        usage_error(format!("there is no plan in {STATE_FOLDER} that says where the rows belong"))
            .hinted("run it in the folder in which sealift migrate was run")
    })?;
    if place.schema.is_some() {
        plan.schema = schema(place)?;
    }
    let mended = from.map(quarantine::read_file).transpose()?.unwrap_or_default();
    let target = context.environment.target(place.target.to.as_ref(), "--to")?;
    let file = file();
    let replayed = context.block_on(async {
        let options = ReplayOptions {
            target: context.endpoint(&target).await?,
            plan,
            mended,
            file: Some(file),
        };
        Ok::<_, CommandError>(quarantine::replay(options).await?)
    })?;
    if context.printer.is_json() {
        context.printer.json(&replayed)?;
    } else {
        context.printer.answer(format_args!(
            "{}{} brought in; {} left in quarantine",
            left(&replayed.left),
            units::counted(replayed.inserted, "row"),
            units::counted_len(replayed.left.len(), "row"),
        ))?;
        if !replayed.left.is_empty() {
            context.printer.hint(
                "mend column \"row\" in sealift_quarantine, or the file and then --from it; or the target",
            );
        }
    }
    Ok(if replayed.left.is_empty() { Exit::Done } else { Exit::Differences })
}

fn left(rows: &[Left]) -> String {
    let shown = rows.iter().take(LEFT_SHOWN).map(|row| {
        format!("  {} of {}: {}\n", row.id, table::plain(&row.source_table), table::plain(&row.why))
    });
    let others = match rows.len().saturating_sub(LEFT_SHOWN) {
        0 => String::new(),
        others => format!("  and {}\n", units::counted_len(others, "other row")),
    };
    shown.chain(std::iter::once(others)).collect()
}
