//! [`read`]: what a schema is to become, as a [`Model`] in the words of the same server.
//!
//! A SQLite file and SQL files are carried out in a scratch schema first, in a transaction that is rolled back, so
//! that nothing is left of them, whatever happens. Only revisions that add a value to an enumerated type and use it need
//! more than one transaction; then the schema is dropped at the end.

mod allowed;
mod scratch;
mod script;
mod sqlite;

pub use sqlite::{SqliteFile, Strictness};

use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Events};
use crate::postgres::{Endpoint, Session};
use crate::revision::describe::describe;
use crate::revision::folder::Revision;
use scratch::{Life, Scratch};
use sealift_core::name::Ident;
use sealift_core::revision::file::Script;
use sealift_core::revision::model::{Model, Rename};

/// `unsafe_new_enum_value_usage` (manual, appendix A).
const UNSAFE_NEW_VALUE: &str = "55P04";

/// Where it stands what the schema is to become.
#[derive(Debug, Clone)]
pub enum Source {
    /// A SQLite file, as `migrate` would carry it over.
    Sqlite(Box<SqliteFile>),
    /// A file of SQL that makes the schema. Names stand without a schema or with that of the target.
    Sql(SqlFile),
    /// Another schema of a server.
    Postgres {
        /// The server.
        server: Box<Endpoint>,
        /// The schema.
        schema: Ident,
    },
    /// What the up files of all revisions make, in the order in which they are carried out.
    Revisions(Vec<UpFile>),
}

/// A file of SQL.
#[derive(Debug, Clone)]
pub struct SqlFile {
    /// What it is called, for messages.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// The up file of a revision.
#[derive(Debug, Clone)]
pub struct UpFile {
    /// What it is called, for messages.
    pub name: String,
    /// What stands in it.
    pub script: Script,
}

impl From<&Revision> for UpFile {
    fn from(revision: &Revision) -> Self {
        let file = &revision.up;
        Self { name: file.path.display().to_string(), script: file.script.clone() }
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where it stands what the schema is to become.
    pub source: Source,
    /// The database that is to become so.
    pub target: Endpoint,
    /// Its schema.
    pub schema: Ident,
    /// What a person says is the same under another name.
    pub renames: Vec<Rename>,
    /// Another database for the scratch schema, where the role may make none in the target: a server of the same version.
    pub scratch: Option<Endpoint>,
}

/// Where files are tried.
#[derive(Debug, Clone)]
pub struct Place {
    /// The database that they are for.
    pub target: Endpoint,
    /// Its schema.
    pub schema: Ident,
    /// As in [`Request::scratch`].
    pub scratch: Option<Endpoint>,
}

impl Place {
    /// Returns the request for what these files make.
    #[must_use]
    pub fn request(&self, files: Vec<UpFile>) -> Request {
        let Self { target, schema, scratch } = self.clone();
        Request { source: Source::Revisions(files), target, schema, renames: Vec::new(), scratch }
    }
}

/// What a schema is to become.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The schema.
    pub model: Model,
    /// What is not compared and why, each in a sentence for a person.
    pub notes: Vec<String>,
}

/// Reads what the schema is to become. `session` is one of the target and in no transaction; `base` is what it has
/// described.
///
/// # Errors
/// When the source cannot be read or names what it may not, no scratch schema can be made, or a server refuses a
/// statement.
pub async fn read(
    request: &Request,
    session: &Session,
    base: &Model,
    events: &Events,
    cancel: &Cancel,
) -> Result<Wanted> {
    match &request.source {
        Source::Sqlite(file) => {
            let prepared = sqlite::prepare(file, request, session, events, cancel).await?;
            let scratch = scratch(request, session, Life::Transaction).await?;
            let made = sqlite::make(file, &prepared, &scratch, base, &request.renames).await;
            closed(scratch, made).await
        }
        Source::Sql(file) => {
            let scratch = scratch(request, session, Life::Transaction).await?;
            let made = script::sql_file(&scratch, file).await;
            closed(scratch, made).await
        }
        Source::Revisions(files) => {
            let made = up_files(request, session, files, Life::Transaction).await;
            match made {
                Err(error) if error.sqlstate() == Some(UNSAFE_NEW_VALUE) => {
                    up_files(request, session, files, Life::Session).await
                }
                made => made,
            }
        }
        Source::Postgres { server, schema } => {
            let server = Endpoint::clone(server).for_reading();
            let other = server.connect("sealift revision").await?;
            same_version(session, &other)?;
            let mut model = describe(&other, schema).await?;
            scratch::call(&mut model, schema, &request.schema);
            Ok(Wanted { model, notes: Vec::new() })
        }
    }
}

/// Does something that looks only, unless it is to stop: what it has made in a scratch schema goes with its session.
///
/// # Errors
/// Those of the work; [`ErrorKind::Stopped`] where it was stopped.
pub(super) async fn unless_stopped<T>(
    cancel: &Cancel,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        done = work => done,
        () = cancel.cancelled() => {
            Err(Error::new(ErrorKind::Stopped, "stopped before both sides were compared"))
        }
    }
}

async fn up_files(
    request: &Request,
    session: &Session,
    files: &[UpFile],
    life: Life,
) -> Result<Wanted> {
    let scratch = scratch(request, session, life).await?;
    let made = script::up_files(&scratch, files).await;
    closed(scratch, made).await
}

async fn scratch(request: &Request, session: &Session, life: Life) -> Result<Scratch> {
    let place = request.scratch.as_ref().unwrap_or(&request.target);
    let scratch = Scratch::open(place, &request.schema, life).await?;
    same_version(session, scratch.session())?;
    Ok(scratch)
}

/// Takes the scratch schema away; what went wrong before is the better story.
async fn closed<T>(scratch: Scratch, made: Result<T>) -> Result<T> {
    let closed = scratch.close().await;
    let made = made?;
    closed.map(|()| made)
}

/// Servers of two versions print the same definition in different words.
fn same_version(target: &Session, other: &Session) -> Result<()> {
    let (target, other) = (target.server_version(), other.server_version());
    if target.major() == other.major() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Usage,
        format!(
            "the database is on PostgreSQL {target} and the other one on {other}, which print definitions in \
             different words"
        ),
    )
    .hinted("compare with a server of the same version, such as a database beside this one"))
}
