//! Aggregate functions (`sqlite.org/lang_aggfunc.html`).

use super::json;
use super::window::window_call;
use crate::ast::{Direction, Function, NullsOrder, OrderTerm};
use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::dynamic;
use crate::translate::expression::Translator;
use crate::translate::scope::Frame;
use crate::translate::typed::{Collation, Type, Typed};

/// Returns whether a call (without `OVER`) aggregates.
pub(in crate::translate) fn is_aggregate(function: &Function) -> bool {
    let name = function.name.text.to_ascii_lowercase();
    let always = [
        "count",
        "sum",
        "avg",
        "total",
        "group_concat",
        "string_agg",
        "json_group_array",
        "json_group_object",
        "median",
        "percentile",
    ];
    always.contains(&name.as_str())
        || (matches!(name.as_str(), "min" | "max") && function.arguments.len() == 1)
}

impl Translator<'_> {
    /// Translates an aggregate or window call.
    pub(in crate::translate) fn aggregate(
        &mut self,
        function: &Function,
        frame: &Frame<'_>,
    ) -> Result<Typed, Unsupported> {
        let name = function.name.text.to_ascii_lowercase();
        let mut arguments = Vec::new();
        for argument in &function.arguments {
            arguments.push(self.expr(argument, frame)?.value()?);
        }
        if name != "count" || function.distinct {
            arguments.iter().try_for_each(Typed::same_class)?;
        }
        if function.distinct
            && name != "count"
            && let Some((Collation::NoCase | Collation::RTrim, _)) =
                arguments.first().and_then(|argument| argument.collation)
        {
            return Err(Unsupported::new("DISTINCT over a column with a collation"));
        }
        let order = self.inner_order(function, arguments.first(), frame)?;
        let joins = ["group_concat", "string_agg", "json_group_array", "json_group_object"];
        self.rows.joined |= joins.contains(&name.as_str()) && order.as_str().is_empty();
        self.rows.chosen |= super::window::depends_on_ties(&name, function);
        let tail = self.tail(function, frame)?;
        let mut made = if is_aggregate(function) {
            call(&name, function, &arguments, &Clauses { order, tail })?
        } else {
            window_call(&name, &arguments, &tail)?
        };
        made.immutable = false;
        Ok(made)
    }

    /// Returns ` order by …` inside an aggregate. With DISTINCT PostgreSQL orders by the value only.
    fn inner_order(
        &mut self,
        function: &Function,
        value: Option<&Typed>,
        frame: &Frame<'_>,
    ) -> Result<Sql, Unsupported> {
        let mut terms = Vec::new();
        for term in &function.order_by {
            let key = self.expr(&term.expr, frame)?;
            if key.constant.is_some() || key.ty == Type::Null {
                continue;
            }
            if function.distinct && value.is_none_or(|value| value.sql != key.sql) {
                return Err(Unsupported::new(
                    "DISTINCT in an aggregate that is ordered by something else",
                ));
            }
            key.same_order()?;
            terms.push(order_term(&key, term)?);
        }
        if terms.is_empty() {
            return Ok(Sql::new());
        }
        Ok(Sql::raw(" order by ").join(terms, ", "))
    }
}

/// What follows the arguments of an aggregate.
struct Clauses {
    /// ` order by …`, inside the parentheses.
    order: Sql,
    /// ` filter (…) over (…)`, behind them.
    tail: Sql,
}

fn call(
    name: &str,
    function: &Function,
    arguments: &[Typed],
    clauses: &Clauses,
) -> Result<Typed, Unsupported> {
    let Clauses { order, tail } = clauses;
    let distinct = if function.distinct { "distinct " } else { "" };
    if name == "count" {
        let inside = match arguments {
            [] => Sql::raw("*"),
            [x] if function.distinct => {
                x.same_order()?;
                Sql::raw(distinct).sql(&group_key(x)?)
            }
            [x] => Sql::new().sql(&x.sql),
            _ => return Err(Unsupported::new("count() of several values")),
        };
        let mut count =
            Typed::new(Sql::raw("count(").sql(&inside).push(")").sql(tail), Type::BigInt);
        count.not_negative = true;
        return Ok(count);
    }
    let Some(x) = arguments.first() else {
        return Err(Unsupported::new(format!("{name}() of nothing")));
    };
    let whole = |open: &'static str, x: &Typed, close: &'static str| {
        Sql::raw(open).push(distinct).sql(&x.sql).push(")").sql(tail).push(close)
    };
    match (name, arguments) {
        ("sum", [_]) => {
            let x = x.number()?;
            Ok(if x.ty.is_integer() {
                Typed::new(whole("(sum(", &x, ")::bigint"), Type::BigInt)
            } else {
                Typed::new(whole("sum(", &x, ""), x.ty).one_of(&[x])
            })
        }
        ("total", [_]) => {
            let x = x.number()?.convert(Type::Double)?;
            Ok(Typed::new(whole("coalesce(sum(", &x, ", 0)"), Type::Double))
        }
        ("avg", [_]) => {
            let x = x.number()?.convert(Type::Double)?;
            Ok(Typed::new(whole("avg(", &x, ""), Type::Double))
        }
        ("min" | "max", [_]) => extreme(name, x, &whole),
        ("group_concat" | "string_agg", [_] | [_, _]) => {
            concatenated(x, arguments.get(1), function.distinct, clauses)
        }
        ("json_group_array", [_]) if !function.distinct => {
            let part = json::embedded(x)?;
            let sql = Sql::raw("('[' || coalesce(string_agg(").sql(&part.sql).push(", ','");
            let sql = sql.sql(order).push(")").sql(tail).push(", '') || ']')");
            Ok(Typed { is_json: true, ..Typed::new(sql, Type::Text) })
        }
        ("json_group_object", [key, value]) if !function.distinct => {
            let (key, value) = (json::label(key)?, json::embedded(value)?);
            let sql = Sql::raw("('{' || coalesce(string_agg(").sql(&key.sql).push(" || ':' || ");
            let sql = sql.sql(&value.sql).push(", ','").sql(order).push(")").sql(tail);
            Ok(Typed { is_json: true, ..Typed::new(sql.push(", '') || '}')"), Type::Text) })
        }
        _ => Err(Unsupported::new(format!("the aggregate `{name}`"))),
    }
}

/// `group_concat()`: without an order of its own the order is open in both databases.
fn concatenated(
    x: &Typed,
    separator: Option<&Typed>,
    is_distinct: bool,
    clauses: &Clauses,
) -> Result<Typed, Unsupported> {
    if is_distinct && separator.is_some() {
        return Err(Unsupported::new(
            "SQLite itself refuses DISTINCT in an aggregate of two arguments",
        ));
    }
    let text = x.as_text()?;
    let separator = match separator {
        // A NULL separator is an empty one in SQLite.
        Some(separator) => separator.as_text()?.derive("coalesce({0}, '')", Type::Text),
        None => Typed::text(",")?,
    };
    let is_ordered = !clauses.order.as_str().is_empty();
    if is_distinct && is_ordered && text.ty != x.ty {
        return Err(Unsupported::new("DISTINCT and ORDER BY in an aggregate of what is no text"));
    }
    // PostgreSQL wants the very expression that it orders by.
    let text =
        if is_distinct && is_ordered { text.derive("{0} collate \"C\"", Type::Text) } else { text };
    let open = if is_distinct { "string_agg(distinct " } else { "string_agg(" };
    let sql = Sql::raw(open).sql(&text.sql).push(", ").sql(&separator.sql);
    Ok(Typed::new(sql.sql(&clauses.order).push(")").sql(&clauses.tail), Type::Text))
}

fn extreme(
    name: &str,
    x: &Typed,
    whole: &dyn Fn(&'static str, &Typed, &'static str) -> Sql,
) -> Result<Typed, Unsupported> {
    let x = if x.ty.is_truth() { x.number()? } else { x.clone() };
    x.same_order()?;
    let open = if name == "min" { "min(" } else { "max(" };
    if x.ty == Type::Text {
        if crate::translate::expression::holds_numbers(&x)
            || x.collation.is_some_and(|(collation, _)| collation != Collation::Binary)
        {
            return Err(Unsupported::new("min() or max() of a column with an order of its own"));
        }
        let ordered = x.derive("({0} collate \"C\")", Type::Text);
        return Ok(Typed::new(whole(open, &ordered, ""), Type::Text));
    }
    if !(x.ty.is_number() || x.ty.is_moment()) {
        return Err(Unsupported::new(format!("{name}() of values of type {}", x.ty.name())));
    }
    Ok(Typed::new(whole(open, &x, ""), x.ty).one_of(&[x]))
}

/// Returns a value to group or partition by. Under a collation its representative stands for it.
pub(in crate::translate) fn group_key(value: &Typed) -> Result<Sql, Unsupported> {
    if value.ty == Type::Json {
        return Err(Unsupported::new("grouping by a json column"));
    }
    Ok(match (value.ty, value.collation) {
        (Type::Text, Some((Collation::NoCase, _))) => {
            value.derive("lower({0} collate \"C\")", Type::Text).sql
        }
        (Type::Text, Some((Collation::RTrim, _))) => {
            value.derive("rtrim({0}, ' ')", Type::Text).sql
        }
        _ => value.sql.clone(),
    })
}

/// Refuses a value that `DISTINCT` and `UNION` would find equal to others in another way than SQLite.
pub(in crate::translate) fn plainly_equal(value: &Typed) -> Result<(), Unsupported> {
    if value.ty == Type::Text
        && value.collation.is_some_and(|(collation, _)| collation != Collation::Binary)
    {
        return Err(Unsupported::new(
            "equal rows of a column with a collation, of which SQLite keeps any",
        ));
    }
    value.same_class()?;
    value.same_order()?;
    if value.ty == Type::Dynamic {
        return Err(Unsupported::new("equal rows of parts of JSON documents"));
    }
    group_key(value).map(drop)
}

/// Returns a term of `order by`, with SQLite's place for NULLs and its order of text.
pub(in crate::translate) fn order_term(
    value: &Typed,
    term: &OrderTerm,
) -> Result<Sql, Unsupported> {
    value.same_class()?;
    let key = match (value.ty, value.collation) {
        (Type::Text, Some((Collation::NoCase, _))) => {
            value.derive("lower({0} collate \"C\")", Type::Text).sql
        }
        (Type::Text, Some((Collation::RTrim, _))) => {
            value.derive("rtrim({0} collate \"C\", ' ')", Type::Text).sql
        }
        (Type::Text, _) => value.derive("{0} collate \"C\"", Type::Text).sql,
        (Type::Json, _) => return Err(Unsupported::new("ordering by a json column")),
        (Type::Dynamic, _) => {
            let keys = dynamic::order_keys(value).into_iter().map(|key| directed(key, term));
            return Ok(Sql::new().join(keys, ", "));
        }
        _ => value.sql.clone(),
    };
    Ok(directed(key, term))
}

fn directed(key: Sql, term: &OrderTerm) -> Sql {
    let descending = term.direction == Direction::Descending;
    let first = match term.nulls {
        NullsOrder::Default => !descending,
        NullsOrder::First => true,
        NullsOrder::Last => false,
    };
    let key = key.push(if descending { " desc" } else { "" });
    key.push(if first { " nulls first" } else { " nulls last" })
}
