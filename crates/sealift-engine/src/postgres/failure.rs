//! What the driver and the server report, as the engine's [`Error`]: without cells, with the SQLSTATE.

use super::known::POOL_EXHAUSTED;
use super::sqlstate;
use crate::{Error, ErrorKind};
use std::error::Error as _;
use tokio_postgres::error::DbError;

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
    let meaning = sqlstate::meaning(code);
    let mut message = without_cells(error);
    if is_of_a_full_pool(&message) {
        let said = format!("{}: {message}", POOL_EXHAUSTED.says);
        return POOL_EXHAUSTED.saying(said).with_sqlstate(code);
    }
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
    let error =
        Error::new(meaning.kind, message).with_sqlstate(code).with_recovery(meaning.recovery);
    match meaning.hint {
        Some(hint) => error.hinted(hint),
        None => error,
    }
}

/// PgBouncer says so with the SQLSTATE of a broken connection, 08P01, in the words of its settings.
fn is_of_a_full_pool(message: &str) -> bool {
    message.contains("query_wait_timeout") || message.contains("max_client_conn")
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
    fn the_place_of_a_copy_is_kept_without_the_cell() {
        assert_eq!(
            copy_place("COPY t, line 3, column a: \"secret\"").as_deref(),
            Some("COPY t, line 3, column a")
        );
        assert_eq!(copy_place("COPY t, line 1").as_deref(), Some("COPY t, line 1"));
        assert_eq!(copy_place("PL/pgSQL function f() line 1"), None);
    }
}
