//! Indexes that are missing, superfluous or broken, as SQL ready to run.
//!
//! Nothing is advised that could lose a rule about the rows: indexes of constraints, unique ones and the
//! replica identity are never dropped. Whether an index is used is known only since the statistics count, so a
//! drop for that reason stands behind `--` until they count for a while.

mod broken;
mod facts;
mod missing;
mod superfluous;

pub use facts::{ForeignKey, Index, IndexFacts, Key, Table};
pub use superfluous::DAYS_TO_JUDGE;

use crate::name::Ident;
use crate::sql::Sql;
use serde::Serialize;

/// What is the matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An index that could not be built to its end.
    Invalid,
    /// A foreign key whose columns no index begins with.
    ForeignKey,
    /// A large table that is read from end to end.
    SequentialScans,
    /// An index that another one makes superfluous.
    Duplicate,
    /// An index that no query has used.
    Unused,
}

/// Advice about one index, or about a table that lacks one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexAdvice {
    /// What is the matter.
    pub kind: Kind,
    /// The table.
    pub table: Ident,
    /// The index that is meant, or that would be made; `None` where nobody can say which.
    pub index: Option<Ident>,
    /// Why, as a clause.
    pub because: String,
    /// The statement; `None` where a person has to find the columns.
    pub sql: Option<Sql>,
    /// Whether the statement is to be run as it stands; else it is printed behind `--`.
    pub ready: bool,
}

/// Returns the advice about a schema: what is broken, what is missing, what is superfluous.
#[must_use]
pub fn indexes(facts: &IndexFacts) -> Vec<IndexAdvice> {
    let missing = missing::foreign_keys(facts);
    let duplicates = superfluous::duplicates(facts);
    let gone: Vec<&Ident> = duplicates.iter().filter_map(|advice| advice.index.as_ref()).collect();
    let unused = superfluous::unused(facts, &gone);
    [broken::invalid(facts), missing, missing::scans(facts), duplicates, unused].concat()
}

/// Returns the advice as a script: reasons as comments, statements as they are to be run.
#[must_use]
pub fn script(facts: &IndexFacts, advice: &[IndexAdvice]) -> String {
    let mut text = format!("-- Schema {}. ", comment(facts.schema.as_str()));
    text.push_str(&since(facts));
    text.push('\n');
    if advice.is_empty() {
        text.push_str("-- Nothing to advise.\n");
    }
    for one in advice {
        let table = comment(one.table.as_str());
        text.push_str(&format!("\n-- {table}: {}\n", comment(&one.because)));
        if let Some(sql) = &one.sql {
            let mark = if one.ready { "" } else { "-- " };
            text.push_str(&format!("{mark}{};\n", comment(sql.as_str())));
        }
    }
    text
}

fn since(facts: &IndexFacts) -> String {
    match (&facts.statistics_since, facts.statistics_days) {
        (Some(since), Some(days)) => {
            let noun = if days == 1 { "day" } else { "days" };
            format!("Statistics count since {} ({days} {noun}).", comment(since))
        }
        (_, _) => "Statistics were never reset; how old the database is, the server does not tell."
            .to_owned(),
    }
}

/// A name with a line break in it must not make a line, and so a statement, of its own.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests;
