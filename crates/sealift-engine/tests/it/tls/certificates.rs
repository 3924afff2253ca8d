//! Every sslmode with every kind of certificate, beside what `psql` does with the same.

use super::authority::{Authority, Pem, Wanted};
use super::psql::{Verdict, psql};
use sealift_core::sql::Sql;
use sealift_testkit::{Server, StopMode};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A server's certificate, and what the client is given.
struct Case {
    name: &'static str,
    host: &'static str,
    server: Pem,
    roots: String,
    revoked: Option<String>,
}

/// The modes, and whether the client has the root file.
const COLUMNS: [(&str, bool); 8] = [
    ("disable", false),
    ("allow", false),
    ("prefer", false),
    ("require", false),
    ("prefer", true),
    ("require", true),
    ("verify-ca", true),
    ("verify-full", true),
];

/// Where we refuse, with a root file, what libpq takes. `docs/reference/connections.md` says why.
const DIFFERENCES: [&str; 1] = ["CA:TRUE, with a revocation list"];

impl Case {
    /// Writes what the client is given into files, and returns how they are named to it.
    fn given(&self, folder: &Path) -> String {
        let (root, list) = (folder.join("root.crt"), folder.join("root.crl"));
        std::fs::write(&root, &self.roots).unwrap();
        let mut given = format!(" sslrootcert={}", root.display());
        if let Some(revoked) = &self.revoked {
            std::fs::write(&list, revoked).unwrap();
            given.push_str(&format!(" sslcrl={}", list.display()));
        }
        given
    }
}

fn case(name: &'static str, server: Pem, roots: &str) -> Case {
    Case { name, host: "db.example.org", server, roots: roots.to_owned(), revoked: None }
}

/// A certificate of X.509 version 1, which only OpenSSL makes, so it is kept in files.
macro_rules! kept {
    ($name:literal) => {
        Pem {
            certificate: include_str!(concat!("kept/", $name, ".crt")).to_owned(),
            key: include_str!(concat!("kept/", $name, ".key")).to_owned(),
        }
    };
}

/// What a certificate is for.
fn names() -> Vec<Case> {
    let root = Authority::new("Sealift root");
    let pem = root.pem();
    let address = |host| move |case: Case| Case { host, ..case };
    vec![
        case("name in subjectAltName", root.sign(Wanted::good()), &pem),
        case("wildcard", root.sign(Wanted::named("x", &["*.example.org"])), &pem),
        case("wildcard of a part", root.sign(Wanted::named("x", &["d*.example.org"])), &pem),
        case("wildcard two labels up", root.sign(Wanted::named("x", &["*.org"])), &pem),
        address("127.0.0.1")(case(
            "IP address",
            root.sign(Wanted::named("x", &["127.0.0.1"])),
            &pem,
        )),
        address("127.0.0.1")(case(
            "IP address, as a name",
            root.sign(Wanted::named("x", &[]).with_text_name("127.0.0.1")),
            &pem,
        )),
        address("127.0.0.1")(case(
            "IP address, as common name",
            root.sign(Wanted::named("127.0.0.1", &[])),
            &pem,
        )),
        case("another name", root.sign(Wanted::named("x", &["other.example.org"])), &pem),
        case("common name only", root.sign(Wanted::named("db.example.org", &[])), &pem),
        case(
            "common name, but another subjectAltName",
            root.sign(Wanted::named("db.example.org", &["other.example.org"])),
            &pem,
        ),
    ]
}

/// Who has signed it, and when.
fn signers() -> Vec<Case> {
    let root = Authority::new("Sealift root");
    let stranger = Authority::new("a stranger");
    let pem = root.pem();
    let with = |server: &Pem, more: &str| Pem {
        certificate: format!("{}{more}", server.certificate),
        key: server.key.clone(),
    };
    let own = Wanted::good().self_signed();
    let own_authority = Wanted::good().of_openssl().self_signed();
    let old_root = Authority::of(Wanted::named("an old root", &[]).authority().years(2001, 2011));
    let between = root.below("Sealift intermediate");
    let leaf = between.sign(Wanted::good());
    let version_1 = kept!("server");
    vec![
        case(
            "common name, and an IP address",
            root.sign(Wanted::named("db.example.org", &["127.0.0.1"])),
            &pem,
        ),
        case("common name only, X.509 v1", kept!("signed"), include_str!("kept/ca.crt")),
        case(
            "common name only, X.509 v1, RSA",
            kept!("rsa-signed"),
            include_str!("kept/rsa-ca.crt"),
        ),
        Case {
            host: "localhost",
            ..case(
                "self-signed X.509 v1, itself the root",
                version_1.clone(),
                &version_1.certificate,
            )
        },
        case("X.509 v1 of an unknown authority", kept!("signed"), &pem),
        case("self-signed, itself the root", own.clone(), &own.certificate),
        case(
            "self-signed with CA:TRUE, itself the root",
            own_authority.clone(),
            &own_authority.certificate,
        ),
        case("self-signed, another root", own, &pem),
        case("self-signed with CA:TRUE, another root", own_authority, &pem),
        case("unknown authority", stranger.sign(Wanted::good()), &pem),
        case(
            "unknown authority of the same name",
            Authority::new("Sealift root").sign(Wanted::good()),
            &pem,
        ),
        case("expired", root.sign(Wanted::good().years(2001, 2011)), &pem),
        case("not valid yet", root.sign(Wanted::good().years(2099, 2100)), &pem),
        case("expired root", old_root.sign(Wanted::good()), &old_root.pem()),
        case("CA:TRUE, signed by the root", root.sign(Wanted::good().of_openssl()), &pem),
        case(
            "CA:TRUE, below an intermediate",
            with(&between.sign(Wanted::good().of_openssl()), &between.pem()),
            &pem,
        ),
        case("for clients only", root.sign(Wanted::good().for_clients()), &pem),
        case("intermediate sent along", with(&leaf, &between.pem()), &pem),
        case("intermediate missing", leaf.clone(), &pem),
        case("intermediate in the root file", leaf.clone(), &format!("{}{pem}", between.pem())),
        case("intermediate as the only root", leaf, &between.pem()),
    ]
}

/// An authority's certificate as a server's, below others.
fn depths() -> Vec<Case> {
    let root = Authority::new("Sealift root");
    let pem = root.pem();
    let below = |upper: &Authority, lower: &Authority| {
        let leaf = lower.sign(Wanted::good().of_openssl());
        let certificate = format!("{}{}{}", leaf.certificate, lower.pem(), upper.pem());
        Pem { certificate, key: leaf.key }
    };
    let (free, last) = (root.below("may sign authorities"), root.last_below("may sign none"));
    vec![
        case("CA:TRUE, below two", below(&free, &free.last_below("the last")), &pem),
        case("CA:TRUE, below one that may sign none", below(&last, &last.below("too many")), &pem),
        case(
            "CA:TRUE, below strangers",
            below(&free, &free.below("x")),
            &Authority::new("y").pem(),
        ),
    ]
}

/// What was taken back.
fn lists() -> Vec<Case> {
    let root = Authority::new("Sealift root");
    let stranger = Authority::new("a stranger");
    let pem = root.pem();
    vec![
        Case {
            revoked: Some(root.revoke(2020, 2099)),
            ..case("revoked", root.sign(Wanted::good().revocable()), &pem)
        },
        Case {
            revoked: Some(root.revoke(2020, 2099)),
            ..case("another one revoked", root.sign(Wanted::good()), &pem)
        },
        Case {
            revoked: Some(root.revoke(2020, 2021)),
            ..case("revocation list out of date", root.sign(Wanted::good()), &pem)
        },
        Case {
            revoked: Some(stranger.revoke(2020, 2099)),
            ..case("revocation list of another", root.sign(Wanted::good()), &pem)
        },
        Case {
            revoked: Some(root.revoke(2020, 2099)),
            ..case("CA:TRUE, with a revocation list", root.sign(Wanted::good().of_openssl()), &pem)
        },
    ]
}

async fn ours(connection: &str) -> sealift_engine::Result<Verdict> {
    let session = crate::support::connect(connection).await?;
    let sql = Sql::raw("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    let rows = session.query_text(&sql).await.unwrap();
    Ok(if rows[0][0].as_deref() == Some("t") { Verdict::Tls } else { Verdict::Plain })
}

/// Where the results stand in the documentation.
const TABLE: [&str; 2] = ["<!-- tls: written by a test -->\n", "<!-- tls: end -->\n"];

/// What both made of one case and one column.
struct Outcome {
    ours: sealift_engine::Result<Verdict>,
    theirs: Verdict,
}

impl Outcome {
    fn verdict(&self) -> Verdict {
        *self.ours.as_ref().unwrap_or(&Verdict::Refused)
    }

    /// Returns the cell of the table.
    fn cell(&self) -> String {
        let (ours, theirs) = (self.verdict(), self.theirs);
        if ours == theirs {
            ours.word().to_owned()
        } else {
            format!("**{}** (libpq: {})", ours.word(), theirs.word())
        }
    }
}

async fn try_both(connection: String, home: PathBuf) -> Outcome {
    let text = connection.clone();
    let asking = tokio::task::spawn_blocking(move || psql(&text, &home));
    let ours = ours(&connection).await;
    if let Err(error) = &ours {
        assert!(error.hint().is_some(), "{error:?}");
    }
    Outcome { ours, theirs: asking.await.unwrap() }
}

/// To write the table anew: `SEALIFT_WRITE_DOCS=1 cargo nextest run -p sealift-engine certificates`
#[tokio::test]
async fn every_mode_takes_the_certificates_that_libpq_takes() {
    let mut server = Server::start();
    server.configure("ssl = on");
    let files = tempfile::tempdir().unwrap();
    let mut table = String::from(
        "\n| the server's certificate | disable | allow | prefer | require | prefer, root file | \
         require, root file | verify-ca | verify-full |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    let mut wrong = Vec::new();
    for case in names().into_iter().chain(signers()).chain(depths()).chain(lists()) {
        server.stop(StopMode::Immediate);
        server.write("server.crt", &case.server.certificate);
        server.write("server.key", &case.server.key);
        server.start_again();
        let given = case.given(files.path());
        let results = futures_util::future::join_all(COLUMNS.map(|(mode, has_root)| {
            let connection = format!(
                "hostaddr=127.0.0.1 host={} port={} user=postgres dbname=postgres sslmode={mode}{}",
                case.host,
                server.port(),
                if has_root { given.as_str() } else { "" }
            );
            try_both(connection, files.path().to_path_buf())
        }))
        .await;
        let cells: Vec<String> = results.iter().map(Outcome::cell).collect();
        writeln!(table, "| {} | {} |", case.name, cells.join(" | ")).unwrap();
        for ((mode, has_root), result) in COLUMNS.iter().zip(&results) {
            let is_known = *has_root && DIFFERENCES.contains(&case.name);
            if (result.verdict() != result.theirs) != is_known {
                let said = result.ours.as_ref().err().map(ToString::to_string);
                let theirs = result.theirs;
                wrong.push(format!(
                    "{}, {mode}, {has_root}: {:?}, psql {theirs:?}: {said:?}",
                    case.name,
                    result.verdict()
                ));
            }
        }
    }
    table.push('\n');
    println!("{table}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    is_documented(&table);
}

#[track_caller]
fn is_documented(table: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/connections.md");
    let current = std::fs::read_to_string(&file).unwrap();
    let [begin, end] = TABLE;
    let (before, rest) = current.split_once(begin).expect("the page has the first line");
    let (_, after) = rest.split_once(end).expect("the page has the last line");
    let page = format!("{before}{begin}{table}{end}{after}");
    if std::env::var_os("SEALIFT_WRITE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), page);
}
