//! The rows of a range by a query.

use super::super::cell;
use super::super::fault;
use super::super::key::quote;
use super::super::utf16::Utf16;
use super::output::Output;
use super::{KeyRange, ReadJob, Stop, large_over};
use crate::error::{Error, Result};
use rusqlite::{Connection, Row};
use sealift_core::convert::Misfit;
use sealift_core::verify::RowHash;

/// Reads the rows of `range` and sends them.
pub(super) fn read(
    connection: &Connection,
    job: &ReadJob,
    range: KeyRange,
    output: &mut Output<'_>,
) -> Result<()> {
    let plan =
        Layout::of(connection, job, range).map_err(|error| fault::fault("prepare", error))?;
    let failed = |error| fault::fault("read rows", error);
    let mut statement = connection.prepare_cached(&plan.sql).map_err(failed)?;
    let bounds = [range.after, range.up_to].into_iter().flatten();
    let mut rows = statement.query(rusqlite::params_from_iter(bounds)).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        ReadingRow { connection, job, plan: &plan, row }.send(output)?;
    }
    Ok(())
}

/// The statement and where its result columns are.
pub(super) struct Layout {
    sql: String,
    /// For each column that may be read in pieces: where the length of a large cell stands.
    pub(super) large: Vec<Option<usize>>,
    /// Where the rowid, or else the primary key, stands.
    pub(super) key: usize,
    /// How texts are stored, unless as they are handed out.
    pub(super) utf16: Option<Utf16>,
}

impl Layout {
    fn of(connection: &Connection, job: &ReadJob, range: KeyRange) -> rusqlite::Result<Self> {
        let mut selected = Vec::with_capacity(job.columns.len() + 1);
        let mut lengths = Vec::new();
        let mut large = Vec::with_capacity(job.columns.len());
        let large_over = large_over(job.columns.len());
        for (column, codec) in job.columns.iter().zip(&job.codecs) {
            // With the table's alias before it, a name cannot turn into a text literal.
            let name = format!("s.{}", quote(column));
            let nulled = job.apart.as_ref().and_then(|apart| apart.is_nulled("s.", column));
            let present = nulled.as_ref().map_or(String::new(), |it| format!("not {it} and "));
            if job.large_cells && job.key.rowid().is_some() && codec.is_verbatim() {
                // `octet_length` of a column reads the row's header only.
                let over = format!("octet_length({name}) > {large_over}");
                let cell = nulled.map_or(over.clone(), |nulled| format!("{nulled} or {over}"));
                selected.push(format!("iif({cell}, null, {name})"));
                large.push(Some(job.columns.len() + lengths.len()));
                lengths.push(format!("iif({present}{over}, octet_length({name}), null)"));
                lengths.push(format!("typeof({name})"));
            } else {
                selected.push(nulled.map_or(name.clone(), |it| format!("iif({it}, null, {name})")));
                large.push(None);
            }
        }
        selected.append(&mut lengths);
        let key = selected.len();
        let table = quote(job.key.table());
        let stays = job.apart.as_ref().and_then(|apart| apart.stays("s."));
        let mut sql;
        if let Some(rowid) = job.key.rowid() {
            selected.push(format!("s.{rowid}"));
            sql = format!("select {} from {table} as s not indexed", selected.join(", "));
            let bounds: Vec<String> = [
                range.after.map(|_| format!("s.{rowid} > ?")),
                range.up_to.map(|_| format!("s.{rowid} <= ?")),
            ]
            .into_iter()
            .flatten()
            .chain(stays)
            .collect();
            if !bounds.is_empty() {
                sql.push_str(&format!(" where {}", bounds.join(" and ")));
            }
            sql.push_str(&format!(" order by s.{rowid}"));
        } else {
            selected.push(job.key.selected("s."));
            sql = format!("select {} from {table} as s not indexed", selected.join(", "));
            if let Some(stays) = stays {
                sql.push_str(&format!(" where {stays}"));
            }
        }
        Ok(Self { sql, large, key, utf16: Utf16::of(connection)? })
    }
}

/// One row on its way.
pub(super) struct ReadingRow<'a> {
    pub(super) connection: &'a Connection,
    pub(super) job: &'a ReadJob,
    pub(super) plan: &'a Layout,
    pub(super) row: &'a Row<'a>,
}

impl ReadingRow<'_> {
    fn send(&self, output: &mut Output<'_>) -> Result<()> {
        let mut hash = RowHash::new();
        output.begin_row();
        let columns = self.job.codecs.iter().zip(&self.plan.large);
        for (index, (codec, large)) in columns.enumerate() {
            let sent = match self.large_length(*large)? {
                Some(length) => self.large_cell(index, codec, length, output),
                None => {
                    let value = self.row.get_ref(index).map_err(read_failed)?;
                    output.cell(codec, cell::borrowed(value))
                }
            };
            hash.push(sent.map_err(|stop| match stop {
                Stop::Misfit(why) => self.misfit(index, why),
                Stop::Failed(error) => error,
            })?);
        }
        output.end_row(hash)
    }

    fn large_length(&self, at: Option<usize>) -> Result<Option<usize>> {
        let Some(at) = at else { return Ok(None) };
        let length: Option<i64> = self.row.get(at).map_err(read_failed)?;
        Ok(length.and_then(|length| usize::try_from(length).ok()))
    }

    pub(super) fn misfit(&self, index: usize, why: Misfit) -> Error {
        let key = if self.job.key.rowid().is_some() {
            self.row
                .get(self.plan.key)
                .and_then(|rowid| self.job.key.name_by_rowid(self.connection, rowid))
                .ok()
        } else {
            self.job.key.name_in(self.row, self.plan.key)
        };
        self.job.misfit(index, key, why)
    }
}

pub(super) fn read_failed(error: rusqlite::Error) -> Error {
    fault::fault("read a row", error)
}
