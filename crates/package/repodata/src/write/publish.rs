//! From documents to a `repodata` directory in its place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use sha2::{Digest, Sha256};

use super::{Document, WriteOptions};
use crate::error::Error;
use crate::repomd::{Record, Repomd};

/// Compresses, writes and signs everything beside the old metadata, then swaps the directories.
pub(super) fn publish(
    dir: &Path,
    documents: &[Document],
    options: &WriteOptions<'_>,
) -> Result<Repomd, Error> {
    let staging = Staging::create(dir)?;
    let records: Vec<Record> = documents
        .par_iter()
        .map(|document| staging.write_document(document, options))
        .collect::<Result<_, _>>()?;
    let repomd = Repomd {
        revision: options.time.to_string(),
        records,
    };
    let text = repomd.to_xml();
    staging.write("repomd.xml", text.as_bytes())?;
    if let Some(key) = options.signer {
        let signature = key.sign_detached_armored(text.as_bytes(), options.time);
        let signature = signature.map_err(|source| Error::SignMetadata { source })?;
        staging.write("repomd.xml.asc", signature.as_bytes())?;
    }
    staging.commit(&dir.join("repodata"))?;
    Ok(repomd)
}

/// The new directory, not yet in place. Removed on failure.
struct Staging {
    path: PathBuf,
}

impl Staging {
    fn create(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(format!(".repodata.{}", std::process::id()));
        let failed = |source| Error::WriteMetadata {
            path: path.clone(),
            source,
        };
        remove(&path).map_err(failed)?;
        fs::create_dir(&path).map_err(failed)?;
        Ok(Self { path })
    }

    /// Names carry the digest, so that no cache on the way can mix an old file with a new one.
    fn write_document(&self, document: &Document, options: &WriteOptions<'_>) -> Result<Record, Error> {
        let compressed = zstd::bulk::compress(document.text.as_bytes(), options.level).map_err(|source| {
            Error::WriteMetadata {
                path: self.path.join(document.kind),
                source,
            }
        })?;
        let checksum = hex::encode(Sha256::digest(&compressed));
        let name = format!("{checksum}-{}.xml.zst", document.kind);
        self.write(&name, &compressed)?;
        Ok(Record {
            kind: document.kind.to_owned(),
            location: format!("repodata/{name}"),
            checksum_type: "sha256".to_owned(),
            checksum,
            open_checksum: hex::encode(Sha256::digest(document.text.as_bytes())),
            size: Some(compressed.len() as u64),
            open_size: Some(document.text.len() as u64),
            timestamp: Some(u64::from(options.time)),
        })
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path.join(name);
        atomic_file::write(&path, bytes, 0o644).map_err(|error| Error::WriteMetadata {
            path,
            source: io::Error::other(error),
        })
    }

    /// Exchanges the directories in one step where there is an old one (renameat2(2), `RENAME_EXCHANGE`).
    fn commit(self, target: &Path) -> Result<(), Error> {
        let failed = |source| Error::Publish {
            path: target.to_owned(),
            source,
        };
        if target.exists() {
            self.exchange(target).map_err(failed)?;
        } else {
            fs::rename(&self.path, target).map_err(failed)?;
        }
        let parent = target.parent().unwrap_or(target);
        atomic_file::sync_dir(parent).map_err(|error| failed(io::Error::other(error)))
    }

    /// A file system without exchange (some network ones) gets two renames, and a moment without metadata.
    fn exchange(&self, target: &Path) -> io::Result<()> {
        if renameat_with(CWD, &self.path, CWD, target, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
        let old = self.path.with_extension("old");
        fs::rename(target, &old)?;
        fs::rename(&self.path, target)?;
        remove(&old)
    }
}

/// After an exchange this is the old metadata, after a failure the unfinished new one.
impl Drop for Staging {
    fn drop(&mut self) {
        let _ = remove(&self.path);
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
