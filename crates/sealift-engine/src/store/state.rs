//! What an earlier run left in the target, and how it is read.

use super::{STATE_VERSION, Store, hashed_name, known, manner_name};
use crate::config::Manner;
use crate::error::{Error, Result};
use crate::postgres::Session;
use sealift_core::plan::Plan;
use sealift_core::sql::Sql;
use sealift_core::verify::{Hashed, RangeDigest};
use std::collections::{BTreeMap, BTreeSet};

/// The oldest form of the state tables that is understood.
const OLDEST_STATE_VERSION: i64 = 1;

/// What is known of an earlier run that did not end.
#[derive(Debug, Clone)]
pub struct RunState {
    /// What it was made for; see [`crate::migrate`].
    pub shape: String,
    /// The process that wrote it last.
    pub token: Option<String>,
    /// The source file, as that process saw it.
    pub source: Option<String>,
    /// The options that decide what is made.
    pub options: Option<String>,
    /// The version of Sealift that began it.
    pub made_by: String,
    /// Who made its tables: what is taken back is the tables or their rows.
    pub manner: Manner,
    /// Its plan.
    pub plan: Plan,
    /// Where its tables were cut, by source table.
    pub cuts: BTreeMap<String, Vec<i64>>,
    /// Ranges that have arrived.
    pub ranges: BTreeMap<(String, usize), RangeReceipt>,
    /// Statements that were carried out.
    pub steps: BTreeSet<String>,
}

/// What arrived with one range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RangeReceipt {
    /// What the digest is made of.
    pub hashed: Hashed,
    /// Rows and the sum of what was hashed.
    pub digest: RangeDigest,
    /// Bytes sent.
    pub bytes: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Store {
    pub(super) async fn load(&self, session: &Session) -> Result<Option<RunState>> {
        self.read(session).await.map_err(|error| match error.sqlstate() {
            // A table or a column of it is gone.
            Some("42P01" | "42703") => unreadable().caused_by(error),
            Some(_) | None => error,
        })
    }

    async fn read(&self, session: &Session) -> Result<Option<RunState>> {
        let mine =
            |sql: Sql| sql.push(" where target_schema = ").literal(self.target_schema.as_str());
        // As JSON, since an older table lacks some of the columns.
        let run = mine(
            Sql::raw("select state_version, made_by, shape, manner, plan, cuts, to_jsonb(r) ->> 'token', \
                      to_jsonb(r) ->> 'source', to_jsonb(r) ->> 'options' from ")
                .sql(&self.table("run")?).push(" as r"),
        );
        let rows = session.query_text(&run).await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        let later: Vec<Option<String>> = row.split_off(std::cmp::min(row.len(), 6));
        let [token, source, options] = later.try_into().map_err(|_| unreadable())?;
        let [version, made_by, shape, manner, plan, cuts] = cells(row)?;
        if !(OLDEST_STATE_VERSION..=STATE_VERSION).contains(&parse(&version)?) {
            return Err(known::OTHER_VERSION.saying(format!(
                "{} holds the state of a run by Sealift {made_by}, which this version does not know",
                self.location()
            )));
        }
        let ranges = mine(
            Sql::raw(
                "select source_table, number, rows, digest, bytes, seconds, \
                 coalesce(to_jsonb(r) ->> 'hashed', 'rows') from ",
            )
            .sql(&self.table("range")?)
            .push(" as r"),
        );
        let mut received = BTreeMap::new();
        for row in session.query_text(&ranges).await? {
            let [table, number, rows, digest, bytes, seconds, hashed] = cells(row)?;
            let receipt = RangeReceipt {
                hashed: hashed_of(&hashed)?,
                digest: RangeDigest { rows: parse(&rows)?, sum: parse(&digest)? },
                bytes: parse(&bytes)?,
                seconds: parse(&seconds)?,
            };
            received.insert((table, parse(&number)?), receipt);
        }
        let steps = mine(Sql::raw("select id from ").sql(&self.table("step")?));
        let steps: Result<BTreeSet<String>> = session
            .query_text(&steps)
            .await?
            .into_iter()
            .map(|row| cells(row).map(|[id]| id))
            .collect();
        let json = |error: serde_json::Error| unreadable().caused_by(error);
        Ok(Some(RunState {
            shape,
            token,
            source,
            options,
            made_by,
            manner: manner_of(&manner)?,
            plan: serde_json::from_str(&plan).map_err(json)?,
            cuts: serde_json::from_str(&cuts).map_err(json)?,
            ranges: received,
            steps: steps?,
        }))
    }
}

fn manner_of(name: &str) -> Result<Manner> {
    let both = [Manner::Make, Manner::Fill];
    both.into_iter().find(|manner| manner_name(*manner) == name).ok_or_else(unreadable)
}

fn hashed_of(name: &str) -> Result<Hashed> {
    let all = [Hashed::Nothing, Hashed::Stream, Hashed::Rows];
    all.into_iter().find(|hashed| hashed_name(*hashed) == name).ok_or_else(unreadable)
}

fn unreadable() -> Error {
    known::UNREADABLE_STATE.error()
}

fn cells<const N: usize>(row: Vec<Option<String>>) -> Result<[String; N]> {
    let row: Option<Vec<String>> = row.into_iter().collect();
    row.and_then(|row| row.try_into().ok()).ok_or_else(unreadable)
}

fn parse<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| unreadable())
}
