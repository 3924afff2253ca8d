//! Reading the history. Writes nothing, not even the table.

use super::place::Place;
use super::{Applied, History, How, Unfinished};
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::Session;
use crate::revision::folder::Folder;
use sealift_core::name::Ident;
use sealift_core::revision::file::Id;
use sealift_core::revision::way::Way;
use sealift_core::sql::Sql;
use std::collections::BTreeMap;

impl History {
    /// Reads what was carried out in a schema of the revisions of a folder; nothing where there is no table.
    ///
    /// # Errors
    /// As [`History::read`]; when the database stands in the middle of what was squashed.
    pub async fn read_for(session: &Session, schema: &Ident, folder: &Folder) -> Result<Self> {
        let mut history = Self::read(session, schema).await?;
        history.follow(folder)?;
        Ok(history)
    }

    /// Reads what was carried out in a schema; nothing where there is no table.
    ///
    /// # Errors
    /// When the table is there and cannot be read, or the server does not answer.
    pub async fn read(session: &Session, schema: &Ident) -> Result<Self> {
        let places = [Place::own()?, Place::within(schema)?];
        let mut found: Option<Self> = None;
        for place in places.clone() {
            if !place.is_there(session).await? {
                continue;
            }
            let applied = rows(session, &place, schema).await?;
            // A table of all schemas may know nothing of this one, which then has its own perhaps.
            if found.is_none() || !applied.is_empty() {
                let schema = schema.clone();
                found = Some(Self {
                    schema,
                    place,
                    is_there: true,
                    applied,
                    squashed: BTreeMap::new(),
                });
            }
        }
        if let Some(found) = found {
            return Ok(found);
        }
        let [own, within] = places;
        let place = if own.may_be_made(session).await? { own } else { within };
        Ok(Self::empty(schema, place))
    }

    /// Returns the history of a database that nobody looks at, for a script.
    pub(in super::super) fn unseen(schema: &Ident) -> Result<Self> {
        Ok(Self::empty(schema, Place::own()?))
    }

    fn empty(schema: &Ident, place: Place) -> Self {
        let (applied, squashed) = (BTreeMap::new(), BTreeMap::new());
        Self { schema: schema.clone(), place, is_there: false, applied, squashed }
    }
}

async fn rows(session: &Session, place: &Place, schema: &Ident) -> Result<BTreeMap<Id, Applied>> {
    let sql = Sql::raw(
        "select id, message, parents, encode(checksum, 'hex'), \
         to_char(done_at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS'), seconds::text, done_by, how, up_text, \
         going, statements_done::text, failure, going_text from ",
    )
    .sql(&place.table())
    .push(" where target_schema = ")
    .literal(schema.as_str());
    let mut applied = BTreeMap::new();
    for row in session.query_text(&sql).await? {
        let one = applied_row(row).ok_or_else(|| {
            Error::new(ErrorKind::Target, format!("the history in {place} cannot be read"))
                .hinted("it was written by another version of Sealift, or changed by hand")
        })?;
        applied.insert(one.id.clone(), one);
    }
    Ok(applied)
}

fn applied_row(row: Vec<Option<String>>) -> Option<Applied> {
    let [
        Some(id),
        Some(message),
        Some(parents),
        Some(checksum),
        Some(at),
        Some(seconds),
        Some(by),
        Some(how),
        Some(up),
        going,
        done,
        failure,
        text,
    ] = <[_; 13]>::try_from(row).ok()?
    else {
        return None;
    };
    let unfinished = match going.as_deref() {
        None => None,
        Some(way) => {
            let way = match way {
                "up" => Way::Up,
                "down" => Way::Down,
                _ => return None,
            };
            let done = done?.parse().ok()?;
            Some(Unfinished { way, done, failure, text: text? })
        }
    };
    let how = match how.as_str() {
        "run" => How::Run,
        "stamp" => How::Stamp,
        _ => return None,
    };
    let (id, seconds) = (Id::new(id).ok()?, seconds.parse().ok()?);
    Some(Applied { id, message, parents, checksum, at, seconds, by, how, up, unfinished })
}
