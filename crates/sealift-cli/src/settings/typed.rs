//! What was typed, and how a password in it is taken out of the list of processes.
//!
//! Everybody on a machine can read the arguments of every process (`ps`, `/proc/PID/cmdline`), for as
//! long as it runs. A program cannot change its own in safe Rust, but it can become itself again with
//! others: the secret ones travel through a pipe, which nobody else can read, and is empty afterwards.
//! See docs/design/011-arguments.md.

use super::secret;
use std::ffi::OsString;

/// The arguments of this process.
#[derive(Debug)]
pub(crate) struct Typed {
    /// As they were typed.
    pub(crate) given: Vec<OsString>,
    /// The same without passwords, to be shown and logged.
    pub(crate) shown: Vec<String>,
}

impl Typed {
    /// Returns what was typed. Where that holds a password, the process begins again first, without
    /// it; should that be impossible, it goes on as it is.
    pub(crate) fn take() -> Self {
        let mut given: Vec<OsString> = std::env::args_os().collect();
        match handover::receive() {
            Some(secrets) => {
                for (index, secret) in secrets {
                    if let Some(argument) = given.get_mut(index) {
                        *argument = secret.into();
                    }
                }
            }
            None => handover::begin_again(&given),
        }
        Self { shown: hidden(&given), given }
    }
}

impl Typed {
    /// Returns whether an argument holds a password.
    pub(crate) fn has_secrets(&self) -> bool {
        self.given.iter().zip(&self.shown).any(|(given, shown)| given != shown.as_str())
    }

    /// Returns a text that may quote arguments, or their values after `=`, with passwords hidden.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (given, shown) in self.given.iter().zip(&self.shown) {
            let given = given.to_string_lossy();
            if given != shown.as_str() {
                text = text.replace(&*given, shown);
            }
            let value = given.split_once('=').map(|(_, value)| value);
            let hidden = value.map(|value| (value, secret::hide(value)));
            if let Some((value, hidden)) = hidden.filter(|(value, hidden)| value != hidden) {
                text = text.replace(value, &hidden);
            }
        }
        text
    }
}

/// Returns arguments as others may see them.
fn hidden(given: &[OsString]) -> Vec<String> {
    let texts: Vec<_> = given.iter().map(|argument| argument.to_string_lossy()).collect();
    secret::hide_all(texts.iter().map(|text| &**text))
}

/// Arguments that were not to be seen, by their place.
type Secrets = Vec<(usize, String)>;

#[cfg(unix)]
mod handover {
    use super::Secrets;
    use std::ffi::OsString;
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    /// Says that a process has begun again: its number, which stays the same, and that of the pipe. A
    /// process that only inherits the variable has another number.
    const VARIABLE: &str = "SEALIFT_HANDOVER";

    /// The smallest room that a pipe has: writing so much never waits for a reader.
    const ROOM: usize = 4096;

    /// Replaces this process by itself, if arguments hold passwords. Returns when there is none, or
    /// when it cannot be done.
    pub(super) fn begin_again(given: &[OsString]) {
        let hidden = super::hidden(given);
        let (mut secrets, mut shown) = (Secrets::new(), Vec::new());
        for (index, (argument, hidden)) in given.iter().zip(hidden).enumerate() {
            match argument.to_str() {
                Some(text) if hidden != text => {
                    secrets.push((index, text.to_owned()));
                    shown.push(OsString::from(hidden));
                }
                Some(_) | None => shown.push(argument.clone()),
            }
        }
        if !secrets.is_empty() {
            // What goes wrong costs the secrecy of the arguments, which others programs never had; it
            // must not cost the run.
            drop(replace(&secrets, &shown));
        }
    }

    /// Returns only when the process could not be replaced.
    fn replace(secrets: &Secrets, shown: &[OsString]) -> Option<std::io::Error> {
        let text = serde_json::to_vec(secrets).ok().filter(|text| text.len() <= ROOM)?;
        let program = std::env::current_exe().ok()?;
        let (reader, mut writer) = std::io::pipe().ok()?;
        writer.write_all(&text).ok()?;
        drop(writer);
        // The standard library closes its files when a process is replaced, unless told not to.
        rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::empty()).ok()?;
        let mark = format!("{}:{}", std::process::id(), reader.as_raw_fd());
        let (name, arguments) = shown.split_first()?;
        let mut command = Command::new(program);
        command.arg0(name).args(arguments).env(VARIABLE, mark);
        Some(command.exec())
    }

    /// Returns the secrets that were handed over to this process; `None` when it is the first.
    pub(super) fn receive() -> Option<Secrets> {
        let mark = std::env::var_os(VARIABLE)?.into_string().ok()?;
        let (process, pipe) = mark.split_once(':')?;
        let pipe: u32 = pipe.parse().ok()?;
        if process != std::process::id().to_string() {
            return None;
        }
        let mut text = Vec::new();
        let file = File::open(format!("/dev/fd/{pipe}"));
        file.and_then(|mut file| file.read_to_end(&mut text)).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

#[cfg(not(unix))]
mod handover {
    use super::Secrets;

    pub(super) fn begin_again(_given: &[std::ffi::OsString]) {}

    pub(super) fn receive() -> Option<Secrets> {
        None
    }
}
