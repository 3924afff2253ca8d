//! Rows of the catalog as parts of tables and views.

use super::rows::{ColumnRow, ConstraintRow, IndexRow, TriggerRow, ViewRow};
use crate::error::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::revision::model::{
    Column, Constraint, ConstraintKind, Deferral, Generated, GeneratedKind, Identity, IdentityKind,
    Index, Reference, Trigger, View, ViewKind, printed,
};
use sealift_core::sql::Sql;
use std::collections::HashMap;

/// Parts of tables and views, by these.
pub(super) struct Parts<T>(HashMap<Ident, Vec<T>>);

impl<T> Parts<T> {
    /// Sorts them; `of` tells whose part one is.
    pub(super) fn of(rows: Vec<T>, of: impl Fn(&T) -> &Ident) -> Self {
        let mut parts: HashMap<Ident, Vec<T>> = HashMap::new();
        for row in rows {
            parts.entry(of(&row).clone()).or_default().push(row);
        }
        Self(parts)
    }

    /// Takes those of one table or view out, in the order of the rows.
    pub(super) fn take<U>(&mut self, of: &Ident, read: impl Fn(T) -> Result<U>) -> Result<Vec<U>> {
        self.0.remove(of).unwrap_or_default().into_iter().map(read).collect()
    }
}

pub(super) fn column(row: ColumnRow) -> Result<Column> {
    let expression = row.expression.map(Sql::printed_by_server);
    let (default, generated) = match row.generated.as_str() {
        "" => (expression, None),
        "s" => (None, Some(computed(expression, GeneratedKind::Stored)?)),
        "v" => (None, Some(computed(expression, GeneratedKind::Virtual)?)),
        other => return Err(unknown("kind of generated column", other)),
    };
    let identity = match row.identity.as_str() {
        "" => None,
        "a" => Some(IdentityKind::Always),
        "d" => Some(IdentityKind::ByDefault),
        other => return Err(unknown("kind of identity column", other)),
    };
    let identity = match identity {
        Some(kind) => {
            let sequence = row.counting.ok_or_else(|| unknown("identity column", "no sequence"))?;
            Some(Identity { kind, sequence })
        }
        None => None,
    };
    Ok(Column {
        name: row.name,
        type_name: Sql::printed_by_server(row.type_name),
        collation: row.collation.map(Sql::printed_by_server),
        not_null: row.not_null,
        default,
        identity,
        generated,
        comment: row.comment,
    })
}

fn computed(expression: Option<Sql>, kind: GeneratedKind) -> Result<Generated> {
    let expression = expression.ok_or_else(|| unknown("generated column", "no expression"))?;
    Ok(Generated { expression, kind })
}

pub(super) fn constraint(row: ConstraintRow) -> Result<Constraint> {
    let kind = match row.kind.as_str() {
        // A key over a period (`without overlaps`, PostgreSQL 18) has no plain index to be made from.
        "p" | "u" if row.period => ConstraintKind::Exclusion,
        "p" => ConstraintKind::Primary,
        "u" => ConstraintKind::Unique,
        "c" => ConstraintKind::Check,
        "f" => ConstraintKind::Foreign,
        "x" => ConstraintKind::Exclusion,
        other => return Err(unknown("kind of constraint", other)),
    };
    let deferral = match (row.deferrable, row.deferred) {
        (false, _) => Deferral::No,
        (true, false) => Deferral::Immediate,
        (true, true) => Deferral::Deferred,
    };
    // Columns of a table elsewhere are no business of this schema.
    let references = row
        .parent
        .map(|table| Reference { table, columns: row.parent_columns.unwrap_or_default() });
    Ok(Constraint {
        name: row.name,
        kind,
        definition: printed::constraint(&row.definition),
        // A check may name no column at all.
        columns: row.columns.unwrap_or_default(),
        references,
        deferral,
        validated: row.validated,
        index: row.index.as_deref().and_then(printed::index_tail),
        comment: row.comment,
    })
}

pub(super) fn index(row: IndexRow) -> Result<Index> {
    let tail = printed::index_tail(&row.definition)
        .ok_or_else(|| unknown("index without `using`", row.name.as_str()))?;
    Ok(Index {
        name: row.name,
        unique: row.unique,
        tail,
        columns: row.columns.unwrap_or_default(),
        valid: row.valid,
        comment: row.comment,
    })
}

pub(super) fn trigger(row: TriggerRow) -> Result<Trigger> {
    let state = match row.state.as_str() {
        "O" => None,
        "D" => Some(Sql::raw("disable")),
        "R" => Some(Sql::raw("enable replica")),
        "A" => Some(Sql::raw("enable always")),
        other => return Err(unknown("state of a trigger", other)),
    };
    Ok(Trigger {
        name: row.name,
        definition: Sql::printed_by_server(row.definition),
        function: row.function,
        state,
        comment: row.comment,
    })
}

pub(super) fn view(row: ViewRow, indexes: Vec<Index>, triggers: Vec<Trigger>) -> View {
    View {
        name: row.name,
        kind: if row.kind == "m" { ViewKind::Materialized } else { ViewKind::Plain },
        options: row.options.map(Sql::printed_by_server),
        definition: printed::view(&row.definition),
        depends_on: row.depends_on.unwrap_or_default(),
        indexes,
        triggers,
        comment: row.comment,
    }
}

/// What a later version of the server may have. To go on would be to guess.
fn unknown(what: &str, which: &str) -> Error {
    Error::new(
        ErrorKind::Target,
        format!("the server has a {what} that is not known here: {which}"),
    )
    .hinted("a newer version of Sealift may know it")
}
