//! Making a server's data, and starting it on a port that is free.

use super::files::{self, Place, io};
use super::find::{BinSearch, Programs};
use super::process::{disarm_stale_pid, free_port, is_free, running};
use super::run::run;
use super::server::ROLE;
use super::user::ServerUser;
use crate::{Error, ErrorKind, Result};
use rand::distr::{Alphanumeric, SampleString};
use std::process::Command;

/// How often another port is tried when somebody takes the free one between finding and using it.
const ATTEMPTS: u32 = 3;

/// What it takes to make and start a server.
pub(super) struct Maker<'a> {
    pub(super) place: &'a Place,
    pub(super) programs: Programs,
    pub(super) search: &'a BinSearch,
    pub(super) user: &'a ServerUser,
}

impl Maker<'_> {
    /// Makes the data folder. It gets its name at the end, so that a half-made one is never used.
    pub(super) fn make_data(&self) -> Result<()> {
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
    pub(super) fn start(&self) -> Result<Vec<String>> {
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
