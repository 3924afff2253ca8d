//! `rehearse`.

use super::migrate::{ExistingArgs, MigrateArgs, RunArgs};
use super::{LikeArgs, SelectArgs, SourceArgs, TargetArgs};
use clap::Args;
use std::path::PathBuf;

/// Carry the whole migration out where it is thrown away: is it ready, and what does it need?
#[derive(Debug, Args)]
#[command(after_help = "\
Takes what `migrate` takes: write `rehearse` in its place. Everything goes into a schema of its own in the
target, sealift_rehearsal_…, which is removed again, also when it fails or is stopped. With --into existing
the target's tables are copied there first. Nothing of the target, the source and .sealift changes,
but for .sealift/rehearsal.html; no backup is made, --keep-state, --restart and --yes mean nothing.
Exit status 0 only when the migration is ready; 1 when something has to be settled first.

Examples:
  sealift rehearse app.db --to postgresql://app@db.example.com/app
  sealift rehearse app.db --to local --strict --verify cells")]
pub(crate) struct RehearseArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) existing: ExistingArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) like: LikeArgs,
    /// Rehearse a plan that was written with `plan -o`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["schema", "include", "exclude", "cast", "identifiers", "profile", "like", "on_misfit", "on_bad_date", "on_empty", "on_nul", "on_invalid_utf8", "on_orphan", "on_check"])]
    pub(crate) plan: Option<PathBuf>,
    /// Make tables, keys, indexes and views, without rows
    #[arg(long, conflicts_with = "data_only")]
    pub(crate) schema_only: bool,
    /// Copy rows into tables that exist
    #[arg(long)]
    pub(crate) data_only: bool,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

impl RehearseArgs {
    /// Returns the migration that is rehearsed.
    pub(crate) fn migration(&self) -> MigrateArgs {
        MigrateArgs {
            source: self.source.clone(),
            target: self.target.clone(),
            dry_run: false,
            verify_only: false,
            existing: self.existing.clone(),
            select: self.select.clone(),
            like: self.like.clone(),
            plan: self.plan.clone(),
            schema_only: self.schema_only,
            data_only: self.data_only,
            run: self.run.clone(),
        }
    }
}
