//! A value as the cell that a statement writes into a column: SQLite's affinity, then what became of
//! the column.
//!
//! Where only the value tells whether it fits, PostgreSQL refuses the statement with an error; no
//! value is cut or rounded on the way. A text never becomes a time unless its form is known.

use crate::ast::Expr;
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::sql::Sql;
use crate::translate::typed::{Type, Typed, fill};
use crate::translate::{Field, Unsupported, default};

/// A whole number, or PostgreSQL's error about the digits of one that is not.
const WHOLE: &str = "(case when {0} = trunc({0}) then ({0})::bigint else ({0})::text::bigint end)";

/// Returns the cell; `expr` is what it was written as, where that is at hand.
pub(super) fn assigned(
    expr: Option<&Expr>,
    value: &Typed,
    field: &Field,
) -> Result<Sql, Unsupported> {
    // A view's column of nothing but NULL.
    let Some(column_type) = field.data_type else { return Ok(value.as_text()?.sql) };
    if value.ty == Type::Null {
        return Ok(Sql::raw("null"));
    }
    if let Some(cell) = default::cell(expr, value, column_type, field.reading) {
        return cell;
    }
    let refuse = || {
        Err(Unsupported::new(format!(
            "a value of type {} is written into `{}`, which became {column_type}",
            value.ty.name(),
            field.source_name
        )))
    };
    let wanted = Type::of(column_type);
    let timed = |reading| {
        matches!(
            reading,
            Reading::UnixSeconds | Reading::UnixMillis | Reading::UnixMicros | Reading::JulianDay
        )
    };
    if timed(value.reading) || timed(field.reading) {
        let same = value.reading == field.reading && value.ty == wanted;
        return if same { Ok(value.sql.clone()) } else { refuse() };
    }
    if value.reading == Reading::NonzeroTrue && wanted != Type::Boolean {
        return refuse();
    }
    let made = |template: &'static str| Ok(fill(template, &[&value.sql]));
    if wanted == Type::Boolean && field.reading == Reading::NonzeroTrue && value.ty.is_number() {
        return made("({0} <> 0)");
    }
    if value.ty == Type::Text {
        return text(value, field, column_type);
    }
    match (value.ty, wanted) {
        (a, b) if a == b => Ok(value.sql.clone()),
        (a, Type::Boolean) if a.is_truth() => Ok(value.sql.clone()),
        (a, b) if a.is_truth() && b.is_number() => Ok(value.number()?.sql),
        (Type::Integer | Type::BigInt, b) if b.is_number() => Ok(value.sql.clone()),
        (Type::Integer | Type::BigInt, Type::Boolean) => made("({0})::text::boolean"),
        (Type::Double | Type::Numeric, Type::Integer | Type::BigInt) => made(WHOLE),
        // By its shortest digits: the cast itself keeps 15.
        (Type::Double, Type::Numeric) => made("({0})::text::numeric"),
        (Type::Numeric, Type::Double) => made("({0})::double precision"),
        (Type::Date, Type::Timestamp) => made("({0})::timestamp"),
        (Type::Timestamp, Type::TimestampTz) if field.reading == Reading::NaiveUtc => {
            made("({0} at time zone 'utc')")
        }
        (Type::Json, Type::Jsonb) => made("({0})::jsonb"),
        (_, Type::Text) => Ok(value.as_text()?.sql),
        _ => refuse(),
    }
}

fn text(value: &Typed, field: &Field, column_type: PgType) -> Result<Sql, Unsupported> {
    let sql = if field.reading == Reading::EmptyNull {
        fill("nullif({0}, '')", &[&value.sql])
    } else {
        value.sql.clone()
    };
    let cast = |template: &'static str| Ok(fill(template, &[&sql]));
    match column_type {
        PgType::Text | PgType::Varchar(_) => Ok(sql),
        PgType::Boolean => cast("({0})::boolean"),
        PgType::SmallInt | PgType::Integer | PgType::BigInt => cast("({0})::bigint"),
        PgType::Double => cast("({0})::double precision"),
        PgType::Numeric(_) => cast("({0})::numeric"),
        PgType::Bytea => cast("convert_to({0}, 'UTF8')"),
        PgType::Json => cast("({0})::json"),
        PgType::Jsonb => cast("({0})::jsonb"),
        PgType::Uuid => cast("({0})::uuid"),
        PgType::Date | PgType::Time | PgType::Timestamp | PgType::TimestampTz => {
            Ok(value
                .convert(Type::of(column_type))
                .map_err(|_| {
                    Unsupported::new(format!(
                        "a text whose form is only known at run time is written into `{}`, which became {column_type}",
                        field.source_name
                    ))
                })?
                .sql)
        }
    }
}
