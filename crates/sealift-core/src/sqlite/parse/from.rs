//! `FROM` clauses.

use super::expr;
use super::reader::{Reader, required};
use super::select::select;
use super::{ParseError, Result};
use crate::ast::{FromItem, Join, JoinConstraint, JoinKind, TableSource};
use syntaqlite_syntax::nodes::{self, JoinType};

/// Reads a `FROM` clause. The grammar nests joins to the left; the tree lists them.
pub(super) fn from_item(reader: Reader<'_>, node: nodes::TableSource<'_>) -> Result<FromItem> {
    let reader = reader.deeper()?;
    let mut node = node;
    let mut joins = Vec::new();
    while let nodes::TableSource::JoinClause(join) = node {
        let (kind, natural) = kind(join.join_type());
        joins.push(Join {
            kind,
            natural,
            source: source(reader, required(join.right(), "joined table")?)?,
            constraint: constraint(reader, join)?,
        });
        node = required(join.left(), "joined table")?;
    }
    joins.reverse();
    Ok(FromItem { source: source(reader, node)?, joins })
}

fn source(reader: Reader<'_>, node: nodes::TableSource<'_>) -> Result<TableSource> {
    match node {
        nodes::TableSource::TableRef(node) => table(reader, node),
        nodes::TableSource::SubqueryTableSource(node) => Ok(TableSource::Select {
            select: Box::new(select(reader, required(node.select(), "subquery")?)?),
            alias: reader.alias(node.alias())?,
        }),
        nodes::TableSource::ParenTableSource(node) => Ok(TableSource::Nested {
            from: Box::new(from_item(reader, required(node.source(), "joined table")?)?),
            alias: reader.alias(node.alias())?,
        }),
        // A join stands on the left side only, and a prefix is gone once a clause is complete.
        nodes::TableSource::JoinClause(_) | nodes::TableSource::JoinPrefix(_) => {
            Err(ParseError::new("a join could not be read"))
        }
    }
}

fn table(reader: Reader<'_>, node: nodes::TableRef<'_>) -> Result<TableSource> {
    let id = node.node_id().into_inner();
    let name = reader.name(id, "table_name")?;
    let schema = reader.optional_name(id, "schema")?;
    let alias = reader.alias(node.alias())?;
    if !node.has_parens() {
        return Ok(TableSource::Table { schema, name, alias });
    }
    // SQLite lets a schema stand before a table-valued function; functions have none.
    match schema {
        Some(schema) if !schema.is("main") => Err(ParseError::new(format!(
            "the table-valued function {} has the schema {}",
            name.text, schema.text
        ))),
        Some(_) | None => {
            Ok(TableSource::Function { name, arguments: expr::list(reader, node.args())?, alias })
        }
    }
}

fn kind(join_type: JoinType) -> (JoinKind, bool) {
    match join_type {
        JoinType::Comma => (JoinKind::Comma, false),
        JoinType::Inner => (JoinKind::Inner, false),
        JoinType::Left => (JoinKind::Left, false),
        JoinType::Right => (JoinKind::Right, false),
        JoinType::Full => (JoinKind::Full, false),
        JoinType::Cross => (JoinKind::Cross, false),
        JoinType::NaturalInner => (JoinKind::Inner, true),
        JoinType::NaturalLeft => (JoinKind::Left, true),
        JoinType::NaturalRight => (JoinKind::Right, true),
        JoinType::NaturalFull => (JoinKind::Full, true),
        JoinType::NaturalCross => (JoinKind::Cross, true),
    }
}

fn constraint(reader: Reader<'_>, join: nodes::JoinClause<'_>) -> Result<JoinConstraint> {
    Ok(match (expr::optional(reader, join.on_expr())?, join.using_columns()) {
        (None, None) => JoinConstraint::None,
        (Some(condition), None) => JoinConstraint::On(condition),
        (None, columns) => JoinConstraint::Using(reader.names(columns)?),
        (Some(_), Some(_)) => return Err(ParseError::new("a join with both ON and USING")),
    })
}
