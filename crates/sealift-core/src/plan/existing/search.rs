//! Words to search by, which an application keeps on PostgreSQL in a form that SQLite has not.

use super::StandingTable;
use crate::plan::{Finding, Plan, TablePlan};

/// The type in which PostgreSQL keeps the words of a text.
const WORDS: &str = "tsvector";

/// The code of a finding about a framework's search index.
const OF_FRAMEWORK: &str = "search-index-not-carried";

/// The code of a finding about a virtual table.
const VIRTUAL: &str = "virtual-table-not-carried";

/// Tables of a framework that it makes of its other tables, in another form on each database, and what
/// fills them again.
const INDEXES: [(&str, &str, &str); 1] =
    [("Wagtail", "wagtailsearch_indexentry", "python manage.py update_index")];

/// Returns a warning where a table is a framework's search index and the target's holds words: nothing of
/// it can be carried, and the framework makes it anew.
pub(super) fn index_of_framework(planned: &TablePlan, actual: &StandingTable) -> Option<Finding> {
    let (framework, _, command) = INDEXES.iter().find(|(_, name, _)| *name == planned.source)?;
    let holds_words = |name: &str| {
        actual.columns.iter().any(|column| column.name == name && column.type_name == WORDS)
    };
    planned.columns.iter().any(|column| holds_words(&column.source)).then(|| {
        Finding::warning(
            OF_FRAMEWORK,
            object(&planned.source),
            format!(
                "is {framework}'s search index, which is made of its other tables and has another form on PostgreSQL; its rows stay in SQLite"
            ),
        )
        .rows(planned.rows, Vec::new())
        .hinted(format!("fill it on PostgreSQL afterwards: {command}"))
    })
}

/// Returns a warning about a virtual table: an application that also runs on PostgreSQL searches there in
/// its own way.
pub(super) fn index_of_its_own(planned: &TablePlan) -> Finding {
    Finding::warning(
        VIRTUAL,
        object(&planned.source),
        "is a virtual table that the target has not; its rows stay in SQLite",
    )
    .rows(planned.rows, Vec::new())
    .hinted("let the application build its index on PostgreSQL, or make a table of that name first")
}

/// Returns whether a plan says of a table that its rows stay in SQLite, since it is an index to search by.
#[must_use]
pub fn stays_in_sqlite(plan: &Plan, table: &str) -> bool {
    let object = object(table);
    let is_left = |finding: &Finding| matches!(finding.code.as_str(), OF_FRAMEWORK | VIRTUAL);
    plan.findings.iter().any(|finding| is_left(finding) && finding.object == object)
}

fn object(table: &str) -> String {
    format!("table {table}")
}
