//! `FROM`: sources and joins, and what the joins say about the rows.

use super::expression::{Translator, field_value};
use super::scope::{Frame, Place, Relation, Resolved, Source};
use super::select::ResultExpr;
use super::typed::Typed;
use super::{Unsupported, comparison};
use crate::ast::{
    BinaryOp, Expr, FromItem, Join, JoinConstraint, JoinKind, Name, Quote, TableSource,
};
use crate::name::fit;
use crate::sql::Sql;

/// Equalities that hold in every row of a `FROM … WHERE`.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Columns that are equal.
    pub(super) equal: Vec<(Place, Place)>,
    /// For a left join whose whole condition is such equalities: the joined source and they.
    pub(super) optional: Vec<(usize, Vec<(Place, Place)>)>,
    /// A right or full join can make any column NULL: nothing is known then.
    pub(super) void: bool,
}

impl Facts {
    /// Takes the equalities among the conjuncts of `WHERE`.
    pub(super) fn filter(&mut self, filter: &Expr, frame: &Frame<'_>) {
        conjuncts(filter, &mut |part| {
            if let Some(pair) = equality(part, frame) {
                self.equal.push(pair);
            }
        });
    }

    fn join(&mut self, join: &Join, on: &Expr, source: usize, frame: &Frame<'_>) {
        let mut pairs = Vec::new();
        let mut complete = true;
        conjuncts(on, &mut |part| match equality(part, frame) {
            Some(pair) => pairs.push(pair),
            None => complete = false,
        });
        match join.kind {
            JoinKind::Comma | JoinKind::Inner | JoinKind::Cross => self.equal.extend(pairs),
            JoinKind::Left if complete => self.optional.push((source, pairs)),
            JoinKind::Left => {}
            JoinKind::Right | JoinKind::Full => self.void = true,
        }
    }
}

fn conjuncts(expr: &Expr, visit: &mut dyn FnMut(&Expr)) {
    if let Expr::Binary { op: BinaryOp::And, left, right } = expr {
        conjuncts(left, visit);
        conjuncts(right, visit);
    } else {
        visit(expr);
    }
}

fn equality(expr: &Expr, frame: &Frame<'_>) -> Option<(Place, Place)> {
    let Expr::Binary { op: BinaryOp::Eq, left, right } = expr else { return None };
    Some((plain_column(left, frame)?, plain_column(right, frame)?))
}

/// Returns where a plain column without a collation of its own stands.
fn plain_column(expr: &Expr, frame: &Frame<'_>) -> Option<Place> {
    let Expr::Column { table, column, .. } = expr else { return None };
    let table = table.as_ref().map(|name| name.text.as_str());
    match frame.resolve(table, &column.text).ok()? {
        Resolved::Column { field, place, .. } if field.collation.is_none() => place,
        Resolved::Column { .. } | Resolved::Alias(_) | Resolved::Unknown => None,
    }
}

impl Translator<'_> {
    /// Translates a `FROM` clause, and puts its sources into `frame`.
    pub(super) fn from(
        &mut self,
        from: &FromItem,
        frame: &mut Frame<'_>,
        facts: &mut Facts,
    ) -> Result<Sql, Unsupported> {
        let mut sql = self.source(&from.source, frame, facts)?;
        for join in &from.joins {
            let before = frame.sources.len();
            let source = self.source(&join.source, frame, facts)?;
            let on = self.join_condition(join, before, frame, facts)?;
            if matches!(join.kind, JoinKind::Right | JoinKind::Full) {
                facts.void = true;
            }
            sql = sql.push(match (join.kind, on.is_some()) {
                (JoinKind::Comma | JoinKind::Inner | JoinKind::Cross, true) => " join ",
                (JoinKind::Comma | JoinKind::Inner | JoinKind::Cross, false) => " cross join ",
                (JoinKind::Left, _) => " left join ",
                (JoinKind::Right, _) => " right join ",
                (JoinKind::Full, _) => " full join ",
            });
            sql = sql.sql(&source);
            let outer = matches!(join.kind, JoinKind::Left | JoinKind::Right | JoinKind::Full);
            sql = match on {
                Some(condition) => sql.push(" on ").sql(&condition),
                None if outer => sql.push(" on true"),
                None => sql,
            };
        }
        Ok(sql)
    }

    fn source(
        &mut self,
        source: &TableSource,
        frame: &mut Frame<'_>,
        facts: &mut Facts,
    ) -> Result<Sql, Unsupported> {
        match source {
            TableSource::Table { schema, name, alias } => {
                if schema.as_ref().is_some_and(|schema| !schema.is("main")) {
                    return Err(Unsupported::new("a table of another database file"));
                }
                let (sql, relation) = self.relation(name, frame)?;
                let alias = alias.as_ref().unwrap_or(name);
                Ok(add(sql, &relation, alias, frame))
            }
            TableSource::Function { name, arguments, alias } if name.is("json_each") => {
                let (sql, columns) = self.json_each(arguments, frame)?;
                let alias = alias.as_ref().unwrap_or(name);
                let relation = Relation {
                    source_name: alias.text.clone(),
                    target: fit(&alias.text),
                    columns,
                    primary_key: Vec::new(),
                    row_id: None,
                };
                let sql = add(sql, &relation, alias, frame);
                if let Some(source) = frame.sources.last_mut() {
                    source.is_dynamic = true;
                }
                Ok(sql)
            }
            TableSource::Function { name, .. } => {
                Err(Unsupported::new(format!("the table-valued function `{}`", name.text)))
            }
            TableSource::Select { select, alias } => {
                let nothing = Frame::default();
                let query = self.select(select, frame.parent.unwrap_or(&nothing))?;
                let name = match alias {
                    Some(alias) => alias.clone(),
                    None => Name {
                        text: format!("subquery{}", frame.sources.len() + 1),
                        quote: Quote::None,
                    },
                };
                let relation = Relation {
                    source_name: name.text.clone(),
                    target: fit(&name.text),
                    columns: query.columns,
                    primary_key: Vec::new(),
                    row_id: None,
                };
                let sql = Sql::raw("(").sql(&query.sql).push(")");
                Ok(add(sql, &relation, &name, frame))
            }
            TableSource::Nested { from, alias: None } => {
                Ok(Sql::raw("(").sql(&self.from(from, frame, facts)?).push(")"))
            }
            TableSource::Nested { alias: Some(_), .. } => {
                Err(Unsupported::new("a join in parentheses with a name"))
            }
        }
    }

    fn relation(&mut self, name: &Name, frame: &Frame<'_>) -> Result<(Sql, Relation), Unsupported> {
        if let Some(relation) = frame.common_table(&name.text) {
            return Ok((Sql::new().ident(&relation.target), relation.clone()));
        }
        let found = self.catalogue.and_then(|catalogue| {
            catalogue.relation(&name.text).map(|relation| (catalogue, relation))
        });
        let Some((catalogue, relation)) = found else {
            return Err(Unsupported::new(format!(
                "there is no table or translated view `{}`",
                name.text
            )));
        };
        self.uses.insert(relation.source_name.clone());
        Ok((Sql::new().qualified(&catalogue.schema, &relation.target), relation.clone()))
    }

    fn join_condition(
        &mut self,
        join: &Join,
        before: usize,
        frame: &mut Frame<'_>,
        facts: &mut Facts,
    ) -> Result<Option<Sql>, Unsupported> {
        let names = match &join.constraint {
            JoinConstraint::On(condition) => {
                facts.join(join, condition, before, frame);
                return Ok(Some(self.condition(condition, frame)?.sql));
            }
            JoinConstraint::Using(names) => names.iter().map(|name| name.text.clone()).collect(),
            JoinConstraint::None if join.natural => common_columns(frame, before),
            JoinConstraint::None => return Ok(None),
        };
        let mut conditions = Vec::new();
        let mut pairs = Vec::new();
        for name in names {
            let find = |from: usize, to: usize| {
                frame.sources.iter().enumerate().take(to).skip(from).find_map(|(index, source)| {
                    let column = source.position(&name)?;
                    let visible = !source.merged.contains(&column);
                    visible.then_some(Place { source: index, column })
                })
            };
            let (Some(left), Some(right)) = (find(0, before), find(before, frame.sources.len()))
            else {
                return Err(Unsupported::new(format!("USING names `{name}`, which is missing")));
            };
            let merged = frame.coalesced.iter().find(|(one, _)| one.eq_ignore_ascii_case(&name));
            let is_merged = merged.is_some();
            let left_value = match merged {
                Some((_, places)) => {
                    let values: Result<Vec<Typed>, _> =
                        places.iter().map(|place| value_at(frame, *place)).collect();
                    first_of(&values?)?
                }
                None => value_at(frame, left)?,
            };
            let values = (left_value, value_at(frame, right)?);
            if is_merged || matches!(join.kind, JoinKind::Right | JoinKind::Full) {
                merge(frame, &name, left, right);
            }
            conditions.push(comparison::compare("=", &values.0, &values.1)?.sql);
            pairs.push((left, right));
            if let Some(source) = frame.sources.get_mut(right.source) {
                source.merged.push(right.column);
            }
        }
        if join.kind == JoinKind::Left {
            facts.optional.push((before, pairs));
        } else {
            facts.equal.extend(pairs);
        }
        Ok((!conditions.is_empty()).then(|| Sql::new().join(conditions, " and ")))
    }
}

/// Returns what a bare name means where a right or full join has merged it: the columns of which the
/// first that is not NULL counts, and whether a query further out has them.
pub(super) fn coalesced(
    frame: &Frame<'_>,
    name: &str,
) -> Result<Option<(Vec<Typed>, bool)>, Unsupported> {
    let mut current = Some(frame);
    let mut is_outer = false;
    while let Some(frame) = current {
        let found = frame.coalesced.iter().find(|(merged, _)| merged.eq_ignore_ascii_case(name));
        if let Some((_, places)) = found {
            let values: Result<Vec<Typed>, _> =
                places.iter().map(|place| value_at(frame, *place)).collect();
            return Ok(Some((values?, is_outer)));
        }
        let is_alias = frame.aliases.iter().any(|(alias, _)| alias.eq_ignore_ascii_case(name));
        if is_alias || frame.local(None, name)?.is_some() {
            return Ok(None);
        }
        current = frame.parent;
        is_outer = true;
    }
    Ok(None)
}

/// Returns the first of merged columns that is not NULL, as a column.
pub(super) fn first_of(values: &[Typed]) -> Result<Typed, Unsupported> {
    let mut made = super::functions::coalesce(values)?;
    if let Some(first) = values.first()
        && values.iter().all(|value| value.affinity == first.affinity)
    {
        made.affinity = first.affinity;
        made.collation = first.collation;
    }
    Ok(made)
}

fn merge(frame: &mut Frame<'_>, name: &str, left: Place, right: Place) {
    let found = frame.coalesced.iter_mut().find(|(merged, _)| merged.eq_ignore_ascii_case(name));
    match found {
        Some((_, places)) => places.push(right),
        None => frame.coalesced.push((name.to_owned(), vec![left, right])),
    }
}

fn value_at(frame: &Frame<'_>, place: Place) -> Result<Typed, Unsupported> {
    let source = frame.sources.get(place.source);
    match source.and_then(|source| Some((source, source.columns.get(place.column)?))) {
        Some((source, field)) => field_value(source, field),
        None => Err(Unsupported::new("a column that is not there")),
    }
}

fn common_columns(frame: &Frame<'_>, before: usize) -> Vec<String> {
    let mut names = Vec::new();
    for source in frame.sources.iter().skip(before) {
        for field in &source.columns {
            let name = &field.source_name;
            let on_the_left = frame.sources.iter().take(before).any(|left| {
                left.columns.iter().any(|other| other.source_name.eq_ignore_ascii_case(name))
            });
            if on_the_left {
                names.push(name.clone());
            }
        }
    }
    names
}

fn add(sql: Sql, relation: &Relation, alias: &Name, frame: &mut Frame<'_>) -> Sql {
    let qualifier = fit(&alias.text);
    let sql = sql.push(" as ").ident(&qualifier);
    frame.sources.push(Source {
        name: alias.text.clone(),
        qualifier: Some(qualifier),
        columns: relation.columns.clone(),
        primary_key: relation.primary_key.clone(),
        row_id: relation.row_id,
        merged: Vec::new(),
        is_dynamic: false,
    });
    sql
}

/// Returns the columns that `*` means for one source.
pub(super) fn all_columns(source: &Source, hide_merged: bool) -> Vec<ResultExpr> {
    let name = |text: &str| Name { text: text.to_owned(), quote: Quote::None };
    source
        .columns
        .iter()
        .enumerate()
        .filter(|(index, _)| !(hide_merged && source.merged.contains(index)))
        .map(|(_, field)| ResultExpr {
            name: field.source_name.clone(),
            expr: Expr::Column {
                schema: None,
                table: Some(name(&source.name)),
                column: name(&field.source_name),
            },
            aliased: false,
        })
        .collect()
}
