//! Which keys are trusted for a repository.

use std::fs;
use std::path::{Path, PathBuf};

use download::Client;
use keyring::{CertificateInfo, Keyring};

use crate::config::{MainConfig, RepoConfig, path_below};
use crate::error::Error;

/// Keys are small; more than this is no key.
const MAX_KEY: u64 = 1 << 20;

/// Asked before a key that came over the network is trusted.
pub type ConfirmKey<'a> = &'a dyn Fn(&RepoConfig, &str, &[CertificateInfo]) -> bool;

/// Finds and loads keys.
pub(crate) struct KeyLoader<'a> {
    pub(crate) root: &'a Path,
    pub(crate) main: &'a MainConfig,
    pub(crate) cache: &'a Path,
    pub(crate) client: &'a Client,
    pub(crate) confirm: ConfirmKey<'a>,
}

impl KeyLoader<'_> {
    /// The repository's own keys, or those trusted for everything when it names none.
    pub(crate) fn load(&self, repo: &RepoConfig) -> Result<Keyring, Error> {
        if repo.gpgkey.is_empty() {
            return self.trusted();
        }
        let mut keyring = Keyring::new();
        for location in &repo.gpgkey {
            keyring.extend(self.load_one(repo, location)?);
        }
        Ok(keyring)
    }

    fn trusted(&self) -> Result<Keyring, Error> {
        let dir = path_below(self.root, &self.main.trusted_keys);
        if !dir.is_dir() {
            return Ok(Keyring::new());
        }
        Keyring::from_dir(&dir).map_err(|error| bad(&dir.display().to_string(), &error))
    }

    fn load_one(&self, repo: &RepoConfig, location: &str) -> Result<Keyring, Error> {
        match local(location) {
            Some(path) => self.read(location, &path),
            None => self.fetch(repo, location),
        }
    }

    /// A file below the root when it is there, else of the host.
    fn read(&self, location: &str, path: &Path) -> Result<Keyring, Error> {
        let below = path_below(self.root, path);
        let path = if below.exists() { below } else { path.to_owned() };
        let bytes = fs::read(path).map_err(|error| bad(location, &error))?;
        Keyring::from_armored(&bytes).map_err(|error| bad(location, &error))
    }

    /// A key from the network is trusted once someone has agreed, and then kept beside the metadata.
    fn fetch(&self, repo: &RepoConfig, location: &str) -> Result<Keyring, Error> {
        let kept = self.cache.join("keys").join(file_name(location));
        if let Ok(bytes) = fs::read(&kept) {
            return Keyring::from_armored(&bytes).map_err(|error| bad(location, &error));
        }
        let bytes = self
            .client
            .get_bytes(location, MAX_KEY)
            .map_err(|source| Error::Download { source })?;
        let keyring = Keyring::from_armored(&bytes).map_err(|error| bad(location, &error))?;
        if !(self.confirm)(repo, location, &keyring.certificates()) {
            return Err(bad(location, &"it was not accepted"));
        }
        keep(&kept, &bytes)?;
        Ok(keyring)
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
        location: location.to_owned(),
        reason: reason.to_string(),
    }
}
