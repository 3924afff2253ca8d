//! Aggregate and window functions.

use crate::ast::{Direction, Frame as WindowFrame, FrameBound, FrameExclude, FrameUnit, Function};
use crate::ast::{NullsOrder, OrderTerm, Over, Window};
use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::expression::Translator;
use crate::translate::scope::Frame;
use crate::translate::typed::{Collation, Type, Typed, unify};

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
        if !function.order_by.is_empty() {
            return Err(Unsupported::new("ORDER BY inside an aggregate"));
        }
        if function.distinct
            && let Some((Collation::NoCase | Collation::RTrim, _)) =
                arguments.first().and_then(|argument| argument.collation)
        {
            return Err(Unsupported::new("DISTINCT over a column with a collation"));
        }
        let tail = self.tail(function, frame)?;
        let mut made = if is_aggregate(function) {
            call(&name, function, &arguments, &tail)?
        } else {
            window_call(&name, &arguments, &tail)?
        };
        made.immutable = false;
        Ok(made)
    }

    /// Returns ` filter (…) over (…)`.
    fn tail(&mut self, function: &Function, frame: &Frame<'_>) -> Result<Sql, Unsupported> {
        let mut tail = Sql::new();
        if let Some(filter) = &function.filter {
            let condition = self.condition(filter, frame)?;
            tail = tail.push(" filter (where ").sql(&condition.sql).push(")");
        }
        match &function.over {
            None => {}
            Some(Over::Named(name)) => {
                tail = tail.push(" over ").ident(&crate::name::fit(&name.text));
            }
            Some(Over::Window(window)) => {
                tail = tail.push(" over ").sql(&self.window(window, frame)?);
            }
        }
        Ok(tail)
    }

    /// Translates a window definition, in parentheses.
    pub(in crate::translate) fn window(
        &mut self,
        window: &Window,
        frame: &Frame<'_>,
    ) -> Result<Sql, Unsupported> {
        let mut clauses = Vec::new();
        if let Some(base) = &window.base {
            clauses.push(Sql::new().ident(&crate::name::fit(&base.text)));
        }
        if !window.partition_by.is_empty() {
            let mut parts = Vec::new();
            for expr in &window.partition_by {
                parts.push(group_key(&self.expr(expr, frame)?)?);
            }
            clauses.push(Sql::raw("partition by ").join(parts, ", "));
        }
        if !window.order_by.is_empty() {
            let mut parts = Vec::new();
            for term in &window.order_by {
                let value = self.expr(&term.expr, frame)?;
                parts.push(order_term(&value, term)?);
            }
            clauses.push(Sql::raw("order by ").join(parts, ", "));
        }
        if let Some(written) = &window.frame {
            clauses.push(self.window_frame(written, frame)?);
        }
        Ok(Sql::raw("(").join(clauses, " ").push(")"))
    }

    fn window_frame(
        &mut self,
        written: &WindowFrame,
        frame: &Frame<'_>,
    ) -> Result<Sql, Unsupported> {
        let mut sql = Sql::raw(match written.unit {
            FrameUnit::Rows => "rows ",
            FrameUnit::Range => "range ",
            FrameUnit::Groups => "groups ",
        });
        let start = self.bound(&written.start, frame)?;
        sql = match &written.end {
            Some(end) => {
                let end = self.bound(end, frame)?;
                sql.push("between ").sql(&start).push(" and ").sql(&end)
            }
            None => sql.sql(&start),
        };
        Ok(match written.exclude {
            None | Some(FrameExclude::NoOthers) => sql,
            Some(FrameExclude::CurrentRow) => sql.push(" exclude current row"),
            Some(FrameExclude::Group) => sql.push(" exclude group"),
            Some(FrameExclude::Ties) => sql.push(" exclude ties"),
        })
    }

    fn bound(&mut self, bound: &FrameBound, frame: &Frame<'_>) -> Result<Sql, Unsupported> {
        Ok(match bound {
            FrameBound::UnboundedPreceding => Sql::raw("unbounded preceding"),
            FrameBound::UnboundedFollowing => Sql::raw("unbounded following"),
            FrameBound::CurrentRow => Sql::raw("current row"),
            FrameBound::Preceding(count) => self.expr(count, frame)?.sql.push(" preceding"),
            FrameBound::Following(count) => self.expr(count, frame)?.sql.push(" following"),
        })
    }
}

fn call(
    name: &str,
    function: &Function,
    arguments: &[Typed],
    tail: &Sql,
) -> Result<Typed, Unsupported> {
    let distinct = if function.distinct { "distinct " } else { "" };
    if name == "count" {
        let inside = match arguments {
            [] => Sql::raw("*"),
            [x] => Sql::raw(distinct).sql(&x.sql),
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
            if function.distinct && arguments.len() > 1 {
                return Err(Unsupported::new(
                    "SQLite itself refuses DISTINCT in an aggregate of two arguments",
                ));
            }
            let text = x.as_text()?;
            let separator = match arguments.get(1) {
                // A NULL separator is an empty one in SQLite.
                Some(separator) => separator.as_text()?.derive("coalesce({0}, '')", Type::Text),
                None => Typed::text(",")?,
            };
            let sql = Sql::raw("string_agg(").push(distinct).sql(&text.sql).push(", ");
            Ok(Typed::new(sql.sql(&separator.sql).push(")").sql(tail), Type::Text))
        }
        _ => Err(Unsupported::new(format!("the aggregate `{name}`"))),
    }
}

fn extreme(
    name: &str,
    x: &Typed,
    whole: &dyn Fn(&'static str, &Typed, &'static str) -> Sql,
) -> Result<Typed, Unsupported> {
    let x = if x.ty.is_truth() { x.number()? } else { x.clone() };
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

fn window_call(name: &str, arguments: &[Typed], tail: &Sql) -> Result<Typed, Unsupported> {
    let plain = |open: &'static str, ty| Ok(Typed::new(Sql::raw(open).sql(tail), ty));
    match (name, arguments) {
        ("row_number", []) => plain("row_number()", Type::BigInt),
        ("rank", []) => plain("rank()", Type::BigInt),
        ("dense_rank", []) => plain("dense_rank()", Type::BigInt),
        ("percent_rank", []) => plain("percent_rank()", Type::Double),
        ("cume_dist", []) => plain("cume_dist()", Type::Double),
        ("ntile", [x]) if x.ty == Type::Integer => {
            Ok(Typed::new(Sql::raw("ntile(").sql(&x.sql).push(")").sql(tail), Type::Integer))
        }
        ("lag" | "lead" | "first_value" | "last_value" | "nth_value", [x, rest @ ..]) => {
            let open = match name {
                "lag" => "lag(",
                "lead" => "lead(",
                "first_value" => "first_value(",
                "last_value" => "last_value(",
                _ => "nth_value(",
            };
            let ty = match rest {
                [_, default] => unify(&[x, default])?,
                _ => x.ty,
            };
            let mut parts = vec![x.convert(ty)?.sql];
            for (index, argument) in rest.iter().enumerate() {
                // The offset is an integer, the default is of the value's own type.
                let wanted = if index == 0 { Type::Integer } else { ty };
                parts.push(argument.convert(wanted)?.sql);
            }
            Ok(Typed::new(Sql::raw(open).join(parts, ", ").push(")").sql(tail), ty)
                .one_of(arguments))
        }
        _ => Err(Unsupported::new(format!("the window function `{name}`"))),
    }
}

/// Returns a value to group or partition by; only BINARY text groups the same way in both.
pub(in crate::translate) fn group_key(value: &Typed) -> Result<Sql, Unsupported> {
    if value.ty == Type::Text
        && value.collation.is_some_and(|(collation, _)| collation != Collation::Binary)
    {
        return Err(Unsupported::new("grouping by a column with a collation"));
    }
    if value.ty == Type::Json {
        return Err(Unsupported::new("grouping by a json column"));
    }
    Ok(value.sql.clone())
}

/// Returns a term of `order by`, with SQLite's place for NULLs and its order of text.
pub(in crate::translate) fn order_term(
    value: &Typed,
    term: &OrderTerm,
) -> Result<Sql, Unsupported> {
    let key = match (value.ty, value.collation) {
        (Type::Text, Some((Collation::NoCase, _))) => {
            value.derive("lower({0} collate \"C\")", Type::Text).sql
        }
        (Type::Text, Some((Collation::RTrim, _))) => {
            value.derive("rtrim({0} collate \"C\", ' ')", Type::Text).sql
        }
        (Type::Text, _) => value.derive("{0} collate \"C\"", Type::Text).sql,
        (Type::Json, _) => return Err(Unsupported::new("ordering by a json column")),
        _ => value.sql.clone(),
    };
    let descending = term.direction == Direction::Descending;
    let first = match term.nulls {
        NullsOrder::Default => !descending,
        NullsOrder::First => true,
        NullsOrder::Last => false,
    };
    let key = key.push(if descending { " desc" } else { "" });
    Ok(key.push(if first { " nulls first" } else { " nulls last" }))
}
