//! Encryption: one side wants it and the other has it not, and certificates.

use super::world::{CERTIFICATE, World, url};
use super::{Provocation, check};
use crate::environment::{Output, TestEnvironment};
use sealift_testkit::ServerSettings;

pub(crate) const PROVOCATIONS: &[Provocation] = &[
    Provocation { cause: "tls_not_offered", exit: 3, says: "TLS", provoke: not_offered },
    Provocation { cause: "tls_required", exit: 3, says: "without encryption", provoke: required },
    Provocation { cause: "tls_failed", exit: 3, says: "handshake", provoke: versions },
    Provocation { cause: "certificate_unknown", exit: 3, says: "not trusted", provoke: unknown },
    Provocation { cause: "certificate_name", exit: 3, says: "another name", provoke: name },
    Provocation { cause: "certificate_date", exit: 3, says: "out of date", provoke: expired },
    Provocation {
        cause: "certificate_unusable",
        exit: 3,
        says: "cannot be used",
        provoke: unusable,
    },
    Provocation { cause: "client_certificate", exit: 3, says: "certificate", provoke: client },
    Provocation {
        cause: "certificate_files",
        exit: 2,
        says: "no root certificate",
        provoke: files,
    },
];

/// A certificate that is its own authority, its key, and what is wrong with it.
macro_rules! kept {
    ($name:literal) => {
        (
            include_str!(concat!("kept/", $name, ".crt")),
            include_str!(concat!("kept/", $name, ".key")),
        )
    };
}

const OTHER: (&str, &str) = kept!("other");
const EXPIRED: (&str, &str) = kept!("expired");
const FOR_CLIENTS: (&str, &str) = kept!("client");

fn not_offered(world: &World) -> Output {
    check(&format!("{}?sslmode=require", url(world.open(), "app", "app")))
}

fn required(world: &World) -> Output {
    check(&format!("{}?sslmode=disable", url(world.guarded(), "covered", "postgres")))
}

/// The server wants TLS 1.3, and this side is held to 1.2.
fn versions(world: &World) -> Output {
    let url = url(world.guarded(), "covered", "postgres");
    check(&format!("{url}?sslmode=require&ssl_max_protocol_version=TLSv1.2"))
}

/// Runs `check` against the guarded server with a root certificate.
fn with_root(world: &World, host: &str, root: &str, mode: &str) -> Output {
    let environment = TestEnvironment::new();
    environment.write("root.crt", root);
    let port = world.guarded().port();
    let text = format!(
        "host={host} hostaddr=127.0.0.1 port={port} user=covered dbname=postgres sslmode={mode} \
         sslrootcert=root.crt"
    );
    environment.run(&["check", &text, "--json"])
}

fn unknown(world: &World) -> Output {
    with_root(world, "localhost", OTHER.0, "verify-ca")
}

fn name(world: &World) -> Output {
    with_root(world, "db.example.org", CERTIFICATE, "verify-full")
}

/// Runs `check` against a server with a certificate that the client takes for a root.
fn with_certificate((certificate, key): (&str, &str)) -> Output {
    let server = ServerSettings::new().certificate(certificate, key).start();
    let environment = TestEnvironment::new();
    environment.write("root.crt", certificate);
    let port = server.port();
    let url = format!("postgresql://postgres@localhost:{port}/postgres?hostaddr=127.0.0.1");
    let url = format!("{url}&sslmode=verify-full&sslrootcert=root.crt");
    environment.run(&["check", &url, "--json"])
}

fn expired(_: &World) -> Output {
    with_certificate(EXPIRED)
}

fn unusable(_: &World) -> Output {
    with_certificate(FOR_CLIENTS)
}

fn client(world: &World) -> Output {
    check(&format!("{}?sslmode=require", url(world.guarded(), "certified", "postgres")))
}

fn files(world: &World) -> Output {
    check(&format!("{}?sslmode=verify-full", url(world.guarded(), "covered", "postgres")))
}
