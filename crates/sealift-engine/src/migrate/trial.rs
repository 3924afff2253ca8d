//! The rows that PostgreSQL may refuse, tried on the real server in a transaction that is rolled back.
//!
//! Whether a row fits into a page of 8 KiB, and an entry into an index, depends on how its values are
//! aligned, moved out and compressed. Only the server can tell; so it is asked, with the rows that are
//! most likely to fail.

use crate::error::{Error, Result};
use crate::planning::Prepared;
use crate::postgres::Session;
use crate::sqlite::{Encoding, TrialBounds, TrialRow, encoding, rows_by_length, widest_rows};
use bytes::Bytes;
use sealift_core::ddl::{self, Stage, Statement};
use sealift_core::mapping::PgType;
use sealift_core::plan::{Finding, Plan, Severity, TablePlan};
use sealift_core::schema::source;
use sealift_core::sql::Sql;

/// "program limit exceeded": a row or an entry that is too long (manual, appendix A).
const TOO_LONG: &str = "54000";

/// What the widest row may have before it is tried: a page less its header and the row's own.
const SAFE_ROW_BYTES: u64 = 7_900;

/// Entries below this always fit; see `index-entry-long`. A text may be two thirds as long in UTF-16.
const SAFE_ENTRY_BYTES: u64 = 2640;

/// Rows that are tried at most, one by one, to name those that fail. Twenty wide ones tell as much as all:
/// the order is that of their width.
const WIDE: TrialBounds = TrialBounds { rows: 20, bytes: 16 << 20 };
const LONG: TrialBounds = TrialBounds { rows: 2000, bytes: 32 << 20 };

/// How many keys a finding lists.
const LISTED_KEYS: usize = 5;

/// Tries the rows in question after `before` and adds to the plan what the server refuses: an error, or
/// for an index that is no rule, a warning, and the index leaves the plan.
///
/// # Errors
/// When the connection breaks or the source cannot be read.
pub(super) async fn trial(
    session: &Session,
    before: &[Sql],
    prepared: &mut Prepared,
) -> Result<()> {
    let candidates = candidates(prepared)?;
    if candidates.is_empty() || prepared.plan.has_errors() {
        return Ok(());
    }
    session.begin().await?;
    let tried = try_all(session, before, &mut prepared.plan, candidates).await;
    match tried {
        Err(error) if !error.is_refusal() => return Err(error),
        tried => {
            session.rollback().await?;
            tried?;
        }
    }
    prepared.plan.findings.sort_by(|a, b| (a.severity, &a.code).cmp(&(b.severity, &b.code)));
    Ok(())
}

/// The rows of a table that are to be tried.
struct Candidates {
    table: usize,
    wide: Vec<TrialRow>,
    long: Vec<TrialRow>,
    /// Whether all long rows are among them.
    complete: bool,
}

fn candidates(prepared: &Prepared) -> Result<Vec<Candidates>> {
    let connection = prepared.snapshot.metadata();
    let over = match encoding(&connection) {
        Encoding::Utf8 => SAFE_ENTRY_BYTES,
        Encoding::Utf16Le | Encoding::Utf16Be => SAFE_ENTRY_BYTES * 2 / 3,
    };
    let mut found = Vec::new();
    for (position, planned) in prepared.plan.tables.iter().enumerate() {
        let table = prepared.schema.tables.iter().find(|table| table.name == planned.source);
        let Some(table) = table else { continue };
        let mut candidates =
            Candidates { table: position, wide: Vec::new(), long: Vec::new(), complete: true };
        let apart = prepared.snapshot.filter(&planned.source);
        if planned.rows > 0 && widest(planned) > SAFE_ROW_BYTES {
            candidates.wide = widest_rows(&connection, table, planned, apart.as_ref(), WIDE)?;
        }
        if has_long_entries(&prepared.plan, planned) {
            for columns in keys(table) {
                let (rows, complete) = rows_by_length(
                    &connection,
                    (table, &columns),
                    planned,
                    (over, apart.as_ref()),
                    LONG,
                )?;
                candidates.complete &= complete;
                for row in rows {
                    if candidates.long.iter().all(|known| known.copy != row.copy) {
                        candidates.long.push(row);
                    }
                }
            }
        }
        if !candidates.wide.is_empty() || !candidates.long.is_empty() {
            found.push(candidates);
        }
    }
    Ok(found)
}

/// Returns the most bytes that a row of the table takes in a page.
fn widest(planned: &TablePlan) -> u64 {
    let columns = planned.target.columns.iter();
    columns
        .map(|column| match column.data_type {
            PgType::Boolean => 1,
            PgType::SmallInt => 2,
            PgType::Integer | PgType::Date => 4,
            PgType::BigInt
            | PgType::Double
            | PgType::Time
            | PgType::Timestamp
            | PgType::TimestampTz => 8,
            PgType::Uuid => 16,
            PgType::Numeric(_)
            | PgType::Text
            | PgType::Varchar(_)
            | PgType::Bytea
            | PgType::Json
            | PgType::Jsonb => 24,
        })
        .sum()
}

fn has_long_entries(plan: &Plan, planned: &TablePlan) -> bool {
    plan.findings.iter().any(|finding| is_long_entry(finding, planned))
}

/// Returns whether a finding warns of a long entry in an index of the table.
fn is_long_entry(finding: &Finding, planned: &TablePlan) -> bool {
    let (object, name) = (&finding.object, &planned.source);
    finding.code == "index-entry-long"
        && (*object == format!("primary key of {name}")
            || object.starts_with(&format!("unique {name}("))
            || object.ends_with(&format!(" on {name}")))
}

/// Returns the columns of each key and index.
fn keys(table: &source::Table) -> Vec<Vec<usize>> {
    let mut keys = vec![table.primary_key.clone()];
    keys.extend(table.unique.iter().map(|key| key.columns.iter().map(|it| it.column).collect()));
    keys.extend(
        table
            .indexes
            .iter()
            .map(|index| index.columns.iter().filter_map(|column| column.key.column()).collect()),
    );
    keys.retain(|columns| !columns.is_empty());
    keys.sort();
    keys.dedup();
    keys
}

async fn try_all(
    session: &Session,
    before: &[Sql],
    plan: &mut Plan,
    candidates: Vec<Candidates>,
) -> Result<()> {
    for sql in before {
        session.batch(sql).await?;
    }
    let statements = ddl::render(plan);
    for found in candidates {
        let Some(planned) = plan.tables.get(found.table).cloned() else { continue };
        let own = |stage| {
            let of_table = statements.iter().filter(|it| it.table == planned.target.name);
            of_table.filter(move |statement| statement.stage == stage)
        };
        for statement in own(Stage::Tables) {
            session.batch(&statement.sql).await?;
        }
        let copy = copy_statement(plan, &planned);
        let wide = refused(session, &copy, &found.wide).await?;
        if !wide.is_empty() {
            plan.findings.push(row_too_wide(&planned, wide));
            continue;
        }
        let mut all_fit = true;
        for statement in own(Stage::Indexes) {
            session.batch(&Sql::raw("savepoint sealift_index")).await?;
            // What is refused here was refused by the preflight, and has its finding.
            if session.batch(&statement.sql).await.is_ok() {
                let long = refused(session, &copy, &found.long).await?;
                all_fit &= long.is_empty();
                if !long.is_empty() {
                    entry_too_long(plan, &planned, statement, long);
                }
            }
            session.batch(&Sql::raw("rollback to savepoint sealift_index")).await?;
        }
        if found.complete && all_fit {
            plan.findings.retain(|finding| !is_long_entry(finding, &planned));
        }
    }
    Ok(())
}

/// Returns the keys of the rows that are too long, each tried by itself. Another refusal (by a constraint,
/// for one row without the others) says nothing about lengths.
async fn refused(session: &Session, copy: &Sql, rows: &[TrialRow]) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    for row in rows {
        session.batch(&Sql::raw("savepoint sealift_row")).await?;
        match send(session, copy, row).await {
            Err(error) if !error.is_refusal() => return Err(error),
            Err(error) if error.sqlstate() == Some(TOO_LONG) => keys.push(row.key.clone()),
            Ok(()) | Err(_) => {}
        }
        session.batch(&Sql::raw("rollback to savepoint sealift_row")).await?;
    }
    Ok(keys)
}

async fn send(session: &Session, copy: &Sql, row: &TrialRow) -> Result<(), Error> {
    let mut sink = session.copy_in(copy).await?;
    sink.send(Bytes::from(row.copy.clone())).await?;
    sink.finish().await.map(drop)
}

fn copy_statement(plan: &Plan, planned: &TablePlan) -> Sql {
    let columns = planned.target.columns.iter();
    let columns = columns.filter(|column| column.generated.is_none()).map(|column| &column.name);
    Sql::raw("copy ")
        .qualified(&plan.schema, &planned.target.name)
        .push(" (")
        .idents(columns)
        .push(") from stdin (format binary)")
}

fn row_too_wide(planned: &TablePlan, mut keys: Vec<String>) -> Finding {
    let count = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    keys.truncate(LISTED_KEYS);
    Finding::error(
        "row-too-wide",
        format!("table {}", planned.source),
        format!(
            "of its {} widest rows these do not fit into a page of PostgreSQL, 8160 bytes, although long \
             cells are moved out of it",
            WIDE.rows
        ),
    )
    .rows(count, keys)
    .hinted("split the table in a copy of the file, or leave it out with --exclude")
}

fn entry_too_long(plan: &mut Plan, planned: &TablePlan, statement: &Statement, keys: Vec<String>) {
    let count = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    let listed: Vec<String> = keys.into_iter().take(LISTED_KEYS).collect();
    plan.findings
        .retain(|finding| finding.severity == Severity::Error || !is_long_entry(finding, planned));
    let object = format!("{} on {}", statement.id, planned.source);
    let why = "entries are longer than the 2704 bytes of PostgreSQL's indexes, even compressed";
    let table = plan.tables.iter_mut().find(|it| it.source == planned.source);
    let indexes = table.map(|table| &mut table.target.indexes);
    let before = indexes.as_ref().map_or(0, |indexes| indexes.len());
    let after = indexes.map_or(0, |indexes| {
        indexes.retain(|index| index.unique || format!("index {}", index.name) != statement.id);
        indexes.len()
    });
    let finding = if after < before {
        Finding::warning("index-not-carried", object, why)
            .rows(count, listed)
            .hinted("index md5() of the column instead: create index … on … (md5(column))")
    } else {
        Finding::error("index-entry-too-long", object, why).rows(count, listed).hinted(
            "shorten those cells, or drop the key in a copy of the file and make a unique index on md5() of the column",
        )
    };
    plan.findings.push(finding);
}
