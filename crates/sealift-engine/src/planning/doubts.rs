//! Cells that do not fit, or may not: looked up one by one, with the keys of their rows.

use super::{LISTED_KEYS, apart, counted};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{Snapshot, TableCensus, TableKey, keys_of_cells, misfit_keys};
use sealift_core::convert::ColumnCodec;
use sealift_core::mapping::holds;
use sealift_core::plan::existing::reading_hint;
use sealift_core::plan::{Doubt, Finding, Plan, Question};
use sealift_core::schema::source;

/// Looks up the cells that a doubt is about and writes them into the plan's findings.
pub(super) fn settle(
    snapshot: &Snapshot,
    schema: &source::Schema,
    census: &[TableCensus],
    doubt: &Doubt,
    plan: &mut Plan,
) -> Result<()> {
    let Some(table) = schema.tables.iter().find(|table| table.name == doubt.table) else {
        return Ok(());
    };
    let Some(codec) = doubt.codec() else { return Ok(()) };
    let (count, keys) = keys_of_cells(
        &snapshot.metadata(),
        &TableKey::of(table),
        &doubt.column,
        &codec,
        |value, fits| doubt.concerns(value, fits),
        LISTED_KEYS,
    )?;
    let object = format!("{}.{}", doubt.table, doubt.column);
    match doubt.question {
        Question::Cast if count > 0 => plan.findings.push(
            Finding::error(
                "cast-does-not-fit",
                object.clone(),
                format!("cells do not fit {} as --cast asks", doubt.data_type),
            )
            .rows(count, keys)
            .hinted(format!(
                "mend those rows, choose a wider type, or leave out --cast '{object}=…'"
            )),
        ),
        Question::Like if count > 0 => {
            let at = table.position(&doubt.column).unwrap_or_default();
            let counted = counted(schema, census)(&table.name, at);
            let hint = counted
                .map(|held| reading_hint(&doubt.table, &doubt.column, doubt.data_type, held));
            let mut finding = Finding::error(
                "like-does-not-fit",
                object,
                format!("cells do not fit {}, which the application has", doubt.data_type),
            )
            .rows(count, keys);
            finding.hint = hint;
            plan.findings.push(finding);
        }
        Question::Cast | Question::Like => {}
        Question::Declared => {
            let concerned = plan
                .findings
                .iter_mut()
                .find(|finding| finding.code == "type-changed" && finding.object == object);
            if let Some(finding) = concerned {
                // Only the storage class is another one, and a cast reads every cell.
                let (misfits, _) = misfit_keys(
                    &snapshot.metadata(),
                    &TableKey::of(table),
                    &doubt.column,
                    &codec,
                    0,
                )?;
                if misfits == 0 {
                    finding.hint = Some(format!(
                        "nothing is lost; every cell can also be read as {wanted}: --cast '{object}={wanted}'",
                        wanted = doubt.data_type
                    ));
                }
                if count > 0 {
                    finding.count = Some(count);
                    finding.keys = keys;
                }
            }
        }
        Question::Bytes => name_rows(plan, "not-bytes", &object, keys),
        Question::NotJsonb => name_rows(plan, "json-not-jsonb", &object, keys),
        Question::KeyNulls => {
            name_rows(plan, "primary-key-has-nulls", &format!("table {}", doubt.table), keys);
        }
        Question::Misfit
        | Question::MisfitNull
        | Question::Nul
        | Question::InvalidUtf8
        | Question::Mended(_) => plan.findings.extend(apart::answer(doubt, &object, count, keys)),
    }
    Ok(())
}

/// Adds rows to a finding that has counted them by itself.
fn name_rows(plan: &mut Plan, code: &str, object: &str, keys: Vec<String>) {
    let concerned =
        plan.findings.iter_mut().find(|finding| finding.code == code && finding.object == object);
    if let Some(finding) = concerned {
        let known = finding.keys.clone();
        finding.keys.extend(keys.into_iter().filter(|key| !known.contains(key)));
        finding.keys.truncate(LISTED_KEYS);
    }
}

/// Returns an error for every column of a plan whose type does not hold all of its cells.
pub(crate) fn misfits(
    snapshot: &Snapshot,
    schema: &source::Schema,
    census: &[TableCensus],
    plan: &Plan,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for planned in &plan.tables {
        let position = schema.tables.iter().position(|table| table.name == planned.source);
        let Some((table, counted)) =
            position.and_then(|at| Some((schema.tables.get(at)?, census.get(at)?)))
        else {
            continue;
        };
        for (column, target) in planned.columns.iter().zip(&planned.target.columns) {
            let counted = table.position(&column.source).and_then(|at| counted.columns.get(at));
            let fits =
                counted.is_some_and(|counted| holds(target.data_type, column.reading, counted));
            if fits || !column.misfit.is_refuse() {
                continue;
            }
            let object = format!("{}.{}", planned.source, column.source);
            let codec = ColumnCodec::new(target.data_type, column.reading).map_err(|error| {
                Error::new(ErrorKind::Usage, format!("the plan's column {object}")).caused_by(error)
            })?;
            let (count, keys) = misfit_keys(
                &snapshot.metadata(),
                &TableKey::of(table),
                &column.source,
                &codec,
                LISTED_KEYS,
            )?;
            if count > 0 {
                findings.push(
                    Finding::error(
                        "plan-does-not-fit",
                        object,
                        format!("cells do not fit {}", target.data_type),
                    )
                    .rows(count, keys)
                    .hinted("mend those rows, or choose a wider type"),
                );
            }
        }
    }
    Ok(findings)
}
