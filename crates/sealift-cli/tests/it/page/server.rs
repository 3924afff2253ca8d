//! `serve`, looked at.

use super::script::Script;
use crate::crash::Running;
use crate::environment::TestEnvironment;
use sealift_testkit::{ServerSettings, StopMode};
use std::time::Duration;

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
    let arguments = ["serve", "--to", &database.url, "--listen", "127.0.0.1:0"];
    let mut running = Running::start(&environment, &arguments);
    let line = running.until_line("the address", |line| line.contains("http://"));
    let (_, address) = line.split_once("http://").unwrap();
    let address = address.split_whitespace().next().unwrap();
    script.until("ready");
    script.say(&format!("open http://{address}"));
    script.until("well");
    server.stop(StopMode::Fast);
    script.until("gone");
    server.start_again();
    script.until("back");
    script.passes();
    running.signal("TERM");
    let ended = running.end_within(Duration::from_secs(30));
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
}
