//! `psycopg_pool` (<https://www.psycopg.org/psycopg3/docs/api/pool.html>).

use super::super::application::Framework;
use super::super::pool::Kind;
use super::{Situation, Snippet, sqlalchemy};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let pool = situation.pool;
    let statements = match situation.loses_sessions {
        true => "    kwargs={\"prepare_threshold\": None},\n",
        false => "",
    };
    let (class, sizes) = match pool.kind {
        // It hands connections out, and keeps none.
        Kind::PerRequest => ("NullConnectionPool", format!("    max_size={},\n", pool.total())),
        Kind::Sized | Kind::One => (
            "ConnectionPool",
            format!("    min_size={},\n    max_size={},\n", pool.base, pool.total()),
        ),
    };
    Snippet {
        framework: Framework::Psycopg,
        file: "database.py",
        needs: "psycopg[pool] 3.2",
        text: format!(
            "\
import os

from psycopg_pool import {class}

# Made by each worker for itself: connections do not survive a fork.
pool = {class}(
    os.environ[\"DATABASE_URL\"],
{sizes}    timeout={},
    max_lifetime={},
    check={class}.check_connection,
    open=True,
{statements})
",
            pool.timeout_seconds, pool.recycle_seconds
        ),
        start: sqlalchemy::start(situation),
    }
}
