//! Function calls and windows (`sqlite.org/windowfunctions.html`).

use super::expr;
use super::reader::{Reader, items, required};
use super::select::order_by;
use super::{ParseError, Result};
use crate::ast::{Frame, FrameBound, FrameExclude, FrameUnit, Function, Over, Window};
use syntaqlite_syntax::any::AnyNodeId;
use syntaqlite_syntax::nodes::{self, FrameBoundType, FrameType};

/// Reads `f(…)`.
pub(super) fn plain(reader: Reader<'_>, node: nodes::FunctionCall<'_>) -> Result<Function> {
    Ok(Function {
        name: reader.name(node.node_id().into_inner(), "func_name")?,
        distinct: node.flags().distinct(),
        star: node.flags().star(),
        arguments: expr::list(reader, node.args())?,
        order_by: Vec::new(),
        filter: filter(reader, node.filter_clause())?,
        over: over(reader, node.over_clause())?,
    })
}

/// Reads `f(… ORDER BY …)`.
pub(super) fn ordered(
    reader: Reader<'_>,
    node: nodes::AggregateFunctionCall<'_>,
) -> Result<Function> {
    Ok(Function {
        name: reader.name(node.node_id().into_inner(), "func_name")?,
        distinct: node.flags().distinct(),
        star: false,
        arguments: expr::list(reader, node.args())?,
        order_by: order_by(reader, node.orderby())?,
        filter: filter(reader, node.filter_clause())?,
        over: over(reader, node.over_clause())?,
    })
}

/// Reads `f(a) WITHIN GROUP (ORDER BY x)`, which SQLite turns into `f(x, a)` while parsing
/// (`sqlite.org/percentile.html`, "ordered-set aggregates").
pub(super) fn within_group(
    reader: Reader<'_>,
    node: nodes::OrderedSetFunctionCall<'_>,
) -> Result<Function> {
    let mut arguments = vec![expr::needed(reader, node.orderby_expr())?];
    arguments.extend(expr::list(reader, node.args())?);
    Ok(Function {
        name: reader.name(node.node_id().into_inner(), "func_name")?,
        distinct: node.flags().distinct(),
        star: false,
        arguments,
        order_by: Vec::new(),
        filter: filter(reader, node.filter_clause())?,
        over: over(reader, node.over_clause())?,
    })
}

/// Reads a window definition.
pub(super) fn window(reader: Reader<'_>, node: nodes::WindowDef<'_>) -> Result<Window> {
    let id: AnyNodeId = node.node_id().into_inner();
    Ok(Window {
        base: reader.optional_name(id, "base_window_name")?,
        partition_by: expr::list(reader, node.partition_by())?,
        order_by: order_by(reader, node.orderby())?,
        frame: node.frame().map(|node| frame(reader, node)).transpose()?,
    })
}

fn filter(
    reader: Reader<'_>,
    node: Option<nodes::Expr<'_>>,
) -> Result<Option<Box<crate::ast::Expr>>> {
    Ok(expr::optional(reader, node)?.map(Box::new))
}

fn over(reader: Reader<'_>, node: Option<nodes::WindowDef<'_>>) -> Result<Option<Over>> {
    let Some(node) = node else { return Ok(None) };
    let named = reader.optional_name(node.node_id().into_inner(), "ref_window_name")?;
    Ok(Some(match named {
        Some(name) => Over::Named(name),
        None => Over::Window(Box::new(window(reader, node)?)),
    }))
}

fn frame(reader: Reader<'_>, node: nodes::FrameSpec<'_>) -> Result<Frame> {
    Ok(Frame {
        unit: match node.frame_type() {
            FrameType::Range => FrameUnit::Range,
            FrameType::Rows => FrameUnit::Rows,
            FrameType::Groups => FrameUnit::Groups,
            FrameType::None => return Err(ParseError::new("a window frame without a unit")),
        },
        start: bound(reader, required(node.start_bound(), "frame start")?)?,
        end: node.end_bound().map(|node| bound(reader, node)).transpose()?,
        exclude: match node.exclude() {
            nodes::FrameExclude::None => None,
            nodes::FrameExclude::NoOthers => Some(FrameExclude::NoOthers),
            nodes::FrameExclude::CurrentRow => Some(FrameExclude::CurrentRow),
            nodes::FrameExclude::Group => Some(FrameExclude::Group),
            nodes::FrameExclude::Ties => Some(FrameExclude::Ties),
        },
    })
}

fn bound(reader: Reader<'_>, node: nodes::FrameBound<'_>) -> Result<FrameBound> {
    let distance = || expr::needed(reader, node.expr()).map(Box::new);
    Ok(match node.bound_type() {
        FrameBoundType::UnboundedPreceding => FrameBound::UnboundedPreceding,
        FrameBoundType::ExprPreceding => FrameBound::Preceding(distance()?),
        FrameBoundType::CurrentRow => FrameBound::CurrentRow,
        FrameBoundType::ExprFollowing => FrameBound::Following(distance()?),
        FrameBoundType::UnboundedFollowing => FrameBound::UnboundedFollowing,
    })
}

/// Reads `WINDOW name AS (…), …`.
pub(super) fn named_windows(
    reader: Reader<'_>,
    list: Option<nodes::NamedWindowDefList<'_>>,
) -> Result<Vec<(crate::ast::Name, Window)>> {
    items(list)?
        .into_iter()
        .map(|node| {
            let name = reader.name(node.node_id().into_inner(), "window_name")?;
            Ok((name, window(reader, required(node.window_def(), "window")?)?))
        })
        .collect()
}
