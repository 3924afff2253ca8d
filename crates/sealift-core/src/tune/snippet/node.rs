//! node-postgres (<https://node-postgres.com/apis/pool>). It prepares only statements that are given a name.

use super::super::application::Framework;
use super::super::pool::Kind;
use super::{Situation, Snippet};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let pool = situation.pool;
    let (kept, idle) = match pool.kind {
        // A function that sleeps must not sit on a connection.
        Kind::PerRequest => (0, 1000),
        Kind::Sized | Kind::One => (pool.base, 30_000),
    };
    let names = match situation.loses_sessions {
        true => "// Behind the pooler, no query may have a `name`.\n",
        false => "",
    };
    Snippet {
        framework: Framework::Node,
        file: "database.js",
        needs: "pg 8.14",
        text: format!(
            "\
const {{ Pool }} = require(\"pg\");

{names}const pool = new Pool({{
  connectionString: process.env.DATABASE_URL,
  min: {kept},
  max: {},
  connectionTimeoutMillis: {},
  idleTimeoutMillis: {idle},
  maxLifetimeSeconds: {},
}});

// An idle connection that breaks must not end the process.
pool.on(\"error\", (error) => console.error(error.message));

module.exports = {{ pool }};
",
            pool.total(),
            pool.timeout_seconds.saturating_mul(1000),
            pool.recycle_seconds
        ),
        start: None,
    }
}
