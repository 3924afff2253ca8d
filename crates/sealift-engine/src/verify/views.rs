//! Carried views: each can be selected from, and gives as many rows as in SQLite.
//!
//! Their rows are counted and not compared: the same query may order equal sums differently or
//! print an average with other digits, which is no loss of data.

use super::{Run, check_query, counts};
use crate::config::VerifyLevel;
use crate::error::{Error, Result};
use crate::ops::{Event, Phase};
use crate::postgres::Session;
use crate::report::{Compared, StructureDifference, TableComparison};
use sealift_core::sql::Sql;

/// Adds each view that both sides have to `tables`, as `view NAME`, and those that cannot be
/// selected from to `structure`.
pub(super) async fn compare(
    run: &Run<'_>,
    session: &Session,
    tables: &mut Vec<TableComparison>,
    structure: &mut Vec<StructureDifference>,
) -> Result<()> {
    let schema = &run.request.plan.schema;
    for view in &run.request.plan.views {
        let name = &view.target.name;
        if run.catalog.view(name.as_str()).is_none() {
            continue;
        }
        let sql = Sql::raw("select * from ").qualified(schema, name).push(" limit 0");
        let object = format!("view {name}");
        if !check_query(session, object.clone(), &sql, structure).await? {
            continue;
        }
        if run.request.level == VerifyLevel::Structure {
            continue;
        }
        // A view of SQLite shows rows that were kept apart, and cells that became NULL.
        if run.request.snapshot.apart().is_some_and(|apart| !apart.is_empty()) {
            run.events.notice(format!(
                "view {} can be read; its rows are not counted, since rows of tables are kept apart or cells became NULL",
                view.source
            ));
            continue;
        }
        let counted =
            counts::compare_view(session, run.reader()?, &view.source, (schema, name)).await;
        let table = format!("view {}", view.source);
        match counted {
            Ok(outcome) => tables
                .push(TableComparison { kind: Compared::View, ..outcome.into_comparison(&table) }),
            Err(error) => structure.push(failed(object, error)?),
        }
        run.events.send(Event::TableDone { phase: Phase::Verify, table });
    }
    Ok(())
}

/// Returns a view's failure as a difference, unless a whole side is gone.
fn failed(object: String, error: Error) -> Result<StructureDifference> {
    if !error.is_refusal() {
        return Err(error);
    }
    let expected = "as many rows as in SQLite".to_owned();
    Ok(StructureDifference { object, expected, actual: error.to_string() })
}
