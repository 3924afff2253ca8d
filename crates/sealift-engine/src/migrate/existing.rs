//! Fitting the plan to tables that stand in the target, and everything that would keep rows out of
//! them. Writes nothing.

use super::{allowed, aside, bookkeeping, fits};
use crate::config::{Into, MigrateOptions, Parts};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::on_a_thread;
use crate::planning::{self, Prepared};
use crate::postgres::{
    ActualColumn, ActualIndex, ActualSequence, ActualTable, Catalog, ConstraintKind, RelationKind,
    Session, rights,
};
use sealift_core::ast::{Deferrability, ForeignKeyAction};
use sealift_core::mapping::ColumnCensus;
use sealift_core::mapping::PgType;
use sealift_core::name::Ident;
use sealift_core::plan::existing::{
    Standing, StandingColumn, StandingKey, StandingReference, StandingTable, adapt, reading_hint,
};
use sealift_core::plan::{Aside, Finding, Plan, StoredForm, TablePlan, carrier};
use sealift_core::sql::Sql;
use sealift_core::sqlite::recognise;

/// What an earlier run of ours left that did not end.
#[derive(Debug, Clone, Copy)]
pub(super) struct EarlierRun<'a> {
    /// Tables whose rows are its own.
    pub(super) tables: &'a [Ident],
    /// What it has put aside.
    pub(super) aside: &'a [Aside],
}

/// Fits the plan to the target's tables.
///
/// # Errors
/// When a side cannot be read, or none of the tables is there.
pub(super) async fn fit(
    session: &Session,
    options: &MigrateOptions,
    mut prepared: Prepared,
    earlier: EarlierRun<'_>,
) -> Result<Prepared> {
    let schema = prepared.plan.schema.clone();
    let ours = earlier.tables;
    let catalog = aside::as_it_was(session, &schema, earlier.aside).await?;
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
        .hinted("start the application once with this server, or run its own migrations, so that it makes its tables; or leave out --into existing, and Sealift makes them"));
    }
    refuse_fills_of_nothing(options, &prepared.plan)?;
    prepared = with_misfits(prepared, options.plan_options.max_rejected).await?;
    aside::triggers(&mut prepared.plan, &catalog);
    aside::circles(&mut prepared.plan, &catalog);
    let plan = &prepared.plan;
    let mut findings =
        allowed::lacking(plan, options.into, &catalog, &rights(session, &schema).await?);
    if !plan.has_errors() && findings.is_empty() {
        findings.extend(fits::fits(session, &prepared, &catalog).await?);
    }
    let framework = recognise(&prepared.schema).map(|framework| framework.name);
    findings.extend(obstacles(session, options, plan, &catalog, (framework, ours)).await?);
    findings.extend(outside(options, plan, &catalog, &prepared));
    findings.extend(unused_sequences(&catalog));
    let plan = &mut prepared.plan;
    plan.findings.extend(findings);
    plan.findings
        .sort_by(|a, b| (a.severity, &a.code, &a.object).cmp(&(b.severity, &b.code, &b.object)));
    Ok(prepared)
}

/// Returns what keeps rows out of the tables whatever they are; those of `ours` may hold rows.
async fn obstacles(
    session: &Session,
    options: &MigrateOptions,
    plan: &Plan,
    catalog: &Catalog,
    (framework, ours): (Option<&str>, &[Ident]),
) -> Result<Vec<Finding>> {
    let schema = &plan.schema;
    let mut findings = Vec::new();
    for table in &plan.tables {
        let Some(actual) = catalog.table(table.target.name.as_str()) else { continue };
        findings.extend(unfit(table, actual, schema));
        let is_ours = ours.contains(&table.target.name);
        let must_be_empty = options.into != Into::ExistingTruncate
            && table.filling.conflict.is_error()
            && !actual.row_security;
        if must_be_empty && !is_ours && actual.has_rows != Some(false) {
            findings.extend(filled(session, table, schema, framework).await?);
        }
    }
    Ok(findings)
}

fn adapted(options: &MigrateOptions, prepared: &Prepared, tables: &[StandingTable]) -> Plan {
    let census: Vec<&[ColumnCensus]> =
        prepared.census.iter().map(|table| table.columns.as_slice()).collect();
    let casts = &options.plan_options.casts;
    let standing = Standing {
        schema: &prepared.schema,
        census: &census,
        casts,
        exclude: &options.plan_options.exclude,
        fills: &options.plan_options.fills,
        conflicts: &options.plan_options.conflicts,
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
            .map(|column| standing_column(&table.name, column, catalog))
            .collect(),
        primary_key: of_kind(ConstraintKind::PrimaryKey).next(),
        unique: of_kind(ConstraintKind::Unique).chain(unique_indexes(table)).collect(),
        foreign_keys: references(table, schema),
    }
}

/// Returns the unique indexes that belong to no constraint and hold for every row.
fn unique_indexes(table: &ActualTable) -> impl Iterator<Item = StandingKey> {
    let whole = |index: &&ActualIndex| {
        index.unique && index.valid && !index.partial && !index.of_constraint
    };
    table.indexes.iter().filter(whole).filter_map(|index| {
        let columns: Option<Vec<String>> =
            index.keys.iter().map(|key| key.column.clone()).collect();
        Some(StandingKey { name: index.name.clone(), columns: columns? })
    })
}

fn standing_column(table: &str, column: &ActualColumn, catalog: &Catalog) -> StandingColumn {
    let (data_type, form) = carried(column);
    let fills_itself = column.default.is_some() || column.identity.is_some();
    // One that is left of a default that was dropped gives no numbers any more.
    let sequence = catalog.numbers_of(table, &column.name).filter(|_| fills_itself);
    let is_own = catalog.sequence_of(table, &column.name).is_some();
    StandingColumn {
        name: column.name.clone(),
        type_name: column.type_name.clone(),
        data_type,
        form,
        not_null: column.not_null || column.foreign.not_null,
        fills_itself,
        generated: column.generated.is_some(),
        sequence: sequence.is_some(),
        sequence_elsewhere: sequence.filter(|_| !is_own).map(|sequence| sequence.name.clone()),
    }
}

/// Returns the type that a column's values arrive as, and how they become its own.
fn carried(column: &ActualColumn) -> (Option<PgType>, Option<StoredForm>) {
    let foreign = &column.foreign;
    if column.data_type.is_some() || foreign.is_composite {
        return (column.data_type, None);
    }
    let (base, element) = (foreign.base.as_deref(), foreign.element.as_deref());
    let (data_type, form) = carrier(&column.type_name, base, element);
    (Some(data_type), Some(form))
}

fn refuse_fills_of_nothing(options: &MigrateOptions, plan: &Plan) -> Result<()> {
    let unused = fits::unused_fills(plan, &options.plan_options.fills);
    let Some(first) = unused.first() else { return Ok(()) };
    Err(Error::new(
        ErrorKind::Usage,
        format!("--fill {first} matches no column that only the target has"),
    )
    .hinted("a column that the source has gets the source's values"))
}

/// Returns a warning about sequences that no column belongs to or takes its default from: where the
/// application takes numbers from them itself, only it knows for which column.
fn unused_sequences(catalog: &Catalog) -> Option<Finding> {
    let is_alone = |sequence: &&ActualSequence| {
        sequence.owner.is_none() && sequence.used_by.is_empty() && sequence.position.is_some()
    };
    let alone: Vec<&str> =
        catalog.sequences.iter().filter(is_alone).map(|sequence| sequence.name.as_str()).collect();
    let first = alone.first()?;
    Some(
        Finding::warning(
            "sequence-of-no-column",
            alone.join(", "),
            "no column of the target takes its numbers from there, so what the next one is to be is not known: it stays as it is",
        )
        .hinted(format!("where the application takes keys from it: select setval('{first}', (select max(id) from TABLE))")),
    )
}

pub(super) fn references(table: &ActualTable, schema: &Ident) -> Vec<StandingReference> {
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
    on_a_thread("planning", move || {
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
    })
    .await
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
fn unfit(table: &TablePlan, actual: &ActualTable, schema: &Ident) -> Vec<Finding> {
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
    if actual.row_security {
        findings.push(
            Finding::error(
                "row-security",
                table.source.clone(),
                "policies of the target decide which of its rows this role sees and writes: some would be refused, and nobody could tell whether all are there",
            )
            .hinted(format!(
                "migrate as the table's owner or as a role with bypassrls; where it is forced on the owner too: alter table {name} no force row level security, and force it again afterwards",
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
                    "sequence-not-found",
                    format!("{}.{}", table.source, column.name),
                    "takes its default from a sequence of another schema, which is not set to the next free number",
                )
                .hinted("set it afterwards with setval"),
            );
        }
    }
    findings
}

/// Returns an error for a table that holds rows, or that may hold some.
async fn filled(
    session: &Session,
    table: &TablePlan,
    schema: &Ident,
    framework: Option<&str>,
) -> Result<Option<Finding>> {
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
            .hinted(seeded(table, framework))
    }))
}

/// Tables that a framework fills by itself when it makes its schema, with numbers of their own each time.
const SEEDS: [(&str, &[&str]); 1] =
    [("Django", &["django_content_type", "auth_permission", "django_site"])];

/// Returns what to do about rows that are there, which the application may have put there itself.
fn seeded(table: &TablePlan, framework: Option<&str>) -> String {
    let name = &table.source;
    let of_framework = SEEDS
        .iter()
        .find(|(named, tables)| Some(*named) == framework && tables.contains(&name.as_str()));
    match of_framework {
        Some((framework, _)) => format!(
            "{framework} writes these rows itself when it makes its tables, under numbers of its own, and the source has its own: --truncate removes the target's, so that all references hold"
        ),
        None => format!(
            "--truncate removes the rows of all tables that are to be filled; --on-conflict '{name}=update' writes the source's rows over those of the same key, --on-conflict '{name}=skip' leaves those that are there"
        ),
    }
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
                // An empty one is no hindrance: the tables are emptied by `delete`, children first.
                (None, Some(_))
                    if options.into == Into::ExistingTruncate && actual.has_rows != Some(false) =>
                {
                    let Ok(name) = Ident::new(actual.name.clone()) else { continue };
                    let name = Sql::new().qualified(&plan.schema, &name);
                    findings.push(
                        Finding::error("truncate-refused", object, format!("refers to {}, so that --truncate cannot empty it: {} holds rows and is not part of this run", key.parent, actual.name))
                            .hinted(format!("where its rows may go, first: delete from {}", name.as_str())),
                    );
                }
                (Some(child), None) => {
                    let empty =
                        catalog.table(&key.parent).is_some_and(|t| t.has_rows == Some(false));
                    if empty && key.columns.iter().all(|column| has_values(prepared, child, column))
                    {
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
