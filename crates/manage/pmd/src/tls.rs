//! TLS 1.3: the key made at first start, its rotation, one's own certificate, client certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};

use crate::config::{Config, Tls};

const DAY: u64 = 86_400;

/// Where certificate and key are.
#[derive(Debug, Clone)]
pub struct Files {
    /// The certificate with its chain, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// Whether they are of our own making, so that we make them anew.
    pub own: bool,
}

impl Files {
    /// Those of the configuration, or our own.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        match (&config.tls.certificate, &config.tls.key) {
            (Some(certificate), Some(key)) => Ok(Files {
                certificate: certificate.clone(),
                key: key.clone(),
                own: false,
            }),
            (None, None) => Ok(Files {
                certificate: config.paths.state.join("server.crt"),
                key: config.paths.state.join("server.key"),
                own: true,
            }),
            _ => bail!("[tls] needs both `certificate` and `key`, or neither"),
        }
    }

    /// Makes key and certificate when there are none, or when a third of their time is left.
    pub fn ensure(&self, days: u32) -> anyhow::Result<()> {
        if !self.own {
            return Ok(());
        }
        let age = fs::metadata(&self.certificate)
            .and_then(|metadata| metadata.modified())
            .ok()
            .map(|made| SystemTime::now().duration_since(made).unwrap_or_default());
        let limit = Duration::from_secs(u64::from(days) * DAY / 3 * 2);
        match age {
            Some(age) if age < limit && self.key.exists() => Ok(()),
            _ => self.make(days),
        }
    }

    /// Makes a new key and certificate.
    pub fn make(&self, days: u32) -> anyhow::Result<()> {
        let key = rcgen::KeyPair::generate().context("cannot make a key")?;
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        if pmd_api::names::HostName::new(name.clone()).is_ok() {
            names.insert(0, name.clone());
        }
        let mut wanted = rcgen::CertificateParams::new(names).context("cannot make a certificate")?;
        wanted.distinguished_name = rcgen::DistinguishedName::new();
        wanted
            .distinguished_name
            .push(rcgen::DnType::CommonName, format!("pmd on {name}"));
        let today = crate::clock::seconds() / DAY;
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        wanted.not_before = epoch + Duration::from_secs((today - 1) * DAY);
        wanted.not_after = epoch + Duration::from_secs((today + 1 + u64::from(days)) * DAY);
        let certificate = wanted.self_signed(&key).context("cannot make a certificate")?;
        write(&self.key, &key.serialize_pem(), 0o600)?;
        write(&self.certificate, &certificate.pem(), 0o644)
    }

    fn load(&self) -> anyhow::Result<CertifiedKey> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .with_context(|| format!("cannot read the certificate {}", self.certificate.display()))?;
        if chain.is_empty() {
            bail!("{} has no certificate in it", self.certificate.display());
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .with_context(|| format!("cannot read the key {}", self.key.display()))?;
        let key =
            any_supported_type(&key).with_context(|| format!("cannot use the key {}", self.key.display()))?;
        let pair = CertifiedKey::new(chain, key);
        pair.keys_match()
            .context("key and certificate do not belong together")?;
        Ok(pair)
    }
}

fn write(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    // Between the two files a crash leaves a pair that does not match; it is made anew then, as its key is newer.
    atomic_file::write(path, text.as_bytes(), mode)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The certificate in use, which can be replaced while connections are open.
#[derive(Debug)]
pub struct Current(RwLock<Arc<CertifiedKey>>);

impl Current {
    /// Loads it; makes it when it has to be made.
    pub fn load(files: &Files, days: u32) -> anyhow::Result<Arc<Self>> {
        files.ensure(days)?;
        let pair = match files.load() {
            Err(_) if files.own => {
                files.make(days)?;
                files.load()?
            }
            other => other?,
        };
        Ok(Arc::new(Current(RwLock::new(Arc::new(pair)))))
    }

    /// Loads it again, after a rotation. The old one stays in use when the new one cannot be used.
    pub fn reload(&self, files: &Files, days: u32) -> anyhow::Result<()> {
        files.ensure(days)?;
        let pair = Arc::new(files.load()?);
        if let Ok(mut current) = self.0.write() {
            *current = pair;
        }
        Ok(())
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().ok().map(|current| current.clone())
    }
}

/// How we speak TLS.
pub fn server(tls: &Tls, current: Arc<Current>) -> anyhow::Result<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .context("TLS 1.3 cannot be used")?;
    let builder = match &tls.client_ca {
        None if tls.require_client_certificate => bail!("require_client_certificate needs client_ca"),
        None => builder.with_no_client_auth(),
        Some(path) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(
                Arc::new(authorities(path)?),
                Arc::new(default_provider()),
            );
            let verifier = match tls.require_client_certificate {
                true => verifier,
                false => verifier.allow_unauthenticated(),
            };
            builder.with_client_cert_verifier(verifier.build().context("client_ca cannot be used")?)
        }
    };
    let mut config = builder.with_cert_resolver(current);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // No state for each client between connections, and no data before the handshake is over.
    config.send_tls13_tickets = 1;
    config.max_early_data_size = 0;
    Ok(config)
}

fn authorities(path: &Path) -> anyhow::Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    let found =
        CertificateDer::pem_file_iter(path).with_context(|| format!("cannot read {}", path.display()))?;
    for certificate in found {
        store.add(certificate.with_context(|| format!("cannot read {}", path.display()))?)?;
    }
    if store.is_empty() {
        bail!("{} has no certificate in it", path.display());
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(dir: &Path) -> Files {
        Files {
            certificate: dir.join("server.crt"),
            key: dir.join("server.key"),
            own: true,
        }
    }

    #[test]
    fn a_key_is_made_once_and_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let files = files(dir.path());
        files.ensure(365).unwrap();
        let first = fs::read(&files.certificate).unwrap();
        files.ensure(365).unwrap();
        assert_eq!(first, fs::read(&files.certificate).unwrap());
        assert_eq!(
            fs::metadata(&files.key).unwrap().permissions().mode() & 0o777,
            0o600
        );
        files.load().unwrap();
    }

    #[test]
    fn an_old_certificate_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let files = files(dir.path());
        files.make(365).unwrap();
        let first = fs::read(&files.certificate).unwrap();
        let old = SystemTime::now() - Duration::from_secs(250 * DAY);
        fs::File::options()
            .write(true)
            .open(&files.certificate)
            .unwrap()
            .set_modified(old)
            .unwrap();
        let current = Current::load(&files, 365).unwrap();
        assert_ne!(first, fs::read(&files.certificate).unwrap());
        current.reload(&files, 365).unwrap();
    }

    #[test]
    fn a_key_of_another_certificate_is_refused_or_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = files(dir.path());
        files.make(365).unwrap();
        let key = fs::read(&files.key).unwrap();
        files.make(365).unwrap();
        fs::write(&files.key, key).unwrap();
        assert!(files.load().is_err());
        files.own = false;
        assert!(Current::load(&files, 365).is_err());
        files.own = true;
        assert!(Current::load(&files, 365).is_ok());
    }
}
