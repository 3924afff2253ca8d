//! Bringing rows in whose obstacle is gone.

use super::cells::Cell;
use super::file::Draft;
use super::list::rows;
use super::table::{Standing, drop_if_empty, name, standing};
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::{Catalog, Endpoint, Session, introspect};
use crate::sqlite::KeptRow;
use bytes::Bytes;
use sealift_core::convert::{ColumnCodec, Reading};
use sealift_core::copyfmt;
use sealift_core::name::Ident;
use sealift_core::plan::{MisfitRule, Plan, TablePlan};
use sealift_core::sql::Sql;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Rows that are read from the quarantine at once.
const BATCH: i64 = 500;

/// What `replay` needs.
#[derive(Debug)]
pub struct ReplayOptions {
    /// The server.
    pub target: Endpoint,
    /// The plan that the migration carried out.
    pub plan: Plan,
    /// Rows as a person has mended them, by their numbers: in place of those in the table.
    pub mended: Vec<KeptRow>,
    /// The file on this side, which is written again afterwards.
    pub file: Option<PathBuf>,
}

/// What a replay came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// How many rows were brought in.
    pub inserted: u64,
    /// Those that still do not fit, in their order.
    pub left: Vec<Left>,
}

/// A row that still does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Its number.
    pub id: i64,
    /// The source table.
    pub source_table: String,
    /// Why.
    pub why: String,
}

/// Brings in every row that fits by now, each in one transaction with its removal from the quarantine;
/// again and again while that helps others, as a parent helps its children.
///
/// # Errors
/// When the server goes away, or the file cannot be written. What was brought in stays.
pub async fn replay(options: ReplayOptions) -> Result<Replay> {
    options.target.probe().await?;
    let session = options.target.connect("sealift quarantine").await?;
    let schema = options.plan.schema.clone();
    if standing(&session, &schema).await? != Standing::Ours {
        return Ok(Replay::default());
    }
    let catalog = introspect(&session, &schema).await?;
    let mended: BTreeMap<i64, KeptRow> =
        options.mended.into_iter().map(|row| (row.id, row)).collect();
    let at_work = AtWork { session: &session, catalog: &catalog, plan: &options.plan, mended };
    let mut inserted = 0;
    let left = loop {
        let (more, left) = at_work.pass().await?;
        inserted += more;
        if more == 0 || left.is_empty() {
            break left;
        }
    };
    session.begin().await?;
    drop_if_empty(&session, &schema).await?;
    session.commit().await?;
    if let Some(path) = options.file {
        write_again(&session, &schema, path, !left.is_empty()).await?;
    }
    Ok(Replay { inserted, left })
}

async fn write_again(
    session: &Session,
    schema: &Ident,
    path: PathBuf,
    has_rows: bool,
) -> Result<()> {
    if !has_rows {
        return super::file::set_aside(&path);
    }
    let mut draft = Draft::begin(path)?;
    let mut after = 0;
    loop {
        let batch = rows(session, schema, &batch_after(after)).await?;
        let Some(last) = batch.last() else { return draft.keep() };
        after = last.id;
        for row in &batch {
            draft.add(row)?;
        }
    }
}

fn batch_after(id: i64) -> Sql {
    Sql::raw(" where id > ").int(id).push(" order by id limit ").int(BATCH)
}

struct AtWork<'a> {
    session: &'a Session,
    catalog: &'a Catalog,
    plan: &'a Plan,
    mended: BTreeMap<i64, KeptRow>,
}

impl AtWork<'_> {
    /// Tries every row once; returns how many went in, and those that did not.
    async fn pass(&self) -> Result<(u64, Vec<Left>)> {
        let (mut inserted, mut left, mut after) = (0, Vec::new(), 0);
        loop {
            let batch = rows(self.session, &self.plan.schema, &batch_after(after)).await?;
            let Some(last) = batch.last() else { return Ok((inserted, left)) };
            after = last.id;
            for row in batch {
                let mended =
                    self.mended.get(&row.id).filter(|it| it.source_table == row.source_table);
                let cells = mended.map_or(&row.row, |mended| &mended.row);
                match self.one(&row, cells).await? {
                    Ok(()) => inserted += 1,
                    Err(why) => {
                        left.push(Left { id: row.id, source_table: row.source_table, why });
                    }
                }
            }
        }
    }

    /// Brings one row in, or says why not.
    async fn one(
        &self,
        row: &KeptRow,
        cells: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<std::result::Result<(), String>> {
        let Some(planned) = self.plan.tables.iter().find(|it| it.source == row.source_table) else {
            return Ok(Err("its table is not in the plan of this folder".to_owned()));
        };
        let (copy, bytes) = match self.prepared(planned, cells) {
            Ok(prepared) => prepared,
            Err(why) => return Ok(Err(why)),
        };
        self.session.begin().await?;
        match self.insert(row, &copy, bytes).await {
            Ok(()) => Ok(Ok(())),
            Err(error) if error.is_refusal() || error.sqlstate().is_some() => {
                self.session.rollback().await?;
                // The server's own words may quote cells; its code does not.
                let code = error.sqlstate().unwrap_or("?");
                Ok(Err(refusal(code)))
            }
            Err(error) => Err(error),
        }
    }

    async fn insert(&self, row: &KeptRow, copy: &Sql, bytes: Vec<u8>) -> Result<()> {
        let mut stream = self.session.copy_in(copy).await?;
        stream.send(Bytes::from(bytes)).await?;
        stream.finish().await?;
        let delete = Sql::raw("delete from ")
            .sql(&name(&self.plan.schema)?)
            .push(" where id = ")
            .int(row.id);
        if self.session.execute(&delete).await? != 1 {
            return Err(Error::new(
                ErrorKind::Target,
                format!("row {} left the quarantine meanwhile", row.id),
            )
            .hinted("another replay is at work: wait for it"));
        }
        self.session.commit().await
    }

    /// Returns the statement and the binary `COPY` of one row, in the types that the target has now.
    fn prepared(
        &self,
        planned: &TablePlan,
        cells: &serde_json::Map<String, serde_json::Value>,
    ) -> std::result::Result<(Sql, Vec<u8>), String> {
        let table = self.catalog.table(planned.target.name.as_str());
        let table = table.ok_or("its table is not in the target")?;
        let mut names: Vec<&Ident> = Vec::new();
        let mut fields = Vec::new();
        for (column, target) in planned.columns.iter().zip(&planned.target.columns) {
            if target.generated.is_some() {
                continue;
            }
            let source = &column.source;
            let actual = table.column(target.name.as_str());
            let actual =
                actual.ok_or_else(|| format!("the target has no column {}", target.name))?;
            let data_type = actual.data_type.ok_or_else(|| {
                format!("{source}: Sealift cannot fill the type {}", actual.type_name)
            })?;
            let codec = ColumnCodec::new(data_type, column.reading)
                .or_else(|_| ColumnCodec::new(data_type, Reading::Plain))
                .map_err(|error| error.to_string())?;
            let cell = cells.get(source).ok_or_else(|| format!("{source} is missing"))?;
            let cell = Cell::read(cell).map_err(|why| format!("{source}: {why}"))?;
            if let Err(why) = codec.encode(cell.value(), &mut fields) {
                if column.misfit != MisfitRule::Null {
                    return Err(format!("{source} does not fit {data_type}: {why}"));
                }
                codec.encode(Cell::Null.value(), &mut fields).map_err(|why| why.to_string())?;
            }
            names.push(&target.name);
        }
        let count = u16::try_from(names.len()).map_err(|_| "it has too many columns")?;
        let mut bytes = copyfmt::HEADER.to_vec();
        copyfmt::begin_row(count, &mut bytes);
        bytes.append(&mut fields);
        bytes.extend_from_slice(&copyfmt::TRAILER);
        let copy = Sql::raw("copy ")
            .qualified(&self.plan.schema, &planned.target.name)
            .push(" (")
            .idents(names)
            .push(") from stdin (format binary)");
        Ok((copy, bytes))
    }
}

/// Says what a code of the server means for a row (manual, appendix A).
fn refusal(code: &str) -> String {
    match code {
        "23503" => "its parent is not in the target".to_owned(),
        "23505" => "a row with its key is in the target already".to_owned(),
        "23514" => "it breaks a check".to_owned(),
        "23502" => "it holds NULL where the target takes none".to_owned(),
        _ => format!("the server refuses it (SQLSTATE {code})"),
    }
}
