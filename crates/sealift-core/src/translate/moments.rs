//! A moment beside a text: SQLite compares the texts, of which one may be the longer.

use super::Unsupported;
use super::typed::{Type, Typed};
use crate::mapping::{Beside, MomentForm};

/// Compares where one side is a column of moments and the other a text that says one, and the texts of
/// equal moments differ; `None` for everything else.
pub(super) fn compare(
    op: &'static str,
    left: &Typed,
    right: &Typed,
) -> Result<Option<Typed>, Unsupported> {
    let turned = match op {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        _ => op,
    };
    let (op, cell, text) = if is_cell(left) && right.ty == Type::Text {
        (op, left, right)
    } else if is_cell(right) && left.ty == Type::Text {
        (turned, right, left)
    } else {
        return Ok(None);
    };
    // What says no moment is refused where the two are brought to one type.
    let Ok(moment) = text.convert(cell.ty) else { return Ok(None) };
    let beside = beside(cell, text)?;
    let day = |template: &'static str| -> Result<Typed, Unsupported> {
        let day = text.convert(Type::Timestamp)?.derive(template, Type::Timestamp);
        let in_utc = "({0} at time zone 'utc')";
        Ok(if cell.ty == Type::TimestampTz { day.derive(in_utc, cell.ty) } else { day })
    };
    let (template, moment) = match (beside, op) {
        (Beside::Same, _) => return Ok(None),
        (Beside::NotBefore, "<") => ("({0} < {1})", moment),
        (Beside::NotBefore, ">=") => ("({0} >= {1})", moment),
        (Beside::NotBefore, _) => return Err(several()),
        (_, "=") => ("(case when {0} is not null and {1} is not null then false end)", moment),
        (_, "<>") => ("(case when {0} is not null and {1} is not null then true end)", moment),
        (Beside::After, "<" | "<=") => ("({0} < {1})", moment),
        (Beside::After, _) => ("({0} >= {1})", moment),
        (Beside::Before, "<" | "<=") => ("({0} <= {1})", moment),
        (Beside::Before, _) => ("({0} > {1})", moment),
        (Beside::DayAfter, "<" | "<=") => ("({0} < {1})", day("date_trunc('day', {0})")?),
        (Beside::DayAfter, _) => ("({0} >= {1})", day("date_trunc('day', {0})")?),
        (Beside::DayBefore, "<" | "<=") => ("({0} < {1})", day(NEXT_DAY)?),
        (Beside::DayBefore, _) => ("({0} >= {1})", day(NEXT_DAY)?),
    };
    Ok(Some(Typed::made(template, &[cell, &moment], Type::Condition)))
}

const NEXT_DAY: &str = "(date_trunc('day', {0}) + interval '1 day')";

/// `IS` and `IS NOT` of the same: true for two NULLs only.
pub(super) fn is(left: &Typed, right: &Typed, negated: bool) -> Result<Option<Typed>, Unsupported> {
    let Some(_) = compare("=", left, right)? else { return Ok(None) };
    let template = if negated {
        "({0} is not null or {1} is not null)"
    } else {
        "({0} is null and {1} is null)"
    };
    Ok(Some(Typed::made(template, &[left, right], Type::Condition)))
}

/// Refuses two moments whose texts SQLite compares with another result.
pub(super) fn same_form(left: &Typed, right: &Typed) -> Result<(), Unsupported> {
    match (is_cell(left), is_cell(right)) {
        (true, true) if left.form != right.form || !left.form.is_ordered() => Err(several()),
        (true, false) if right.moment.is_some() => only_same(left, right),
        (false, true) if left.moment.is_some() => only_same(right, left),
        (_, _) => Ok(()),
    }
}

/// Refuses what is no plain `=`, as in `IN (SELECT …)`.
fn only_same(cell: &Typed, text: &Typed) -> Result<(), Unsupported> {
    match beside(cell, text)? {
        Beside::Same => Ok(()),
        Beside::After
        | Beside::Before
        | Beside::NotBefore
        | Beside::DayAfter
        | Beside::DayBefore => Err(several()),
    }
}

fn beside(cell: &Typed, text: &Typed) -> Result<Beside, Unsupported> {
    let MomentForm::One(written) = text.form else { return Err(several()) };
    cell.form.beside(written, text.has_zero_fraction()).ok_or_else(several)
}

/// A value of a timestamp type that is a text in SQLite.
pub(super) fn is_cell(value: &Typed) -> bool {
    matches!(value.ty, Type::Timestamp | Type::TimestampTz) && !value.is_time_number()
}

fn several() -> Unsupported {
    Unsupported::new(
        "moments that are not all written in the same form are compared, which SQLite does as texts",
    )
}
