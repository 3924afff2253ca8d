//! Logins over TLS and without it, on a server with a certificate.

use crate::local::Local;
use sealift_core::sql::Sql;
use sealift_engine::postgres::{Endpoint, Host, Session, TlsMode};
use sealift_engine::{Error, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

/// Who may log in how.
const LOGINS: &str = "
local     all  all        scram-sha-256
hostnossl all  tls_only   127.0.0.1/32  reject
hostssl   all  plain_only 127.0.0.1/32  reject
host      all  nobody     127.0.0.1/32  reject
host      all  old        127.0.0.1/32  md5
host      all  all        127.0.0.1/32  scram-sha-256
";

/// Passwords that break other tools (dimitri/pgloader#1766 and its siblings).
const PASSWORDS: [&str; 8] = [
    "p@ss:w/o#r%d[s]&?",
    "%41%zz%",
    "a b\tc",
    "quote'double\"back\\slash",
    "ünïcödé-密码-🔑",
    "@",
    "=;$(x)`y`",
    "***",
];

/// A certificate and its key, as PEM.
struct Certificate {
    certificate: String,
    key: String,
}

impl Certificate {
    /// One that nobody signed, for a host of another name.
    fn self_signed() -> Self {
        let made = rcgen::generate_simple_self_signed(["elsewhere.example".to_owned()]).unwrap();
        Self { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }

    /// One of X.509 version 1, which rustls does not read.
    fn version_1() -> Self {
        Self {
            certificate: include_str!("kept/server.crt").to_owned(),
            key: include_str!("kept/server.key").to_owned(),
        }
    }
}

/// Starts a server with a certificate and [`LOGINS`]; returns how to reach it.
async fn server_with(certificate: &Certificate) -> (Local, Endpoint) {
    let local = Local::new();
    local.server.start("app").await.unwrap();
    local.server.stop().await.unwrap();
    let data = local.dir().join("data");
    let owner = data.metadata().unwrap();
    for (name, text) in [
        ("server.crt", certificate.certificate.as_str()),
        ("server.key", certificate.key.as_str()),
        ("pg_hba.conf", LOGINS),
    ] {
        let file = data.join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let settings = data.join("postgresql.conf");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}\nssl = on\n")).unwrap();
    let endpoint = local.server.start("app").await.unwrap().endpoint;
    (local, endpoint)
}

/// Makes a role whose password is hashed as `encryption` says.
async fn make_role(admin: &Endpoint, role: &'static str, password: &str, encryption: &'static str) {
    let session = admin.connect("sealift test").await.unwrap();
    let sql = Sql::raw("set password_encryption = ").push(encryption).push("; create role ");
    let sql = sql.push(role).push(" login password ").literal(password);
    session.batch(&sql).await.unwrap();
}

fn login(admin: &Endpoint, role: &str, password: &str, tls: TlsMode) -> Endpoint {
    Endpoint::new(Host::Tcp("127.0.0.1".to_owned()), admin.port(), role, "app")
        .with_password(password)
        .with_tls(tls)
}

async fn try_login(admin: &Endpoint, role: &str, tls: TlsMode) -> Result<bool, Error> {
    Ok(uses_tls(&login(admin, role, "pw", tls).connect("sealift test").await?).await)
}

async fn uses_tls(session: &Session) -> bool {
    let sql = Sql::raw("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    session.query_text(&sql).await.unwrap()[0][0].as_deref() == Some("t")
}

#[tokio::test]
async fn each_mode_is_what_it_says_on_a_server_with_a_certificate() {
    let (_local, admin) = server_with(&Certificate::self_signed()).await;
    for role in ["anybody", "tls_only", "plain_only", "nobody"] {
        make_role(&admin, role, "pw", "'scram-sha-256'").await;
    }
    for (role, tls, uses_tls) in [
        ("anybody", TlsMode::Disable, false),
        ("anybody", TlsMode::Prefer, true),
        ("anybody", TlsMode::Require, true),
        ("anybody", TlsMode::Allow, false),
        // Without TLS first, and with it since the server wants that.
        ("tls_only", TlsMode::Allow, true),
        ("plain_only", TlsMode::Allow, false),
        ("tls_only", TlsMode::Prefer, true),
        ("tls_only", TlsMode::Require, true),
        ("plain_only", TlsMode::Disable, false),
        // libpq goes on without TLS too, when pg_hba.conf wants that.
        ("plain_only", TlsMode::Prefer, false),
    ] {
        let outcome = try_login(&admin, role, tls).await;
        assert_eq!(outcome.unwrap(), uses_tls, "{role} {tls:?}");
    }
    for (role, tls) in [
        ("tls_only", TlsMode::Disable),
        ("plain_only", TlsMode::Require),
        ("nobody", TlsMode::Prefer),
        ("nobody", TlsMode::Allow),
    ] {
        let error = try_login(&admin, role, tls).await.unwrap_err();
        assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Unreachable, Some("28000")));
        assert!(error.hint().unwrap().contains("pg_hba.conf"), "{error:?}");
    }

    // Over TLS, statements can be stopped as well.
    let session = login(&admin, "anybody", "pw", TlsMode::Require).connect("t").await.unwrap();
    let handle = session.cancel_handle();
    let sleep = Sql::raw("select pg_sleep(60)");
    let (slept, ()) = tokio::join!(session.batch(&sleep), async {
        let seen =
            Sql::raw("select 1 from pg_stat_activity where query like '%pg_sleep(60)%' and pid = ")
                .int(session.backend_pid().into());
        let watcher = admin.connect("sealift test").await.unwrap();
        while watcher.query_text(&seen).await.unwrap().is_empty() {}
        handle.cancel().await.unwrap();
    });
    assert_eq!(slept.unwrap_err().sqlstate(), Some("57014"));
}

#[tokio::test]
async fn a_certificate_of_x509_version_1_does_for_require() {
    let (_local, admin) = server_with(&Certificate::version_1()).await;
    make_role(&admin, "anybody", "pw", "'scram-sha-256'").await;
    assert!(try_login(&admin, "anybody", TlsMode::Require).await.unwrap());
    assert!(try_login(&admin, "anybody", TlsMode::Prefer).await.unwrap());
}

#[tokio::test]
async fn odd_passwords_log_in_by_url_and_by_keywords_with_scram_and_md5() {
    let (local, admin) = server_with(&Certificate::self_signed()).await;
    for password in PASSWORDS {
        for (role, encryption) in [("fresh", "'scram-sha-256'"), ("old", "'md5'")] {
            make_role(&admin, role, password, encryption).await;
            let by_setters = login(&admin, role, password, TlsMode::Require);
            let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
            let (port, socket) = (admin.port(), local.dir());
            for text in [
                by_setters.url_with_password(),
                format!("host=127.0.0.1 port={port} user={role} dbname=app password='{quoted}'"),
            ] {
                let session = crate::support::connect(&text).await;
                assert!(uses_tls(&session.unwrap()).await, "{role} {password}");
            }
            let wrong = by_setters.with_password(format!("{password}!"));
            let error = wrong.connect("sealift test").await.unwrap_err();
            assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Unreachable, Some("28P01")));
            // Shorter ones stand in any text.
            if password.len() > 3 {
                assert!(!format!("{error:?}{error}").contains(password), "{error:?}");
            }
            assert!(error.hint().unwrap().contains("password"), "{error:?}");

            if role == "fresh" {
                let host = Host::Unix(socket);
                let by_socket = Endpoint::new(host, port, role, "app").with_password(password);
                by_socket.connect("sealift test").await.unwrap();
                let missing =
                    by_socket.with_password("").connect("sealift test").await.unwrap_err();
                assert!(missing.to_string().contains("wants a password"), "{missing}");
            }
            let session = admin.connect("sealift test").await.unwrap();
            session.batch(&Sql::raw("drop role ").push(role)).await.unwrap();
        }
    }
}
