//! From one schema to another and back, on a server and with rows.

use super::model;
use crate::support::connect;
use sealift_core::revision::diff::{Revision, compare};
use sealift_core::revision::file::{Id, Parents, Script, Transaction};
use sealift_core::revision::model::{Column, Model};
use sealift_core::sql::Sql;
use sealift_engine::Error;
use sealift_engine::postgres::Session;
use sealift_testkit::Database;

/// What came of it.
pub(super) struct Way {
    /// The titles of the steps.
    pub(super) titles: Vec<String>,
    /// Whether all rows could stay on the way up.
    pub(super) rows_stay: bool,
}

/// Makes both, goes from the one to the other and back.
pub(super) async fn there_and_back(
    database: &Database,
    base_sql: &str,
    wanted_sql: &str,
    rows: &[String],
) -> Result<Way, String> {
    make(database, "target", wanted_sql).await;
    let wanted = model(database, "target").await;
    make(database, "target", base_sql).await;
    let before = model(database, "target").await;
    let difference = compare(&before, &wanted, &[]).map_err(|error| error.to_string())?;
    if !difference.not_covered.is_empty() {
        return Err(format!("not covered: {:?}", difference.not_covered));
    }
    let session = connect(&database.url).await.unwrap();
    session.batch(&Sql::raw("set search_path = target")).await.unwrap();
    let client = database.connect().await;
    client.batch_execute("set search_path = target").await.unwrap();
    for row in rows {
        // What a rule refuses stays away.
        client.batch_execute(row).await.unwrap_or_default();
    }
    let rows = values(&session, &before, &wanted).await;
    let first = Id::new("20260101000000").unwrap();
    let revisions = difference.revisions(&first, Parents::None, "change");
    let told = |what: &str, revision: &Revision, script: &Script, error: &Error| {
        format!(
            "{what} {}: {error}\n{}\n--- from\n{base_sql}\n--- to\n{wanted_sql}",
            revision.id,
            script.text()
        )
    };
    let mut all_stay = true;
    for revision in &revisions {
        if let Err(error) = carry_out(&session, &revision.up).await {
            if !is_about_rows(&error) {
                return Err(told("up", revision, &revision.up, &error));
            }
            all_stay = false;
            empty(&session).await;
            let again = carry_out(&session, &revision.up).await;
            again.map_err(|error| told("up without rows", revision, &revision.up, &error))?;
        }
    }
    let there = model(database, "target").await;
    differ(&there, &wanted).map_or(Ok(()), |which| {
        Err(format!("{which}\n--- from\n{base_sql}\n--- to\n{wanted_sql}"))
    })?;
    if all_stay && values(&session, &before, &wanted).await != rows {
        return Err(format!(
            "rows are not as they were\n--- from\n{base_sql}\n--- to\n{wanted_sql}"
        ));
    }
    session.batch(&Sql::raw("set sealift.accept_loss = on")).await.unwrap();
    for revision in revisions.iter().rev() {
        if let Err(error) = carry_out(&session, &revision.down).await {
            if !is_about_rows(&error) {
                return Err(told("down", revision, &revision.down, &error));
            }
            empty(&session).await;
            let again = carry_out(&session, &revision.down).await;
            again.map_err(|error| told("down without rows", revision, &revision.down, &error))?;
        }
    }
    let back = model(database, "target").await;
    differ(&back, &before).map_or(Ok(()), |which| {
        Err(format!("back: {which}\n--- from\n{base_sql}\n--- to\n{wanted_sql}"))
    })?;
    let titles = difference.steps.into_iter().map(|step| step.title).collect();
    Ok(Way { titles, rows_stay: all_stay })
}

/// Makes a schema anew.
pub(super) async fn make(database: &Database, schema: &str, sql: &str) {
    let script = format!(
        "set client_min_messages = warning; drop schema if exists {schema} cascade; create schema {schema}; \
         set search_path = {schema}; {sql}"
    );
    database.execute(&script).await;
}

/// Carries a file out as it says: in one transaction, or statement by statement.
async fn carry_out(session: &Session, script: &Script) -> Result<(), Error> {
    if script.header().transaction == Transaction::Off {
        for statement in script.statements() {
            session.batch(&statement.sql()).await?;
        }
        return Ok(());
    }
    session.begin().await?;
    for statement in script.statements() {
        if let Err(error) = session.batch(&statement.sql()).await {
            session.rollback().await?;
            return Err(error);
        }
    }
    session.commit().await
}

/// Returns whether the server, or a guard of ours, refuses because of what rows hold.
fn is_about_rows(error: &Error) -> bool {
    let state = error.sqlstate().unwrap_or_default();
    state.starts_with("22") || state.starts_with("23") || state == "P0001"
}

/// Empties all tables, and takes away what an index that could not be built has left.
async fn empty(session: &Session) {
    session
        .batch(&Sql::raw(
            "do $$ declare t text; begin
                for t in select c.oid::regclass::text from pg_class c
                         where c.relnamespace = 'target'::regnamespace and c.relkind = 'r' loop
                    execute 'truncate ' || t || ' cascade';
                end loop;
                for t in select i.indexrelid::regclass::text from pg_index i
                         join pg_class c on c.oid = i.indexrelid
                         where c.relnamespace = 'target'::regnamespace and not i.indisvalid loop
                    execute 'drop index ' || t;
                end loop;
            end $$",
        ))
        .await
        .unwrap();
}

/// Returns the values of the columns that are the same on both sides.
async fn values(session: &Session, before: &Model, wanted: &Model) -> Vec<Vec<Option<String>>> {
    let mut all = Vec::new();
    for table in &before.tables {
        let Some(other) = wanted.table(&table.name) else { continue };
        let is_same = |column: &&Column| {
            other.column(&column.name).is_some_and(|new| {
                new.type_name == column.type_name && new.generated == column.generated
            })
        };
        let names = table.columns.iter().filter(is_same).map(|column| &column.name);
        let sql =
            Sql::raw("select ").idents(names).push(" from ").ident(&table.name).push(" order by 1");
        all.extend(session.query_text(&sql).await.unwrap());
    }
    all
}

/// Returns what differs first between two models.
fn differ(is: &Model, should: &Model) -> Option<String> {
    if is.fingerprint() == should.fingerprint() {
        return None;
    }
    let text = |model: &Model| serde_json::to_string_pretty(&model.sorted()).unwrap();
    let (is, should) = (text(is), text(should));
    let first = is.lines().zip(should.lines()).position(|(a, b)| a != b).unwrap_or_default();
    let around = |text: &str| -> String {
        text.lines().skip(first.saturating_sub(12)).take(16).collect::<Vec<_>>().join("\n")
    };
    Some(format!("is:\n{}\nshould be:\n{}", around(&is), around(&should)))
}
