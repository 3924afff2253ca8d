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
