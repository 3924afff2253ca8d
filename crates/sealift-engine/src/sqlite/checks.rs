//! Rows that break a check of their table, or hold NULL where none may be.

use super::apart::Filter;
use super::fault;
use super::key::{TableKey, quote};
use crate::error::Result;
use rusqlite::Connection;
use sealift_core::plan::{Broken, CheckFacts};
use sealift_core::schema::source;

/// How many keys are listed for one check.
const LISTED_KEYS: usize = 5;

/// A search for rows, in parts.
pub(super) struct BrokenRows {
    /// What tells the rows apart, to be selected.
    pub(super) key: String,
    /// `from … where …`
    pub(super) from: String,
}

/// Returns the columns that a finding about it names.
pub(super) fn columns(table: &source::Table, broken: Broken) -> Vec<String> {
    let at = match broken {
        Broken::Check(position) => table.checks.get(position).and_then(|check| check.column),
        Broken::NotNull(position) => Some(position),
    };
    at.and_then(|at| table.columns.get(at)).map(|column| column.name.clone()).into_iter().collect()
}

/// Returns the search for the rows that break it once what is kept apart is away; `None` where only
/// the application can tell.
pub(super) fn rows(
    table: &source::Table,
    broken: Broken,
    filter: Option<&Filter>,
    connection: &Connection,
) -> Option<BrokenRows> {
    let name = quote(&table.name);
    let condition = match broken {
        Broken::Check(position) => format!("not ({})", table.checks.get(position)?.condition.sql),
        Broken::NotNull(position) => {
            format!("typeof({name}.{}) = 'null'", quote(&table.columns.get(position)?.name))
        }
    };
    let prefix = format!("{name}.");
    let key = key_of(table, &prefix);
    let stays = filter.and_then(|filter| filter.stays(&prefix));
    let stays = stays.map_or(String::new(), |stays| format!(" and {stays}"));
    let plain =
        BrokenRows { from: format!("from {name} where {condition}{stays}"), key: key.join(", ") };
    let with_nulls = filter.filter(|it| it.nulls_cells()).map(|filter| {
        let cells = table.columns.iter().map(|column| {
            format!("{} as {}", filter.cell(&prefix, &column.name), quote(&column.name))
        });
        let keys = key.iter().enumerate().map(|(at, key)| format!("{key} as \"sealift key {at}\""));
        let selected: Vec<String> = cells.chain(keys).collect();
        let names = (0..key.len()).map(|at| format!("{name}.\"sealift key {at}\""));
        BrokenRows {
            from: format!(
                "from (select {} from {name} where true{stays}) as {name} where {condition}",
                selected.join(", ")
            ),
            key: names.collect::<Vec<_>>().join(", "),
        }
    });
    // A check may name the rowid, which a subquery does not have.
    let can_be_asked = |rows: &BrokenRows| {
        connection.prepare(&format!("select {} {}", rows.key, rows.from)).is_ok()
    };
    with_nulls.filter(can_be_asked).or(Some(plain).filter(can_be_asked))
}

fn key_of(table: &source::Table, prefix: &str) -> Vec<String> {
    let key = TableKey::of(table);
    if let Some(rowid) = key.rowid() {
        return vec![format!("{prefix}{rowid}")];
    }
    let columns = table.primary_key.iter().filter_map(|at| table.columns.get(*at));
    let columns: Vec<String> =
        columns.map(|column| format!("{prefix}{}", quote(&column.name))).collect();
    if columns.is_empty() { vec!["null".to_owned()] } else { columns }
}

/// Returns whether a row of the table may break one of its checks: one pass over its rows at most.
///
/// # Errors
/// When the file cannot be read.
pub fn breaks_a_check(connection: &Connection, table: &source::Table) -> Result<bool> {
    if table.checks.is_empty() {
        return Ok(false);
    }
    let conditions: Vec<String> =
        table.checks.iter().map(|check| format!("not ({})", check.condition.sql)).collect();
    let sql = format!("select 1 from {} where {}", quote(&table.name), conditions.join(" or "));
    // A check with a function of the application's: the others are looked at one by one.
    let Ok(mut statement) = connection.prepare(&sql) else { return Ok(true) };
    statement.exists([]).map_err(|error| {
        fault::fault(&format!("look for rows of {} that break a check", table.name), error)
    })
}

/// Returns how many rows of a table break each of some checks, and the first of them.
///
/// # Errors
/// When the file cannot be read.
pub fn count_broken(
    connection: &Connection,
    table: &source::Table,
    broken: &[Broken],
    filter: Option<&Filter>,
) -> Result<Vec<CheckFacts>> {
    let mut found = Vec::new();
    for broken in broken {
        let Some(search) = rows(table, *broken, filter, connection) else { continue };
        let counted = count(connection, table, &search).map_err(|error| {
            fault::fault(&format!("look for rows of {} that break a check", table.name), error)
        })?;
        let (count, keys) = counted;
        found.push(CheckFacts { table: table.name.clone(), broken: *broken, count, keys });
    }
    Ok(found)
}

fn count(
    connection: &Connection,
    table: &source::Table,
    search: &BrokenRows,
) -> rusqlite::Result<(u64, Vec<String>)> {
    let key = TableKey::of(table);
    let mut statement = connection.prepare(&format!("select {} {}", search.key, search.from))?;
    let mut rows = statement.query([])?;
    let (mut count, mut keys) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        count += 1;
        if keys.len() < LISTED_KEYS {
            keys.push(match key.rowid() {
                Some(_) => key.name_by_rowid(connection, row.get(0)?)?,
                None => key.name_in(row, 0).unwrap_or_else(|| "without a key".to_owned()),
            });
        }
    }
    Ok((count, keys))
}
