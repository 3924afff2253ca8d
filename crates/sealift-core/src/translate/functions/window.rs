//! Windows and their functions (`sqlite.org/windowfunctions.html`).

use super::aggregate::{group_key, order_term};
use crate::ast::{
    Frame as WindowFrame, FrameBound, FrameExclude, FrameUnit, Function, Over, Window,
};
use crate::sql::Sql;
use crate::translate::Unsupported;
use crate::translate::convert::unify;
use crate::translate::expression::Translator;
use crate::translate::scope::Frame;
use crate::translate::typed::{Type, Typed};

impl Translator<'_> {
    /// Returns ` filter (…) over (…)`.
    pub(super) fn tail(
        &mut self,
        function: &Function,
        frame: &Frame<'_>,
    ) -> Result<Sql, Unsupported> {
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
                let key = self.expr(expr, frame)?;
                key.same_class()?;
                key.same_order()?;
                parts.push(group_key(&key)?);
            }
            clauses.push(Sql::raw("partition by ").join(parts, ", "));
        }
        if !window.order_by.is_empty() {
            let mut parts = Vec::new();
            for term in &window.order_by {
                let value = self.expr(&term.expr, frame)?;
                value.same_order()?;
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

/// Returns whether the result depends on which of two rows that are equal in the window's order comes
/// first: where rows are counted and not their values.
pub(super) fn depends_on_ties(name: &str, function: &Function) -> bool {
    let counts_rows = match &function.over {
        None => return false,
        Some(Over::Named(_)) => true,
        Some(Over::Window(window)) => {
            window.base.is_some()
                || window.frame.as_ref().is_some_and(|frame| frame.unit == FrameUnit::Rows)
        }
    };
    match name {
        "rank" | "dense_rank" | "percent_rank" | "cume_dist" => false,
        "row_number" | "ntile" | "lag" | "lead" | "first_value" | "last_value" | "nth_value" => {
            true
        }
        _ => counts_rows,
    }
}

/// Translates a call that only a window gives a meaning.
pub(super) fn window_call(
    name: &str,
    arguments: &[Typed],
    tail: &Sql,
) -> Result<Typed, Unsupported> {
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
