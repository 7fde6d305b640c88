//! Certificates: whom we believe, and who we are.

use std::path::Path;
use std::{env, fs};

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use crate::access::Access;

/// Where distributions keep the bundle: Debian and Lumen, Fedora, Alpine and the BSDs.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// The TLS side of the settings. A file that is named and cannot be used is an error: falling back to
/// something else would trust other servers than was asked for.
pub(crate) fn config(access: &Access) -> Result<TlsConfig, String> {
    let roots = match &access.ca_bundle {
        Some(path) => RootCerts::from(read_certificates(path)?),
        None => system(),
    };
    let client = match &access.client_certificate {
        Some(path) => Some(client(path, access.client_key.as_deref().unwrap_or(path))?),
        None => None,
    };
    let config = TlsConfig::builder()
        .root_certs(roots)
        .client_cert(client)
        .disable_verification(access.insecure);
    Ok(config.build())
}

/// The file named by `SSL_CERT_FILE`, else the first bundle found; else the bundle compiled in.
fn system() -> RootCerts {
    let named = env::var("SSL_CERT_FILE").ok();
    let paths = named.iter().map(String::as_str).chain(BUNDLES);
    let pem = paths
        .filter_map(|path| fs::read(path).ok())
        .find(|pem| !pem.is_empty());
    match pem.as_deref().map(certificates) {
        Some(certificates) if !certificates.is_empty() => RootCerts::from(certificates),
        _ => RootCerts::WebPki,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn read_certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let found = certificates(&read(path)?);
    match found.is_empty() {
        true => Err(format!("{} holds no certificate (PEM)", path.display())),
        false => Ok(found),
    }
}

fn client(certificate: &Path, key: &Path) -> Result<ClientCert, String> {
    let chain = read_certificates(certificate)?;
    let bytes = read(key)?;
    let key =
        PrivateKey::from_pem(&bytes).map_err(|_| format!("{} holds no private key (PEM)", key.display()))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let items = parse_pem(pem).filter_map(Result::ok);
    let certificates = items.filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    certificates.collect()
}
