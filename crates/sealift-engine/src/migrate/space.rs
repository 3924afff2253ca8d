//! Room on the disks, before anything is written: for the backup on this side, and for tables and indexes
//! on the server's where its disk is ours to look at.

use super::known;
use super::target::Standing;
use crate::config::{Into, MigrateOptions, Parts};
use crate::disk;
use crate::error::Result;
use crate::estimate::shapes;
use crate::ops::Events;
use crate::planning::Prepared;
use crate::postgres::Session;
use sealift_core::plan::estimate::space;
use sealift_core::sql::Sql;
use std::path::{Path, PathBuf};

/// Checks the room there is. Where the server's cannot be known, nothing is said: `sealift check` does.
///
/// # Errors
/// When there is too little, or the backup cannot be written where it is to go.
pub(super) async fn look(
    session: &Session,
    options: &MigrateOptions,
    (prepared, standing): (&Prepared, &Standing),
    events: &Events,
) -> Result<()> {
    let database = prepared.snapshot.bytes()?;
    if let Some(backup) = options.backup.as_deref().filter(|path| !path.exists()) {
        for_backup(backup, database)?;
    }
    if options.parts == Parts::SchemaOnly {
        return Ok(());
    }
    let Some(place) = data_folder(session, options).await else { return Ok(()) };
    let Some(free) = disk::free_bytes(&place) else { return Ok(()) };
    let needed = space(&prepared.plan, &shapes(prepared)).total();
    // What an earlier run left there counts already, and what is replaced is given back.
    let all_is_new = !standing.is_resumed() && options.into == Into::Create;
    if needed > free && all_is_new {
        return Err(known::NO_ROOM.saying(format!(
            "the server's disk has {} MiB free, and {} about {}",
            free >> 20,
            known::NO_ROOM.says,
            needed >> 20
        )));
    }
    if needed.saturating_mul(2) > free {
        events.notice(format!(
            "the server's disk has {} MiB free; the tables and indexes need about {}, and the write-ahead \
             log as much again for a while",
            free >> 20,
            needed >> 20
        ));
    }
    Ok(())
}

/// Sees that the backup can be written: its folder takes files, and has room for one more database.
pub(super) fn for_backup(backup: &Path, bytes: u64) -> Result<()> {
    let folder = backup.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    disk::can_write(folder).map_err(|error| {
        let said = format!("{} to {}: {error}", known::NO_BACKUP.says, folder.display());
        known::NO_BACKUP.saying(said).caused_by(error)
    })?;
    match disk::free_bytes(folder) {
        Some(free) if free < bytes => Err(known::NO_ROOM_FOR_BACKUP.saying(format!(
            "{} {} MiB in {}, which has {} free",
            known::NO_ROOM_FOR_BACKUP.says,
            bytes >> 20,
            folder.display(),
            free >> 20
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Returns the server's data folder where it is on this machine and we may know it.
async fn data_folder(session: &Session, options: &MigrateOptions) -> Option<PathBuf> {
    if !options.target.is_on_this_machine() {
        return None;
    }
    // Shown to superusers and members of pg_read_all_settings only.
    let sql = Sql::raw(
        "select setting from pg_settings where name = 'data_directory'
         and (select dattablespace from pg_database where datname = current_database())
             = (select oid from pg_tablespace where spcname = 'pg_default')",
    );
    let rows = session.query_text(&sql).await.ok()?;
    let folder = PathBuf::from(rows.into_iter().next()?.into_iter().next()??);
    // A container's server listens on this machine too, but its folder is another one.
    is_of_server(&folder, options.target.port()).then_some(folder)
}

/// Returns whether a server with this port runs on a folder: `postmaster.pid` holds the folder in its
/// second line and the port in its fourth (PostgreSQL source, `pidfile.h`). Only the server's own user
/// and root may read it; for others nothing is known.
fn is_of_server(folder: &Path, port: u16) -> bool {
    let Ok(text) = std::fs::read_to_string(folder.join("postmaster.pid")) else { return false };
    let lines: Vec<&str> = text.lines().collect();
    lines.get(1).is_some_and(|line| Path::new(line) == folder)
        && lines.get(3).is_some_and(|line| line.trim().parse() == Ok(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_needs_a_folder_that_takes_files_and_has_room() {
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("app.db.backup");
        for_backup(&backup, 1).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let error = for_backup(&backup, u64::MAX).unwrap_err();
        assert!(error.to_string().contains("MiB in"), "{error}");
        let error = for_backup(&folder.path().join("nowhere/app.db"), 1).unwrap_err();
        assert!(error.to_string().contains("cannot be written to"), "{error}");
    }

    #[test]
    fn a_folder_is_a_servers_only_by_its_own_word() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_of_server(folder.path(), 5432));
        let text = format!("17\n{}\n1700000000\n5432\n/tmp\n", folder.path().display());
        std::fs::write(folder.path().join("postmaster.pid"), text).unwrap();
        assert!(is_of_server(folder.path(), 5432));
        assert!(!is_of_server(folder.path(), 5433));
    }
}
