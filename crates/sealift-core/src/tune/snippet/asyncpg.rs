//! asyncpg's own pool (<https://magicstack.github.io/asyncpg/current/api/index.html#connection-pools>).
//!
//! It replaces connections that were idle for long, not old ones, and a request says itself how long it
//! waits for one.

use super::super::application::Framework;
use super::super::pool::Kind;
use super::{Situation, Snippet};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let pool = situation.pool;
    let statements = match situation.loses_sessions {
        true => "        statement_cache_size=0,\n",
        false => "",
    };
    let text = match pool.kind {
        Kind::PerRequest => format!(
            "\
import os

import asyncpg


async def connect():
    return await asyncpg.connect(
        os.environ[\"DATABASE_URL\"],
        timeout={},
{statements}    )
",
            pool.timeout_seconds
        ),
        Kind::Sized | Kind::One => format!(
            "\
import os

import asyncpg


async def create_pool():
    # One for each worker. A request takes a connection with: pool.acquire(timeout={timeout})
    return await asyncpg.create_pool(
        os.environ[\"DATABASE_URL\"],
        min_size={},
        max_size={},
        max_inactive_connection_lifetime={},
        timeout={timeout},
{statements}    )
",
            pool.base,
            pool.total(),
            pool.recycle_seconds,
            timeout = pool.timeout_seconds
        ),
    };
    let start = match pool.kind {
        Kind::PerRequest => None,
        Kind::Sized | Kind::One => Some(format!("uvicorn app:app --workers {}", situation.workers)),
    };
    Snippet {
        framework: Framework::Asyncpg,
        file: "database.py",
        needs: "asyncpg 0.29",
        text,
        start,
    }
}
