//! `rehearse`.

use super::MigrationArgs;
use clap::Args;

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
    pub(crate) migration: MigrationArgs,
}
