//! The only place that writes to stdout and stderr: the answer to one, all else to the other.

use crate::args::{ColorArg, GlobalArgs};
use crate::error::{CommandError, CommandResult, user_error};
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use std::fmt;
use std::io::{self, BufRead, Write};

/// The styles in use. Everything reads the same without them.
pub(crate) mod style {
    use anstyle::{AnsiColor, Style};

    /// What failed.
    pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
    /// What to look at.
    pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
    /// What is well.
    pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
    /// What to do.
    pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
    /// Headings and names.
    pub(crate) const HEADING: Style = Style::new().bold();
    /// What stands back.
    pub(crate) const DIM: Style = Style::new().dimmed();
}

/// Returns `text` in a style.
pub(crate) fn paint(style: anstyle::Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes what a person or a script reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    color: ColorChoice,
    json: bool,
    quiet: bool,
    verbosity: u8,
}

impl Printer {
    /// Returns a printer for these flags.
    pub(crate) fn new(args: &GlobalArgs) -> Self {
        let color = match args.color {
            ColorArg::Auto => ColorChoice::Auto,
            ColorArg::Always => ColorChoice::Always,
            ColorArg::Never => ColorChoice::Never,
        };
        Self { color, json: args.json, quiet: args.quiet, verbosity: args.verbose }
    }

    /// Returns whether the answer is to be JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Returns whether only errors and the answer are wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Returns how much more is wanted.
    pub(crate) fn verbosity(&self) -> u8 {
        self.verbosity
    }

    /// Writes the answer, ending in a newline.
    pub(crate) fn answer(&self, text: impl fmt::Display) -> CommandResult<()> {
        let mut out = AutoStream::new(io::stdout().lock(), self.color);
        delivered(writeln!(out, "{text}").and_then(|()| out.flush()))
    }

    /// Writes bytes of a file format (completions, manual page) as they are.
    pub(crate) fn raw(&self, bytes: &[u8]) -> CommandResult<()> {
        let mut out = io::stdout().lock();
        delivered(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// Writes the answer as one JSON object.
    pub(crate) fn json(&self, value: &impl Serialize) -> CommandResult<()> {
        let text = serde_json::to_string_pretty(value).map_err(|error| {
            CommandError::new(
                crate::error::CommandErrorKind::Bug,
                "cannot write the answer as JSON",
            )
            .caused_by(&error)
        })?;
        self.raw(text.as_bytes())?;
        self.raw(b"\n")
    }

    /// Writes something beside the answer, unless `-q`.
    pub(crate) fn note(&self, text: impl fmt::Display) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    /// Writes a warning, unless `-q`.
    pub(crate) fn warning(&self, text: impl fmt::Display) {
        self.note(format_args!("{} {text}", paint(style::WARNING, "warning:")));
    }

    /// Writes what to do next, unless `-q`.
    pub(crate) fn hint(&self, text: impl fmt::Display) {
        self.note(format_args!("{} {text}", paint(style::HINT, "hint:")));
    }

    /// Writes why the command failed: to stderr for people, and with `--json` to stdout as well.
    pub(crate) fn error(&self, error: &CommandError) {
        let heading = match error.kind.exit() {
            crate::exit::Exit::Bug => "internal error:",
            crate::exit::Exit::Stopped => "stopped:",
            crate::exit::Exit::Done
            | crate::exit::Exit::Differences
            | crate::exit::Exit::Usage
            | crate::exit::Exit::Unreachable => "error:",
        };
        self.stderr(format_args!("{} {}", paint(style::ERROR, heading), error.message));
        for cause in &error.causes {
            self.stderr(format_args!("  because: {cause}"));
        }
        if let Some(cause) = error.cause {
            self.stderr(format_args!("  cause: {} ({})", cause.sentence, cause.code));
        }
        for hint in &error.hints {
            self.stderr(format_args!("{} {hint}", paint(style::HINT, "hint:")));
        }
        if self.json {
            let object = crate::json::Failure::new(error);
            // It holds only strings and always serializes; that it cannot be written has been said above.
            if let Err(lost) = self.json(&object) {
                tracing::debug!(message = lost.message, "could not write the error object");
            }
        }
    }

    /// Asks a person on the terminal; anything but `y` or `yes` is no.
    pub(crate) fn confirm(&self, question: impl fmt::Display) -> bool {
        let mut err = AutoStream::new(io::stderr().lock(), self.color);
        heed_closed(write!(err, "{question} [y/N] ").and_then(|()| err.flush()));
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer).is_err() {
            return false;
        }
        matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Writes a line to stderr whatever the verbosity.
    pub(crate) fn stderr(&self, text: impl fmt::Display) {
        let mut err = AutoStream::new(io::stderr().lock(), self.color);
        heed_closed(writeln!(err, "{text}"));
    }
}

/// An answer that could not be written, on a full disk for instance, is a failure: the file that was
/// to hold it is cut short. A reader that went away (`sealift plan | head`) has what it wanted.
fn delivered(result: io::Result<()>) -> CommandResult<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(user_error("cannot write the answer").caused_by(&error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A reader that went away (`sealift plan | head`) is no failure of ours, and nobody is left to
/// tell.
fn heed_closed(result: io::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "could not write to a closed stream");
    }
}
