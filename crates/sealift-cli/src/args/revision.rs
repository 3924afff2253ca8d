//! `revision`.

use super::{SelectArgs, SourceArgs, TargetArgs};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Change the schema after the move: revisions in files, up and down, in the manner of Alembic
#[derive(Debug, Args)]
#[command(after_help = "\
A revision is a pair of SQL files, <number>_<words>.up.sql and .down.sql, in the form that sqlx and
golang-migrate read. What was carried out is written down in the database. One process works on a
schema at a time.

Examples:
  sealift revision new -m 'add orders'
  sealift revision upgrade --to postgresql://app@db.example.com/app")]
pub(crate) struct RevisionArgs {
    #[command(subcommand)]
    pub(crate) action: RevisionAction,
    /// The folder of the revisions
    #[arg(long, global = true, value_name = "DIR", default_value = "revisions")]
    pub(crate) folder: PathBuf,
}

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum RevisionAction {
    /// Make the folder
    #[command(after_help = "\
Examples:
  sealift revision init
  sealift revision init --folder db/revisions")]
    Init,
    /// Make the two files of a new revision, to be filled by hand
    #[command(after_help = "\
Examples:
  sealift revision new -m 'add orders'
  sealift revision new -m 'index orders by day' --no-transaction")]
    New(NewArgs),
    /// Write the revision that makes the database like a model of it
    #[command(after_help = "\
MODEL is a SQLite file (what a migration would make of it), a file of SQL, a PostgreSQL URL, or head:
what the files of all revisions make. It is looked at in a schema that is thrown away. What may be a
rename is asked for and never guessed. A change that a live database bears only in several
transactions becomes several revisions, one after the other.

Examples:
  sealift revision diff app.db -m 'add orders'
  sealift revision diff app.db -m 'full names' --rename users.name=users.full_name")]
    Diff(Box<DiffArgs>),
    /// Adopt a database that exists: its schema as the first revision, which counts as carried out
    #[command(after_help = "\
The file is tried before anything is written: what it makes is compared with the database.

Examples:
  sealift revision baseline
  sealift revision baseline -m 'as of the move' --to postgresql://app@db.example.com/app")]
    Baseline(BaselineArgs),
    /// Put one revision in the place of all up to one
    #[command(after_help = "\
A database that has carried out all of them counts as standing at the new one. The old files are kept
in a folder beside, for databases that stand in the middle. What the old files do to rows is not part
of a schema, so such files are refused unless --schema-only says that it may be left out.

Examples:
  sealift revision squash
  sealift revision squash 20261126120000 -m 'up to the first release'")]
    Squash(SquashArgs),
    /// Make revisions of another tool's migrations: of Alembic, goose, dbmate, sqlx or golang-migrate
    #[command(after_help = "\
Alembic is asked for its SQL, and its table alembic_version kept up, so that both know where the
database stands. A revision whose Python needs the database is refused by name. Files of sqlx and
golang-migrate need no import: --folder names them where they are.

Examples:
  sealift revision import alembic.ini --alembic 'poetry run alembic'
  sealift revision import db/migrations")]
    Import {
        /// Alembic's .ini file, or the folder of the migrations
        path: PathBuf,
        /// How Alembic is called
        #[arg(long, value_name = "PROGRAM", default_value = "alembic")]
        alembic: String,
        /// Which of Alembic's revisions; those behind one that is in the folder follow it
        #[arg(long, value_name = "FROM:TO", default_value = "base:heads")]
        revisions: String,
    },
    /// Carry revisions out: to the newest (head), n further (+n), or up to one
    #[command(after_help = "\
Each revision is one transaction with its row of the history, unless its file says otherwise. A
statement waits for a lock for a moment only, makes room, and tries again. Stopped by anything, the
same command goes on. What destroys rows asks first, or wants --yes. `upgrade FROM:TO --sql` prints a
script for psql.

Examples:
  sealift revision upgrade --dry-run
  sealift revision upgrade +1 --to postgresql://app@db.example.com/app")]
    Upgrade(UpgradeArgs),
    /// Take revisions back: n of them (-n), down to one, or all (base)
    #[command(after_help = "\
Examples:
  sealift revision downgrade -1
  sealift revision downgrade base --yes")]
    Downgrade(DowngradeArgs),
    /// Say where the database stands, for other migration tools too
    #[command(after_help = "\
With a SQLite file, the histories that other tools keep in it stand beside those of the database.

Examples:
  sealift revision current
  sealift revision current app.db --json")]
    Current {
        #[command(flatten)]
        source: SourceArgs,
        #[command(flatten)]
        place: PlaceOfRevisionsArgs,
    },
    /// List the revisions, newest first, and which were carried out
    #[command(after_help = "\
Examples:
  sealift revision history
  sealift revision history --offline")]
    History {
        #[command(flatten)]
        place: PlaceOfRevisionsArgs,
        /// Look at the files only
        #[arg(long)]
        offline: bool,
    },
    /// List the revisions that nothing follows
    #[command(after_help = "\
Examples:
  sealift revision heads
  sealift revision heads --json")]
    Heads,
    /// Show one revision: its files, what they lock and destroy
    #[command(after_help = "\
Examples:
  sealift revision show head
  sealift revision show 20261126 --json")]
    Show {
        /// A number, its first digits, or head
        #[arg(default_value = "head", value_name = "REVISION")]
        revision: String,
    },
    /// Write down that the database stands at a revision, and carry nothing out
    #[command(after_help = "\
Examples:
  sealift revision stamp head
  sealift revision stamp 20261126120000 --to postgresql://app@db.example.com/app")]
    Stamp {
        /// A number, its first digits, head, heads or base
        #[arg(value_name = "REVISION")]
        revision: String,
        #[command(flatten)]
        place: PlaceOfRevisionsArgs,
        /// Wait for another process for so long
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        retry_for: u64,
    },
    /// Join all heads by a revision that follows them and changes nothing
    #[command(after_help = "\
Examples:
  sealift revision merge
  sealift revision merge -m 'join orders and users'")]
    Merge {
        /// What the revision is for
        #[arg(short, long, value_name = "TEXT", default_value = "merge")]
        message: String,
    },
    /// Say whether files, database and model agree: status 1 when they do not
    #[command(after_help = "\
They agree when the files have one head, the database stands there, nothing is unfinished, no file was
changed after it was carried out, and the schema is what the files make; with MODEL (as for diff),
also what that makes, and histories of other tools that both hold stand at the same place.

Examples:
  sealift revision check
  sealift revision check app.db --json")]
    Check(Box<RevisionCheckArgs>),
}

/// What a database is to be like.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    /// A SQLite file, a file of SQL, a PostgreSQL URL, or head
    pub(crate) model: Option<String>,
    /// Schema of MODEL, where that is a server [default: the same]
    #[arg(long, value_name = "NAME")]
    pub(crate) model_schema: Option<String>,
    /// Compare types too where those of the database hold the same values, and how rows are numbered
    #[arg(long)]
    pub(crate) strict_types: bool,
    /// Make the wanted schema in this database for a moment, instead of in the target
    #[arg(long, value_name = "URL")]
    pub(crate) scratch: Option<String>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
}

/// `diff`
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// What the revision is for
    #[arg(short, long, value_name = "TEXT", required_unless_present = "sql")]
    pub(crate) message: Option<String>,
    /// Take this for that under a new name: old=new for a table, table.old=table.new for a column. Can be
    /// given more than once
    #[arg(long, value_name = "OLD=NEW")]
    pub(crate) rename: Vec<String>,
    /// What looks like a rename is none: what is gone is dropped, and what is new is made
    #[arg(long)]
    pub(crate) no_renames: bool,
    /// Print the way up instead of writing files
    #[arg(long, conflicts_with = "json")]
    pub(crate) sql: bool,
}

/// `baseline`
#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    /// What the revision is for
    #[arg(short, long, value_name = "TEXT", default_value = "baseline")]
    pub(crate) message: String,
    #[command(flatten)]
    pub(crate) place: PlaceOfRevisionsArgs,
    /// Try the file in this database for a moment, instead of in the target
    #[arg(long, value_name = "URL")]
    pub(crate) scratch: Option<String>,
    /// Wait for another process for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) retry_for: u64,
}

/// `squash`
#[derive(Debug, Args)]
pub(crate) struct SquashArgs {
    /// The last one of those that become one: a number, its first digits, or head
    #[arg(default_value = "head", value_name = "REVISION")]
    pub(crate) revision: String,
    /// What the revision is for
    #[arg(short, long, value_name = "TEXT", default_value = "squashed")]
    pub(crate) message: String,
    /// Leave out what the files do to rows and rights
    #[arg(long)]
    pub(crate) schema_only: bool,
    #[command(flatten)]
    pub(crate) place: PlaceOfRevisionsArgs,
    /// Try the files in this database for a moment, instead of in the target
    #[arg(long, value_name = "URL")]
    pub(crate) scratch: Option<String>,
}

/// `check`
#[derive(Debug, Args)]
pub(crate) struct RevisionCheckArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Compare files and history only, and no schema
    #[arg(long, conflicts_with_all = ["model", "scratch"])]
    pub(crate) history_only: bool,
}

/// A new revision.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// What the revision is for
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: String,
    /// Follow this revision instead of the newest one
    #[arg(long, value_name = "REVISION")]
    pub(crate) parent: Option<String>,
    /// Statement by statement, for what cannot be in a transaction, such as `create index concurrently`
    #[arg(long)]
    pub(crate) no_transaction: bool,
}

/// `upgrade`
#[derive(Debug, Args)]
pub(crate) struct UpgradeArgs {
    /// head, heads, +n, or a number or its first digits; with --sql also FROM:TO
    #[arg(default_value = "head", value_name = "REVISION")]
    pub(crate) revision: String,
    #[command(flatten)]
    pub(crate) run: RevisionRunArgs,
}

/// `downgrade`
#[derive(Debug, Args)]
pub(crate) struct DowngradeArgs {
    /// -n, base, or a number or its first digits, which stays; with --sql FROM:TO
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub(crate) revision: String,
    #[command(flatten)]
    pub(crate) run: RevisionRunArgs,
}

/// How revisions are carried out.
#[derive(Debug, Args)]
pub(crate) struct RevisionRunArgs {
    #[command(flatten)]
    pub(crate) place: PlaceOfRevisionsArgs,
    /// Print a script for psql instead, from base or FROM:TO; needs no server
    #[arg(long, conflicts_with_all = ["dry_run", "json"])]
    pub(crate) sql: bool,
    /// Show each statement with its lock, the size of the table and about how long it takes
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask before rows are destroyed
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Go on where a file says that it cannot bring rows or cells back, or would round or cut them
    #[arg(long)]
    pub(crate) accept_loss: bool,
    /// How long a statement waits for a lock before it makes room and tries again; 0: as long as it takes
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    pub(crate) lock_timeout: f64,
    /// How long is tried again without getting on: locks, a connection that breaks, another process
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) retry_for: u64,
    /// Go on with the unfinished revision at this statement, counted from 1
    #[arg(long, value_name = "N")]
    pub(crate) resume_at: Option<usize>,
}

/// Where the schema is.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlaceOfRevisionsArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Schema in which names are looked up that stand without one [default: public]
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,
}
