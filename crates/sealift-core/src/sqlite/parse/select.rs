//! Queries.

use super::expr;
use super::from::from_item;
use super::function::named_windows;
use super::reader::{Reader, items, required};
use super::{ParseError, Result};
use crate::ast::{
    CommonTable, CompoundOp, Direction, Expr, Materialized, NullsOrder, OrderTerm, ResultColumn,
    Select, SelectBody, SelectCore, With,
};
use syntaqlite_syntax::any::AnyNodeId;
use syntaqlite_syntax::nodes::{self, SortOrder, Stmt};

/// SQLite's grammar has no such query.
const CLAUSES_OF_ITS_OWN: &str = "a term of a compound query has clauses of its own";

/// Returns the query that a statement is, if it is one.
pub(super) fn from_statement(statement: Stmt<'_>) -> Option<nodes::Select<'_>> {
    if let Stmt::SelectStmt(node) = statement {
        Some(nodes::Select::SelectStmt(node))
    } else if let Stmt::CompoundSelect(node) = statement {
        Some(nodes::Select::CompoundSelect(node))
    } else if let Stmt::ValuesClause(node) = statement {
        Some(nodes::Select::ValuesClause(node))
    } else if let Stmt::WithClause(node) = statement {
        Some(nodes::Select::WithClause(node))
    } else {
        None
    }
}

/// Reads a whole query.
pub(super) fn select(reader: Reader<'_>, node: nodes::Select<'_>) -> Result<Select> {
    let reader = reader.deeper()?;
    match node {
        nodes::Select::WithClause(node) => {
            let inner = select(reader, required(node.select(), "query")?)?;
            if inner.with.is_some() {
                return Err(ParseError::new("two WITH clauses on one query"));
            }
            let with = Some(common_tables(reader, node)?);
            Ok(Select { with, ..inner })
        }
        nodes::Select::SelectStmt(node) => {
            let body = SelectBody::Core(Box::new(core(reader, node)?));
            finish(reader, body, node.orderby(), node.limit_clause())
        }
        nodes::Select::CompoundSelect(node) => {
            let body = compound(reader, node)?;
            finish(reader, body, node.orderby(), node.limit_clause())
        }
        nodes::Select::ValuesClause(node) => finish(reader, values(reader, node)?, None, None),
    }
}

/// Reads `ORDER BY` terms.
pub(super) fn order_by(
    reader: Reader<'_>,
    list: Option<nodes::OrderByList<'_>>,
) -> Result<Vec<OrderTerm>> {
    items(list)?
        .into_iter()
        .map(|node| {
            Ok(OrderTerm {
                expr: expr::needed(reader, node.expr())?,
                direction: direction(node.sort_order()),
                nulls: match node.nulls_order() {
                    nodes::NullsOrder::None => NullsOrder::Default,
                    nodes::NullsOrder::First => NullsOrder::First,
                    nodes::NullsOrder::Last => NullsOrder::Last,
                },
            })
        })
        .collect()
}

/// Returns a sort direction.
pub(super) fn direction(order: SortOrder) -> Direction {
    match order {
        SortOrder::None | SortOrder::Asc => Direction::Ascending,
        SortOrder::Desc => Direction::Descending,
    }
}

fn finish(
    reader: Reader<'_>,
    body: SelectBody,
    order: Option<nodes::OrderByList<'_>>,
    limit: Option<nodes::LimitClause<'_>>,
) -> Result<Select> {
    // The grammar library has already put the two numbers of `LIMIT a, b` in the right fields.
    let (limit, offset) = match limit {
        None => (None, None),
        Some(node) => {
            (expr::optional(reader, node.limit())?, expr::optional(reader, node.offset())?)
        }
    };
    Ok(Select { with: None, body, order_by: order_by(reader, order)?, limit, offset })
}

fn common_tables(reader: Reader<'_>, node: nodes::WithClause<'_>) -> Result<With> {
    let tables = items(node.ctes())?
        .into_iter()
        .map(|table| {
            Ok(CommonTable {
                name: reader.name(table.node_id().into_inner(), "cte_name")?,
                columns: reader.names(table.columns())?,
                materialized: match table.materialized() {
                    nodes::Materialized::Default => Materialized::Default,
                    nodes::Materialized::Materialized => Materialized::Yes,
                    nodes::Materialized::NotMaterialized => Materialized::No,
                },
                select: select(reader, required(table.select(), "query")?)?,
            })
        })
        .collect::<Result<_>>()?;
    Ok(With { recursive: node.recursive(), tables })
}

/// Reads a compound, which nests to the left, without recursion on that side: SQLite allows 500
/// terms (`sqlite.org/limits.html`, item 5).
fn compound(reader: Reader<'_>, node: nodes::CompoundSelect<'_>) -> Result<SelectBody> {
    let mut rights = vec![(operator(node.op()), side(reader, node.right())?)];
    let mut left = required(node.left(), "query")?;
    while let nodes::Select::CompoundSelect(inner) = left {
        if inner.orderby().is_some() || inner.limit_clause().is_some() {
            return Err(ParseError::new(CLAUSES_OF_ITS_OWN));
        }
        rights.push((operator(inner.op()), side(reader, inner.right())?));
        left = required(inner.left(), "query")?;
    }
    let first = side(reader, Some(left))?;
    Ok(rights.into_iter().rev().fold(first, |left, (op, right)| SelectBody::Compound {
        op,
        left: Box::new(left),
        right: Box::new(right),
    }))
}

fn operator(op: nodes::CompoundOp) -> CompoundOp {
    match op {
        nodes::CompoundOp::Union => CompoundOp::Union,
        nodes::CompoundOp::UnionAll => CompoundOp::UnionAll,
        nodes::CompoundOp::Intersect => CompoundOp::Intersect,
        nodes::CompoundOp::Except => CompoundOp::Except,
    }
}

/// Reads one term of a compound, which has no `WITH`, `ORDER BY` or `LIMIT` of its own.
fn side(reader: Reader<'_>, node: Option<nodes::Select<'_>>) -> Result<SelectBody> {
    let Select { with, body, order_by, limit, offset } = select(reader, required(node, "query")?)?;
    if with.is_some() || !order_by.is_empty() || limit.is_some() || offset.is_some() {
        return Err(ParseError::new(CLAUSES_OF_ITS_OWN));
    }
    Ok(body)
}

fn values(reader: Reader<'_>, node: nodes::ValuesClause<'_>) -> Result<SelectBody> {
    let rows = items(node.rows())?
        .into_iter()
        .map(|row| expr::list(reader, Some(row)))
        .collect::<Result<_>>()?;
    Ok(SelectBody::Values(rows))
}

fn core(reader: Reader<'_>, node: nodes::SelectStmt<'_>) -> Result<SelectCore> {
    Ok(SelectCore {
        distinct: node.flags().distinct(),
        columns: items(node.columns())?
            .into_iter()
            .map(|column| result_column(reader, column))
            .collect::<Result<_>>()?,
        from: node.from_clause().map(|source| from_item(reader, source)).transpose()?,
        filter: expr::optional(reader, node.where_clause())?,
        group_by: expr::list(reader, node.groupby())?,
        having: expr::optional(reader, node.having())?,
        windows: named_windows(reader, node.window_clause())?,
    })
}

fn result_column(reader: Reader<'_>, node: nodes::ResultColumn<'_>) -> Result<ResultColumn> {
    if node.flags().star() {
        let id: AnyNodeId = node.node_id().into_inner();
        return Ok(match reader.child_name(id, "expr")? {
            Some(table) => ResultColumn::TableStar(table),
            None => ResultColumn::Star,
        });
    }
    let expr: Expr = expr::needed(reader, node.expr())?;
    Ok(ResultColumn::Expr { expr, alias: reader.alias(node.alias())? })
}
