//! `CREATE TABLE` (`sqlite.org/lang_createtable.html`).

use super::expr;
use super::reader::{Reader, items, required};
use super::select::direction;
use super::{ParseError, Result};
use crate::ast::{
    CheckConstraint, ColumnDefinition, ConflictAction, CreateTable, Deferrability, Expr,
    ForeignKeyAction, ForeignKeyClause, GeneratedClause, IndexedColumn, Literal, Name, Quote,
    TableConstraint,
};
use syntaqlite_syntax::nodes::{
    self, ColumnConstraintItem, ColumnConstraintType, Deferrable, ForeignKeyOptionKind,
    GeneratedColumnStorage, InitialDeferMode, TableConstraintItem, TableConstraintType,
};

/// Reads a `CREATE TABLE`.
pub(super) fn create_table(
    reader: Reader<'_>,
    node: nodes::CreateTableStmt<'_>,
) -> Result<CreateTable> {
    if node.as_select().is_some() {
        return Err(ParseError::new("CREATE TABLE … AS SELECT is never stored in a schema"));
    }
    let definitions = items(node.columns())?;
    let names = definitions
        .iter()
        .map(|column| reader.name_node(required(column.column_name(), "column name")?))
        .collect::<Result<Vec<Name>>>()?;
    let reader = reader.of_table(&names);
    let mut columns: Vec<ColumnDefinition> = Vec::with_capacity(names.len());
    for (definition, name) in definitions.into_iter().zip(&names) {
        let column = column(reader, definition, name.clone(), &mut columns)?;
        columns.push(column);
    }
    let mut constraints = Vec::new();
    // The commas between table constraints may be missing, so one group can hold several.
    for group in items(node.table_constraints())? {
        let mut name = None;
        for item in items(Some(group))? {
            match item {
                TableConstraintItem::ConstraintNameDeclaration(node) => {
                    name = Some(reader.name(node.node_id().into_inner(), "name")?);
                }
                TableConstraintItem::TableConstraint(node) => {
                    constraints.push(table_constraint(reader, node, name.take())?);
                }
            }
        }
    }
    Ok(CreateTable {
        name: reader.name(node.node_id().into_inner(), "table_name")?,
        columns,
        constraints,
        without_rowid: node.flags().without_rowid(),
        strict: node.flags().strict(),
    })
}

/// Reads the columns of a key or index.
pub(super) fn indexed_columns(
    reader: Reader<'_>,
    list: Option<nodes::OrderByList<'_>>,
) -> Result<Vec<IndexedColumn>> {
    items(list)?
        .into_iter()
        .map(|node| {
            let written = required(node.expr(), "key column")?;
            let text = reader.text(written.node_id().into_inner())?;
            let mut expr = expr::expr(reader, written)?;
            let mut collation = None;
            // The outermost COLLATE counts; SQLite skips them all when it looks for a column.
            while let Expr::Collate { operand, collation: name } = expr {
                collation = collation.or(Some(name));
                expr = *operand;
            }
            if let Expr::Literal(Literal::Text(name)) = expr {
                let column = Name { text: name, quote: Quote::Single };
                expr = Expr::Column { schema: None, table: None, column };
            }
            Ok(IndexedColumn { expr, text, collation, direction: direction(node.sort_order()) })
        })
        .collect()
}

/// Returns the action of an `ON CONFLICT` or `OR`, if one is written.
pub(super) fn conflict(action: nodes::ConflictAction) -> Option<ConflictAction> {
    match action {
        nodes::ConflictAction::Default => None,
        nodes::ConflictAction::Rollback => Some(ConflictAction::Rollback),
        nodes::ConflictAction::Abort => Some(ConflictAction::Abort),
        nodes::ConflictAction::Fail => Some(ConflictAction::Fail),
        nodes::ConflictAction::Ignore => Some(ConflictAction::Ignore),
        nodes::ConflictAction::Replace => Some(ConflictAction::Replace),
    }
}

fn column(
    reader: Reader<'_>,
    node: nodes::ColumnDef<'_>,
    name: Name,
    earlier: &mut [ColumnDefinition],
) -> Result<ColumnDefinition> {
    let mut column = ColumnDefinition {
        name,
        declared_type: reader.raw(node.node_id().into_inner(), "type_name")?.map(str::to_owned),
        primary_key: None,
        primary_key_name: None,
        autoincrement: false,
        not_null: false,
        on_conflict: None,
        unique: false,
        unique_name: None,
        checks: Vec::new(),
        default: None,
        collation: None,
        references: Vec::new(),
        generated: None,
    };
    let mut name = None;
    for item in items(node.constraints())? {
        match item {
            ColumnConstraintItem::ConstraintNameDeclaration(node) => {
                name = Some(reader.name(node.node_id().into_inner(), "name")?);
            }
            ColumnConstraintItem::ColumnConstraint(node) => {
                column_constraint(reader, node, name.take(), &mut column)?;
                if node.kind() == ColumnConstraintType::Deferrable {
                    defer_latest(node, &mut column, earlier);
                }
            }
        }
    }
    Ok(column)
}

fn column_constraint(
    reader: Reader<'_>,
    node: nodes::ColumnConstraint<'_>,
    name: Option<Name>,
    column: &mut ColumnDefinition,
) -> Result<()> {
    match node.kind() {
        ColumnConstraintType::Default => {
            let value = required(node.default_expr(), "default")?;
            column.default = Some(expr::expr(reader.in_default(), value)?);
        }
        ColumnConstraintType::NotNull => {
            note_conflict(column, node);
            column.not_null = true;
        }
        ColumnConstraintType::PrimaryKey => {
            note_conflict(column, node);
            column.primary_key = Some(direction(node.sort_order()));
            column.primary_key_name = name;
            column.autoincrement = node.is_autoincrement();
        }
        ColumnConstraintType::Unique => {
            note_conflict(column, node);
            column.unique = true;
            column.unique_name = name.or(column.unique_name.take());
        }
        ColumnConstraintType::Check => {
            column.checks.push(check(reader, node.check_expr(), name)?);
        }
        ColumnConstraintType::References => {
            column.references.push(foreign_key(reader, node.fk_clause(), name)?);
        }
        ColumnConstraintType::Collate => {
            let id = node.node_id().into_inner();
            column.collation = Some(reader.name(id, "collation_name")?);
        }
        ColumnConstraintType::Generated => {
            let value = required(node.generated_expr(), "generated value")?;
            column.generated = Some(GeneratedClause {
                text: reader.text(value.node_id().into_inner())?,
                expr: expr::expr(reader, value)?,
                stored: node.generated_storage() == GeneratedColumnStorage::Stored,
            });
        }
        // `NULL` says nothing; `DEFERRABLE` is the caller's, who knows the earlier columns.
        ColumnConstraintType::Null | ColumnConstraintType::Deferrable => {}
    }
    Ok(())
}

/// Keeps an `ON CONFLICT`, unless one that does something is there already.
fn note_conflict(column: &mut ColumnDefinition, node: nodes::ColumnConstraint<'_>) {
    if matches!(column.on_conflict, None | Some(ConflictAction::Abort)) {
        column.on_conflict = conflict(node.onconf()).or(column.on_conflict);
    }
}

/// Applies a `DEFERRABLE` that stands on its own to the foreign key before it, which may be an
/// earlier column's, as SQLite does; without one it says nothing.
fn defer_latest(
    node: nodes::ColumnConstraint<'_>,
    column: &mut ColumnDefinition,
    earlier: &mut [ColumnDefinition],
) {
    let latest = match column.references.last_mut() {
        Some(clause) => Some(clause),
        None => earlier.iter_mut().rev().find_map(|column| column.references.last_mut()),
    };
    if let Some(clause) = latest {
        clause.deferrability = deferrability(node.deferrable(), node.initial_defer());
    }
}

fn check(
    reader: Reader<'_>,
    node: Option<nodes::Expr<'_>>,
    name: Option<Name>,
) -> Result<CheckConstraint> {
    let node = required(node, "condition")?;
    Ok(CheckConstraint {
        name,
        text: reader.text(node.node_id().into_inner())?,
        expr: expr::expr(reader, node)?,
    })
}

fn foreign_key(
    reader: Reader<'_>,
    node: Option<nodes::ForeignKeyClause<'_>>,
    name: Option<Name>,
) -> Result<ForeignKeyClause> {
    let node = required(node, "foreign key")?;
    let mut clause = ForeignKeyClause {
        name,
        parent: reader.name(node.node_id().into_inner(), "ref_table")?,
        parent_columns: reader.names(node.ref_columns())?,
        on_delete: ForeignKeyAction::NoAction,
        on_update: ForeignKeyAction::NoAction,
        deferrability: deferrability(node.deferrable(), node.initial_defer()),
    };
    for option in items(node.options())? {
        match option.kind() {
            ForeignKeyOptionKind::OnDelete => clause.on_delete = action(option.action()),
            ForeignKeyOptionKind::OnUpdate => clause.on_update = action(option.action()),
            // SQLite parses both and ignores them (`sqlite.org/foreignkeys.html`, section 6).
            ForeignKeyOptionKind::Match | ForeignKeyOptionKind::OnInsert => {}
        }
    }
    Ok(clause)
}

fn action(action: nodes::ForeignKeyAction) -> ForeignKeyAction {
    match action {
        nodes::ForeignKeyAction::Unset | nodes::ForeignKeyAction::NoAction => {
            ForeignKeyAction::NoAction
        }
        nodes::ForeignKeyAction::SetNull => ForeignKeyAction::SetNull,
        nodes::ForeignKeyAction::SetDefault => ForeignKeyAction::SetDefault,
        nodes::ForeignKeyAction::Cascade => ForeignKeyAction::Cascade,
        nodes::ForeignKeyAction::Restrict => ForeignKeyAction::Restrict,
    }
}

fn deferrability(deferrable: Deferrable, initial: InitialDeferMode) -> Deferrability {
    match (deferrable, initial) {
        (Deferrable::Unset | Deferrable::NotDeferrable, _) => Deferrability::Immediate,
        (Deferrable::Deferrable, InitialDeferMode::Deferred) => Deferrability::InitiallyDeferred,
        (Deferrable::Deferrable, InitialDeferMode::Unset | InitialDeferMode::Immediate) => {
            Deferrability::Deferrable
        }
    }
}

fn table_constraint(
    reader: Reader<'_>,
    node: nodes::TableConstraint<'_>,
    name: Option<Name>,
) -> Result<TableConstraint> {
    let on_conflict = conflict(node.onconf());
    Ok(match node.kind() {
        TableConstraintType::PrimaryKey => TableConstraint::PrimaryKey {
            name,
            columns: indexed_columns(reader, node.pk_columns())?,
            autoincrement: node.is_autoincrement(),
            on_conflict,
        },
        TableConstraintType::Unique => TableConstraint::Unique {
            name,
            columns: indexed_columns(reader, node.pk_columns())?,
            on_conflict,
        },
        // SQLite parses `ON CONFLICT` after a CHECK and ignores it, as do we.
        TableConstraintType::Check => {
            TableConstraint::Check(check(reader, node.check_expr(), name)?)
        }
        TableConstraintType::ForeignKey => TableConstraint::ForeignKey {
            columns: reader.names(node.fk_columns())?,
            clause: foreign_key(reader, node.fk_clause(), name)?,
        },
    })
}
