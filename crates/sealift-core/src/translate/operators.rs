//! Arithmetic, logic, `||` and `CAST`.
//!
//! Accepted differences: where a 64-bit result overflows SQLite goes on with a floating point
//! number and PostgreSQL raises an error; never a wrong number.

use super::convert::LEADING_REAL;
use super::typed::{Amount, Type, Typed};
use super::{Unsupported, comparison};
use crate::ast::BinaryOp;
use crate::sqlite::Affinity;

/// Translates `left op right`.
pub(super) fn binary(op: BinaryOp, left: &Typed, right: &Typed) -> Result<Typed, Unsupported> {
    match op {
        BinaryOp::Or | BinaryOp::And => logic(op, left, right),
        BinaryOp::Eq => comparison::compare("=", left, right),
        BinaryOp::Ne => comparison::compare("<>", left, right),
        BinaryOp::Lt => comparison::compare("<", left, right),
        BinaryOp::Le => comparison::compare("<=", left, right),
        BinaryOp::Gt => comparison::compare(">", left, right),
        BinaryOp::Ge => comparison::compare(">=", left, right),
        BinaryOp::BitAnd => bits("(({0})::bigint & ({1})::bigint)", left, right),
        BinaryOp::BitOr => bits("(({0})::bigint | ({1})::bigint)", left, right),
        BinaryOp::ShiftLeft => shift(op, left, right),
        BinaryOp::ShiftRight => shift(op, left, right),
        BinaryOp::Add => arithmetic(["(({0})::bigint + {1})", "({0} + {1})"], left, right),
        BinaryOp::Subtract => arithmetic(["(({0})::bigint - {1})", "({0} - {1})"], left, right),
        BinaryOp::Multiply => arithmetic(["(({0})::bigint * {1})", "({0} * {1})"], left, right),
        BinaryOp::Divide => divide(left, right),
        BinaryOp::Modulo => modulo(left, right),
        BinaryOp::Concat => {
            if let (Some(left), Some(right)) = (left.literal_text(), right.literal_text()) {
                return Typed::text(&format!("{left}{right}"));
            }
            let amount = amount(left, right);
            let (left, right) = (left.as_text()?, right.as_text()?);
            let made = Typed::made("({0} || {1})", &[&left, &right], Type::Text);
            Ok(Typed { amount, ..made })
        }
        BinaryOp::Arrow => super::functions::json::arrow(left, right),
        BinaryOp::LongArrow => super::functions::json::long_arrow(left, right),
    }
}

/// Recognises the parts of a modifier: a sign, a whole number and a unit.
fn amount(left: &Typed, right: &Typed) -> Option<Box<Amount>> {
    if let Some(amount) = &left.amount {
        let unit = right.literal_text().filter(|_| amount.unit.is_empty())?.to_owned();
        return Some(Box::new(Amount { unit, ..Amount::clone(amount) }));
    }
    if let (true, Some(unit)) = (left.ty.is_integer(), right.literal_text()) {
        let unit = unit.to_owned();
        return Some(Box::new(Amount { sign: None, number: left.clone(), unit }));
    }
    let sign = match left.literal_text()? {
        "+" => '+',
        "-" => '-',
        _ => return None,
    };
    let number = right.ty.is_integer().then(|| right.clone())?;
    Some(Box::new(Amount { sign: Some(sign), number, unit: String::new() }))
}

fn logic(op: BinaryOp, left: &Typed, right: &Typed) -> Result<Typed, Unsupported> {
    let (left, right) = (left.condition()?, right.condition()?);
    let template = if op == BinaryOp::Or { "({0} or {1})" } else { "({0} and {1})" };
    let mut made = Typed::made(template, &[&left, &right], Type::Condition);
    made.never_false = if op == BinaryOp::Or {
        left.never_false || right.never_false
    } else {
        left.never_false && right.never_false
    };
    Ok(made)
}

fn double(value: &Typed) -> Result<Typed, Unsupported> {
    value.convert(Type::Double)
}

fn arithmetic(
    [integers, doubles]: [&'static str; 2],
    left: &Typed,
    right: &Typed,
) -> Result<Typed, Unsupported> {
    let (left, right) = (left.number()?, right.number()?);
    if left.ty.is_integer() && right.ty.is_integer() {
        return Ok(Typed::made(integers, &[&left, &right], Type::BigInt));
    }
    // SQLite computes with doubles; so do we, also where the column is numeric.
    let (left, right) = (double(&left)?, double(&right)?);
    Ok(Typed::made(doubles, &[&left, &right], Type::Double))
}

fn divide(left: &Typed, right: &Typed) -> Result<Typed, Unsupported> {
    let (left, right) = (left.number()?, right.number()?);
    if left.ty.is_integer() && right.ty.is_integer() {
        let nonzero = right.literal_integer().is_some_and(|value| value != 0);
        let template =
            if nonzero { "(({0})::bigint / {1})" } else { "(({0})::bigint / nullif({1}, 0))" };
        return Ok(Typed::made(template, &[&left, &right], Type::BigInt));
    }
    let may_be_integers = |value: &Typed| value.ty.is_integer() || value.ty == Type::Numeric;
    if may_be_integers(&left) && may_be_integers(&right) {
        // A NUMERIC column keeps whole numbers as integers, and two integers divide as such.
        let template = "(case when {0} = trunc({0}) and {1} = trunc({1}) \
             then trunc(({0})::numeric / nullif({1}, 0)) \
             else ({0})::double precision / nullif(({1})::double precision, 0) end)";
        return Ok(Typed::made(template, &[&left, &right], Type::Double));
    }
    if left.may_be_integer() && right.may_be_integer() {
        return Err(Unsupported::new(
            "a division that SQLite makes of integers or of reals, depending on the values",
        ));
    }
    let (left, right) = (double(&left)?, double(&right)?);
    Ok(Typed::made("({0} / nullif({1}, 0))", &[&left, &right], Type::Double))
}

fn modulo(left: &Typed, right: &Typed) -> Result<Typed, Unsupported> {
    let (left, right) = (left.number()?, right.number()?);
    if left.ty.is_integer() && right.ty.is_integer() {
        return Ok(Typed::made("(({0})::bigint % nullif({1}, 0))", &[&left, &right], Type::BigInt));
    }
    let (left, right) = (left.derive(WHOLE, Type::BigInt), right.derive(WHOLE, Type::BigInt));
    let template = "(({0} % nullif({1}, 0))::double precision)";
    Ok(Typed::made(template, &[&left, &right], Type::Double))
}

fn bits(template: &'static str, left: &Typed, right: &Typed) -> Result<Typed, Unsupported> {
    let (left, right) = (left.number()?, right.number()?);
    if left.ty.is_integer() && right.ty.is_integer() {
        return Ok(Typed::made(template, &[&left, &right], Type::BigInt));
    }
    Err(Unsupported::new("bits of a number that is not an integer"))
}

/// A negative number shifts the other way, and 64 bits or more leave the sign only.
fn shift(op: BinaryOp, left: &Typed, right: &Typed) -> Result<Typed, Unsupported> {
    let is_left = op == BinaryOp::ShiftLeft;
    let short = matches!(right.literal_integer(), Some(0..=63));
    let template = match (is_left, short) {
        (true, true) => "(({0})::bigint << {1})",
        (false, true) => "(({0})::bigint >> {1})",
        (true, false) => {
            "(case when {0} is null or {1} is null then null when {1} >= 64 then 0 when {1} >= 0 then ({0})::bigint << ({1})::integer \
             when {1} > -64 then ({0})::bigint >> (- ({1})::integer) \
             when {0} < 0 then -1 else 0 end)::bigint"
        }
        (false, false) => {
            "(case when {0} is null or {1} is null then null \
             when {1} >= 64 then (case when {0} < 0 then -1 else 0 end) \
             when {1} >= 0 then ({0})::bigint >> ({1})::integer \
             when {1} > -64 then ({0})::bigint << (- ({1})::integer) \
             else 0 end)::bigint"
        }
    };
    Ok(bits(template, left, right)?.derive("({0})", Type::BigInt))
}

/// `CAST(value AS type_name)`: only the affinity of the type's name counts.
pub(super) fn cast(value: &Typed, type_name: &str) -> Result<Typed, Unsupported> {
    let affinity = Affinity::of(Some(type_name), false);
    value.same_class()?;
    let value = if value.ty.is_truth() { value.number()? } else { value.clone() };
    if value.ty == Type::Dynamic {
        let mut made = super::dynamic::cast(&value, affinity)?;
        made.affinity = Some(affinity);
        return Ok(made);
    }
    let refuse = || {
        Err(Unsupported::new(format!("CAST of a value of type {} to {type_name}", value.ty.name())))
    };
    let is_number = value.ty.is_number() || value.ty == Type::Null;
    let is_text = value.ty == Type::Text;
    let mut made = match affinity {
        Affinity::Integer if value.ty.is_integer() || value.ty == Type::Null => {
            value.convert(Type::BigInt)?
        }
        Affinity::Integer if is_number => value.derive(WHOLE, Type::BigInt),
        Affinity::Integer if is_text => value.derive(LEADING_INTEGER, Type::BigInt),
        Affinity::Real if is_text => value.derive(LEADING_REAL, Type::Double).surely_real(),
        Affinity::Real if is_number => value.convert(Type::Double)?.surely_real(),
        Affinity::Text => value.as_text()?,
        // A whole real becomes an integer.
        Affinity::Numeric if is_number => {
            Typed { maybe_integer: value.ty == Type::Double, ..value.clone() }
        }
        Affinity::Blob if matches!(value.ty, Type::Bytea | Type::Null) => {
            value.convert(Type::Bytea)?
        }
        Affinity::Blob if is_text => value.derive("convert_to({0}, 'UTF8')", Type::Bytea).stable(),
        Affinity::Integer | Affinity::Real | Affinity::Numeric | Affinity::Blob => {
            return refuse();
        }
    };
    made.affinity = Some(affinity);
    made.constant = None;
    Ok(made)
}

/// A number without its fraction, cut to 64 bits.
const WHOLE: &str = "(case when {0} >= 9223372036854775807 then 9223372036854775807 \
when {0} <= -9223372036854775808 then (-9223372036854775808)::bigint else trunc({0})::bigint end)";

/// The whole number a text begins with, cut to 64 bits, 0 without one, NULL for NULL.
pub(super) const LEADING_INTEGER: &str = "(case when {0} is not null then greatest(least(coalesce(substring(\
{0} from '^[ \\t\\n\\r\\f\\v]*([+-]?[0-9]+)')::numeric, 0), 9223372036854775807), \
-9223372036854775808)::bigint end)";
