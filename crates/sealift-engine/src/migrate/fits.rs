//! Whether cells become the target's own types and come back, and whether rows meet others: asked of the
//! server, with the columns in question in a temporary table, in a transaction that is rolled back.

use crate::error::{Error, ErrorKind, Result};
use crate::planning::{self, Prepared};
use crate::postgres::{Catalog, Session};
use crate::sqlite::{Chunk, KeyRange, ReadJob, keys_at, read_range};
use sealift_core::convert::ColumnCodec;
use sealift_core::name::Ident;
use sealift_core::plan::{Conflict, Finding, Plan, TablePlan, type_name};
use sealift_core::schema::target;
use sealift_core::sql::Sql;
use sealift_core::verify::Hashed;
use std::ops::ControlFlow;
use tokio::sync::mpsc;

/// How many keys a finding lists.
const LISTED_KEYS: usize = 5;

/// Chunks under way between the file and the server.
const CHUNKS: usize = 2;

/// The temporary table; `n` counts the rows in the order of the file.
const TABLE: &str = "pg_temp.sealift_trial";

/// Returns what keeps cells out of columns of the server's own types, and which rows meet others.
///
/// # Errors
/// When a side cannot be read, or the connection breaks.
pub(super) async fn fits(
    session: &Session,
    prepared: &Prepared,
    catalog: &Catalog,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for table in &prepared.plan.tables {
        let columns = in_question(table);
        if columns.is_empty() || table.rows == 0 {
            continue;
        }
        session.begin().await?;
        let trial = Trial { session, prepared, catalog, table, columns };
        let found = trial.run().await;
        match found {
            Err(error) if !error.is_refusal() => return Err(error),
            Err(error) => {
                session.rollback().await?;
                findings.push(not_tried(table, &error));
            }
            Ok(found) => {
                session.rollback().await?;
                findings.extend(found);
            }
        }
    }
    Ok(findings)
}

fn not_tried(table: &TablePlan, error: &Error) -> Finding {
    Finding::error(
        "not-tried",
        table.source.clone(),
        format!("whether its cells fit cannot be tried on the server: {error}"),
    )
    .hinted(
        "this role needs the right to make temporary tables: grant temporary on database … to …",
    )
}

/// Returns the positions of the columns that the server is asked about: those of its own types, and
/// those of keys by which rows may meet.
fn in_question(table: &TablePlan) -> Vec<usize> {
    let filling = &table.filling;
    let in_keys = |column: &target::Column| {
        keys(table).any(|key| key.columns.contains(&column.name) && is_asked(table, key))
    };
    let columns = table.target.columns.iter().enumerate();
    let wanted = columns.filter(|(_, column)| {
        column.generated.is_none() && (filling.stored(&column.name).is_some() || in_keys(column))
    });
    wanted.map(|(position, _)| position).collect()
}

fn keys(table: &TablePlan) -> impl Iterator<Item = &target::Key> {
    table.target.primary_key.iter().chain(&table.target.unique)
}

/// Returns whether a key tells more than SQLite's own did: under another type, or of other rows.
fn is_asked(table: &TablePlan, key: &target::Key) -> bool {
    table.filling.conflict != Conflict::Error
        || key.columns.iter().any(|name| table.filling.stored(name).is_some())
}

struct Trial<'a> {
    session: &'a Session,
    prepared: &'a Prepared,
    catalog: &'a Catalog,
    table: &'a TablePlan,
    /// Positions among the plan's columns.
    columns: Vec<usize>,
}

/// Rows that something was found about.
struct Rows {
    count: u64,
    keys: Vec<String>,
}

impl Trial<'_> {
    async fn run(&self) -> Result<Vec<Finding>> {
        self.fill().await?;
        let mut findings = Vec::new();
        for position in &self.columns {
            findings.extend(self.comes_back(*position).await?);
        }
        if !findings.is_empty() {
            return Ok(findings);
        }
        for key in keys(self.table).filter(|key| is_asked(self.table, key)) {
            findings.extend(self.merges(key).await?);
        }
        if findings.is_empty() && self.table.filling.conflict != Conflict::Error {
            findings.extend(self.meets().await?);
        }
        Ok(findings)
    }

    fn column(&self, position: usize) -> Result<&target::Column> {
        self.table.target.columns.get(position).ok_or_else(|| lost(self.table))
    }

    async fn fill(&self) -> Result<()> {
        let mut columns = vec![Sql::raw("n bigint generated always as identity")];
        let mut names = Vec::new();
        let (mut read, mut codecs) = (Vec::new(), Vec::new());
        for position in &self.columns {
            let column = self.column(*position)?;
            let plan = self.table.columns.get(*position).ok_or_else(|| lost(self.table))?;
            let codec = ColumnCodec::new(column.data_type, plan.reading).map_err(|error| {
                Error::new(ErrorKind::Usage, format!("{}.{}", self.table.source, plan.source))
                    .caused_by(error)
            })?;
            names.push(name(*position)?);
            let definition = Sql::new().ident(&name(*position)?).push(" ");
            columns.push(definition.sql(&type_name(column.data_type)));
            read.push(plan.source.clone());
            codecs.push(codec);
        }
        let make = Sql::raw("create temporary table sealift_trial (")
            .join(columns, ", ")
            .push(") on commit drop");
        self.session.batch(&make).await?;
        let source =
            planning::source_table(self.prepared, self.table).ok_or_else(|| lost(self.table))?;
        let job = ReadJob {
            key: source.key,
            columns: read,
            codecs,
            range: KeyRange::ALL,
            hashed: Hashed::Nothing,
            large_cells: source.large_cells,
            apart: self.prepared.snapshot.filter(&self.table.source),
        };
        let copy = Sql::raw("copy ")
            .push(TABLE)
            .push(" (")
            .idents(&names)
            .push(") from stdin (format binary)");
        self.send(&copy, job).await
    }

    async fn send(&self, copy: &Sql, job: ReadJob) -> Result<()> {
        let (sender, mut receiver) = mpsc::channel::<Chunk>(CHUNKS);
        let snapshot = std::sync::Arc::clone(&self.prepared.snapshot);
        let reading = tokio::task::spawn_blocking(move || {
            let reader =
                snapshot.take().ok_or_else(|| Error::new(ErrorKind::Bug, "no reader is free"))?;
            let mut sink = |chunk: Chunk| match sender.blocking_send(chunk) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            };
            read_range(&reader, &job, &mut sink)
        });
        let mut copy = self.session.copy_in(copy).await?;
        while let Some(chunk) = receiver.recv().await {
            copy.send(chunk.bytes).await?;
        }
        let read = reading.await.map_err(|error| {
            Error::new(ErrorKind::Bug, "a reader thread panicked").caused_by(error)
        })?;
        read?;
        copy.finish().await?;
        Ok(())
    }

    /// Tries each cell of a column of the server's own type: what the server refuses, or would give
    /// back as something else, is no cell to be written.
    async fn comes_back(&self, position: usize) -> Result<Option<Finding>> {
        let column = self.column(position)?;
        let Some(stored) = self.table.filling.stored(&column.name) else { return Ok(None) };
        let carrier = type_name(column.data_type);
        let argument = Sql::raw("v");
        let kept = stored.read(&stored.store(&argument), column.data_type);
        let function = Sql::raw("create or replace function pg_temp.sealift_comes_back(v ")
            .sql(&carrier)
            .push(") returns boolean language plpgsql as $f$ begin return (")
            .sql(&kept)
            .push(")::text is not distinct from v::text; exception when others then return false; end $f$");
        self.session.batch(&Sql::raw("drop function if exists pg_temp.sealift_comes_back")).await?;
        self.session.batch(&function).await?;
        let failing = Sql::raw("select n from ")
            .push(TABLE)
            .push(" where not pg_temp.sealift_comes_back(")
            .ident(&name(position)?)
            .push(")");
        let rows = self.rows(&failing).await?;
        let Some(rows) = rows else { return Ok(None) };
        let source = self.table.columns.get(position).ok_or_else(|| lost(self.table))?;
        let object = format!("{}.{}", self.table.source, source.source);
        let actual = self.catalog.table(self.table.target.name.as_str());
        let actual = actual.and_then(|actual| actual.column(column.name.as_str()));
        let labels = actual.map_or(&[][..], |actual| &actual.foreign.labels);
        let type_of = stored.type_name.as_str();
        let (message, hint) = if type_of == "tsvector" {
            (
                "cells are texts, of which PostgreSQL makes its tsvector by rules that only the application knows".to_owned(),
                format!(
                    "let the application fill its search index there, and leave the column: --exclude '{object}'; where it is not null also --fill '{object}='"
                ),
            )
        } else if labels.is_empty() {
            (
                format!("cells are no {type_of}, or would come back from it as something else"),
                "mend those rows in SQLite: write the values as PostgreSQL prints them; or change the column's type in the target".to_owned(),
            )
        } else {
            (
                format!("cells are none of the labels of {type_of}: {}", labels.join(", ")),
                format!(
                    "mend those rows in SQLite (update … set {} = lower(…), for example), or: alter type {type_of} add value …",
                    source.source
                ),
            )
        };
        Ok(Some(
            Finding::error("does-not-fit", object, message)
                .rows(rows.count, rows.keys)
                .hinted(hint),
        ))
    }

    /// Finds rows that are apart in SQLite and one under a key of the target's own types.
    async fn merges(&self, key: &target::Key) -> Result<Option<Finding>> {
        let Some(values) = self.values(key, "")? else { return Ok(None) };
        let is_there = values.iter().map(|value| value.clone().push(" is not null"));
        let twice = Sql::raw("select n from (select n, count(*) over (partition by ")
            .join(values.iter().cloned(), ", ")
            .push(") as times from ")
            .push(TABLE)
            .push(" where ")
            .join(is_there, " and ")
            .push(") as t where times > 1");
        let Some(rows) = self.rows(&twice).await? else { return Ok(None) };
        let object = format!("{} on {}", key.name, self.table.source);
        let message = "rows that differ in SQLite have the same key under the target's types";
        Ok(Some(Finding::error("keys-merge", object, message).rows(rows.count, rows.keys).hinted(
            "mend those rows in SQLite, so that their keys differ in more than case or spelling",
        )))
    }

    /// Says how many rows meet one of the target, and finds those that meet one by another key than
    /// that of their own.
    async fn meets(&self) -> Result<Vec<Finding>> {
        let filling = &self.table.filling;
        let schema = &self.prepared.plan.schema;
        let target = Sql::new().qualified(schema, &self.table.target.name);
        let mut findings = Vec::new();
        let own = keys(self.table).find(|key| key.columns == filling.key);
        let Some(same) = own.map(|key| self.same(key)).transpose()?.flatten() else {
            return Ok(findings);
        };
        let meeting = Sql::raw("select s.n from ")
            .push(TABLE)
            .push(" as s where exists (select from ")
            .sql(&target)
            .push(" as t where ")
            .sql(&same)
            .push(")");
        if let Some(rows) = self.rows(&meeting).await? {
            let message = match filling.conflict {
                Conflict::Error | Conflict::Skip => {
                    "rows of it are in the target already: the target's stay as they are"
                }
                Conflict::Update => {
                    "rows of it are in the target already: they get the source's values"
                }
            };
            let finding = Finding::note("rows-there", self.table.source.clone(), message);
            findings.push(finding.rows(rows.count, rows.keys));
        }
        for key in keys(self.table).filter(|key| key.columns != filling.key) {
            let Some(alike) = self.same(key)? else { continue };
            let others = Sql::raw("select distinct s.n from ")
                .push(TABLE)
                .push(" as s, ")
                .sql(&target)
                .push(" as t where ")
                .sql(&alike)
                .push(" and not (")
                .sql(&same)
                .push(")");
            let Some(rows) = self.rows(&others).await? else { continue };
            let object = format!("{} on {}", key.name, self.table.source);
            findings.push(match filling.conflict {
                Conflict::Error | Conflict::Update => Finding::error(
                    "meets-another-row",
                    object,
                    "rows meet a row of the target by this key that has another primary key: they cannot become one",
                )
                .hinted("--truncate empties the tables first, so that the source's rows keep their keys"),
                Conflict::Skip => Finding::warning(
                    "meets-another-row",
                    object,
                    "rows are left out, since the target has their like under another primary key; what refers to them refers to something else there",
                )
                .hinted("--truncate empties the tables first, so that the source's rows keep their keys"),
            }
            .rows(rows.count, rows.keys));
        }
        Ok(findings)
    }

    /// Returns the condition under which a row `s` of the trial and a row `t` of the target have a key
    /// in common; `None` where the key has a column that is not copied.
    fn same(&self, key: &target::Key) -> Result<Option<Sql>> {
        let Some(values) = self.values(key, "s.")? else { return Ok(None) };
        let pairs = key.columns.iter().zip(values);
        let equal = pairs.map(|(name, value)| Sql::raw("t.").ident(name).push(" = ").sql(&value));
        Ok(Some(Sql::new().join(equal, " and ")))
    }

    /// Returns what a key's columns will be, from the trial's row.
    fn values(&self, key: &target::Key, row: &'static str) -> Result<Option<Vec<Sql>>> {
        let mut values = Vec::new();
        for wanted in &key.columns {
            let mut columns = self.table.target.columns.iter();
            let position = columns.position(|column| column.name == *wanted);
            let Some(position) = position.filter(|position| self.columns.contains(position)) else {
                return Ok(None);
            };
            let value = Sql::raw(row).ident(&name(position)?);
            values.push(match self.table.filling.stored(wanted) {
                Some(stored) => stored.store(&value),
                None => value,
            });
        }
        Ok(Some(values))
    }

    /// Returns how many rows a query of their numbers gives, and the first keys; `None` for none.
    async fn rows(&self, numbers: &Sql) -> Result<Option<Rows>> {
        let sql = Sql::raw("with found as materialized (")
            .sql(numbers)
            .push(") select count(*) over (), n from found order by n limit 5");
        let answer = self.session.query_text(&sql).await?;
        let number = |row: &Vec<Option<String>>, at: usize| -> Option<u64> {
            row.get(at)?.as_deref()?.parse().ok()
        };
        let Some(count) = answer.first().and_then(|row| number(row, 0)) else { return Ok(None) };
        let numbers: Vec<u64> =
            answer.iter().filter_map(|row| number(row, 1)).take(LISTED_KEYS).collect();
        let source =
            planning::source_table(self.prepared, self.table).ok_or_else(|| lost(self.table))?;
        let keys = keys_at(&self.prepared.snapshot.metadata(), &source.key, &numbers)?;
        Ok(Some(Rows { count, keys }))
    }
}

fn name(position: usize) -> Result<Ident> {
    Ident::new(format!("c{position}"))
        .map_err(|error| Error::new(ErrorKind::Bug, "a column's place is no name").caused_by(error))
}

fn lost(table: &TablePlan) -> Error {
    Error::new(ErrorKind::Bug, format!("the plan's table {} is not the source's", table.source))
}

/// Returns the rules of `--fill` that gave no column a value.
pub(super) fn unused_fills(plan: &Plan, fills: &[sealift_core::plan::FillRule]) -> Vec<String> {
    let is_used = |rule: &&sealift_core::plan::FillRule| {
        plan.tables.iter().any(|table| {
            sealift_core::plan::matches(&rule.table, &table.source)
                && table
                    .filling
                    .fills
                    .iter()
                    .any(|fill| sealift_core::plan::matches(&rule.column, fill.column.as_str()))
        })
    };
    let unused = fills.iter().filter(|rule| !is_used(rule));
    unused.map(|rule| format!("{}.{}", rule.table, rule.column)).collect()
}
