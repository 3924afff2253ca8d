//! What is in the way to a server, up to the first byte that PostgreSQL says.

use super::strangers::Stranger;
use super::world::World;
use super::{Provocation, Told, check};
use crate::environment::{Output, TestEnvironment};
use sealift_testkit::{Fault, Heal, NewConnections, Proxy};

pub(crate) const PROVOCATIONS: &[Provocation] = &[
    Provocation { cause: "refused", exit: 3, says: "127.0.0.1:1", provoke: refused },
    Provocation { cause: "timeout", exit: 3, says: "no answer within 1 s", provoke: timeout },
    Provocation { cause: "timeout", exit: 3, says: "no answer within 1 s", provoke: hanging_proxy },
    Provocation { cause: "dns", exit: 3, says: "no-such-host.invalid", provoke: dns },
    Provocation { cause: "no_route", exit: 3, says: "224.0.0.1", provoke: no_route },
    Provocation { cause: "connection_broke", exit: 3, says: "127.0.0.1", provoke: broke },
    Provocation {
        cause: "not_postgres",
        exit: 3,
        says: "MySQL or MariaDB answers",
        provoke: mysql,
    },
    Provocation { cause: "not_postgres", exit: 3, says: "an SSH server answers", provoke: ssh },
    Provocation { cause: "not_postgres", exit: 3, says: "a web server answers", provoke: http },
];

fn refused(_: &World) -> Output {
    check("postgresql://app@127.0.0.1:1/shop")
}

/// The connection is taken, and then nothing comes.
fn timeout(_: &World) -> Output {
    check(&format!("postgresql://app@{}/shop?connect_timeout=1", Stranger::Silent.start()))
}

/// A proxy takes the connection and never passes anything on; `--timeout` ends it.
fn hanging_proxy(world: &World) -> Output {
    let proxy = Proxy::start(world.open().address());
    proxy.inject(Fault::HalfOpen(NewConnections::Hang));
    let url = proxy.url(&world.open().url("postgres"));
    let output = TestEnvironment::new().run(&["check", &url, "--timeout", "1", "--json"]);
    assert!(proxy.strikes().silent > 0);
    output
}

fn dns(_: &World) -> Output {
    check("postgresql://app@no-such-host.invalid/shop")
}

/// A connection is never made to a group of machines.
fn no_route(_: &World) -> Output {
    check("postgresql://app@224.0.0.1/shop?connect_timeout=5")
}

/// A proxy without a server behind it.
fn broke(world: &World) -> Output {
    let proxy = Proxy::start(world.open().address());
    proxy.inject(Fault::Cut(Heal::Never));
    check(&proxy.url(&world.open().url("postgres")))
}

/// Another program, with TLS asked for first and without.
fn stranger(stranger: Stranger) -> Output {
    let address = stranger.start();
    let url =
        |mode: &str| format!("postgresql://app@{address}/shop?sslmode={mode}&connect_timeout=5");
    let plain = check(&url("disable"));
    assert_eq!(
        Told::of(&plain.json()).map(|told| told.cause == "not_postgres"),
        Some(true),
        "{plain}"
    );
    check(&url("prefer"))
}

fn mysql(_: &World) -> Output {
    stranger(Stranger::MySql)
}

fn ssh(_: &World) -> Output {
    stranger(Stranger::Ssh)
}

fn http(_: &World) -> Output {
    stranger(Stranger::Http)
}
