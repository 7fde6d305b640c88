//! TLS to a daemon: 1.3 only, as the daemon has it.
//!
//! The daemon makes its own certificate at first start. Who copies it from the host (`pmd certificate show`) and names
//! it with `--cacert` trusts exactly that one; a certificate of an authority is checked as usual.

use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned,
};

use super::Stream;
use crate::failure::Failure;

/// Where systems keep the authorities that they trust.
const SYSTEM: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

pub(super) fn wrap(
    stream: TcpStream,
    host: &str,
    trusted: Option<&Path>,
) -> Result<Box<dyn Stream>, Failure> {
    let bad = |text: String| Failure::misuse(format!("TLS with {host}: {text}"));
    let certificates = certificates(trusted)?;
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(certificates, provider.clone()).map_err(bad)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| bad(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| bad(error.to_string()))?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| bad(error.to_string()))?;
    Ok(Box::new(StreamOwned::new(connection, stream)))
}

fn certificates(trusted: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let system = || SYSTEM.iter().map(Path::new).find(|path| path.exists());
    let path = trusted
        .or_else(system)
        .ok_or_else(|| Failure::misuse("no certificates are trusted; give --cacert FILE"))?;
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    read.map_err(|error| {
        Failure::misuse(format!(
            "cannot read certificates from {}: {error}",
            path.display()
        ))
    })
}

/// Trusts the very certificates that it was given, and what authorities among them have signed.
#[derive(Debug)]
struct Verifier {
    known: Vec<CertificateDer<'static>>,
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(known: Vec<CertificateDer<'static>>, provider: Arc<CryptoProvider>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(known.iter().cloned());
        let authorities = match roots.is_empty() {
            true => None,
            false => {
                let built =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
                Some(built.map_err(|error| error.to_string())?)
            }
        };
        Ok(Verifier {
            known,
            authorities,
            provider,
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.known.iter().any(|known| known == end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.authorities {
            Some(authorities) => {
                authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(rustls::Error::InvalidCertificate(
                rustls::CertificateError::UnknownIssuer,
            )),
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("only TLS 1.3 is spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
