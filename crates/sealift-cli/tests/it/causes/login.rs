//! What keeps a login out: passwords, rules, rights, limits, a server on its way up or down.

use super::world::{Held, World, execute, url};
use super::{Provocation, Told, check};
use crate::environment::Output;
use sealift_testkit::{PgBouncer, Server, ServerSettings, StopMode};
use std::time::{Duration, Instant};

pub(crate) const PROVOCATIONS: &[Provocation] = &[
    Provocation { cause: "password", exit: 3, says: "guarded", provoke: password },
    Provocation { cause: "password_missing", exit: 3, says: "guarded", provoke: no_password },
    Provocation { cause: "login_method", exit: 3, says: "without asking", provoke: method },
    Provocation { cause: "pg_hba", exit: 3, says: "pg_hba.conf", provoke: rule },
    Provocation { cause: "peer", exit: 3, says: "peered", provoke: peer },
    Provocation { cause: "no_role", exit: 3, says: "nobody_here", provoke: role },
    Provocation { cause: "no_role", exit: 3, says: "not permitted to log in", provoke: no_login },
    Provocation { cause: "no_database", exit: 3, says: "nowhere", provoke: database },
    Provocation { cause: "no_connect_right", exit: 1, says: "closed", provoke: connect },
    Provocation { cause: "role_limit", exit: 3, says: "few", provoke: role_limit },
    Provocation { cause: "database_limit", exit: 3, says: "narrow", provoke: database_limit },
    Provocation { cause: "too_many_connections", exit: 3, says: "connection", provoke: too_many },
    Provocation { cause: "pool_exhausted", exit: 3, says: "query_wait_timeout", provoke: pool },
    Provocation { cause: "not_ready", exit: 3, says: "shutting down", provoke: shutting_down },
    Provocation { cause: "not_ready", exit: 3, says: "starting up", provoke: starting_up },
];

fn password(world: &World) -> Output {
    check(&url(world.guarded(), "guarded:wrong", "postgres"))
}

fn no_password(world: &World) -> Output {
    check(&url(world.guarded(), "guarded", "postgres"))
}

fn method(world: &World) -> Output {
    check(&format!("{}?require_auth=md5", url(world.guarded(), "app", "postgres")))
}

/// No line of `pg_hba.conf` is about this role.
fn rule(world: &World) -> Output {
    let output = check(&url(world.guarded(), "unruly", "postgres"));
    let object = output.json();
    // The line that it wants is spelt out.
    let line = "host postgres unruly 127.0.0.1/32 scram-sha-256";
    assert!(
        object
            .pointer("/hints/0")
            .and_then(|hint| hint.as_str())
            .is_some_and(|hint| hint.contains(line)),
        "{output}"
    );
    output
}

/// The system's user is not the role.
fn peer(world: &World) -> Output {
    let server = world.guarded();
    let folder = server.socket_folder().display();
    check(&format!("host={folder} port={} user=peered dbname=postgres", server.port()))
}

fn role(world: &World) -> Output {
    check(&url(world.open(), "nobody_here", "postgres"))
}

fn no_login(world: &World) -> Output {
    execute(world.open(), &["create role group_only"]);
    check(&url(world.open(), "group_only", "postgres"))
}

fn database(world: &World) -> Output {
    check(&url(world.open(), "app", "nowhere"))
}

fn connect(world: &World) -> Output {
    let revoke = "revoke connect on database closed from public";
    execute(world.open(), &["create database closed", revoke]);
    check(&url(world.open(), "app", "closed"))
}

fn role_limit(world: &World) -> Output {
    execute(world.open(), &["create role few login connection limit 0"]);
    check(&url(world.open(), "few", "postgres"))
}

fn database_limit(world: &World) -> Output {
    execute(world.open(), &["create database narrow connection limit 0"]);
    check(&url(world.open(), "app", "narrow"))
}

/// Somebody has all connections that are there for ordinary roles.
fn too_many(_: &World) -> Output {
    let settings = "max_connections = 6\nsuperuser_reserved_connections = 3";
    let server = ServerSettings::new().configure(settings).start();
    execute(&server, &["create role app login"]);
    let url = url(&server, "app", "postgres");
    let held = Held::fill(&url);
    let output = check(&url);
    drop(held);
    output
}

/// A pooler with one connection, which somebody keeps.
fn pool(world: &World) -> Output {
    let settings = "default_pool_size = 1\nquery_wait_timeout = 1";
    let bouncer = PgBouncer::start(world.open().port(), "session", settings);
    let held = Held::open(&bouncer.url("postgres"));
    assert!(held.is_some());
    let output = check(&bouncer.url("postgres"));
    drop(held);
    output
}

/// A server that waits for its archive while it recovers.
fn starting_up(_: &World) -> Output {
    let mut server = Server::start();
    let url = server.url("postgres");
    server.stop(StopMode::Fast);
    server.write("recovery.signal", "");
    server.write("hold", "");
    server.configure("restore_command = 'while [ -e hold ]; do sleep 0.05; done; false'");
    let hold = server.data_directory().join("hold");
    let starting = std::thread::spawn(move || {
        server.start_again();
        server
    });
    let output = until(&url, |told| told.message.contains("starting up"));
    std::fs::remove_file(hold).expect("let the server go on");
    drop(starting.join().expect("the server starts once it may"));
    output
}

/// Asks until the answer is as expected, for half a minute.
fn until(url: &str, expected: impl Fn(&Told) -> bool) -> Output {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let output = check(url);
        if Told::of(&output.json()).is_some_and(|told| expected(&told)) || Instant::now() > deadline
        {
            return output;
        }
    }
}

/// A server that is told to stop waits for its clients, and takes no more.
fn shutting_down(_: &World) -> Output {
    let mut server = Server::start();
    let url = server.url("postgres");
    let held = Held::open(&url);
    assert!(held.is_some());
    let stopping = std::thread::spawn(move || server.stop(StopMode::Smart));
    // Until the signal has arrived the server takes us.
    let output = until(&url, |_| true);
    drop(held);
    stopping.join().expect("the server stops when its client has left");
    output
}
