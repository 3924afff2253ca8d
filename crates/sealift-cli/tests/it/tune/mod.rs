//! `sealift tune`, and whether what it promises holds.

mod advice;
mod grants;
mod indexes;
mod pooler;
mod python;
mod rust;

use crate::environment::{Output, TestEnvironment};
use sealift_testkit::{Server, ServerSettings};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

/// Connections of the server on which pools are tried: so few that every mistake is seen.
const MAX_CONNECTIONS: u64 = 30;

/// A server with few connections, and a role that has no right to those that are reserved. One superuser watches:
/// it is always counted among the others.
struct Small {
    server: Server,
    runtime: Runtime,
    watcher: Client,
}

impl Small {
    fn start() -> Self {
        let settings = format!("max_connections = {MAX_CONNECTIONS}");
        let server = ServerSettings::new().configure(&settings).start();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("start a runtime");
        let watcher = runtime.block_on(async {
            let watcher = connect(&server.url("postgres")).await.expect("connect");
            for sql in ["create role app login", "create database shop owner app"] {
                watcher.batch_execute(sql).await.expect("prepare the server");
            }
            watcher
        });
        Self { server, runtime, watcher }
    }

    /// Returns the URL of the application's database, as its role.
    fn url(&self) -> String {
        self.server.url("shop").replacen("postgres@", "app@", 1) + "?sslmode=disable"
    }

    /// Returns how many connections the application's role has.
    fn held(&self) -> u64 {
        let sql = "select count(*) from pg_stat_activity where usename = 'app'";
        let row = self.runtime.block_on(self.watcher.query_one(sql, &[])).expect("count");
        u64::try_from(row.get::<_, i64>(0)).expect("a count")
    }

    /// Returns what `tune --json` says about the application.
    fn tune(&self, arguments: &[&str]) -> Value {
        let output = TestEnvironment::new()
            .run(&[&["tune", "--json", "--to", &self.url()], arguments].concat());
        assert_eq!(output.status, 0, "{output}");
        output.json()
    }

    /// Lets all workers of all instances take all connections of their pools at once, and sees that these are as
    /// many as promised, that so many more are free as promised, and that nobody was turned away.
    fn bears(&self, advice: &Value, worker: impl Fn(u64) -> Command) {
        let pools = &advice["pools"];
        let number = |value: &Value| value.as_u64().expect("a number");
        let each = number(&pools["pool"]["base"]) + number(&pools["pool"]["overflow"]);
        let processes = number(&pools["workers"]["count"]) * number(&pools["instances"]);
        let promised = number(&pools["connections"]);
        assert_eq!(promised, processes * each, "{pools}");
        // One more for each would not have been promised.
        assert!(promised + processes > number(&pools["available"]), "{pools}");

        let mut workers: Vec<Worker> =
            (0..processes).map(|_| Worker::start(worker(each))).collect();
        for worker in &mut workers {
            worker.holds(each);
        }
        assert_eq!(self.held(), promised);
        assert!(!self.has_refused(), "{}", self.server.log());
        self.takes_no_more_than(number(&advice["connections"]["free"]) - promised);
        for worker in workers {
            worker.ends_well();
        }
    }

    /// Sees that so many connections are left for the role, and not one more.
    fn takes_no_more_than(&self, left: u64) {
        self.runtime.block_on(async {
            let mut clients = Vec::new();
            for _ in 0..left {
                clients.push(connect(&self.url()).await.expect("one that is free"));
            }
            let refused = connect(&self.url()).await.expect_err("none is free");
            assert_eq!(refused.code().map(|code| code.code().to_owned()), Some("53300".to_owned()));
        });
    }
}

impl Small {
    /// Returns whether the server has turned anybody away for want of a connection.
    fn has_refused(&self) -> bool {
        let log = self.server.log();
        log.contains("remaining connection slots") || log.contains("too many")
    }
}

/// A process of an application.
struct Worker {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("start a worker");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, output }
    }

    /// Waits until it holds its connections.
    fn holds(&mut self, count: u64) {
        let wanted = format!("holding {count}");
        let mut told = String::new();
        for line in self.output.by_ref().lines() {
            let line = line.expect("a line");
            if line.ends_with(&wanted) {
                return;
            }
            told.push_str(&line);
        }
        let mut errors = String::new();
        let stderr = self.process.stderr.take().expect("its errors");
        for line in BufReader::new(stderr).lines() {
            errors.push_str(&line.expect("a line"));
            errors.push('\n');
        }
        panic!("the worker did not come to hold its connections: {told}\n{errors}");
    }

    /// Lets it go.
    fn ends_well(mut self) {
        drop(self.process.stdin.take());
        std::io::copy(&mut self.output, &mut std::io::sink()).expect("read to the end");
        let output = self.process.wait_with_output().expect("wait for a worker");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
    }
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Ends by itself when the client is dropped.
    drop(tokio::spawn(connection));
    Ok(client)
}

fn tune(arguments: &[&str]) -> Output {
    TestEnvironment::new().run(&[&["tune"], arguments].concat())
}
