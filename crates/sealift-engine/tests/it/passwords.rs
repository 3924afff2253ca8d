//! Any character in a password, by every way it can be given, for every method.

use crate::support::endpoint;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sealift_core::sql::Sql;
use sealift_engine::postgres::{Defaults, Endpoint};
use sealift_testkit::{Server, ServerSettings};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Every printable character of ASCII, each for itself and all together, and what is beyond ASCII. The
/// second of a pair is how the client types it, which SASLprep makes the same (RFC 4013).
fn passwords() -> Vec<(String, String)> {
    let ascii: String = (' '..='~').collect();
    let mut passwords = vec![
        ascii.clone(),
        ascii.chars().rev().collect(),
        "p@ss:w/o#r%d[s]&?".to_owned(),
        "%41%zz%".to_owned(),
        "ünïcödé-密码-🔑".to_owned(),
        "tab\tand \\ back'slash".to_owned(),
        " leading and trailing ".to_owned(),
    ];
    passwords.extend(ascii.chars().map(|c| format!("{c}a{c}")));
    let mut pairs: Vec<_> = passwords.into_iter().map(|one| (one.clone(), one)).collect();
    for (set, typed) in [
        // A composed letter and its two parts; a space of another kind; a soft hyphen; a ligature.
        ("caf\u{e9}", "cafe\u{301}"),
        ("a\u{a0}b", "a b"),
        ("a\u{ad}b", "ab"),
        ("\u{fb01}n", "fin"),
        // Forbidden by SASLprep, so taken as it is.
        ("a\u{7}b", "a\u{7}b"),
    ] {
        pairs.push((set.to_owned(), typed.to_owned()));
    }
    pairs
}

fn server() -> Server {
    ServerSettings::new()
        .file(
            "pg_hba.conf",
            "local all postgres trust\nhost all postgres 127.0.0.1/32 trust\n\
             host all fresh 127.0.0.1/32 scram-sha-256\nhost all old 127.0.0.1/32 md5\n\
             host all clear 127.0.0.1/32 password\n",
        )
        .start()
}

#[tokio::test]
async fn any_password_logs_in_by_every_way_and_every_method() {
    let server = server();
    let port = server.port();
    let parse = |text: &str, password: Option<&str>| {
        let defaults = Defaults::default()
            .with_variables(|name| password.filter(|_| name == "PGPASSWORD").map(str::to_owned));
        Endpoint::parse(text, &defaults).unwrap()
    };
    let admin = parse(&server.url("postgres"), None).connect("sealift test").await.unwrap();
    let make = Sql::raw("create role fresh login; create role old login; create role clear login");
    admin.batch(&make).await.unwrap();
    for (number, (set, typed)) in passwords().into_iter().enumerate() {
        // By the server's own hand, so that it is the server's SASLprep that is met.
        let sql = Sql::raw("set password_encryption = 'scram-sha-256'; alter role fresh password ")
            .literal(&set)
            .push("; set password_encryption = 'md5'; alter role old password ")
            .literal(&set)
            .push("; alter role clear password ")
            .literal(&set);
        admin.batch(&sql).await.unwrap();
        // Only SCRAM prepares passwords; the other methods compare bytes.
        let roles: &[&str] = if set == typed { &["fresh", "old", "clear"] } else { &["fresh"] };
        for role in roles {
            let encoded = utf8_percent_encode(&typed, NON_ALPHANUMERIC);
            let quoted = typed.replace('\\', r"\\").replace('\'', r"\'");
            let rest = format!("127.0.0.1:{port}/postgres");
            let keywords = format!("host=127.0.0.1 port={port} dbname=postgres user={role}");
            let endpoints = [
                parse(&format!("postgresql://{role}:{encoded}@{rest}"), None),
                parse(&format!("{keywords} password='{quoted}'"), None),
                parse(&keywords, Some(&typed)),
                parse(&keywords, None).with_passwords(|_| Some(typed.clone())),
                parse(&keywords, None).with_password(typed.as_str()),
            ];
            for (index, endpoint) in endpoints.iter().enumerate() {
                // Every way for a few; those of one letter take turns.
                let is_letter = typed.chars().count() == 3;
                if is_letter && (*role != "fresh" || index != number % 2)
                    || *role != "fresh" && index > 1
                {
                    continue;
                }
                let session = endpoint.connect("sealift test").await;
                session.unwrap_or_else(|error| panic!("{role}, way {index}, {typed:?}: {error}"));
            }
        }
    }
}

#[tokio::test]
async fn each_server_of_a_list_may_have_a_password_of_its_own() {
    let server = server();
    let admin = endpoint(&server.url("postgres"));
    let session = admin.connect("sealift test").await.unwrap();
    session.batch(&Sql::raw("create role fresh login password 'right'")).await.unwrap();
    let text =
        format!("host=127.0.0.1,localhost port=1,{} user=fresh dbname=postgres", server.port());
    let endpoint = endpoint(&text).with_passwords(|server| match server.password_name().as_str() {
        "localhost" => Some("right".to_owned()),
        _ => Some("wrong".to_owned()),
    });
    endpoint.connect("sealift test").await.unwrap();
    assert!(!format!("{endpoint} {endpoint:?}").contains("right"));
}

/// Returns the name of the user whose file it is.
fn user_of(file: &Path) -> String {
    let number = std::fs::metadata(file).unwrap().uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find(|line| line.split(':').nth(2) == Some(&number)).unwrap();
    user.split(':').next().unwrap().to_owned()
}

#[tokio::test]
async fn over_a_socket_the_system_vouches_for_its_user() {
    let server = ServerSettings::new()
        .file("pg_hba.conf", "local all postgres peer map=all\nlocal all all peer\n")
        .file("pg_ident.conf", "all /^(.*)$ postgres\n")
        .start();
    let me = user_of(Path::new("/proc/self"));
    let socket =
        format!("host={} port={} dbname=postgres", server.socket_folder().display(), server.port());
    let connect = async |more: &str| {
        let text = format!("{socket} {more}");
        crate::support::connect(&text).await
    };
    let admin = connect("user=postgres").await.unwrap();
    admin
        .batch(
            &Sql::raw("create role nobody_here login; create role ")
                .ident(&sealift_core::name::Ident::new(&me).unwrap())
                .push(" login"),
        )
        .await
        .unwrap();
    connect(&format!("user={me}")).await.unwrap();
    let error = connect("user=nobody_here").await.unwrap_err();
    assert!(error.to_string().contains("the server takes you for another user"), "{error}");

    // Who runs the server is known too.
    let name = user_of(server.socket_folder());
    connect(&format!("user={me} requirepeer={name}")).await.unwrap();
    let error = connect(&format!("user={me} requirepeer=somebody")).await.unwrap_err();
    assert!(error.to_string().contains("another user than `requirepeer` names"), "{error}");
}

#[tokio::test]
async fn ipv6_and_several_addresses_of_a_name_are_tried() {
    let server = ServerSettings::new()
        .configure("listen_addresses = '127.0.0.1,::1'")
        .file("pg_hba.conf", "host all all ::1/128 trust\nhost all all 127.0.0.1/32 trust\n")
        .start();
    let port = server.port();
    for text in [
        format!("postgresql://postgres@[::1]:{port}/postgres"),
        format!("host=::1 port={port} user=postgres dbname=postgres"),
        format!("hostaddr=::1 host=db.example.org port={port} user=postgres dbname=postgres"),
    ] {
        let session = crate::support::connect(&text).await.unwrap();
        let sql = Sql::raw("select family(inet_client_addr())::text");
        assert_eq!(session.query_text(&sql).await.unwrap()[0][0].as_deref(), Some("6"), "{text}");
    }
}
