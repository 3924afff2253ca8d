//! The statements that record what was done, each in the transaction in which it is done.

use super::{RangeReceipt, Store, hashed_name};
use crate::error::{Error, ErrorKind, Result};
use sealift_core::sql::Sql;

impl Store {
    /// Returns the statement that records ranges, each by its source table and number; it runs in the
    /// transaction of their rows.
    ///
    /// # Errors
    /// When a number does not fit PostgreSQL's.
    pub fn ranges_done(&self, ranges: &[(&str, usize, RangeReceipt)]) -> Result<Sql> {
        let values: Result<Vec<Sql>> = ranges
            .iter()
            .map(|(table, number, receipt)| {
                Ok(Sql::raw("(")
                    .literal(self.target_schema.as_str())
                    .push(", ")
                    .literal(table)
                    .push(", ")
                    .int(count(*number)?)
                    .push(", ")
                    .int(count(receipt.digest.rows)?)
                    .push(", ")
                    .literal(&receipt.digest.sum.to_string())
                    .push("::numeric, ")
                    .int(count(receipt.bytes)?)
                    .push(", ")
                    .literal(&receipt.seconds.to_string())
                    .push("::double precision, ")
                    .literal(hashed_name(receipt.hashed))
                    .push(")"))
            })
            .collect();
        Ok(Sql::raw("insert into ")
            .sql(&self.table("range")?)
            .push(" (target_schema, source_table, number, rows, digest, bytes, seconds, hashed) values ")
            .join(values?, ", "))
    }

    /// Returns the statement that records a step; it runs in the transaction of the step.
    ///
    /// # Errors
    /// Never in practice; the state's own names are constants.
    pub fn step_done(&self, id: &str) -> Result<Sql> {
        self.steps_done([id])
    }

    /// Returns the statement that records at least one step; it runs in their transaction.
    ///
    /// # Errors
    /// Never in practice; the state's own names are constants.
    pub fn steps_done<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Result<Sql> {
        let values = ids.into_iter().map(|id| {
            Sql::raw("(").literal(self.target_schema.as_str()).push(", ").literal(id).push(")")
        });
        Ok(Sql::raw("insert into ")
            .sql(&self.table("step")?)
            .push(" (target_schema, id) values ")
            .join(values, ", ")
            .push(" on conflict (target_schema, id) do nothing"))
    }

    /// Returns the statement that forgets which ranges of a table have arrived; it runs in the
    /// transaction that empties the table.
    ///
    /// # Errors
    /// Never in practice; the state's own names are constants.
    pub fn forget_table(&self, table: &str) -> Result<Sql> {
        Ok(Sql::raw("delete from ")
            .sql(&self.table("range")?)
            .push(" where target_schema = ")
            .literal(self.target_schema.as_str())
            .push(" and source_table = ")
            .literal(table))
    }
}

fn count(number: impl TryInto<i64>) -> Result<i64> {
    number
        .try_into()
        .map_err(|_| Error::new(ErrorKind::Bug, "a count is beyond PostgreSQL's bigint"))
}
