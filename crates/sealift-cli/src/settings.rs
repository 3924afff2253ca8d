//! From what was typed, `sealift.toml`, the environment and `.env` to what the engine takes.
//!
//! The only place that reads the environment. It is read once, into [`Environment`]; everything
//! else here is a function of that value, so that tests need no process of their own.

mod cast;
mod doctor;
mod dotenv;
mod existing;
mod file;
mod local;
mod model;
mod number;
mod page;
mod passfile;
mod policy;
mod secret;
mod serve;
mod server;
mod size;
mod source;
mod target;
mod tune;
mod typed;

pub(crate) use model::Model;
pub(crate) use page::PageSettings;
pub(crate) use serve::{Watched, tls};
pub(crate) use target::Target;
pub(crate) use tune::Tuned;
pub(crate) use typed::Typed;

use crate::args::{IntoArg, LevelArg, LikeArgs, MigrationArgs, RunArgs, SelectArgs};
use crate::error::{CommandResult, usage_error, user_error};
use file::ConfigFile;
use sealift_core::name::Ident;
use sealift_engine::config::{
    Earlier, Identifiers, Into, Parts, PlanOptions, ProfileChoice, RecoveryOptions, VerifyLevel,
};
use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal;
use std::time::Duration;

/// The folder, below the working folder, where Sealift keeps what it writes on this side.
pub(crate) const STATE_FOLDER: &str = ".sealift";

/// Below this the copy would wait for its own buffers.
const LEAST_MEMORY: u64 = 16 << 20;

/// More connections than this help no server, and take them from the application.
const DEFAULT_JOBS_LIMIT: usize = 8;

/// Everything around the command line, read once.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
    dotenv: BTreeMap<String, String>,
    file: ConfigFile,
    processors: usize,
    terminal: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An argument or a flag.
    Argument(&'static str),
    /// `sealift.toml`
    File,
    /// A variable of the environment.
    Variable(String),
    /// A variable in `.env`.
    DotEnv(String),
    /// Nothing was given.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => f.write_str(name),
            Self::File => f.write_str(file::NAME),
            Self::Variable(name) => f.write_str(name),
            Self::DotEnv(name) => write!(f, "{name} in .env"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    /// The value.
    pub(crate) value: T,
    /// Where it comes from.
    pub(crate) origin: Origin,
}

/// What `migrate` is to do, apart from source, target and plan options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunSettings {
    /// What to do with existing tables.
    pub(crate) into: Into,
    /// Which half is done.
    pub(crate) parts: Parts,
    /// How both sides are compared.
    pub(crate) verify: VerifyLevel,
    /// Stop on warnings.
    pub(crate) strict: bool,
    /// Make a backup of the source.
    pub(crate) backup: bool,
    /// What is done about failures.
    pub(crate) recovery: RecoveryOptions,
}

impl Environment {
    /// Reads the environment, `sealift.toml` and `.env` of the working folder.
    pub(crate) fn read() -> CommandResult<Self> {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let dotenv = match std::fs::read(".env") {
            Ok(bytes) => {
                let text = String::from_utf8(bytes)
                    .map_err(|_| user_error(".env is not a UTF-8 text file"))?;
                dotenv::parse(&text, &variables)
            }
            Err(_) => BTreeMap::new(),
        };
        let file = ConfigFile::read()?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Ok(Self { variables, dotenv, file, processors, terminal })
    }

    /// Returns whether a person can be asked.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Returns how many threads the machine runs at once.
    pub(crate) fn processors(&self) -> usize {
        self.processors
    }

    /// Returns the log filter.
    pub(crate) fn log_filter(&self) -> Option<&str> {
        self.variables.get("SEALIFT_LOG").map(String::as_str)
    }

    /// Returns a variable of the environment, else of `.env`; empty ones count as absent.
    pub(crate) fn variable(&self, name: &str) -> Option<Setting<&str>> {
        let found = |map: &'_ BTreeMap<String, String>| {
            map.get(name).filter(|value| !value.trim().is_empty()).map(|_| ())
        };
        if found(&self.variables).is_some() {
            let value = self.variables.get(name)?;
            return Some(Setting { value, origin: Origin::Variable(name.to_owned()) });
        }
        found(&self.dotenv)?;
        let value = self.dotenv.get(name)?;
        Some(Setting { value, origin: Origin::DotEnv(name.to_owned()) })
    }

    /// Returns the first of the variables that is set and accepted: all of the environment before
    /// any of `.env`.
    fn first_variable(&self, names: &[&str], accept: fn(&str) -> bool) -> Option<Setting<String>> {
        let first = |map: &BTreeMap<String, String>| {
            names.iter().find_map(|name| {
                let value = map.get(*name).filter(|value| !value.trim().is_empty())?;
                accept(value).then(|| ((*name).to_owned(), value.clone()))
            })
        };
        if let Some((name, value)) = first(&self.variables) {
            return Some(Setting { value, origin: Origin::Variable(name) });
        }
        let (name, value) = first(&self.dotenv)?;
        Some(Setting { value, origin: Origin::DotEnv(name) })
    }

    /// Returns what the plan is made by.
    pub(crate) fn plan_options(&self, args: &SelectArgs) -> CommandResult<PlanOptions> {
        let mut casts = Vec::new();
        for rule in self.file.cast.iter().chain(&args.cast) {
            casts.push(cast::parse(rule)?);
        }
        let schema = args.schema.clone().or_else(|| self.file.schema.clone());
        let either = |typed: &Vec<String>, file: &Vec<String>| {
            if typed.is_empty() { file.clone() } else { typed.clone() }
        };
        Ok(PlanOptions {
            schema: schema.unwrap_or_else(|| PlanOptions::default().schema),
            include: either(&args.include, &self.file.include),
            exclude: either(&args.exclude, &self.file.exclude),
            casts,
            identifiers: self.identifiers(args.identifiers.as_ref())?,
            profile: self.profile(args.profile.as_ref())?,
            like: None,
            fills: Vec::new(),
            conflicts: Vec::new(),
            policies: policy::read(&args.policies, &self.file.policies())?,
            max_rejected: args.policies.max_rejected.or(self.file.max_rejected),
            jobs: self.jobs(args.jobs)?,
            memory: self.memory(args.memory.as_ref())?,
        })
    }

    /// Returns the schema that revisions are about.
    pub(crate) fn schema(&self, typed: Option<&String>) -> CommandResult<Ident> {
        let name = typed.or(self.file.schema.as_ref()).cloned();
        Ident::new(name.unwrap_or_else(|| PlanOptions::default().schema))
            .map_err(|error| usage_error("the schema's name cannot be used").caused_by(&error))
    }

    fn identifiers(&self, typed: Option<&String>) -> CommandResult<Identifiers> {
        match typed.or(self.file.identifiers.as_ref()) {
            None => Ok(Identifiers::default()),
            Some(name) => {
                name.parse().map_err(|reason| usage_error(format!("--identifiers: {reason}")))
            }
        }
    }

    fn profile(&self, typed: Option<&String>) -> CommandResult<ProfileChoice> {
        match typed.or(self.file.profile.as_ref()).map(String::as_str) {
            None | Some("auto") => Ok(ProfileChoice::Auto),
            Some(name) => match name.parse() {
                Ok(profile) => Ok(ProfileChoice::Given(profile)),
                Err(reason) => Err(usage_error(format!("--profile: {reason}"))),
            },
        }
    }

    /// Returns the server whose schema the plan is to be like, and the schema's name.
    pub(crate) fn like(&self, args: &LikeArgs) -> CommandResult<Option<(Setting<Target>, String)>> {
        let typed = args.like.clone().map(|value| (value, Origin::Argument("--like")));
        let found = typed.or_else(|| Some((self.file.like.clone()?, Origin::File)));
        let schema = args.like_schema.clone().or_else(|| self.file.like_schema.clone());
        let Some((value, origin)) = found else {
            return match &args.like_schema {
                None => Ok(None),
                Some(_) => {
                    Err(usage_error("--like-schema is a schema of --like, which is missing")
                        .hinted("add --like URL"))
                }
            };
        };
        let server = target::server(Setting { value, origin })?;
        Ok(Some((server, schema.unwrap_or_else(|| PlanOptions::default().schema))))
    }

    /// Returns the same for `migrate`, with what is said about tables that exist.
    pub(crate) fn migrate_plan_options(
        &self,
        args: &MigrationArgs,
        into: Into,
    ) -> CommandResult<PlanOptions> {
        let typed = |typed: &'_ Vec<String>, file: &'_ Vec<String>| {
            file.iter().chain(typed).cloned().collect::<Vec<String>>()
        };
        let fills = typed(&args.existing.fill, &self.file.fill);
        let conflicts = typed(&args.existing.on_conflict, &self.file.on_conflict);
        let fills_tables = matches!(into, Into::Existing | Into::ExistingTruncate);
        if !fills_tables
            && (!args.existing.fill.is_empty() || !args.existing.on_conflict.is_empty())
        {
            return Err(usage_error(
                "--fill and --on-conflict are about tables that exist already",
            )
            .hinted("add --into existing, or leave them"));
        }
        let conflicts = match into {
            Into::Existing => existing::conflicts(&conflicts)?,
            // Nothing is there to meet.
            Into::ExistingTruncate | Into::Create | Into::Recreate => Vec::new(),
        };
        let fills = if fills_tables { existing::fills(&fills)? } else { Vec::new() };
        Ok(PlanOptions { fills, conflicts, ..self.plan_options(&args.select)? })
    }

    fn memory(&self, typed: Option<&String>) -> CommandResult<Option<u64>> {
        let Some(text) = typed.or(self.file.memory.as_ref()) else { return Ok(None) };
        let memory = size::parse(text)?;
        if memory < LEAST_MEMORY {
            return Err(usage_error("--memory is below 16MB, too little to copy with"));
        }
        Ok(Some(memory))
    }

    fn jobs(&self, typed: Option<usize>) -> CommandResult<usize> {
        match typed.or(self.file.jobs) {
            Some(jobs @ 1..=64) => Ok(jobs),
            Some(jobs) => Err(usage_error(format!("--jobs {jobs} is not between 1 and 64"))),
            None => Ok(self.processors.clamp(1, DEFAULT_JOBS_LIMIT)),
        }
    }

    /// Returns how a migration runs.
    pub(crate) fn run_settings(&self, args: &MigrationArgs) -> CommandResult<RunSettings> {
        let parts = match (args.schema_only, args.data_only) {
            (true, _) => Parts::SchemaOnly,
            (false, true) => Parts::DataOnly,
            (false, false) => Parts::All,
        };
        Ok(RunSettings {
            into: self.into(args, parts)?,
            parts,
            verify: level(args.run.verify.or(self.file.verify)),
            strict: args.run.strict || self.file.strict,
            backup: self.backup(args.run.no_backup),
            recovery: recovery(&args.run),
        })
    }

    fn backup(&self, forbidden: bool) -> bool {
        !forbidden && self.file.backup.unwrap_or(true)
    }

    /// Returns what a migration takes time for beside the rows, unless told otherwise.
    pub(crate) fn usual_extras(&self) -> Extras {
        Extras { backup: self.backup(false), compares_rows: compares(level(self.file.verify)) }
    }

    /// The same as it was typed.
    pub(crate) fn extras(&self, args: &RunArgs) -> Extras {
        Extras {
            backup: self.backup(args.no_backup),
            compares_rows: compares(level(args.verify.or(self.file.verify))),
        }
    }

    fn into(&self, args: &MigrationArgs, parts: Parts) -> CommandResult<Into> {
        let existing = &args.existing;
        let typed = if existing.force_recreate { Some(IntoArg::Recreate) } else { existing.into };
        let chosen = typed.or(self.file.into);
        match (chosen, existing.truncate) {
            (Some(IntoArg::Existing), _) if parts == Parts::SchemaOnly => Err(usage_error(
                "--into existing makes no tables, and --schema-only copies no rows",
            )
            .hinted("leave one of them")),
            (Some(IntoArg::Existing), true) => Ok(Into::ExistingTruncate),
            (Some(IntoArg::Existing), false) => Ok(Into::Existing),
            (None, truncate) if parts == Parts::DataOnly => {
                Ok(if truncate { Into::ExistingTruncate } else { Into::Existing })
            }
            (_, true) => Err(usage_error("--truncate empties tables that exist already")
                .hinted("add --into existing, or leave --truncate")),
            (Some(IntoArg::Create | IntoArg::Recreate), false) if parts == Parts::DataOnly => {
                Err(usage_error("--data-only makes no tables")
                    .hinted("leave --into, or use --into existing"))
            }
            (Some(IntoArg::Recreate), false) => Ok(Into::Recreate),
            (Some(IntoArg::Create) | None, false) => Ok(Into::Create),
        }
    }

    /// Returns how thoroughly `verify` compares.
    pub(crate) fn level(&self, typed: Option<LevelArg>) -> VerifyLevel {
        level(typed.or(self.file.verify))
    }
}

fn recovery(args: &RunArgs) -> RecoveryOptions {
    let usual = RecoveryOptions::default();
    RecoveryOptions {
        earlier: if args.restart { Earlier::ThrowAway } else { Earlier::GoOn },
        retry_for: args.retry_for.map_or(usual.retry_for, Duration::from_secs),
        watch: usual.watch,
    }
}

/// What a migration takes time for beside the rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extras {
    /// A backup of the source is made.
    pub(crate) backup: bool,
    /// The rows are compared by their hashes.
    pub(crate) compares_rows: bool,
}

fn compares(level: VerifyLevel) -> bool {
    match level {
        VerifyLevel::None | VerifyLevel::Structure | VerifyLevel::Counts => false,
        VerifyLevel::Digest | VerifyLevel::Cells => true,
    }
}

fn level(chosen: Option<LevelArg>) -> VerifyLevel {
    match chosen {
        Some(LevelArg::Cells) => VerifyLevel::Cells,
        Some(LevelArg::Counts) => VerifyLevel::Counts,
        Some(LevelArg::None) => VerifyLevel::None,
        Some(LevelArg::Digest) | None => VerifyLevel::Digest,
    }
}

#[cfg(test)]
mod tests;
