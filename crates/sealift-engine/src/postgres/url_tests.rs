//! Addresses of servers, by the book and as people write them.

use super::{Defaults, Endpoint, Host, TlsMode};
use crate::ErrorKind;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use std::path::PathBuf;

fn parse(text: &str) -> Endpoint {
    Endpoint::parse(text, &system_user()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> String {
    let error = Endpoint::parse(text, &system_user()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    error.to_string()
}

fn system_user() -> Defaults {
    Defaults { system_user: Some("me".to_owned()), ..Defaults::default() }
}

/// User, password, host, port, database.
fn parts(text: &str) -> (String, String, String, u16, String) {
    let endpoint = parse(text);
    let host = match endpoint.host() {
        Host::Local => String::new(),
        Host::Tcp(host) => host.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    };
    let password = endpoint.password().unwrap_or_default().to_owned();
    (endpoint.user().into(), password, host, endpoint.port(), endpoint.database().into())
}

fn expect(text: &str, (user, password, host, port, database): (&str, &str, &str, u16, &str)) {
    let expected = (user.into(), password.into(), host.into(), port, database.into());
    assert_eq!(parts(text), expected, "{text}");
}

#[test]
fn urls_are_read_as_libpq_reads_them() {
    expect("postgresql://", ("me", "", "", 5432, "me"));
    expect("postgresql://localhost", ("me", "", "localhost", 5432, "me"));
    expect("postgresql://localhost:5433/mydb", ("me", "", "localhost", 5433, "mydb"));
    expect("postgres://user@localhost", ("user", "", "localhost", 5432, "user"));
    expect("postgresql://user:secret@localhost/d", ("user", "secret", "localhost", 5432, "d"));
    expect("postgresql://h/d?connect_timeout=10&user=u&password=p", ("u", "p", "h", 5432, "d"));
    expect("postgresql:///d?host=/run/pg&port=6000", ("me", "", "/run/pg", 6000, "d"));
    expect("postgresql://%2Fvar%2Flib%2Fpg/d", ("me", "", "/var/lib/pg", 5432, "d"));
    expect("postgresql://u@[::1]:5440/d", ("u", "", "::1", 5440, "d"));
    expect("postgresql://u@[fe80::1%25eth0]/d", ("u", "", "fe80::1%eth0", 5432, "d"));
    expect("postgresql://u:p%40ss%2F@h/d%20b", ("u", "p@ss/", "h", 5432, "d b"));
    expect("postgresql://u@h:/d", ("u", "", "h", 5432, "d"));
    expect("POSTGRESQL://u@h/d", ("u", "", "h", 5432, "d"));
}

#[test]
fn drivers_of_sqlalchemy_are_left_aside() {
    for driver in ["psycopg", "psycopg2", "asyncpg", "pg8000"] {
        expect(&format!("postgresql+{driver}://u:p@h:1/d"), ("u", "p", "h", 1, "d"));
        expect(&format!("postgres+{driver}://u:p@h:1/d"), ("u", "p", "h", 1, "d"));
    }
}

#[test]
fn a_password_may_stand_as_it_is_where_there_is_one_reading() {
    for password in [
        "p@ss",
        "p:ss",
        "p/ss",
        "p#ss",
        "p%ss",
        "p[ss]",
        "p&ss",
        "p?ss",
        "@",
        "/",
        "a@b/c",
        "12/x",
        "p@ss/word?x=y",
        "100%",
        "#/?@:[]&%",
        "pass word",
    ] {
        expect(
            &format!("postgresql://user:{password}@db.example.org:6543/app?sslmode=disable"),
            ("user", password, "db.example.org", 6543, "app"),
        );
        expect(
            &format!("postgresql://user:{password}@localhost"),
            ("user", password, "localhost", 5432, "user"),
        );
    }
}

#[test]
fn an_at_in_a_parameter_or_a_user_is_not_the_end_of_a_password() {
    expect("postgresql://h/d?user=me@srv&password=p@q", ("me@srv", "p@q", "h", 5432, "d"));
    expect("postgresql://h:5/d?user=me@srv", ("me@srv", "", "h", 5, "d"));
    expect("postgresql://u:p@h/d?options=a@b", ("u", "p", "h", 5432, "d"));
    expect("postgresql://me@srv:pw@h/d", ("me@srv", "pw", "h", 5432, "d"));
}

#[test]
fn keyword_strings_are_read_as_libpq_reads_them() {
    expect("host=h port=1 dbname=d user=u password=p", ("u", "p", "h", 1, "d"));
    expect("host = h  dbname= d\tuser =u", ("u", "", "h", 5432, "d"));
    expect(r"password='it\'s a \\ ' user=u host=''", ("u", r"it's a \ ", "", 5432, "u"));
    expect(r"password=a\ b user=u", ("u", "a b", "", 5432, "u"));
    expect("host=/tmp dbname=d", ("me", "", "/tmp", 5432, "d"));
    expect("host=a host=b", ("me", "", "b", 5432, "me"));
    assert!(refusal("host=h dbname").contains("without `=`"));
    assert!(refusal("password='open").contains("not closed"));
}

#[test]
fn what_is_left_out_comes_from_the_defaults() {
    let defaults = Defaults {
        system_user: Some("me".to_owned()),
        user: Some("envuser".to_owned()),
        password: Some("envpass".to_owned()),
        host: Some("/run/pg".to_owned()),
        port: Some("7777".to_owned()),
        sslmode: Some("require".to_owned()),
        dbname: Some(String::new()),
        ..Defaults::default()
    };
    let endpoint = Endpoint::parse("postgresql://", &defaults).unwrap();
    assert_eq!(endpoint.user(), "envuser");
    assert_eq!(endpoint.password(), Some("envpass"));
    assert_eq!(endpoint.host(), &Host::Unix(PathBuf::from("/run/pg")));
    assert_eq!((endpoint.port(), endpoint.database()), (7777, "envuser"));
    assert_eq!(endpoint.tls(), TlsMode::Require);

    let given = Endpoint::parse("postgresql://u:p@h:1/d?sslmode=disable", &defaults).unwrap();
    assert_eq!(given.to_string(), "postgresql://u:***@h:1/d?sslmode=disable");
    assert_eq!(given.password(), Some("p"));
    assert!(!format!("{defaults:?}").contains("envpass"));
    let error = Endpoint::parse("postgresql://h", &Defaults::default()).unwrap_err();
    assert_eq!(error.to_string(), "no role to log in as");
}

#[test]
fn a_weaker_connection_than_asked_for_is_refused() {
    for text in [
        "postgresql://h/d?sslmode=verify-ca",
        "postgresql://h/d?sslmode=verify-full",
        "postgresql://h/d?sslmode=require&sslrootcert=/ca.pem",
        "host=h gssencmode=require",
        "host=h requirepeer=postgres",
        "host=h require_auth=scram-sha-256",
        "host=h sslmode=nonsense",
        "host=h channel_binding=nonsense",
    ] {
        assert!(!refusal(text).is_empty());
    }
    assert_eq!(parse("host=h sslmode=allow").tls(), TlsMode::Prefer);
    assert_eq!(parse("postgresql://h/d?ssl=true").tls(), TlsMode::Require);
}

#[test]
fn parameters_without_effect_are_named() {
    let endpoint = parse("postgresql://h/d?keepalives=1&pgbouncer=true&sslmode=prefer");
    assert_eq!(endpoint.ignored(), ["keepalives", "pgbouncer"]);
    assert!(parse("postgresql://h/d?options=endpoint%3Dx").ignored().is_empty());
    assert_eq!(parse("postgresql://h/d?options=endpoint%3Dx").options(), Some("endpoint=x"));
}

#[test]
fn what_cannot_be_read_is_refused_without_being_quoted() {
    for text in [
        "postgresql://user:hunter2@host:port/db",
        "postgresql://user:hunter2@ho st/db",
        "postgresql://user:hunter2@[::1/db",
        "postgresql://user:hunter2@a,b/db",
        "postgresql://user:hunter2@a:1,b:2/db",
        "postgresql://user:hunter2@h:99999/db",
        "postgresql://user:hunter2%FF@h/db",
        "postgresql://user:hunter2%00@h/db",
        "mysql://user:hunter2@h/db",
        "hunter2",
    ] {
        let error = Endpoint::parse(text, &system_user()).unwrap_err();
        assert!(!format!("{error:?} {error} {:?}", error.hint()).contains("hunter2"), "{text}");
    }
    assert_eq!(refusal("postgresql://u@a:1,b:2/db"), "several hosts are given");
}

#[test]
fn an_endpoint_is_read_back_from_its_url() {
    for host in [
        Host::Local,
        Host::Tcp("db.example.org".into()),
        Host::Tcp("::1".into()),
        Host::Unix(PathBuf::from("/run/my pg")),
    ] {
        for port in [5432, 6000] {
            for tls in [TlsMode::Disable, TlsMode::Prefer, TlsMode::Require] {
                let endpoint = Endpoint::new(host.clone(), port, "me@work", "my/data base?")
                    .with_password("a@b:c/d")
                    .with_tls(tls);
                assert_eq!(parse(&endpoint.url_with_password()), endpoint);
                let without = endpoint.with_password("");
                assert_eq!(parse(&without.to_string()), without);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_password_survives_percent_encoding(password in "[^\0]{1,40}") {
        let encoded = utf8_percent_encode(&password, NON_ALPHANUMERIC);
        let endpoint = parse(&format!("postgresql://user:{encoded}@host:1/db"));
        prop_assert_eq!(endpoint.password(), Some(password.as_str()));
        prop_assert_eq!(endpoint.database(), "db");
        prop_assert_eq!(parse(&endpoint.url_with_password()), endpoint);
    }

    #[test]
    fn any_password_survives_keyword_quoting(password in "[^\0]{1,40}") {
        let quoted = password.replace('\\', r"\\").replace('\'', r"\'");
        let endpoint = parse(&format!("password='{quoted}' host=h user=u"));
        prop_assert_eq!(endpoint.password(), Some(password.as_str()));
    }

    #[test]
    fn no_display_or_debug_holds_the_password(password in "[a-z0-9@:/#%&]{12,30}") {
        let endpoint = Endpoint::new(Host::Tcp("host".into()), 1, "user", "db")
            .with_password(password.as_str());
        for shown in [format!("{endpoint}"), format!("{endpoint:?}"), format!("{endpoint:#?}")] {
            prop_assert!(!shown.contains(&password));
            prop_assert!(shown.contains("user:***@host:1/db"));
        }
    }

    #[test]
    fn an_unencoded_password_is_read_or_refused_but_never_cut(password in "[a-z@:/#\\[\\]&?]{1,20}") {
        let text = format!("postgresql://user:{password}@db.example.org:6543/app");
        if let Ok(endpoint) = Endpoint::parse(&text, &system_user()) {
            prop_assert_eq!(endpoint.password(), Some(password.as_str()));
            prop_assert_eq!(endpoint.host(), &Host::Tcp("db.example.org".into()));
        }
    }
}
