//! SQLAlchemy 2 with psycopg 3 (<https://docs.sqlalchemy.org/en/20/core/pooling.html>).

use super::super::application::Framework;
use super::super::pool::Kind;
use super::{Situation, Snippet};

pub(super) const NEEDS: &str = "SQLAlchemy 2, psycopg 3";

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let import = match situation.pool.kind {
        Kind::PerRequest => "\nfrom sqlalchemy.pool import NullPool",
        Kind::Sized | Kind::One => "",
    };
    let options = options(situation, |name, value| format!("    {name}={value},\n"));
    Snippet {
        framework: Framework::Sqlalchemy,
        file: "database.py",
        needs: NEEDS,
        text: format!(
            "\
import os

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url{import}

# Made by each worker for itself: connections do not survive a fork.
engine = create_engine(
    make_url(os.environ[\"DATABASE_URL\"]).set(drivername=\"postgresql+psycopg\"),
{options})
"
        ),
        start: start(situation),
    }
}

/// Returns the options of `create_engine`, each written by `line`.
pub(super) fn options(situation: &Situation, line: impl Fn(&str, &str) -> String) -> String {
    let pool = situation.pool;
    let mut text = match pool.kind {
        Kind::PerRequest => line("poolclass", "NullPool"),
        Kind::Sized | Kind::One => [
            line("pool_size", &pool.base.to_string()),
            line("max_overflow", &pool.overflow.to_string()),
            line("pool_timeout", &pool.timeout_seconds.to_string()),
            line("pool_recycle", &pool.recycle_seconds.to_string()),
            line("pool_pre_ping", if pool.pre_ping { "True" } else { "False" }),
        ]
        .concat(),
    };
    if situation.loses_sessions {
        text.push_str(&line("connect_args", "{\"prepare_threshold\": None}"));
    }
    text
}

/// Returns how a server of Python starts the workers, each with a thread for every connection.
pub(super) fn start(situation: &Situation) -> Option<String> {
    let Situation { workers, pool, .. } = situation;
    match pool.kind {
        Kind::PerRequest => None,
        Kind::Sized | Kind::One => {
            Some(format!("gunicorn --workers {workers} --threads {} app:app", pool.base))
        }
    }
}
