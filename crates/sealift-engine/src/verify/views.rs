//! Carried views: each can be selected from, and gives the rows that SQLite gives.
//!
//! Rows are compared as bags: first as they are, then with doubles by their first digits
//! ([`super::likeness`]). What a view's query leaves open is told in a note and is no difference.

use super::job::Job;
use super::likeness::{Likeness, is_computed};
use super::outcome::Outcome;
use super::progress::Progress;
use super::{Run, check_query, counts, multiset, near};
use crate::config::VerifyLevel;
use crate::error::{Error, Result};
use crate::ops::{Event, Phase};
use crate::postgres::Session;
use crate::report::{Compared, StructureDifference, TableComparison};
use sealift_core::plan::ViewPlan;
use sealift_core::sql::Sql;
use std::sync::Arc;

/// What was found beside the tables.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Each view that both sides have, as `view NAME`.
    pub(super) views: Vec<TableComparison>,
    /// Views that a side cannot compute.
    pub(super) structure: Vec<StructureDifference>,
    /// What could not be compared, and why.
    pub(super) notes: Vec<String>,
}

/// Compares each view that both sides have.
pub(super) async fn compare(run: &Run<'_>, session: &Session) -> Result<Found> {
    let mut found = Found::default();
    for view in &run.request.plan.views {
        let name = &view.target.name;
        if run.catalog.view(name.as_str()).is_none() {
            continue;
        }
        let schema = &run.request.plan.schema;
        let sql = Sql::raw("select * from ").qualified(schema, name).push(" limit 0");
        let object = format!("view {name}");
        if !check_query(session, object.clone(), &sql, &mut found.structure).await? {
            continue;
        }
        if run.request.level == VerifyLevel::Structure {
            continue;
        }
        // A view of SQLite shows rows that were kept apart, and cells that became NULL.
        if run.request.snapshot.apart().is_some_and(|apart| !apart.is_empty()) {
            found.notes.push(format!(
                "view {} can be read; its rows are not compared, since rows of tables are kept apart or cells became NULL",
                view.source
            ));
            continue;
        }
        let table = format!("view {}", view.source);
        match rows(run, session, view, &mut found.notes).await {
            Ok(None) => {}
            Ok(Some(outcome)) => {
                let compared = outcome.into_comparison(&table);
                found.views.push(TableComparison { kind: Compared::View, ..compared });
            }
            Err(error) => found.structure.push(failed(object, error)?),
        }
        run.events.send(Event::TableDone { phase: Phase::Verify, table });
    }
    Ok(found)
}

/// Compares the rows of a view; `None` where they are others each time.
async fn rows(
    run: &Run<'_>,
    session: &Session,
    view: &ViewPlan,
    notes: &mut Vec<String>,
) -> Result<Option<Outcome>> {
    let names = (&run.request.plan.schema, &view.target.name);
    if view.rows.passing {
        counts::compute_view(session, names).await?;
        notes.push(format!(
            "view {}: it reads the clock or makes random values, so only its columns are compared",
            view.source
        ));
        return Ok(None);
    }
    let actual = run.catalog.view(view.target.name.as_str());
    let job = actual.and_then(|actual| Job::of_view(view, names.0, actual));
    let (Some(job), true) = (job, run.request.level != VerifyLevel::Counts) else {
        return counts::compare_view(session, run.reader()?, &view.source, names).await.map(Some);
    };
    let mut outcome = every_row(run, session, job).await?;
    let differs = outcome.differing_rows > 0 || outcome.source_rows != outcome.target_rows;
    if differs && view.rows.chosen && outcome.source_rows == outcome.target_rows {
        notes.push(format!(
            "view {}: {} of its rows differ, and its LIMIT or window function may leave open which rows \
             come: it is not counted as equal; look at it yourself",
            view.source, outcome.differing_rows
        ));
        return Ok(None);
    }
    // Only a comparison by cells shows cells.
    if run.request.level != VerifyLevel::Cells {
        outcome.differences.clear();
    }
    Ok(Some(outcome))
}

/// Compares rows as they are, and where that fails with doubles by their first digits.
async fn every_row(run: &Run<'_>, session: &Session, job: Job) -> Result<Outcome> {
    let snapshot = run.request.snapshot;
    let progress = Progress::new(run.events, &job.name);
    let is_rounded = job.columns.iter().any(|column| is_computed(column.data_type));
    let job = Arc::new(job);
    if !is_rounded {
        return multiset::compare(session, snapshot, &job, progress).await;
    }
    if let Some(outcome) = multiset::equal(session, snapshot, &job, progress.clone()).await? {
        return Ok(outcome);
    }
    let likeness = Likeness { rounded: true, ..job.likeness };
    let job = Arc::new(Job { likeness, ..Job::clone(&job) });
    near::compare(session, snapshot, &job, progress).await
}

/// Returns a view's failure as a difference, unless a whole side is gone.
fn failed(object: String, error: Error) -> Result<StructureDifference> {
    if !error.is_refusal() {
        return Err(error);
    }
    let expected = "the rows that SQLite gives".to_owned();
    Ok(StructureDifference { object, expected, actual: error.to_string() })
}
