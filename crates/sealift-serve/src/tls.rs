//! Certificate and key of a server that speaks TLS.

use crate::options::TlsFiles;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sealift_engine::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Reads both files.
pub(crate) async fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor> {
    let text = read(&files.certificate).await?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(&files.certificate, &error))?;
    if certificates.is_empty() {
        return Err(unusable(&files.certificate, &"it holds no certificate"));
    }
    let text = read(&files.key).await?;
    let key = PrivateKeyDer::from_pem_slice(&text).map_err(|error| unusable(&files.key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| unusable(&files.key, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn read(file: &Path) -> Result<Vec<u8>> {
    tokio::fs::read(file).await.map_err(|error| unusable(file, &error))
}

fn unusable(file: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Usage, format!("cannot use {} for TLS: {why}", file.display()))
        .hinted("give the certificate with its chain (--tls-cert) and its key (--tls-key), both in PEM form")
}
