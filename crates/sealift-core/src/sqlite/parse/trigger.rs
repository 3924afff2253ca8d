//! `CREATE TRIGGER`.

use super::create_table::conflict;
use super::expr;
use super::from::from_item;
use super::reader::{List, Reader, items, required};
use super::select::select;
use super::{ParseError, Result};
use crate::ast::{
    Assignment, CreateTrigger, Delete, Insert, Name, TriggerBody, TriggerEvent, TriggerStatement,
    TriggerTiming, Update, Upsert, UpsertAction,
};
use syntaqlite_syntax::nodes::{self, Stmt, TriggerEventType};

/// Reads a `CREATE TRIGGER`. A statement of its body that cannot be read leaves the head.
pub(super) fn create_trigger(
    reader: Reader<'_>,
    node: nodes::CreateTriggerStmt<'_>,
) -> Result<CreateTrigger> {
    let event = required(node.event(), "trigger event")?;
    let table = required(node.table(), "trigger table")?;
    Ok(CreateTrigger {
        name: reader.name(node.node_id().into_inner(), "trigger_name")?,
        timing: match node.timing() {
            nodes::TriggerTiming::None | nodes::TriggerTiming::Before => TriggerTiming::Before,
            nodes::TriggerTiming::After => TriggerTiming::After,
            nodes::TriggerTiming::InsteadOf => TriggerTiming::InsteadOf,
        },
        event: match event.event_type() {
            TriggerEventType::Insert => TriggerEvent::Insert,
            TriggerEventType::Delete => TriggerEvent::Delete,
            TriggerEventType::Update => TriggerEvent::Update(reader.names(event.columns())?),
        },
        table: reader.name_node(required(table.object_name(), "trigger table")?)?,
        condition: expr::optional(reader, node.when_expr())?,
        body: match body(reader, node.body()) {
            Ok(statements) => TriggerBody::Statements(statements),
            Err(error) => TriggerBody::Unreadable(error.message),
        },
    })
}

fn body(
    reader: Reader<'_>,
    list: Option<nodes::TriggerCmdList<'_>>,
) -> Result<Vec<TriggerStatement>> {
    items(list)?.into_iter().map(|node| statement(reader, node)).collect()
}

fn statement(reader: Reader<'_>, node: Stmt<'_>) -> Result<TriggerStatement> {
    if let Stmt::InsertStmt(node) = node {
        return insert(reader, node).map(TriggerStatement::Insert);
    }
    if let Stmt::UpdateStmt(node) = node {
        return update(reader, node).map(TriggerStatement::Update);
    }
    if let Stmt::DeleteStmt(node) = node {
        return delete(reader, node).map(TriggerStatement::Delete);
    }
    match super::select::from_statement(node) {
        Some(node) => select(reader, node).map(TriggerStatement::Select),
        None => Err(ParseError::new("a statement that no trigger can hold")),
    }
}

fn insert(reader: Reader<'_>, node: nodes::InsertStmt<'_>) -> Result<Insert> {
    nothing_else(node.with_ctes().is_some(), node.returning().is_some())?;
    let conflict = match node.keyword() {
        nodes::InsertKeyword::Insert => conflict(node.conflict_action()),
        nodes::InsertKeyword::Replace => Some(crate::ast::ConflictAction::Replace),
    };
    Ok(Insert {
        conflict,
        table: table(reader, node.table())?,
        columns: reader.names(node.columns())?,
        source: select(reader, required(node.source(), "rows to insert")?)?,
        upserts: items(node.upsert())?
            .into_iter()
            .map(|node| upsert(reader, node))
            .collect::<Result<_>>()?,
    })
}

fn upsert(reader: Reader<'_>, node: nodes::UpsertClause<'_>) -> Result<Upsert> {
    let terms = super::select::order_by(reader, node.columns())?;
    Ok(Upsert {
        target: terms.into_iter().map(|term| term.expr).collect(),
        target_filter: expr::optional(reader, node.target_where())?,
        action: match node.action() {
            nodes::UpsertAction::Nothing => UpsertAction::Nothing,
            nodes::UpsertAction::Update => UpsertAction::Update {
                assignments: assignments(reader, node.setlist())?,
                filter: expr::optional(reader, node.update_where())?,
            },
        },
    })
}

fn update(reader: Reader<'_>, node: nodes::UpdateStmt<'_>) -> Result<Update> {
    nothing_else(node.with_ctes().is_some(), node.returning().is_some())?;
    nothing_else(node.orderby().is_some(), node.limit_clause().is_some())?;
    Ok(Update {
        conflict: conflict(node.conflict_action()),
        table: table(reader, node.table())?,
        assignments: assignments(reader, node.setlist())?,
        from: node.from_clause().map(|node| from_item(reader, node)).transpose()?,
        filter: expr::optional(reader, node.where_clause())?,
    })
}

fn delete(reader: Reader<'_>, node: nodes::DeleteStmt<'_>) -> Result<Delete> {
    nothing_else(node.with_ctes().is_some(), node.returning().is_some())?;
    nothing_else(node.orderby().is_some(), node.limit_clause().is_some())?;
    Ok(Delete {
        table: table(reader, node.table())?,
        filter: expr::optional(reader, node.where_clause())?,
    })
}

fn assignments(
    reader: Reader<'_>,
    list: Option<List<'_, nodes::SetClause<'_>>>,
) -> Result<Vec<Assignment>> {
    items(list)?
        .into_iter()
        .map(|node| {
            let columns = match node.columns() {
                Some(columns) => reader.names(Some(columns))?,
                None => vec![reader.name(node.node_id().into_inner(), "column")?],
            };
            Ok(Assignment { columns, value: expr::needed(reader, node.value())? })
        })
        .collect()
}

/// Returns the table that a statement writes: a trigger's statements name it bare
/// (`sqlite.org/lang_createtrigger.html`, "Syntax Restrictions").
fn table(reader: Reader<'_>, node: Option<nodes::TableRef<'_>>) -> Result<Name> {
    let node = required(node, "table")?;
    let id = node.node_id().into_inner();
    let plain = reader.optional_name(id, "schema")?.is_none() && node.alias().is_none();
    if plain {
        reader.name(id, "table_name")
    } else {
        Err(ParseError::new("a statement of a trigger whose table has a schema or an alias"))
    }
}

/// Clauses that the grammar of a whole statement has, and SQLite refuses in a trigger.
fn nothing_else(first: bool, second: bool) -> Result<()> {
    if first || second {
        return Err(ParseError::new(
            "a statement of a trigger with WITH, RETURNING, ORDER BY or LIMIT, which SQLite does not run",
        ));
    }
    Ok(())
}
