//! `GROUP BY`, and the columns that SQLite lets stand bare beside it.
//!
//! SQLite takes a bare column from any row of the group (`lang_select.html`, section 2.5), and
//! PostgreSQL refuses it unless the grouped columns hold the primary key of its table. A bare
//! column whose value the grouped columns determine, through keys and equalities, is added to the
//! grouped columns: that splits no group. Any other is refused.

use super::Unsupported;
use super::expression::{Translator, field_value};
use super::from::Facts;
use super::functions::aggregate::{group_key, is_aggregate};
use super::scope::{Frame, Place, Resolved};
use super::typed::Type;
use super::walk;
use crate::ast::{Expr, Literal, OrderTerm, SelectCore};
use crate::sql::Sql;
use std::collections::BTreeSet;

/// What grouping is decided from.
pub(super) struct Grouping<'g> {
    pub(super) core: &'g SelectCore,
    pub(super) results: &'g [&'g Expr],
    pub(super) order_by: &'g [OrderTerm],
    pub(super) facts: &'g Facts,
}

/// The clause, with its leading space, or nothing.
pub(super) struct Grouped {
    pub(super) sql: Sql,
    /// Whether the query aggregates without groups.
    pub(super) single_row: bool,
}

/// The grouped columns so far.
struct Keys {
    sql: Vec<Sql>,
    determined: BTreeSet<Place>,
    /// Sources whose primary key is grouped, so that PostgreSQL takes all their columns.
    whole: BTreeSet<usize>,
}

impl Translator<'_> {
    pub(super) fn group(
        &mut self,
        grouping: &Grouping<'_>,
        frame: &Frame<'_>,
    ) -> Result<Grouped, Unsupported> {
        let core = grouping.core;
        let mut checked: Vec<&Expr> = grouping.results.to_vec();
        checked.extend(core.having.as_ref());
        checked.extend(
            grouping
                .order_by
                .iter()
                .map(|term| &term.expr)
                .filter(|expr| !matches!(expr, Expr::Literal(_))),
        );
        let aggregating = checked.iter().any(|expr| walk::aggregates(expr));
        if core.group_by.is_empty() && !aggregating && core.having.is_none() {
            return Ok(Grouped { sql: Sql::new(), single_row: false });
        }
        let mut keys = self.keys(grouping, frame)?;
        for expr in checked {
            self.bare(expr, frame, &mut keys, 0)?;
        }
        if core.group_by.is_empty() {
            if !keys.sql.is_empty() {
                return Err(Unsupported::new("a bare column beside an aggregate without GROUP BY"));
            }
            return Ok(Grouped { sql: Sql::new(), single_row: true });
        }
        if keys.sql.is_empty() {
            return Err(Unsupported::new("GROUP BY a constant"));
        }
        Ok(Grouped { sql: Sql::raw(" group by ").join(keys.sql, ", "), single_row: false })
    }

    fn keys(&mut self, grouping: &Grouping<'_>, frame: &Frame<'_>) -> Result<Keys, Unsupported> {
        let mut keys =
            Keys { sql: Vec::new(), determined: BTreeSet::new(), whole: BTreeSet::new() };
        for term in &grouping.core.group_by {
            let expr = if let Expr::Literal(Literal::Integer(position)) = term {
                usize::try_from(*position)
                    .ok()
                    .and_then(|n| n.checked_sub(1))
                    .and_then(|index| grouping.results.get(index).copied())
                    .ok_or_else(|| Unsupported::new("GROUP BY a position that is not there"))?
            } else {
                term
            };
            let value = self.expr(expr, frame)?;
            if value.constant.is_some() || value.ty == Type::Null {
                continue;
            }
            value.same_class()?;
            value.same_order()?;
            let key = group_key(&value)?;
            if !keys.sql.contains(&key) {
                keys.sql.push(key.clone());
            }
            // Under a collation a group holds several spellings: the column is not determined.
            if key == value.sql
                && let Some(place) = place_of(expr, frame)?
            {
                keys.determined.insert(place);
            }
        }
        for (index, source) in frame.sources.iter().enumerate() {
            let grouped = |column: &usize| {
                keys.determined.contains(&Place { source: index, column: *column })
            };
            if !source.primary_key.is_empty() && source.primary_key.iter().all(grouped) {
                keys.whole.insert(index);
            }
        }
        close(&mut keys.determined, grouping.facts, frame);
        Ok(keys)
    }

    /// Checks that every column outside an aggregate is grouped, adding those that are determined.
    fn bare(
        &mut self,
        expr: &Expr,
        frame: &Frame<'_>,
        keys: &mut Keys,
        depth: usize,
    ) -> Result<(), Unsupported> {
        if depth > 100 {
            return Err(Unsupported::new("the expression is nested too deeply"));
        }
        if let Expr::Function(function) = expr
            && function.over.is_none()
            && is_aggregate(function)
        {
            return Ok(());
        }
        if !walk::aggregates(expr)
            && let Ok(value) = self.expr(expr, frame)
            && keys.sql.contains(&value.sql)
        {
            return Ok(());
        }
        if let Expr::Column { table, column, .. } = expr {
            let table = table.as_ref().map(|name| name.text.as_str());
            return match frame.resolve(table, &column.text)? {
                Resolved::Column { source, field, place: Some(place) } => {
                    if keys.whole.contains(&place.source) {
                        return Ok(());
                    }
                    if !keys.determined.contains(&place) {
                        return Err(Unsupported::new(format!(
                            "`{}` is neither grouped nor inside an aggregate, and SQLite takes it \
                             from any row of the group",
                            column.text
                        )));
                    }
                    keys.sql.push(group_key(&field_value(source, field)?)?);
                    Ok(())
                }
                Resolved::Alias(inner) => {
                    let inner = inner.clone();
                    self.bare(&inner, frame, keys, depth + 1)
                }
                Resolved::Column { place: None, .. } | Resolved::Unknown => Ok(()),
            };
        }
        if walk::is_query(expr) {
            self.bare_in_subquery(expr, frame, keys)?;
        }
        for child in walk::children(expr) {
            self.bare(child, frame, keys, depth + 1)?;
        }
        Ok(())
    }

    /// The same for the columns of this query that a subquery reads.
    fn bare_in_subquery(
        &mut self,
        expr: &Expr,
        frame: &Frame<'_>,
        keys: &mut Keys,
    ) -> Result<(), Unsupported> {
        let before = std::mem::take(&mut self.outer);
        self.expr(expr, frame)?;
        let read = std::mem::replace(&mut self.outer, before);
        for (index, source) in frame.sources.iter().enumerate() {
            for (column, field) in source.columns.iter().enumerate() {
                let value = field_value(source, field)?;
                if !read.contains(value.sql.as_str())
                    || keys.sql.contains(&value.sql)
                    || keys.whole.contains(&index)
                {
                    continue;
                }
                if !keys.determined.contains(&Place { source: index, column }) {
                    return Err(Unsupported::new(format!(
                        "a subquery reads `{}`, which is neither grouped nor inside an aggregate",
                        field.source_name
                    )));
                }
                keys.sql.push(group_key(&value)?);
            }
        }
        self.outer.extend(read);
        Ok(())
    }
}

pub(super) fn place_of(expr: &Expr, frame: &Frame<'_>) -> Result<Option<Place>, Unsupported> {
    let Expr::Column { table, column, .. } = expr else { return Ok(None) };
    let table = table.as_ref().map(|name| name.text.as_str());
    match frame.resolve(table, &column.text)? {
        Resolved::Column { place, .. } => Ok(place),
        // One step is enough: an alias of an alias is no plain column.
        Resolved::Alias(inner) if matches!(inner, Expr::Column { .. }) && inner != expr => {
            place_of(inner, frame)
        }
        Resolved::Alias(_) => Ok(None),
        Resolved::Unknown => Ok(None),
    }
}

/// Adds every column whose value those in `determined` fix.
fn close(determined: &mut BTreeSet<Place>, facts: &Facts, frame: &Frame<'_>) {
    if facts.void {
        return;
    }
    loop {
        let before = determined.len();
        for (a, b) in &facts.equal {
            if determined.contains(a) {
                determined.insert(*b);
            } else if determined.contains(b) {
                determined.insert(*a);
            }
        }
        for (source, pairs) in &facts.optional {
            // Either the one row with that key or none: the other side fixes which.
            let other = |(a, b): &(Place, Place)| if a.source == *source { *b } else { *a };
            let own = |(a, b): &(Place, Place)| if a.source == *source { *a } else { *b };
            if pairs.iter().all(|pair| determined.contains(&other(pair))) {
                let keyed: BTreeSet<usize> = pairs.iter().map(|pair| own(pair).column).collect();
                if let Some(joined) = frame.sources.get(*source)
                    && !joined.primary_key.is_empty()
                    && joined.primary_key.iter().all(|column| keyed.contains(column))
                {
                    determined.extend(pairs.iter().map(own));
                }
            }
        }
        for (index, source) in frame.sources.iter().enumerate() {
            let fixed = source
                .primary_key
                .iter()
                .all(|column| determined.contains(&Place { source: index, column: *column }));
            if !source.primary_key.is_empty() && fixed {
                determined.extend(
                    (0..source.columns.len()).map(|column| Place { source: index, column }),
                );
            }
        }
        if determined.len() == before {
            return;
        }
    }
}
