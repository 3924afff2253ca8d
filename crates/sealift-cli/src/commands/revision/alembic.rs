//! A project that has Alembic keeps Alembic: what it would be called with instead.

use crate::args::RevisionAction;
use std::path::Path;

/// Alembic's settings, in the folder in which it is called.
const SETTINGS: &str = "alembic.ini";

/// Returns whether this project has Alembic.
pub(super) fn is_here() -> bool {
    Path::new(SETTINGS).exists()
}

/// Returns the command of Alembic that does the same, where there is one.
pub(super) fn command(action: &RevisionAction) -> Option<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    Some(match action {
        RevisionAction::New(args) => format!("alembic revision -m {}", quoted(&args.message)),
        RevisionAction::Diff(args) => {
            let message = args.message.as_deref().unwrap_or("what it is for");
            format!("alembic revision --autogenerate -m {}", quoted(message))
        }
        RevisionAction::Upgrade(args) => {
            format!("alembic upgrade {}{}", args.revision, offline(args.run.sql))
        }
        RevisionAction::Downgrade(args) => {
            format!("alembic downgrade {}{}", args.revision, offline(args.run.sql))
        }
        RevisionAction::Current { .. } => "alembic current".to_owned(),
        RevisionAction::History { .. } => "alembic history".to_owned(),
        RevisionAction::Heads => "alembic heads".to_owned(),
        RevisionAction::Show { revision } => format!("alembic show {revision}"),
        RevisionAction::Stamp { revision, .. } => format!("alembic stamp {revision}"),
        RevisionAction::Merge { message } => format!("alembic merge -m {} heads", quoted(message)),
        RevisionAction::Check(_) => "alembic check".to_owned(),
        RevisionAction::Init
        | RevisionAction::Import { .. }
        | RevisionAction::Baseline(_)
        | RevisionAction::Squash(_) => return None,
    })
}

const fn offline(sql: bool) -> &'static str {
    if sql { " --sql" } else { "" }
}
