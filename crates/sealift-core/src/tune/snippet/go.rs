//! Go's `database/sql` with pgx (<https://pkg.go.dev/database/sql#DB.SetMaxOpenConns>).

use super::super::application::Framework;
use super::super::pool::Kind;
use super::{Situation, Snippet};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let pool = situation.pool;
    let (imports, open) = match situation.loses_sessions {
        true => (
            "\t\"github.com/jackc/pgx/v5\"\n\t\"github.com/jackc/pgx/v5/stdlib\"\n",
            "\
\tconfig, err := pgx.ParseConfig(os.Getenv(\"DATABASE_URL\"))
\tif err != nil {
\t\treturn nil, err
\t}
\t// A pooler gives each transaction another session, without our prepared statements.
\tconfig.DefaultQueryExecMode = pgx.QueryExecModeExec
\tdb := stdlib.OpenDB(*config)
",
        ),
        false => (
            "\t_ \"github.com/jackc/pgx/v5/stdlib\"\n",
            "\
\tdb, err := sql.Open(\"pgx\", os.Getenv(\"DATABASE_URL\"))
\tif err != nil {
\t\treturn nil, err
\t}
",
        ),
    };
    let idle = match pool.kind {
        // A function that sleeps must not sit on a connection.
        Kind::PerRequest => 0,
        Kind::Sized | Kind::One => pool.base,
    };
    Snippet {
        framework: Framework::Go,
        file: "database/database.go",
        needs: "github.com/jackc/pgx/v5",
        text: format!(
            "\
package database

import (
\t\"database/sql\"
\t\"os\"
\t\"time\"

{imports})

// Open returns the pool that all goroutines of the process share. A request waits for a connection as
// long as its context lets it: context.WithTimeout(ctx, {}*time.Second).
func Open() (*sql.DB, error) {{
{open}\tdb.SetMaxOpenConns({})
\tdb.SetMaxIdleConns({idle})
\tdb.SetConnMaxLifetime({} * time.Second)
\treturn db, nil
}}
",
            pool.timeout_seconds,
            pool.total(),
            pool.recycle_seconds
        ),
        start: None,
    }
}
