//! Certificates of the client, direct TLS, channel binding, and what else is asked of a login.

use super::authority::{Authority, Pem, Wanted};
use super::psql::{Verdict, psql};
use crate::support::{connect, value};
use sealift_core::sql::Sql;
use sealift_engine::ErrorKind;
use sealift_engine::postgres::{Defaults, Endpoint};
use sealift_testkit::{Server, ServerSettings, StopMode};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn write_pem(folder: &Path, name: &str, pem: &Pem) {
    std::fs::write(folder.join(format!("{name}.crt")), &pem.certificate).unwrap();
    let key = folder.join(format!("{name}.key"));
    std::fs::write(&key, &pem.key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A server that asks for certificates of clients, and wants one of some.
fn asking_server(root: &Authority) -> Server {
    signed_by(root)
        .file("ca.crt", &root.pem())
        .configure("ssl_ca_file = 'ca.crt'")
        .file(
            "pg_hba.conf",
            "local   all all           trust\n\
             hostssl all app 127.0.0.1/32 cert\n\
             hostssl all checked 127.0.0.1/32 trust clientcert=verify-full\n\
             host    all all 127.0.0.1/32 trust\n",
        )
        .start()
}

/// A server with a good certificate.
fn signed_by(root: &Authority) -> ServerSettings {
    let pem = root.sign(Wanted::good());
    ServerSettings::new().certificate(&pem.certificate, &pem.key)
}

#[tokio::test]
async fn a_client_shows_its_certificate_as_libpq_does() {
    let root = Authority::new("Sealift root");
    let server = asking_server(&root);
    let admin = connect(&server.url("postgres")).await.unwrap();
    admin.batch(&Sql::raw("create role app login; create role checked login")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_pem(folder.path(), "app", &root.sign(Wanted::named("app", &[])));
    write_pem(folder.path(), "checked", &root.sign(Wanted::named("checked", &[])));
    let stranger = Authority::new("a stranger").sign(Wanted::named("app", &[]));
    write_pem(folder.path(), "stranger", &stranger);
    let expired = root.sign(Wanted::named("app", &[]).years(2001, 2011));
    write_pem(folder.path(), "expired", &expired);

    let wanted = "the server wants a client certificate";
    let refused = "the server refuses the client certificate";
    for (role, shown, said) in [
        ("app", Some("app"), None),
        ("app", None, Some(wanted)),
        ("app", Some("checked"), Some(refused)),
        ("app", Some("stranger"), Some(refused)),
        ("app", Some("expired"), Some(refused)),
        ("checked", Some("checked"), None),
        ("checked", None, Some(wanted)),
        ("postgres", None, None),
        ("postgres", Some("app"), None),
        ("postgres", Some("stranger"), Some(refused)),
    ] {
        let mut text = format!(
            "host=127.0.0.1 port={} user={role} dbname=postgres sslmode=require",
            server.port()
        );
        if let Some(shown) = shown {
            let file = folder.path().join(shown).display().to_string();
            text.push_str(&format!(" sslcert={file}.crt sslkey={file}.key"));
        }
        let theirs = psql(&text, folder.path());
        let ours = connect(&text).await;
        assert_eq!(ours.is_err(), theirs == Verdict::Refused, "{role} {shown:?}: {ours:?}");
        match (said, ours) {
            (None, ours) => drop(ours.unwrap()),
            (Some(said), ours) => {
                let error = ours.unwrap_err();
                assert!(error.to_string().contains(said), "{role} {shown:?}: {error}");
                assert_eq!(error.kind(), ErrorKind::Unreachable);
                assert!(error.hint().is_some());
            }
        }
    }
}

#[tokio::test]
async fn the_usual_files_at_home_are_used() {
    let root = Authority::new("Sealift root");
    let server = asking_server(&root);
    let admin = connect(&server.url("postgres")).await.unwrap();
    admin.batch(&Sql::raw("create role app login")).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".postgresql");
    std::fs::create_dir(&folder).unwrap();
    write_pem(&folder, "postgresql", &root.sign(Wanted::named("app", &[])));
    let mut defaults = Defaults::default();
    defaults.home = Some(home.path().to_path_buf());
    let text = format!(
        "hostaddr=127.0.0.1 host=db.example.org port={} user=app dbname=postgres sslmode=",
        server.port()
    );
    let try_mode = async |mode: &str, defaults: &Defaults| {
        let text = format!("{text}{mode}");
        let ours = Endpoint::parse(&text, defaults).unwrap().connect("sealift test").await;
        let theirs = psql(&text, home.path());
        assert_eq!(ours.is_err(), theirs == Verdict::Refused, "{text}: {ours:?}");
        ours
    };
    let error = try_mode("verify-full", &defaults).await.unwrap_err();
    assert!(error.to_string().contains("there is no root certificate"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Usage);
    std::fs::write(folder.join("root.crt"), root.pem()).unwrap();
    try_mode("verify-full", &defaults).await.unwrap();
    try_mode("require", &defaults).await.unwrap();
    // A root file turns `require` into `verify-ca`.
    std::fs::write(folder.join("root.crt"), Authority::new("a stranger").pem()).unwrap();
    let error = try_mode("require", &defaults).await.unwrap_err();
    assert!(error.to_string().contains("the server's certificate is not trusted"), "{error}");
    std::fs::write(folder.join("root.crt"), root.pem()).unwrap();
    std::fs::write(folder.join("root.crl"), root.revoke(2020, 2099)).unwrap();
    try_mode("require", &defaults).await.unwrap();
}

#[tokio::test]
async fn keys_that_cannot_be_used_are_refused_with_the_command_that_helps() {
    let root = Authority::new("Sealift root");
    let server = asking_server(&root);
    let folder = tempfile::tempdir().unwrap();
    let pem = root.sign(Wanted::named("app", &[]));
    write_pem(folder.path(), "open", &pem);
    let open = folder.path().join("open.key");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    write_pem(folder.path(), "group", &pem);
    let group = folder.path().join("group.key");
    std::fs::set_permissions(&group, std::fs::Permissions::from_mode(0o640)).unwrap();
    let locked = pem.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    write_pem(folder.path(), "locked", &Pem { key: locked, ..pem.clone() });
    write_pem(folder.path(), "mixed", &Pem { key: "no key".to_owned(), ..pem });

    let at = |name: &str| folder.path().join(name).display().to_string();
    for (files, said) in [
        (format!("sslcert={} sslkey={}", at("open.crt"), at("open.key")), "open to others"),
        (format!("sslcert={} sslkey={}", at("locked.crt"), at("locked.key")), "is encrypted"),
        (format!("sslcert={} sslkey={}", at("mixed.crt"), at("mixed.key")), "cannot use"),
        (format!("sslcert={} sslkey={}", at("open.crt"), at("none.key")), "its key are needed"),
        (format!("sslcert={}", at("open.crt")), "its key are needed"),
        (format!("sslcert={} sslkey={}", at("none.crt"), at("open.key")), "cannot use"),
        ("sslcertmode=require".to_owned(), "there is no certificate"),
        (format!("sslrootcert={}", at("open.key")), "there is no certificate in it"),
        (format!("sslrootcert={}", at("none.crt")), "there is no root certificate"),
        (
            format!("sslrootcert={} sslcrl={}", at("open.crt"), at("none.crl")),
            "cannot use the certificate file",
        ),
    ] {
        let text = format!("host=127.0.0.1 port={} sslmode=require {files}", server.port());
        let error = connect(&format!("{text} user=postgres dbname=postgres")).await.unwrap_err();
        assert!(error.to_string().contains(said), "{files}: {error}");
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.hint().is_some(), "{files}");
    }
    // Root's key may be readable by a group.
    let text = format!(
        "host=127.0.0.1 port={} user=postgres dbname=postgres sslmode=require sslcert={} sslkey={}",
        server.port(),
        at("group.crt"),
        at("group.key")
    );
    let ours = connect(&text).await;
    assert_eq!(ours.is_err(), psql(&text, folder.path()) == Verdict::Refused, "{ours:?}");
}

#[tokio::test]
async fn a_server_that_must_ask_for_a_certificate_and_does_not_is_refused() {
    let root = Authority::new("Sealift root");
    let server = signed_by(&root).start();
    let folder = tempfile::tempdir().unwrap();
    write_pem(folder.path(), "app", &root.sign(Wanted::named("app", &[])));
    let file = folder.path().join("app").display().to_string();
    let text = format!(
        "host=127.0.0.1 port={} user=postgres dbname=postgres sslmode=require \
         sslcert={file}.crt sslkey={file}.key sslcertmode=",
        server.port()
    );
    connect(&format!("{text}allow")).await.unwrap();
    connect(&format!("{text}disable")).await.unwrap();
    let error = connect(&format!("{text}require")).await.unwrap_err();
    assert!(error.to_string().contains("did not ask for a client certificate"), "{error}");
    // hostaddr alone leaves no name to compare.
    std::fs::write(folder.path().join("root.crt"), root.pem()).unwrap();
    let nameless = format!(
        "hostaddr=127.0.0.1 port={} user=postgres dbname=postgres sslmode=verify-full \
         sslrootcert={}",
        server.port(),
        folder.path().join("root.crt").display()
    );
    assert_eq!(psql(&nameless, folder.path()), Verdict::Refused);
    let error = connect(&nameless).await.unwrap_err();
    assert!(error.to_string().contains("needs the name of the host"), "{error}");
}

#[tokio::test]
async fn direct_tls_works_from_version_17_on_and_says_so_before() {
    let root = Authority::new("Sealift root");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.crt");
    std::fs::write(&file, root.pem()).unwrap();
    for (major, works) in [(16, false), (17, true), (18, true)] {
        let server = signed_by(&root).version(major).start();
        let text = format!(
            "hostaddr=127.0.0.1 host=db.example.org port={} user=postgres dbname=postgres \
             sslmode=verify-full sslrootcert={} sslnegotiation=direct connect_timeout=5",
            server.port(),
            file.display()
        );
        match connect(&text).await {
            Ok(session) => {
                assert!(works, "version {major} took direct TLS");
                let sql = "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()";
                assert_eq!(value(&session, sql).await, "true");
                // The way to stop a statement is direct too.
                session.cancel_handle().cancel().await.unwrap();
            }
            Err(error) => {
                assert!(!works, "{error}");
                assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
                assert!(error.hint().is_some(), "{error:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_login_is_tied_to_its_certificate_whatever_signed_that() {
    let kept = |certificate: &str, key: &str| Pem {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    };
    let mut server = ServerSettings::new()
        .version(16)
        .file(
            "pg_hba.conf",
            "host all postgres 127.0.0.1/32 trust\nhost all old 127.0.0.1/32 md5\n\
             host all all 127.0.0.1/32 scram-sha-256\n",
        )
        .start();
    server.configure("ssl = on");
    let ecdsa = Wanted::good().self_signed();
    let files = tempfile::tempdir().unwrap();
    for (index, (what, pem)) in [
        ("ECDSA", ecdsa.clone()),
        ("RSA", kept(include_str!("kept/rsa-signed.crt"), include_str!("kept/rsa-signed.key"))),
        ("RSA-PSS", kept(include_str!("kept/rsa-pss.crt"), include_str!("kept/rsa-pss.key"))),
        ("X.509 v1", kept(include_str!("kept/server.crt"), include_str!("kept/server.key"))),
    ]
    .into_iter()
    .enumerate()
    {
        server.stop(StopMode::Immediate);
        server.write("server.crt", &pem.certificate);
        server.write("server.key", &pem.key);
        server.start_again();
        let port = server.port();
        if index == 0 {
            let admin = connect(&server.url("postgres")).await.unwrap();
            admin
                .batch(&Sql::raw(
                    "create role app login password 'pw'; set password_encryption = 'md5'; \
                     create role old login password 'pw'",
                ))
                .await
                .unwrap();
        }
        let text = format!(
            "host=127.0.0.1 port={port} dbname=postgres password=pw sslmode=require \
             channel_binding=require user="
        );
        connect(&format!("{text}app")).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let error = connect(&format!("{text}old")).await.unwrap_err();
        assert!(error.to_string().contains("channel binding is required"), "{what}: {error}");
        let plain = text.replace("sslmode=require", "sslmode=disable");
        let error = connect(&format!("{plain}app")).await.unwrap_err();
        assert!(error.to_string().contains("channel binding is required"), "{what}: {error}");
        let theirs = psql(&format!("{text}app"), files.path());
        // psql 15 knows no channel binding with RSA-PSS; 16 and newer do.
        assert!(theirs == Verdict::Tls || what == "RSA-PSS", "{what}: {theirs:?}");
    }
}

/// Returns the first bytes of TLS that a client sends.
async fn hello(parameters: &str) -> Vec<u8> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let text = format!("{parameters} hostaddr=127.0.0.1 port={port} user=u sslmode=require");
    let client = tokio::spawn(async move { connect(&text).await.map(drop) });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = [0; 8];
    stream.read_exact(&mut request).await.unwrap();
    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
    stream.write_all(b"S").await.unwrap();
    let mut hello = vec![0; 4096];
    let length = stream.read(&mut hello).await.unwrap();
    drop(stream);
    let error = client.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert!(error.hint().is_some(), "{error:?}");
    hello[..length].to_vec()
}

#[tokio::test]
async fn the_name_of_the_host_is_told_unless_it_is_not_wanted() {
    let holds = |hello: &[u8], text: &[u8]| hello.windows(text.len()).any(|part| part == text);
    let said = hello("host=db.example.org").await;
    assert!(holds(&said, b"db.example.org"));
    // And what is spoken within.
    assert!(holds(&said, b"\x0apostgresql"));
    assert!(!holds(&hello("host=db.example.org sslsni=0").await, b"db.example.org"));
    assert!(!holds(&hello("host=127.0.0.1").await, b"127.0.0.1"));
    // No name that TLS could carry, but nothing against connecting.
    assert!(!holds(&hello("host=not_a.-name-").await, b"-name-"));
}

#[tokio::test]
async fn a_server_that_does_not_speak_postgresql_is_named_so() {
    for (answer, said) in [
        (&b"HTTP/1.1 400 Bad Request\r\n"[..], "it is not PostgreSQL that listens"),
        (b"S\x15\x03\x01\x00\x02\x02\x28", "the TLS handshake failed"),
        (b"", "the connection broke"),
        (b"N", "the server does not offer TLS"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 8];
            stream.read_exact(&mut request).await.unwrap();
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
            // Read on, so that the answer is not lost by a reset.
            let mut rest = Vec::new();
            drop(stream.read_to_end(&mut rest).await);
        });
        let text = format!("host=127.0.0.1 port={port} user=u sslmode=require");
        let error = connect(&text).await.unwrap_err();
        assert!(error.to_string().contains(said), "{said}: {error}");
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_login_may_be_limited_to_methods() {
    let server = ServerSettings::new()
        .file(
            "pg_hba.conf",
            "host all postgres 127.0.0.1/32 trust\nhost all old 127.0.0.1/32 md5\n\
             host all clear 127.0.0.1/32 password\nhost all all 127.0.0.1/32 scram-sha-256\n",
        )
        .start();
    let admin = connect(&server.url("postgres")).await.unwrap();
    admin
        .batch(&Sql::raw(
            "create role app login password 'hunter2'; create role clear login password 'hunter2'; \
             set password_encryption = 'md5'; create role old login password 'hunter2'",
        ))
        .await
        .unwrap();
    for (role, methods, works) in [
        ("app", "scram-sha-256", true),
        ("app", "md5,password", false),
        ("app", "!scram-sha-256", false),
        ("old", "scram-sha-256", false),
        ("old", "md5", true),
        ("clear", "scram-sha-256,md5", false),
        ("clear", "!password", false),
        ("clear", "!md5,!none", true),
        ("postgres", "scram-sha-256", false),
        ("postgres", "none", true),
        ("postgres", "!none", false),
    ] {
        let text = format!(
            "host=127.0.0.1 port={} user={role} password=hunter2 dbname=postgres \
             require_auth={methods}",
            server.port()
        );
        let ours = connect(&text).await;
        assert_eq!(ours.is_ok(), works, "{role} {methods}: {ours:?}");
        if let Err(error) = ours {
            let all = format!("{error} {error:?}");
            assert!(all.contains("`require_auth` does not allow this login"), "{error}");
            assert!(!all.contains("hunter2"), "{error}");
        }
    }
}
