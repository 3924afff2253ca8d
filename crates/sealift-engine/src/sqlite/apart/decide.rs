//! Which rows and cells: cells that do not fit, then checks and foreign keys until nothing changes.

use super::Apart;
use super::filter::{Filter, Known};
use super::parents::orphans_from;
use super::place::Place;
use super::reason::{Fate, Reason, What};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::key::{TableKey, quote};
use crate::sqlite::{cell, checks, fault};
use rusqlite::{Connection, Row};
use sealift_core::convert::{ColumnCodec, Misfit};
use sealift_core::plan::{Broken, MisfitRule, Plan, RowRule, TablePlan};
use sealift_core::schema::source;
use std::collections::BTreeMap;

/// How many keys are listed for one reason.
const LISTED_KEYS: u32 = 5;

/// Decides what is kept apart from the state that `connection` sees; `alias` is the name under which
/// readers will attach it. `Ok(Err(_))` names tables whose rows cannot be told apart.
///
/// # Errors
/// When the file cannot be read, or the temporary folder cannot be written to.
pub fn decide(
    connection: &Connection,
    schema: &source::Schema,
    plan: &Plan,
    alias: String,
) -> Result<std::result::Result<Apart, Vec<String>>> {
    let made_by = rules_of(plan)?;
    let mut work = Work { connection, schema, plan, filters: BTreeMap::new(), reasons: Vec::new() };
    let nameless = work.prepare_filters();
    if !nameless.is_empty() {
        return Ok(Err(nameless));
    }
    let mut run = || -> rusqlite::Result<()> {
        connection.pragma_update(None, "query_only", false)?;
        let done = work.run();
        connection.pragma_update(None, "query_only", true)?;
        done
    };
    run().map_err(|error| fault::fault("look for rows that are kept apart", error))?;
    work.finish(made_by, alias).map(Ok)
}

/// Returns the rules of a plan as a text: what is kept apart follows from them and the rows.
pub(crate) fn rules_of(plan: &Plan) -> Result<String> {
    let rules: Vec<_> = plan
        .tables
        .iter()
        .map(|table| {
            let types: Vec<_> = table.target.columns.iter().map(|it| it.data_type).collect();
            let rules = (&table.orphans, &table.quarantine_checks, table.quarantine_nulls);
            let readings: Vec<_> =
                table.columns.iter().map(|it| (&it.source, it.reading, it.misfit)).collect();
            (&table.source, types, readings, rules)
        })
        .collect();
    serde_json::to_string(&rules).map_err(|error| {
        Error::new(ErrorKind::Bug, "the plan's rules cannot be written").caused_by(error)
    })
}

struct Work<'a> {
    connection: &'a Connection,
    schema: &'a source::Schema,
    plan: &'a Plan,
    /// By position in the schema.
    filters: BTreeMap<usize, Filter>,
    reasons: Vec<Reason>,
}

impl<'a> Work<'a> {
    /// Makes the filters of all planned tables; returns those with rules whose rows have no name.
    fn prepare_filters(&mut self) -> Vec<String> {
        let mut nameless = Vec::new();
        for planned in &self.plan.tables {
            let Some((number, table)) = self.table(&planned.source) else { continue };
            match Filter::of(number, table) {
                Some(filter) => drop(self.filters.insert(number, filter)),
                None if has_rules(planned) => nameless.push(planned.source.clone()),
                None => {}
            }
        }
        nameless
    }

    fn table(&self, name: &str) -> Option<(usize, &'a source::Table)> {
        self.schema.tables.iter().enumerate().find(|(_, table)| table.name == name)
    }

    fn run(&mut self) -> rusqlite::Result<()> {
        // In a file where that is still possible: there may be millions of keys.
        self.connection.pragma_update(None, "temp_store", "file").unwrap_or_default();
        for filter in self.filters.values() {
            for known in [Known::Rows(filter), Known::Cells(filter)] {
                self.connection
                    .execute_batch(&format!("drop table if exists temp.{}", known.name()))?;
                self.connection.execute_batch(&known.create("temp"))?;
            }
        }
        let plan = self.plan;
        for planned in &plan.tables {
            for (column, target) in planned.columns.iter().zip(&planned.target.columns) {
                let codec = ColumnCodec::new(target.data_type, column.reading);
                if let (false, Ok(codec)) = (column.misfit.is_refuse(), codec) {
                    self.misfits(planned, &column.source, codec, column.misfit)?;
                }
            }
        }
        loop {
            let mut changed = false;
            for planned in &plan.tables {
                changed |= self.broken(planned)?;
                changed |= self.orphans(planned)?;
            }
            if !changed {
                return Ok(());
            }
        }
    }

    /// Returns the number of a reason.
    fn reason(&mut self, table: &str, columns: &[String], what: What, fate: Fate) -> usize {
        let same = |it: &Reason| {
            it.table == table && it.columns == columns && it.what == what && it.fate == fate
        };
        if let Some(found) = self.reasons.iter().position(same) {
            return found;
        }
        self.reasons.push(Reason {
            table: table.to_owned(),
            columns: columns.to_vec(),
            what,
            fate,
            count: 0,
            keys: Vec::new(),
        });
        self.reasons.len() - 1
    }

    fn misfits(
        &mut self,
        planned: &TablePlan,
        column: &str,
        codec: ColumnCodec,
        rule: MisfitRule,
    ) -> rusqlite::Result<()> {
        let Some((number, table)) = self.table(&planned.source) else { return Ok(()) };
        let (Some(mut filter), Some(position)) =
            (self.filters.get(&number).cloned(), table.position(column))
        else {
            return Ok(());
        };
        let fate = if rule == MisfitRule::Null { Fate::Null } else { Fate::Apart };
        let sql = format!(
            "select s.{}, {} from {} as s not indexed",
            quote(column),
            filter.selected_key("s."),
            quote(&table.name)
        );
        let connection = self.connection;
        let mut statement = connection.prepare(&sql)?;
        let known = if fate == Fate::Null { Known::Cells(&filter) } else { Known::Rows(&filter) };
        let mut insert = connection.prepare(&known.insert("temp"))?;
        let mut rows = statement.query([])?;
        let (mut field, mut found) = (Vec::new(), false);
        while let Some(row) = rows.next()? {
            let Some(why) = misfit(&codec, cell::borrowed(row.get_ref(0)?), &mut field) else {
                continue;
            };
            found = true;
            let what = What::Misfit { data_type: codec.data_type(), why };
            let reason = self.reason(&planned.source, &[column.to_owned()], what, fate);
            let mut cells = Vec::with_capacity(known.width());
            if fate == Fate::Null {
                cells.push(integer(position));
            }
            cells.extend(key_cells(row, 1, filter.key.len())?);
            cells.push(integer(reason));
            insert.execute(rusqlite::params_from_iter(cells))?;
        }
        drop((rows, insert));
        match (found, fate) {
            (false, _) => {}
            (true, Fate::Null) => drop(filter.nulled.insert(column.to_owned(), position)),
            (true, Fate::Apart) => filter.has_rows = true,
        }
        self.filters.insert(number, filter);
        Ok(())
    }

    /// Keeps the rows apart that break a check or hold NULL where none may be; returns whether any.
    fn broken(&mut self, planned: &TablePlan) -> rusqlite::Result<bool> {
        let Some((number, table)) = self.table(&planned.source) else { return Ok(false) };
        let checks = planned.quarantine_checks.iter().map(|at| Broken::Check(*at));
        let nulls = table.columns.iter().enumerate().filter(|(_, it)| it.not_null);
        let nulls = nulls.map(|(at, _)| Broken::NotNull(at)).filter(|_| planned.quarantine_nulls);
        let mut changed = false;
        for broken in checks.chain(nulls) {
            let Some(mut filter) = self.filters.get(&number).cloned() else { continue };
            let columns = checks::columns(table, broken);
            let what = What::Broken(broken);
            let reason = self.reason(&planned.source, &columns, what, Fate::Apart);
            let Some(rows) = checks::rows(table, broken, Some(&filter), self.connection) else {
                continue;
            };
            let known = Known::Rows(&filter);
            let sql = format!(
                "{} select {}, {reason} {}",
                known.insert_into("temp"),
                rows.key,
                rows.from
            );
            let found = self.connection.execute(&sql, [])? > 0;
            filter.has_rows |= found;
            changed |= found;
            self.filters.insert(number, filter);
        }
        Ok(changed)
    }

    /// Keeps rows without a parent apart, or their keys NULL; returns whether any were found.
    fn orphans(&mut self, planned: &TablePlan) -> rusqlite::Result<bool> {
        let Some((number, table)) = self.table(&planned.source) else { return Ok(false) };
        let mut changed = false;
        for rule in &planned.orphans {
            let Some(key) = table.foreign_keys.get(rule.foreign_key) else { continue };
            let Some(from) = orphans_from(self.schema, table, key, &|name| self.filter(name))
            else {
                continue;
            };
            let Some(mut filter) = self.filters.get(&number).cloned() else { continue };
            let names = key.columns.iter().filter_map(|at| table.columns.get(*at));
            let columns: Vec<String> = names.map(|column| column.name.clone()).collect();
            let what = What::Orphan { foreign_key: rule.foreign_key };
            let fate = match rule.rule {
                RowRule::Null => Fate::Null,
                RowRule::Quarantine => Fate::Apart,
            };
            let reason = self.reason(&planned.source, &columns, what, fate);
            let selected = filter.selected_key("c.");
            let mut found = 0;
            match rule.rule {
                RowRule::Quarantine => {
                    let into = Known::Rows(&filter).insert_into("temp");
                    found = self
                        .connection
                        .execute(&format!("{into} select {selected}, {reason} {from}"), [])?;
                    filter.has_rows |= found > 0;
                }
                RowRule::Null => {
                    let into = Known::Cells(&filter).insert_into("temp");
                    // All columns of the key in one statement: each alone would hide the orphan.
                    let parts: Vec<String> = key
                        .columns
                        .iter()
                        .map(|at| format!("select {at}, {selected}, {reason} {from}"))
                        .collect();
                    found += self
                        .connection
                        .execute(&format!("{into} {}", parts.join(" union all ")), [])?;
                    if found > 0 {
                        filter.nulled.extend(columns.into_iter().zip(key.columns.iter().copied()));
                    }
                }
            }
            changed |= found > 0;
            self.filters.insert(number, filter);
        }
        Ok(changed)
    }

    fn filter(&self, table: &str) -> Option<Filter> {
        let (number, _) = self.table(table)?;
        self.filters.get(&number).filter(|filter| !filter.is_idle()).cloned()
    }

    /// Counts, and moves everything to where readers find it.
    fn finish(mut self, made_by: String, alias: String) -> Result<Apart> {
        let failed = |error| fault::fault("list the rows that are kept apart", error);
        let mut rows = BTreeMap::new();
        for (number, filter) in self.filters.iter().filter(|(_, filter)| !filter.is_idle()) {
            let Some(table) = self.schema.tables.get(*number) else { continue };
            if filter.has_rows {
                let sql = format!("select count(*) from temp.{}", Known::Rows(filter).name());
                let count: i64 =
                    self.connection.query_row(&sql, [], |row| row.get(0)).map_err(failed)?;
                rows.insert(table.name.clone(), u64::try_from(count).unwrap_or(0));
            }
            for (position, reason) in self.reasons.iter_mut().enumerate() {
                if reason.table == table.name {
                    count(self.connection, table, filter, position, reason).map_err(failed)?;
                }
            }
        }
        self.filters.retain(|_, filter| !filter.is_idle());
        let place = if self.filters.is_empty() {
            None
        } else {
            let place = Place::make(alias.clone()).map_err(|error| {
                Error::new(ErrorKind::Io, "cannot write to the folder for temporary files")
                    .caused_by(error)
            })?;
            place.fill(self.connection, self.filters.values()).map_err(failed)?;
            Some(place)
        };
        let filters = self.filters.into_iter().filter_map(|(number, filter)| {
            let table = self.schema.tables.get(number)?;
            Some((table.name.clone(), Filter { alias: alias.clone(), ..filter }))
        });
        Ok(Apart { made_by, filters: filters.collect(), rows, reasons: self.reasons, place })
    }
}

fn has_rules(planned: &TablePlan) -> bool {
    planned.columns.iter().any(|column| !column.misfit.is_refuse())
        || !planned.orphans.is_empty()
        || !planned.quarantine_checks.is_empty()
        || planned.quarantine_nulls
}

fn misfit(
    codec: &ColumnCodec,
    value: sealift_core::sqlite::ValueRef<'_>,
    field: &mut Vec<u8>,
) -> Option<Misfit> {
    // A large text is looked at where it is.
    match codec.verbatim(value) {
        Ok(Some(_)) => None,
        Ok(None) => {
            field.clear();
            codec.encode(value, field).err()
        }
        Err(why) => Some(why),
    }
}

fn integer(number: usize) -> rusqlite::types::Value {
    rusqlite::types::Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn key_cells(
    row: &Row<'_>,
    first: usize,
    width: usize,
) -> rusqlite::Result<Vec<rusqlite::types::Value>> {
    (first..first + width).map(|at| row.get(at)).collect()
}

/// Counts what a reason concerns and names the first rows.
fn count(
    connection: &Connection,
    table: &source::Table,
    filter: &Filter,
    number: usize,
    reason: &mut Reason,
) -> rusqlite::Result<()> {
    let known = match reason.fate {
        Fate::Null => Known::Cells(filter),
        Fate::Apart => Known::Rows(filter),
    };
    // A key of several columns is one broken row, though each of its cells is listed.
    let first = reason.columns.first().and_then(|name| table.position(name));
    let of_first = match (reason.fate, first) {
        (Fate::Null, Some(at)) => format!(" and at = {at}"),
        (Fate::Null, None) | (Fate::Apart, _) => String::new(),
    };
    let name = known.name();
    let sql = format!("select count(*) from temp.{name} where reason = {number}{of_first}");
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    reason.count = u64::try_from(count).unwrap_or(0);
    if reason.count == 0 {
        return Ok(());
    }
    let key = TableKey::of(table);
    let columns: Vec<String> = (0..filter.key.len()).map(|at| format!("k{at}")).collect();
    let columns = columns.join(", ");
    let sql = format!(
        "select {columns} from temp.{name} where reason = {number}{of_first} order by {columns} limit {LISTED_KEYS}"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let named = match key.rowid() {
            Some(_) => key.name_by_rowid(connection, row.get(0)?)?,
            None => key.name_in(row, 0).unwrap_or_else(|| "without a key".to_owned()),
        };
        reason.keys.push(named);
    }
    Ok(())
}
