//! Is everything well: the SQLite file, the server, this machine and the settings?
//!
//! [`doctor`] gathers facts about each and changes nothing; the judgements are pure functions of them.
//!
//! ```text
//! facts/  source   the file, who has it open, what became of it after a migration
//!         target   what `check` asks, and what stands in the schema after a move
//!         machine  disk, memory, open files, clock, `sealift local`, PostgreSQL's programs
//!         settings what the command line found, and where
//! judge/  the same four: facts → lines
//! ```

mod facts;
mod judge;

pub use facts::{Clock, EarlierMove, MachineAsked, NumberFact, SettingFacts, UrlFact, UrlKind};

use crate::check::{self, CheckFailure, CheckItem, CheckOptions, CheckStatus};
use crate::ops::{Cancel, Events, on_a_thread};
use crate::{ErrorKind, Result};
use facts::{MachineFacts, SchemaFacts, ServerFacts, Skew, SourceState};
use serde::Serialize;
use std::path::PathBuf;

/// What `doctor` looks at.
#[derive(Debug, Clone)]
pub struct DoctorOptions {
    /// The SQLite file, where one is named.
    pub source: Option<PathBuf>,
    /// What the last migration of this folder has moved, if it was this file.
    pub moved: Option<EarlierMove>,
    /// The server.
    pub target: TargetAsked,
    /// This machine.
    pub machine: MachineAsked,
    /// What the settings say.
    pub settings: SettingFacts,
}

/// Which server is looked at.
#[derive(Debug, Clone)]
pub enum TargetAsked {
    /// This one.
    Server(Box<CheckOptions>),
    /// The managed one, which does not run; looking does not start it.
    LocalNotRunning,
    /// None, since what names it cannot be understood.
    Unusable {
        /// Why.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
}

/// What `doctor` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoctorReport {
    /// The worst of the items.
    pub status: CheckStatus,
    /// The first thing that failed for a known cause.
    #[serde(flatten)]
    pub failure: Option<CheckFailure>,
    /// Whether the server could be looked at.
    pub server: ServerState,
    /// Each thing that was looked at.
    pub items: Vec<DoctorItem>,
}

/// Whether the server could be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerState {
    /// It answered.
    Reached,
    /// It cannot be reached or refuses; trying again may help.
    Unreachable,
    /// It answered, and will not do: too old, say.
    Unfit,
    /// There is none to look at.
    None,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoctorItem {
    /// What it belongs to.
    pub area: Area,
    /// What it is and how it is.
    #[serde(flatten)]
    pub item: CheckItem,
}

/// What a thing belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// The SQLite file.
    Source,
    /// The server, the database and the schema.
    Target,
    /// This machine.
    Machine,
    /// What was typed, `sealift.toml`, the environment and `.env`.
    Settings,
}

/// Looks at everything. A server that cannot be reached is a line of the report.
///
/// # Errors
///
/// [`ErrorKind::Stopped`] on request.
pub async fn doctor(
    options: &DoctorOptions,
    events: &Events,
    cancel: &Cancel,
) -> Result<DoctorReport> {
    let (source, machine) = here(options, cancel).await?;
    let looked = match &options.target {
        TargetAsked::Server(asked) => server(asked, options.machine.clock, events, cancel).await?,
        TargetAsked::LocalNotRunning => Looked::at_none(judge::local_not_running()),
        TargetAsked::Unusable { message, hint } => {
            Looked::at_none(judge::unusable(message, hint.as_deref()))
        }
    };
    let lines = [
        (Area::Source, source.map(|state| judge::source(&state, options)).unwrap_or_default()),
        (Area::Target, looked.items),
        (Area::Machine, judge::machine(&machine, looked.facts.as_ref())),
        (Area::Settings, judge::settings(&options.settings)),
    ];
    let lines = lines
        .into_iter()
        .flat_map(|(area, items)| items.into_iter().map(move |item| DoctorItem { area, item }));
    let items: Vec<DoctorItem> = lines.collect();
    let status = items.iter().map(|line| line.item.status).max().unwrap_or(CheckStatus::Ok);
    let failure = CheckFailure::first_of(items.iter().map(|line| &line.item));
    Ok(DoctorReport { status, failure, server: looked.state, items })
}

/// Looks at the file and the machine, on a thread of its own: both wait for disks and programs.
async fn here(
    options: &DoctorOptions,
    cancel: &Cancel,
) -> Result<(Option<SourceState>, MachineFacts)> {
    let (options, cancel) = (options.clone(), cancel.clone());
    on_a_thread("looking", move || {
        let source = options.source.as_deref();
        let source = source.map(|path| SourceState::look(path, &cancel)).transpose()?;
        Ok((source, MachineFacts::look(&options.machine)))
    })
    .await
}

/// What was found on the server.
struct Looked {
    items: Vec<CheckItem>,
    state: ServerState,
    facts: Option<ServerFacts>,
}

impl Looked {
    fn at_none(item: CheckItem) -> Self {
        Self { items: vec![item], state: ServerState::None, facts: None }
    }
}

async fn server(
    asked: &CheckOptions,
    clock: Clock,
    events: &Events,
    cancel: &Cancel,
) -> Result<Looked> {
    let (session, facts) = match check::examine(asked, events, cancel).await {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::Stopped => return Err(error),
        Err(error) => {
            let is_unreachable = error.kind() == ErrorKind::Unreachable;
            let state = if is_unreachable { ServerState::Unreachable } else { ServerState::Unfit };
            return Ok(Looked { items: vec![judge::not_reached(&error)], state, facts: None });
        }
    };
    let mut items = vec![judge::reached(&asked.target, &facts)];
    items.extend(check::judge(&facts));
    let schema = SchemaFacts::ask(&session, &asked.schema).await;
    items.extend(judge::schema(schema.as_ref()));
    let facts = ServerFacts {
        version: session.server_version(),
        skew: Skew::measure(&session, clock).await,
    };
    Ok(Looked { items, state: ServerState::Reached, facts: Some(facts) })
}
