//! [`describe`]: a schema of a live server as a [`Model`]. Nothing is written.
//!
//! One query for each kind of thing, however many there are; the queries stand in `sql/`. They run on PostgreSQL 14 to
//! 18 and need no right but `usage` on the schema. Objects of extensions are left out, and so are the tables in which
//! migration tools keep their books.

mod bookkeeping;
mod relations;
mod rows;
mod types;

use crate::error::Result;
use crate::postgres::Session;
use relations::Parts;
use rows::{ColumnRow, ConstraintRow, IndexRow, TableRow, TriggerRow, ViewRow, read};
use sealift_core::name::Ident;
use sealift_core::revision::model::{Model, Other, Table, View};
use sealift_core::sql::Sql;
use std::collections::BTreeSet;

const TABLES: &str = include_str!("sql/tables.sql");
const COLUMNS: &str = include_str!("sql/columns.sql");
const CONSTRAINTS: &str = include_str!("sql/constraints.sql");
const INDEXES: &str = include_str!("sql/indexes.sql");
const TRIGGERS: &str = include_str!("sql/triggers.sql");
const SEQUENCES: &str = include_str!("sql/sequences.sql");
const ENUMS: &str = include_str!("sql/enums.sql");
const DOMAINS: &str = include_str!("sql/domains.sql");
const VIEWS: &str = include_str!("sql/views.sql");
const FUNCTIONS: &str = include_str!("sql/functions.sql");
const OTHER: &str = include_str!("sql/other.sql");

/// Returns what a schema holds, all of one moment; a schema that does not exist holds nothing. The session must be in no
/// transaction.
///
/// # Errors
/// When the server refuses a query or goes away.
pub async fn describe(session: &Session, schema: &Ident) -> Result<Model> {
    // What the server prints is of the newest state and not of the transaction's, so a change meanwhile may be an
    // error; it is never a mixture, since what was dropped cannot be printed.
    session.batch(&Sql::raw("begin isolation level repeatable read read only")).await?;
    let model = within(session, schema, &[]).await;
    session.rollback().await?;
    model
}

/// Does the same within the transaction that the session is in, whose search path is changed. The names of `also`'s
/// schemas are left out too where nothing in `schema` hides them.
pub(super) async fn within(session: &Session, schema: &Ident, also: &[&Ident]) -> Result<Model> {
    let path = Sql::new()
        .ident(schema)
        .sql(&also.iter().fold(Sql::new(), |path, also| path.push(", ").ident(also)));
    session.batch(&Sql::raw("set local search_path = ").sql(&path).push(", pg_temp")).await?;
    let (tables, views, books) = tables_and_views(session, schema).await?;
    let mut model = Model { tables, views, ..Model::default() };
    model.sequences = types::sequences(read(session, SEQUENCES, schema).await?, &books);
    model.enums = read(session, ENUMS, schema).await?;
    model.domains = types::domains(read(session, DOMAINS, schema).await?);
    model.functions = types::functions(read(session, FUNCTIONS, schema).await?);
    model.other = others(read(session, OTHER, schema).await?, &books);
    Ok(model)
}

/// Returns tables and views, and the names of the tables that are left out.
async fn tables_and_views(
    session: &Session,
    schema: &Ident,
) -> Result<(Vec<Table>, Vec<View>, BTreeSet<Ident>)> {
    let tables: Vec<TableRow> = read(session, TABLES, schema).await?;
    let views: Vec<ViewRow> = read(session, VIEWS, schema).await?;
    let columns: Vec<ColumnRow> = read(session, COLUMNS, schema).await?;
    let books = bookkeeping::books(&tables, &columns);
    let mut columns = Parts::of(columns, |row: &ColumnRow| &row.of);
    let constraints = read(session, CONSTRAINTS, schema).await?;
    let mut constraints = Parts::of(constraints, |row: &ConstraintRow| &row.of);
    let mut indexes = Parts::of(read(session, INDEXES, schema).await?, |row: &IndexRow| &row.of);
    let triggers = read(session, TRIGGERS, schema).await?;
    let mut triggers = Parts::of(triggers, |row: &TriggerRow| &row.of);
    let mut table = |TableRow { name, comment }| -> Result<Table> {
        Ok(Table {
            columns: columns.take(&name, relations::column)?,
            constraints: constraints.take(&name, relations::constraint)?,
            indexes: indexes.take(&name, relations::index)?,
            triggers: triggers.take(&name, relations::trigger)?,
            comment,
            name,
        })
    };
    let parts = tables.into_iter().filter(|table| !books.contains(&table.name));
    let tables = parts.map(&mut table).collect::<Result<Vec<Table>>>()?;
    let mut view = |view: ViewRow| -> Result<View> {
        let indexes = indexes.take(&view.name, relations::index)?;
        let triggers = triggers.take(&view.name, relations::trigger)?;
        Ok(relations::view(view, indexes, triggers))
    };
    let views = views.into_iter().map(&mut view).collect::<Result<Vec<View>>>()?;
    Ok((tables, views, books))
}

/// Leaves out what is of a migration tool's tables: `policy schema_migrations.p`.
fn others(mut others: Vec<Other>, books: &BTreeSet<Ident>) -> Vec<Other> {
    others.retain(|other| {
        let of = other.name.split('.').next().unwrap_or_default();
        !books.iter().any(|book| book.as_str() == of)
    });
    others
}
