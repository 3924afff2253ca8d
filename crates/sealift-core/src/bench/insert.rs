//! How a row is inserted once more: which of its columns need a value that no row has.

use super::subject::{Side, Subject, mark};
use super::{Arrangement, Fresh, Given, Kind, Operation, Texts};
use crate::mapping::PgType;
use crate::schema::source::{self, RowKey};
use crate::sql::Sql;
use std::collections::BTreeMap;

/// Characters that a text has to have room for: eight, and some more in a long measurement.
const LEAST_CHARACTERS: u32 = 12;

/// The greatest whole number that a double holds with all before it.
const LARGEST_IN_DOUBLE: i64 = 1 << 53;

/// What becomes of a column in the new row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// It is left out, and the database numbers the row itself.
    LeftOut,
    /// It gets a value that no row has.
    Fresh(Fresh),
}

/// Returns the insert of a copy of a row.
///
/// # Errors
/// Why no row of the table can be inserted once more.
pub(super) fn insert(subject: &Subject<'_>) -> Result<Operation, String> {
    let changes = changes(subject)?;
    let mut columns = subject.written();
    columns.retain(|column| changes.get(column) != Some(&Change::LeftOut));
    let given: Vec<Given> = columns
        .iter()
        .map(|column| match changes.get(column) {
            Some(Change::Fresh(fresh)) => Given::Fresh(*fresh),
            Some(Change::LeftOut) | None => Given::Sampled,
        })
        .collect();
    let numbered: Vec<usize> = columns
        .iter()
        .zip(&given)
        .filter(|(_, given)| matches!(given, Given::Fresh(Fresh::Number { .. })))
        .map(|(column, _)| *column)
        .collect();
    let (sqlite, postgres) = Subject::both(|side| Texts {
        statement: statement(subject, side, &columns),
        samples: if columns.is_empty() {
            // A row of nothing but its number.
            Sql::raw("select 1 from ").sql(&subject.table(side)).push(" limit 1")
        } else {
            subject.rows(side, &columns)
        },
        greatest: greatest(subject, side, &numbered),
    });
    let renewed: Vec<usize> = changes.into_keys().collect();
    Ok(Operation {
        kind: Kind::Insert,
        table: subject.source.name.clone(),
        columns: subject.names(&renewed),
        arrangement: Arrangement::Renewed(given),
        sqlite,
        postgres,
    })
}

fn statement(subject: &Subject<'_>, side: Side, columns: &[usize]) -> Sql {
    let sql = Sql::raw("insert into ").sql(&subject.table(side));
    if columns.is_empty() {
        return sql.push(" default values");
    }
    let marks = columns.iter().zip(1_i64..).map(|(_, number)| mark(side, number));
    let sql = sql.push(" (").sql(&subject.list(side, columns)).push(") values (");
    sql.join(marks, ", ").push(")")
}

fn greatest(subject: &Subject<'_>, side: Side, columns: &[usize]) -> Option<Sql> {
    if columns.is_empty() {
        return None;
    }
    let each = columns.iter().map(|column| {
        let column = subject.column(side, *column);
        Sql::raw("cast(coalesce(max(").sql(&column).push("), 0) as bigint)")
    });
    let sql = Sql::raw("select ").join(each, ", ").push(" from ");
    Some(sql.sql(&subject.table(side)))
}

/// Returns what has to change so that the row breaks no uniqueness: one column of each set that is unique.
fn changes(subject: &Subject<'_>) -> Result<BTreeMap<usize, Change>, String> {
    let mut changes = BTreeMap::new();
    for set in unique_sets(subject.source)? {
        if set.iter().any(|column| changes.contains_key(column)) {
            continue;
        }
        let possible = set.iter().filter_map(|column| Some((change(subject, *column)?, *column)));
        match possible.min() {
            Some((change, column)) => {
                changes.insert(column, change);
            }
            None => return Err(why_not(subject, &set)),
        }
    }
    Ok(changes)
}

/// Returns the sets of columns of which no two rows have the same values; the primary key first.
fn unique_sets(table: &source::Table) -> Result<Vec<Vec<usize>>, String> {
    let mut sets = Vec::new();
    if !table.primary_key.is_empty() {
        sets.push(table.primary_key.clone());
    }
    sets.extend(
        table.unique.iter().map(|unique| unique.columns.iter().map(|key| key.column).collect()),
    );
    for index in table.indexes.iter().filter(|index| index.unique) {
        let columns = index.columns.iter().map(|column| column.key.column());
        let columns: Option<Vec<usize>> = columns.collect();
        sets.push(
            columns
                .ok_or_else(|| format!("its unique index {} is on an expression", index.name))?,
        );
    }
    Ok(sets)
}

/// Returns how a column can get a value that no row has; none where it cannot.
fn change(subject: &Subject<'_>, position: usize) -> Option<Change> {
    let (source, target) = (subject.source(position)?, subject.target(position)?);
    if source.generated.is_some() {
        return None;
    }
    let is_alias = matches!(subject.source.row_key, RowKey::Alias { column } if column == position);
    if is_alias && target.identity.is_some() && !subject.references().contains(&position) {
        return Some(Change::LeftOut);
    }
    let may_be_null =
        !source.not_null && !target.not_null && !subject.source.primary_key.contains(&position);
    let null = may_be_null.then_some(Change::Fresh(Fresh::Null));
    if subject.references().contains(&position) {
        return null;
    }
    fresh(target.data_type).map(Change::Fresh).or(null)
}

/// Returns the new values that a type has room for.
fn fresh(data_type: PgType) -> Option<Fresh> {
    match data_type {
        PgType::Integer => Some(Fresh::Number { most: i64::from(i32::MAX) }),
        PgType::BigInt | PgType::Numeric(None) => Some(Fresh::Number { most: i64::MAX }),
        PgType::Double => Some(Fresh::Number { most: LARGEST_IN_DOUBLE }),
        PgType::Numeric(Some((precision, scale))) => {
            let digits = u32::from(precision.saturating_sub(scale));
            let most = 10_i64.checked_pow(digits).map_or(i64::MAX, |over| over - 1);
            Some(Fresh::Number { most })
        }
        PgType::Text => Some(Fresh::Text),
        PgType::Varchar(length) => (length >= LEAST_CHARACTERS).then_some(Fresh::Text),
        PgType::Uuid => Some(Fresh::Uuid),
        PgType::Bytea => Some(Fresh::Bytes),
        // Two bytes are used up within seconds; of the others no two rows would be told apart for long.
        PgType::SmallInt
        | PgType::Boolean
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Json
        | PgType::Jsonb => None,
    }
}

fn why_not(subject: &Subject<'_>, set: &[usize]) -> String {
    let names = subject.names(set).join(", ");
    let references = subject.references();
    if set.iter().all(|column| references.contains(column)) {
        format!("its key ({names}) is made of references: a new row would need a new parent")
    } else {
        format!("no new value is known for its key ({names})")
    }
}
