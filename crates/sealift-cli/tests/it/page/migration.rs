//! `migrate --serve`, looked at.

use super::script::Script;
use crate::crash::Running;
use crate::environment::TestEnvironment;
use sealift_testkit::{Database, Fault, Proxy};
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// Some 40 MB in one table, so that its rows are seen on their way, and a name that is markup.
const NOTES: &str = r#"
    pragma journal_mode = wal;
    create table people (id integer primary key, email text not null unique);
    create table notes (id integer primary key, author integer references people(id), body text not null);
    create table "<script>alert(1)</script>" (id integer primary key, odd number);
    create index notes_author on notes(author);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 200)
    insert into people select i, 'person' || i || '@example.com' from n;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
    insert into notes select i, 1 + i % 200, printf('%.*c', 650, 'x') from n;
    insert into "<script>alert(1)</script>" values (1, 1), (2, 'one');
"#;

/// So many bytes of rows a second pass while a browser looks: the copy would take a minute and more.
const SLOW: u64 = 500_000;

/// A file, an empty database, and a slow line between them.
struct Scene {
    environment: TestEnvironment,
    database: Database,
    proxy: Proxy,
}

impl Scene {
    fn new() -> Self {
        let environment = TestEnvironment::new();
        environment.sqlite("notes.db", NOTES);
        let database = sealift_testkit::database_blocking();
        let proxy = Proxy::start(server());
        proxy.inject(Fault::RateLimit(SLOW));
        Self { environment, database, proxy }
    }

    /// Starts the migration, and returns it with the address of its page.
    fn migrate(&self) -> (Running, String) {
        let url = self.proxy.url(&self.database.url);
        let arguments = ["migrate", "notes.db", "--no-backup", "--jobs", "1", "--to", &url];
        let served = [&arguments[..], &["--serve=127.0.0.1:0"]].concat();
        let mut running = Running::start(&self.environment, &served);
        let line = running.until_line("the address", |line| line.starts_with("watch it: "));
        let address = line.trim_start_matches("watch it: ").to_owned();
        (running, address)
    }
}

fn server() -> SocketAddr {
    let url = sealift_testkit::server_url();
    let (_, place) = url.rsplit_once('@').unwrap();
    let (address, _) = place.split_once('/').unwrap();
    address.to_socket_addrs().unwrap().next().unwrap()
}

const A_MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_migration_is_seen_from_its_rows_to_the_comparison() {
    let (mut script, scene) = (Script::start("migration"), Scene::new());
    script.until("ready");
    let (running, address) = scene.migrate();
    script.say(&format!("open {address}"));
    script.until("seen");
    scene.proxy.heal();
    let ended = running.end_within(A_MINUTE);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    script.passes();
}

#[test]
fn a_table_that_fails_is_named_with_what_to_do() {
    let (mut script, scene) = (Script::start("failing"), Scene::new());
    scene.database.execute_blocking(
        "create function refuse() returns event_trigger language plpgsql as
         $$ begin
             if to_regclass('public.notes') is not null
                and not exists (select from pg_constraint where conname = 'no_more') then
                 alter table public.notes add constraint no_more check (id <= 50000) not valid;
             end if;
         end $$;
         create event trigger refuse on ddl_command_end when tag in ('CREATE TABLE')
         execute function refuse()",
    );
    script.until("ready");
    let (running, address) = scene.migrate();
    script.say(&format!("open {address}"));
    script.until("seen");
    scene.proxy.heal();
    let ended = running.end_within(A_MINUTE);
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    script.passes();
}

#[test]
fn a_migration_that_is_stopped_says_how_it_goes_on() {
    let (mut script, scene) = (Script::start("stopped"), Scene::new());
    script.until("ready");
    let (running, address) = scene.migrate();
    script.say(&format!("open {address}"));
    script.until("seen");
    running.signal("TERM");
    scene.proxy.heal();
    let ended = running.end_within(A_MINUTE);
    assert_eq!(ended.status, Some(4), "{}", ended.stderr);
    script.passes();
}

/// Nobody looks, and nothing of the answer is another one than without the page.
#[test]
fn a_page_that_nobody_opens_changes_nothing_but_a_line() {
    let environment = TestEnvironment::new();
    environment.sqlite("a.db", "create table a (x integer primary key); insert into a values (1)");
    let database = sealift_testkit::database_blocking();
    let migrate = ["migrate", "a.db", "--no-backup", "--serve=127.0.0.1:0", "--to", &database.url];
    let output = environment.run(&[&migrate[..], &["--json", "--progress", "none"]].concat());
    assert_eq!(output.status, 0, "{output}");
    assert_eq!(output.json()["status"], "ok");
    assert!(output.stderr.starts_with("watch it: http://127.0.0.1:"), "{output}");
}

#[test]
fn an_address_that_cannot_be_had_is_refused_before_anything_is_written() {
    let environment = TestEnvironment::new();
    environment.sqlite("a.db", "create table a (x integer primary key)");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let serve = format!("--serve={}", taken.local_addr().unwrap());
    let database = sealift_testkit::database_blocking();
    let migrate = ["migrate", "a.db", "--no-backup", "--to", &database.url];
    let output = environment.run(&[&migrate[..], &[&serve]].concat());
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("hint: name another address with --serve=ADDRESS"), "{output}");
    let everywhere = environment.run(&[&migrate[..], &["--serve=0.0.0.0:0"]].concat());
    assert_eq!(everywhere.status, 2, "{everywhere}");
    assert!(everywhere.stderr.contains("SEALIFT_TOKEN"), "{everywhere}");
    let tables = "select count(*) from pg_class where relname = 'a'";
    assert_eq!(database.query_text_blocking(tables), [[Some("0".to_owned())]]);
}
