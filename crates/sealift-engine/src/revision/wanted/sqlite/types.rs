//! Columns of the database whose types SQLite cannot declare: they stay.
//!
//! The plan has already taken the database's types where they are among those that Sealift writes and all cells fit
//! ([`like`](crate::like)). What is left are types of the server's own: enumerated ones, domains, arrays, `inet`, `citext`,
//! `varchar` with a collation. The bare tables are changed to these before keys, checks and indexes are made, so that the
//! server prints those in the same words.

use super::Planned;
use crate::config::PlanOptions;
use crate::error::Result;
use crate::revision::wanted::scratch::Scratch;
use sealift_core::mapping::PgType;
use sealift_core::plan::matches;
use sealift_core::revision::model::{Column, Model};
use sealift_core::schema::target;
use sealift_core::sql::Sql;

/// Changes columns of the scratch schema to the types that the database has for them.
///
/// # Errors
/// When the server goes away.
pub(super) async fn keep(
    scratch: &Scratch,
    planned: &Planned,
    options: &PlanOptions,
    base: &Model,
    notes: &mut Vec<String>,
) -> Result<()> {
    let bare = scratch.model().await?;
    for table_plan in &planned.plan.tables {
        let (source, table) = (&table_plan.source, &table_plan.target);
        let (Some(old), Some(new)) = (base.table(&table.name), bare.table(&table.name)) else {
            continue;
        };
        for (from, column) in table_plan.columns.iter().zip(&table.columns) {
            let (Some(before), Some(made)) = (old.column(&column.name), new.column(&column.name))
            else {
                continue;
            };
            let asked = options
                .casts
                .iter()
                .any(|cast| matches(&cast.table, source) && matches(&cast.column, &from.source));
            let unfit = planned.unfit.has(source, &from.source);
            if asked || unfit || column.generated.is_some() || !is_of_the_servers_own(before, made)
            {
                continue;
            }
            let sql = change(scratch, table, column, before);
            let session = scratch.session();
            session.batch(&Sql::raw("savepoint sealift_types")).await?;
            match session.batch(&sql).await {
                Ok(()) => session.batch(&Sql::raw("release savepoint sealift_types")).await?,
                Err(error) if error.is_refusal() => {
                    session.batch(&Sql::raw("rollback to savepoint sealift_types")).await?;
                    notes.push(format!(
                        "column {}.{} cannot keep type {}: {error}",
                        table.name, column.name, before.type_name
                    ));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Another type of those that Sealift writes is a difference: the plan would have taken it if the cells had fitted.
fn is_of_the_servers_own(before: &Column, made: &Column) -> bool {
    let is_written = before.type_name.as_str().parse::<PgType>().is_ok();
    let differs = before.type_name != made.type_name || before.collation != made.collation;
    differs && (!is_written || before.type_name == made.type_name)
}

fn change(scratch: &Scratch, table: &target::Table, column: &target::Column, to: &Column) -> Sql {
    let name = &column.name;
    let on = || Sql::raw("alter table ").qualified(scratch.schema(), &table.name);
    let mut action = Sql::raw(" alter column ").ident(name).push(" type ").sql(&to.type_name);
    if let Some(collation) = &to.collation {
        action = action.push(" collate ").sql(collation);
    }
    // There are no rows, and no cast is needed for those that are not there.
    let action = action.push(" using null");
    match &column.default {
        Some(default) => on()
            .push(" alter column ")
            .ident(name)
            .push(" drop default,")
            .sql(&action)
            .push(", alter column ")
            .ident(name)
            .push(" set default ")
            .sql(default),
        None => on().sql(&action),
    }
}
