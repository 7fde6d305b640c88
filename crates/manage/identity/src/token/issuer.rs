//! Where an issuer's keys come from: a file, or the issuer itself (OpenID Connect Discovery 1.0), remembered on disk.
//!
//! Keys are fetched when the first token comes, again when they are an hour old, and when a token names a key that we do not
//! know - but then no more than once a minute, since anybody can name unknown keys. When the issuer cannot be reached, what
//! is on disk counts for a day.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::error::Error;
use super::jws::Token;
use super::keys::KeySet;
use super::{Issuer, KeySource};

/// After this, keys are fetched again.
const FRESH: Duration = Duration::from_secs(3600);
/// After this, keys are not believed any more: the issuer may have withdrawn them.
const USABLE: Duration = Duration::from_secs(86_400);
/// The least time between two attempts.
const PAUSE: Duration = Duration::from_secs(60);
/// For a whole answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer.
const MAX_BODY: u64 = 262_144;

/// The keys of one issuer.
#[derive(Debug)]
pub struct IssuerKeys {
    issuer: String,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(KeySet),
    Https {
        source: HttpsSource,
        cache: PathBuf,
        state: Mutex<State>,
    },
}

#[derive(Debug, Default)]
struct State {
    keys: Option<(Arc<KeySet>, SystemTime)>,
    tried: Option<SystemTime>,
    /// Why the last attempt failed.
    failure: Option<String>,
}

impl IssuerKeys {
    pub(super) fn new(issuer: &Issuer, cache: PathBuf) -> Result<Self, Error> {
        let source = match &issuer.keys {
            KeySource::File(path) => Source::File(read(&issuer.issuer, path)?),
            KeySource::Discovery { ca } => Source::Https {
                source: HttpsSource::new(&issuer.issuer, ca.as_deref())?,
                cache: cache.join(format!("{}.jwks", hex::encode(Sha256::digest(&issuer.issuer)))),
                state: Mutex::default(),
            },
        };
        Ok(Self {
            issuer: issuer.issuer.clone(),
            source,
        })
    }

    /// The payload of a token that one of the keys signed.
    pub(super) fn verify<'a>(&self, token: &'a Token<'_>, now: SystemTime) -> Result<&'a [u8], Error> {
        match &self.source {
            Source::File(keys) => keys.verify(token),
            Source::Https { .. } => match self.fetched(now, FRESH)?.verify(token) {
                // The issuer may have begun to use a new key.
                Err(Error::UnknownKey { .. }) => self.fetched(now, Duration::ZERO)?.verify(token),
                outcome => outcome,
            },
        }
    }

    /// Keys, fetched anew if those we have are older than `age` and the last attempt is not too recent.
    fn fetched(&self, now: SystemTime, age: Duration) -> Result<Arc<KeySet>, Error> {
        let Source::Https { source, cache, state } = &self.source else {
            return Err(self.failed("they are in a file"));
        };
        // While one fetches, others wait for the same keys.
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.keys.is_none() {
            state.keys = from_disk(cache);
        }
        let old = |since: Option<SystemTime>, limit: Duration| {
            since.is_none_or(|since| now.duration_since(since).is_ok_and(|age| age >= limit))
        };
        let fetched = state.keys.as_ref().map(|(_, since)| *since);
        if old(fetched, age) && old(state.tried, PAUSE) {
            state.tried = Some(now);
            self.refresh(source, cache, &mut state, now);
        }
        match &state.keys {
            Some((keys, since)) if !old(Some(*since), USABLE) => Ok(Arc::clone(keys)),
            _ => Err(self.failed(state.failure.as_deref().unwrap_or("they are too old"))),
        }
    }

    fn refresh(&self, source: &HttpsSource, cache: &Path, state: &mut State, now: SystemTime) {
        let fetched = source.fetch().and_then(|json| {
            let keys = KeySet::parse(&json).map_err(|error| error.to_string())?;
            Ok((keys, json))
        });
        match fetched {
            Ok((keys, json)) => {
                state.keys = Some((Arc::new(keys), now));
                // Only for when the issuer is down later; without it we ask again.
                let _ = to_disk(cache, &json, now);
                state.failure = None;
            }
            Err(why) => state.failure = Some(why),
        }
    }

    fn failed(&self, why: &str) -> Error {
        Error::Fetch {
            issuer: self.issuer.clone(),
            why: why.to_owned(),
        }
    }
}

fn read(issuer: &str, path: &Path) -> Result<KeySet, Error> {
    let json = fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    KeySet::parse(&json).map_err(|source| Error::Keys {
        issuer: issuer.to_owned(),
        source,
    })
}

/// The file is as old as the keys.
fn to_disk(path: &Path, json: &[u8], now: SystemTime) -> std::io::Result<()> {
    atomic_file::write(path, json, 0o600).map_err(std::io::Error::other)?;
    fs::File::options().append(true).open(path)?.set_modified(now)
}

/// Keys of an earlier run, as old as their file.
fn from_disk(path: &Path) -> Option<(Arc<KeySet>, SystemTime)> {
    let since = fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?;
    let keys = KeySet::parse(&fs::read(path).ok()?).ok()?;
    Some((Arc::new(keys), since))
}

/// An issuer's keys over https.
#[derive(Debug)]
pub struct HttpsSource {
    issuer: String,
    agent: ureq::Agent,
}

/// The part of the provider's metadata that counts.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl HttpsSource {
    /// `ca` is a file of certificates to trust instead of the public CAs'.
    ///
    /// # Errors
    /// When the issuer is not reached by https, or the file cannot be read.
    pub fn new(issuer: &str, ca: Option<&Path>) -> Result<Self, Error> {
        if !issuer.starts_with("https://") {
            return Err(Error::Configuration {
                issuer: issuer.to_owned(),
                problem: "its keys can only be fetched over https".to_owned(),
            });
        }
        let mut tls = ureq::tls::TlsConfig::builder();
        if let Some(ca) = ca {
            tls = tls.root_certs(roots(issuer, ca)?);
        }
        let config = ureq::Agent::config_builder()
            .https_only(true)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .tls_config(tls.build())
            .build();
        Ok(Self {
            issuer: issuer.to_owned(),
            agent: config.into(),
        })
    }

    /// The set of keys, as it came.
    ///
    /// # Errors
    /// What could not be fetched, or is not of this issuer.
    pub fn fetch(&self) -> Result<Vec<u8>, String> {
        let address = format!(
            "{}/.well-known/openid-configuration",
            self.issuer.trim_end_matches('/')
        );
        let metadata: Metadata =
            serde_json::from_slice(&self.get(&address)?).map_err(|error| format!("{address}: {error}"))?;
        // OpenID Connect Discovery 1.0, 4.3.
        if metadata.issuer != self.issuer {
            return Err(format!("{address} is of the issuer {:?}", metadata.issuer));
        }
        self.get(&metadata.jwks_uri)
    }

    fn get(&self, address: &str) -> Result<Vec<u8>, String> {
        let failed = |error: ureq::Error| format!("{address}: {error}");
        let mut answer = self.agent.get(address).call().map_err(failed)?;
        answer
            .body_mut()
            .with_config()
            .limit(MAX_BODY)
            .read_to_vec()
            .map_err(failed)
    }
}

fn roots(issuer: &str, path: &Path) -> Result<ureq::tls::RootCerts, Error> {
    let pem = fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let certificates: Vec<_> = ureq::tls::parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(ureq::tls::PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(Error::Configuration {
            issuer: issuer.to_owned(),
            problem: format!("{} holds no certificate", path.display()),
        });
    }
    Ok(ureq::tls::RootCerts::new_with_certs(&certificates))
}
