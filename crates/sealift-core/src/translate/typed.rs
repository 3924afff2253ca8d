//! An expression in PostgreSQL's words, with what is known about its value.

use super::Unsupported;
use crate::mapping::PgType;
use crate::sql::Sql;
use crate::sqlite::Affinity;

/// The type of a translated expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Type {
    /// The literal NULL, of no type yet.
    Null,
    /// A `boolean` column: in SQLite the integers 0 and 1.
    Boolean,
    /// The outcome of a comparison: `boolean` here, the integers 0 and 1 in SQLite.
    Condition,
    /// `smallint` or `integer`, and integer literals.
    Integer,
    /// `bigint`
    BigInt,
    /// `double precision`
    Double,
    /// `numeric`: integers and reals mixed in SQLite.
    Numeric,
    /// `text` and `varchar`
    Text,
    /// `bytea`
    Bytea,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `timestamptz`
    TimestampTz,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// `uuid`
    Uuid,
}

impl Type {
    /// Returns what a column of a type is to an expression.
    pub(super) fn of(pg_type: PgType) -> Self {
        match pg_type {
            PgType::Boolean => Self::Boolean,
            PgType::SmallInt | PgType::Integer => Self::Integer,
            PgType::BigInt => Self::BigInt,
            PgType::Double => Self::Double,
            PgType::Numeric(_) => Self::Numeric,
            PgType::Text | PgType::Varchar(_) => Self::Text,
            PgType::Bytea => Self::Bytea,
            PgType::Date => Self::Date,
            PgType::Time => Self::Time,
            PgType::Timestamp => Self::Timestamp,
            PgType::TimestampTz => Self::TimestampTz,
            PgType::Json => Self::Json,
            PgType::Jsonb => Self::Jsonb,
            PgType::Uuid => Self::Uuid,
        }
    }

    /// Returns the PostgreSQL type of a result column; `None` for NULL.
    pub(super) fn pg_type(self) -> Option<PgType> {
        Some(match self {
            Self::Null => return None,
            Self::Boolean => PgType::Boolean,
            Self::Condition | Self::Integer => PgType::Integer,
            Self::BigInt => PgType::BigInt,
            Self::Double => PgType::Double,
            Self::Numeric => PgType::Numeric(None),
            Self::Text => PgType::Text,
            Self::Bytea => PgType::Bytea,
            Self::Date => PgType::Date,
            Self::Time => PgType::Time,
            Self::Timestamp => PgType::Timestamp,
            Self::TimestampTz => PgType::TimestampTz,
            Self::Json => PgType::Json,
            Self::Jsonb => PgType::Jsonb,
            Self::Uuid => PgType::Uuid,
        })
    }

    /// Returns the type's name as a constant, for casts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Boolean | Self::Condition => "boolean",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::Double => "double precision",
            Self::Numeric => "numeric",
            Self::Null | Self::Text => "text",
            Self::Bytea => "bytea",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Uuid => "uuid",
        }
    }

    pub(super) fn is_integer(self) -> bool {
        matches!(self, Self::Integer | Self::BigInt)
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::BigInt | Self::Double | Self::Numeric)
    }

    pub(super) fn is_truth(self) -> bool {
        matches!(self, Self::Boolean | Self::Condition)
    }

    pub(super) fn is_moment(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::TimestampTz)
    }
}

/// A literal's value, kept so that it can still take the type of what it meets.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Integer(i64),
    Real(String),
    Text(String),
    Blob(Vec<u8>),
    Truth(bool),
}

/// The collation that a comparison takes from an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collation {
    Binary,
    NoCase,
    RTrim,
}

impl Collation {
    pub(super) fn named(name: &str) -> Result<Self, Unsupported> {
        match name.to_ascii_uppercase().as_str() {
            "BINARY" => Ok(Self::Binary),
            "NOCASE" => Ok(Self::NoCase),
            "RTRIM" => Ok(Self::RTrim),
            _ => Err(Unsupported::new(format!(
                "the collation `{name}` belongs to the application, PostgreSQL does not know it"
            ))),
        }
    }
}

/// A translated expression. Its text is always one unit: a name, a literal, a call, or in
/// parentheses.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) sql: Sql,
    pub(super) ty: Type,
    /// Whether PostgreSQL takes it for immutable, as indexes and generated columns demand.
    pub(super) immutable: bool,
    pub(super) constant: Option<Constant>,
    /// The affinity, which only columns and casts have (`sqlite.org/datatype3.html`, section 3.2).
    pub(super) affinity: Option<Affinity>,
    /// The collation and whether it was written with `COLLATE`.
    pub(super) collation: Option<(Collation, bool)>,
    /// Text that says a date or a time: the same as a value of a date type.
    pub(super) moment: Option<(Sql, Type)>,
    /// A condition that is true or NULL, never false.
    pub(super) never_false: bool,
    /// A whole number that cannot be negative.
    pub(super) not_negative: bool,
    /// A double that may be an integer in SQLite, which matters when it is divided.
    pub(super) maybe_integer: bool,
    /// The limit of a `varchar(n)` column, or of its `length()`.
    pub(super) limit: Option<u32>,
}

impl Typed {
    /// Returns an immutable expression of which no more is known.
    pub(super) fn new(sql: Sql, ty: Type) -> Self {
        Self {
            sql,
            ty,
            immutable: true,
            constant: None,
            affinity: None,
            collation: None,
            moment: None,
            never_false: false,
            not_negative: false,
            maybe_integer: false,
            limit: None,
        }
    }

    /// Returns an expression made from a template and its operands, immutable if they all are.
    pub(super) fn made(template: &'static str, operands: &[&Self], ty: Type) -> Self {
        let parts: Vec<&Sql> = operands.iter().map(|operand| &operand.sql).collect();
        let mut made = Self::new(fill(template, &parts), ty);
        made.immutable = operands.iter().all(|operand| operand.immutable);
        made.maybe_integer =
            ty == Type::Double && operands.iter().all(|operand| operand.may_be_integer());
        made
    }

    /// Returns whether SQLite may hold an integer here.
    pub(super) fn may_be_integer(&self) -> bool {
        match self.ty {
            Type::Double => self.maybe_integer,
            Type::Null
            | Type::Boolean
            | Type::Condition
            | Type::Integer
            | Type::BigInt
            | Type::Numeric
            | Type::Text => true,
            Type::Bytea
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Json
            | Type::Jsonb
            | Type::Uuid => false,
        }
    }

    /// Returns the same, marked as a real number in SQLite too.
    pub(super) fn surely_real(mut self) -> Self {
        self.maybe_integer = false;
        self
    }

    /// Returns the same, marked as what any of `values` can be.
    pub(super) fn one_of(mut self, values: &[Self]) -> Self {
        self.maybe_integer = self.ty == Type::Double && values.iter().any(Self::may_be_integer);
        self
    }

    /// Returns the same, marked as not immutable.
    pub(super) fn stable(mut self) -> Self {
        self.immutable = false;
        self
    }

    /// Returns the same with other text and type, keeping only whether it is immutable.
    pub(super) fn derive(&self, template: &'static str, ty: Type) -> Self {
        Self::made(template, &[self], ty)
    }

    /// Returns NULL of no type.
    pub(super) fn null() -> Self {
        Self::new(Sql::raw("null"), Type::Null)
    }

    /// Returns a text literal, with the moment it says, if it does.
    pub(super) fn text(value: &str) -> Result<Self, Unsupported> {
        if value.contains('\0') {
            return Err(Unsupported::new("a text literal holds a NUL byte"));
        }
        let mut typed = Self::new(Sql::new().literal(value), Type::Text);
        typed.moment = super::functions::date::literal_moment(value);
        typed.constant = Some(Constant::Text(value.to_owned()));
        Ok(typed)
    }

    /// Returns an integer literal.
    pub(super) fn integer(value: i64) -> Self {
        let fits = i32::try_from(value).is_ok();
        let sql =
            if value < 0 { Sql::raw("(").int(value).push(")") } else { Sql::new().int(value) };
        let (sql, ty) =
            if fits { (sql, Type::Integer) } else { (sql.push("::bigint"), Type::BigInt) };
        let mut typed = Self::new(sql, ty);
        typed.not_negative = value >= 0;
        typed.constant = Some(Constant::Integer(value));
        typed
    }

    /// Returns a floating point literal.
    pub(super) fn real(text: &str) -> Result<Self, Unsupported> {
        let value: f64 =
            text.parse().map_err(|_| Unsupported::new("a number that cannot be read"))?;
        if !value.is_finite() {
            return Err(Unsupported::new("a number beyond the range of double precision"));
        }
        let sql = Sql::new().literal(&format!("{value:?}")).push("::double precision");
        let mut typed = Self::new(sql, Type::Double);
        typed.constant = Some(Constant::Real(text.to_owned()));
        Ok(typed)
    }

    /// Returns `true` or `false`, which in SQLite are 1 and 0.
    pub(super) fn truth(value: bool) -> Self {
        let mut typed = Self::new(Sql::raw(if value { "true" } else { "false" }), Type::Condition);
        typed.never_false = value;
        typed.constant = Some(Constant::Truth(value));
        typed
    }

    /// Returns the literal's value if it is 0 or 1.
    pub(super) fn zero_or_one(&self) -> Option<bool> {
        match &self.constant {
            Some(Constant::Integer(0) | Constant::Truth(false)) => Some(false),
            Some(Constant::Integer(1) | Constant::Truth(true)) => Some(true),
            Some(
                Constant::Integer(_) | Constant::Real(_) | Constant::Text(_) | Constant::Blob(_),
            )
            | None => None,
        }
    }

    /// Returns the text of a text literal.
    pub(super) fn literal_text(&self) -> Option<&str> {
        if let Some(Constant::Text(text)) = &self.constant { Some(text) } else { None }
    }

    /// Returns the value of an integer literal.
    pub(super) fn literal_integer(&self) -> Option<i64> {
        if let Some(Constant::Integer(value)) = &self.constant { Some(*value) } else { None }
    }

    /// Returns it as `boolean`: what `WHERE`, `AND`, `CASE WHEN` and `CHECK` make of a value.
    pub(super) fn condition(&self) -> Result<Self, Unsupported> {
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
            Type::Text
            | Type::Bytea
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
        match self.ty {
            Type::Integer | Type::BigInt | Type::Double | Type::Numeric => Ok(self.clone()),
            Type::Boolean | Type::Condition => {
                let mut number = self.derive("({0})::integer", Type::Integer);
                number.not_negative = true;
                Ok(number)
            }
            Type::Null => Ok(Self::new(Sql::raw("null::bigint"), Type::BigInt)),
            Type::Text => Ok(self.derive(LEADING_REAL, Type::Double)),
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
        match (&self.constant, self.ty) {
            (_, Type::Text) => Ok(self.clone()),
            (_, Type::Null) => Ok(Self::new(Sql::raw("null::text"), Type::Text)),
            (Some(Constant::Integer(value)), _) => Self::text(&value.to_string()),
            (_, Type::Integer | Type::BigInt) => Ok(self.derive("({0})::text", Type::Text)),
            (_, Type::Boolean | Type::Condition) => {
                Ok(self.derive("(({0})::integer)::text", Type::Text))
            }
            (_, Type::Date) => {
                let mut text = self.derive("to_char({0}, 'YYYY-MM-DD')", Type::Text).stable();
                text.moment = Some((self.sql.clone(), Type::Date));
                Ok(text)
            }
            (_, Type::Json) => Ok(self.derive("({0})::text", Type::Text)),
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

/// Returns a template with `{0}`, `{1}` … replaced.
pub(super) fn fill(template: &'static str, arguments: &[&Sql]) -> Sql {
    let mut sql = Sql::new();
    for (index, part) in template.split('{').enumerate() {
        if index == 0 {
            sql = sql.push(part);
        } else if let Some((number, rest)) = part.split_once('}') {
            if let Some(argument) = number.parse().ok().and_then(|n: usize| arguments.get(n)) {
                sql = sql.sql(argument);
            }
            sql = sql.push(rest);
        }
    }
    sql
}
