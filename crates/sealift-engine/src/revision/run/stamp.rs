//! [`stamp`]: the history says where the database stands, and nothing is carried out.

use super::super::folder::{Folder, graph_error};
use super::super::history::{History, How};
use super::attempt::{Waiting, lock};
use super::place;
use crate::error::{ErrorKind, Result};
use crate::ops::{Cancel, Events, Moment, RevisionStep};
use crate::postgres::{Endpoint, Session};
use sealift_core::name::Ident;
use sealift_core::revision::file::Id;
use sealift_core::revision::graph::{GraphError, Target};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;

/// What was written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stamped {
    /// Revisions that count as carried out now.
    pub added: Vec<Id>,
    /// Revisions that do not any more.
    pub removed: Vec<Id>,
}

/// Writes down that the database stands at `target`: all that it stands on was carried out, by these files, and nothing
/// else. Nothing is unfinished any more.
///
/// # Errors
/// When the target is unknown or not clear, another process is at work for longer than `patience`, or the server refuses.
pub async fn stamp(
    endpoint: &Endpoint,
    schema: &Ident,
    folder: &Folder,
    target: &Target,
    patience: Duration,
) -> Result<Stamped> {
    let graph = folder.graph();
    let wanted: BTreeSet<Id> = match target {
        Target::Base => BTreeSet::new(),
        Target::Heads => graph.ids().cloned().collect(),
        Target::Head | Target::Forward(_) => {
            let up = graph.up(&BTreeSet::new(), target).map_err(|error| graph_error(&error))?;
            up.into_iter().collect()
        }
        Target::Revision(text) => {
            let id = graph.find(text).map_err(|error| graph_error(&error))?;
            graph.with_ancestors(&id)
        }
        Target::Back(_) => {
            let error = GraphError::Unknown { text: target.to_string() };
            return Err(graph_error(&error));
        }
    };
    endpoint.probe().await?;
    let waiting = Waiting { patience, lost: None };
    let lock = lock(endpoint, schema, waiting, &Events::silent(), &Cancel::new()).await?;
    let session = lock.session("sealift revision").await?;
    place::require_schema(&session, schema).await?;
    let mut history = read(&session, schema, folder).await?;
    history.make(&session).await?;
    let before: BTreeSet<Id> = history.done();
    let mut stands: BTreeSet<Id> = history.applied().keys().cloned().collect();
    session.begin().await?;
    for (id, one) in history.applied() {
        let kept = one.unfinished.is_none() && wanted.contains(id) && {
            let checksum = folder.revision(id)?.up.script.checksum();
            checksum.to_string() == one.checksum
        };
        if !kept {
            session.batch(&history.forgotten(id)).await?;
            stands.remove(id);
        }
    }
    for id in wanted.difference(&stands) {
        let parents: Vec<Id> = graph.parents(id).cloned().collect();
        let record = history.recorded(folder.revision(id)?, &parents, How::Stamp, 0.0);
        session.batch(&record).await?;
    }
    RevisionStep::Record.reach(Moment::Before)?;
    session.commit().await?;
    RevisionStep::Record.reach(Moment::After)?;
    Ok(Stamped {
        added: wanted.difference(&before).cloned().collect(),
        removed: before.difference(&wanted).cloned().collect(),
    })
}

/// A database that stands in the middle of squashed revisions may be stamped all the same.
async fn read(session: &Session, schema: &Ident, folder: &Folder) -> Result<History> {
    match History::read_for(session, schema, folder).await {
        Err(error) if error.kind() == ErrorKind::Revision => History::read(session, schema).await,
        read => read,
    }
}
