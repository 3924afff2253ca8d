//! Functions of numbers.

use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::convert::unify;
use crate::translate::typed::{Type, Typed};

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
    Ok(round_places(&double, digits))
}

/// Rounds a double to decimal places as SQLite does, to a double.
fn round_places(x: &Typed, digits: i64) -> Typed {
    let exact = decimal_places(x, std::cmp::min(digits, 30));
    let made = Typed::made(
        "(case when abs({0}) >= 4503599627370496 then {0} else ({1})::double precision end)",
        &[x, &exact],
        Type::Double,
    );
    made.surely_real()
}

/// Rounds a double to decimal places by its exact value, half away from zero, to a `numeric` of just
/// these places. PostgreSQL's own way over `numeric` cuts to 15 digits first (2.675 is a little less
/// than it looks).
///
/// The double is split into three whole numbers, N = a·2¹⁰⁰ + b·2⁵⁰ + c, each exact, so that N / 2¹¹⁰
/// is the double; then N·10ⁿ is rounded in whole numbers. From 2⁵² on there is no fraction.
fn decimal_places(x: &Typed, digits: i64) -> Typed {
    let digits = usize::try_from(digits).unwrap_or(0);
    let power = Typed::new(Sql::new().literal(&format!("1{}", "0".repeat(digits))), Type::Numeric)
        .derive("{0}::numeric", Type::Numeric);
    let unit = if digits == 0 {
        "1".to_owned()
    } else {
        format!("0.{}1", "0".repeat(digits.saturating_sub(1)))
    };
    let unit =
        Typed::new(Sql::new().literal(&unit), Type::Numeric).derive("{0}::numeric", Type::Numeric);
    let whole = whole_of(x);
    Typed::made(
        "(case when abs({0}) >= 4503599627370496 then trunc(({0})::text::numeric) * {2} * {3} \
         else sign({0})::numeric * div(abs({1}) * {2} * 2 + 1298074214633706907132624082305024, \
         2596148429267413814265248164610048) * {3} end)",
        &[x, &whole, &power, &unit],
        Type::Numeric,
    )
}

/// Returns a double's exact value as a `numeric`, from 2⁵² on its shortest text's.
pub(super) fn exact_value(x: &Typed) -> Typed {
    // N / 2¹¹⁰ is N · 5¹¹⁰ / 10¹¹⁰.
    let factor = "77037197775489434122239117703397092741524065928615527809597551822662353515625";
    let factor = Typed::new(Sql::new().literal(factor), Type::Numeric);
    Typed::made(
        "(case when abs({0}) >= 4503599627370496 then ({0})::text::numeric \
         else {1} * {2}::numeric * '1e-110'::numeric end)",
        &[x, &whole_of(x), &factor],
        Type::Numeric,
    )
}

/// Returns a double of less than 2⁵², times 2¹¹⁰.
fn whole_of(x: &Typed) -> Typed {
    let first = x.derive("({0} * 1024)", Type::Double);
    let rest = "(({0} - trunc({0})) * 1125899906842624)";
    let second = first.derive(rest, Type::Double);
    let third = second.derive(rest, Type::Double);
    Typed::made(
        "(trunc({0})::bigint * 1267650600228229401496703205376 \
         + trunc({1})::bigint * 1125899906842624::numeric + trunc({2})::bigint)",
        &[&first, &second, &third],
        Type::Numeric,
    )
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
    let made = made.one_of(arguments);
    made.same_order()?;
    Ok(made)
}
