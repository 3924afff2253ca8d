//! The managed server: made, started, stopped and deleted for real, as root too.

use sealift_core::sql::Sql;
use sealift_engine::ErrorKind;
use sealift_engine::local::{BinSearch, LocalServer, LocalStatus, Started};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A managed server in a folder of the test's own; deleted with the value, also when the test fails.
pub(crate) struct Local {
    pub(crate) server: LocalServer,
    folder: TempDir,
}

impl Local {
    /// A server whose folder everybody can reach.
    pub(crate) fn new() -> Self {
        Self::within("pg")
    }

    fn within(path: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o755);
        let server = LocalServer::new(folder.path().join(path), search());
        Self { server, folder }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("pg")
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let server = self.server.clone();
        let resetting = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(server.reset())
        });
        let reset = resetting.join();
        // While a test fails already, a second failure would hide the first.
        if !std::thread::panicking() {
            reset.unwrap().unwrap();
        }
    }
}

fn search() -> BinSearch {
    BinSearch {
        given: std::env::var_os("PG_BINDIR").map(PathBuf::from),
        path: std::env::var_os("PATH"),
        ..BinSearch::default()
    }
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

async fn run(started: &Started, sql: &'static str) -> Vec<Vec<Option<String>>> {
    let session = started.endpoint.connect("sealift test").await.unwrap();
    session.query_text(&Sql::raw(sql)).await.unwrap()
}

#[tokio::test]
async fn starting_twice_is_starting_once_and_a_restart_keeps_the_data() {
    let local = Local::new();
    assert_eq!(local.server.status().unwrap(), LocalStatus::Absent);
    assert!(local.server.endpoint("app").unwrap().is_none());

    let first = local.server.start("app").await.unwrap();
    assert!(!first.was_running);
    assert_eq!(first.notes, Vec::<String>::new());
    run(&first, "create table public.kept as select 42 as answer").await;
    let LocalStatus::Running { pid, port, .. } = local.server.status().unwrap() else {
        panic!("it does not run");
    };
    assert_eq!(port, first.endpoint.port());

    let second = local.server.start("app").await.unwrap();
    assert!(second.was_running);
    assert_eq!(second.endpoint, first.endpoint);
    assert!(
        matches!(local.server.status().unwrap(), LocalStatus::Running { pid: p, .. } if p == pid)
    );

    assert!(matches!(local.server.stop().await.unwrap(), LocalStatus::Running { .. }));
    assert_eq!(local.server.status().unwrap(), LocalStatus::Stopped);
    assert_eq!(local.server.stop().await.unwrap(), LocalStatus::Stopped);
    // A container may keep the process as a zombie, which holds no port.
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();

    let third = local.server.start("app").await.unwrap();
    assert_eq!(third.endpoint, first.endpoint);
    assert_eq!(run(&third, "select answer from public.kept").await, [[Some("42".to_owned())]]);

    local.server.reset().await.unwrap();
    assert_eq!(local.server.status().unwrap(), LocalStatus::Absent);
    assert!(!local.dir().exists());
}

#[tokio::test]
async fn it_lets_in_only_who_knows_the_password_and_listens_to_loopback_only() {
    let local = Local::new();
    let started = local.server.start("my app's \"data\"").await.unwrap();
    let settings = run(
        &started,
        "select current_database(), current_setting('listen_addresses'),
                current_setting('server_encoding'), current_setting('fsync')",
    )
    .await;
    let expected = ["my app's \"data\"", "127.0.0.1", "UTF8", "on"];
    assert_eq!(settings, [expected.map(|text| Some(text.to_owned()))]);

    for endpoint in [
        started.endpoint.clone().with_password("wrong"),
        started.endpoint.clone().with_password(""),
    ] {
        let error = endpoint.connect("sealift test").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    }
    let file = local.dir().join("password");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let password = std::fs::read_to_string(file).unwrap();
    assert!(password.trim().len() >= 32);
    assert!(started.endpoint.url_with_password().contains(password.trim()));
    assert!(!format!("{started:?} {}", started.endpoint).contains(password.trim()));
    let log = std::fs::read_to_string(local.dir().join("server.log")).unwrap();
    assert!(!log.contains(password.trim()));
}

#[tokio::test]
async fn a_folder_that_the_servers_user_cannot_enter_is_replaced_and_said() {
    let fallback = tempfile::tempdir().unwrap();
    set_mode(fallback.path(), 0o755);
    let mut local = Local::new();
    set_mode(local.folder.path(), 0o700);
    local.server = local.server.clone().with_fallback(fallback.path().join("sealift"));
    let started = local.server.start("app").await.unwrap();
    if is_root() {
        let note = started.notes.first().unwrap();
        assert!(note.contains(&fallback.path().display().to_string()), "{note}");
        assert!(!local.dir().join("data").exists());
    } else {
        assert_eq!(started.notes, Vec::<String>::new());
    }
    assert!(matches!(local.server.status().unwrap(), LocalStatus::Running { .. }));
    assert_eq!(local.server.start("app").await.unwrap().endpoint, started.endpoint);
    local.server.reset().await.unwrap();
    let left: Vec<_> =
        std::fs::read_dir(fallback.path().join("sealift")).into_iter().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_leaves_loopback() {
    let local = Local::within(&format!("{}/pg", "long/".repeat(25)));
    let started = local.server.start("app").await.unwrap();
    assert!(
        started.notes.iter().any(|note| note.contains("no Unix socket")),
        "{:?}",
        started.notes
    );
    assert_eq!(run(&started, "show unix_socket_directories").await, [[Some(String::new())]]);
}

#[tokio::test]
async fn a_path_with_spaces_and_quotes_is_as_good_as_another() {
    let local = Local::within("it's my \"folder\"; $(x)/pg");
    let started = local.server.start("app").await.unwrap();
    assert_eq!(run(&started, "select 1").await, [[Some("1".to_owned())]]);
    local.server.stop().await.unwrap();
    assert!(!local.server.start("app").await.unwrap().was_running);
}

#[tokio::test]
async fn a_taken_port_is_replaced_and_said() {
    let local = Local::new();
    let before = local.server.start("app").await.unwrap().endpoint.port();
    local.server.stop().await.unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, before)).unwrap();
    let started = local.server.start("app").await.unwrap();
    assert_ne!(started.endpoint.port(), before);
    assert!(started.notes[0].contains(&before.to_string()), "{:?}", started.notes);
    drop(taken);
}

#[tokio::test]
async fn a_pid_file_that_a_crash_left_behind_does_no_harm() {
    let local = Local::new();
    let first = local.server.start("app").await.unwrap();
    run(&first, "create table public.kept as select 42 as answer").await;
    let pid_file = local.dir().join("data/postmaster.pid");
    let text = std::fs::read_to_string(&pid_file).unwrap();
    local.server.stop().await.unwrap();
    // The number of a process that is another program's now: this test's.
    let (_, rest) = text.split_once('\n').unwrap();
    std::fs::write(&pid_file, format!("{}\n{rest}", std::process::id())).unwrap();
    assert_eq!(local.server.status().unwrap(), LocalStatus::Stopped);
    let started = local.server.start("app").await.unwrap();
    assert_eq!(run(&started, "select answer from public.kept").await, [[Some("42".to_owned())]]);
}

#[tokio::test]
async fn a_server_that_was_killed_starts_again_with_its_data() {
    let local = Local::new();
    let first = local.server.start("app").await.unwrap();
    run(&first, "create table public.kept as select 42 as answer").await;
    let LocalStatus::Running { pid, .. } = local.server.status().unwrap() else {
        panic!("it does not run");
    };
    let killed = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    assert!(killed.unwrap().success());
    // Its children notice a moment later; until then PostgreSQL refuses to touch the data.
    let second = loop {
        match local.server.start("app").await {
            Ok(started) if !started.was_running => break started,
            Ok(_) => {}
            Err(error) => assert!(
                error.to_string().contains("shared memory")
                    || error.kind() == ErrorKind::Unreachable,
                "{error}"
            ),
        }
    };
    assert_eq!(run(&second, "select answer from public.kept").await, [[Some("42".to_owned())]]);
}

#[tokio::test]
async fn a_start_that_fails_shows_the_log_and_leaves_nothing_running() {
    let local = Local::new();
    local.server.start("app").await.unwrap();
    local.server.stop().await.unwrap();
    let settings = local.dir().join("data/postgresql.conf");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}\nshared_buffers = 'nonsense'\n")).unwrap();
    let error = local.server.start("app").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    assert!(error.to_string().contains("shared_buffers"), "{error}");
    assert!(error.hint().unwrap().contains("server.log"), "{error:?}");
    assert_eq!(local.server.status().unwrap(), LocalStatus::Stopped);
    std::fs::write(&settings, text).unwrap();
    local.server.start("app").await.unwrap();
}

#[tokio::test]
async fn a_half_made_server_is_made_anew() {
    let local = Local::new();
    std::fs::create_dir_all(local.dir().join("data.new/base")).unwrap();
    std::fs::write(local.dir().join("data.new/PG_VERSION"), "15\n").unwrap();
    assert_eq!(local.server.status().unwrap(), LocalStatus::Absent);
    local.server.start("app").await.unwrap();
    assert!(!local.dir().join("data.new").exists());
}

#[tokio::test]
async fn a_folder_with_something_else_in_it_is_left_alone() {
    let local = Local::new();
    std::fs::create_dir_all(local.dir()).unwrap();
    let file = local.dir().join("data.db");
    std::fs::write(&file, "mine").unwrap();
    let mode = local.dir().metadata().unwrap().permissions().mode();
    let error = local.server.start("app").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert_eq!(local.dir().metadata().unwrap().permissions().mode(), mode);
    let error = local.server.reset().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn a_name_that_no_database_can_have_is_refused_before_anything_is_made() {
    let local = Local::new();
    let error = local.server.start(&"x".repeat(64)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(!local.dir().exists());
}

#[tokio::test]
async fn many_starts_at_once_make_one_server() {
    let local = Local::new();
    let (a, b, c) = tokio::join!(
        local.server.start("app"),
        local.server.start("app"),
        local.server.start("other")
    );
    let ports = [a, b, c].map(|started| started.unwrap().endpoint.port());
    assert!(ports.iter().all(|port| *port == ports[0]), "{ports:?}");
}

#[tokio::test]
async fn reset_leaves_a_folder_alone_that_is_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/PG_VERSION"), "15\n").unwrap();
    let server = LocalServer::new(folder.path().to_owned(), search());
    let refused = server.reset().await.unwrap_err();
    assert!(refused.to_string().contains("a server that is not ours"), "{refused}");
    std::fs::write(folder.path().join("report.txt"), "mine").unwrap();
    let refused = server.reset().await.unwrap_err();
    assert!(refused.to_string().contains("in use for something else"), "{refused}");
    assert!(folder.path().join("data/PG_VERSION").exists());
}
