//! TLS with a certificate from files.

use crate::client::Client;
use crate::running::{Running, TOKEN, options, postgres, token};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use sealift_engine::ErrorKind;
use sealift_serve::{ServeOptions, Server, TlsFiles};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

struct Certified {
    folder: tempfile::TempDir,
    made: rcgen::CertifiedKey<rcgen::KeyPair>,
}

impl Certified {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Self { folder, made }
    }

    fn files(&self) -> TlsFiles {
        let file = |name| self.folder.path().join(name);
        TlsFiles { certificate: file("cert.pem"), key: file("key.pem") }
    }

    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.made.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }
}

fn nobody(tls: TlsFiles) -> ServeOptions {
    ServeOptions { tls: Some(tls), ..options(postgres("postgresql://a@127.0.0.1:1/b")) }
}

#[tokio::test]
async fn requests_come_through_tls_and_silent_connections_keep_nobody_waiting() {
    let certified = Certified::new();
    let options = ServeOptions { token: Some(token()), ..nobody(certified.files()) };
    let server = Running::start(options).await;
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = certified.connector().connect(name, stream).await.unwrap();
    let mut client = Client::over(stream, "localhost".to_owned());
    assert_eq!(client.get("/livez").await.status, 200);
    let answer = client.get(&format!("/?token={TOKEN}")).await;
    assert!(answer.header("set-cookie").unwrap().contains("; Secure"));
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let certified = Certified::new();
    let good = certified.files();
    let other = Certified::new();
    for (files, named) in [
        (TlsFiles { certificate: "/nowhere.pem".into(), ..good.clone() }, "nowhere.pem"),
        (TlsFiles { certificate: good.key.clone(), ..good.clone() }, "no certificate"),
        (TlsFiles { key: good.certificate.clone(), ..good.clone() }, "cert.pem"),
        (TlsFiles { key: other.files().key, ..good.clone() }, "key.pem"),
    ] {
        let error = Server::bind(nobody(files)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(named), "{error}");
        assert!(error.hint().unwrap().contains("--tls-cert"));
    }
}
