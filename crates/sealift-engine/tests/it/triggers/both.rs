//! [`Both`]: a SQLite file and what was made of it, on which the same statements are run.

use crate::support::{Tried, moved};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use tokio_postgres::{Client, SimpleQueryMessage};

/// The two databases.
pub(crate) struct Both {
    pub(crate) tried: Tried,
    sqlite: Connection,
    postgres: Client,
}

impl Both {
    /// Migrates what a script makes; every trigger must be carried.
    pub(crate) async fn of(script: &str) -> Self {
        let both = Self::with_findings(script).await;
        let left: Vec<String> =
            both.tried.findings().into_iter().filter(|it| it.contains("trigger")).collect();
        assert_eq!(left, Vec::<String>::new(), "{:#?}", both.tried.report().findings);
        both
    }

    /// Migrates what a script makes.
    pub(crate) async fn with_findings(script: &str) -> Self {
        Self::on(moved(script).await).await
    }

    /// Opens both sides of a migration.
    pub(crate) async fn on(tried: Tried) -> Self {
        let sqlite = tried.file.open();
        sqlite.pragma_update(None, "foreign_keys", true).unwrap();
        let postgres = tried.database.connect().await;
        Self { tried, sqlite, postgres }
    }

    /// Runs a statement on both sides. Both must take it or both refuse it, and all tables must be
    /// equal afterwards. Returns whether it was taken.
    pub(crate) async fn run(&self, sql: &str) -> bool {
        let left = self.sqlite.execute_batch(sql);
        let right = self.postgres.batch_execute(sql).await;
        assert_eq!(left.is_ok(), right.is_ok(), "{sql}\nSQLite: {left:?}\nPostgreSQL: {right:?}");
        if let (Err(left), Err(right)) = (&left, &right) {
            let said = right.as_db_error().map(|error| error.code().code().to_owned());
            // What RAISE says is the message of both.
            if said.as_deref() == Some("23000") {
                let message = right.as_db_error().map(|error| error.message().to_owned());
                let rusqlite::Error::SqliteFailure(_, Some(text)) = left else {
                    panic!("{sql}: {left:?}");
                };
                assert_eq!(message.as_ref(), Some(text), "{sql}");
            }
        }
        self.assert_equal(sql).await;
        left.is_ok()
    }

    /// Runs statements in a transaction, each behind a savepoint, and rolls it back. Returns how many
    /// were taken.
    pub(crate) async fn runs_undone(&self, statements: &[String]) -> usize {
        self.both("begin").await;
        let mut taken = 0;
        for sql in statements {
            self.both("savepoint one").await;
            if self.run_or_undo(sql).await {
                taken += 1;
            }
        }
        self.both("rollback").await;
        taken
    }

    async fn run_or_undo(&self, sql: &str) -> bool {
        let left = self.sqlite.execute_batch(sql);
        let right = self.postgres.batch_execute(sql).await;
        assert_eq!(left.is_ok(), right.is_ok(), "{sql}\nSQLite: {left:?}\nPostgreSQL: {right:?}");
        if right.is_err() {
            self.both("rollback to one").await;
        }
        self.assert_equal(sql).await;
        left.is_ok()
    }

    /// Inserts the first rows of a table again under another authority, each on both sides: both must
    /// take it or say the same. `proj.db` keys everything by `auth_name` and `code`.
    pub(crate) async fn says_the_same_of_rows_of(&self, table: &str) {
        let columns = self.rows(&format!("select name from pragma_table_info('{table}')"));
        let list = columns.join(", ");
        let quoted: Vec<String> = columns.iter().map(|name| format!("quote({name})")).collect();
        let rows = self.rows(&format!(
            "select {} from (select * from {table} limit 40)",
            quoted.join(" || ', ' || ")
        ));
        let booleans = "select attname from pg_attribute where attrelid = 'TABLE'::regclass and atttypid = 'boolean'::regtype";
        let booleans = self.postgres_rows(&booleans.replace("TABLE", table)).await;
        for row in rows {
            let values: Vec<String> = split(&row);
            for bad in [false, true] {
                let value = |to_postgres: bool| {
                    let values = columns.iter().zip(&values).enumerate();
                    let values: Vec<String> = values
                        .map(|(index, (name, value))| {
                            if name == "auth_name" {
                                "'SEALIFT'".to_owned()
                            } else if bad && index > 2 && name.ends_with("_code") {
                                "'9001'".to_owned()
                            } else if to_postgres && booleans.contains(name) {
                                format!("{value}::int::boolean")
                            } else {
                                value.clone()
                            }
                        })
                        .collect();
                    values.join(", ")
                };
                let insert =
                    |values: String| format!("insert into {table} ({list}) values ({values})");
                self.both("begin").await;
                let left = self.sqlite.execute_batch(&insert(value(false)));
                let right = self.postgres.batch_execute(&insert(value(true))).await;
                self.both("rollback").await;
                assert_eq!(
                    left.is_ok(),
                    right.is_ok(),
                    "{}: {left:?} {right:?}",
                    insert(value(false))
                );
                if let (Err(rusqlite::Error::SqliteFailure(_, Some(text))), Err(right)) =
                    (left, right)
                {
                    let right = right.as_db_error().unwrap().clone();
                    if right.code().code() == "23000" {
                        assert_eq!(text, right.message(), "{}", insert(value(false)));
                    }
                }
            }
        }
    }

    async fn both(&self, sql: &str) {
        self.sqlite.execute_batch(sql).unwrap();
        self.postgres.batch_execute(sql).await.unwrap();
    }

    /// Runs statements that both sides must take.
    pub(crate) async fn takes(&self, statements: &[&str]) {
        for sql in statements {
            assert!(self.run(sql).await, "{sql} was refused");
        }
    }

    /// Runs statements that both sides must refuse.
    pub(crate) async fn refuses(&self, statements: &[&str]) {
        for sql in statements {
            assert!(!self.run(sql).await, "{sql} was taken");
        }
    }

    /// Runs statements that both sides must take, on tables too large to be compared each time.
    pub(crate) async fn takes_without_comparing(&self, statements: &[&str]) {
        for sql in statements {
            self.sqlite.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            let taken = self.postgres.batch_execute(sql).await;
            taken.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
    }

    /// Runs statements that both sides must refuse with the same message.
    pub(crate) async fn refuses_without_comparing(&self, statements: &[&str]) {
        for sql in statements {
            let left = self.sqlite.execute_batch(sql).unwrap_err();
            let right = self.postgres.batch_execute(sql).await.unwrap_err();
            let message = right.as_db_error().map(|error| error.message().to_owned());
            let rusqlite::Error::SqliteFailure(_, Some(text)) = left else { panic!("{left:?}") };
            assert_eq!(message, Some(text), "{sql}");
        }
    }

    /// Compares what a query gives on both sides.
    pub(crate) async fn same(&self, sql: &str) {
        assert_eq!(self.rows(sql), self.postgres_rows(sql).await, "{sql}");
    }

    /// Returns the rows of a query on SQLite, which is the same as on PostgreSQL after [`Self::run`].
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        let mut statement = self.sqlite.prepare(sql).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| {
            let cells: Vec<String> = (0..width).map(|i| shown(row.get_ref(i).unwrap())).collect();
            Ok(cells.join(" | "))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    async fn assert_equal(&self, after: &str) {
        let tables = self.rows(
            "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
        );
        for table in tables {
            let query = format!("select * from \"{}\"", table.replace('"', "\"\""));
            let mut left = self.rows(&query);
            let mut right = self.postgres_rows(&query).await;
            left.sort();
            right.sort();
            assert_eq!(left, right, "table {table} after: {after}");
        }
    }

    async fn postgres_rows(&self, sql: &str) -> Vec<String> {
        let mut rows = Vec::new();
        for message in self.postgres.simple_query(sql).await.unwrap() {
            if let SimpleQueryMessage::Row(row) = message {
                let cells: Vec<String> =
                    (0..row.len()).map(|index| plain(row.get(index).unwrap_or("∅"))).collect();
                rows.push(cells.join(" | "));
            }
        }
        rows
    }
}

/// Splits literals that commas separate.
fn split(row: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut quoted = false;
    for letter in row.chars() {
        if letter == '\'' {
            quoted = !quoted;
        }
        if letter == ',' && !quoted {
            values.push(String::new());
        } else if let Some(last) = values.last_mut() {
            last.push(letter);
        }
    }
    values.into_iter().map(|value| value.trim().to_owned()).collect()
}

/// Returns a number with a fraction as SQLite's double is shown: PostgreSQL keeps its last zeros.
fn plain(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(value) if text.contains('.') => value.to_string(),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "∅".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        // PostgreSQL prints a whole double without a point.
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("\\x{hex}")
        }
    }
}
