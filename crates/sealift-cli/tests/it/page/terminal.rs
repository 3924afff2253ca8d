//! `migrate --serve` before a person: the page stays until Ctrl-C.

use crate::environment::TestEnvironment;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What Ctrl-C is on a terminal.
const CTRL_C: &[u8] = b"\x03";

/// A command on a terminal of its own, which util-linux's `script` makes.
struct OnTerminal(Child);

impl OnTerminal {
    fn start(environment: &TestEnvironment, arguments: &[&str]) -> Self {
        let sealift = environment.command(arguments);
        let words = std::iter::once(sealift.get_program()).chain(sealift.get_args());
        let quoted: Vec<String> =
            words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
        // Ctrl-C goes to everybody on the terminal, and a shell in between would end of it.
        let line = format!("exec {}", quoted.join(" "));
        let mut command = Command::new("script");
        command.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]);
        command.current_dir(environment.folder()).env_clear();
        command.envs(sealift.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Self(command.spawn().expect("script is part of util-linux"))
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn state(place: &str) -> String {
    let mut stream = TcpStream::connect(place).expect("the page is there");
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "GET /api/state HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn before_a_person_the_page_stays_until_ctrl_c() {
    let environment = TestEnvironment::new();
    environment.sqlite("a.db", "create table a (x integer primary key); insert into a values (1)");
    let database = sealift_testkit::database_blocking();
    let migrate = ["migrate", "a.db", "--no-backup", "--serve=127.0.0.1:0", "--to", &database.url];
    let mut running = OnTerminal::start(&environment, &migrate);
    let mut lines = BufReader::new(running.0.stdout.take().expect("stdout is piped")).lines();
    let line = lines.by_ref().map_while(Result::ok).find(|line| line.contains("the page stays at"));
    let line = line.expect("it says that the page stays");
    let (_, rest) = line.split_once("http://").unwrap();
    let (place, _) = rest.split_once('/').unwrap();
    // Longer than it would stay where nobody sits before it.
    std::thread::sleep(Duration::from_secs(5));
    assert!(state(place).contains("\"status\":\"done\""), "{}", state(place));
    running.0.stdin.as_mut().expect("stdin is piped").write_all(CTRL_C).unwrap();
    // The terminal is closed when the command has ended.
    drop(lines.by_ref().map_while(Result::ok).last());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    assert!(TcpStream::connect(place).is_err());
}
