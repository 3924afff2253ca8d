//! Random identifiers as a default.

use crate::ast::{Expr, Function, Literal};
use crate::mapping::PgType;
use crate::sql::Sql;
use crate::translate::Unsupported;

/// Recognises `hex(randomblob(n))`, perhaps inside `lower()`; returns n and whether it is lower.
pub(super) fn recognise(expr: &Expr) -> Option<(i64, bool)> {
    let call = |expr: &Expr, name: &str| -> Option<Expr> {
        let Expr::Function(function) = expr else { return None };
        let Function { name: found, arguments, .. } = function.as_ref();
        match arguments.as_slice() {
            [argument] if found.is(name) => Some(argument.clone()),
            _ => None,
        }
    };
    let (inner, lower) = match call(expr, "lower") {
        Some(inner) => (inner, true),
        None => (expr.clone(), false),
    };
    let blob = call(&inner, "hex")?;
    let Expr::Literal(Literal::Integer(bytes)) = call(&blob, "randomblob")? else { return None };
    Some((bytes, lower))
}

/// An unpredictable hexadecimal text of 16 bytes. PostgreSQL has no random bytes without an
/// extension; the SHA-256 of two random UUIDs (244 random bits) cannot be told from them.
pub(super) fn render((bytes, lower): (i64, bool), column_type: PgType) -> Result<Sql, Unsupported> {
    let digits = bytes.checked_mul(2).filter(|digits| (2..=64).contains(digits));
    let Some(digits) = digits else {
        return Err(Unsupported::new("more random bytes than PostgreSQL can make by itself"));
    };
    if column_type == PgType::Uuid && bytes == 16 {
        return Ok(Sql::raw("gen_random_uuid()"));
    }
    let fits = match column_type {
        PgType::Text => true,
        PgType::Varchar(limit) => digits <= i64::from(limit),
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Numeric(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Json
        | PgType::Jsonb
        | PgType::Uuid => false,
    };
    if !fits {
        return Err(Unsupported::new(format!(
            "random hexadecimal text as the default of a column of type {column_type}"
        )));
    }
    let hex = Sql::raw(
        "left(encode(sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 'hex'), ",
    )
    .int(digits)
    .push(")");
    Ok(if lower { hex } else { Sql::raw("upper(").sql(&hex).push(")") })
}
