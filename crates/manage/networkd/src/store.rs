//! Reading files and replacing them durably, with the mode and owner they must have.
//!
//! systemd.netdev(5): a file with a private key should be readable by root and the group systemd-network only.
//! Other files keep their mode and owner; new ones are for all to read.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use atomic_file::AtomicFile;
use rustix::fs::{Gid, Uid};

use crate::document::Document;

/// What could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file or directory could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The directory of a file could not be made.
    #[error("cannot make the directory {}: {source}", path.display())]
    MakeDir {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The owner could not be set.
    #[error("cannot give {} its owner and group: {source}", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file could not be replaced; the old one is as it was.
    #[error(transparent)]
    Replace(#[from] atomic_file::Error),
}

/// Reads a file; `None` if there is none.
pub fn load(path: &Path) -> Result<Option<Document>, StoreError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(Document::parse(&bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Whether a file holds a key that is nobody's business.
pub fn holds_secret(file: &Document) -> bool {
    let is_set = |section, key| file.assigned(section, key).iter().any(|value| !value.is_empty());
    is_set("WireGuard", "PrivateKey")
        || is_set("WireGuardPeer", "PresharedKey")
        || is_set("MACsecTransmitAssociation", "Key")
        || is_set("Link", "WakeOnLanPassword")
}

/// Whether a file is nothing but a key, as those that `PrivateKeyFile=` names; we call them `*.key`.
pub fn is_key_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "key")
}

/// Replaces a file, or makes it with its directory. `secrets_group` may read files with keys in them.
pub fn write(path: &Path, file: &Document, secrets_group: Option<u32>) -> Result<(), StoreError> {
    make_directory(path)?;
    let old = std::fs::metadata(path).ok();
    let secret = holds_secret(file) || is_key_file(path);
    let kept = old
        .as_ref()
        .map_or(0o644, |meta| meta.permissions().mode() & 0o7777);
    let mode = if secret { kept & 0o640 | 0o600 } else { kept };
    // Until it has its owner nobody else may open it.
    let mut new = AtomicFile::create_with_mode(path, if secret { 0o600 } else { mode })?;
    new.write_all(&file.to_bytes())
        .map_err(|source| atomic_file::Error::Write {
            path: path.to_owned(),
            source,
        })?;
    let owner = old.as_ref().map_or(0, MetadataExt::uid);
    let group = match (secret, secrets_group) {
        (true, Some(group)) => group,
        _ => old.as_ref().map_or(0, MetadataExt::gid),
    };
    let mode = if secret && secrets_group.is_some() {
        0o640
    } else {
        mode
    };
    give(new.file_mut(), owner, group, mode).map_err(|source| StoreError::Owner {
        path: path.to_owned(),
        source,
    })?;
    Ok(new.commit()?)
}

fn make_directory(path: &Path) -> Result<(), StoreError> {
    let Some(directory) = path.parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(directory).map_err(|source| StoreError::MakeDir {
        path: directory.to_owned(),
        source,
    })
}

/// Sets owner and group, then the mode (chown(2) may clear bits). An ordinary user works on a tree of his own,
/// and its files are his.
fn give(file: &File, owner: u32, group: u32, mode: u32) -> io::Result<()> {
    if rustix::process::geteuid().is_root() {
        rustix::fs::fchown(file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(group)))?;
    }
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}
