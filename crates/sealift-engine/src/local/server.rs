//! [`LocalServer`]: made when it is not there, started when it does not run.

use super::files::{self, Place, io};
use super::find::{BinSearch, Programs};
use super::run::run;
use super::user::ServerUser;
use crate::postgres::{Endpoint, Host, TlsMode};
use crate::{Error, ErrorKind, Result};
use rand::distr::{Alphanumeric, SampleString};
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The server's only role, a superuser of its own server.
const ROLE: &str = "sealift";

/// Where data go that the server's user could not reach in the folder that was asked for.
const FALLBACK: &str = "/var/lib/sealift";

/// How often another port is tried when somebody takes the free one between finding and using it.
const ATTEMPTS: u32 = 3;

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
        let started = tokio::task::spawn_blocking(move || server.start_process())
            .await
            .map_err(|error| Error::new(ErrorKind::Bug, "start the server").caused_by(error))??;
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
        tokio::task::spawn_blocking(move || server.stop_process())
            .await
            .map_err(|error| Error::new(ErrorKind::Bug, "stop the server").caused_by(error))?
    }

    /// Stops the server and deletes its data for good. The caller has asked.
    ///
    /// # Errors
    ///
    /// When it does not stop, or its files cannot be deleted.
    pub async fn reset(&self) -> Result<()> {
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

/// What it takes to make and start a server.
struct Maker<'a> {
    place: &'a Place,
    programs: Programs,
    search: &'a BinSearch,
    user: &'a ServerUser,
}

impl Maker<'_> {
    /// Makes the data folder. It gets its name at the end, so that a half-made one is never used.
    fn make_data(&self) -> Result<()> {
        let unfinished = self.place.unfinished_data();
        let password = Alphanumeric.sample_string(&mut rand::rng(), 32);
        self.place.keep_password(&password, self.user)?;
        let mut made = Ok(());
        // C.UTF-8 knows letters beyond ASCII and sorts by code point, as SQLite does; not every
        // system has it.
        for locale in ["C.UTF-8", "C"] {
            files::remove(&unfinished)?;
            let mut command = self.command("initdb");
            command.args(["--username", ROLE, "--auth=scram-sha-256", "--encoding=UTF8"]);
            command.args(["--pwfile=password", "--locale", locale, "-D", "data.new"]);
            made = run(&mut command);
            if made.is_ok() {
                break;
            }
        }
        if let Err(error) = made {
            files::remove(&unfinished)?;
            return Err(error.context("make the local server"));
        }
        let settings = unfinished.join("postgresql.conf");
        let mut text =
            std::fs::read_to_string(&settings).map_err(|error| io("read", &settings, error))?;
        text.push_str("\ninclude 'sealift.conf'\n");
        std::fs::write(&settings, text).map_err(|error| io("write", &settings, error))?;
        std::fs::rename(&unfinished, self.place.data())
            .map_err(|error| io("rename", &unfinished, error))
    }

    /// Starts the server; returns what the user should know about it.
    fn start(&self) -> Result<Vec<String>> {
        disarm_stale_pid(self.place)?;
        let before = self.place.port();
        let mut failure = None;
        for attempt in 0..ATTEMPTS {
            let kept = before.filter(|port| attempt == 0 && is_free(*port));
            let port = match kept {
                Some(port) => port,
                None => free_port()?,
            };
            self.write_settings(port)?;
            match self.start_on() {
                Ok(()) => {
                    self.place.keep_port(port)?;
                    return Ok(self.notes(before, port));
                }
                Err(error) if is_free(port) => return Err(error),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| Error::new(ErrorKind::Local, "no free port")))
    }

    fn command(&self, name: &str) -> Command {
        self.programs.command(name, self.search, self.user, self.place)
    }

    fn start_on(&self) -> Result<()> {
        let mut start = self.command("pg_ctl");
        start.args(["start", "-w", "-t", "120", "-s", "-D", "data", "-l", "server.log"]);
        let Err(error) = run(&mut start) else {
            return Ok(());
        };
        // `pg_ctl` gives up waiting, but leaves the server to its fate.
        if running(self.place).is_some() {
            let mut stop = self.command("pg_ctl");
            run(stop.args(["stop", "-w", "-m", "immediate", "-s", "-D", "data"]))?;
        }
        let log = self.place.log();
        Err(Error::new(
            ErrorKind::Local,
            format!(
                "start the local server: {error}\nthe end of its log:\n{}",
                self.place.log_tail()
            ),
        )
        .hinted(format!("see {}", log.display())))
    }

    /// Writes the settings that may change from start to start.
    fn write_settings(&self, port: u16) -> Result<()> {
        let file = self.place.data().join("sealift.conf");
        let socket = self
            .place
            .socket_folder()
            .map_or_else(String::new, |folder| folder.to_string_lossy().replace('\'', "''"));
        let text = format!(
            "# Written by Sealift at each start; put your own settings into postgresql.conf.\n\
             listen_addresses = '127.0.0.1'\n\
             port = {port}\n\
             unix_socket_directories = '{socket}'\n\
             unix_socket_permissions = 0700\n\
             password_encryption = 'scram-sha-256'\n"
        );
        std::fs::write(&file, text).map_err(|error| io("write", &file, error))?;
        self.user.own(&file)
    }

    fn notes(&self, before: Option<u16>, port: u16) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(before) = before.filter(|before| *before != port) {
            notes.push(format!("port {before} is taken by another program, so it is {port} now"));
        }
        if self.place.socket_folder().is_none() {
            notes.push(format!(
                "there is no Unix socket, since the path {} cannot be one's",
                self.place.folder.display()
            ));
        }
        notes
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

/// Returns the process and the port of the server that runs on these data, if one does.
fn running(place: &Place) -> Option<(u32, u16)> {
    let (pid, port) = read_pid_file(&place.data())?;
    is_server_of(pid, port, &place.data()).then_some((pid, port))
}

/// Reads `postmaster.pid`: the process in its first line, the port in its fourth.
fn read_pid_file(data: &Path) -> Option<(u32, u16)> {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    let port = lines.nth(2)?.trim().parse().ok()?;
    Some((pid, port))
}

/// Returns whether a process is the server of these data: a server works in its data folder. After a
/// crash, another program may have got its number.
fn is_server_of(pid: u32, port: u16, data: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    if !Path::new("/proc/self").exists() {
        // No Linux: whoever listens on the port is taken for the server.
        return !is_free(port);
    }
    match (process.join("cwd").read_link(), data.canonicalize()) {
        (Ok(folder), Ok(data)) => folder == data,
        // The server runs as us or we are root, so a process closed to us is not it.
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// The number of a process that there is not: above the highest on Linux (4194304) and macOS (99999).
const NO_PROCESS: i32 = i32::MAX - 1;

/// Makes `postmaster.pid` of a server that is gone harmless. PostgreSQL takes such a file for stale
/// itself, unless the number of the process is another program's now, or that of a zombie: then it
/// refuses to start. The rest of the file stays: by it, PostgreSQL notices processes of the old
/// server that still work on the data.
fn disarm_stale_pid(place: &Place) -> Result<()> {
    let file = place.data().join("postmaster.pid");
    let Some((pid, port)) = read_pid_file(&place.data()) else {
        return Ok(());
    };
    // Seen from a container, a server outside has no process here, but its port may be.
    let is_taken = PathBuf::from(format!("/proc/{pid}")).exists();
    if !is_taken || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
        return Ok(());
    }
    let text = std::fs::read_to_string(&file).map_err(|error| io("read", &file, error))?;
    let (_, rest) = text.split_once('\n').unwrap_or_default();
    std::fs::write(&file, format!("{NO_PROCESS}\n{rest}"))
        .map_err(|error| io("write", &file, error))
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn free_port() -> Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Error::new(ErrorKind::Local, "find a free port").caused_by(error))
}
