//! Functions of numbers.

use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::typed::{Type, Typed, unify};

type Call = Option<Result<Typed, Unsupported>>;

pub(super) fn call(name: &str, arguments: &[Typed]) -> Call {
    Some(match (name, arguments) {
        ("abs", [x]) => abs(x),
        ("sign", [x]) if x.ty.is_number() => Ok(x.derive("sign({0})::integer", Type::Integer)),
        ("round", [x]) => round(x, 0),
        ("round", [x, digits]) => match digits.literal_integer() {
            Some(digits) => round(x, digits),
            None => Err(Unsupported::new("round() to a number of digits that is not a literal")),
        },
        ("min", [_, _, ..]) => extreme("least(", arguments),
        ("max", [_, _, ..]) => extreme("greatest(", arguments),
        ("ceil" | "ceiling", [x]) => rounded(x, "ceil({0})"),
        ("floor", [x]) => rounded(x, "floor({0})"),
        ("trunc", [x]) => rounded(x, "trunc({0})"),
        ("random", []) => Ok(Typed::new(
            Sql::raw("(('x' || substr(md5(gen_random_uuid()::text), 1, 16))::bit(64)::bigint)"),
            Type::BigInt,
        )
        .stable()),
        _ => return None,
    })
}

fn abs(x: &Typed) -> Result<Typed, Unsupported> {
    let number = x.number()?;
    let ty = if number.ty == Type::Integer { Type::BigInt } else { number.ty };
    let template = if ty == Type::BigInt { "abs(({0})::bigint)" } else { "abs({0})" };
    let mut made = number.derive(template, ty);
    made.not_negative = ty.is_integer();
    Ok(made)
}

/// An integer stays one; anything else is a double.
fn rounded(x: &Typed, template: &'static str) -> Result<Typed, Unsupported> {
    let number = x.number()?;
    if number.ty.is_integer() {
        return Ok(number);
    }
    Ok(number.convert(Type::Double)?.derive(template, Type::Double))
}

/// SQLite rounds half away from zero and always returns a double.
fn round(x: &Typed, digits: i64) -> Result<Typed, Unsupported> {
    let number = x.number()?;
    if number.ty.is_integer() {
        return Ok(number.convert(Type::Double)?.surely_real());
    }
    let double = number.convert(Type::Double)?;
    if digits <= 0 {
        return Ok(double
            .derive(
                "(case when {0} < 0 then ceil({0} - 0.5) else floor({0} + 0.5) end)",
                Type::Double,
            )
            .surely_real());
    }
    Err(Unsupported::new("round() to decimal places, where the two databases break ties apart"))
}

/// `min()` and `max()` of several values: NULL if any of them is.
fn extreme(function: &'static str, arguments: &[Typed]) -> Result<Typed, Unsupported> {
    let ty = unify(&arguments.iter().collect::<Vec<_>>())?;
    if !(ty.is_number() || ty == Type::Text || ty.is_moment()) {
        return Err(Unsupported::new(format!("min() or max() of values of type {}", ty.name())));
    }
    let mut sql = Sql::raw("(case when ");
    let mut values = Vec::new();
    let mut immutable = true;
    for (index, argument) in arguments.iter().enumerate() {
        let value = argument.convert(ty)?;
        immutable = immutable && value.immutable;
        sql = sql.push(if index == 0 { "" } else { " and " });
        sql = sql.sql(&value.sql).push(" is not null");
        values.push(if ty == Type::Text {
            value.derive("({0} collate \"C\")", ty).sql
        } else {
            value.sql
        });
    }
    let sql = sql.push(" then ").push(function).join(values, ", ").push(") end)");
    let mut made = Typed::new(sql, ty);
    made.immutable = immutable;
    Ok(made.one_of(arguments))
}
