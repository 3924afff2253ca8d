//! How the program finds its server and its password: variables, `.pgpass`, `pg_service.conf`.

use crate::environment::{Output, TestEnvironment};
use sealift_testkit::{Server, ServerSettings};
use std::os::unix::fs::PermissionsExt;

/// A server on which role `app` needs a password.
fn server(password: &str) -> Server {
    let rules = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    let server = ServerSettings::new().file("pg_hba.conf", rules).start();
    let literal = password.replace('\'', "''");
    let status = std::process::Command::new("psql")
        .args(["-X", "-q", "-d", &server.url("postgres"), "-c"])
        .arg(format!("create role app login password '{literal}'"))
        .args(["-c", "create database app owner app"])
        .status()
        .expect("psql comes with PostgreSQL");
    assert!(status.success());
    server
}

fn write_private(environment: &TestEnvironment, name: &str, text: &str) {
    environment.write(name, text);
    let file = environment.folder().join(name);
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[track_caller]
fn assert_reached(output: &Output) {
    assert_eq!(output.status, 0, "{output}");
}

#[test]
fn a_password_file_may_hold_any_character() {
    let password: String = (' '..='~').collect();
    let server = server(&password);
    let port = server.port();
    let url = format!("postgresql://app@127.0.0.1:{port}/app");
    let escaped = password.replace('\\', "\\\\").replace(':', "\\:");
    let line = format!("127.0.0.1:{port}:app:app:{escaped}\n");

    let mut environment = TestEnvironment::new();
    let output = environment.run(&["check", &url]);
    assert_eq!(output.status, 3, "{output}");
    assert!(output.stderr.contains("the server wants a password"), "{output}");
    write_private(&environment, ".pgpass", &format!("# mine\nelsewhere:*:*:*:no\n{line}"));
    assert_reached(&environment.run(&["check", &url]));
    // Others can read it: passed over.
    std::fs::set_permissions(
        environment.folder().join(".pgpass"),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    assert_eq!(environment.run(&["check", &url]).status, 3);
    write_private(&environment, "mine", &line);
    assert_reached(&environment.run(&["check", &format!("{url}?passfile=mine")]));
    environment.set("PGPASSFILE", "mine");
    assert_reached(&environment.run(&["check", &url]));
    // Each host of a list has its own line.
    let list = format!("host=localhost,127.0.0.1 port=1,{port} user=app dbname=app");
    write_private(&environment, "mine", &format!("localhost:*:*:*:wrong\n{line}"));
    assert_reached(&environment.run(&["check", &list]));
}

#[test]
fn a_password_in_a_variable_may_hold_any_character() {
    let password: String = ('!'..='~').rev().collect();
    let server = server(&password);
    let mut environment = TestEnvironment::new();
    environment
        .set("PGHOST", "127.0.0.1")
        .set("PGPORT", &server.port().to_string())
        .set("PGUSER", "app")
        .set("PGDATABASE", "app")
        .set("PGPASSWORD", &password);
    let output = environment.run(&["check", "-vv"]);
    assert_reached(&output);
    assert!(!format!("{}{}", output.stdout, output.stderr).contains(&password), "{output}");
}

#[test]
fn a_service_says_where_and_as_whom() {
    let server = server("pw = 'x' # \\y");
    let service = format!(
        "# ours\n[other]\nhost=nowhere.invalid\n\n[shop]\nhost=127.0.0.1\nport={}\nuser=app\n\
         dbname=app\npassword=pw = 'x' # \\y\n",
        server.port()
    );
    let mut environment = TestEnvironment::new();
    environment.write(".pg_service.conf", &service);
    assert_reached(&environment.run(&["check", "service=shop"]));
    assert_reached(&environment.run(&["check", "postgresql:///app?service=shop"]));
    let output = environment.run(&["check", "service=none"]);
    assert_eq!(output.status, 2, "{output}");
    assert!(output.stderr.contains("service none is not defined (looked in "), "{output}");
    environment.set("PGSERVICE", "shop");
    assert_reached(&environment.run(&["check"]));

    let mut elsewhere = TestEnvironment::new();
    std::fs::create_dir(elsewhere.folder().join("etc")).unwrap();
    elsewhere.write("etc/pg_service.conf", &service);
    let folder = elsewhere.folder().join("etc").display().to_string();
    elsewhere.set("PGSYSCONFDIR", &folder).set("PGSERVICE", "shop");
    assert_reached(&elsewhere.run(&["check"]));
    elsewhere.set("PGSERVICEFILE", "no-such-file");
    let output = elsewhere.run(&["check"]);
    assert!(output.stderr.contains("there is no service file no-such-file"), "{output}");
    let file = format!("{folder}/pg_service.conf");
    let mut named = TestEnvironment::new();
    named.set("PGSERVICEFILE", &file).set("PGSERVICE", "shop");
    assert_reached(&named.run(&["check"]));
}

/// A certificate that is its own authority, for localhost.
const CERTIFICATE: &str = include_str!("../../../sealift-engine/tests/it/tls/kept/server.crt");
const KEY: &str = include_str!("../../../sealift-engine/tests/it/tls/kept/server.key");

#[test]
fn certificates_are_found_at_home_by_variables_and_in_the_system() {
    let server = ServerSettings::new().certificate(CERTIFICATE, KEY).start();
    let port = server.port();
    let url = |parameters: &str| {
        format!("postgresql://postgres@localhost:{port}/postgres?hostaddr=127.0.0.1&{parameters}")
    };
    let refused = |environment: &TestEnvironment, parameters: &str, said: &str| {
        let output = environment.run(&["check", &url(parameters)]);
        assert!(output.stderr.contains(said), "{parameters}: {output}");
    };
    let mut environment = TestEnvironment::new();
    let missing = "there is no root certificate to check the server with";
    refused(&environment, "sslmode=verify-full", missing);
    refused(&environment, "sslrootcert=system&sslmode=require", "goes with sslmode=verify-full");
    refused(&environment, "sslrootcert=system", "the server's certificate is not trusted");
    environment.write("root.crt", CERTIFICATE);
    assert_reached(&environment.run(&["check", &url("sslmode=verify-full&sslrootcert=root.crt")]));
    environment.set("PGSSLROOTCERT", "root.crt").set("PGSSLMODE", "verify-full");
    assert_reached(&environment.run(&["check", &url("connect_timeout=5")]));

    let mut system = TestEnvironment::new();
    system.write("all.pem", CERTIFICATE);
    system.set("SSL_CERT_FILE", "all.pem");
    assert_reached(&system.run(&["check", &url("sslrootcert=system")]));

    let home = TestEnvironment::new();
    std::fs::create_dir(home.folder().join(".postgresql")).unwrap();
    home.write(".postgresql/root.crt", CERTIFICATE);
    assert_reached(&home.run(&["check", &url("sslmode=verify-full")]));
}
