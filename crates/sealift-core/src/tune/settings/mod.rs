//! Settings of the server: today's value, the advised one, why, and the statement that sets it.
//!
//! Every rule names its page of PostgreSQL's manual. Where the manual leaves a range, a value inside it is left
//! as it is: advice that only moves a number is none.

mod facts;
mod memory;
mod planner;
mod safety;
mod size;
mod vacuum;
mod wal;

pub use facts::{Checkpoints, Context, LargeTable, Provider, ServerFacts, ServerSetting};
pub use vacuum::{LARGE_ROWS, TableAdvice, tables};

use crate::name::Ident;
use crate::sql::Sql;
use serde::Serialize;

/// When a setting takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// With `select pg_reload_conf()`.
    Reload,
    /// When the server starts again.
    Restart,
    /// In sessions that begin afterwards.
    NewSessions,
}

/// What is to be done about a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Todo {
    /// Nothing.
    Keep,
    /// It should be changed.
    Change,
    /// It was changed already, and the server has to be started again.
    RestartIsPending,
    /// It cannot be judged without knowing the machine.
    Unknown,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingAdvice {
    /// Its name.
    pub name: &'static str,
    /// Today's value, as the server's configuration would have it.
    pub now: String,
    /// The advised value; today's where nothing is to be done.
    pub advised: String,
    /// What is to be done.
    pub todo: Todo,
    /// When a change takes effect.
    pub effect: Effect,
    /// Why, as a clause.
    pub because: String,
    /// The page of PostgreSQL's manual.
    pub source: &'static str,
    /// The statement; `None` where there is nothing to do, or none is allowed.
    pub sql: Option<Sql>,
    /// Where it is set when no statement is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'static str>,
}

/// What a rule says about a setting that is there.
struct Rule {
    name: &'static str,
    advised: String,
    keep: bool,
    because: String,
    source: &'static str,
}

/// Returns the advice about every setting that there is a rule for, in the order of the manual.
#[must_use]
pub fn settings(facts: &ServerFacts) -> Vec<SettingAdvice> {
    let rules =
        [memory::rules(facts), wal::rules(facts), planner::rules(facts), safety::rules(facts)];
    rules.into_iter().flatten().filter_map(|rule| advice(facts, rule)).collect()
}

fn advice(facts: &ServerFacts, rule: Rule) -> Option<SettingAdvice> {
    let setting = facts.setting(rule.name)?;
    let effect = match setting.context {
        Context::Postmaster => Effect::Restart,
        Context::Sighup => Effect::Reload,
        Context::User => Effect::NewSessions,
    };
    let now = setting.shown();
    let todo = if setting.pending_restart {
        Todo::RestartIsPending
    } else if rule.keep {
        Todo::Keep
    } else if rule.advised.is_empty() {
        Todo::Unknown
    } else {
        Todo::Change
    };
    let changes = todo == Todo::Change;
    let sql = if changes { statement(facts, rule.name, &rule.advised, effect) } else { None };
    let by = if changes && sql.is_none() { Some(elsewhere(facts)) } else { None };
    let advised = if changes { rule.advised } else { now.clone() };
    let because = match todo {
        Todo::RestartIsPending => {
            "was changed already and takes effect when the server starts again".to_owned()
        }
        Todo::Keep | Todo::Change | Todo::Unknown => rule.because,
    };
    Some(SettingAdvice {
        name: rule.name,
        now,
        advised,
        todo,
        effect,
        because,
        source: rule.source,
        sql,
        by,
    })
}

/// Returns the statement that sets it, by the right that the role has: for the whole server, else for its
/// database where the setting allows that.
fn statement(facts: &ServerFacts, name: &'static str, value: &str, effect: Effect) -> Option<Sql> {
    let set = |begin: Sql| begin.push(name).push(" = ").literal(value);
    if facts.may_alter_system {
        return Some(set(Sql::raw("alter system set ")));
    }
    match effect {
        Effect::NewSessions if facts.owns_database => {
            let database: &Ident = &facts.database;
            Some(set(Sql::raw("alter database ").ident(database).push(" set ")))
        }
        Effect::NewSessions | Effect::Reload | Effect::Restart => None,
    }
}

fn elsewhere(facts: &ServerFacts) -> &'static str {
    facts.provider.map_or("postgresql.conf, or a superuser by alter system", Provider::place)
}

#[cfg(test)]
mod tests;
