//! Functions of text.

use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::typed::{Type, Typed};

type Call = Option<Result<Typed, Unsupported>>;

pub(super) fn call(name: &str, arguments: &[Typed]) -> Call {
    Some(match (name, arguments) {
        // SQLite folds ASCII letters only, as the collation "C" does.
        ("lower", [x]) => on_text("lower({0} collate \"C\")", &[x]),
        ("upper", [x]) => on_text("upper({0} collate \"C\")", &[x]),
        ("length", [x]) => length(x),
        ("octet_length", [x]) if matches!(x.ty, Type::Text | Type::Bytea) => {
            Ok(whole(x.derive("octet_length({0})", Type::Integer)))
        }
        ("trim", [x]) => on_text("btrim({0}, ' ')", &[x]),
        ("ltrim", [x]) => on_text("ltrim({0}, ' ')", &[x]),
        ("rtrim", [x]) => on_text("rtrim({0}, ' ')", &[x]),
        ("trim", [x, y]) => on_text("btrim({0}, {1})", &[x, y]),
        ("ltrim", [x, y]) => on_text("ltrim({0}, {1})", &[x, y]),
        ("rtrim", [x, y]) => on_text("rtrim({0}, {1})", &[x, y]),
        ("replace", [x, y, z]) => on_text("replace({0}, {1}, {2})", &[x, y, z]),
        ("instr", [x, y]) => on_text("strpos({0}, {1})", &[x, y])
            .map(|made| whole(Typed { ty: Type::Integer, ..made })),
        ("substr" | "substring", [x, start]) => substr(x, start, None),
        ("substr" | "substring", [x, start, length]) => substr(x, start, Some(length)),
        ("hex", [x]) => hex(x),
        ("concat", [_, ..]) => concat(arguments),
        ("concat_ws", [separator, rest @ ..]) if !rest.is_empty() => concat_ws(separator, rest),
        ("char", [x]) => character(x),
        ("unicode", [x]) => on_text("(case when {0} <> '' then ascii({0}) end)", &[x])
            .map(|made| Typed { ty: Type::Integer, ..made }),
        _ => return None,
    })
}

/// Applies a template to the operands as text.
fn on_text(template: &'static str, operands: &[&Typed]) -> Result<Typed, Unsupported> {
    let texts: Result<Vec<Typed>, _> = operands.iter().map(|operand| operand.as_text()).collect();
    let texts = texts?;
    Ok(Typed::made(template, &texts.iter().collect::<Vec<_>>(), Type::Text))
}

fn whole(mut value: Typed) -> Typed {
    value.not_negative = true;
    value
}

fn length(x: &Typed) -> Result<Typed, Unsupported> {
    let limit = x.limit;
    let made = if x.ty == Type::Bytea {
        x.derive("octet_length({0})", Type::Integer)
    } else {
        x.as_text()?.derive("char_length({0})", Type::Integer)
    };
    Ok(Typed { limit, ..whole(made) })
}

/// Positions outside the text count the same way in both, except that SQLite counts a negative
/// start from the end, and reads backwards for a negative length.
fn substr(x: &Typed, start: &Typed, length: Option<&Typed>) -> Result<Typed, Unsupported> {
    let Some(from) = start.literal_integer() else {
        return Err(Unsupported::new("substr() with a start that is not a literal"));
    };
    if !(-1_000_000..=1_000_000).contains(&from) {
        return Err(Unsupported::new("substr() with a start that far out"));
    }
    if let Some(length) = length
        && !(length.not_negative && length.ty.is_integer())
    {
        return Err(Unsupported::new("substr() with a length that could be negative"));
    }
    let text = if x.ty == Type::Bytea {
        if from < 0 {
            return Err(Unsupported::new("substr() from the end of a blob"));
        }
        x.clone()
    } else {
        x.as_text()?
    };
    let back = Typed::new(Sql::new().int(from.saturating_neg()), Type::Integer);
    Ok(match length {
        None if from < 0 => Typed::made("right({0}, {1})", &[&text, &back], text.ty),
        None => Typed::made("substr({0}, {1})", &[&text, start], text.ty),
        Some(length) if from < 0 => Typed::made(
            "substr({0}, char_length({0}) - {1} + 1, ({2})::integer)",
            &[&text, &back, length],
            text.ty,
        ),
        Some(length) => {
            Typed::made("substr({0}, {1}, ({2})::integer)", &[&text, start, length], text.ty)
        }
    })
}

fn hex(x: &Typed) -> Result<Typed, Unsupported> {
    if x.ty == Type::Bytea {
        // hex(NULL) is an empty text in SQLite.
        return Ok(x.derive("coalesce(upper(encode({0}, 'hex')), '')", Type::Text));
    }
    Ok(on_text("coalesce(upper(encode(convert_to({0}, 'UTF8'), 'hex')), '')", &[x])?.stable())
}

/// `concat()` takes NULL for an empty text.
fn concat(arguments: &[Typed]) -> Result<Typed, Unsupported> {
    let mut parts = Vec::new();
    let mut immutable = true;
    for argument in arguments {
        let text = argument.as_text()?;
        immutable = immutable && text.immutable;
        parts.push(Sql::raw("coalesce(").sql(&text.sql).push(", '')"));
    }
    let mut made = Typed::new(Sql::raw("(").join(parts, " || ").push(")"), Type::Text);
    made.immutable = immutable;
    Ok(made)
}

/// `concat_ws()` leaves NULLs out, in both; PostgreSQL takes it for stable.
fn concat_ws(separator: &Typed, rest: &[Typed]) -> Result<Typed, Unsupported> {
    let mut parts = vec![separator.as_text()?.sql];
    for argument in rest {
        parts.push(argument.as_text()?.sql);
    }
    Ok(Typed::new(Sql::raw("concat_ws(").join(parts, ", ").push(")"), Type::Text).stable())
}

fn character(x: &Typed) -> Result<Typed, Unsupported> {
    match x.literal_integer().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32) {
        Some(character) => Typed::text(&character.to_string()),
        None => Err(Unsupported::new("char() of anything but a literal")),
    }
}
