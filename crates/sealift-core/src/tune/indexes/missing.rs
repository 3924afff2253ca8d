//! What an index would help: foreign keys (manual 5.5.5: "it is often a good idea to index the referencing
//! columns too"), and large tables that are read from end to end.

use super::{ForeignKey, IndexAdvice, IndexFacts, Kind, Table};
use crate::name::{Ident, NameSpace};
use crate::sql::Sql;

/// A smaller table is read in a moment.
const LARGE_ROWS: u64 = 10_000;

/// A migration, a backup and a comparison read everything a few times.
const OFTEN: u64 = 20;

/// One scan in so many may be a whole one.
const MOST_SHARE: u64 = 10;

pub(super) fn foreign_keys(facts: &IndexFacts) -> Vec<IndexAdvice> {
    let mut names = NameSpace::new();
    for name in &facts.taken {
        names.reserve(name.as_str());
    }
    let mut made: Vec<&ForeignKey> = Vec::new();
    let mut advice = Vec::new();
    for key in &facts.foreign_keys {
        let found =
            facts.indexes.iter().any(|index| index.finds(key) || is_to_be_mended(index, key));
        // Two keys on the same columns need one index.
        let twice =
            made.iter().any(|other| other.table == key.table && other.columns == key.columns);
        if found || twice {
            continue;
        }
        made.push(key);
        advice.push(for_key(facts, key, &mut names));
    }
    advice
}

/// An index that is not whole is advised to be built anew, which is enough.
fn is_to_be_mended(index: &super::Index, key: &ForeignKey) -> bool {
    !index.valid && super::Index { valid: true, ..index.clone() }.finds(key)
}

fn for_key(facts: &IndexFacts, key: &ForeignKey, names: &mut NameSpace) -> IndexAdvice {
    let table = facts.tables.iter().find(|table| table.name == key.table);
    let columns: Vec<&str> = key.columns.iter().map(Ident::as_str).collect();
    let name = names.claim(&format!("{}_{}_idx", key.table, columns.join("_")));
    // On a partitioned table it cannot be built beside the work of others.
    let partitioned = table.is_some_and(|table| table.partitioned);
    let begin = if partitioned { "create index " } else { "create index concurrently " };
    let sql = Sql::raw(begin)
        .ident(&name)
        .push(" on ")
        .qualified(&facts.schema, &key.table)
        .push(" (")
        .idents(&key.columns)
        .push(")");
    let rows = table.map_or(0, |table| table.rows);
    let because = format!(
        "foreign key {} ({}) has no index: a row deleted from {} costs a look at all {rows} rows",
        key.name,
        columns.join(", "),
        key.parent
    );
    IndexAdvice {
        kind: Kind::ForeignKey,
        table: key.table.clone(),
        index: Some(name),
        because,
        sql: Some(sql),
        ready: true,
    }
}

pub(super) fn scans(facts: &IndexFacts) -> Vec<IndexAdvice> {
    facts.tables.iter().filter(|table| is_read_whole(table)).map(read_whole).collect()
}

fn is_read_whole(table: &Table) -> bool {
    let often = table.sequential_scans >= OFTEN
        && table.sequential_scans.saturating_mul(MOST_SHARE) > table.index_scans;
    // A scan that a `limit` ends early is none of the whole table.
    let each = table.sequential_rows / std::cmp::max(1, table.sequential_scans);
    table.rows >= LARGE_ROWS && often && each >= table.rows / 2
}

fn read_whole(table: &Table) -> IndexAdvice {
    let because = format!(
        "read from end to end {} times, {} rows each; the statement's where clause says which columns: look \
         for the table in pg_stat_statements, and at the statement with explain",
        table.sequential_scans,
        table.sequential_rows / std::cmp::max(1, table.sequential_scans)
    );
    IndexAdvice {
        kind: Kind::SequentialScans,
        table: table.name.clone(),
        index: None,
        because,
        sql: None,
        ready: false,
    }
}
