//! Addresses of servers, by the book and as people write them.

use super::encryption::{CertificateMode, Named, Roots};
use super::{ChannelBinding, Defaults, Endpoint, Host, Negotiation, SessionAttributes, TlsMode};
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

fn variables(values: &[(&str, &str)]) -> Defaults {
    system_user().with_variables(|name| {
        values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    })
}

fn system_user() -> Defaults {
    Defaults::of_user(Some("me".to_owned()))
}

/// User, password, host, port, database.
fn parts(text: &str) -> (String, String, String, u16, String) {
    let endpoint = parse(text);
    let host = match endpoint.host() {
        Host::Local => String::new(),
        Host::Tcp(host) => host.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    };
    let password = endpoint.password.as_deref().unwrap_or_default().to_owned();
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
    let defaults = variables(&[
        ("PGUSER", "envuser"),
        ("PGPASSWORD", "envpass"),
        ("PGHOST", "/run/pg"),
        ("PGPORT", "7777"),
        ("PGSSLMODE", "require"),
        ("PGDATABASE", ""),
    ]);
    let endpoint = Endpoint::parse("postgresql://", &defaults).unwrap();
    assert_eq!(endpoint.user(), "envuser");
    assert_eq!(endpoint.password.as_deref(), Some("envpass"));
    assert_eq!(endpoint.host(), &Host::Unix(PathBuf::from("/run/pg")));
    assert_eq!((endpoint.port(), endpoint.database()), (7777, "envuser"));
    assert_eq!(endpoint.tls(), TlsMode::Require);

    let given = Endpoint::parse("postgresql://u:p@h:1/d?sslmode=disable", &defaults).unwrap();
    assert_eq!(given.to_string(), "postgresql://u:***@h:1/d?sslmode=disable");
    assert_eq!(given.password.as_deref(), Some("p"));
    assert!(!format!("{defaults:?}").contains("envpass"));
    let error = Endpoint::parse("postgresql://h", &Defaults::default()).unwrap_err();
    assert_eq!(error.to_string(), "no role to log in as");
}

#[test]
fn what_would_be_weaker_than_asked_for_is_refused() {
    for text in [
        "host=h gssencmode=require",
        "host=h require_auth=nonsense",
        "host=h require_auth=!md5,password",
        "host=h sslmode=nonsense",
        "host=h sslmode=require sslrootcert=system",
        "host=h sslmode=prefer sslnegotiation=direct",
        "host=h channel_binding=nonsense",
        "host=h target_session_attrs=nonsense",
        "host=h load_balance_hosts=nonsense",
        "host=h sslsni=yes",
        "host=h sslcertmode=nonsense",
        "host=h ssl_min_protocol_version=nonsense",
        "host=h ssl_max_protocol_version=TLSv1.1",
        "host=h ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
        "host=h min_protocol_version=3.2",
        "host=h replication=database",
        "host=h keepalives=maybe",
        "host=h keepalives_idle=soon",
    ] {
        assert!(!refusal(text).is_empty(), "{text}");
    }
    assert!(refusal("host=h password=s3cret! p%w=x").contains("cannot be one"));
}

#[test]
fn modes_are_libpqs_and_those_of_other_drivers() {
    for (text, mode) in [
        ("host=h", TlsMode::Prefer),
        ("host=h sslmode=allow", TlsMode::Allow),
        ("host=h sslmode=verify-ca", TlsMode::VerifyCa),
        ("host=h sslmode=verify-full", TlsMode::VerifyFull),
        ("host=h sslrootcert=system", TlsMode::VerifyFull),
        ("host=h requiressl=1", TlsMode::Require),
        ("postgresql://h/d?ssl=true", TlsMode::Require),
        ("postgresql://h/d?ssl=verify-full", TlsMode::VerifyFull),
        ("postgresql://h/d?ssl=true&sslmode=disable", TlsMode::Disable),
    ] {
        assert_eq!(parse(text).tls(), mode, "{text}");
    }
}

#[test]
fn everything_about_tls_is_taken_from_keywords_and_variables() {
    let keywords = "host=h sslmode=require sslnegotiation=direct channel_binding=require sslsni=0 \
                    sslrootcert=/ca sslcert=/c sslkey=/k sslcertmode=require sslcrl=/crl sslcrldir=/d";
    let from_variables = variables(&[
        ("PGHOST", "h"),
        ("PGSSLMODE", "require"),
        ("PGSSLNEGOTIATION", "direct"),
        ("PGCHANNELBINDING", "require"),
        ("PGSSLSNI", "0"),
        ("PGSSLROOTCERT", "/ca"),
        ("PGSSLCERT", "/c"),
        ("PGSSLKEY", "/k"),
        ("PGSSLCERTMODE", "require"),
        ("PGSSLCRL", "/crl"),
        ("PGSSLCRLDIR", "/d"),
    ]);
    let by_variables = Endpoint::parse("postgresql://", &from_variables).unwrap();
    let by_keywords = parse(keywords);
    assert_eq!(by_keywords.encryption(), by_variables.encryption());
    let encryption = by_keywords.encryption();
    assert_eq!(encryption.negotiation, Negotiation::Direct);
    assert_eq!(encryption.channel_binding, ChannelBinding::Require);
    assert!(!encryption.sends_name);
    assert_eq!(encryption.roots, Roots::File(Some(Named::Given("/ca".into()))));
    assert_eq!(encryption.identity.mode, CertificateMode::Require);
    assert_eq!(encryption.identity.certificate, Some(Named::Given("/c".into())));
}

#[test]
fn certificates_are_looked_for_at_home_where_none_are_named() {
    let mut defaults = system_user();
    defaults.home = Some(PathBuf::from("/home/me"));
    let endpoint = Endpoint::parse("host=h sslkey=/k", &defaults).unwrap();
    let encryption = endpoint.encryption();
    let usual = |name: &str| Some(Named::Usual(format!("/home/me/.postgresql/{name}").into()));
    assert_eq!(encryption.roots, Roots::File(usual("root.crt")));
    assert_eq!(encryption.revoked, usual("root.crl"));
    assert_eq!(encryption.identity.certificate, usual("postgresql.crt"));
    assert_eq!(encryption.identity.key, Some(Named::Given("/k".into())));
}

/// Host and port of each server.
fn servers(text: &str) -> Vec<(String, u16)> {
    let endpoint = parse(text);
    let servers = endpoint.candidates().iter();
    servers.map(|server| (server.password_name(), server.port)).collect()
}

#[test]
fn several_servers_are_read_as_libpq_reads_them() {
    let expect = |text: &str, expected: &[(&str, u16)]| {
        let expected: Vec<_> = expected.iter().map(|(h, p)| ((*h).to_owned(), *p)).collect();
        assert_eq!(servers(text), expected, "{text}");
    };
    expect("postgresql://u:p@a:1,b:2/d", &[("a", 1), ("b", 2)]);
    expect("postgresql://u:p,w@a:1,b/d", &[("a", 1), ("b", 5432)]);
    expect("postgresql://[::1]:1,[::2],c:3/d", &[("::1", 1), ("::2", 5432), ("c", 3)]);
    expect("postgresql://a,b/d?port=6000", &[("a", 6000), ("b", 6000)]);
    expect("postgresql://%2Fvar%2Frun,b/d", &[("/var/run", 5432), ("b", 5432)]);
    expect("host=a,b port=1,2", &[("a", 1), ("b", 2)]);
    expect("host=a,b port=7", &[("a", 7), ("b", 7)]);
    expect("host=a,b port=,2", &[("a", 5432), ("b", 2)]);
    expect("host=a,,c", &[("a", 5432), ("localhost", 5432), ("c", 5432)]);
    expect("hostaddr=127.0.0.1,::1 port=1,2", &[("127.0.0.1", 1), ("::1", 2)]);
    expect("host=a,b hostaddr=127.0.0.1,", &[("a", 5432), ("b", 5432)]);
    assert!(refusal("host=a,b port=1,2,3").contains("3 ports"));
    assert!(refusal("host=a,b hostaddr=127.0.0.1").contains("addresses"));
    assert!(refusal("hostaddr=h").contains("not an IP address"));
    let several = parse("postgresql://u:p@a:1,b:2/d?target_session_attrs=primary");
    assert_eq!(several.session_attributes(), Some(SessionAttributes::Primary));
    assert_eq!(several.to_string(), "postgresql://u:***@a:1,b:2/d");
    assert_eq!(parse(&several.url_with_password()), several);
}

#[test]
fn a_service_stands_between_the_address_and_the_variables() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.conf");
    let machines = folder.path().join("pg_service.conf");
    std::fs::write(&own, "[shop]\nhost=fromfile\nport=1\nuser=fileuser\nsslmode=require\n")
        .unwrap();
    std::fs::write(&machines, "[shop]\nhost=never\n[stock]\nhost=stockhost\n").unwrap();
    let mut defaults =
        variables(&[("PGUSER", "envuser"), ("PGHOST", "envhost"), ("PGDATABASE", "d")]);
    defaults.service_file = Some(own.clone());
    defaults.system_service_files = vec![machines];

    let endpoint = Endpoint::parse("service=shop port=2", &defaults).unwrap();
    assert_eq!(endpoint.host(), &Host::Tcp("fromfile".into()));
    assert_eq!((endpoint.port(), endpoint.user(), endpoint.database()), (2, "fileuser", "d"));
    assert_eq!(endpoint.tls(), TlsMode::Require);
    let machine = Endpoint::parse("postgresql://?service=stock", &defaults).unwrap();
    assert_eq!(machine.host(), &Host::Tcp("stockhost".into()));
    assert_eq!(machine.user(), "envuser");

    let named = format!("service=shop servicefile={}", own.display());
    assert_eq!(parse(&named).user(), "fileuser");
    let error = Endpoint::parse("service=none", &defaults).unwrap_err().to_string();
    assert!(error.starts_with("service none is not defined (looked in "), "{error}");
    assert!(refusal("service=x").contains("there is no service file"));
    assert!(
        refusal("service=x servicefile=/no/such").contains("there is no service file /no/such")
    );
    let by_variable = defaults.with_variables(|name| (name == "PGSERVICE").then(|| "shop".into()));
    assert_eq!(Endpoint::parse("port=3", &by_variable).unwrap().user(), "fileuser");
}

#[test]
fn parameters_without_effect_are_named() {
    let endpoint = parse("postgresql://h/d?krbsrvname=x&pgbouncer=true&sslmode=prefer");
    assert_eq!(endpoint.ignored(), ["krbsrvname", "pgbouncer"]);
    assert!(parse("postgresql://h/d?options=endpoint%3Dx").ignored().is_empty());
    assert_eq!(parse("postgresql://h/d?options=endpoint%3Dx").options(), Some("endpoint=x"));
}

#[test]
fn what_cannot_be_read_is_refused_without_being_quoted() {
    for text in [
        "postgresql://user:hunter2@host:port/db",
        "postgresql://user:hunter2@ho st/db",
        "postgresql://user:hunter2@[::1/db",
        "postgresql://user:hunter2@a:1,b:2:3/db",
        "postgresql://user:hunter2@a:1,b c/db",
        "postgresql://user:hunter2@h:99999/db",
        "postgresql://user:hunter2%FF@h/db",
        "postgresql://user:hunter2%00@h/db",
        "mysql://user:hunter2@h/db",
        "mysql://user:hunter2@h/db?x=y",
        "hunter2",
    ] {
        let error = Endpoint::parse(text, &system_user()).unwrap_err();
        assert!(!format!("{error:?} {error} {:?}", error.hint()).contains("hunter2"), "{text}");
    }
}

#[test]
fn an_endpoint_is_read_back_from_its_url() {
    for host in [
        Host::Local,
        Host::Tcp("db.example.org".into()),
        Host::Tcp("::1".into()),
        Host::Unix(PathBuf::from("/run/my pg")),
        Host::Unix(PathBuf::from("@abstract")),
    ] {
        for port in [5432, 6000] {
            for tls in [
                TlsMode::Disable,
                TlsMode::Allow,
                TlsMode::Prefer,
                TlsMode::Require,
                TlsMode::VerifyCa,
                TlsMode::VerifyFull,
            ] {
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
        prop_assert_eq!(endpoint.password.as_deref(), Some(password.as_str()));
        prop_assert_eq!(endpoint.database(), "db");
        prop_assert_eq!(parse(&endpoint.url_with_password()), endpoint);
    }

    #[test]
    fn any_password_survives_keyword_quoting(password in "[^\0]{1,40}") {
        let quoted = password.replace('\\', r"\\").replace('\'', r"\'");
        let endpoint = parse(&format!("password='{quoted}' host=h user=u"));
        prop_assert_eq!(endpoint.password.as_deref(), Some(password.as_str()));
    }

    #[test]
    fn any_password_may_stand_in_a_keyword_string_beside_a_scheme(password in "[^\0]{0,20}") {
        let quoted = format!("a://{password}").replace('\\', r"\\").replace('\'', r"\'");
        let endpoint = parse(&format!("password='{quoted}' host=h user=u"));
        let expected = format!("a://{password}");
        prop_assert_eq!(endpoint.password.as_deref(), Some(expected.as_str()));
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
            prop_assert_eq!(endpoint.password.as_deref(), Some(password.as_str()));
            prop_assert_eq!(endpoint.host(), &Host::Tcp("db.example.org".into()));
        }
    }
}
