//! Source schema + census + the user's decisions → the plan.

mod doubt;
mod expressions;
mod foreign_keys;
mod json;
mod keys;
mod limits;
mod modules;
mod names;
mod pattern;
mod policies;
mod profile;
mod row_ids;
mod triggers;
mod types;
mod views;

pub use self::doubt::{Doubt, Question};
pub use self::expressions::broken_check;
pub use self::foreign_keys::{foreign_key_name, orphans_refused};
pub use self::json::json_columns;
use self::names::Names;
use self::types::ColumnType;
use super::like::{Like, differences};
use super::{ColumnPlan, Finding, Options, PLAN_VERSION, Plan, ProfileUse, TablePlan};
use crate::convert::Reading;
use crate::mapping::{ColumnCensus, ColumnId, PgType, Profile};
use crate::name::NameSpace;
use crate::schema::{source, target};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// What the census says of one table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableFacts {
    /// Its rows.
    pub rows: u64,
    /// The bytes of its cells.
    pub bytes: u64,
    /// Its columns in declared order.
    pub columns: Vec<ColumnCensus>,
}

/// Rows whose foreign key finds no parent, or a key for which nobody could tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanFacts {
    /// The child table.
    pub table: String,
    /// The key's position in [`source::Table::foreign_keys`].
    pub foreign_key: usize,
    /// How many.
    pub count: u64,
    /// The first ones.
    pub keys: Vec<String>,
    /// Why nothing could be counted, when nothing could.
    pub unchecked: Option<String>,
}

/// Everything the plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The source schema.
    pub schema: &'a source::Schema,
    /// The census, one entry for each of `schema.tables`.
    pub tables: &'a [TableFacts],
    /// Broken foreign keys.
    pub orphans: &'a [OrphanFacts],
    /// Broken checks.
    pub checks: &'a [CheckFacts],
}

/// Rows that break a check, or hold NULL where the source declares none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFacts {
    /// The table.
    pub table: String,
    /// What they break.
    pub broken: Broken,
    /// How many.
    pub count: u64,
    /// The first ones.
    pub keys: Vec<String>,
}

/// What rows break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// The check at this position in [`source::Table::checks`].
    Check(usize),
    /// `NOT NULL` of the column at this position.
    NotNull(usize),
}

/// A plan whose doubts are still to be looked up in the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The plan.
    pub plan: Plan,
    /// Columns some of whose cells do not, or may not, fit a type.
    pub doubts: Vec<Doubt>,
}

/// What the parts of the builder share.
struct Builder<'a> {
    facts: Facts<'a>,
    options: &'a Options,
    /// Whose types are followed.
    profile: Option<ProfileUse>,
    names: Names,
    /// The positions of the tables that are taken, by their names in lower case.
    by_name: HashMap<String, usize>,
    /// The chosen type of each column of each table.
    types: Vec<Vec<ColumnType>>,
    findings: Vec<Finding>,
    doubts: Vec<Doubt>,
    /// What the profile would make of columns some of whose cells do not fit even what was declared.
    wishes: BTreeMap<ColumnId, (PgType, Reading)>,
}

/// Returns the plan for a source.
#[must_use]
pub fn build(facts: Facts<'_>, options: &Options) -> Draft {
    let mut findings = Vec::new();
    let names = Names::assign(facts.schema, options, &mut findings);
    let profile = profile::used(facts.schema, options.profile);
    let mut builder = Builder {
        facts,
        options,
        profile,
        names,
        by_name: HashMap::new(),
        types: Vec::new(),
        findings,
        doubts: Vec::new(),
        wishes: BTreeMap::new(),
    };
    builder.by_name = builder
        .taken()
        .into_iter()
        .map(|(position, table)| (table.name.to_ascii_lowercase(), position))
        .collect();
    builder.choose_types();
    builder.limits();
    let tables = builder.tables();
    let (views, catalogue) = builder.views();
    let triggers = builder.triggers(&tables, &catalogue);
    builder.left_behind();
    let Builder { mut findings, doubts, profile, .. } = builder;
    if let Some(like) = &options.like {
        findings.extend(differences(&tables, like));
    }
    findings
        .sort_by(|a, b| (a.severity, &a.code, &a.object).cmp(&(b.severity, &b.code, &b.object)));
    findings.dedup();
    let plan = Plan {
        version: PLAN_VERSION,
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        fingerprint: fingerprint(facts.schema),
        schema: options.schema.clone(),
        profile,
        like: options.like.as_ref().map(Like::place),
        tables,
        views,
        triggers,
        aside: Vec::new(),
        findings,
    };
    Draft { plan, doubts }
}

/// Returns a hash of the schema's texts, equal as long as nothing was created, dropped or altered.
#[must_use]
pub fn fingerprint(schema: &source::Schema) -> String {
    let mut hash = Sha256::new();
    let mut text = |sql: &str| {
        hash.update(sql.as_bytes());
        hash.update([0]);
    };
    for table in &schema.tables {
        text(&table.sql);
        table.indexes.iter().for_each(|index| text(&index.sql));
    }
    schema.views.iter().for_each(|view| text(&view.sql));
    schema.triggers.iter().for_each(|trigger| text(&trigger.sql));
    schema.virtual_tables.iter().for_each(|table| text(&table.sql));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Builder<'_> {
    /// Returns the source tables that are taken, with their positions.
    fn taken(&self) -> Vec<(usize, &source::Table)> {
        self.facts
            .schema
            .tables
            .iter()
            .enumerate()
            .filter(|(_, table)| self.options.takes(&table.name))
            .collect()
    }

    fn profile(&self) -> Profile {
        self.profile.as_ref().map_or(Profile::None, |used| used.name)
    }

    fn census(&self, table: usize, column: usize) -> &ColumnCensus {
        static EMPTY: std::sync::LazyLock<ColumnCensus> =
            std::sync::LazyLock::new(ColumnCensus::default);
        self.facts.tables.get(table).and_then(|facts| facts.columns.get(column)).unwrap_or(&EMPTY)
    }

    fn column_type(&self, table: usize, column: usize) -> Option<&ColumnType> {
        self.types.get(table).and_then(|columns| columns.get(column))
    }

    fn tables(&mut self) -> Vec<TablePlan> {
        let taken: Vec<usize> = self.taken().into_iter().map(|(position, _)| position).collect();
        taken.into_iter().filter_map(|position| self.table(position)).collect()
    }

    fn table(&mut self, position: usize) -> Option<TablePlan> {
        let schema = self.facts.schema;
        let table = schema.tables.get(position)?;
        let name = self.names.table(position)?.clone();
        let mut columns = Vec::new();
        let mut plans = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let Some(chosen) = self.column_type(position, index).cloned() else { continue };
            plans.push(ColumnPlan {
                source: column.name.clone(),
                target: self.names.column(position, index)?.clone(),
                declared: column.declared_type.clone(),
                reading: chosen.reading,
                misfit: chosen.misfit,
                because: chosen.because.clone(),
            });
            columns.push(self.column(position, index, &chosen)?);
        }
        let keys = self.keys(position);
        // Keys, checks and foreign keys of one table share their names.
        let mut names = NameSpace::new();
        for key in keys.primary_key.iter().chain(&keys.unique) {
            names.reserve(key.name.as_str());
        }
        // From version 18 on, `not null` is a constraint too, which PostgreSQL names so.
        for column in columns.iter().filter(|column| column.not_null || column.identity.is_some()) {
            names.reserve(&format!("{}_{}_not_null", name.as_str(), column.name.as_str()));
        }
        let (checks, quarantine_checks) = self.checks(position, &mut names);
        let (foreign_keys, orphans) = self.foreign_keys(position, &mut names);
        let quarantine_nulls = self.nulls_where_none_may_be(position);
        let mut target = target::Table {
            name,
            columns,
            primary_key: keys.primary_key,
            unique: keys.unique,
            checks,
            foreign_keys,
            indexes: keys.indexes,
            derived: Vec::new(),
        };
        self.module(position, &mut target, &mut names);
        self.full_text_indexes(position, &mut target);
        let facts = self.facts.tables.get(position).cloned().unwrap_or_default();
        Some(TablePlan {
            source: table.name.clone(),
            rows: facts.rows,
            bytes: facts.bytes,
            columns: plans,
            target,
            filling: crate::plan::Filling::default(),
            orphans,
            quarantine_checks,
            quarantine_nulls,
        })
    }

    fn column(
        &mut self,
        table: usize,
        index: usize,
        chosen: &ColumnType,
    ) -> Option<target::Column> {
        let source = self.facts.schema.tables.get(table)?;
        let column = source.columns.get(index)?;
        let identity = self.numbers(table, index).then(|| {
            let held = self.census(table, index).integer_range;
            target::Identity {
                next: target::Identity::after(held, source.sequence),
                sequence: self.names.sequence(table).cloned(),
            }
        });
        self.nulls_by_cast(table, index, chosen);
        let generated = self.generated(table, index, chosen.data_type);
        let default = if generated.is_some() || identity.is_some() {
            None
        } else {
            self.default(table, index, chosen)
        };
        Some(target::Column {
            name: self.names.column(table, index)?.clone(),
            data_type: chosen.data_type,
            not_null: column.not_null,
            default,
            identity: identity.filter(|_| chosen.data_type.is_integer()),
            generated,
        })
    }

    fn conflict_clauses(&mut self) {
        let mut conflicts = Vec::new();
        for (_, table) in self.taken().into_iter().filter(|(_, table)| table.conflict_clauses) {
            conflicts.push(
                Finding::warning(
                    "conflict-clause-not-carried",
                    format!("table {}", table.name),
                    "has ON CONFLICT clauses in its constraints; PostgreSQL stops at every conflict",
                )
                .hinted("write insert … on conflict … in the application's statements"),
            );
        }
        self.findings.extend(conflicts);
    }

    /// Names everything of the source that no table or view of the plan stands for.
    fn left_behind(&mut self) {
        let schema = self.facts.schema;
        self.virtual_tables();
        for table in schema.internal_tables.iter().filter(|table| !table.starts_with("sqlite_")) {
            self.findings.push(Finding::note(
                "internal-table",
                format!("table {table}"),
                "belongs to a tool that works on the SQLite file, and is left there",
            ));
        }
        self.conflict_clauses();
        for unreadable in &schema.unreadable {
            self.findings.push(Finding::error(
                "statement-unreadable",
                format!("{} {}", unreadable.kind, unreadable.name),
                format!("its text cannot be read: {}", unreadable.reason),
            ));
        }
    }
}
