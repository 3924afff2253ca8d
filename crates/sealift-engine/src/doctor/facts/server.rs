//! What stands in the schema after a move, and what time it is on the server.

use super::machine::Clock;
use crate::Result;
use crate::postgres::{Catalog, ServerVersion, Session, introspect, largest};
use crate::store::Store;
use sealift_core::mapping::PgType;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use std::time::Duration;

/// What the machine is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::doctor) struct ServerFacts {
    pub(in crate::doctor) version: ServerVersion,
    /// `None` where the server does not tell its time.
    pub(in crate::doctor) skew: Option<Skew>,
}

/// How far the server's clock is from ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::doctor) struct Skew {
    pub(in crate::doctor) apart: Duration,
    pub(in crate::doctor) server_is_ahead: bool,
    /// How wrong it may be: half of the time that the question took.
    pub(in crate::doctor) within: Duration,
}

impl Skew {
    /// Asks the server what time it is; it says so about half way between question and answer.
    pub(in crate::doctor) async fn measure(session: &Session, clock: Clock) -> Option<Self> {
        let before = clock.now();
        let sql = Sql::raw("select extract(epoch from clock_timestamp())::float8::text");
        let rows = session.query_text(&sql).await.ok()?;
        let within = clock.now().saturating_sub(before) / 2;
        let server: f64 = rows.first()?.first()?.as_deref()?.parse().ok()?;
        let server = Duration::try_from_secs_f64(server).ok()?;
        let ours = before + within;
        Some(Self { apart: server.abs_diff(ours), server_is_ahead: server > ours, within })
    }
}

/// What stands in the schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::doctor) struct SchemaFacts {
    pub(in crate::doctor) schema: String,
    pub(in crate::doctor) tables: usize,
    /// Sequences whose next value a row has already.
    pub(in crate::doctor) behind: Vec<SequenceBehind>,
    /// Indexes that queries may not use, quoted with their schema.
    pub(in crate::doctor) invalid_indexes: Vec<String>,
    /// Tables and constraints of which not every row is known to keep them, quoted.
    pub(in crate::doctor) unvalidated: Vec<(String, String)>,
    /// Tables with rows that were never analysed, quoted with their schema.
    pub(in crate::doctor) unanalysed: Vec<String>,
    pub(in crate::doctor) state: StateLeft,
}

/// A sequence whose next value a row has already, so that the next insert fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) struct SequenceBehind {
    /// Quoted with its schema.
    pub(in crate::doctor) sequence: String,
    /// `table.column`
    pub(in crate::doctor) column: String,
    pub(in crate::doctor) next: i64,
    pub(in crate::doctor) largest: i64,
}

/// What a migration has left beside the tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::doctor) enum StateLeft {
    /// Nothing.
    #[default]
    Nothing,
    /// The state of one that did not end, and where it is.
    Unfinished(String),
    /// That of one that ended and was told to keep it, or that cannot be read.
    Kept(String),
}

impl SchemaFacts {
    /// Asks the server.
    ///
    /// # Errors
    ///
    /// When the connection breaks or the server refuses a question.
    pub(in crate::doctor) async fn ask(session: &Session, schema: &str) -> Result<Self> {
        let Ok(schema) = Ident::new(schema) else { return Ok(Self::default()) };
        let catalog = introspect(session, &schema).await?;
        let qualified = |name: &str| quoted(&schema, name);
        let mut facts = Self {
            schema: schema.as_str().to_owned(),
            tables: catalog.tables.len(),
            behind: behind(session, &schema, &catalog).await?,
            state: state_left(session, &schema).await?,
            ..Self::default()
        };
        for table in &catalog.tables {
            let invalid = table.indexes.iter().filter(|index| !index.valid);
            facts.invalid_indexes.extend(invalid.filter_map(|index| qualified(&index.name)));
            for constraint in table.constraints.iter().filter(|constraint| !constraint.validated) {
                let name = Ident::new(constraint.name.clone()).ok();
                let name = name.map(|name| Sql::new().ident(&name).as_str().to_owned());
                facts.unvalidated.extend(qualified(&table.name).zip(name));
            }
            if table.has_rows == Some(true) && table.row_estimate.is_none() {
                facts.unanalysed.extend(qualified(&table.name));
            }
        }
        Ok(facts)
    }
}

fn quoted(schema: &Ident, name: &str) -> Option<String> {
    let name = Ident::new(name).ok()?;
    Some(Sql::new().qualified(schema, &name).as_str().to_owned())
}

/// Returns the sequences that would give a number that a row has already.
async fn behind(
    session: &Session,
    schema: &Ident,
    catalog: &Catalog,
) -> Result<Vec<SequenceBehind>> {
    let mut wanted = Vec::new();
    for table in catalog.tables.iter().filter(|table| table.has_rows == Some(true)) {
        for column in &table.columns {
            let is_integer = column.data_type.is_some_and(PgType::is_integer);
            let sequence = catalog.numbers_of(&table.name, &column.name).filter(|_| is_integer);
            let rising = sequence.filter(|sequence| sequence.increment > 0);
            if let Some((sequence, next)) = rising.and_then(|it| Some((it, it.next()?)))
                && let Ok(table_name) = Ident::new(table.name.clone())
                && let Ok(column_name) = Ident::new(column.name.clone())
            {
                wanted.push((table_name, column_name, sequence.name.clone(), next));
            }
        }
    }
    let columns: Vec<(&Ident, &Ident)> =
        wanted.iter().map(|(table, column, ..)| (table, column)).collect();
    let largest = largest(session, schema, &columns).await?;
    let found = wanted.into_iter().filter_map(|(table, column, sequence, next)| {
        let key = (table.as_str().to_owned(), column.as_str().to_owned());
        let largest = *largest.get(&key)?;
        (next <= largest).then_some(SequenceBehind {
            sequence: quoted(schema, &sequence)?,
            column: format!("{table}.{column}"),
            next,
            largest,
        })
    });
    Ok(found.collect())
}

async fn state_left(session: &Session, schema: &Ident) -> Result<StateLeft> {
    match Store::find(session, schema).await {
        Ok(Some((store, _))) => return Ok(StateLeft::Unfinished(store.location())),
        Ok(None) => {}
        Err(error) if error.is_refusal() => return Ok(StateLeft::Kept(error.to_string())),
        Err(error) => return Err(error),
    }
    let stores = Store::all(session, schema).await?;
    Ok(stores.first().map_or(StateLeft::Nothing, |store| StateLeft::Kept(store.location())))
}
