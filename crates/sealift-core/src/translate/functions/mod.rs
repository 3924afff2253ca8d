//! SQLite's functions.

pub(super) mod aggregate;
pub(super) mod date;
mod number;
mod text;

use super::Unsupported;
use super::comparison;
use super::convert::unify;
use super::expression::{Translator, choose};
use super::scope::Frame;
use super::typed::{Type, Typed};
use crate::ast::Function;
use crate::sql::Sql;

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
            arguments.push(self.expr(argument, frame)?);
        }
        let name = function.name.text.to_ascii_lowercase();
        scalar(&name, &arguments)
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
        ("json_valid", [value]) => json_valid(value),
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

fn coalesce(arguments: &[Typed]) -> Result<Typed, Unsupported> {
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
    let template = match value.ty {
        Type::Null => return Typed::text("null"),
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

/// A `json` column holds nothing that is not valid.
fn json_valid(value: &Typed) -> Result<Typed, Unsupported> {
    if !matches!(value.ty, Type::Json | Type::Jsonb) {
        return Err(Unsupported::new("json_valid() of a column that is not json; it is new in 16"));
    }
    let mut made = value.derive("(case when {0} is not null then true end)", Type::Condition);
    made.never_false = true;
    Ok(made)
}
