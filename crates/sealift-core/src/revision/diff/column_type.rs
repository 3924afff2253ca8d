//! Changes of a column's type: which are free, which write the table anew, which lose something.

use super::step::{Lock, Statement, Work, alter};
use crate::name::Ident;
use crate::revision::model::Column;
use crate::sql::Sql;

/// What a change of type costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) work: Work,
    pub(super) values: Values,
    pub(super) cast: Cast,
}

/// What becomes of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// All stay what they are.
    Kept,
    /// The server refuses those that do not fit.
    Refused,
    /// The server rounds or cuts without a word.
    Changed,
}

/// How the server gets from one type to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cast {
    /// By itself (an implicit or assignment cast, `pg_cast`).
    Itself,
    /// Only when told to (`using`).
    Told,
    /// Only by way of text.
    ByText,
}

/// Returns whether two columns differ in type or collation.
pub(super) fn differs(old: &Column, new: &Column) -> bool {
    old.type_name != new.type_name || old.collation != new.collation
}

/// Returns the statements that change the types of columns of a table, from the first of each pair to the second: guards
/// where values might change, and then all changes at once, so that the table is written anew only once.
pub(super) fn change(table: &Ident, columns: &[(&Column, &Column)]) -> Vec<Statement> {
    let price = |old: &Column, new: &Column| cost(old.type_name.as_str(), new.type_name.as_str());
    let mut statements: Vec<Statement> = columns
        .iter()
        // `json` has no equality, and `jsonb` always prints otherwise; there the flag alone must do.
        .filter(|(old, new)| {
            price(old, new).values == Values::Changed && old.type_name.as_str() != "json"
        })
        .map(|(old, new)| guard(table, old, new, price(old, new).cast))
        .collect();
    let actions = columns.iter().map(|(old, new)| action(new, price(old, new).cast));
    let mut statement = Statement::alter(table, &Sql::new().join(actions, ", "));
    let (mut lost, mut refused) = (Vec::new(), Vec::new());
    for (old, new) in columns {
        let cost = price(old, new);
        // Indexes on the column are built anew for another collation.
        let collation = if old.collation == new.collation { Work::Brief } else { Work::Scan };
        let work = std::cmp::max(cost.work, collation);
        statement.work = std::cmp::max(statement.work, work);
        let what =
            format!("values of column {table}.{} that do not fit type {}", new.name, new.type_name);
        match cost.values {
            Values::Kept => {}
            Values::Refused => refused.push(what),
            Values::Changed => lost.push(what),
        }
    }
    statements.push(match (lost.is_empty(), refused.is_empty()) {
        (true, true) => statement,
        (true, false) => statement.narrowing(refused.join(", ")),
        (false, _) => {
            lost.extend(refused);
            statement.losing(lost.join(", "))
        }
    });
    statements
}

fn action(new: &Column, cast: Cast) -> Sql {
    let name = &new.name;
    let mut action = Sql::raw("alter column ").ident(name).push(" type ").sql(&new.type_name);
    if let Some(collation) = &new.collation {
        action = action.push(" collate ").sql(collation);
    }
    let using = Sql::raw(" using ").ident(name);
    match cast {
        Cast::Itself => action,
        Cast::Told => action.sql(&using).push("::").sql(&new.type_name),
        Cast::ByText => action.sql(&using).push("::text::").sql(&new.type_name),
    }
}

/// A block that raises an exception where a value would not come back from the new type as it was.
fn guard(table: &Ident, old: &Column, new: &Column, cast: Cast) -> Statement {
    let name = &new.name;
    let there = if cast == Cast::ByText { "::text::" } else { "::" };
    let value = Sql::new().ident(name).push(there).sql(&new.type_name);
    let query = Sql::raw("select from ").ident(table).push(" where ");
    let query = match cast {
        Cast::Itself | Cast::Told => {
            let back = Sql::raw("(").sql(&value).push(")::").sql(&old.type_name);
            query.sql(&back).push(" is distinct from ").ident(name)
        }
        // These may not be comparable as they are.
        Cast::ByText => {
            query.push("(").sql(&value).push(")::text is distinct from ").ident(name).push("::text")
        }
    };
    let said = format!(
        "values of column {table}.{name} would be rounded or cut by type {}",
        new.type_name
    );
    Statement {
        work: Work::Scan,
        ..Statement::brief(super::guard::unless_accepted(&said, Some(&query)), Lock::None, table)
    }
}

/// Returns what it costs to get from one type to another, as `format_type` prints them.
pub(super) fn cost(old: &str, new: &str) -> Cost {
    let (a, b) = (Type::of(old), Type::of(new));
    let kept = |work| Cost { work, values: Values::Kept, cast: Cast::Itself };
    let rewrite = |values, cast| Cost { work: Work::Rewrite, values, cast };
    if old == new {
        return kept(Work::Brief);
    }
    match (a.family, b.family) {
        (Family::Text, Family::Text) => text_cost(&a, &b),
        (Family::Integer(a), Family::Integer(b)) => {
            rewrite(if b > a { Values::Kept } else { Values::Refused }, Cast::Itself)
        }
        (Family::Numeric, Family::Numeric) => numeric_cost(&a, &b),
        (Family::Integer(_), Family::Numeric) => {
            rewrite(if b.limits.is_none() { Values::Kept } else { Values::Refused }, Cast::Itself)
        }
        (Family::Integer(size), Family::Float(8)) if size < 8 => {
            rewrite(Values::Kept, Cast::Itself)
        }
        (Family::Float(4), Family::Float(8)) => rewrite(Values::Kept, Cast::Itself),
        (
            Family::Integer(_) | Family::Numeric | Family::Float(_),
            Family::Integer(_) | Family::Numeric | Family::Float(_),
        ) => rewrite(Values::Changed, Cast::Itself),
        (Family::Moment, Family::Moment) if a.name == b.name => moment_cost(&a, &b),
        (Family::Bits, Family::Bits) => rewrite(Values::Refused, Cast::Itself),
        (_, Family::Text) if b.limits.is_none() => rewrite(Values::Kept, Cast::Told),
        // An explicit cast to varchar(n) cuts; the assignment refuses.
        (_, Family::Text) => rewrite(Values::Refused, Cast::Itself),
        // `007` is 7 afterwards.
        (Family::Text, _) => rewrite(Values::Changed, Cast::Told),
        (Family::Json, Family::Json) if new == "json" => rewrite(Values::Kept, Cast::Itself),
        (Family::Json, Family::Json) => rewrite(Values::Changed, Cast::Itself),
        (Family::Moment, Family::Moment) => rewrite(Values::Changed, moment_cast(&a, &b)),
        (Family::Integer(4), Family::Boolean) => rewrite(Values::Changed, Cast::Told),
        (Family::Boolean, Family::Integer(4)) => rewrite(Values::Kept, Cast::Told),
        _ => rewrite(Values::Changed, Cast::ByText),
    }
}

/// `varchar` and `text` are stored alike (`ALTER TABLE`, notes: binary coercible, or an unconstrained domain).
fn text_cost(a: &Type, b: &Type) -> Cost {
    let padded = a.name == "character" || b.name == "character";
    let grows = match (a.first(), b.first()) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(a), Some(b)) => b >= a,
    };
    match (padded, grows) {
        (false, true) => Cost { work: Work::Brief, values: Values::Kept, cast: Cast::Itself },
        (false, false) => Cost { work: Work::Rewrite, values: Values::Refused, cast: Cast::Itself },
        // Blanks at the end come and go with this type.
        (true, _) => Cost { work: Work::Rewrite, values: Values::Refused, cast: Cast::Itself },
    }
}

/// A precision that grows with the same scale is free since 9.2 (`numeric_support`).
fn numeric_cost(a: &Type, b: &Type) -> Cost {
    let scale = |t: &Type| t.limits.map(|limits| limits.1.unwrap_or(0));
    let (work, values) = match (a.first(), b.first()) {
        (_, None) => (Work::Brief, Values::Kept),
        (None, Some(_)) => (Work::Rewrite, Values::Changed),
        (Some(old), Some(new)) if scale(a) == scale(b) && new >= old => (Work::Brief, Values::Kept),
        (Some(old), Some(new)) => {
            let whole = |precision: i64, scale: Option<i64>| precision - scale.unwrap_or(0);
            let more_digits = whole(new, scale(b)) >= whole(old, scale(a));
            match (scale(b) >= scale(a), more_digits) {
                (true, true) => (Work::Rewrite, Values::Kept),
                (true, false) => (Work::Rewrite, Values::Refused),
                (false, _) => (Work::Rewrite, Values::Changed),
            }
        }
    };
    Cost { work, values, cast: Cast::Itself }
}

/// Fractions of a second: six digits where none are given.
fn moment_cost(a: &Type, b: &Type) -> Cost {
    let digits = |t: &Type| t.first().unwrap_or(6);
    let (work, values) = if digits(b) >= digits(a) {
        (Work::Brief, Values::Kept)
    } else {
        (Work::Rewrite, Values::Changed)
    };
    Cost { work, values, cast: Cast::Itself }
}

/// Which of them can be told to become which (`pg_cast`). A date has no time of day that could be left, and the other
/// way round; only text could say so, which the server refuses row by row.
fn moment_cast(a: &Type, b: &Type) -> Cast {
    let (date, timestamp, timestamptz) =
        ("date", "timestamp without time zone", "timestamp with time zone");
    let (time, timetz) = ("time without time zone", "time with time zone");
    let is = |from: &[&str], to: &[&str]| {
        from.contains(&a.name.as_str()) && to.contains(&b.name.as_str())
    };
    let told = is(&[date, timestamp, timestamptz], &[date, timestamp, timestamptz])
        || is(&[timestamp, timestamptz], &[time])
        || is(&[timestamptz], &[timetz])
        || is(&[time, timetz], &[time, timetz])
        || is(&[time], &["interval"])
        || is(&["interval"], &[time]);
    if told { Cast::Told } else { Cast::ByText }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// By bytes.
    Integer(u8),
    Numeric,
    /// By bytes.
    Float(u8),
    Text,
    Boolean,
    Moment,
    Json,
    Bits,
    Other,
}

/// A type as `format_type` prints it: `numeric(10,2)`, `timestamp(3) without time zone`.
struct Type {
    /// Without the parentheses' contents: `timestamp without time zone`.
    name: String,
    family: Family,
    limits: Option<(i64, Option<i64>)>,
}

impl Type {
    fn of(text: &str) -> Self {
        let (name, limits) =
            match text.split_once('(').map(|(head, rest)| (head, rest.split_once(')'))) {
                Some((head, Some((inner, tail)))) => {
                    let mut numbers = inner.split(',').map(|part| part.trim().parse::<i64>().ok());
                    let first = numbers.next().flatten();
                    (format!("{head}{tail}"), first.map(|first| (first, numbers.next().flatten())))
                }
                _ => (text.to_owned(), None),
            };
        // `character` alone is one letter.
        let limits = limits.or_else(|| (name == "character").then_some((1, None)));
        let family = match name.as_str() {
            "smallint" => Family::Integer(2),
            "integer" => Family::Integer(4),
            "bigint" => Family::Integer(8),
            "numeric" => Family::Numeric,
            "real" => Family::Float(4),
            "double precision" => Family::Float(8),
            "text" | "character varying" | "character" => Family::Text,
            "boolean" => Family::Boolean,
            "json" | "jsonb" => Family::Json,
            "bit" | "bit varying" => Family::Bits,
            "date"
            | "timestamp without time zone"
            | "timestamp with time zone"
            | "time without time zone"
            | "time with time zone"
            | "interval" => Family::Moment,
            _ => Family::Other,
        };
        Self { name, family, limits }
    }

    fn first(&self) -> Option<i64> {
        self.limits.map(|limits| limits.0)
    }
}

/// Returns `alter table … alter column … `.
pub(super) fn alter_column(table: &Ident, column: &Ident) -> Sql {
    alter(table).push("alter column ").ident(column).push(" ")
}
