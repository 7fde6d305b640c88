//! Which keys are trusted for a repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use download::without_credentials;
use keyring::{CertificateInfo, Keyring};

use crate::clients::Clients;
use crate::config::{MainConfig, RepoConfig, path_below};
use crate::error::Error;

/// Keys are small; more than this is no key.
const MAX_KEY: u64 = 1 << 20;

/// Asked before a key that came over the network is trusted.
pub type ConfirmKey<'a> = &'a dyn Fn(&RepoConfig, &str, &[CertificateInfo]) -> bool;

/// Keys of a repository: those that are trusted, and those that its settings name and nobody has agreed to yet.
#[derive(Default)]
pub(crate) struct RepoKeys {
    keyring: Keyring,
    pending: Vec<Pending>,
}

/// A key that came over the network.
struct Pending {
    repo: RepoConfig,
    location: String,
    bytes: Vec<u8>,
    kept: PathBuf,
    certificates: Vec<CertificateInfo>,
}

impl RepoKeys {
    /// All of them. What only a key verifies that nobody has agreed to must be shown to [`RepoKeys::accept`]
    /// before it is used.
    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.keyring.extend(other.keyring);
        self.pending.extend(other.pending);
    }

    pub(crate) fn trust(&mut self, keyring: Keyring) {
        self.keyring.extend(keyring);
    }

    /// Asks about each new key that made one of these signatures, and keeps it. Nobody is asked about a key that
    /// signed nothing: it is of no use, and would be trusted for everything later.
    pub(crate) fn accept(&self, signers: &BTreeSet<String>, confirm: ConfirmKey<'_>) -> Result<(), Error> {
        for pending in &self.pending {
            let signed = |key: &CertificateInfo| signers.contains(&key.fingerprint);
            if !pending.certificates.iter().any(signed) {
                continue;
            }
            if !confirm(&pending.repo, &pending.location, &pending.certificates) {
                return Err(bad(&pending.location, &"it was not accepted"));
            }
            keep(&pending.kept, &pending.bytes)?;
        }
        Ok(())
    }
}

/// Finds and loads keys.
pub(crate) struct KeyLoader<'a> {
    pub(crate) root: &'a Path,
    pub(crate) main: &'a MainConfig,
    pub(crate) cache: &'a Path,
    pub(crate) clients: &'a Clients,
}

impl KeyLoader<'_> {
    /// The repository's own keys, or those trusted for everything when it names none.
    pub(crate) fn load(&self, repo: &RepoConfig) -> Result<RepoKeys, Error> {
        let mut keys = RepoKeys::default();
        if repo.gpgkey.is_empty() {
            keys.trust(self.trusted()?);
        }
        for location in &repo.gpgkey {
            match local(location) {
                Some(path) => keys.trust(self.read(location, &path)?),
                None => keys.extend(self.fetch(repo, location)?),
            }
        }
        Ok(keys)
    }

    fn trusted(&self) -> Result<Keyring, Error> {
        let dir = path_below(self.root, &self.main.trusted_keys);
        if !dir.is_dir() {
            return Ok(Keyring::new());
        }
        Keyring::from_dir(&dir).map_err(|error| bad(&dir.display().to_string(), &error))
    }

    /// A file below the root when it is there, else of the host.
    fn read(&self, location: &str, path: &Path) -> Result<Keyring, Error> {
        let below = path_below(self.root, path);
        let path = if below.exists() { below } else { path.to_owned() };
        let bytes = fs::read(path).map_err(|error| bad(location, &error))?;
        Keyring::from_armored(&bytes).map_err(|error| bad(location, &error))
    }

    /// A key from the network, or the copy that was kept when someone agreed to it.
    fn fetch(&self, repo: &RepoConfig, location: &str) -> Result<RepoKeys, Error> {
        let kept = self.cache.join("keys").join(file_name(location));
        let known = fs::read(&kept).ok();
        let bytes = match &known {
            Some(bytes) => bytes.clone(),
            None => self
                .clients
                .for_key(repo, location)
                .get_bytes(location, MAX_KEY)
                .map_err(|source| Error::Download { source })?,
        };
        let keyring = Keyring::from_armored(&bytes).map_err(|error| bad(location, &error))?;
        let pending = Pending {
            repo: repo.clone(),
            location: location.to_owned(),
            bytes,
            kept,
            certificates: keyring.certificates(),
        };
        Ok(RepoKeys {
            keyring,
            pending: if known.is_none() {
                vec![pending]
            } else {
                Vec::new()
            },
        })
    }
}

fn keep(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
    }
    atomic_file::write(path, bytes, 0o644).map_err(|source| bad(&path.display().to_string(), &source))
}

fn file_name(location: &str) -> String {
    use sha2::{Digest, Sha256};
    format!("{}.asc", hex::encode(Sha256::digest(location.as_bytes())))
}

fn local(location: &str) -> Option<PathBuf> {
    let path = location.strip_prefix("file://").unwrap_or(location);
    path.starts_with('/').then(|| PathBuf::from(path))
}

fn bad(location: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::Key {
        location: without_credentials(location),
        reason: reason.to_string(),
    }
}
