//! Durable facts of a run, kept in the target and written with the data they describe.
//!
//! They live in schema `_sealift`, or, where the role may not create schemas, in the target schema
//! as tables `_sealift_run`, `_sealift_range`, `_sealift_step`. One run per target schema.
//!
//! | table | a row says |
//! |---|---|
//! | `run` | a migration into this schema was started: its plan, its cuts, what it was made for |
//! | `range` | this key range of this table has arrived; committed together with its rows |
//! | `step` | this statement was carried out; committed together with it |
//!
//! Everything durable is committed by [`Store::commit`].

mod known;
mod record;
mod state;

pub(crate) use known::KNOWN;
pub use state::{RangeReceipt, RunState};

use crate::config::Manner;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Moment, Step};
use crate::postgres::Session;
use sealift_core::name::Ident;
use sealift_core::plan::Plan;
use sealift_core::sql::Sql;
use sealift_core::verify::Hashed;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The form of the state tables. Version 1 had neither `source` nor `token`, version 2 hashed the rows of
/// every range and did not say so; both are understood. A state of another version is refused, not guessed
/// at.
const STATE_VERSION: i64 = 3;

/// The step of a run that ended well and was told to keep its state.
pub const FINISHED: &str = "finished";

/// The tables of the state, the one that names the run last.
const STATE_TABLES: [&str; 3] = ["step", "range", "run"];

/// Where the state of a run into one target schema is kept. Clones count commits together.
#[derive(Debug, Clone)]
pub struct Store {
    target_schema: Ident,
    place: Place,
    commits: Arc<AtomicU64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    schema: Ident,
    prefix: &'static str,
}

/// What a run is begun with.
#[derive(Debug, Clone, Copy)]
pub struct Beginning<'a> {
    /// What it is made for; see [`crate::migrate`].
    pub shape: &'a str,
    /// A random text that tells this process from all others.
    pub token: &'a str,
    /// The source file.
    pub source: &'a str,
    /// The options that decide what is made, in words.
    pub options: &'a str,
    /// Who makes the tables.
    pub manner: Manner,
    /// What is made.
    pub plan: &'a Plan,
    /// Where tables are cut, by source table.
    pub cuts: &'a BTreeMap<String, Vec<i64>>,
}

impl Store {
    /// Returns the state of an earlier run into `target_schema` that did not end, if there is one.
    ///
    /// # Errors
    /// When the state was left by another version of Sealift, or cannot be read.
    pub async fn find(
        session: &Session,
        target_schema: &Ident,
    ) -> Result<Option<(Self, RunState)>> {
        for place in [Place::own()?, Place::within(target_schema)] {
            let store = Self::at(target_schema, place);
            if store.exists(session).await?
                && let Some(state) = store.load(session).await?
                && !state.steps.contains(FINISHED)
            {
                return Ok(Some((store, state)));
            }
        }
        Ok(None)
    }

    /// Returns every place that may hold a state for `target_schema` and is there, read or not.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn all(session: &Session, target_schema: &Ident) -> Result<Vec<Self>> {
        let mut stores = Vec::new();
        for place in [Place::own()?, Place::within(target_schema)] {
            let store = Self::at(target_schema, place);
            if store.exists(session).await? {
                stores.push(store);
            }
        }
        Ok(stores)
    }

    /// Returns where a new state goes: schema `_sealift` if the role may make it, else the target
    /// schema itself.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn place(session: &Session, target_schema: &Ident) -> Result<Self> {
        let own = Place::own()?;
        // One that another role has begun is of no use: its tables are that role's.
        let allowed = Sql::raw(
            "select coalesce((select has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create') \
             and not exists (select from pg_class c where c.relnamespace = n.oid \
             and c.relname in ('run', 'range', 'step') and not pg_has_role(c.relowner, 'usage')) \
             from pg_namespace n where n.nspname = ",
        )
        .literal(own.schema.as_str())
        .push("), has_database_privilege(current_database(), 'create'))");
        let place = if is_true(&session.query_text(&allowed).await?) {
            own
        } else {
            Place::within(target_schema)
        };
        Ok(Self::at(target_schema, place))
    }

    /// Returns the state as tables of the target schema.
    #[must_use]
    pub fn beside(target_schema: &Ident) -> Self {
        Self::at(target_schema, Place::within(target_schema))
    }

    fn at(target_schema: &Ident, place: Place) -> Self {
        Self { target_schema: target_schema.clone(), place, commits: Arc::default() }
    }

    /// Commits the transaction of a durable step.
    ///
    /// # Errors
    /// As [`Session::commit`]: also when it was committed and the answer got lost.
    pub async fn commit(&self, session: &Session, step: Step) -> Result<()> {
        self.commit_with(session, &Sql::raw("select 1"), step).await
    }

    /// Carries out the statement that records the step, and commits both in one round trip.
    ///
    /// # Errors
    /// As [`Store::commit`]; when the server refuses the statement, nothing is committed.
    pub async fn commit_with(&self, session: &Session, record: &Sql, step: Step) -> Result<()> {
        step.reach(Moment::Before)?;
        session.commit_with(record).await?;
        // The sequences are set anew by every attempt, and the quarantine is written: that is no progress.
        if step != Step::Sequences && step != Step::Quarantine {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
        step.reach(Moment::After)
    }

    /// Returns how many durable steps this process has committed that bring it forward.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Returns the statements that make the tables and record the start of a run. They run in the
    /// transaction that makes the target's tables.
    ///
    /// # Errors
    /// When the plan cannot be written as JSON.
    pub fn start(&self, run: Beginning<'_>) -> Result<Vec<Sql>> {
        let json = |error: serde_json::Error| {
            Error::new(ErrorKind::Bug, "the plan cannot be written as JSON").caused_by(error)
        };
        // Findings name rows by their keys, which are cells: neither the state nor a server that logs
        // its statements is the place for them.
        let mut plan = run.plan.clone();
        plan.findings.iter_mut().for_each(|finding| finding.keys.clear());
        let plan_text = serde_json::to_string(&plan).map_err(json)?;
        let cuts_text = serde_json::to_string(run.cuts).map_err(json)?;
        let mut statements = vec![one_at_a_time()];
        if self.place.prefix.is_empty() {
            // `create schema if not exists` asks for the right to make it even where it is there.
            statements.push(Sql::raw(
                "do $$ begin if to_regnamespace('_sealift') is null then create schema _sealift; \
                 end if; end $$",
            ));
        }
        statements.push(
            Sql::raw("create table if not exists ").sql(&self.table("run")?).push(
                " (target_schema text primary key, state_version bigint not null, made_by text not null, \
                 shape text not null, manner text not null, plan text not null, cuts text not null, \
                 started_at timestamptz not null default now())",
            ),
        );
        statements.push(
            Sql::raw("create table if not exists ").sql(&self.table("range")?).push(
                " (target_schema text, source_table text, number bigint, rows bigint not null, \
                 digest numeric not null, bytes bigint not null, seconds double precision not null, \
                 hashed text, primary key (target_schema, source_table, number))",
            ),
        );
        statements.push(self.bring_up_to_date()?);
        statements.push(Sql::raw("create table if not exists ").sql(&self.table("step")?).push(
            " (target_schema text, id text, done_at timestamptz not null default now(), \
                 primary key (target_schema, id))",
        ));
        // What `--keep-state` left of a run that ended.
        statements.extend(self.forget_run()?);
        let texts = [
            env!("CARGO_PKG_VERSION"),
            run.shape,
            run.token,
            run.source,
            run.options,
            manner_name(run.manner),
            &plan_text,
            &cuts_text,
        ];
        let values = texts.iter().map(|text| Sql::new().literal(text));
        statements.push(
            Sql::raw("insert into ")
                .sql(&self.table("run")?)
                .push(" (target_schema, state_version, made_by, shape, token, source, options, manner, plan, cuts) values (")
                .literal(self.target_schema.as_str())
                .push(", ")
                .int(STATE_VERSION)
                .push(", ")
                .join(values, ", ")
                .push(")"),
        );
        Ok(statements)
    }

    /// Returns the statements that give tables of earlier versions the columns of this one.
    fn bring_up_to_date(&self) -> Result<Sql> {
        Ok(Sql::raw("alter table ")
            .sql(&self.table("run")?)
            .push(
                " add column if not exists token text, add column if not exists source text, \
                 add column if not exists options text; alter table ",
            )
            .sql(&self.table("range")?)
            .push(" add column if not exists hashed text"))
    }

    /// Takes over what another process began: from now on it is this one's.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn take_over(&self, session: &Session, token: &str, source: &str) -> Result<()> {
        session.begin().await?;
        session.batch(&one_at_a_time()).await?;
        session.batch(&self.bring_up_to_date()?).await?;
        let update = Sql::raw("update ")
            .sql(&self.table("run")?)
            .push(" set state_version = ")
            .int(STATE_VERSION)
            .push(", token = ")
            .literal(token)
            .push(", source = ")
            .literal(source)
            .push(" where target_schema = ")
            .literal(self.target_schema.as_str());
        session.execute(&update).await?;
        self.commit(session, Step::TakeOver).await
    }

    /// Returns the statements that forget the run, leaving the tables of the state.
    ///
    /// # Errors
    /// Never in practice; the state's own names are constants.
    pub fn forget_run(&self) -> Result<Vec<Sql>> {
        let delete = |name| {
            Ok(Sql::raw("delete from ")
                .sql(&self.table(name)?)
                .push(" where target_schema = ")
                .literal(self.target_schema.as_str()))
        };
        STATE_TABLES.into_iter().map(delete).collect()
    }

    /// Returns the statements that forget a run whose state cannot be read: of its tables, some may be
    /// gone.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn forget_unread(&self, session: &Session) -> Result<Vec<Sql>> {
        let mut statements = Vec::new();
        for (name, delete) in STATE_TABLES.into_iter().zip(self.forget_run()?) {
            if self.has(session, name).await? {
                statements.push(delete);
            }
        }
        Ok(statements)
    }

    /// Removes the state of this run, and the tables too when no other run uses them. `step` says
    /// why: at the end of a run, or because it is taken back.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn remove(&self, session: &Session, step: Step) -> Result<()> {
        session.begin().await?;
        session.batch(&one_at_a_time()).await?;
        for sql in self.forget_run()? {
            session.execute(&sql).await?;
        }
        let left = session
            .query_text(
                &Sql::raw("select not exists (select from ").sql(&self.table("run")?).push(")"),
            )
            .await?;
        if is_true(&left) {
            let tables: Result<Vec<Sql>> =
                STATE_TABLES.into_iter().map(|name| self.table(name)).collect();
            session.batch(&Sql::raw("drop table ").join(tables?, ", ")).await?;
            // The history of the schema's revisions lives there too, and stays.
            if self.place.prefix.is_empty()
                && self.owns_schema(session).await?
                && self.is_empty(session).await?
            {
                session.batch(&Sql::raw("drop schema ").ident(&self.place.schema)).await?;
            }
        }
        self.commit(session, step).await
    }

    /// Marks the state as that of a run that ended.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub async fn finish(&self, session: &Session) -> Result<()> {
        session.begin().await?;
        session.execute(&self.step_done(FINISHED)?).await?;
        self.commit(session, Step::End).await
    }

    /// Returns where the state is, for messages.
    #[must_use]
    pub fn location(&self) -> String {
        if self.place.prefix.is_empty() {
            format!("schema {}", self.place.schema)
        } else {
            format!("tables {}.{}*", self.place.schema, self.place.prefix)
        }
    }

    fn table(&self, name: &str) -> Result<Sql> {
        Ok(Sql::new()
            .qualified(&self.place.schema, &ident(&format!("{}{name}", self.place.prefix))?))
    }

    async fn exists(&self, session: &Session) -> Result<bool> {
        self.has(session, "run").await
    }

    /// Returns whether a table of the state is there and this role may read it. Another role's is not ours.
    async fn has(&self, session: &Session, table: &str) -> Result<bool> {
        let sql = Sql::raw(
            "select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace \
             where has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') \
             and n.nspname = ",
        )
        .literal(self.place.schema.as_str())
        .push(" and c.relname = ")
        .literal(&format!("{}{table}", self.place.prefix));
        Ok(!session.query_text(&sql).await?.is_empty())
    }

    /// Returns whether no table is left in the schema.
    async fn is_empty(&self, session: &Session) -> Result<bool> {
        let sql = Sql::raw(
            "select not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = ",
        )
        .literal(self.place.schema.as_str())
        .push(")");
        Ok(is_true(&session.query_text(&sql).await?))
    }

    /// Returns whether the schema is this role's to drop: somebody may have made it for it.
    async fn owns_schema(&self, session: &Session) -> Result<bool> {
        let sql =
            Sql::raw("select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = ")
                .literal(self.place.schema.as_str());
        Ok(is_true(&session.query_text(&sql).await?))
    }
}

impl Place {
    fn own() -> Result<Self> {
        Ok(Self { schema: ident("_sealift")?, prefix: "" })
    }

    fn within(schema: &Ident) -> Self {
        Self { schema: schema.clone(), prefix: "_sealift_" }
    }
}

fn manner_name(manner: Manner) -> &'static str {
    match manner {
        Manner::Make => "make",
        Manner::Fill => "fill",
    }
}

fn hashed_name(hashed: Hashed) -> &'static str {
    match hashed {
        Hashed::Nothing => "nothing",
        Hashed::Stream => "stream",
        Hashed::Rows => "rows",
    }
}

/// Runs into other schemas of the database share the tables: nobody drops them while another run is
/// about to use them.
fn one_at_a_time() -> Sql {
    Sql::raw("select pg_advisory_xact_lock(hashtextextended('sealift state', 0))")
}

fn ident(name: &str) -> Result<Ident> {
    Ident::new(name)
        .map_err(|error| Error::new(ErrorKind::Bug, "the state's own name").caused_by(error))
}

fn is_true(rows: &[Vec<Option<String>>]) -> bool {
    rows.first().and_then(|row| row.first()).and_then(Option::as_deref) == Some("t")
}
