//! The key that signs packages and repositories: made on first use, never part of the project.

use std::fs;
use std::path::Path;

use anyhow::Context;
use keyring::SigningKey;
use sha2::{Digest, Sha256};

/// The secret key, readable by its owner only.
const SECRET: &str = "signing-key.asc";
/// Its certificate, under the name it has on the systems it is trusted on.
const PUBLIC: &str = "RPM-GPG-KEY-lumen";
const USER_ID: &str = "Lumen OS packages built here <packages@localhost>";
/// 2025-01-01: before every date a lock file may have, since signatures must not be older than their key.
const CREATED: u32 = 1_735_689_600;

/// The signing key and its certificate.
pub(crate) struct Keys {
    pub(crate) signing: SigningKey,
    pub(crate) public: String,
    /// What keys of single builds are derived from: as secret as the signing key, and gone with it.
    pub(crate) secret: [u8; 32],
}

impl Keys {
    /// Loads the key of a directory, or makes one there.
    pub(crate) fn open(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join(SECRET);
        if !path.exists() {
            make(dir).with_context(|| format!("cannot make a signing key in {}", dir.display()))?;
        }
        let signing = SigningKey::load(&path)?;
        let public = signing.public_armored()?;
        let secret = Sha256::digest(fs::read(&path)?).into();
        Ok(Self {
            signing,
            public,
            secret,
        })
    }
}

/// One program at a time: the second finds the key of the first.
fn make(dir: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(dir)?;
    let lock = fs::File::create(dir.join(".lock"))?;
    lock.lock()?;
    if dir.join(SECRET).exists() {
        return Ok(());
    }
    let key = SigningKey::generate(USER_ID, CREATED)?;
    fs::write(dir.join(PUBLIC), key.public_armored()?)?;
    Ok(key.save(&dir.join(SECRET))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_kept_secret() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        let first = Keys::open(&keys).unwrap();
        let second = Keys::open(&keys).unwrap();
        assert_eq!(first.signing.fingerprint(), second.signing.fingerprint());
        assert_eq!(first.secret, second.secret);
        let mode = fs::metadata(keys.join(SECRET)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_to_string(keys.join(PUBLIC)).unwrap(), first.public);
    }

    #[test]
    fn many_at_once_agree_on_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Keys::open(dir.path()).unwrap().signing.fingerprint();
        let found: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
