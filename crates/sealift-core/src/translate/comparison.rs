//! `=`, `<`, `IS`, `IN`: with SQLite's affinities and collations.

use super::expression::{Translator, holds_numbers};
use super::scope::Frame;
use super::typed::{Collation, Constant, Type, Typed, fill};
use super::{Unsupported, dynamic, moments};
use crate::ast::{InSet, Select};
use crate::convert::Reading;
use crate::sql::Sql;
use crate::sqlite::Affinity;

/// Two operands brought to one type.
pub(super) struct Pair {
    pub(super) left: Typed,
    pub(super) right: Typed,
    ty: Type,
}

/// Compares two values with one of `=`, `<>`, `<`, `<=`, `>`, `>=`.
pub(super) fn compare(op: &'static str, left: &Typed, right: &Typed) -> Result<Typed, Unsupported> {
    if left.ty == Type::Dynamic || right.ty == Type::Dynamic {
        return dynamic::compare(op, left, right);
    }
    if let Some(compared) = moments::compare(op, left, right)? {
        return Ok(compared);
    }
    for (row, text) in [(left, right), (right, left)] {
        if let (true, "=" | "<>") = (never_equal(row, text), op) {
            let template = if op == "=" {
                "(case when {0} is not null then false end)"
            } else {
                "(case when {0} is not null then true end)"
            };
            return Ok(row.derive(template, Type::Condition));
        }
    }
    let pair = prepare(left, right, !matches!(op, "=" | "<>"))?;
    let template = match op {
        "=" => "({0} = {1})",
        "<>" => "({0} <> {1})",
        "<" => "({0} < {1})",
        "<=" => "({0} <= {1})",
        ">" => "({0} > {1})",
        _ => "({0} >= {1})",
    };
    let mut made = Typed::made(template, &[&pair.left, &pair.right], Type::Condition);
    made.never_false = op == "<=" && within_limit(left, right);
    Ok(made)
}

/// `length(varchar(n)) <= m` where n ≤ m: the type says so already.
fn within_limit(left: &Typed, right: &Typed) -> bool {
    match (left.limit, right.literal_integer()) {
        (Some(limit), Some(bound)) => left.ty.is_integer() && i64::from(limit) <= bound,
        _ => false,
    }
}

/// `IS` and `IS NOT`; with TRUE or FALSE on the right it tests for truth.
pub(super) fn is(left: &Typed, right: &Typed, negated: bool) -> Result<Typed, Unsupported> {
    if let Some(Constant::Truth(value)) = right.constant {
        let template = match (value, negated) {
            (true, false) => "({0} is true)",
            (true, true) => "({0} is not true)",
            (false, false) => "({0} is false)",
            (false, true) => "({0} is not false)",
        };
        return Ok(left.condition()?.derive(template, Type::Condition));
    }
    if left.ty == Type::Dynamic || right.ty == Type::Dynamic {
        return dynamic::is(left, right, negated);
    }
    if let Some(compared) = moments::is(left, right, negated)? {
        return Ok(compared);
    }
    let pair = prepare(left, right, false)?;
    let template =
        if negated { "({0} is distinct from {1})" } else { "({0} is not distinct from {1})" };
    Ok(Typed::made(template, &[&pair.left, &pair.right], Type::Condition))
}

/// `x [NOT] IN …`, where x may be several values for a query of as many columns.
pub(super) fn membership(
    translator: &mut Translator<'_>,
    values: &[Typed],
    set: &InSet,
    negated: bool,
    frame: &Frame<'_>,
) -> Result<Typed, Unsupported> {
    let found = match (set, values) {
        (InSet::List(items), [value]) => {
            let mut members = Vec::new();
            for item in items {
                // Items of a list have no affinity of their own (`lang_expr.html`, section 12).
                let item = translator.expr(item, frame)?;
                members.push(Typed { affinity: None, collation: None, ..item });
            }
            in_list(value, &members)?
        }
        (InSet::List(_), _) => return Err(Unsupported::new("a row value in a list")),
        (InSet::Select(select), _) => translator.in_select(values, select, frame)?,
        (InSet::Table(name), _) => {
            translator.in_select(values, &Select::whole_table(name), frame)?
        }
    };
    Ok(if negated { found.derive("(not {0})", Type::Condition) } else { found })
}

fn in_list(value: &Typed, items: &[Typed]) -> Result<Typed, Unsupported> {
    if items.is_empty() {
        return Ok(Typed::new(Sql::raw("false"), Type::Condition));
    }
    let mut left: Option<Typed> = None;
    let mut uniform = true;
    let mut members = Vec::new();
    let mut equalities = Vec::new();
    let mut immutable = value.immutable;
    for item in items {
        let differs = moments::compare("=", value, item)?.is_some();
        if value.ty == Type::Dynamic || item.ty == Type::Dynamic || differs {
            return one_by_one(value, items);
        }
        let pair = prepare(value, item, false)?;
        immutable = immutable && pair.right.immutable && pair.left.immutable;
        uniform = uniform && left.as_ref().is_none_or(|first| first.sql == pair.left.sql);
        equalities.push(fill("{0} = {1}", &[&pair.left.sql, &pair.right.sql]));
        members.push(pair.right.sql);
        left.get_or_insert(pair.left);
    }
    let sql = match left {
        Some(left) if uniform => {
            Sql::raw("(").sql(&left.sql).push(" in (").join(members, ", ").push("))")
        }
        _ => Sql::raw("(").join(equalities, " or ").push(")"),
    };
    let mut found = Typed::new(sql, Type::Condition);
    found.immutable = immutable;
    let has = |flag| items.iter().any(|item| item.zero_or_one() == Some(flag));
    found.never_false = value.ty == Type::Boolean && has(true) && has(false);
    Ok(found)
}

/// The same where a class is only known at run time, or a text can never be equal.
fn one_by_one(value: &Typed, items: &[Typed]) -> Result<Typed, Unsupported> {
    let mut found: Option<Typed> = None;
    for item in items {
        let equal = compare("=", value, item)?;
        found = Some(match found {
            Some(found) => Typed::made("({0} or {1})", &[&found, &equal], Type::Condition),
            None => equal,
        });
    }
    Ok(found.unwrap_or_else(|| Typed::truth(false)))
}

/// Brings two values to one type, as SQLite's comparison would see them.
pub(super) fn prepare(left: &Typed, right: &Typed, ordered: bool) -> Result<Pair, Unsupported> {
    let known = |value: &Typed| value.ty != Type::Null;
    left.same_class()?;
    right.same_class()?;
    moments::same_form(left, right)?;
    if left.reading != right.reading
        && known(left)
        && known(right)
        && (left.is_time_number() || right.is_time_number())
    {
        return Err(Unsupported::new(
            "a time that SQLite keeps as a number is compared with another kind of value",
        ));
    }
    if left.reading == Reading::NonzeroTrue || right.reading == Reading::NonzeroTrue {
        return Err(Unsupported::new("a truth value that was any number is compared"));
    }
    if never_converted(left, right) || never_converted(right, left) {
        return Err(Unsupported::new(
            "a number without numeric affinity is compared with a text, which SQLite never finds equal",
        ));
    }
    if may_be_number_beside_text(left, right) || may_be_number_beside_text(right, left) {
        return Err(Unsupported::new(
            "an untyped column that holds texts and numbers is compared with a text that may look \
             like a number",
        ));
    }
    let mut pair = align(left, right)?;
    if pair.ty == Type::Text {
        if ordered && (holds_numbers(left) || holds_numbers(right)) {
            return Err(Unsupported::new(
                "SQLite orders the numbers among the texts of this column as numbers",
            ));
        }
        pair = collate(pair, collation_of(left, right)?, ordered);
    }
    if matches!(pair.ty, Type::Json | Type::Jsonb) {
        return Err(Unsupported::new("JSON compared as text"));
    }
    if ordered && pair.ty == Type::Uuid {
        return Err(Unsupported::new("the order of UUIDs as text"));
    }
    Ok(pair)
}

/// A column of a trigger's row that holds a number beside a text in quotes. In a column of numbers and
/// texts, a text that looks like a number was made one when it was stored.
fn never_equal(row: &Typed, text: &Typed) -> bool {
    let Some(literal) = text.literal_text().filter(|_| row.of_row) else { return false };
    let literal = literal.trim();
    let is_number =
        literal.parse::<f64>().is_ok() && literal.contains(|c: char| c.is_ascii_digit());
    let plain = !row.is_time_number() && row.reading != Reading::NonzeroTrue;
    plain && (row.ty.is_number() || (is_number && holds_converted(row)))
}

/// A text column with numeric affinity.
fn holds_converted(value: &Typed) -> bool {
    value.ty == Type::Text
        && matches!(value.affinity, Some(Affinity::Integer | Affinity::Real | Affinity::Numeric))
}

/// Neither operand's affinity converts the other (`sqlite.org/datatype3.html`, section 4.2): an untyped
/// column that holds numbers, or a computed number, beside a text that is no text column.
fn never_converted(number: &Typed, text: &Typed) -> bool {
    let numeric =
        |affinity| matches!(affinity, Some(Affinity::Integer | Affinity::Real | Affinity::Numeric));
    number.ty.is_number()
        && text.ty == Type::Text
        && !numeric(number.affinity)
        && !numeric(text.affinity)
        && text.affinity != Some(Affinity::Text)
}

/// A column without affinity that became text, where SQLite keeps 5 and '5' apart.
fn may_be_number_beside_text(mixed: &Typed, text: &Typed) -> bool {
    let may_look_so = match text.literal_text() {
        Some(literal) => literal.trim().parse::<f64>().is_ok(),
        None => true,
    };
    mixed.affinity == Some(Affinity::Blob)
        && mixed.ty == Type::Text
        && text.ty == Type::Text
        && text.affinity != Some(Affinity::Text)
        && text.affinity != Some(Affinity::Blob)
        && may_look_so
}

/// Which collation counts: one that was written, else the left column's, else the right column's
/// (`sqlite.org/datatype3.html`, section 7.1).
fn collation_of(left: &Typed, right: &Typed) -> Result<Collation, Unsupported> {
    let written = |value: &Typed| value.collation.filter(|(_, written)| *written);
    let chosen = written(left).or_else(|| written(right)).or(left.collation).or(right.collation);
    Ok(chosen.map_or(Collation::Binary, |(collation, _)| collation))
}

fn collate(pair: Pair, collation: Collation, ordered: bool) -> Pair {
    let template = match (collation, ordered) {
        (Collation::Binary, false) => return pair,
        (Collation::Binary, true) => "({0} collate \"C\")",
        (Collation::NoCase, _) => "lower({0} collate \"C\")",
        (Collation::RTrim, false) => "rtrim({0}, ' ')",
        (Collation::RTrim, true) => "rtrim({0} collate \"C\", ' ')",
    };
    Pair {
        left: pair.left.derive(template, Type::Text),
        right: pair.right.derive(template, Type::Text),
        ty: pair.ty,
    }
}

fn align(left: &Typed, right: &Typed) -> Result<Pair, Unsupported> {
    let same =
        |left: &Typed, right: &Typed, ty| Ok(Pair { left: left.clone(), right: right.clone(), ty });
    let converted = |ty| Ok(Pair { left: left.convert(ty)?, right: right.convert(ty)?, ty });
    match (left.ty, right.ty) {
        (Type::Null, Type::Null) => converted(Type::Text),
        (Type::Null, ty) | (ty, Type::Null) => converted(ty),
        (Type::Text, Type::Text) => {
            texts_stay(left, right)?;
            same(left, right, Type::Text)
        }
        (a, b) if a.is_truth() && b.is_truth() => same(left, right, Type::Boolean),
        (a, _) if a.is_truth() && right.zero_or_one().is_some() => converted(Type::Boolean),
        (_, b) if b.is_truth() && left.zero_or_one().is_some() => converted(Type::Boolean),
        (a, b) if (a.is_truth() || a.is_number()) && (b.is_truth() || b.is_number()) => {
            same(&left.number()?, &right.number()?, Type::Numeric)
        }
        (a, b) if a == b => same(left, right, a),
        (Type::Text, b) if b.is_number() => {
            let (text, number) = text_and_number(left, right)?;
            let ty = text.ty;
            Ok(Pair { left: text, right: number, ty })
        }
        (a, Type::Text) if a.is_number() => {
            let (text, number) = text_and_number(right, left)?;
            let ty = text.ty;
            Ok(Pair { left: number, right: text, ty })
        }
        // A date's text is known, so it can also be compared as the text that SQLite compares.
        (Type::Date, Type::Text) | (Type::Text, Type::Date) => {
            converted(Type::Date).or_else(|_| {
                texts_stay(left, right)?;
                same(&left.as_text()?, &right.as_text()?, Type::Text)
            })
        }
        (a, _) if a.is_moment() => converted(a),
        (_, b) if b.is_moment() => converted(b),
        (Type::Uuid, Type::Text) => {
            Ok(Pair { left: left.clone(), right: uuid(right)?, ty: Type::Uuid })
        }
        (Type::Text, Type::Uuid) => {
            Ok(Pair { left: uuid(left)?, right: right.clone(), ty: Type::Uuid })
        }
        (a, b) => Err(Unsupported::new(format!(
            "a value of type {} is compared with one of type {}",
            a.name(),
            b.name()
        ))),
    }
}

/// Refuses text that a numeric affinity on the other side could turn into a number.
fn texts_stay(left: &Typed, right: &Typed) -> Result<(), Unsupported> {
    let numeric = |value: &Typed| {
        matches!(value.affinity, Some(Affinity::Integer | Affinity::Real | Affinity::Numeric))
    };
    let stays = |value: &Typed| match value.literal_text() {
        Some(text) => {
            text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
                || text.trim().parse::<f64>().is_err()
        }
        None => value.moment.is_some(),
    };
    let date = |value: &Typed| value.ty == Type::Date;
    let numeric_text =
        |value: &Typed| value.literal_text().is_some_and(|text| text.trim().parse::<f64>().is_ok());
    for (one, other) in [(left, right), (right, left)] {
        // Compared with a text column, the numbers of a trigger's row become texts.
        let as_texts = one.of_row && other.affinity == Some(Affinity::Text);
        if one.of_row && numeric(one) && numeric_text(other) {
            return Err(Unsupported::new(
                "a number without numeric affinity is compared with a text, which SQLite never finds equal",
            ));
        }
        let turned = numeric(one) && !numeric(other) && !as_texts;
        if turned && (!stays(other) || (date(one) && numeric_text(other))) {
            return Err(Unsupported::new(
                "text is compared with a column whose affinity turns it into a number if it \
                 looks like one",
            ));
        }
    }
    Ok(())
}

/// Text against a number: the text's or the number's affinity decides what the other becomes.
fn text_and_number(text: &Typed, number: &Typed) -> Result<(Typed, Typed), Unsupported> {
    let refuse = || {
        Err(Unsupported::new(format!(
            "text is compared with a value of type {}, which SQLite never finds equal \
             unless a column's affinity converts one of them",
            number.ty.name()
        )))
    };
    if let Some(literal) = text.literal_text() {
        if number.affinity.is_none() {
            return refuse();
        }
        let literal = literal.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
        if let Ok(value) = literal.parse::<i64>() {
            return Ok((Typed::integer(value), number.clone()));
        }
        let digits = literal.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
        return match (digits, Typed::real(literal)) {
            (true, Ok(value)) => Ok((value, number.clone())),
            _ => refuse(),
        };
    }
    // A number with no affinity of its own becomes text for a column that keeps text.
    // A column of texts and numbers that became text holds the number's own text; so it does for
    // any whole number, but not where a text that looks like one stays text.
    let mixed = matches!(text.affinity, Some(Affinity::Integer | Affinity::Numeric));
    let converts = text.affinity.is_some() && number.affinity.is_none();
    if (mixed || converts) && number.ty.is_integer() {
        return Ok((text.clone(), number.as_text()?));
    }
    refuse()
}

fn uuid(text: &Typed) -> Result<Typed, Unsupported> {
    let refuse = || Unsupported::new("a UUID compared with text that is not one");
    let literal = text.literal_text().ok_or_else(refuse)?;
    let digits = literal.bytes().filter(u8::is_ascii_hexdigit).count();
    let others = literal.bytes().filter(|b| !b.is_ascii_hexdigit()).count();
    let dashes = literal.bytes().filter(|b| *b == b'-').count();
    if digits != 32 || others != dashes || !(dashes == 0 || dashes == 4) {
        return Err(refuse());
    }
    Ok(Typed::new(Sql::new().literal(literal).push("::uuid"), Type::Uuid))
}
