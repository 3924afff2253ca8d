//! Rows by way of a temporary table, where a bare `COPY` into the target's does not do: columns of the
//! server's own types, values that the source does not have, rows whose key is there already.
//!
//! All in the transaction of the receipt, at whose end the temporary table goes.

use crate::error::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::plan::{Conflict, TablePlan, type_name};
use sealift_core::schema::target;
use sealift_core::sql::Sql;

/// The temporary table. Temporary names come last in every search path of ours, and this one is in it.
const TABLE: &str = "pg_temp.sealift_rows";

/// Returns the statement that makes it, with the types that cells arrive as.
pub(super) fn make(table: &TablePlan) -> Result<Sql> {
    let mut columns = Vec::new();
    for (position, column) in copied(table) {
        columns
            .push(Sql::new().ident(&name(position)?).push(" ").sql(&type_name(column.data_type)));
    }
    Ok(Sql::raw("create temporary table sealift_rows (")
        .join(columns, ", ")
        .push(") on commit drop"))
}

/// Returns the statement that takes rows into it.
pub(super) fn copy_into(table: &TablePlan) -> Result<Sql> {
    let names: Result<Vec<Ident>> = copied(table).map(|(position, _)| name(position)).collect();
    Ok(Sql::raw("copy ")
        .push(TABLE)
        .push(" (")
        .idents(&names?)
        .push(") from stdin (format binary)"))
}

/// Returns the statement that takes them on from there.
pub(super) fn insert(schema: &Ident, table: &TablePlan) -> Result<Sql> {
    let filling = &table.filling;
    let mut values = Vec::new();
    for (position, column) in copied(table) {
        let value = Sql::new().ident(&name(position)?);
        values.push(match filling.stored(&column.name) {
            Some(stored) => stored.store(&value),
            None => value,
        });
    }
    values.extend(
        filling
            .fills
            .iter()
            .map(|fill| Sql::new().literal(&fill.value).push("::").sql(&fill.type_name)),
    );
    let names = copied(table).map(|(_, column)| &column.name);
    let names = names.chain(filling.fills.iter().map(|fill| &fill.column));
    let sql = Sql::raw("insert into ")
        .qualified(schema, &table.target.name)
        .push(" (")
        .idents(names)
        // As `COPY` does: an identity column takes the source's numbers.
        .push(") overriding system value select ")
        .join(values, ", ")
        .push(" from ")
        .push(TABLE);
    Ok(match filling.conflict {
        Conflict::Error => sql,
        Conflict::Skip => sql.push(" on conflict do nothing"),
        Conflict::Update => update(sql, table),
    })
}

fn update(sql: Sql, table: &TablePlan) -> Sql {
    let key = &table.filling.key;
    let others: Vec<Sql> = copied(table)
        .filter(|(_, column)| !key.contains(&column.name))
        .map(|(_, column)| Sql::new().ident(&column.name).push(" = excluded.").ident(&column.name))
        .collect();
    let sql = sql.push(" on conflict (").idents(key);
    if others.is_empty() {
        return sql.push(") do nothing");
    }
    sql.push(") do update set ").join(others, ", ")
}

/// Returns the columns that rows bring along, with their places.
fn copied(table: &TablePlan) -> impl Iterator<Item = (usize, &target::Column)> {
    let columns = table.target.columns.iter().filter(|column| column.generated.is_none());
    columns.enumerate()
}

fn name(position: usize) -> Result<Ident> {
    Ident::new(format!("c{position}"))
        .map_err(|error| Error::new(ErrorKind::Bug, "a column's place is no name").caused_by(error))
}
