//! `sealift serve`, as a person or systemd starts it.

use crate::environment::TestEnvironment;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const TOKEN: &str = "0123456789abcdef";

/// A server under way, which is killed with the test.
struct Serving {
    child: Child,
    /// What it printed when it began to listen.
    said: Value,
    address: String,
}

impl Serving {
    fn start(environment: &TestEnvironment, arguments: &[&str]) -> Self {
        let listen = ["serve", "--listen", "127.0.0.1:0", "--json"];
        Self::run(environment.command(&[&listen[..], arguments].concat()))
    }

    fn run(mut command: Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start sealift");
        let mut text = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        // One object, which ends with a brace on a line of its own.
        while !text.ends_with("\n}\n") {
            if stdout.read_line(&mut text).expect("read stdout") == 0 {
                let mut stderr = String::new();
                child
                    .stderr
                    .take()
                    .expect("it is piped")
                    .read_to_string(&mut stderr)
                    .expect("read");
                panic!("it ended: {text}{stderr}");
            }
        }
        let said: Value = serde_json::from_str(&text).expect("JSON");
        let url = said["url"].as_str().expect("a URL");
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { child, said, address }
    }

    /// Returns the status line and the body of an answer.
    fn get(&self, path: &str, header: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("connect");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{header}\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).expect("send");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
        (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.expect("run kill").success());
    }

    /// Waits for its end.
    fn ended(mut self) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.child.try_wait().expect("ask for its state") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it does not end")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn it_answers_until_it_is_told_to_stop_and_ends_with_status_0() {
    let database = sealift_testkit::database_blocking();
    for signal in ["TERM", "INT"] {
        let serving = Serving::start(&TestEnvironment::new(), &[&database.url]);
        assert_eq!(serving.said["status"], "listening");
        assert_eq!(serving.said["kind"], "postgresql");
        let (status, body) = serving.get("/health/db", "");
        assert_eq!(
            (status.as_str(), body.as_str()),
            ("HTTP/1.1 200 OK", r#"{"status":"ok","database":"connected"}"#)
        );
        serving.signal(signal);
        assert_eq!(serving.ended(), Some(0), "{signal}");
    }
}

#[test]
fn a_development_machine_falls_back_to_its_file() {
    let mut environment = TestEnvironment::new();
    environment.sqlite("app.db", "create table t (a)");
    environment.set("ENVIRONMENT", "development").set("SQLITE_PATH", "app.db");
    let serving = Serving::start(&environment, &[]);
    assert_eq!(
        (&serving.said["kind"], &serving.said["target"]),
        (&"sqlite".into(), &"app.db".into())
    );
    assert_eq!(serving.get("/health", "").1, r#"{"status":"healthy","database":"healthy"}"#);
    environment.set("DATABASE_URL", "postgresql://app:hidden@127.0.0.1:1/shop");
    let serving = Serving::start(&environment, &[]);
    assert_eq!(serving.said["target"], "postgresql://app:***@127.0.0.1:1/shop");
    assert_eq!(serving.get("/health", "").0, "HTTP/1.1 503 Service Unavailable");
}

#[test]
fn a_token_is_asked_for_and_not_in_the_list_of_processes() {
    let mut environment = TestEnvironment::new();
    environment.sqlite("app.db", "create table t (a)");
    let typed = Serving::start(&environment, &["app.db", "--token", TOKEN]);
    environment.set("SEALIFT_TOKEN", TOKEN);
    let variable = Serving::start(&environment, &["app.db"]);
    for serving in [&typed, &variable] {
        assert_eq!(serving.get("/metrics", "").0, "HTTP/1.1 401 Unauthorized");
        let header = format!("Authorization: Bearer {TOKEN}\r\n");
        assert_eq!(serving.get("/metrics", &header).0, "HTTP/1.1 200 OK");
        assert_eq!(serving.get("/health", "").0, "HTTP/1.1 200 OK");
        let arguments = std::fs::read(format!("/proc/{}/cmdline", serving.child.id())).unwrap();
        assert!(!String::from_utf8_lossy(&arguments).contains(TOKEN));
    }
}

#[test]
fn an_address_of_other_machines_needs_a_token() {
    let environment = TestEnvironment::new();
    let output = environment.run(&["serve", "app.db", "--listen", "0.0.0.0:0"]);
    insta::assert_snapshot!(output, @r"
    --- stderr
    error: listening on 0.0.0.0:0 would let everybody look who can reach this machine
    hint: set SEALIFT_TOKEN, such as to what `openssl rand -hex 16` prints; or listen on 127.0.0.1
    --- status 2
    ");
}

#[test]
fn without_a_database_it_says_how_to_name_one() {
    let output = TestEnvironment::new().run(&["serve"]);
    insta::assert_snapshot!(output, @r"
    --- stderr
    error: no database is given, and there is no local server
    hint: name one: sealift serve postgresql://USER@HOST/DATABASE, or a SQLite file
    --- status 2
    ");
}

#[test]
fn the_pool_obeys_the_variables_of_the_guides() {
    let database = sealift_testkit::database_blocking();
    let mut environment = TestEnvironment::new();
    environment.set("DATABASE_URL", &database.url).set("DB_POOL_SIZE", "10");
    let serving = Serving::start(&environment, &[]);
    let health: Value = serde_json::from_str(&serving.get("/api/health", "").1).unwrap();
    assert_eq!((&health["pool"]["base"], &health["pool"]["max"]), (&10.into(), &30.into()));
    let output = environment.set("DB_POOL_TIMEOUT", "soon").run(&["serve"]);
    assert_eq!(output.status, 2, "{output}");
    assert!(output.stderr.contains("DB_POOL_TIMEOUT is not a whole number"), "{output}");
}

/// Returns a shell that becomes its arguments with the socket of descriptor 3 handed over, as systemd does it.
fn with_socket(environment: &TestEnvironment, listener: &std::net::TcpListener) -> Command {
    let command = environment.command(&["serve", "app.db", "--json"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\" 3<&0 <&-", "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(environment.folder());
    let socket = listener.try_clone().expect("share the socket");
    shell.stdin(Stdio::from(std::os::fd::OwnedFd::from(socket)));
    shell
}

#[test]
fn systemd_hands_over_a_socket_and_is_told_when_it_is_ready_and_when_it_stops() {
    let mut environment = TestEnvironment::new();
    environment.sqlite("app.db", "create table t (a)");
    let told = UnixDatagram::bind(environment.folder().join("notify")).unwrap();
    told.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let socket = environment.folder().join("notify");
    environment.set("NOTIFY_SOCKET", socket.to_str().unwrap());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let serving = Serving::run(with_socket(&environment, &listener));
    assert_eq!(serving.address, listener.local_addr().unwrap().to_string());
    let next = || {
        let mut text = [0; 256];
        let length = told.recv(&mut text).expect("word of the server");
        String::from_utf8_lossy(&text[..length]).trim().to_owned()
    };
    assert_eq!(next(), "READY=1");
    assert_eq!(serving.get("/livez", "").0, "HTTP/1.1 200 OK");
    serving.signal("TERM");
    assert_eq!(next(), "STOPPING=1");
    assert_eq!(serving.ended(), Some(0));
}
