//! What the driver and the server report, as the engine's [`Error`]: without cells, with the SQLSTATE.

use crate::{Error, ErrorKind};
use std::error::Error as _;
use tokio_postgres::error::DbError;

/// What a SQLSTATE, or the class that its first two characters name, means for a run.
struct Meaning {
    code: &'static str,
    kind: ErrorKind,
    hint: Option<&'static str>,
}

const fn meaning(code: &'static str, kind: ErrorKind, hint: Option<&'static str>) -> Meaning {
    Meaning { code, kind, hint }
}

/// Manual, appendix A. A whole code stands before its class; what is not here is
/// [`ErrorKind::Statement`].
const MEANINGS: &[Meaning] = &[
    // Class 08: the connection broke.
    meaning("08", ErrorKind::Unreachable, Some("run the same command again")),
    // Class 22: a cell is not of the column's type.
    meaning("22", ErrorKind::Data, None),
    // Class 23: a row breaks a constraint.
    meaning("23", ErrorKind::Data, None),
    // The server or the role is read-only, as a standby is.
    meaning(
        "25006",
        ErrorKind::Permission,
        Some("name the server that takes writes, not a replica"),
    ),
    // The password is wrong, or pg_hba.conf lets this login not in: the login is refused, though
    // later it may not be.
    meaning("28P01", ErrorKind::Unreachable, Some("check the user and the password")),
    meaning(
        "28",
        ErrorKind::Unreachable,
        Some("check the user, the password and the server's pg_hba.conf"),
    ),
    // The database, the schema or the object is not there.
    meaning("3D000", ErrorKind::Unreachable, None),
    meaning("3F000", ErrorKind::Target, None),
    meaning("42P01", ErrorKind::Target, None),
    meaning("42703", ErrorKind::Target, None),
    meaning("42704", ErrorKind::Target, None),
    // The object is there already.
    meaning("42P04", ErrorKind::Target, None),
    meaning("42P06", ErrorKind::Target, None),
    meaning("42P07", ErrorKind::Target, None),
    meaning("42701", ErrorKind::Target, None),
    meaning("42710", ErrorKind::Target, None),
    meaning("42723", ErrorKind::Target, None),
    // Another session uses the object, or depends on it.
    meaning("55006", ErrorKind::Target, Some("close the other connections to it")),
    meaning(
        "2BP01",
        ErrorKind::Target,
        Some("a view or a foreign key of somebody else stands on it; drop that first"),
    ),
    meaning("42501", ErrorKind::Permission, None),
    // Two sessions stood in each other's way; the same statement may pass next time.
    meaning("40", ErrorKind::Statement, Some("run the same command again")),
    meaning(
        "55P03",
        ErrorKind::Statement,
        Some("another session holds a lock; try again when it is done"),
    ),
    // The disk is full: the server works, but not for us, until somebody makes room.
    meaning(
        "53100",
        ErrorKind::Unreachable,
        Some("make room on the server's disk, then run the same command again"),
    ),
    meaning(
        "53300",
        ErrorKind::Unreachable,
        Some("close other connections, use fewer --jobs, or raise max_connections"),
    ),
    meaning(
        "53",
        ErrorKind::Unreachable,
        Some("the server is short of resources; try again later"),
    ),
    // Somebody asked for the statement to end: us on Ctrl-C, or an administrator.
    meaning("57014", ErrorKind::Stopped, Some("run the same command again")),
    // The server shuts down, crashed, starts up or dropped us.
    meaning("57", ErrorKind::Unreachable, Some("run the same command again when the server is up")),
];

/// Returns what a SQLSTATE means.
fn look_up(sqlstate: &str) -> (ErrorKind, Option<&'static str>) {
    MEANINGS
        .iter()
        .find(|meaning| sqlstate.starts_with(meaning.code))
        .map_or((ErrorKind::Statement, None), |meaning| (meaning.kind, meaning.hint))
}

/// Turns an error of the driver into ours.
///
/// The driver's error is not kept as the cause: it prints DETAIL and CONTEXT, which hold cells.
pub(super) fn from_driver(error: &tokio_postgres::Error) -> Error {
    if let Some(reported) = error.as_db_error() {
        return from_server(reported);
    }
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    // The driver's kind of error is private; these are the texts of its `Display`.
    match error.to_string().as_str() {
        text @ ("connection closed"
        | "error communicating with the server"
        | "error connecting to server"
        | "timeout waiting for server"
        | "error performing TLS handshake"
        | "authentication error") => Error::new(ErrorKind::Unreachable, format!("{text}{cause}"))
            .hinted("run the same command again when the server is up"),
        // These name the cause's cell or parameter.
        text if text.starts_with("error serializing")
            || text.starts_with("error deserializing") =>
        {
            Error::new(ErrorKind::Bug, text)
        }
        text => Error::new(ErrorKind::Bug, format!("{text}{cause}")),
    }
}

/// Turns what the server reported into our error: its message, and the objects it names.
pub(super) fn from_server(error: &DbError) -> Error {
    let code = error.code().code();
    let (kind, hint) = look_up(code);
    let mut message = without_cells(error);
    let named = [
        ("table", error.table()),
        ("column", error.column()),
        ("constraint", error.constraint()),
        ("type", error.datatype()),
    ];
    let named: Vec<String> = named
        .iter()
        .filter_map(|(what, name)| name.map(|name| format!("{what} {name}")))
        .filter(|named| {
            let name = named.split_once(' ').map_or(named.as_str(), |(_, name)| name);
            !message.contains(&format!("\"{name}\""))
        })
        .chain(error.where_().and_then(copy_place))
        .collect();
    if !named.is_empty() {
        message.push_str(&format!(" ({})", named.join(", ")));
    }
    let error = Error::new(kind, message).with_sqlstate(code);
    match hint {
        Some(hint) => error.hinted(hint),
        None => error,
    }
}

/// Returns the server's message, with what it quotes from a cell left out.
///
/// Messages of class 22 quote the value (`invalid input syntax for type integer: "abc"`); those of
/// class 23 only names, the values stand in DETAIL, which is never taken.
fn without_cells(error: &DbError) -> String {
    let code = error.code().code();
    if !code.starts_with("22") {
        return error.message().to_owned();
    }
    // `character_not_in_repertoire` spells the bytes out without quotes.
    if code == "22021" {
        return "a text is not valid in the server's encoding".to_owned();
    }
    // In another language the quotes may be others too. The severity tells the language.
    if !matches!(error.severity(), "ERROR" | "FATAL" | "PANIC") {
        return format!("a value does not fit (SQLSTATE {code})");
    }
    let mut kept = String::new();
    for (index, piece) in error.message().split('"').enumerate() {
        kept.push_str(if index % 2 == 0 { piece } else { "\"…\"" });
    }
    kept
}

/// Returns `COPY t, line 3, column a` of the CONTEXT `COPY t, line 3, column a: "abc"`.
fn copy_place(context: &str) -> Option<String> {
    let line = context.lines().find(|line| line.starts_with("COPY "))?;
    let place = line.split_once(": ").map_or(line, |(place, _)| place);
    // A line that quotes its cell in another way is left out.
    (!place.contains('"')).then(|| place.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_code_comes_before_its_class() {
        for (index, entry) in MEANINGS.iter().enumerate() {
            let first = MEANINGS.iter().position(|other| entry.code.starts_with(other.code));
            assert_eq!(first, Some(index), "{} is hidden", entry.code);
        }
    }

    #[test]
    fn each_code_has_the_kind_that_decides_what_to_do() {
        for (code, kind) in [
            ("08006", ErrorKind::Unreachable),
            ("57P01", ErrorKind::Unreachable),
            ("57014", ErrorKind::Stopped),
            ("53300", ErrorKind::Unreachable),
            ("28P01", ErrorKind::Unreachable),
            ("28000", ErrorKind::Unreachable),
            ("42501", ErrorKind::Permission),
            ("25006", ErrorKind::Permission),
            ("42P07", ErrorKind::Target),
            ("42P01", ErrorKind::Target),
            ("22P02", ErrorKind::Data),
            ("23505", ErrorKind::Data),
            ("42601", ErrorKind::Statement),
            ("40P01", ErrorKind::Statement),
            ("XX000", ErrorKind::Statement),
        ] {
            assert_eq!(look_up(code).0, kind, "{code}");
        }
    }

    #[test]
    fn the_place_of_a_copy_is_kept_without_the_cell() {
        assert_eq!(
            copy_place("COPY t, line 3, column a: \"secret\"").as_deref(),
            Some("COPY t, line 3, column a")
        );
        assert_eq!(copy_place("COPY t, line 1").as_deref(), Some("COPY t, line 1"));
        assert_eq!(copy_place("PL/pgSQL function f() line 1"), None);
    }
}
