//! Autovacuum of single large tables (manual 25.1.6, "The Autovacuum Daemon").
//!
//! A table is cleared once a share of its rows is dead. A fifth of a hundred million rows are twenty million, by
//! then slow to read and slow to clear; so large tables get a smaller share.

use super::facts::LargeTable;
use crate::name::Ident;
use crate::sql::Sql;
use serde::Serialize;

const SOURCE: &str = "https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM";

/// A table of so many rows is large: with the default, 200,000 of them may be dead.
pub const LARGE_ROWS: u64 = 1_000_000;

/// Rows from which a share counts: of a vacuum, of ANALYZE.
const SHARES: [(u64, &str, &str); 3] =
    [(100_000_000, "0.01", "0.005"), (10_000_000, "0.02", "0.01"), (LARGE_ROWS, "0.05", "0.02")];

/// Advice about one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableAdvice {
    /// Its schema.
    pub schema: Ident,
    /// Its name.
    pub table: Ident,
    /// Rows, as the server last counted them.
    pub rows: u64,
    /// Dead rows.
    pub dead: u64,
    /// Why, as a clause.
    pub because: String,
    /// The page of PostgreSQL's manual.
    pub source: &'static str,
    /// The statement.
    pub sql: Sql,
}

/// Returns the advice about those of the tables that are large and have no smaller share already.
#[must_use]
pub fn tables(large: &[LargeTable]) -> Vec<TableAdvice> {
    large.iter().filter_map(advice).collect()
}

fn advice(table: &LargeTable) -> Option<TableAdvice> {
    let (_, vacuum, analyze) = SHARES.into_iter().find(|(least, ..)| table.rows >= *least)?;
    let small = |own: Option<f64>, share: &str| {
        let share: f64 = share.parse().unwrap_or(0.0);
        own.is_some_and(|own| own <= share)
    };
    if small(table.vacuum_scale, vacuum) && small(table.analyze_scale, analyze) {
        return None;
    }
    let sql = Sql::raw("alter table ")
        .qualified(&table.schema, &table.name)
        .push(" set (autovacuum_vacuum_scale_factor = ")
        .push(vacuum)
        .push(", autovacuum_analyze_scale_factor = ")
        .push(analyze)
        .push(")");
    Some(TableAdvice {
        schema: table.schema.clone(),
        table: table.name.clone(),
        rows: table.rows,
        dead: table.dead,
        because: format!(
            "a fifth of {} rows would have to be dead before they are cleared away",
            table.rows
        ),
        source: SOURCE,
        sql,
    })
}
