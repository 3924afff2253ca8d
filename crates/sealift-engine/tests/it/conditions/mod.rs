//! The conditions of a migration from SQLite under which data or constraints are commonly lost, one test
//! or more for each, the number first in its name. Each makes a small real file that shows the condition,
//! moves it with default options, compares every cell, and asserts on PostgreSQL's side that what usually
//! goes wrong did not. `COMPAT.md` has the table, [`book`] keeps the two together. Conditions that other
//! tests show in full are named there by the paths of those.

mod a;
mod b;
mod book;
mod c;
mod g;
mod h;

use crate::support::{Tried, moved_with};
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;
use sealift_engine::config::{Cast, MigrateOptions, PlanOptions, VerifyLevel};

/// Migrates what a script makes with default options; every cell must arrive.
async fn whole(sql: &str) -> Tried {
    moved_with(sql, by_cells).await
}

/// The same where a column's type was decided, such as `("t", "c", PgType::Boolean, Reading::Plain)`.
async fn whole_with(sql: &str, decided: (&str, &str, PgType, Reading)) -> Tried {
    moved_with(sql, |options| by_cells(cast(options, decided))).await
}

fn by_cells(options: MigrateOptions) -> MigrateOptions {
    MigrateOptions { verify: VerifyLevel::Cells, ..options }
}

/// Adds `--cast TABLE.COLUMN=TYPE using READING`.
fn cast(
    options: MigrateOptions,
    (table, column, data_type, reading): (&str, &str, PgType, Reading),
) -> MigrateOptions {
    let casts =
        vec![Cast { table: table.to_owned(), column: column.to_owned(), data_type, reading }];
    MigrateOptions { plan_options: PlanOptions { casts, ..PlanOptions::default() }, ..options }
}

/// Returns the type of a column of table `t`.
async fn type_of(moved: &Tried, column: &str) -> String {
    moved
        .row(&format!(
            "select format_type(atttypid, atttypmod) from pg_attribute
             where attrelid = 't'::regclass and attname = '{column}'"
        ))
        .await
}

/// Returns the hint of the only finding with a code about an object.
#[track_caller]
fn hint(moved: &Tried, code: &str, object: &str) -> String {
    let mut found = moved
        .report()
        .findings
        .iter()
        .filter(|finding| finding.code == code && finding.object == object);
    match (found.next(), found.next()) {
        (Some(finding), None) => finding.hint.clone().unwrap_or_default(),
        _ => panic!("not one {code} about {object}: {:#?}", moved.report().findings),
    }
}

/// Returns SQLite's text for `1` to `count`, as rows of `series(i)`, to be followed by a statement.
fn series(count: u32) -> String {
    format!(
        "with recursive series (i) as (select 1 union all select i + 1 from series where i < {count})"
    )
}
