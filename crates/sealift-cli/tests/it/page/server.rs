//! `serve`, looked at.

use super::script::Script;
use crate::environment::TestEnvironment;
use sealift_testkit::{ServerSettings, StopMode};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// A `sealift serve` under way. It ends with the test.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(environment: &TestEnvironment, url: &str) -> Self {
        let mut command = environment.command(&["serve", "--to", url, "--listen", "127.0.0.1:0"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("start sealift");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let address = line.split(' ').find(|word| word.starts_with("http://"));
        let address = address.unwrap_or_else(|| panic!("no address: {line}")).to_owned();
        Self { child, address }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_database_is_well_and_gone_and_back() {
    let mut script = Script::start("idle");
    let mut server = ServerSettings::new().password("secret").start();
    let database = server.database();
    database.execute_blocking(
        "create table people (id int primary key, name text);
         insert into people select i, 'person ' || i from generate_series(1, 1000) i;
         analyze people",
    );
    let environment = TestEnvironment::new();
    let served = Served::start(&environment, &database.url);
    script.until("ready");
    script.say(&format!("open {}", served.address));
    script.until("well");
    server.stop(StopMode::Fast);
    script.until("gone");
    server.start_again();
    script.until("back");
    script.passes();
}
