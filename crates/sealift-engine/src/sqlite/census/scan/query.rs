//! A range of a table by a query.

use super::super::super::cell;
use super::super::super::fault;
use super::super::super::key::quote;
use super::super::super::reader::KeyRange;
use super::super::Work;
use super::super::part::Part;
use super::Scan;
use super::large::{Counted, Large, LargeRow};
use crate::error::Result;
use rusqlite::{Connection, Row};

/// Whether cells are expected to fit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Every cell is loaded; SQLite refuses one that is over the bound.
    None,
    /// Lengths are asked first.
    Large,
}

/// How a scan of a range ended.
pub(super) enum Ended {
    AtItsEnd,
    AtALargeCell,
}

impl Scan<'_> {
    /// Reads the rows of `range`, which shrinks when its upper half is given away.
    pub(super) fn pass(
        &self,
        connection: &Connection,
        range: &mut KeyRange,
        care: Care,
        part: &mut Part,
        work: &Work<'_>,
    ) -> Result<Ended> {
        let name = &self.table.name;
        let doing = |error| fault::fault(&format!("read table {name}"), error);
        let mut statement = connection.prepare_cached(&self.sql(*range, care)).map_err(doing)?;
        let bounds = [range.after, range.up_to].into_iter().flatten();
        let mut rows = statement.query(rusqlite::params_from_iter(bounds)).map_err(doing)?;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(Ended::AtItsEnd),
                Err(error) if fault::is_too_big(&error) => return Ok(Ended::AtALargeCell),
                Err(error) => return Err(doing(error)),
            };
            let rowid = match self.key.rowid() {
                Some(_) => Some(row.get::<_, i64>(0).map_err(doing)?),
                None => None,
            };
            if rowid.zip(range.up_to).is_some_and(|(rowid, up_to)| rowid > up_to) {
                return Ok(Ended::AtItsEnd);
            }
            let bytes = match care {
                Care::None => self.count(row, part, work).map_err(doing)?,
                Care::Large => {
                    self.count_with_care(LargeRow { connection, row, rowid, work }, part)?
                }
            };
            part.end_row(rowid, bytes);
            if part.is_time_to_look() {
                work.check_stop()?;
                self.report(part, work);
                self.give_away(range, part, work);
            }
        }
    }

    fn sql(&self, range: KeyRange, care: Care) -> String {
        let mut selected = vec![match self.key.rowid() {
            Some(rowid) => format!("s.{rowid}"),
            None => "null".to_owned(),
        }];
        for (index, _) in &self.columns {
            let Some(column) = self.table.columns.get(*index) else { continue };
            let name = format!("s.{}", quote(&column.name));
            match care {
                Care::None => selected.push(name),
                // `octet_length` and `typeof` of a column read the row's header only.
                Care::Large => {
                    let over = format!("octet_length({name}) > {}", self.bounds.large / 2);
                    selected.push(format!("iif({over}, null, {name})"));
                    selected.push(format!("iif({over}, octet_length({name}), null)"));
                    selected.push(format!("typeof({name})"));
                }
            }
        }
        let table = quote(&self.table.name);
        let mut sql = format!("select {} from {table} as s not indexed", selected.join(", "));
        if let Some(rowid) = self.key.rowid() {
            let after = range.after.map(|_| format!("s.{rowid} > ?"));
            let up_to = range.up_to.map(|_| format!("s.{rowid} <= ?"));
            let bounds: Vec<String> = [after, up_to].into_iter().flatten().collect();
            if !bounds.is_empty() {
                sql.push_str(&format!(" where {}", bounds.join(" and ")));
            }
            sql.push_str(&format!(" order by s.{rowid}"));
        }
        sql
    }

    /// Counts the cells of a row; returns its bytes.
    fn count(&self, row: &Row<'_>, part: &mut Part, work: &Work<'_>) -> rusqlite::Result<u64> {
        let mut bytes = 0;
        for (at, (index, interest)) in self.columns.iter().enumerate() {
            let value = cell::borrowed(row.get_ref(at + 1)?);
            bytes += part.record(*index, value, *interest, &work.memory);
        }
        Ok(bytes)
    }

    /// The same, for rows of which some cells were not loaded.
    fn count_with_care(&self, at: LargeRow<'_>, part: &mut Part) -> Result<u64> {
        let doing = |error| fault::fault(&format!("read table {}", self.table.name), error);
        let mut bytes = 0;
        for (position, (index, interest)) in self.columns.iter().enumerate() {
            let large: Option<i64> = at.row.get(position * 3 + 2).map_err(doing)?;
            let Some(length_of_large) = large else {
                let value = cell::borrowed(at.row.get_ref(position * 3 + 1).map_err(doing)?);
                bytes += part.record(*index, value, *interest, &at.work.memory);
                continue;
            };
            let class: String = at.row.get(position * 3 + 3).map_err(doing)?;
            let large = Large {
                at,
                scan: self,
                column: self.table.columns.get(*index).map_or("", |it| it.name.as_str()),
                length: u64::try_from(length_of_large).unwrap_or(0),
                is_text: class == "text",
                interest: *interest,
            };
            let Some(census) = part.columns.get_mut(*index) else { continue };
            let counted = large.count(census)?;
            part.measured_only |= matches!(counted, Counted::OnlyMeasured);
            bytes += match counted {
                Counted::Read(bytes) => bytes,
                Counted::OnlyMeasured => large.measure(census),
            };
        }
        Ok(bytes)
    }
}
