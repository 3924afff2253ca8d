//! [`Way`]: up or down.

use serde::Serialize;
use std::fmt;

/// Which way revisions are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Towards the newest revision.
    Up,
    /// Towards none.
    Down,
}

impl Way {
    /// Returns the command that goes this way; Alembic's has the same name.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::Up => "upgrade",
            Self::Down => "downgrade",
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Up => "up",
            Self::Down => "down",
        })
    }
}
