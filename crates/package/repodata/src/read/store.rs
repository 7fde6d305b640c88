//! The cache directory of one repository.
//!
//! ```text
//! repodata/repomd.xml          the state in force: replacing it is what puts a refresh into effect
//! repodata/<digest>-primary... files it names, as fetched
//! repomd-<digest>.asc          its signature; digests are of repomd.xml, 16 characters
//! packages-<digest>.cache      made from primary       files-<digest>.cache   made from filelists
//! metalink, mirrorlist         the list of mirrors as fetched     mirror   the address that worked last
//! lastrefresh                  touched when a refresh succeeded       .lock    held during one
//! ```
//! Everything but `repomd.xml` bears a digest in its name, so a refresh adds files first and switches by one rename. What
//! is then unused is removed last. A refresh that fails, or is killed, leaves the old state usable.

use std::collections::HashSet;
use std::fs::{self, File, FileTimes};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use atomic_file::AtomicFile;

use super::filelists::FileTable;
use super::package_table::PackageTable;
use crate::error::Error;
use crate::repomd::{Record, Repomd};

/// The directory.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    dir: PathBuf,
}

impl Store {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// One refresh at a time. The lock ends with the file.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        let path = self.dir.join(".lock");
        let lock = || {
            fs::create_dir_all(self.dir.join("repodata"))?;
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            file.lock().map(|()| file)
        };
        lock().map_err(|source| Error::StoreMetadata {
            path: path.clone(),
            source,
        })
    }

    pub(crate) fn repomd(&self) -> io::Result<Vec<u8>> {
        fs::read(self.dir.join("repodata/repomd.xml"))
    }

    pub(crate) fn signature(&self, digest: &[u8; 32]) -> io::Result<Vec<u8>> {
        fs::read(self.dir.join(signature_name(digest)))
    }

    /// A metadata file as it was fetched, unchecked.
    pub(crate) fn file(&self, record: &Record) -> io::Result<Vec<u8>> {
        fs::read(self.dir.join("repodata").join(base_name(record)))
    }

    pub(crate) fn save_file(&self, record: &Record, bytes: &[u8]) -> Result<(), Error> {
        self.write(&format!("repodata/{}", base_name(record)), bytes)
    }

    pub(crate) fn open_packages(&self, digest: [u8; 32]) -> io::Result<PackageTable> {
        PackageTable::open(&self.dir.join(packages_name(&digest)), digest)
    }

    /// A package cache, to be written while it is made.
    pub(crate) fn create_packages(&self, digest: &[u8; 32]) -> io::Result<AtomicFile> {
        self.create(&packages_name(digest))
    }

    pub(crate) fn open_files(&self, digest: [u8; 32]) -> io::Result<FileTable> {
        FileTable::open(&self.dir.join(files_name(&digest)), digest)
    }

    /// A cache of files, to be written while it is made.
    pub(crate) fn create_files(&self, digest: &[u8; 32]) -> io::Result<AtomicFile> {
        self.create(&files_name(digest))
    }

    /// Puts a new state into force.
    pub(crate) fn commit(
        &self,
        digest: &[u8; 32],
        repomd: &[u8],
        signature: Option<&[u8]>,
    ) -> Result<(), Error> {
        if let Some(signature) = signature {
            self.write(&signature_name(digest), signature)?;
        }
        self.write("repodata/repomd.xml", repomd)
    }

    /// A small file about the repository that is not part of its state.
    pub(crate) fn note(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.dir.join(name))
    }

    pub(crate) fn save_note(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.write(name, bytes)
    }

    pub(crate) fn note_age(&self, name: &str) -> Option<Duration> {
        let modified = fs::metadata(self.dir.join(name))
            .and_then(|meta| meta.modified())
            .ok()?;
        SystemTime::now().duration_since(modified).ok()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.dir.join(name);
        let parent = path.parent().unwrap_or(&self.dir);
        let written = fs::create_dir_all(parent)
            .and_then(|()| atomic_file::write(&path, bytes, 0o644).map_err(io::Error::other));
        written.map_err(|source| Error::StoreMetadata { path, source })
    }

    fn create(&self, name: &str) -> io::Result<AtomicFile> {
        fs::create_dir_all(&self.dir)?;
        AtomicFile::create(&self.dir.join(name)).map_err(io::Error::other)
    }

    /// When the last refresh succeeded.
    pub(crate) fn age(&self) -> Option<Duration> {
        let modified = fs::metadata(self.dir.join("lastrefresh"))
            .and_then(|meta| meta.modified())
            .ok()?;
        SystemTime::now().duration_since(modified).ok()
    }

    /// Notes that a refresh succeeded now.
    pub(crate) fn touch(&self) -> Result<(), Error> {
        let path = self.dir.join("lastrefresh");
        let touch = || {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            file.set_times(FileTimes::new().set_modified(SystemTime::now()))
        };
        touch().map_err(|source| Error::StoreMetadata {
            path: path.clone(),
            source,
        })
    }

    /// Makes the cache count as expired, without losing it.
    pub(crate) fn expire(&self) -> io::Result<()> {
        match fs::remove_file(self.dir.join("lastrefresh")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes what no longer belongs to the state in force. What cannot be removed does no harm.
    pub(crate) fn clean(&self, digest: &[u8; 32], repomd: &Repomd) {
        let mut keep: HashSet<String> = repomd
            .records
            .iter()
            .map(|record| base_name(record).to_owned())
            .collect();
        keep.insert("repomd.xml".to_owned());
        remove_others(&self.dir.join("repodata"), |_| true, &keep);
        let keep = [packages_name(digest), files_name(digest), signature_name(digest)].into();
        remove_others(
            &self.dir,
            |name| name.ends_with(".cache") || name.ends_with(".asc"),
            &keep,
        );
    }
}

fn remove_others(dir: &Path, ours: impl Fn(&str) -> bool, keep: &HashSet<String>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if ours(&name) && !keep.contains(&name) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn base_name(record: &Record) -> &str {
    record.location.rsplit('/').next().unwrap_or_default()
}

fn signature_name(digest: &[u8; 32]) -> String {
    format!("repomd-{}.asc", hex::encode(&digest[..8]))
}

fn packages_name(digest: &[u8; 32]) -> String {
    format!("packages-{}.cache", hex::encode(&digest[..8]))
}

fn files_name(digest: &[u8; 32]) -> String {
    format!("files-{}.cache", hex::encode(&digest[..8]))
}
