//! What steps say about their locks, compared with what the server lets them take.

use super::{Change, steps};
use crate::support::connect;
use sealift_core::revision::diff::{Lock, Statement};
use sealift_core::revision::split::split;
use sealift_core::sql::Sql;
use sealift_engine::postgres::Session;
use sealift_testkit::database;

/// What others can see: tables and views, with their numbers.
const THERE: &str = "
    select oid, relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm')";

/// The strongest lock that the session holds on each relation, as [`rank`] counts, where it stops anybody.
const HELD: &str = "
    select relation, max(strength) from pg_locks, lateral (select case mode
        when 'ShareUpdateExclusiveLock' then 1 when 'ShareLock' then 2 when 'ShareRowExclusiveLock' then 3
        when 'ExclusiveLock' then 3 when 'AccessExclusiveLock' then 4 else 0 end as strength) as s
    where pid = pg_backend_pid() and granted and relation is not null and strength > 0
    group by 1 order by 1";

/// Carries out all statements of a change, up and down, and compares their locks with what is said about them.
pub(super) async fn are_as_said(change: &Change) {
    let database = database().await;
    let steps = steps(&database, change).await;
    let session = connect(&database.url).await.unwrap();
    session
        .batch(&Sql::raw("set search_path = public; set sealift.accept_loss = on; set check_function_bodies = off"))
        .await
        .unwrap();
    let up: Vec<&Statement> = steps.iter().flat_map(|step| &step.up).collect();
    let down: Vec<&Statement> = steps.iter().rev().flat_map(|step| &step.down).collect();
    let mut wrong = Vec::new();
    for way in [up, down] {
        let before = session.query_text(&Sql::raw(THERE)).await.unwrap();
        let others: Vec<String> = before.into_iter().filter_map(|row| row[0].clone()).collect();
        for statement in way {
            wrong.extend(looked_at(&session, statement, &others).await);
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// Returns what is not so. `others` use what was there before, by its numbers; what has come since is nobody's yet.
async fn looked_at(session: &Session, statement: &Statement, others: &[String]) -> Vec<String> {
    let sql = statement.sql.as_str();
    if statement.alone {
        session.batch(&statement.sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        return Vec::new();
    }
    let there = session.query_text(&Sql::raw(THERE)).await.unwrap();
    session.begin().await.unwrap();
    session.batch(&statement.sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let held = session.query_text(&Sql::raw(HELD)).await.unwrap();
    session.commit().await.unwrap();
    let text = split(sql).unwrap();
    let effect = text[0].effect();
    let mut wrong = Vec::new();
    for row in held {
        let strength = row[1].clone().unwrap();
        let is_used = |one: &&Vec<Option<String>>| {
            one[0] == row[0] && one[0].as_ref().is_some_and(|number| others.contains(number))
        };
        let Some(table) = there.iter().find(is_used) else { continue };
        let table = table[1].clone().unwrap();
        let named = statement.on.iter().any(|on| on.as_str() == table);
        if !named || rank(statement.lock) < strength {
            wrong.push(format!(
                "{sql}: takes lock {strength} on {table}, and says {:?} on {:?}",
                statement.lock, statement.on
            ));
        }
        if effect.lock.is_some_and(|lock| rank(lock) < strength) {
            wrong.push(format!(
                "{sql}: takes lock {strength} on {table}, and its text says {:?}",
                effect.lock
            ));
        }
    }
    wrong
}

/// As the query counts, so that texts of one digit are compared.
fn rank(lock: Lock) -> String {
    let rank = match lock {
        Lock::None => 0,
        Lock::ShareUpdateExclusive => 1,
        Lock::Share => 2,
        Lock::ShareRowExclusive => 3,
        Lock::AccessExclusive => 4,
    };
    rank.to_string()
}
