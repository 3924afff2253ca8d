//! The rows of the queries in `sql/`, each column a field by its name.

use crate::postgres::Session;
use crate::{Error, ErrorKind, Result};
use sealift_core::sql::Sql;
use serde::de::DeserializeOwned;

/// Returns the rows of a query, in which `$1`, `$2`, … stand for texts.
///
/// Texts are put in as literals (so no comment in `sql/` may name one) and not sent apart: through a pooler in transaction mode a prepared statement would
/// be lost.
pub(super) async fn read<T: DeserializeOwned>(
    session: &Session,
    query: &'static str,
    values: &[&str],
) -> Result<Vec<T>> {
    let whole = Sql::raw("select pg_catalog.row_to_json(q) from (\n")
        .sql(&filled(query, values)?)
        .push("\n) q");
    let rows = session.query_text(&whole).await?;
    let cells = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
    cells.map(|cell| parse(&cell)).collect()
}

/// Returns the only row of a query.
pub(super) async fn one<T: DeserializeOwned>(
    session: &Session,
    query: &'static str,
    values: &[&str],
) -> Result<T> {
    let row = read(session, query, values).await?.pop();
    row.ok_or_else(|| Error::new(ErrorKind::Bug, "a catalog query has no row where one must be"))
}

/// Puts values in.
pub(super) fn filled(query: &'static str, values: &[&str]) -> Result<Sql> {
    let mut pieces = query.trim_end().split('$');
    let mut sql = Sql::raw(pieces.next().unwrap_or_default());
    for piece in pieces {
        let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
        let (number, rest) = piece.split_at(digits);
        let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let value = place.and_then(|place| values.get(place)).ok_or_else(|| {
            Error::new(ErrorKind::Bug, "a catalog query names a value that it is not given")
        })?;
        sql = sql.literal(value).push(rest);
    }
    Ok(sql)
}

fn parse<T: DeserializeOwned>(row: &str) -> Result<T> {
    serde_json::from_str(row).map_err(|error| {
        Error::new(ErrorKind::Bug, "a catalog query came back in another form than it asks for")
            .caused_by(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_literals_in_their_places() {
        let sql = filled("select $2, $1 || $2", &["it's", "b"]).unwrap();
        assert_eq!(sql.as_str(), "select 'b', 'it''s' || 'b'");
        assert!(filled("select $1", &[]).is_err());
    }
}
