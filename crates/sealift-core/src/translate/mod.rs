//! SQLite expressions and queries → PostgreSQL text, or the reason why not.
//!
//! SQLite gives types to values, PostgreSQL to columns; so every expression is translated together
//! with the type it has in PostgreSQL (`typed`), and whatever SQLite would only decide at run time
//! is refused with a reason.
//!
//! Accepted differences, none of which gives a wrong value in silence:
//!
//! - integers that overflow 64 bits raise an error, where SQLite goes on with a double;
//! - a `numeric` column is summed exactly, where SQLite sums doubles;
//! - where one value is now an integer, now a double, it is a double;
//! - text in arithmetic counts as its leading number and makes a double, also where SQLite would
//!   make an integer of it;
//! - doubles are summed in another order, which can change the last digit;
//! - what leaves PostgreSQL's range, such as a year before 1, is an error.

mod comparison;
mod compound;
mod convert;
mod default;
mod dynamic;
mod expression;
mod from;
mod functions;
mod group;
mod moments;
mod operators;
mod pattern;
mod rows;
mod scope;
mod select;
#[cfg(test)]
mod tests;
mod trigger;
mod typed;
mod view;
mod walk;

pub use default::default;
pub use scope::{Catalogue, Cells, Field, Relation, Scope};
pub(crate) use trigger::event;
pub use trigger::{Effect, TranslatedTrigger, TriggerContext, Written, WrittenColumn, trigger};
pub use view::{TranslatedView, view};
pub(crate) use walk::children;

use crate::ast::Expr;
use crate::mapping::PgType;
use crate::sql::Sql;
use expression::Translator;
use scope::{Frame, Source};
use typed::{Collation, Type, Typed, fill};

/// Why something of SQLite's is not carried over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unsupported {
    /// The reason, a phrase without a full stop.
    pub reason: String,
}

impl Unsupported {
    /// Returns the reason as an error.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// What became of a `CHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The condition for PostgreSQL.
    Condition(Sql),
    /// Nothing to check: the column's type holds no value that the condition would refuse, such
    /// as `flag IN (0, 1)` on a `boolean`.
    Guaranteed,
}

/// Translates the condition of a `CHECK`.
///
/// # Errors
/// With the reason, when it cannot be said faithfully.
pub fn check(expr: &Expr, scope: &Scope) -> Result<Check, Unsupported> {
    let condition = translated(expr, scope)?.condition()?;
    Ok(if condition.never_false { Check::Guaranteed } else { Check::Condition(condition.sql) })
}

/// Translates what an index or a unique key is on: a quoted column name, or an expression in
/// parentheses.
///
/// `collation` is the one written in the index; without one the column's own counts. A key of
/// `NOCASE` or `RTRIM` becomes an expression under which equal keys are equal, so that uniqueness
/// means the same (`sqlite.org/datatype3.html`, section 7).
///
/// # Errors
/// With the reason, when it cannot be said faithfully or PostgreSQL does not take it for immutable.
pub fn index_expression(
    expr: &Expr,
    collation: Option<&str>,
    scope: &Scope,
) -> Result<Sql, Unsupported> {
    let value = immutable(translated(expr, scope)?)?.value()?;
    value.same_class()?;
    let collation = match collation {
        Some(name) => Collation::named(name)?,
        None => value.collation.map_or(Collation::Binary, |(collation, _)| collation),
    };
    if value.ty == Type::Json {
        return Err(Unsupported::new("an index on a json column"));
    }
    if value.ty == Type::Text && collation == Collation::NoCase {
        return Ok(fill("(lower({0} collate \"C\"))", &[&value.sql]));
    }
    if value.ty == Type::Text && collation == Collation::RTrim {
        return Ok(fill("(rtrim({0}, ' '))", &[&value.sql]));
    }
    let is_column = matches!(expr, Expr::Column { .. }) && value.constant.is_none();
    Ok(if is_column { value.sql } else { fill("({0})", &[&value.sql]) })
}

/// Translates the condition of a partial index.
///
/// # Errors
/// As [`index_expression`].
pub fn predicate(expr: &Expr, scope: &Scope) -> Result<Sql, Unsupported> {
    Ok(immutable(translated(expr, scope)?)?.condition()?.sql)
}

/// Translates a generated column's value, as a value of the column's type.
///
/// # Errors
/// As [`index_expression`], and when the value is not of the column's type.
pub fn generated(expr: &Expr, scope: &Scope, column_type: PgType) -> Result<Sql, Unsupported> {
    let value = translated(expr, scope)?;
    value.same_class()?;
    let wanted = Type::of(column_type);
    // A whole number that fits its column is assigned; one that does not is an error, as for any
    // other value.
    if value.ty.is_integer() && wanted.is_integer() {
        return Ok(immutable(value)?.sql);
    }
    if value.ty == Type::Double && wanted == Type::Numeric {
        return Err(Unsupported::new("a double as numeric is rounded to 15 digits"));
    }
    Ok(immutable(value.convert(wanted)?)?.sql)
}

fn translated(expr: &Expr, scope: &Scope) -> Result<Typed, Unsupported> {
    let frame = Frame { sources: vec![Source::unqualified(&scope.table)], ..Frame::default() };
    Translator::new(None).expr(expr, &frame)
}

fn immutable(value: Typed) -> Result<Typed, Unsupported> {
    if value.immutable {
        Ok(value)
    } else {
        Err(Unsupported::new(
            "PostgreSQL wants an immutable expression here, and this one depends on settings, \
             the clock or a query",
        ))
    }
}
