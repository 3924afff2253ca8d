//! Statements that are prepared once and carried out often, with parameters as PostgreSQL's own text.

use super::Session;
use crate::Result;
use bytes::BytesMut;
use sealift_core::sql::Sql;
use std::error::Error as StdError;
use tokio_postgres::Statement;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

/// A statement that a session has prepared. It belongs to that session.
#[derive(Debug)]
pub(crate) struct Prepared(Statement);

/// A parameter of any type: the server reads the text as it would read a literal. What it wrote itself, with the
/// settings of our sessions, is the same value again.
#[derive(Debug)]
struct AsText<'a>(Option<&'a str>);

impl ToSql for AsText<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Some(text) = self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

impl Session {
    /// Prepares a statement.
    ///
    /// # Errors
    ///
    /// When the server refuses it or the connection is gone.
    pub(crate) async fn prepare_statement(&self, sql: &Sql) -> Result<Prepared> {
        let _waiting = self.pulse.waiting();
        let prepared = self.client.prepare(sql.as_str()).await;
        prepared.map(Prepared).map_err(|error| self.failure(&error))
    }

    /// Carries a prepared statement out, and returns how many rows it gives; unless `stop` comes first: the server
    /// is asked to cancel it then.
    ///
    /// # Errors
    ///
    /// When the server refuses or cancels it, or the connection is gone.
    pub(crate) async fn run_unless(
        &self,
        prepared: &Prepared,
        parameters: &[Option<String>],
        stop: impl Future<Output = ()>,
    ) -> Result<usize> {
        let _waiting = self.pulse.waiting();
        let texts: Vec<AsText<'_>> = parameters.iter().map(|it| AsText(it.as_deref())).collect();
        let texts: Vec<&(dyn ToSql + Sync)> =
            texts.iter().map(|text| -> &(dyn ToSql + Sync) { text }).collect();
        let rows = self.unless(self.client.query(&prepared.0, &texts), stop).await;
        rows.map(|rows| rows.len()).map_err(|error| self.failure(&error))
    }
}
