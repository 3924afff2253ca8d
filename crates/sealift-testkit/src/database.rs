//! A PostgreSQL database per test, on the server that `scripts/pg start` runs.

use crate::fixture::project_root;
use std::cell::Cell;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// An empty database of the calling test's own; dropped with the value.
#[derive(Debug)]
pub struct Database {
    /// How to reach it.
    pub url: String,
    /// Its name, `sealift_` and a hash of the test's name.
    pub name: String,
    /// Where it is dropped from.
    server: String,
}

/// Makes an empty UTF-8 database for the calling test.
///
/// The server is the one in `SEALIFT_TEST_POSTGRES`, else the one that `scripts/pg start` runs. The
/// name comes from the test's, so that a second run finds and drops what a killed one left.
///
/// # Panics
///
/// Panics when there is no server.
pub async fn database() -> Database {
    database_on(server_url()).await
}

/// Makes an empty database on the server of a URL.
pub(crate) async fn database_on(server: String) -> Database {
    let name = database_name();
    let admin = connect(&server).await;
    run(&admin, &format!("drop database if exists {name} with (force)")).await;
    run(&admin, &format!("create database {name} encoding 'UTF8' template template0")).await;
    Database { url: with_database(&server, &name), name, server }
}

/// Does what [`database`] does, from a test that is not async.
///
/// # Panics
///
/// Panics when there is no server.
#[must_use]
pub fn database_blocking() -> Database {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("start a runtime")
        .block_on(database())
}

/// Returns the URL of the test server's `postgres` database, with rights to do anything.
///
/// # Panics
///
/// Panics when there is no server: a skipped test would be a failed test that nobody sees.
#[must_use]
pub fn server_url() -> String {
    if let Some(url) = std::env::var_os("SEALIFT_TEST_POSTGRES") {
        return url.into_string().expect("SEALIFT_TEST_POSTGRES is UTF-8");
    }
    let file = project_root().join("target/test-postgres/url");
    let url = std::fs::read_to_string(file)
        .expect("no PostgreSQL for tests; run scripts/pg start, or set SEALIFT_TEST_POSTGRES");
    url.trim().to_owned()
}

impl Database {
    /// Connects.
    ///
    /// # Panics
    ///
    /// Panics when the server refuses.
    pub async fn connect(&self) -> Client {
        connect(&self.url).await
    }

    /// Runs statements, on a connection of its own.
    ///
    /// # Panics
    ///
    /// Panics when a statement fails.
    pub async fn execute(&self, sql: &str) {
        run(&self.connect().await, sql).await;
    }

    /// Returns the rows of a query (of all queries, where there are several) as PostgreSQL's text;
    /// NULL is `None`.
    ///
    /// # Panics
    ///
    /// Panics when the query fails.
    pub async fn query_text(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let messages = self.connect().await.simple_query(sql).await;
        let mut rows = Vec::new();
        for message in messages.unwrap_or_else(|error| fail(sql, &error)) {
            if let SimpleQueryMessage::Row(row) = message {
                rows.push((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect());
            }
        }
        rows
    }

    /// Returns the first column of the first row as text; `None` for NULL or no row.
    ///
    /// # Panics
    ///
    /// Panics when the query fails.
    pub async fn query_value(&self, sql: &str) -> Option<String> {
        self.query_text(sql).await.into_iter().next()?.into_iter().next()?
    }

    /// [`Database::execute`] from a test that is not async.
    ///
    /// # Panics
    ///
    /// Panics when a statement fails.
    pub fn execute_blocking(&self, sql: &str) {
        on_own_thread(self.execute(sql));
    }

    /// [`Database::query_text`] from a test that is not async.
    ///
    /// # Panics
    ///
    /// Panics when the query fails.
    #[must_use]
    pub fn query_text_blocking(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        on_own_thread(self.query_text(sql))
    }
}

impl Drop for Database {
    /// Drops the database as well as it can; the next run of the test drops it otherwise.
    fn drop(&mut self) {
        let name = &self.name;
        let dropping = async {
            let Ok((client, connection)) = tokio_postgres::connect(&self.server, NoTls).await
            else {
                return;
            };
            let connection = tokio::spawn(connection);
            // A failed test says more about itself than a failure to clean up after it.
            if let Err(error) =
                client.batch_execute(&format!("drop database if exists {name} with (force)")).await
            {
                drop(error);
            }
            connection.abort();
        };
        on_own_thread(dropping);
    }
}

/// Runs a future to its end on a thread with a runtime, whether or not the caller is in one.
pub(crate) fn on_own_thread<T: Send>(future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("start a runtime")
                .block_on(future)
        });
        match thread.join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

async fn connect(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.unwrap_or_else(|error| fail(url, &error));
    // Ends by itself when the client is dropped.
    drop(tokio::spawn(connection));
    client
}

async fn run(client: &Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        fail(sql, &error);
    }
}

/// Fails the test with the statement and what the server said about it.
#[expect(clippy::panic, reason = "a helper fails its test by panicking")]
#[track_caller]
fn fail(doing: &str, error: &tokio_postgres::Error) -> ! {
    match error.as_db_error() {
        Some(error) => panic!("{error} (SQLSTATE {}), doing: {doing}", error.code().code()),
        None => panic!("{error:?}, doing: {doing}"),
    }
}

/// Returns a name that is the same in every run of the calling test, and another one for each call.
fn database_name() -> String {
    thread_local! {
        static CALLS: Cell<u32> = const { Cell::new(0) };
    }
    let call = CALLS.get();
    CALLS.set(call + 1);
    let program = std::env::current_exe().ok();
    // `it-0123456789abcdef`: tells the test programs apart, and stays the same from build to build.
    let program = program.as_ref().and_then(|path| path.file_name()?.to_str()).unwrap_or_default();
    let thread = std::thread::current();
    // The test harness names a test's thread after it, unless it runs on the main thread.
    let test = match (thread.name(), std::env::var_os("NEXTEST_TEST_NAME")) {
        (_, Some(name)) => name.to_string_lossy().into_owned(),
        (Some(name), None) if name != "main" && !name.starts_with("tokio") => name.to_owned(),
        (Some(_) | None, None) => format!("process {}", std::process::id()),
    };
    format!("sealift_{:016x}", fnv1a(format!("{program} {test} {call}").as_bytes()))
}

/// FNV-1a: enough to tell tests apart, and the same in every build.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Returns `url` with another database: what stands between the last `/` and the parameters.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    let server = address.rsplit_once('/').map_or(address, |(server, _)| server);
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("{server}/{name}{mark}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_takes_the_place_of_the_servers_own() {
        assert_eq!(
            with_database("postgresql://a:b@h:1/postgres?sslmode=disable", "x"),
            "postgresql://a:b@h:1/x?sslmode=disable"
        );
    }

    #[tokio::test]
    async fn each_call_gives_an_empty_database_of_its_own() {
        let first = database().await;
        let second = database().await;
        first.execute("create table t (a int); insert into t values (1), (null)").await;
        assert_eq!(
            first.query_text("select a from t").await,
            [[Some("1".to_owned())].to_vec(), [None].to_vec()]
        );
        assert_eq!(
            second.query_value("select to_regclass('t')::text").await,
            None,
            "{} and {} are the same",
            first.name,
            second.name
        );
    }

    #[test]
    fn a_database_is_gone_with_its_value() {
        let database = database_blocking();
        let name = database.name.clone();
        let keeper = database_blocking();
        drop(database);
        let sql = format!("select count(*) from pg_database where datname = '{name}'");
        assert_eq!(keeper.query_text_blocking(&sql), [[Some("0".to_owned())]]);
    }
}
