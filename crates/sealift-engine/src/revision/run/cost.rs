//! [`cost`]: what carrying revisions out would take. Nothing is written.

use super::super::folder::Folder;
use super::super::state::{Todo, script_file};
use super::place;
use crate::error::Result;
use crate::postgres::Session;
use sealift_core::name::Ident;
use sealift_core::plan::estimate::Rates;
use sealift_core::revision::effect::{Effect, Size, Task, seconds};
use sealift_core::revision::file::{Id, Transaction};
use sealift_core::revision::way::Way;
use sealift_core::sql::Sql;
use serde::Serialize;
use std::collections::BTreeMap;

/// What revisions would take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// Up or down.
    pub way: Way,
    /// Each revision, in order.
    pub revisions: Vec<RevisionCost>,
}

/// What one revision would take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RevisionCost {
    /// Its number.
    pub id: Id,
    /// What it is for.
    pub message: String,
    /// Whether all locks are held until its end.
    pub transaction: bool,
    /// Its statements, without those that are done.
    pub statements: Vec<StatementCost>,
}

/// What one statement would take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatementCost {
    /// File and line.
    pub at: String,
    /// Its text.
    pub sql: String,
    /// Its lock, its work, and what it destroys.
    #[serde(flatten)]
    pub effect: Effect,
    /// The tables that it locks, as far as they are there.
    pub tables: Vec<TableSize>,
    /// About how many seconds it works; `None` where that is only a moment.
    pub seconds: Option<f64>,
}

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableSize {
    /// Its name, as the statement spells it.
    pub name: String,
    /// Rows, as the server last counted them.
    pub rows: u64,
    /// Bytes, with indexes and long values.
    pub bytes: u64,
    /// How many indexes it has.
    pub indexes: u64,
}

/// Looks up what the revisions of `todo` would take. The session sees afterwards the names that a revision sees.
///
/// # Errors
/// When the server does not answer or refuses.
pub async fn cost(session: &Session, schema: &Ident, folder: &Folder, todo: &Todo) -> Result<Cost> {
    place::settle(session, schema).await?;
    let mut sizes = BTreeMap::new();
    let mut revisions = Vec::new();
    for one in &todo.revisions {
        let file = script_file(folder.revision(&one.id)?, todo.way)?;
        let mut statements = Vec::new();
        for statement in file.script.statements().into_iter().skip(one.done) {
            let effect = statement.effect();
            let mut tables = Vec::new();
            for name in &effect.on {
                if !sizes.contains_key(name) {
                    sizes.insert(name.clone(), size(session, name).await?);
                }
                tables.extend(sizes.get(name).cloned().flatten());
            }
            let words = statement.words(3);
            let builds = words.first().is_some_and(|word| word == "create")
                && words.iter().any(|word| word == "index");
            let seconds = effect.task(builds).map(|task| about(task, &tables));
            statements.push(StatementCost {
                at: file.at(statement.line),
                sql: statement.text.to_owned(),
                effect,
                tables,
                seconds,
            });
        }
        revisions.push(RevisionCost {
            id: one.id.clone(),
            message: one.message.clone(),
            transaction: file.script.header().transaction == Transaction::On,
            statements,
        });
    }
    Ok(Cost { way: todo.way, revisions })
}

fn about(task: Task, tables: &[TableSize]) -> f64 {
    let count = |number: u64| f64::from(u32::try_from(number / 1024).unwrap_or(u32::MAX)) * 1024.0;
    let small = |number: u64| u32::try_from(number).map_or_else(|_| count(number), f64::from);
    let one = |table: &TableSize| {
        let size = Size {
            rows: small(table.rows),
            bytes: small(table.bytes),
            indexes: small(table.indexes),
        };
        seconds(task, size, &Rates::USUAL)
    };
    tables.iter().map(one).sum()
}

/// Returns what a table holds; `None` where it is not there yet, or is no table.
async fn size(session: &Session, name: &str) -> Result<Option<TableSize>> {
    let sql = Sql::raw(
        "select greatest(c.reltuples, 0)::bigint::text, pg_catalog.pg_total_relation_size(c.oid)::text, \
         (select count(*) from pg_catalog.pg_index i where i.indrelid = c.oid)::text \
         from pg_catalog.pg_class c where c.relkind in ('r', 'm', 'p') and c.oid = pg_catalog.to_regclass(",
    )
    .literal(name)
    .push(")");
    let rows = session.query_text(&sql).await?;
    let Some([Some(rows), Some(bytes), Some(indexes)]) = rows.first().map(Vec::as_slice) else {
        return Ok(None);
    };
    let number = |text: &str| text.parse().unwrap_or_default();
    let (rows, bytes, indexes) = (number(rows), number(bytes), number(indexes));
    Ok(Some(TableSize { name: name.to_owned(), rows, bytes, indexes }))
}
