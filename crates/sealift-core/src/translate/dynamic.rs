//! Values whose class is only known at run time: parts of JSON documents.
//!
//! They are `jsonb` here, a number or a string: equal, hashed and grouped as SQLite does it, where
//! 1 and 1.0 are equal and 1 and '1' are not. A number with a point is a real number in SQLite. The
//! order differs from `jsonb`'s: numbers come before texts.

use super::Unsupported;
use super::convert::LEADING_REAL;
use super::typed::{Constant, Type, Typed, fill};
use crate::sql::Sql;
use crate::sqlite::Affinity;

/// A real number's text: SQLite's layout with every digit that it needs to be read back.
const REAL_TEXT: &str = "(case when ({0})::text ~ '[.]' then ({0})::text \
     when ({0})::text ~ 'e' then replace(({0})::text, 'e', '.0e') else ({0})::text || '.0' end)";

/// A double as a `jsonb` number that still shows that it is none of SQLite's integers.
const REAL_NUMBER: &str = "((case when scale(({0})::text::numeric) = 0 \
     then ({0})::text::numeric + 0.0 else ({0})::text::numeric end)::text::jsonb)";

/// Returns a dynamic value from a `json` expression: JSON's null is SQL's, its truths are 1 and 0,
/// and its arrays and objects are text.
pub(super) fn of_json(json: &Typed) -> Typed {
    let real = json.derive("(({0})::text::double precision)", Type::Double);
    let real = real.derive(REAL_NUMBER, Type::Dynamic);
    let compact = compact(json);
    let mut value = Typed::made(
        "(case json_typeof({0}) when 'null' then null \
         when 'boolean' then (case when ({0})::text = 'true' then '1' else '0' end)::jsonb \
         when 'number' then (case when ({0})::text ~ '[.eE]' \
         or abs(({0})::text::numeric) > 9223372036854775807 then {1} else ({0})::text::jsonb end) \
         when 'string' then ({0})::jsonb \
         else ('\"' || replace(replace({2}, '\\', '\\\\'), '\"', '\\\"') || '\"')::jsonb end)",
        &[json, &real, &compact],
        Type::Dynamic,
    );
    value.affinity = None;
    value
}

/// Returns the text of a `json` expression without the spaces between its parts.
pub(super) fn compact(json: &Typed) -> Typed {
    json.derive(
        "regexp_replace(({0})::text, '(\"(?:[^\"\\\\]|\\\\.)*\")|[ \\t\\n\\r]+', '\\1', 'g')",
        Type::Text,
    )
}

/// Returns a value of a known class as a dynamic one.
pub(super) fn from(value: &Typed) -> Result<Typed, Unsupported> {
    if let Some(Constant::Text(text)) = &value.constant {
        let quoted = serde_json::to_string(text)
            .map_err(|_| Unsupported::new("a text that cannot be written as JSON"))?;
        return Ok(Typed::new(Sql::new().literal(&quoted).push("::jsonb"), Type::Dynamic));
    }
    match value.ty {
        Type::Dynamic => Ok(value.clone()),
        Type::Null => Ok(Typed::new(Sql::raw("null::jsonb"), Type::Dynamic)),
        Type::Integer | Type::BigInt => Ok(value.derive("(({0})::text::jsonb)", Type::Dynamic)),
        Type::Boolean | Type::Condition => {
            Ok(value.number()?.derive("(({0})::text::jsonb)", Type::Dynamic))
        }
        Type::Double if !value.maybe_integer => Ok(value.derive(REAL_NUMBER, Type::Dynamic)),
        Type::Text if !super::expression::holds_numbers(value) => {
            Ok(value.derive("to_jsonb(({0})::text)", Type::Dynamic).stable())
        }
        Type::Text
        | Type::Double
        | Type::Numeric
        | Type::Bytea
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::TimestampTz
        | Type::Json
        | Type::Jsonb
        | Type::Uuid => Err(Unsupported::new(format!(
            "a part of a JSON document meets a value of type {}",
            value.ty.name()
        ))),
    }
}

/// Returns the text that SQLite shows.
pub(super) fn text(value: &Typed) -> Typed {
    let real = value.derive("(({0})::text::double precision)", Type::Double);
    let real = real.derive(REAL_TEXT, Type::Text);
    let string = value.derive("({0} #>> '{}')", Type::Text);
    let mut made = Typed::made(
        "(case when jsonb_typeof({0}) = 'number' and ({0})::text ~ '[.]' then {1} else {2} end)",
        &[value, &real, &string],
        Type::Text,
    );
    made.affinity = Some(Affinity::Blob);
    made
}

/// Returns the number that arithmetic takes it for.
pub(super) fn number(value: &Typed) -> Typed {
    let string = value.derive("({0} #>> '{}')", Type::Text);
    let mut made = string.derive(LEADING_REAL, Type::Double);
    made.maybe_integer = true;
    made
}

/// Compares two values of which at least one is dynamic with `=`, `<>`, `<`, `<=`, `>` or `>=`.
pub(super) fn compare(op: &'static str, left: &Typed, right: &Typed) -> Result<Typed, Unsupported> {
    if matches!(op, "=" | "<>") {
        let (left, right) = both(left, right)?;
        let template = if op == "=" { "({0} = {1})" } else { "({0} <> {1})" };
        return Ok(Typed::made(template, &[&left, &right], Type::Condition));
    }
    if left.ty != Type::Dynamic {
        let turned = match op {
            "<" => ">",
            "<=" => ">=",
            ">" => "<",
            _ => "<=",
        };
        return compare(turned, right, left);
    }
    if right.ty == Type::Dynamic {
        return Err(Unsupported::new("the order of two parts of JSON documents"));
    }
    if right.ty == Type::Null {
        return Ok(Typed::new(Sql::raw("null::boolean"), Type::Condition));
    }
    let subject = affine(left, right);
    if right.ty.is_number() {
        let number = right.number()?;
        let template = match op {
            "<" => {
                "(case jsonb_typeof({0}) when 'number' then ({0})::numeric < ({1})::numeric \
                    when 'string' then ({1} is null and null) end)"
            }
            "<=" => {
                "(case jsonb_typeof({0}) when 'number' then ({0})::numeric <= ({1})::numeric \
                     when 'string' then ({1} is null and null) end)"
            }
            ">" => {
                "(case jsonb_typeof({0}) when 'number' then ({0})::numeric > ({1})::numeric \
                    when 'string' then ({1} is not null or null) end)"
            }
            _ => {
                "(case jsonb_typeof({0}) when 'number' then ({0})::numeric >= ({1})::numeric \
                  when 'string' then ({1} is not null or null) end)"
            }
        };
        return Ok(Typed::made(template, &[&subject, &number], Type::Condition));
    }
    if right.ty == Type::Text && !super::expression::holds_numbers(right) {
        plain_collation(right)?;
        let template = match op {
            "<" => {
                "(case jsonb_typeof({0}) when 'string' then ({0} #>> '{}') collate \"C\" < {1} \
                    when 'number' then ({1} is not null or null) end)"
            }
            "<=" => {
                "(case jsonb_typeof({0}) when 'string' then ({0} #>> '{}') collate \"C\" <= {1} \
                     when 'number' then ({1} is not null or null) end)"
            }
            ">" => {
                "(case jsonb_typeof({0}) when 'string' then ({0} #>> '{}') collate \"C\" > {1} \
                    when 'number' then ({1} is null and null) end)"
            }
            _ => {
                "(case jsonb_typeof({0}) when 'string' then ({0} #>> '{}') collate \"C\" >= {1} \
                  when 'number' then ({1} is null and null) end)"
            }
        };
        return Ok(Typed::made(template, &[&subject, right], Type::Condition));
    }
    Err(Unsupported::new(format!(
        "a part of a JSON document is compared with a value of type {}",
        right.ty.name()
    )))
}

/// `IS` and `IS NOT`.
pub(super) fn is(left: &Typed, right: &Typed, negated: bool) -> Result<Typed, Unsupported> {
    let (left, right) = both(left, right)?;
    let template =
        if negated { "({0} is distinct from {1})" } else { "({0} is not distinct from {1})" };
    Ok(Typed::made(template, &[&left, &right], Type::Condition))
}

/// Returns the terms of `order by`, without their directions: class, then number, then text.
pub(super) fn order_keys(value: &Typed) -> [Sql; 3] {
    [
        fill("(jsonb_typeof({0}) = 'string')", &[&value.sql]),
        fill("(case jsonb_typeof({0}) when 'number' then ({0})::numeric end)", &[&value.sql]),
        fill("({0} #>> '{}') collate \"C\"", &[&value.sql]),
    ]
}

/// `CAST` to a class.
pub(super) fn cast(value: &Typed, affinity: Affinity) -> Result<Typed, Unsupported> {
    let string = value.derive("({0} #>> '{}')", Type::Text);
    match affinity {
        Affinity::Text => Ok(text(value)),
        Affinity::Integer => Ok(string.derive(super::operators::LEADING_INTEGER, Type::BigInt)),
        Affinity::Real => Ok(string.derive(LEADING_REAL, Type::Double).surely_real()),
        Affinity::Numeric | Affinity::Blob => {
            Err(Unsupported::new("CAST of a part of a JSON document to a class without a type"))
        }
    }
}

/// Returns two values of which at least one is dynamic as `jsonb`.
pub(super) fn both(left: &Typed, right: &Typed) -> Result<(Typed, Typed), Unsupported> {
    plain_collation(left)?;
    plain_collation(right)?;
    Ok((from(&affine(left, right))?, from(&affine(right, left))?))
}

/// Only texts byte by byte compare as `jsonb` does.
fn plain_collation(value: &Typed) -> Result<(), Unsupported> {
    match value.collation {
        None | Some((super::typed::Collation::Binary, _)) => Ok(()),
        Some((super::typed::Collation::NoCase | super::typed::Collation::RTrim, _)) => {
            Err(Unsupported::new("a part of a JSON document under a collation"))
        }
    }
}

/// Applies the other operand's affinity (`sqlite.org/datatype3.html`, section 4.2).
fn affine(value: &Typed, other: &Typed) -> Typed {
    if value.ty != Type::Dynamic {
        return value.clone();
    }
    match other.affinity {
        Some(Affinity::Integer | Affinity::Real | Affinity::Numeric) => value.derive(
            "(case when jsonb_typeof({0}) = 'string' and ({0} #>> '{}') ~ \
             '^[ \\t\\n\\r\\f\\v]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[ \\t\\n\\r\\f\\v]*$' \
             then (({0} #>> '{}')::numeric::text::jsonb) else {0} end)",
            Type::Dynamic,
        ),
        Some(Affinity::Text) => text(value).derive("to_jsonb(({0})::text)", Type::Dynamic).stable(),
        Some(Affinity::Blob) | None => value.clone(),
    }
}
