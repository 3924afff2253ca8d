//! The tables in which a framework notes the migrations it has applied. Where the application made
//! the target's tables, they are compared and never written: the target's own say what was done there.

use crate::error::Result;
use crate::planning::Prepared;
use crate::postgres::{ActualTable, Catalog, Session};
use crate::sqlite::{RowQuery, read_rows};
use sealift_core::name::Ident;
use sealift_core::plan::Finding;
use sealift_core::sql::Sql;
use sealift_core::sqlite::{Framework, ValueRef, recognise};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// How many migrations a finding names.
const NAMED: usize = 3;

/// Takes the framework's tables out of the plan and says whether both sides have applied the same
/// migrations. A table that the user excludes is not compared; one that is `to_fill` stays in the plan.
///
/// # Errors
/// When a side cannot be read.
pub(super) async fn compare(
    session: &Session,
    prepared: &mut Prepared,
    catalog: &Catalog,
    to_fill: impl Fn(&ActualTable) -> bool,
) -> Result<()> {
    let Some(framework) = recognise(&prepared.schema) else { return Ok(()) };
    let (kept, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut prepared.plan.tables).into_iter().partition(|table| {
            framework.bookkeeping_tables.contains(&table.source)
                && !catalog.table(&table.source).is_some_and(&to_fill)
        });
    prepared.plan.tables = others;
    for table in kept {
        let finding = if Some(&table.source) == framework.bookkeeping_tables.first() {
            applied(session, prepared, catalog, &framework, &table.source).await?
        } else {
            Finding::note(
                "bookkeeping-kept",
                table.source,
                format!("belongs to {}: the target's own stays as it is", framework.name),
            )
        };
        prepared.plan.findings.push(finding);
    }
    Ok(())
}

async fn applied(
    session: &Session,
    prepared: &Prepared,
    catalog: &Catalog,
    framework: &Framework,
    table: &str,
) -> Result<Finding> {
    let source = source_migrations(prepared, table, framework.migration_columns)?;
    let schema = &prepared.plan.schema;
    let target = target_migrations(session, schema, catalog, table, framework).await?;
    Ok(judge(framework.name, table, &source, target.as_ref()))
}

fn source_migrations(
    prepared: &Prepared,
    table: &str,
    columns: &[&str],
) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let query = RowQuery {
        relation: table.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        ..RowQuery::default()
    };
    read_rows(&prepared.snapshot.metadata(), &query, |cells| {
        found.insert(cells.iter().map(text).collect::<Vec<_>>().join("."));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

fn text(cell: &ValueRef<'_>) -> String {
    match cell {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
    }
}

/// Returns the target's migrations; `None` where its table, or a column of it, is not there.
async fn target_migrations(
    session: &Session,
    schema: &Ident,
    catalog: &Catalog,
    table: &str,
    framework: &Framework,
) -> Result<Option<BTreeSet<String>>> {
    let Some(actual) = catalog.table(table) else { return Ok(None) };
    let names = framework.migration_columns.iter().map(|wanted| {
        let column = actual.columns.iter().find(|c| c.name.eq_ignore_ascii_case(wanted))?;
        Ident::new(column.name.clone()).ok()
    });
    let (Some(names), Ok(relation)) =
        (names.collect::<Option<Vec<Ident>>>(), Ident::new(actual.name.clone()))
    else {
        return Ok(None);
    };
    let columns = names.iter().map(|name| Sql::new().ident(name).push("::text"));
    let sql = Sql::raw("select ").join(columns, ", ").push(" from ").qualified(schema, &relation);
    let rows = session.query_text(&sql).await?;
    let name = |row: Vec<Option<String>>| {
        row.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join(".")
    };
    Ok(Some(rows.into_iter().map(name).collect()))
}

/// Prisma's migrations are written for one database: its history begins anew on another one.
fn with_provider(framework: &str, hint: &str) -> String {
    if framework != "Prisma" {
        return hint.to_owned();
    }
    format!(
        "{hint}; migrations that were written for SQLite cannot be applied there (P3014, P3019): set the provider to postgresql in schema.prisma, move prisma/migrations away, and let prisma migrate dev make one first migration"
    )
}

/// Returns what the two lists of migrations mean.
fn judge(
    framework: &str,
    table: &str,
    source: &BTreeSet<String>,
    target: Option<&BTreeSet<String>>,
) -> Finding {
    let differs = |message: String, hint: &str| {
        let hint = with_provider(framework, hint);
        Finding::error("migrations-differ", table, message).hinted(format!(
            "{hint}; or, where the difference is known and meant: --exclude {table}"
        ))
    };
    let Some(target) = target else {
        return differs(
            format!("is not in the target: {framework} has applied no migration there"),
            "run the application's own migrations on the target first",
        );
    };
    let only = |left: &BTreeSet<String>, right: &BTreeSet<String>| -> Vec<String> {
        left.difference(right).cloned().collect()
    };
    let (only_source, only_target) = (only(source, target), only(target, source));
    match (only_source.as_slice(), only_target.as_slice()) {
        ([], []) => {
            let migrations = if source.len() == 1 { "migration" } else { "migrations" };
            let message = format!(
                "both sides are at the same {} {framework} {migrations}; the target's table stays as it is",
                source.len()
            );
            Finding::note("bookkeeping-kept", table, message)
        }
        (missing, []) => differs(
            format!("the target is behind: {} applied in SQLite only", named(missing)),
            "run the application's own migrations on the target",
        ),
        ([], missing) => differs(
            format!("SQLite is behind: {} applied in the target only", named(missing)),
            "let the application, at the target's version, migrate the SQLite file first",
        ),
        // Alembic keeps one row, the head: which of two heads is older stands in the application only.
        ([here], [there]) if source.len() == 1 && target.len() == 1 => differs(
            format!("SQLite is at {here}, the target at {there}"),
            "bring the one that is behind to the other's version with the application's own migrations",
        ),
        (here, there) => differs(
            format!(
                "the two have gone different ways: {} applied in SQLite only, {} in the target only",
                named(here),
                named(there)
            ),
            "bring both to the same version with the application's own migrations",
        ),
    }
}

/// Returns `2 migrations (a, b)`.
fn named(migrations: &[String]) -> String {
    let shown: Vec<&str> = migrations.iter().take(NAMED).map(String::as_str).collect();
    let more = if migrations.len() > NAMED { ", …" } else { "" };
    let word = if migrations.len() == 1 { "migration" } else { "migrations" };
    format!("{} {word} ({}{more})", migrations.len(), shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::plan::Severity;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn judged(source: &[&str], target: &[&str]) -> Finding {
        judge("Alembic", "t", &set(source), Some(&set(target)))
    }

    #[test]
    fn equal_lists_are_a_note() {
        let finding = judged(&["a", "b"], &["b", "a"]);
        assert_eq!(finding.severity, Severity::Note);
        assert!(finding.message.contains("the same 2 Alembic migrations"), "{}", finding.message);
    }

    #[test]
    fn the_side_that_is_behind_is_named() {
        assert!(
            judged(&["a", "b"], &["a"])
                .message
                .starts_with("the target is behind: 1 migration (b)")
        );
        assert!(
            judged(&["a"], &["a", "b"]).message.starts_with("SQLite is behind: 1 migration (b)")
        );
        assert_eq!(judged(&["a"], &["b"]).message, "SQLite is at a, the target at b");
        assert!(judged(&["a", "b"], &["a", "c"]).message.starts_with("the two have gone"));
    }

    #[test]
    fn a_long_list_is_cut() {
        let finding = judged(&["a", "b", "c", "d"], &[]);
        assert!(finding.message.contains("4 migrations (a, b, c, …)"), "{}", finding.message);
    }
}
