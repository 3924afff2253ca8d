//! Reads the catalogs of a target schema: one query for each kind of thing, however many tables; and one
//! for a few tables or sequences where only their own rows tell.
//!
//! The queries stand in `sql/*.sql`. They need no more than `usage` on the schema, quote nothing
//! themselves, and run on PostgreSQL 14 to 18.

use super::catalog::{
    ActualColumn, ActualConstraint, ActualIdentity, ActualIndex, ActualIndexKey, ActualReference,
    ActualSequence, ActualTable, ActualTrigger, ActualView, Catalog, ConstraintKind,
    ExistingRelation, ForeignType, RelationKind, SequenceOwner, SequencePosition,
};
use super::session::Session;
use crate::error::{Error, ErrorKind, Result};
use sealift_core::name::{Ident, MAX_IDENT_BYTES};
use sealift_core::sql::Sql;
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};

const RELATIONS: &str = include_str!("sql/relations.sql");
const COLUMNS: &str = include_str!("sql/columns.sql");
const CONSTRAINTS: &str = include_str!("sql/constraints.sql");
const INDEXES: &str = include_str!("sql/indexes.sql");
const SEQUENCES: &str = include_str!("sql/sequences.sql");
const TRIGGERS: &str = include_str!("sql/triggers.sql");

/// Returns what a schema holds; a schema that does not exist holds nothing.
///
/// # Errors
/// When the server refuses a query or goes away.
pub async fn introspect(session: &Session, schema: &Ident) -> Result<Catalog> {
    let relations = relations(session, schema).await?;
    let filled = filled(session, schema, &relations, |kind| kind == RelationKind::Table).await?;
    let mut columns = grouped(session, COLUMNS, schema, column).await?;
    let mut constraints = grouped(session, CONSTRAINTS, schema, constraint).await?;
    let mut indexes = grouped(session, INDEXES, schema, index).await?;
    let mut catalog = Catalog {
        sequences: sequences(session, schema).await?,
        triggers: triggers(session, schema).await?,
        ..Catalog::default()
    };
    for relation in relations {
        let name = relation.name;
        match relation.kind {
            RelationKind::Table | RelationKind::PartitionedTable | RelationKind::ForeignTable => {
                catalog.tables.push(ActualTable {
                    columns: columns.remove(&name).unwrap_or_default(),
                    constraints: constraints.remove(&name).unwrap_or_default(),
                    indexes: indexes.remove(&name).unwrap_or_default(),
                    row_estimate: relation.row_estimate,
                    has_rows: filled.get(&name).copied(),
                    owned: relation.owned,
                    row_security: relation.row_security,
                    kind: relation.kind,
                    name,
                });
            }
            RelationKind::View | RelationKind::MaterializedView => {
                catalog.views.push(ActualView {
                    columns: columns.remove(&name).unwrap_or_default(),
                    kind: relation.kind,
                    name,
                });
            }
            RelationKind::Index | RelationKind::Sequence | RelationKind::CompositeType => {}
        }
    }
    Ok(catalog)
}

/// Returns those of `wanted` that the schema holds already, in the order of the catalog: tables,
/// views, indexes and sequences share one name space.
///
/// # Errors
/// When the server refuses a query or goes away.
pub async fn existing(
    session: &Session,
    schema: &Ident,
    wanted: &[Ident],
) -> Result<Vec<ExistingRelation>> {
    let names: HashSet<&str> = wanted.iter().map(Ident::as_str).collect();
    let mut found = relations(session, schema).await?;
    found.retain(|relation| names.contains(relation.name.as_str()));
    let holds_rows = |kind| match kind {
        RelationKind::Table | RelationKind::PartitionedTable | RelationKind::MaterializedView => {
            true
        }
        RelationKind::ForeignTable
        | RelationKind::View
        | RelationKind::Index
        | RelationKind::Sequence
        | RelationKind::CompositeType => false,
    };
    let filled = filled(session, schema, &found, holds_rows).await?;
    Ok(found
        .into_iter()
        .map(|relation| ExistingRelation {
            has_rows: filled.get(&relation.name).copied(),
            name: relation.name,
            kind: relation.kind,
        })
        .collect())
}

/// One row of `relations.sql`.
struct Relation {
    name: String,
    kind: RelationKind,
    row_estimate: Option<u64>,
    readable: bool,
    owned: bool,
    row_security: bool,
}

async fn relations(session: &Session, schema: &Ident) -> Result<Vec<Relation>> {
    let mut relations = Vec::new();
    for row in rows(session, RELATIONS, schema).await? {
        // A later version's new kind of relation is none of ours.
        let Some(kind) = RelationKind::from_relkind(row.text(1)?) else { continue };
        relations.push(Relation {
            name: row.text(0)?.to_owned(),
            kind,
            row_estimate: row.optional(2).and_then(|text| text.parse().ok()),
            readable: row.flag(3)?,
            owned: row.flag(4)?,
            row_security: row.flag(5)?,
        });
    }
    Ok(relations)
}

/// Returns which of the readable relations of a kind hold rows.
async fn filled(
    session: &Session,
    schema: &Ident,
    relations: &[Relation],
    of_kind: impl Fn(RelationKind) -> bool,
) -> Result<HashMap<String, bool>> {
    let mut parts = Vec::new();
    for relation in relations.iter().filter(|relation| relation.readable && of_kind(relation.kind))
    {
        let name = ident(&relation.name)?;
        parts.push(
            Sql::raw("select ")
                .literal(&relation.name)
                .push(", exists (select from ")
                .qualified(schema, &name)
                .push(" limit 1)"),
        );
    }
    let answer = session.union_all(&parts).await?;
    answer
        .into_iter()
        .map(|row| {
            let row = Row(row);
            Ok((row.text(0)?.to_owned(), row.flag(1)?))
        })
        .collect()
}

fn column(row: &Row) -> Result<ActualColumn> {
    let type_name = row.text(2)?.to_owned();
    let expression = row.optional(4).map(str::to_owned);
    let is_generated = !row.text(6)?.is_empty();
    let (default, generated) = if is_generated { (None, expression) } else { (expression, None) };
    Ok(ActualColumn {
        name: row.text(1)?.to_owned(),
        data_type: type_name.parse().ok(),
        type_name,
        foreign: ForeignType {
            is_composite: row.text(7)? == "c",
            base: row.optional(8).map(str::to_owned),
            element: row.optional(9).map(str::to_owned),
            labels: if row.optional(10).is_some() { row.json(10)? } else { Vec::new() },
            not_null: row.flag(11)?,
        },
        not_null: row.flag(3)?,
        default,
        identity: match row.text(5)? {
            "a" => Some(ActualIdentity::Always),
            "d" => Some(ActualIdentity::ByDefault),
            _ => None,
        },
        generated,
    })
}

fn constraint(row: &Row) -> Result<ActualConstraint> {
    let kind = match row.text(2)? {
        "p" => ConstraintKind::PrimaryKey,
        "u" => ConstraintKind::Unique,
        "c" => ConstraintKind::Check,
        "x" => ConstraintKind::Exclusion,
        "f" => ConstraintKind::ForeignKey(ActualReference {
            schema: row.text(8)?.to_owned(),
            table: row.text(9)?.to_owned(),
            columns: row.json(10)?,
            on_delete: row.letter(11)?,
            on_update: row.letter(12)?,
        }),
        _ => return Err(unexpected()),
    };
    Ok(ActualConstraint {
        name: row.text(1)?.to_owned(),
        kind,
        definition: row.text(3)?.to_owned(),
        // A check may name no column at all.
        columns: if row.optional(4).is_some() { row.json(4)? } else { Vec::new() },
        validated: row.flag(5)?,
        deferrable: row.flag(6)?,
        initially_deferred: row.flag(7)?,
    })
}

fn index(row: &Row) -> Result<ActualIndex> {
    Ok(ActualIndex {
        name: row.text(1)?.to_owned(),
        definition: row.text(2)?.to_owned(),
        method: row.text(3)?.to_owned(),
        unique: row.flag(4)?,
        valid: row.flag(5)?,
        partial: row.flag(6)?,
        of_constraint: row.flag(7)?,
        keys: row.json::<Vec<ActualIndexKey>>(8)?,
    })
}

async fn sequences(session: &Session, schema: &Ident) -> Result<Vec<ActualSequence>> {
    let mut sequences = Vec::new();
    let mut parts = Vec::new();
    for row in rows(session, SEQUENCES, schema).await? {
        let name = row.text(0)?.to_owned();
        if row.flag(7)? {
            let part = Sql::raw("select ").literal(&name).push(", last_value, is_called from ");
            parts.push(part.qualified(schema, &ident(&name)?));
        }
        let same_schema = row.optional(4) == Some(schema.as_str());
        let owner = match (row.optional(3), row.optional(5), row.optional(6)) {
            (Some(kind), Some(table), Some(column)) if same_schema => Some(SequenceOwner {
                table: table.to_owned(),
                column: column.to_owned(),
                identity: kind == "i",
            }),
            _ => None,
        };
        let (start, increment) = (row.number(1)?, row.number(2)?);
        let used_by = if row.optional(8).is_some() { row.json(8)? } else { Vec::new() };
        sequences.push(ActualSequence { name, owner, start, increment, position: None, used_by });
    }
    // Only a sequence's own row tells `is_called`; the catalog views do not.
    let mut positions = HashMap::new();
    for row in session.union_all(&parts).await? {
        let row = Row(row);
        let position = SequencePosition { last_value: row.number(1)?, is_called: row.flag(2)? };
        positions.insert(row.text(0)?.to_owned(), position);
    }
    for sequence in &mut sequences {
        sequence.position = positions.get(&sequence.name).copied();
    }
    Ok(sequences)
}

async fn triggers(session: &Session, schema: &Ident) -> Result<Vec<ActualTrigger>> {
    rows(session, TRIGGERS, schema)
        .await?
        .iter()
        .map(|row| {
            Ok(ActualTrigger {
                table: row.text(0)?.to_owned(),
                name: row.text(1)?.to_owned(),
                definition: row.text(2)?.to_owned(),
                enabled: row.flag(3)?,
                on_load: row.flag(4)?,
                timing: row.text(5)?.to_owned(),
                events: row.text(6)?.to_owned(),
                columns: if row.optional(7).is_some() { row.json(7)? } else { Vec::new() },
                conditional: row.flag(8)?,
                function: row.text(9)?.to_owned(),
                source: row.text(10)?.to_owned(),
                always: row.text(11)? == "A",
            })
        })
        .collect()
}

/// Runs a query whose first column is the table, and gathers its rows by that.
async fn grouped<T>(
    session: &Session,
    query: &'static str,
    schema: &Ident,
    read: impl Fn(&Row) -> Result<T>,
) -> Result<HashMap<String, Vec<T>>> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for row in rows(session, query, schema).await? {
        groups.entry(row.text(0)?.to_owned()).or_default().push(read(&row)?);
    }
    Ok(groups)
}

/// Runs a catalog query for a schema.
pub(super) async fn rows(
    session: &Session,
    query: &'static str,
    schema: &Ident,
) -> Result<Vec<Row>> {
    let rows = session.query_text(&with_schema(query, schema)).await?;
    Ok(rows.into_iter().map(Row).collect())
}

/// Puts the schema where a query file says `$1`.
fn with_schema(query: &'static str, schema: &Ident) -> Sql {
    let literal = Sql::new().literal(schema.as_str());
    let parts: Vec<Sql> = query.trim_end().split("$1").map(Sql::raw).collect();
    let mut sql = Sql::new();
    for (position, part) in parts.iter().enumerate() {
        sql = if position == 0 { sql.sql(part) } else { sql.sql(&literal).sql(part) };
    }
    sql
}

pub(super) fn ident(name: &str) -> Result<Ident> {
    Ident::new(name).map_err(|error| {
        let longer = format!("the server has a name of more than {MAX_IDENT_BYTES} bytes");
        Error::new(ErrorKind::Target, longer).caused_by(error)
    })
}

/// A row of a catalog query.
pub(super) struct Row(Vec<Option<String>>);

impl Row {
    pub(super) fn optional(&self, position: usize) -> Option<&str> {
        self.0.get(position)?.as_deref()
    }

    pub(super) fn text(&self, position: usize) -> Result<&str> {
        self.optional(position).ok_or_else(unexpected)
    }

    fn flag(&self, position: usize) -> Result<bool> {
        Ok(self.text(position)? == "t")
    }

    fn letter(&self, position: usize) -> Result<char> {
        self.text(position)?.chars().next().ok_or_else(unexpected)
    }

    fn number(&self, position: usize) -> Result<i64> {
        self.text(position)?.parse().map_err(|_| unexpected())
    }

    fn json<T: DeserializeOwned>(&self, position: usize) -> Result<T> {
        serde_json::from_str(self.text(position)?).map_err(|error| unexpected().caused_by(error))
    }
}

fn unexpected() -> Error {
    Error::new(ErrorKind::Bug, "a catalog query came back in another form than it asks for")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_put_in_as_a_literal() {
        let schema = Ident::new("it's").unwrap();
        let sql = with_schema("select $1, $1", &schema);
        assert_eq!(sql.as_str(), "select 'it''s', 'it''s'");
    }

    #[test]
    fn every_query_names_its_parameter_once() {
        for query in [RELATIONS, COLUMNS, CONSTRAINTS, INDEXES, SEQUENCES, TRIGGERS] {
            assert_eq!(query.matches("$1").count(), 1);
        }
    }
}
