//! One type as another, where that keeps the meaning.

use super::typed::{Constant, Type, Typed, fill};
use super::{Unsupported, dynamic};
use crate::convert::Reading;
use crate::mapping::Written;
use crate::sql::Sql;

impl Typed {
    /// Returns it as `boolean`: what `WHERE`, `AND`, `CASE WHEN` and `CHECK` make of a value.
    pub(super) fn condition(&self) -> Result<Self, Unsupported> {
        self.same_class()?;
        match self.ty {
            Type::Boolean | Type::Condition => Ok(self.clone()),
            Type::Null => {
                let mut null = Self::new(Sql::raw("null::boolean"), Type::Condition);
                null.never_false = true;
                Ok(null)
            }
            Type::Integer | Type::BigInt | Type::Double | Type::Numeric => {
                Ok(self.derive("({0} <> 0)", Type::Condition))
            }
            // The number that a text begins with.
            Type::Text | Type::Dynamic => Ok(self.number()?.derive("({0} <> 0)", Type::Condition)),
            Type::Bytea
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Json
            | Type::Jsonb
            | Type::Uuid => Err(Unsupported::new(format!(
                "a value of type {} stands where a truth value is wanted",
                self.ty.name()
            ))),
        }
    }

    /// Returns it as a number for arithmetic. Text counts as its leading number, 0 without one
    /// (`sqlite.org/datatype3.html`, section 4).
    pub(super) fn number(&self) -> Result<Self, Unsupported> {
        self.same_class()?;
        if self.reading == Reading::NonzeroTrue {
            return Err(Unsupported::new("arithmetic with a truth value that was any number"));
        }
        match self.ty {
            Type::Integer | Type::BigInt | Type::Double | Type::Numeric => Ok(self.clone()),
            Type::Boolean | Type::Condition => {
                let mut number = self.derive("({0})::integer", Type::Integer);
                number.not_negative = true;
                Ok(number)
            }
            Type::Null => Ok(Self::new(Sql::raw("null::bigint"), Type::BigInt)),
            Type::Text => Ok(self.derive(LEADING_REAL, Type::Double)),
            Type::Dynamic => Ok(dynamic::number(self)),
            Type::Bytea
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Json
            | Type::Jsonb
            | Type::Uuid => {
                Err(Unsupported::new(format!("arithmetic with a value of type {}", self.ty.name())))
            }
        }
    }

    /// Returns it as text in the very form SQLite gives it, where that form is known.
    pub(super) fn as_text(&self) -> Result<Self, Unsupported> {
        self.same_class()?;
        if self.is_time_number() {
            return Err(Unsupported::new("the text of a time that SQLite keeps as a number"));
        }
        match (&self.constant, self.ty) {
            (_, Type::Text) => Ok(self.clone()),
            (_, Type::Null) => Ok(Self::new(Sql::raw("null::text"), Type::Text)),
            (Some(Constant::Integer(value)), _) => Self::text(&value.to_string()),
            (_, Type::Integer | Type::BigInt) => Ok(self.derive("({0})::text", Type::Text)),
            (_, Type::Boolean | Type::Condition) => {
                Ok(self.derive("(({0})::integer)::text", Type::Text))
            }
            (_, Type::Date) => {
                let text = self.derive("to_char({0}, 'YYYY-MM-DD')", Type::Text).stable();
                Ok(text.saying(self.sql.clone(), Type::Date, Written::DAY))
            }
            (_, Type::Json) => Ok(self.derive("({0})::text", Type::Text)),
            (_, Type::Dynamic) => Ok(dynamic::text(self)),
            (_, Type::Double | Type::Numeric) => Err(Unsupported::new(
                "the text of a number with a fraction differs between the two databases",
            )),
            (_, Type::Timestamp | Type::TimestampTz | Type::Time) => Err(Unsupported::new(
                "the text of a time depends on how the application wrote it; use strftime()",
            )),
            (_, Type::Bytea | Type::Jsonb | Type::Uuid) => {
                Err(Unsupported::new(format!("a value of type {} as text", self.ty.name())))
            }
        }
    }

    /// Returns it as `wanted`, where that keeps its meaning.
    pub(super) fn convert(&self, wanted: Type) -> Result<Self, Unsupported> {
        let refuse = || {
            Err(Unsupported::new(format!(
                "a value of type {} cannot stand for one of type {}",
                self.ty.name(),
                wanted.name()
            )))
        };
        if self.ty == wanted {
            return Ok(self.clone());
        }
        if self.ty == Type::Null {
            return Ok(Self::new(Sql::raw("null::").push(wanted.name()), wanted));
        }
        if wanted == Type::Dynamic {
            return dynamic::from(self);
        }
        if self.ty == Type::Dynamic {
            return if wanted == Type::Text { Ok(dynamic::text(self)) } else { refuse() };
        }
        if wanted == Type::Boolean {
            return match (self.zero_or_one(), self.ty) {
                (Some(value), _) => Ok(Self { ty: Type::Boolean, ..Self::truth(value) }),
                (None, Type::Condition) => Ok(Self { ty: Type::Boolean, ..self.clone() }),
                (None, _) => refuse(),
            };
        }
        if self.ty.is_truth() && wanted.is_number() {
            return self.number()?.convert(wanted);
        }
        if self.ty.is_number() && wanted.is_number() {
            let template = if wanted == Type::Integer {
                "({0})::integer"
            } else if wanted == Type::BigInt {
                "({0})::bigint"
            } else if wanted == Type::Numeric {
                "({0})::numeric"
            } else {
                "({0})::double precision"
            };
            let widens = self.ty.is_integer() || matches!(wanted, Type::Double);
            let narrows = self.ty == Type::BigInt && wanted == Type::Integer;
            return if widens && !narrows { Ok(self.derive(template, wanted)) } else { refuse() };
        }
        if (self.ty.is_integer() || self.ty == Type::Date) && wanted == Type::Text {
            return self.as_text();
        }
        match (&self.moment, wanted) {
            (Some((moment, Type::Date)), Type::Date)
            | (Some((moment, Type::Timestamp)), Type::Timestamp)
            | (Some((moment, Type::TimestampTz)), Type::TimestampTz) => {
                Ok(self.with_moment(moment.clone(), wanted))
            }
            (Some((moment, Type::Date)), Type::Timestamp) => {
                Ok(self.with_moment(fill("({0})::timestamp", &[moment]), wanted))
            }
            (Some((moment, Type::Date | Type::Timestamp)), Type::TimestampTz) => {
                Ok(self
                    .with_moment(fill("(({0})::timestamp at time zone 'utc')", &[moment]), wanted))
            }
            _ => refuse(),
        }
    }

    fn with_moment(&self, sql: Sql, ty: Type) -> Self {
        let mut typed = Self::new(sql, ty);
        // A literal's moment is a constant; one that a date function made is as stable as it.
        typed.immutable = self.immutable || self.constant.is_some();
        typed.form = self.form;
        typed
    }

    /// Returns it as a value to be stored or shown: comparisons become 0 and 1.
    pub(super) fn value(&self) -> Result<Self, Unsupported> {
        if self.ty == Type::Condition { self.number() } else { Ok(self.clone()) }
    }
}

/// The number a text begins with, as `double precision`, 0 without one, NULL for NULL.
pub(super) const LEADING_REAL: &str = "(case when {0} is not null then coalesce(substring({0} from \
'^[ \\t\\n\\r\\f\\v]*([+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?)')::double precision, 0) end)";

/// Returns the one type that values of all these types can have without changing their meaning.
pub(super) fn unify(values: &[&Typed]) -> Result<Type, Unsupported> {
    let timed = values.iter().find(|value| value.is_time_number());
    let other = |value: &&Typed| value.ty != Type::Null;
    if let Some(timed) = timed
        && values.iter().copied().filter(other).any(|value| value.reading != timed.reading)
    {
        return Err(Unsupported::new("times that SQLite keeps as numbers among other values"));
    }
    if values.iter().any(|value| value.ty == Type::Dynamic) {
        for value in values {
            value.convert(Type::Dynamic)?;
        }
        return Ok(Type::Dynamic);
    }
    if let [_, _, ..] = values {
        values.iter().try_for_each(|value| value.same_class())?;
    }
    let mut common = Type::Null;
    let has_boolean = values.iter().any(|value| value.ty == Type::Boolean);
    let others_are_flags = values.iter().all(|value| {
        value.ty.is_truth() || value.ty == Type::Null || value.zero_or_one().is_some()
    });
    if has_boolean && others_are_flags {
        return Ok(Type::Boolean);
    }
    if values.iter().any(|value| value.ty == Type::Condition) && others_are_flags {
        let only = values.iter().all(|value| matches!(value.ty, Type::Condition | Type::Null));
        return Ok(if only { Type::Condition } else { Type::Integer });
    }
    let moments: Vec<Type> =
        values.iter().map(|value| value.ty).filter(|ty| ty.is_moment()).collect();
    if let Some(first) = moments.first().copied() {
        if values.iter().all(|value| value.convert(first).is_ok()) {
            return Ok(first);
        }
        // A date's text is known, so it can stand among other texts.
        let dates_or_texts = |ty| matches!(ty, Type::Date | Type::Text | Type::Null);
        if values.iter().all(|value| dates_or_texts(value.ty)) {
            return Ok(Type::Text);
        }
        for value in values {
            value.convert(first)?;
        }
    }
    // A column of texts and numbers became text, and so do whole numbers that join it.
    let mixed = values.iter().any(|value| super::expression::holds_numbers(value));
    for value in values {
        let ty = if value.ty.is_truth() { Type::Integer } else { value.ty };
        common = match (common, ty) {
            (a, b) if a == b => a,
            (Type::Null, other) | (other, Type::Null) => other,
            (Type::Text, other) | (other, Type::Text) if mixed && other.is_integer() => Type::Text,
            (Type::Integer, Type::BigInt) | (Type::BigInt, Type::Integer) => Type::BigInt,
            (Type::Double, b) if b.is_number() => Type::Double,
            (a, Type::Double) if a.is_number() => Type::Double,
            (Type::Numeric, b) if b.is_number() => Type::Numeric,
            (a, Type::Numeric) if a.is_number() => Type::Numeric,
            (a, b) => {
                return Err(Unsupported::new(format!(
                    "a value is sometimes of type {} and sometimes of type {}",
                    a.name(),
                    b.name()
                )));
            }
        };
    }
    Ok(common)
}
