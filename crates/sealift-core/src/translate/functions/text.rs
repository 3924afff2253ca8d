//! Functions of text.

use crate::convert::Reading;
use crate::mapping::Written;
use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::typed::{Type, Typed, fill};

type Call = Option<Result<Typed, Unsupported>>;

pub(super) fn call(name: &str, arguments: &[Typed]) -> Call {
    Some(match (name, arguments) {
        // SQLite folds ASCII letters only, as the collation "C" does.
        ("lower", [x]) => on_text("lower({0} collate \"C\")", &[x]),
        ("upper", [x]) => on_text("upper({0} collate \"C\")", &[x]),
        ("length", [x]) => length(x),
        ("octet_length", [x]) if x.ty == Type::Bytea => {
            Ok(whole(x.derive("octet_length({0})", Type::Integer)))
        }
        ("octet_length", [x]) => on_text("octet_length({0})", &[x])
            .map(|made| whole(Typed { ty: Type::Integer, ..made })),
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
        ("char", [_, ..]) => characters(arguments),
        ("randomblob", [x]) => random_blob(x),
        ("zeroblob", [x]) => zero_blob(x),
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

/// `substr(x, start, length)`. Positions outside the text count the same way in both, but SQLite
/// counts a negative start from the end, and takes what stands before it for a negative length.
fn substr(x: &Typed, start: &Typed, length: Option<&Typed>) -> Result<Typed, Unsupported> {
    if let Some(part) = part_of_date(x, start, length) {
        return Ok(part);
    }
    let text = if x.ty == Type::Bytea { x.clone() } else { x.as_text()? };
    let count = |value: &Typed| {
        let number = value.number()?;
        let refuse = || Unsupported::new("substr() with a position that is no whole number");
        if number.ty.is_integer() { Ok(number) } else { Err(refuse()) }
    };
    let size = if text.ty == Type::Bytea { "octet_length({0})" } else { "char_length({0})" };
    let size = text.derive(size, Type::Integer);
    let start = count(start)?;
    let first = match start.literal_integer() {
        Some(literal) if literal >= 0 => start,
        Some(_) => Typed::made("({0} + ({1})::integer + 1)", &[&size, &start], Type::Integer),
        None => Typed::made(
            "(case when {1} < 0 then {0} + ({1})::integer + 1 else ({1})::integer end)",
            &[&size, &start],
            Type::Integer,
        ),
    };
    Ok(match length {
        None => Typed::made("substr({0}, {1})", &[&text, &first], text.ty),
        Some(length) => {
            let length = count(length)?;
            let template = if length.not_negative {
                "substr({0}, {1}, ({2})::integer)"
            } else {
                "substr({0}, {1} + least(({2})::integer, 0), abs(({2})::integer))"
            };
            Typed::made(template, &[&text, &first, &length], text.ty)
        }
    })
}

/// The date at the start of a moment, which every form that was read as one begins with.
fn part_of_date(x: &Typed, start: &Typed, length: Option<&Typed>) -> Option<Typed> {
    let (from, count) = (start.literal_integer()?, length?.literal_integer()?);
    let inside = from >= 1 && count >= 0 && from + count <= 11;
    if x.ty != Type::Timestamp || x.reading != Reading::Plain || x.affinity.is_none() || !inside {
        return None;
    }
    let date = x.derive("to_char({0}, 'YYYY-MM-DD')", Type::Text).stable();
    let length = Typed::integer(count);
    let made = Typed::made("substr({0}, {1}, {2})", &[&date, start, &length], Type::Text);
    if (from, count) == (1, 10) {
        return Some(made.saying(fill("({0})::date", &[&x.sql]), Type::Date, Written::DAY));
    }
    Some(made)
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

/// `char(…)` of literals; 0 and what is no character cannot be a text of PostgreSQL's.
fn characters(codes: &[Typed]) -> Result<Typed, Unsupported> {
    let mut text = String::new();
    for code in codes {
        let character = code
            .literal_integer()
            .and_then(|code| u32::try_from(code).ok())
            .and_then(char::from_u32);
        text.push(character.ok_or_else(|| {
            Unsupported::new("char() of anything but literals that are characters")
        })?);
    }
    Typed::text(&text)
}

/// Random bytes: see `default/random`.
fn random_blob(count: &Typed) -> Result<Typed, Unsupported> {
    match count.literal_integer() {
        Some(bytes @ 1..=32) => Ok(Typed::new(
            Sql::raw(
                "substr(sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 1, ",
            )
            .int(bytes)
            .push(")"),
            Type::Bytea,
        )
        .stable()),
        Some(_) | None => Err(Unsupported::new(
            "randomblob() of more than 32 bytes, or of a number that is not a literal",
        )),
    }
}

fn zero_blob(count: &Typed) -> Result<Typed, Unsupported> {
    match count.literal_integer() {
        Some(bytes @ 0..=1_000_000) => Ok(Typed::new(
            Sql::raw("decode(repeat('00', ").int(bytes).push("), 'hex')"),
            Type::Bytea,
        )),
        Some(_) | None => Err(Unsupported::new("zeroblob() of a number that is not a literal")),
    }
}
