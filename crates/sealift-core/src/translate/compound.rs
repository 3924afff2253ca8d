//! Compound queries: their parts take common types, and PostgreSQL's way of ordering them.

use super::Unsupported;
use super::convert::unify;
use super::functions::aggregate::{order_term, plainly_equal};
use super::scope::Field;
use super::select::{Query, result_index};
use super::typed::{Collation, Constant, Type, Typed, fill};
use crate::ast::{CompoundOp, Expr, OrderTerm};
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::name::{NameSpace, fit};
use crate::sql::Sql;
use crate::sqlite::Affinity;

/// One `SELECT` or `VALUES` of a query, its columns still open to conversion.
pub(super) struct Part {
    pub(super) distinct: bool,
    pub(super) columns: Vec<(String, Typed)>,
    /// ` from … having …`
    pub(super) tail: Sql,
    /// The rendered terms of `ORDER BY`, where they were resolved inside.
    pub(super) order: Option<Vec<Sql>>,
    pub(super) single_row: bool,
}

pub(super) enum Body {
    Part(Box<Part>),
    Compound { op: CompoundOp, left: Box<Self>, right: Box<Self> },
}

/// What becomes of values whose class is known at run time only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Classes {
    /// They become text.
    #[default]
    Lost,
    /// They stay `jsonb`.
    Kept,
}

/// Renders a body, wrapping it where PostgreSQL orders by result names only.
pub(super) fn finish(
    body: Body,
    order_by: &[OrderTerm],
    classes: Classes,
) -> Result<Query, Unsupported> {
    let inside = match &body {
        Body::Part(part) => part.order.clone(),
        Body::Compound { .. } => None,
    };
    let names: Vec<(String, Typed)> =
        leaves(&body).first().map(|part| part.columns.clone()).unwrap_or_default();
    let mut query = render(body, None, classes)?;
    if order_by.is_empty() {
        return Ok(query);
    }
    if let Some(terms) = inside {
        if !terms.is_empty() {
            query.sql = query.sql.push(" order by ").join(terms, ", ");
        }
        return Ok(query);
    }
    let table = fit("sorted");
    let mut terms = Vec::new();
    for term in order_by {
        let (mut expr, mut collation) = (&term.expr, None);
        if let Expr::Collate { operand, collation: name } = expr {
            (expr, collation) = (operand, Some(name));
        }
        let Some(field) = result_index(expr, &names)?.and_then(|index| query.columns.get(index))
        else {
            return Err(Unsupported::new(
                "DISTINCT or a compound query ordered by something that is not a result column",
            ));
        };
        let mut value = Typed::new(
            Sql::new().qualified(&table, &field.target),
            field.data_type.map_or(Type::Text, Type::of),
        );
        value = value.with_cells(&field.cells);
        if let Some(collation) = &field.collation {
            value.collation = Some((Collation::named(collation)?, false));
        }
        if let Some(collation) = collation {
            value.collation = Some((Collation::named(&collation.text)?, true));
        }
        terms.push(order_term(&value, term)?);
    }
    query.sql = Sql::raw("select * from (")
        .sql(&query.sql)
        .push(") as ")
        .ident(&table)
        .push(" order by ")
        .join(terms, ", ");
    Ok(query)
}

fn leaves(body: &Body) -> Vec<&Part> {
    match body {
        Body::Part(part) => vec![part],
        Body::Compound { left, right, .. } => {
            let mut all = leaves(left);
            all.extend(leaves(right));
            all
        }
    }
}

pub(super) fn column_types(body: &Body, classes: Classes) -> Result<Vec<Type>, Unsupported> {
    let parts = leaves(body);
    let width = parts.first().map_or(0, |part| part.columns.len());
    if parts.iter().any(|part| part.columns.len() != width) {
        return Err(Unsupported::new("a compound query of different widths"));
    }
    let mut types = Vec::new();
    for index in 0..width {
        let mut values = Vec::new();
        for part in &parts {
            if let Some((_, value)) = part.columns.get(index) {
                values.push(value);
            }
        }
        let ty = unify(&values)?;
        types.push(if ty == Type::Condition {
            Type::Integer
        } else if ty == Type::Dynamic && classes == Classes::Lost {
            // Its class is lost: texts and numbers in one column.
            Type::Text
        } else {
            ty
        });
    }
    Ok(types)
}

pub(super) fn merge_types(wanted: &[Type], found: &[Type]) -> Result<Vec<Type>, Unsupported> {
    if wanted.len() != found.len() {
        return Err(Unsupported::new("a compound query of different widths"));
    }
    let dummy = |ty: &Type| Typed::new(Sql::new(), *ty);
    wanted.iter().zip(found).map(|(a, b)| unify(&[&dummy(a), &dummy(b)])).collect()
}

/// Renders a body, its columns converted to `types`, or to what its parts have in common.
pub(super) fn render(
    body: Body,
    types: Option<&[Type]>,
    classes: Classes,
) -> Result<Query, Unsupported> {
    let types = match types {
        Some(types) => types.to_vec(),
        None => column_types(&body, classes)?,
    };
    let parts = leaves(&body);
    let single_row = matches!(parts.as_slice(), [part] if part.single_row);
    let names: Vec<String> = parts
        .first()
        .map(|part| part.columns.iter().map(|(name, _)| name.clone()).collect())
        .unwrap_or_default();
    let names = unique_names(names);
    let mut columns = Vec::new();
    let mut space = NameSpace::new();
    for (index, (name, ty)) in names.iter().zip(&types).enumerate() {
        let values: Vec<&Typed> =
            parts.iter().filter_map(|part| part.columns.get(index)).map(|(_, v)| v).collect();
        let affinity_of = |value: &&Typed| {
            let is_lost = value.ty == Type::Dynamic && classes == Classes::Lost;
            if is_lost { Some(Affinity::Blob) } else { value.affinity }
        };
        let affinity = values.first().and_then(affinity_of);
        let same = values.iter().all(|value| affinity_of(value) == affinity);
        let collation =
            values.first().and_then(|value| value.collation).and_then(|(collation, _)| {
                match collation {
                    Collation::Binary => None,
                    Collation::NoCase => Some("NOCASE".to_owned()),
                    Collation::RTrim => Some("RTRIM".to_owned()),
                }
            });
        columns.push(Field {
            source_name: name.clone(),
            target: space.claim(name),
            data_type: if *ty == Type::Dynamic { Some(PgType::Jsonb) } else { ty.pg_type() },
            affinity: if same { affinity } else { None },
            reading: reading_of(&values)?,
            not_null: false,
            collation,
            cells: Typed::cells(&values),
        });
    }
    let sql = compound(&body, &columns, &types)?;
    Ok(Query { sql, columns, single_row })
}

fn compound(body: &Body, columns: &[Field], types: &[Type]) -> Result<Sql, Unsupported> {
    match body {
        Body::Part(part) => {
            let mut results = Vec::new();
            for ((field, ty), (_, value)) in columns.iter().zip(types).zip(&part.columns) {
                let value = output(&value.convert(*ty)?);
                results.push(Sql::new().sql(&value).push(" as ").ident(&field.target));
            }
            let start = if part.distinct { "select distinct " } else { "select " };
            Ok(Sql::raw(start).join(results, ", ").sql(&part.tail))
        }
        Body::Compound { op, left, right } => {
            if *op != CompoundOp::UnionAll {
                for part in leaves(left).into_iter().chain(leaves(right)) {
                    for (_, value) in &part.columns {
                        plainly_equal(value)?;
                    }
                }
            }
            // SQLite combines from left to right, PostgreSQL takes INTERSECT first.
            let left = compound(left, columns, types)?;
            let right = compound(right, columns, types)?;
            Ok(fill("({0})", &[&left]).push(set_operator(*op)).sql(&fill("({0})", &[&right])))
        }
    }
}

pub(super) fn set_operator(op: CompoundOp) -> &'static str {
    match op {
        CompoundOp::Union => " union ",
        CompoundOp::UnionAll => " union all ",
        CompoundOp::Intersect => " intersect ",
        CompoundOp::Except => " except ",
    }
}

/// Returns the text of a result column: no NULL without a type, no leftover collation.
pub(super) fn output(value: &Typed) -> Sql {
    if value.ty == Type::Null {
        return Sql::raw("null::text");
    }
    let collated = value.sql.as_str().contains("collate \"C\"");
    match &value.constant {
        Some(Constant::Text(_)) => value.sql.clone().push("::text"),
        Some(Constant::Integer(_) | Constant::Real(_) | Constant::Blob(_) | Constant::Truth(_)) => {
            fill("({0})::", &[&value.sql]).push(value.ty.name())
        }
        None if value.ty == Type::Text && collated => {
            fill("({0} collate \"default\")", &[&value.sql])
        }
        None => value.sql.clone(),
    }
}

/// A result column whose parts are times read in different ways has none.
fn reading_of(values: &[&Typed]) -> Result<Reading, Unsupported> {
    let mut readings = values.iter().filter(|value| value.ty != Type::Null).map(|v| v.reading);
    let first = readings.next().unwrap_or_default();
    let differs = readings.any(|reading| reading != first);
    if differs && values.iter().any(|value| value.is_time_number()) {
        return Err(Unsupported::new("times that SQLite keeps as numbers among other values"));
    }
    Ok(if differs { Reading::Plain } else { first })
}

/// Names a repeated column `name:1`, as SQLite does.
fn unique_names(names: Vec<String>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::new();
    for name in names {
        let mut candidate = name.clone();
        let mut number = 0;
        while unique.iter().any(|taken| taken.eq_ignore_ascii_case(&candidate)) {
            number += 1;
            candidate = format!("{name}:{number}");
        }
        unique.push(candidate);
    }
    unique
}
