//! `sealift revision`, as it is typed, on a real server.

mod alembic;
mod diff;
mod interrupted;
mod journey;
mod live;
mod looking;
mod side_by_side;
mod sqlx;
mod whole;

use crate::environment::{Output, TestEnvironment};
use sealift_testkit::Database;

/// A folder of revisions and a database.
struct Project {
    environment: TestEnvironment,
    database: Database,
}

impl Project {
    fn new() -> Self {
        let environment = TestEnvironment::new();
        std::fs::create_dir(environment.folder().join("revisions")).unwrap();
        Self { environment, database: sealift_testkit::database_blocking() }
    }

    /// Writes a pair of files.
    fn revision(&self, name: &str, up: &str, down: &str) -> &Self {
        self.environment.write(&format!("revisions/{name}.up.sql"), up);
        self.environment.write(&format!("revisions/{name}.down.sql"), down);
        self
    }

    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [&["revision"], arguments, &["--to", self.database.url.as_str()]].concat()
    }

    /// Runs a command on the database.
    fn run(&self, arguments: &[&str]) -> Output {
        self.environment.run(&self.arguments(arguments))
    }

    /// Runs a command that must succeed.
    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert_eq!(output.status, 0, "{output}");
        output
    }

    /// Runs a command with a fail point; returns the status, `None` where it died.
    fn broken(&self, arguments: &[&str], points: &str) -> Option<i32> {
        let mut command = self.environment.command(&self.arguments(arguments));
        command.env("FAILPOINTS", points).output().expect("run sealift").status.code()
    }

    /// Returns the first cell of a query.
    #[track_caller]
    fn value(&self, sql: &str) -> String {
        let rows = self.database.query_text_blocking(sql);
        rows[0][0].clone().unwrap_or_else(|| "null".to_owned())
    }
}

/// Two tables, the second with a key to the first.
fn shop() -> Project {
    let project = Project::new();
    project
        .revision(
            "1_users",
            "create table users (id bigint primary key, name text);",
            "drop table users;",
        )
        .revision(
            "2_orders",
            "create table orders (id bigint primary key, user_id bigint references users);\n\
             insert into users values (1, 'a;b');",
            "drop table orders;\ndelete from users where id = 1;",
        );
    project
}
