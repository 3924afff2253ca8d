//! An expression in PostgreSQL's words, with what is known about its value.

use super::Unsupported;
use super::scope::Cells;
use crate::convert::Reading;
use crate::mapping::{MomentForm, MomentForms, PgType, Written};
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
    /// A value whose class SQLite decides at run time, such as a part of a JSON document: `jsonb`
    /// that is a number, a string, or NULL.
    Dynamic,
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
            Self::Dynamic => PgType::Text,
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
            Self::Jsonb | Self::Dynamic => "jsonb",
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

/// `'+' || number || ' days'`
#[derive(Debug, Clone)]
pub(super) struct Amount {
    /// The sign in front, when one is written.
    pub(super) sign: Option<char>,
    /// The number, an integer.
    pub(super) number: Typed,
    /// The unit behind it; empty so far where the text still goes on.
    pub(super) unit: String,
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
    /// How the cells of a column are read.
    pub(super) reading: Reading,
    /// A column of a trigger's row: its texts are no numbers, and it converts nothing.
    pub(super) of_row: bool,
    /// The limit of a `varchar(n)` column, or of its `length()`.
    pub(super) limit: Option<u32>,
    /// Text that SQLite's JSON functions take for JSON and not for a text: what another of them made.
    pub(super) is_json: bool,
    /// How a moment is written in SQLite.
    pub(super) form: MomentForm,
    /// The column, where SQLite keeps texts and PostgreSQL truth values or bytes.
    pub(super) other_class: Option<String>,
    /// JSON in which an object may have a key twice.
    pub(super) repeated_keys: bool,
    /// What a date function would add, where text was put together of a number and a unit.
    pub(super) amount: Option<Box<Amount>>,
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
            reading: Reading::Plain,
            of_row: false,
            limit: None,
            is_json: false,
            form: MomentForm::Unknown,
            other_class: None,
            repeated_keys: false,
            amount: None,
        }
    }

    /// Returns an expression made from a template and its operands, immutable if they all are.
    pub(super) fn made(template: &'static str, operands: &[&Self], ty: Type) -> Self {
        let parts: Vec<&Sql> = operands.iter().map(|operand| &operand.sql).collect();
        let mut made = Self::new(fill(template, &parts), ty);
        made.immutable = operands.iter().all(|operand| operand.immutable);
        made.maybe_integer =
            ty == Type::Double && operands.iter().all(|operand| operand.may_be_integer());
        let read = operands.iter().find(|operand| operand.is_time_number());
        if let (true, Some(operand)) = (ty.is_moment(), read) {
            made.reading = operand.reading;
        }
        made.repeated_keys = operands.iter().any(|operand| operand.repeated_keys);
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
            | Type::Dynamic
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

    /// Returns whether SQLite keeps a number where PostgreSQL has a time.
    pub(super) fn is_time_number(&self) -> bool {
        matches!(
            self.reading,
            Reading::UnixSeconds | Reading::UnixMillis | Reading::UnixMicros | Reading::JulianDay
        )
    }

    /// Returns the same, marked as a real number in SQLite too.
    pub(super) fn surely_real(mut self) -> Self {
        self.maybe_integer = false;
        self
    }

    /// Returns the same, marked as what any of `values` can be.
    pub(super) fn one_of(mut self, values: &[Self]) -> Self {
        self.maybe_integer = self.ty == Type::Double && values.iter().any(Self::may_be_integer);
        if let Some(value) = values.iter().find(|value| value.is_time_number()) {
            self.reading = value.reading;
        }
        let says_one = |value: &&Self| value.ty.is_moment() || value.moment.is_some();
        let mut forms = values.iter().filter(says_one).map(|value| value.form);
        let first = forms.next().unwrap_or(MomentForm::Unknown);
        self.form = forms.fold(first, MomentForm::and);
        self.repeated_keys = values.iter().any(|value| value.repeated_keys);
        self
    }

    /// Returns the same with what is known of a column's cells.
    pub(super) fn with_cells(mut self, cells: &Cells) -> Self {
        self.form = cells.moments;
        self.other_class.clone_from(&cells.other_class);
        self.repeated_keys = cells.repeated_keys;
        self
    }

    /// Returns what a column that holds any of `values` must be known to hold.
    pub(super) fn cells(values: &[&Self]) -> Cells {
        let mut forms = values.iter().filter(|value| value.ty != Type::Null).map(|it| it.form);
        let first = forms.next().unwrap_or(MomentForm::Unknown);
        Cells {
            moments: forms.fold(first, MomentForm::and),
            other_class: values.iter().find_map(|value| value.other_class.clone()),
            repeated_keys: values.iter().any(|value| value.repeated_keys),
        }
    }

    /// Returns text with the moment that it says, and how.
    pub(super) fn saying(mut self, moment: Sql, ty: Type, form: Written) -> Self {
        self.moment = Some((moment, ty));
        self.form = MomentForm::One(form);
        self
    }

    /// Returns whether a fraction of zero is written out.
    pub(super) fn has_zero_fraction(&self) -> bool {
        self.literal_text().is_some_and(|text| MomentForms::of(text.as_bytes()).has_zero_fraction())
    }

    /// An expression sees the class of a cell: to SQLite the text 't' in a boolean column is no truth,
    /// and a text is as long as its characters are many although it stands beside blobs. Where such
    /// cells become `boolean` or `bytea`, only whether they are NULL means the same.
    pub(super) fn same_class(&self) -> Result<(), Unsupported> {
        match &self.other_class {
            None => Ok(()),
            Some(column) => Err(Unsupported::new(format!(
                "{column} holds texts in SQLite and is {} on PostgreSQL",
                self.ty.name()
            ))),
        }
    }

    /// Refuses moments whose texts come in another order than they do, or differ where they are equal.
    pub(super) fn same_order(&self) -> Result<(), Unsupported> {
        let is_moment = matches!(self.ty, Type::Timestamp | Type::TimestampTz);
        if !is_moment || self.is_time_number() || self.form.is_ordered() {
            return Ok(());
        }
        Err(Unsupported::new(
            "the order of moments that are not all written in the same form, which SQLite compares \
             as texts",
        ))
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
        typed.form = MomentForms::of(value.as_bytes()).form();
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
}

/// Returns a template with `{0}`, `{1}` … replaced.
pub(super) fn fill(template: &'static str, arguments: &[&Sql]) -> Sql {
    let mut sql = Sql::new();
    for (index, part) in template.split('{').enumerate() {
        if index == 0 {
            sql = sql.push(part);
        } else if let Some((number, rest)) = part.split_once('}') {
            sql = match number.parse().ok().and_then(|n: usize| arguments.get(n)) {
                Some(argument) => sql.sql(argument),
                // Braces of the template's own, such as an empty array.
                None => sql.push("{").push(number).push("}"),
            };
            sql = sql.push(rest);
        }
    }
    sql
}
