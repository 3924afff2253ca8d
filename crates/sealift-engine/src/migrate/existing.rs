//! Fitting the plan to tables that stand in the target, and everything that would keep rows out of
//! them. Writes nothing.

use super::bookkeeping;
use crate::config::{Into, MigrateOptions, Parts};
use crate::error::{Error, ErrorKind, Result};
use crate::planning::{self, Prepared};
use crate::postgres::{ActualTable, Catalog, ConstraintKind, RelationKind, Session, introspect};
use sealift_core::ast::{Deferrability, ForeignKeyAction};
use sealift_core::mapping::ColumnCensus;
use sealift_core::name::Ident;
use sealift_core::plan::existing::{
    Standing, StandingColumn, StandingKey, StandingReference, StandingTable, adapt, reading_hint,
};
use sealift_core::plan::{Circle, Finding, Plan, TablePlan, waves};
use sealift_core::sql::Sql;

/// Fits the plan to the target's tables; `ours` are tables whose rows an earlier run of ours left.
///
/// # Errors
/// When a side cannot be read, or none of the tables is there.
pub(super) async fn fit(
    session: &Session,
    options: &MigrateOptions,
    mut prepared: Prepared,
    ours: &[Ident],
) -> Result<Prepared> {
    let schema = prepared.plan.schema.clone();
    let catalog = introspect(session, &schema).await?;
    // No framework leaves its own table empty; `--schema-only` does, for `--data-only` to fill.
    let to_fill = |table: &ActualTable| {
        options.parts == Parts::DataOnly
            && (table.has_rows == Some(false) || ours.iter().any(|own| own.as_str() == table.name))
    };
    bookkeeping::compare(session, &mut prepared, &catalog, to_fill).await?;
    let standing: Vec<StandingTable> =
        catalog.tables.iter().map(|table| standing(table, &catalog, &schema)).collect();
    prepared.plan = adapted(options, &prepared, &standing);
    if prepared.plan.tables.is_empty()
        && prepared.plan.findings.iter().any(|finding| finding.code == "table-missing")
    {
        return Err(Error::new(
            ErrorKind::Target,
            format!("schema {schema} holds none of the tables that are to be filled"),
        )
        .hinted("run the application's own migrations on the target first; or leave out --into existing, and Sealift makes the tables"));
    }
    prepared = with_misfits(prepared, options.plan_options.max_rejected).await?;
    let plan = &prepared.plan;
    let mut findings = Vec::new();
    for table in &plan.tables {
        let Some(actual) = catalog.table(table.target.name.as_str()) else { continue };
        findings.extend(unfit(table, actual, &catalog, &schema));
        let is_ours = ours.contains(&table.target.name);
        if options.into != Into::ExistingTruncate && !is_ours && actual.has_rows != Some(false) {
            findings.extend(filled(session, table, &schema).await?);
        }
    }
    findings.extend(outside(options, plan, &catalog, &prepared));
    findings.extend(circle(plan));
    let plan = &mut prepared.plan;
    plan.findings.extend(findings);
    plan.findings
        .sort_by(|a, b| (a.severity, &a.code, &a.object).cmp(&(b.severity, &b.code, &b.object)));
    Ok(prepared)
}

fn adapted(options: &MigrateOptions, prepared: &Prepared, tables: &[StandingTable]) -> Plan {
    let census: Vec<&[ColumnCensus]> =
        prepared.census.iter().map(|table| table.columns.as_slice()).collect();
    let casts = &options.plan_options.casts;
    let standing = Standing {
        schema: &prepared.schema,
        census: &census,
        casts,
        policies: &options.plan_options.policies,
        tables,
    };
    adapt(&prepared.plan, &standing)
}

fn standing(table: &ActualTable, catalog: &Catalog, schema: &Ident) -> StandingTable {
    let of_kind = |kind: ConstraintKind| {
        let found = table.constraints.iter().filter(move |constraint| constraint.kind == kind);
        found.map(|constraint| StandingKey {
            name: constraint.name.clone(),
            columns: constraint.columns.clone(),
        })
    };
    StandingTable {
        name: table.name.clone(),
        columns: table
            .columns
            .iter()
            .map(|column| StandingColumn {
                name: column.name.clone(),
                type_name: column.type_name.clone(),
                data_type: column.data_type,
                not_null: column.not_null,
                fills_itself: column.default.is_some() || column.identity.is_some(),
                generated: column.generated.is_some(),
                sequence: catalog.sequence_of(&table.name, &column.name).is_some(),
            })
            .collect(),
        primary_key: of_kind(ConstraintKind::PrimaryKey).next(),
        unique: of_kind(ConstraintKind::Unique).collect(),
        foreign_keys: references(table, schema),
    }
}

fn references(table: &ActualTable, schema: &Ident) -> Vec<StandingReference> {
    let keys = table.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(reference) if reference.schema == schema.as_str() => {
            Some(StandingReference {
                name: constraint.name.clone(),
                columns: constraint.columns.clone(),
                parent: reference.table.clone(),
                parent_columns: reference.columns.clone(),
                on_delete: action(reference.on_delete),
                on_update: action(reference.on_update),
                deferrability: match (constraint.deferrable, constraint.initially_deferred) {
                    (false, _) => Deferrability::Immediate,
                    (true, false) => Deferrability::Deferrable,
                    (true, true) => Deferrability::InitiallyDeferred,
                },
                validated: constraint.validated,
            })
        }
        ConstraintKind::ForeignKey(_)
        | ConstraintKind::PrimaryKey
        | ConstraintKind::Unique
        | ConstraintKind::Check
        | ConstraintKind::Exclusion => None,
    });
    keys.collect()
}

/// Reads `confdeltype` and `confupdtype` (manual, `pg_constraint`).
fn action(letter: char) -> ForeignKeyAction {
    match letter {
        'r' => ForeignKeyAction::Restrict,
        'n' => ForeignKeyAction::SetNull,
        'd' => ForeignKeyAction::SetDefault,
        'c' => ForeignKeyAction::Cascade,
        _ => ForeignKeyAction::NoAction,
    }
}

/// Adds an error for every column whose standing type does not hold all cells.
async fn with_misfits(mut prepared: Prepared, max_rejected: Option<u64>) -> Result<Prepared> {
    let looked = tokio::task::spawn_blocking(move || {
        let Prepared { snapshot, schema, census, plan } = &prepared;
        let mut misfits = planning::misfits(snapshot, schema, census, plan)?;
        for misfit in &mut misfits {
            misfit.code = "does-not-fit".to_owned();
            let decide = format!("--on-misfit '{}=null' or =quarantine", misfit.object);
            misfit.hint = Some(match hint(&prepared, &misfit.object) {
                Some(hint) => format!("{hint}; or decide with {decide}"),
                None => format!("mend those rows in SQLite, or decide with {decide}"),
            });
        }
        prepared.plan.findings.extend(misfits);
        let Prepared { snapshot, schema, plan, .. } = &mut prepared;
        planning::keep_apart(snapshot, schema, plan, max_rejected)?;
        Ok(prepared)
    });
    looked.await.map_err(|error| {
        Error::new(ErrorKind::Bug, "the planning thread panicked").caused_by(error)
    })?
}

fn hint(prepared: &Prepared, object: &str) -> Option<String> {
    let tables = prepared.plan.tables.iter();
    let mut columns = tables.flat_map(|table| {
        let pairs = table.columns.iter().zip(&table.target.columns);
        pairs.map(move |(column, target)| (table.source.as_str(), column, target))
    });
    let (table, column, target) =
        columns.find(|(table, column, _)| object == format!("{table}.{}", column.source))?;
    let position = prepared.schema.tables.iter().position(|source| source.name == table)?;
    let at = prepared.schema.tables.get(position)?.position(&column.source)?;
    let census = prepared.census.get(position)?.columns.get(at)?;
    Some(reading_hint(table, &column.source, target.data_type, census))
}

/// Returns what keeps rows out of a table whatever they hold.
fn unfit(
    table: &TablePlan,
    actual: &ActualTable,
    catalog: &Catalog,
    schema: &Ident,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = Sql::new().qualified(schema, &table.target.name);
    if actual.kind == RelationKind::ForeignTable {
        findings.push(
            Finding::error(
                "foreign-table",
                table.source.clone(),
                "is a foreign table in the target: its rows live on another server",
            )
            .hinted("migrate into that server, or leave the table out with --exclude"),
        );
    }
    let triggers = catalog.triggers.iter();
    let firing: Vec<&str> = triggers
        .filter(|trigger| trigger.table == actual.name && trigger.enabled && trigger.on_load)
        .map(|trigger| trigger.name.as_str())
        .collect();
    if !firing.is_empty() {
        findings.push(
            Finding::error(
                "trigger-fires",
                table.source.clone(),
                format!("the target's triggers would change or add rows while it is filled: {}", firing.join(", ")),
            )
            .hinted(format!(
                "alter table {name} disable trigger user; migrate; then alter table {name} enable trigger user",
                name = name.as_str()
            )),
        );
    }
    for column in &table.target.columns {
        let actual = actual.column(column.name.as_str());
        let counts = actual
            .and_then(|actual| actual.default.as_deref())
            .is_some_and(|default| default.contains("nextval("));
        if counts && column.identity.is_none() {
            findings.push(
                Finding::warning(
                    "sequence-not-owned",
                    format!("{}.{}", table.source, column.name),
                    "takes its default from a sequence that belongs to no column, which is not set to the next free number",
                )
                .hinted("first: alter sequence … owned by TABLE.COLUMN; or set it afterwards with setval"),
            );
        }
    }
    findings
}

/// Returns an error for a table that holds rows, or that may hold some.
async fn filled(session: &Session, table: &TablePlan, schema: &Ident) -> Result<Option<Finding>> {
    let sql = Sql::raw("select count(*) from ").qualified(schema, &table.target.name);
    let rows = match session.query_text(&sql).await {
        Ok(rows) => rows,
        Err(error) if !error.is_refusal() => return Err(error),
        Err(error) => {
            let message = format!("cannot be read, so whether it is empty is not known: {error}");
            return Ok(Some(
                Finding::error("table-not-readable", table.source.clone(), message)
                    .hinted("grant select and insert on it to this role"),
            ));
        }
    };
    let count = rows.first().and_then(|row| row.first()?.as_deref()?.parse::<u64>().ok());
    let count = count.unwrap_or_default();
    Ok((count > 0).then(|| {
        Finding::error("table-not-empty", table.source.clone(), "holds rows in the target already")
            .rows(count, Vec::new())
            .hinted("--truncate removes the rows of all tables that are to be filled; look first whether they are wanted")
    }))
}

/// Returns what foreign keys between the plan's tables and others forbid.
fn outside(
    options: &MigrateOptions,
    plan: &Plan,
    catalog: &Catalog,
    prepared: &Prepared,
) -> Vec<Finding> {
    let planned = |name: &str| plan.tables.iter().find(|t| t.target.name.as_str() == name);
    let mut findings = Vec::new();
    for actual in &catalog.tables {
        for key in references(actual, &plan.schema) {
            let object = format!("foreign key {} on {}", key.name, actual.name);
            match (planned(&actual.name), planned(&key.parent)) {
                (None, Some(_)) if options.into == Into::ExistingTruncate => findings.push(
                    Finding::error("truncate-refused", object, format!("refers to {}, so that --truncate cannot empty it: {} is not part of this run", key.parent, actual.name))
                        .hinted("delete the rows by hand, child tables first, and leave out --truncate"),
                ),
                (Some(child), None) => {
                    let empty = catalog.table(&key.parent).is_some_and(|t| t.has_rows == Some(false));
                    if empty && key.columns.iter().all(|column| has_values(prepared, child, column)) {
                        findings.push(
                            Finding::error("parent-empty", object, format!("refers to {}, which is empty and not part of this run: no row would be accepted", key.parent))
                                .hinted("take that table into the run as well, or fill it first"),
                        );
                    }
                }
                (None, _) | (Some(_), Some(_)) => {}
            }
        }
    }
    findings
}

fn has_values(prepared: &Prepared, table: &TablePlan, column: &str) -> bool {
    let census = || {
        let at = table.target.columns.iter().position(|c| c.name.as_str() == column)?;
        let source = &table.columns.get(at)?.source;
        let position = prepared.schema.tables.iter().position(|t| t.name == table.source)?;
        let at = prepared.schema.tables.get(position)?.position(source)?;
        prepared.census.get(position)?.columns.get(at)
    };
    census().is_some_and(|census| census.values() > 0)
}

fn circle(plan: &Plan) -> Option<Finding> {
    let Err(Circle(tables)) = waves(plan) else { return None };
    let names: Vec<&str> =
        tables.iter().filter_map(|at| Some(plan.tables.get(*at)?.source.as_str())).collect();
    let first = names.first().copied().unwrap_or_default().to_owned();
    Some(
        Finding::error(
            "foreign-keys-in-a-circle",
            first.clone(),
            format!("the target's foreign keys go round in a circle, so that none of these tables can be filled first: {} → {first}", names.join(" → ")),
        )
        .hinted("drop one of those keys in the target and add it again after the migration; or let Sealift make the tables, without --into existing"),
    )
}
