//! SQLite's functions.

pub(super) mod aggregate;
pub(super) mod date;
mod each;
pub(super) mod json;
mod math;
mod number;
mod printf;
mod text;
mod window;

use super::convert::unify;
use super::expression::{Translator, choose};
use super::scope::Frame;
use super::typed::{Type, Typed};
use super::{Unsupported, comparison, pattern};
use crate::ast::{Function, LikeKind};
use crate::sql::Sql;
use crate::sqlite::Affinity;

impl Translator<'_> {
    /// Translates a call.
    pub(super) fn function(
        &mut self,
        function: &Function,
        frame: &Frame<'_>,
    ) -> Result<Typed, Unsupported> {
        if function.over.is_some() || aggregate::is_aggregate(function) {
            return self.aggregate(function, frame);
        }
        if function.star || function.distinct || function.filter.is_some() {
            return Err(Unsupported::new(format!("`{}` with * or DISTINCT", function.name.text)));
        }
        let mut arguments = Vec::new();
        for argument in &function.arguments {
            let argument = self.expr(argument, frame)?;
            argument.same_class()?;
            arguments.push(argument);
        }
        let name = function.name.text.to_ascii_lowercase();
        self.rows.passing |= is_passing(&name, &arguments);
        scalar(&name, &arguments)
    }
}

/// Returns whether a call gives another value each time.
fn is_passing(name: &str, arguments: &[Typed]) -> bool {
    let values = if name == "strftime" { arguments.get(1..) } else { Some(arguments) };
    match name {
        "random" | "randomblob" => true,
        "date" | "time" | "datetime" | "julianday" | "unixepoch" | "strftime" => {
            values.and_then(|values| values.first()).is_none_or(|value| {
                value.literal_text().is_some_and(|text| text.eq_ignore_ascii_case("now"))
            })
        }
        _ => false,
    }
}

fn scalar(name: &str, arguments: &[Typed]) -> Result<Typed, Unsupported> {
    if let Some(result) = text::call(name, arguments) {
        return result;
    }
    if let Some(result) = number::call(name, arguments) {
        return result;
    }
    if let Some(result) = date::call(name, arguments) {
        return result;
    }
    if let Some(result) = json::call(name, arguments) {
        return result;
    }
    if let Some(result) = math::call(name, arguments) {
        return result;
    }
    match (name, arguments) {
        ("coalesce", [_, _, ..]) | ("ifnull", [_, _]) => coalesce(arguments),
        ("iif" | "if", [_, _] | [_, _, _]) => {
            let (condition, values) =
                arguments.split_first().ok_or_else(|| Unsupported::new("iif()"))?;
            choose(&[condition.condition()?], values)
        }
        ("nullif", [left, right]) => {
            let equal = comparison::compare("=", left, right)?;
            let value = left.value()?;
            Ok(Typed::made("(case when {0} then null else {1} end)", &[&equal, &value], value.ty))
        }
        ("typeof", [value]) => type_of(value),
        ("printf" | "format", [_, ..]) => printf::format(arguments),
        ("like", [pattern, value]) => pattern::matching(LikeKind::Like, value, pattern, None),
        ("like", [pattern, value, escape]) => {
            pattern::matching(LikeKind::Like, value, pattern, Some(escape))
        }
        ("glob", [pattern, value]) => pattern::matching(LikeKind::Glob, value, pattern, None),
        ("quote", [value]) => quote(value),
        ("likely" | "unlikely", [value]) => Ok(value.clone()),
        ("likelihood", [value, _]) => Ok(value.clone()),
        ("changes" | "total_changes" | "last_insert_rowid", []) => Err(Unsupported::new(format!(
            "`{name}()`, a count that SQLite keeps for each connection and PostgreSQL does not"
        ))),
        _ => {
            Err(Unsupported::new(format!("the function `{name}` of {} arguments", arguments.len())))
        }
    }
}

/// The first that is not NULL.
pub(super) fn coalesce(arguments: &[Typed]) -> Result<Typed, Unsupported> {
    let ty = unify(&arguments.iter().collect::<Vec<_>>())?;
    let mut parts = Vec::new();
    let mut immutable = true;
    for argument in arguments {
        let part = argument.convert(ty)?;
        immutable = immutable && part.immutable;
        parts.push(part.sql);
    }
    let mut made = Typed::new(Sql::raw("coalesce(").join(parts, ", ").push(")"), ty);
    made.immutable = immutable;
    made.not_negative = arguments.iter().all(|argument| argument.not_negative);
    Ok(made.one_of(arguments))
}

/// `typeof(x)` where the type alone tells what SQLite stores.
fn type_of(value: &Typed) -> Result<Typed, Unsupported> {
    if super::expression::holds_numbers(value) {
        return Err(Unsupported::new("typeof() of a column that holds texts and numbers"));
    }
    if value.ty == Type::Double && value.maybe_integer {
        return Err(Unsupported::new("typeof() of a number that may be an integer or a real"));
    }
    let whole_is_integer = matches!(value.affinity, Some(Affinity::Integer | Affinity::Numeric));
    let template = match value.ty {
        Type::Null => return Typed::text("null"),
        // These affinities keep a whole number as an integer while it fits 64 bits.
        Type::Numeric if whole_is_integer => {
            "(case when {0} is null then 'null' when {0} = trunc({0}) and \
             abs({0}) < 9223372036854775808 then 'integer' else 'real' end)"
        }
        Type::Dynamic => {
            "(case when {0} is null then 'null' when jsonb_typeof({0}) = 'string' then 'text' \
             when ({0})::text ~ '[.]' then 'real' else 'integer' end)"
        }
        Type::Date | Type::Time | Type::Timestamp | Type::TimestampTz
            if !value.is_time_number() =>
        {
            "(case when {0} is null then 'null' else 'text' end)"
        }
        Type::Boolean | Type::Condition | Type::Integer | Type::BigInt => {
            "(case when {0} is null then 'null' else 'integer' end)"
        }
        Type::Double => "(case when {0} is null then 'null' else 'real' end)",
        Type::Text => "(case when {0} is null then 'null' else 'text' end)",
        Type::Bytea => "(case when {0} is null then 'null' else 'blob' end)",
        Type::Numeric
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::TimestampTz
        | Type::Json
        | Type::Jsonb
        | Type::Uuid => {
            return Err(Unsupported::new(format!(
                "typeof() of a column that became {}",
                value.ty.name()
            )));
        }
    };
    Ok(value.derive(template, Type::Text))
}

/// `quote(x)`: a literal that means the value.
fn quote(value: &Typed) -> Result<Typed, Unsupported> {
    match value.ty {
        Type::Null => Typed::text("NULL"),
        Type::Bytea => Ok(value
            .derive("coalesce('X''' || upper(encode({0}, 'hex')) || '''', 'NULL')", Type::Text)),
        Type::Text if !super::expression::holds_numbers(value) => Ok(value
            .derive("coalesce('''' || replace({0}, '''', '''''') || '''', 'NULL')", Type::Text)),
        Type::Boolean | Type::Condition | Type::Integer | Type::BigInt => {
            Ok(value.as_text()?.derive("coalesce({0}, 'NULL')", Type::Text))
        }
        Type::Text
        | Type::Double
        | Type::Numeric
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::TimestampTz
        | Type::Json
        | Type::Jsonb
        | Type::Uuid
        | Type::Dynamic => {
            Err(Unsupported::new(format!("quote() of a value of type {}", value.ty.name())))
        }
    }
}
