//! [`neighbours`]: histories of other tools in the same schema, which are left alone.

use super::folder::Folder;
use super::history::History;
use super::known;
use crate::error::Result;
use crate::postgres::Session;
use sealift_core::name::Ident;
use sealift_core::revision::file::Id;
use sealift_core::sql::Sql;
use serde::Serialize;

/// A tool that keeps a history of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Neighbour {
    /// Its name, as its makers write it.
    pub tool: &'static str,
    /// Its table.
    pub table: &'static str,
    /// Where the database stands for it: the newest revision, or several.
    pub current: Vec<String>,
    /// How many revisions it has carried out; Alembic and golang-migrate keep only where they stand.
    pub applied: Option<u64>,
    /// What it says of a revision that failed half way.
    pub unfinished: bool,
}

/// How a tool's history is read.
struct Mark {
    tool: &'static str,
    table: &'static str,
    /// Columns that the table must have.
    columns: &'static [&'static str],
    /// Columns that it must not have, for names that several tools use.
    without: &'static [&'static str],
    /// `select` list and what follows `from TABLE`: where it stands.
    current: [&'static str; 2],
    /// The same: whether one has failed half way; empty where the tool keeps no such thing.
    unfinished: &'static str,
    keeps_all: bool,
}

/// Tools that run the same files by the same numbers.
const SAME_FILES: [&str; 2] = ["golang-migrate", "sqlx"];

const MARKS: &[Mark] = &[
    Mark {
        tool: "Alembic",
        table: "alembic_version",
        columns: &["version_num"],
        without: &[],
        current: ["version_num::text", "order by 1"],
        unfinished: "",
        keeps_all: false,
    },
    // One row for the newest migration of each application.
    Mark {
        tool: "Django",
        table: "django_migrations",
        columns: &["app", "name", "applied"],
        without: &[],
        current: ["app || '.' || max(name)", "group by app order by 1"],
        unfinished: "",
        keeps_all: true,
    },
    Mark {
        tool: "golang-migrate",
        table: "schema_migrations",
        columns: &["version", "dirty"],
        without: &[],
        current: ["version::text", ""],
        unfinished: "dirty",
        keeps_all: false,
    },
    Mark {
        tool: "Rails",
        table: "schema_migrations",
        columns: &["version"],
        without: &["dirty", "inserted_at"],
        current: ["max(version)::text", ""],
        unfinished: "",
        keeps_all: true,
    },
    Mark {
        tool: "Ecto",
        table: "schema_migrations",
        columns: &["version", "inserted_at"],
        without: &["dirty"],
        current: ["max(version)::text", ""],
        unfinished: "",
        keeps_all: true,
    },
    Mark {
        tool: "Prisma",
        table: "_prisma_migrations",
        columns: &["migration_name", "finished_at", "rolled_back_at"],
        without: &[],
        current: [
            "migration_name::text",
            "where finished_at is not null and rolled_back_at is null order by finished_at desc limit 1",
        ],
        unfinished: "finished_at is null and rolled_back_at is null",
        keeps_all: true,
    },
    Mark {
        tool: "Flyway",
        table: "flyway_schema_history",
        columns: &["installed_rank", "version", "success"],
        without: &[],
        current: [
            "version::text",
            "where success and version is not null order by installed_rank desc limit 1",
        ],
        unfinished: "not success",
        keeps_all: true,
    },
    Mark {
        tool: "sqlx",
        table: "_sqlx_migrations",
        columns: &["version", "success", "checksum"],
        without: &[],
        current: ["max(version)::text", "where success"],
        unfinished: "not success",
        keeps_all: true,
    },
    Mark {
        tool: "goose",
        table: "goose_db_version",
        columns: &["version_id", "is_applied"],
        without: &[],
        current: ["max(version_id)::text", "where is_applied and version_id > 0"],
        unfinished: "",
        keeps_all: true,
    },
];

/// Returns whether a table of this name is a tool's, whatever its columns.
pub(super) fn is_named_like_one(table: &str) -> bool {
    MARKS.iter().any(|mark| mark.table == table)
}

/// Returns the histories of other tools that are in a schema and may be read.
///
/// # Errors
/// When the server does not answer.
pub async fn neighbours(session: &Session, schema: &Ident) -> Result<Vec<Neighbour>> {
    let mut found = Vec::new();
    for mark in MARKS {
        if is_there(session, schema, mark).await? {
            found.push(read(session, schema, mark).await?);
        }
    }
    Ok(found)
}

/// A tool that has carried out the files of this very folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// Its name.
    pub tool: &'static str,
    /// Up to which revision.
    pub id: Id,
}

/// Returns the tool that has carried out files of this folder, as long as Sealift has not: its newest revision has a file
/// here.
#[must_use]
pub fn predecessor(
    folder: &Folder,
    history: &History,
    neighbours: &[Neighbour],
) -> Option<Predecessor> {
    if !history.applied().is_empty() {
        return None;
    }
    neighbours.iter().filter(|one| SAME_FILES.contains(&one.tool)).find_map(|one| {
        let stands = Id::new(one.current.first()?.as_str()).ok()?;
        // Other tools drop zeros in front.
        let id = folder.graph().ids().find(|id| id.number() == stands.number())?;
        Some(Predecessor { tool: one.tool, id: id.clone() })
    })
}

/// Refuses to carry out again what another tool has.
///
/// # Errors
/// When there is such a tool.
pub async fn refuse_to_repeat(
    session: &Session,
    schema: &Ident,
    folder: &Folder,
    history: &History,
) -> Result<()> {
    let neighbours = neighbours(session, schema).await?;
    let Some(Predecessor { tool, id }) = predecessor(folder, history, &neighbours) else {
        return Ok(());
    };
    let says = known::OTHER_TOOL.says;
    Err(known::OTHER_TOOL
        .saying(format!("{tool} {says}, up to {id}"))
        .hinted(format!("to go on from there with Sealift: sealift revision stamp {id}")))
}

async fn is_there(session: &Session, schema: &Ident, mark: &Mark) -> Result<bool> {
    let array = |names: &[&'static str]| {
        Sql::raw("array[")
            .join(names.iter().map(|name| Sql::new().literal(name)), ", ")
            .push("]::name[]")
    };
    let sql = Sql::raw(
        "select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         cross join lateral (select array_agg(a.attname) as names from pg_catalog.pg_attribute a \
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as has \
         where c.relkind in ('r', 'p') and has_schema_privilege(n.oid, 'usage') \
         and has_table_privilege(c.oid, 'select') and n.nspname = ",
    )
    .literal(schema.as_str())
    .push(" and c.relname = ")
    .literal(mark.table)
    .push(" and has.names @> ")
    .sql(&array(mark.columns))
    .push(" and not has.names && ")
    .sql(&array(mark.without));
    Ok(!session.query_text(&sql).await?.is_empty())
}

async fn read(session: &Session, schema: &Ident, mark: &Mark) -> Result<Neighbour> {
    let table = || {
        let quoted = Sql::new().ident(schema);
        quoted.push(".\"").push(mark.table).push("\" ")
    };
    let [list, rest] = mark.current;
    let current = Sql::raw("select ").push(list).push(" from ").sql(&table()).push(rest);
    let rows = session.query_text(&current).await?;
    let current = rows.into_iter().filter_map(|row| row.into_iter().next()?).collect();
    let unfinished = if mark.unfinished.is_empty() { "false" } else { mark.unfinished };
    let counts = Sql::raw("select count(*)::text, coalesce(bool_or(")
        .push(unfinished)
        .push("), false) from ")
        .sql(&table());
    let rows = session.query_text(&counts).await?;
    let fact = |at: usize| rows.first()?.get(at)?.as_deref();
    Ok(Neighbour {
        tool: mark.tool,
        table: mark.table,
        current,
        applied: fact(0).filter(|_| mark.keeps_all).and_then(|text| text.parse().ok()),
        unfinished: fact(1) == Some("t"),
    })
}
