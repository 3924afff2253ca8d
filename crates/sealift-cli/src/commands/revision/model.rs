//! What a database is to be like: reads the argument MODEL.

use crate::args::{ModelArgs, PlaceOfRevisionsArgs, SourceArgs};
use crate::commands::Context;
use crate::error::{CommandResult, usage_error, user_error};
use crate::settings::Model;
use sealift_core::name::Ident;
use sealift_core::revision::graph::Target;
use sealift_core::revision::model::Rename;
use sealift_engine::postgres::Endpoint;
use sealift_engine::revision::folder::Folder;
use sealift_engine::revision::wanted::{
    Place, Request, Source, SqlFile, SqliteFile, Strictness, UpFile,
};
use std::fs;
use std::path::{Path, PathBuf};

impl ModelArgs {
    /// Returns where the revisions are.
    pub(super) fn place(&self) -> PlaceOfRevisionsArgs {
        PlaceOfRevisionsArgs { target: self.target.clone(), schema: self.select.schema.clone() }
    }
}

/// Returns MODEL, else the SQLite file of the settings.
///
/// # Errors
/// When there is neither.
pub(super) fn given(args: &ModelArgs, context: &Context) -> CommandResult<Model> {
    match &args.model {
        Some(typed) => context.environment.model(typed),
        None => {
            let file = context.environment.source(&SourceArgs::default()).map_err(|_| {
                usage_error("no model given").hinted(
                    "name what the database is to be like: a SQLite file, a file of SQL, a PostgreSQL URL, or head",
                )
            })?;
            Ok(Model::File(file.value))
        }
    }
}

/// Returns what is to be compared.
///
/// # Errors
/// When a file cannot be read, or a server cannot be found.
pub(super) async fn request(
    model: Model,
    args: &ModelArgs,
    renames: Vec<Rename>,
    folder: &Folder,
    context: &Context,
) -> CommandResult<Request> {
    let environment = &context.environment;
    let place = place(&args.place(), args.scratch.as_ref(), context).await?;
    let source = match model {
        Model::Head => Source::Revisions(up_to_head(folder)?),
        Model::Server(server) => {
            let schema = match &args.model_schema {
                Some(name) => environment.schema(Some(name))?,
                None => place.schema.clone(),
            };
            Source::Postgres { server: Box::new(context.endpoint(&server).await?), schema }
        }
        Model::File(path) => file(path, args, context)?,
    };
    let Place { target, schema, scratch } = place;
    Ok(Request { source, target, schema, renames, scratch })
}

/// Returns where files are tried.
///
/// # Errors
/// When a server cannot be found.
pub(super) async fn place(
    place: &PlaceOfRevisionsArgs,
    scratch: Option<&String>,
    context: &Context,
) -> CommandResult<Place> {
    let environment = &context.environment;
    let schema: Ident = environment.schema(place.schema.as_ref())?;
    let target = context.endpoint(&environment.target(place.target.to.as_ref(), "--to")?).await?;
    let scratch: Option<Endpoint> = match scratch {
        Some(_) => Some(context.endpoint(&environment.target(scratch, "--scratch")?).await?),
        None => None,
    };
    Ok(Place { target, schema, scratch })
}

/// Returns the up files of all revisions, in the order in which they are carried out.
///
/// # Errors
/// When there are several heads.
pub(super) fn up_to_head(folder: &Folder) -> CommandResult<Vec<UpFile>> {
    let ids = folder.graph().up(&Default::default(), &Target::Head);
    let ids = ids.map_err(|error| super::files::several(&error))?;
    up_files(folder, ids.iter())
}

/// Returns the up files of these revisions.
///
/// # Errors
/// When one has no file.
pub(super) fn up_files<'a>(
    folder: &Folder,
    ids: impl Iterator<Item = &'a sealift_core::revision::file::Id>,
) -> CommandResult<Vec<UpFile>> {
    ids.map(|id| Ok(UpFile::from(folder.revision(id)?))).collect()
}

fn file(path: PathBuf, args: &ModelArgs, context: &Context) -> CommandResult<Source> {
    if !holds_sql(&path)? {
        let options = context.environment.plan_options(&args.select)?;
        let strictness = match args.strict_types {
            true => Strictness::Everything,
            false => Strictness::SameMeaning,
        };
        return Ok(Source::Sqlite(Box::new(SqliteFile { path, options, strictness })));
    }
    let name = path.display().to_string();
    let text = fs::read_to_string(&path)
        .map_err(|error| user_error(format!("cannot read {name}")).caused_by(&error))?;
    Ok(Source::Sql(SqlFile { name, text }))
}

/// Returns whether a file is one of SQL, which its name says; whatever else it may be, SQLite knows.
///
/// # Errors
/// When it is a folder.
pub(super) fn holds_sql(path: &Path) -> CommandResult<bool> {
    let is_sql = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("sql"));
    if path.is_dir() {
        return Err(user_error(format!("{} is a folder", path.display())).hinted(
            "name a file; what the files of all revisions make is called head, their folder --folder",
        ));
    }
    Ok(is_sql)
}
