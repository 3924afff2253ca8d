//! Rows without parent, once what is kept apart is away.

use super::filter::Filter;
use crate::sqlite::key::quote;
use crate::sqlite::orphans::parent_key;
use sealift_core::schema::source;

/// Returns `from … where …` of a search for the rows, called `c`, that break a foreign key once what is
/// kept apart is away; `None` where SQLite cannot follow the key.
pub(in crate::sqlite) fn orphans_from(
    schema: &source::Schema,
    table: &source::Table,
    key: &source::ForeignKey,
    filter: &dyn Fn(&str) -> Option<Filter>,
) -> Option<String> {
    let (parent, parent_columns) = parent_key(schema, key).ok()?;
    let (of_child, of_parent) = (filter(&table.name), filter(&parent.name));
    let children: Vec<&str> =
        key.columns.iter().filter_map(|at| Some(table.columns.get(*at)?.name.as_str())).collect();
    let mut conditions: Vec<String> = Vec::new();
    for child in &children {
        conditions.push(format!("c.{} is not null", quote(child)));
        let nulled = of_child.as_ref().and_then(|it| it.is_nulled("c.", child));
        conditions.extend(nulled.map(|nulled| format!("not {nulled}")));
    }
    conditions.extend(of_child.and_then(|it| it.stays("c.")));
    let mut meets: Vec<String> = Vec::new();
    for (child, column) in children.iter().zip(&parent_columns) {
        let (child, column) = (quote(child), quote(column));
        // The first comparison finds the row by the parent's index, which is sorted by the column's
        // collation; the second says whether PostgreSQL finds it too.
        meets.push(format!("p.{column} = c.{child} and p.{column} = c.{child} collate binary"));
    }
    if let Some(of_parent) = of_parent {
        meets.extend(of_parent.stays("p."));
        for column in &parent_columns {
            meets.extend(of_parent.is_nulled("p.", column).map(|nulled| format!("not {nulled}")));
        }
    }
    Some(format!(
        "from {} as c where {} and not exists (select 1 from {} as p where {})",
        quote(&table.name),
        conditions.join(" and "),
        quote(&parent.name),
        meets.join(" and ")
    ))
}
