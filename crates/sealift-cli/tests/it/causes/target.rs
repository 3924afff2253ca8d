//! What is wrong with a server that lets us in, and with the file.

use super::world::{World, execute, execute_in, url};
use super::{Provocation, check};
use crate::environment::{Output, TestEnvironment};
use sealift_testkit::{PgBouncer, Server, ServerSettings};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

pub(crate) const PROVOCATIONS: &[Provocation] = &[
    Provocation { cause: "transaction_pooler", exit: 1, says: "transaction mode", provoke: pooler },
    Provocation { cause: "startup_parameter", exit: 3, says: "options", provoke: parameter },
    Provocation { cause: "standby", exit: 1, says: "it is a standby", provoke: standby },
    Provocation { cause: "read_only", exit: 1, says: "is on", provoke: read_only },
    Provocation { cause: "other_kind", exit: 3, says: "it takes writes", provoke: other_kind },
    Provocation { cause: "version_too_old", exit: 1, says: "PostgreSQL 13", provoke: old },
    Provocation { cause: "encoding", exit: 1, says: "LATIN1", provoke: latin1 },
    Provocation { cause: "encoding", exit: 1, says: "SQL_ASCII", provoke: ascii },
    Provocation { cause: "collation_version", exit: 0, says: "version 1 ", provoke: collation },
    Provocation { cause: "missing_right", exit: 1, says: "create tables", provoke: right },
    Provocation { cause: "disk_full", exit: 4, says: "", provoke: disk_full },
    Provocation { cause: "relation_exists", exit: 1, says: "public.t exists", provoke: relation },
    Provocation { cause: "source_unreadable", exit: 1, says: "missing.db", provoke: missing },
    Provocation { cause: "source_busy", exit: 1, says: "app.db", provoke: busy },
    Provocation { cause: "source_damaged", exit: 1, says: "damaged", provoke: damaged },
    Provocation { cause: "sequence_behind", exit: 1, says: "t.id", provoke: sequence },
    Provocation { cause: "still_on_sqlite", exit: 1, says: "after it was moved", provoke: written },
];

const SOURCE: &str = "create table t (id integer primary key autoincrement, a text);
                      insert into t (a) values ('x'), ('y'), ('z')";

fn pooler(world: &World) -> Output {
    let bouncer = PgBouncer::start(world.open().port(), "transaction", "");
    check(&bouncer.url("postgres"))
}

fn parameter(world: &World) -> Output {
    let bouncer = PgBouncer::start(world.open().port(), "session", "");
    check(&format!("{}&options=-c%20geqo%3Doff", bouncer.url("postgres")))
}

fn standby(world: &World) -> Output {
    let standby = world.open().standby();
    check(&standby.url("postgres"))
}

fn read_only(world: &World) -> Output {
    let settings = "alter database quiet set default_transaction_read_only = on";
    execute(world.open(), &["create database quiet", settings]);
    check(&world.open().url("quiet"))
}

fn other_kind(world: &World) -> Output {
    let environment = TestEnvironment::new();
    environment.sqlite("app.db", SOURCE);
    let url = format!("{}?target_session_attrs=standby", world.open().url("postgres"));
    environment.run(&["verify", "app.db", "--to", &url, "--json"])
}

fn old(_: &World) -> Output {
    let server = ServerSettings::new().version(13).start();
    check(&server.url("postgres"))
}

fn latin1(world: &World) -> Output {
    execute(
        world.open(),
        &["create database latin encoding 'LATIN1' locale 'C' template template0"],
    );
    check(&world.open().url("latin"))
}

fn ascii(world: &World) -> Output {
    let make = "create database plain encoding 'SQL_ASCII' locale 'C' template template0";
    execute(world.open(), &[make]);
    check(&world.open().url("plain"))
}

/// As it is after an upgrade of the system. Collations of ICU have a version on every system.
fn collation(_: &World) -> Output {
    let server = ServerSettings::new().version(17).start();
    let make = "create database moved template template0 encoding 'UTF8' locale_provider icu icu_locale 'en'";
    let upgrade = "update pg_database set datcollversion = '1' where datname = 'moved'";
    server.database().execute_blocking(make);
    server.database().execute_blocking(upgrade);
    check(&server.url("moved"))
}

fn right(world: &World) -> Output {
    let server = world.open();
    execute(server, &["create database shut"]);
    execute_in(server, "shut", &["revoke create on schema public from public"]);
    check(&url(server, "app", "shut"))
}

/// A disk with a megabyte, where this user may make one; else the server says so itself.
fn disk_full(_: &World) -> Output {
    let server = Server::start();
    let small = SmallDisk::mount(&server);
    let environment = TestEnvironment::new();
    environment.sqlite(
        "app.db",
        "create table t (id integer primary key, a text);
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
         insert into t select i, printf('%.*c', 150, 'x') from n",
    );
    match &small {
        Some(disk) => {
            let make = format!("create tablespace small location '{}'", disk.0.path().display());
            let take = "alter database postgres set default_tablespace = small";
            execute(&server, &[make.as_str(), take]);
        }
        None => refuse_rows(&server),
    }
    let url = server.url("postgres");
    let output = environment.run(&["migrate", "app.db", "--to", &url, "--no-backup", "--json"]);
    drop(server);
    output
}

/// Makes the server refuse what follows the rows as a full disk would.
fn refuse_rows(server: &Server) {
    execute(
        server,
        &[
            "create schema trouble",
            "create function trouble.make() returns event_trigger language plpgsql as $$
           declare filled boolean;
           begin
               if to_regclass('public.t') is not null then
                   execute 'select exists (select from public.t)' into filled;
               end if;
               if filled then
                   raise exception 'no space left on device' using errcode = '53100';
               end if;
           end $$",
            "create event trigger trouble on ddl_command_start when tag in ('ALTER TABLE')
               execute function trouble.make()",
        ],
    );
}

/// A file system in memory, gone with the value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Mounts one that belongs to the server's user; `None` where this user may not.
    fn mount(server: &Server) -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let owner = std::fs::metadata(server.data_directory()).ok()?;
        let (user, group) = {
            use std::os::unix::fs::MetadataExt;
            (owner.uid(), owner.gid())
        };
        let options = format!("size=1m,mode=0700,uid={user},gid={group}");
        let mut mount = Command::new("mount");
        let status =
            mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).output();
        status.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also while the server still has files open there.
        drop(Command::new("umount").arg("-l").arg(self.0.path()).status());
    }
}

fn relation(world: &World) -> Output {
    let environment = TestEnvironment::new();
    environment.sqlite("app.db", SOURCE);
    execute(world.open(), &["create database twice"]);
    let url = world.open().url("twice");
    assert_eq!(environment.run(&["migrate", "app.db", "--to", &url]).status, 0);
    environment.run(&["migrate", "app.db", "--to", &url, "--json"])
}

fn missing(_: &World) -> Output {
    TestEnvironment::new().run(&["doctor", "missing.db", "--json"])
}

fn busy(_: &World) -> Output {
    let environment = TestEnvironment::new();
    environment.sqlite("app.db", SOURCE);
    let file = environment.folder().join("app.db");
    let holder = rusqlite::Connection::open(file).expect("open the file");
    holder.execute_batch("begin exclusive").expect("lock the file");
    environment.run(&["doctor", "app.db", "--json"])
}

/// A page in the middle was written over.
fn damaged(_: &World) -> Output {
    let environment = TestEnvironment::new();
    environment.sqlite(
        "app.db",
        "create table t (id integer primary key, a text);
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
         insert into t select i, printf('%.*c', 100, 'x') from n",
    );
    let file = environment.folder().join("app.db");
    let mut file = OpenOptions::new().write(true).open(file).expect("open the file");
    file.seek(SeekFrom::Start(40 * 4096)).expect("go to the page");
    file.write_all(&[0x55; 4096]).expect("write over it");
    environment.run(&["doctor", "app.db", "--json"])
}

fn sequence(world: &World) -> Output {
    execute(world.open(), &["create database counted"]);
    let make = "create table t (id bigint generated by default as identity primary key)";
    execute_in(world.open(), "counted", &[make, "insert into t values (7)", "analyze t"]);
    let url = world.open().url("counted");
    TestEnvironment::new().run(&["doctor", "--to", &url, "--json"])
}

/// Rows that the application wrote into the file after it was moved.
fn written(world: &World) -> Output {
    let environment = TestEnvironment::new();
    environment.sqlite("app.db", SOURCE);
    execute(world.open(), &["create database left_behind"]);
    let url = world.open().url("left_behind");
    assert_eq!(environment.run(&["migrate", "app.db", "--to", &url]).status, 0);
    let output = environment.run(&["doctor", "app.db", "--to", &url, "--json"]);
    assert_eq!(output.status, 0, "{output}");
    environment.sqlite("app.db", "insert into t (a) values ('late')");
    later(&environment.folder().join("app.db"), Duration::from_secs(600));
    environment.run(&["doctor", "app.db", "--to", &url, "--json"])
}

/// Dates a file as if it had been written to later than now.
fn later(file: &Path, by: Duration) {
    let file = File::options().append(true).open(file).expect("open the file");
    #[expect(clippy::disallowed_methods, reason = "a test of times")]
    file.set_modified(SystemTime::now() + by).expect("date the file");
}
