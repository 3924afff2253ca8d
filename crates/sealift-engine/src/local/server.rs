//! [`LocalServer`]: made when it is not there, started when it does not run.

use super::files::{self, Place};
use super::find::BinSearch;
use super::make::Maker;
use super::process::running;
use super::run::run;
use super::user::ServerUser;
use crate::ops::on_a_thread;
use crate::postgres::{Endpoint, Host, TlsMode};
use crate::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use std::net::Ipv4Addr;
use std::path::PathBuf;

/// The server's only role, a superuser of its own server.
pub(super) const ROLE: &str = "sealift";

/// Where data go that the server's user could not reach in the folder that was asked for.
const FALLBACK: &str = "/var/lib/sealift";

/// A PostgreSQL server whose data are in one folder.
#[derive(Debug, Clone)]
pub struct LocalServer {
    dir: PathBuf,
    fallback: PathBuf,
    search: BinSearch,
}

/// Whether a managed server is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalStatus {
    /// Nothing was made yet.
    Absent,
    /// There are data, but no server runs.
    Stopped,
    /// It runs.
    Running {
        /// The process of the server.
        pid: u32,
        /// Where it listens on loopback.
        port: u16,
        /// The major version of its data.
        version: String,
    },
}

/// A server that runs now.
#[derive(Debug, Clone)]
pub struct Started {
    /// How to reach it, with its password.
    pub endpoint: Endpoint,
    /// Whether it ran before.
    pub was_running: bool,
    /// What the user should know, such as that the data are in another folder.
    pub notes: Vec<String>,
}

impl LocalServer {
    /// Returns a server with its data in `dir`. Nothing is made yet.
    #[must_use]
    pub fn new(dir: PathBuf, search: BinSearch) -> Self {
        Self { dir, fallback: PathBuf::from(FALLBACK), search }
    }

    /// Puts data that the server's user could not reach in `dir` below this folder instead.
    #[must_use]
    pub fn with_fallback(mut self, folder: PathBuf) -> Self {
        self.fallback = folder;
        self
    }

    /// Makes and starts the server as far as needed, and makes `database` if it is not there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Local`] with the end of the server's log when it does not start; then nothing
    /// runs. [`ErrorKind::Usage`] for a name that PostgreSQL cannot have, or a folder in other use.
    pub async fn start(&self, database: &str) -> Result<Started> {
        let name = Ident::new(database).map_err(|error| {
            Error::new(ErrorKind::Usage, format!("name the local database: {error}"))
        })?;
        let server = self.clone();
        let started = on_a_thread("starting", move || server.start_process()).await?;
        let session = started.endpoint.connect("sealift local").await?;
        let exists = Sql::raw("select 1 from pg_database where datname = ").literal(database);
        if session.query_text(&exists).await?.is_empty() {
            let create = Sql::raw("create database ").ident(&name).push(" template template0");
            match session.batch(&create).await {
                // Another start was faster.
                Err(error) if matches!(error.sqlstate(), Some("42P04" | "23505")) => {}
                created => created?,
            }
        }
        Ok(Started { endpoint: started.endpoint.with_database(database), ..started })
    }

    /// Returns how to reach the server, whether it runs or not; `None` when nothing was made yet.
    ///
    /// # Errors
    ///
    /// When its files cannot be read.
    pub fn endpoint(&self, database: &str) -> Result<Option<Endpoint>> {
        match files::find_place(&self.dir) {
            Some(place) => endpoint(&place, database).map(Some),
            None => Ok(None),
        }
    }

    /// Returns whether it runs. Changes nothing.
    ///
    /// # Errors
    ///
    /// When its files cannot be read.
    pub fn status(&self) -> Result<LocalStatus> {
        let Some(place) = files::find_place(&self.dir) else {
            return Ok(LocalStatus::Absent);
        };
        Ok(match running(&place) {
            Some((pid, port)) => {
                let version = place.major().map(|major| major.to_string()).unwrap_or_default();
                LocalStatus::Running { pid, port, version }
            }
            None => LocalStatus::Stopped,
        })
    }

    /// Stops the server and waits until it is gone; returns what it was before. Open transactions are
    /// rolled back.
    ///
    /// # Errors
    ///
    /// When it does not stop, or the programs to stop it are gone.
    pub async fn stop(&self) -> Result<LocalStatus> {
        let server = self.clone();
        on_a_thread("stopping", move || server.stop_process()).await
    }

    /// Stops the server and deletes its data for good. The caller has asked.
    ///
    /// # Errors
    ///
    /// When it does not stop, or its files cannot be deleted.
    pub async fn reset(&self) -> Result<()> {
        if self.dir.is_dir() {
            files::refuse_foreign(&self.dir)?;
            files::refuse_unlocked(&self.dir)?;
        }
        self.stop().await?;
        if let Some(place) = files::find_place(&self.dir) {
            place.delete()?;
        }
        if self.dir.is_dir() {
            Place { folder: self.dir.clone() }.delete()?;
        }
        Ok(())
    }

    fn start_process(&self) -> Result<Started> {
        let user = ServerUser::choose()?;
        let dir = files::make_folder(&self.dir)?;
        let lock = files::lock(&dir)?;
        let place = files::make_place(&dir, &self.fallback, &user)?;
        let mut notes = Vec::new();
        if place.folder != dir {
            notes.push(format!(
                "the data are in {}, since PostgreSQL's user cannot enter {}",
                place.folder.display(),
                dir.display()
            ));
        }
        let was_running = running(&place).is_some();
        if !was_running {
            let programs = self.search.find(&user, place.major())?;
            let maker = Maker { place: &place, programs, search: &self.search, user: &user };
            if !place.exists() {
                maker.make_data()?;
            }
            notes.extend(maker.start()?);
        }
        drop(lock);
        Ok(Started { endpoint: endpoint(&place, "postgres")?, was_running, notes })
    }

    fn stop_process(&self) -> Result<LocalStatus> {
        let before = self.status()?;
        let (LocalStatus::Running { .. }, Some(place)) = (&before, files::find_place(&self.dir))
        else {
            return Ok(before);
        };
        let lock = files::lock(&files::make_folder(&self.dir)?)?;
        let user = ServerUser::choose()?;
        let programs = self.search.find(&user, place.major())?;
        let mut command = programs.command("pg_ctl", &self.search, &user, &place);
        run(command.args(["stop", "-w", "-m", "fast", "-t", "120", "-s", "-D", "data"]))?;
        drop(lock);
        Ok(before)
    }
}

/// Returns how to reach the server of a place.
fn endpoint(place: &Place, database: &str) -> Result<Endpoint> {
    let port = running(place).map(|(_, port)| port).or_else(|| place.port()).ok_or_else(|| {
        Error::new(ErrorKind::Local, "the local server was never started")
            .hinted("start it: sealift local start")
    })?;
    let host = Host::Tcp(Ipv4Addr::LOCALHOST.to_string());
    // The server has no certificate, and nobody else can listen to loopback.
    Ok(Endpoint::new(host, port, ROLE, database)
        .with_password(place.password()?)
        .with_tls(TlsMode::Disable))
}
