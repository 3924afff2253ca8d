//! The server that everybody races against.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use tokio_postgres::{Client, NoTls};

/// The database of the peers that make their own tables.
pub(crate) const PEER_DATABASE: &str = "race_peer";

/// Settings that decide how fast a server loads.
const SETTINGS: &str = "select name, current_setting(name) from pg_settings where name in
    ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_level',
     'max_wal_size', 'checkpoint_timeout', 'shared_buffers', 'maintenance_work_mem', 'work_mem',
     'max_parallel_maintenance_workers', 'wal_compression', 'max_connections') order by name";

/// Connects; the connection is served until the client is dropped.
pub(crate) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("connect to the server")?;
    tokio::spawn(connection);
    Ok(client)
}

/// Runs statements as one message, which is one transaction if it does not say otherwise.
pub(crate) async fn run(client: &Client, sql: &str) -> Result<()> {
    client.batch_execute(sql).await.with_context(|| short(sql))
}

/// Returns the rows of a query whose `N` columns are all text and never NULL.
pub(crate) async fn rows<const N: usize>(client: &Client, sql: &str) -> Result<Vec<[String; N]>> {
    let found = client.query(sql, &[]).await.with_context(|| short(sql))?;
    let rows = found.iter().map(|row| {
        let mut values = std::array::from_fn(|_| String::new());
        for (at, value) in values.iter_mut().enumerate() {
            *value = row.try_get(at)?;
        }
        Ok(values)
    });
    rows.collect()
}

/// Returns the settings that decide how fast a server loads.
pub(crate) async fn settings(url: &str) -> Result<Vec<[String; 2]>> {
    rows(&connect(url).await?, SETTINGS).await
}

/// Returns how many rows each table of a schema has; names are in lower case, since some peers write
/// them so.
pub(crate) async fn row_counts(url: &str, schema: &str) -> Result<BTreeMap<String, u64>> {
    let client = connect(url).await?;
    let sql = format!(
        "select lower(relname), format('select %L, count(*)::text from %s', lower(relname), oid::regclass)
         from pg_class where relnamespace = to_regnamespace('{schema}') and relkind = 'r'"
    );
    let tables = rows::<2>(&client, &sql).await?;
    let mut counts = BTreeMap::new();
    // A thousand at once would be a query that nobody wants to plan.
    for tables in tables.chunks(100) {
        let selects: Vec<&str> = tables.iter().map(|[_, select]| select.as_str()).collect();
        for [table, count] in rows(&client, &selects.join(" union all ")).await? {
            counts.insert(table, count.parse().context("a count is a number")?);
        }
    }
    Ok(counts)
}

/// Returns the bytes of a schema's tables and indexes.
pub(crate) async fn bytes(url: &str, schema: &str) -> Result<u64> {
    let sql = format!(
        "select coalesce(sum(pg_total_relation_size(oid)), 0)::text
         from pg_class where relnamespace = to_regnamespace('{schema}') and relkind = 'r'"
    );
    let found = rows::<1>(&connect(url).await?, &sql).await?.concat().concat();
    found.parse().context("a size is a number")
}

/// Drops a schema and what is in it; a thousand tables are too many locks for one transaction.
pub(crate) async fn drop_schema(url: &str, schema: &str) -> Result<()> {
    let client = connect(url).await?;
    let sql = format!(
        "select format('drop table %s cascade', oid::regclass)
         from pg_class where relnamespace = to_regnamespace('{schema}') and relkind = 'r'"
    );
    for drops in rows::<1>(&client, &sql).await?.chunks(100) {
        run(&client, &drops.concat().join(";")).await?;
    }
    run(&client, &format!("drop schema if exists {schema} cascade")).await
}

/// Makes an empty database for a peer; returns its URL.
pub(crate) async fn fresh_peer_database(url: &str) -> Result<String> {
    drop_peer_database(url).await?;
    run(&connect(url).await?, &format!("create database {PEER_DATABASE} template template0"))
        .await?;
    Ok(with_database(url, PEER_DATABASE))
}

/// Drops the peers' database.
pub(crate) async fn drop_peer_database(url: &str) -> Result<()> {
    let sql = format!("drop database if exists {PEER_DATABASE} with (force)");
    run(&connect(url).await?, &sql).await
}

/// Writes what is in memory to the disk, so that nobody pays for what another has left.
pub(crate) async fn checkpoint(url: &str) -> Result<()> {
    run(&connect(url).await?, "checkpoint").await
}

/// Returns a URL with another database in it.
fn with_database(url: &str, database: &str) -> String {
    let (address, options) =
        url.split_once('?').map_or((url, String::new()), |(it, rest)| (it, format!("?{rest}")));
    let scheme = address.find("://").map_or(0, |at| at + 3);
    let (scheme, place) = address.split_at_checked(scheme).unwrap_or(("", address));
    let place = place.split_once('/').map_or(place, |(place, _)| place);
    format!("{scheme}{place}/{database}{options}")
}

/// Returns the beginning of a statement, for an error.
fn short(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().take(12).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn another_database_of_the_same_server_keeps_login_and_options() {
        assert_eq!(
            with_database("postgresql://a:b@localhost:1/x?sslmode=disable", "y"),
            "postgresql://a:b@localhost:1/y?sslmode=disable"
        );
        assert_eq!(with_database("postgresql://localhost", "y"), "postgresql://localhost/y");
    }
}
