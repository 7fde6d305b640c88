//! The certificates that HTTPS servers are checked against: the system's bundle.

use std::{env, fs};

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// Where distributions keep the bundle: Debian and Lumen, Fedora, Alpine and the BSDs.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// The file named by `SSL_CERT_FILE`, else the first bundle found; else the bundle compiled in.
pub(crate) fn system() -> RootCerts {
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

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let items = parse_pem(pem).filter_map(Result::ok);
    let certificates = items.filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    certificates.collect()
}
