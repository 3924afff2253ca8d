//! `DEFAULT`.

mod clock;
mod literal;
mod random;

use super::Unsupported;
use super::expression::Translator;
use super::scope::Frame;
use super::typed::{Type, Typed};
use crate::ast::Expr;
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::sql::Sql;

/// Returns a literal or the clock as a cell that a statement writes into a column; `None` for any
/// other value.
pub(super) fn cell(
    expr: Option<&Expr>,
    value: &Typed,
    column_type: PgType,
    reading: Reading,
) -> Option<Result<Sql, Unsupported>> {
    if let Some(Ok(clock)) = expr.and_then(clock::recognise)
        && let Ok(sql) = clock::render(clock, column_type, reading)
    {
        return Some(Ok(sql));
    }
    let constant = value.constant.as_ref()?;
    let cell = literal::render(constant, column_type, reading);
    Some(cell.map_err(|_| {
        Unsupported::new(format!("a literal that a column of type {column_type} does not hold"))
    }))
}

/// Translates a `DEFAULT` for a column of `column_type` whose cells are read by `reading`.
///
/// Returns `None` for `DEFAULT NULL`, which says nothing.
///
/// # Errors
/// With the reason, when the value is not of the column's type or cannot be made in PostgreSQL.
pub fn default(
    expr: &Expr,
    column_type: PgType,
    reading: Reading,
) -> Result<Option<Sql>, Unsupported> {
    if let Some(clock) = clock::recognise(expr) {
        return clock::render(clock?, column_type, reading).map(Some);
    }
    if let Some(bytes) = random::recognise(expr) {
        return random::render(bytes, column_type).map(Some);
    }
    // A bare word is a text here, as it names no column.
    let value = if let Expr::Column { schema: None, table: None, column } = expr {
        Typed::text(&column.text)?
    } else {
        Translator::new(None).expr(expr, &Frame::default())?
    };
    if value.ty == Type::Null {
        return Ok(None);
    }
    match &value.constant {
        Some(constant) => literal::render(constant, column_type, reading).map(Some),
        None => {
            let wanted = Type::of(column_type);
            if value.ty == wanted || (value.ty.is_integer() && wanted.is_integer()) {
                Ok(Some(value.sql))
            } else {
                Ok(Some(value.convert(wanted)?.sql))
            }
        }
    }
}
