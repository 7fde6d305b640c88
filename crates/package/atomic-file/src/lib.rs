//! Replace a file durably: the old content or the new, never a part of either.
//!
//! The new content goes to a temporary file beside the destination, is flushed to the disk, and is renamed over
//! it; then the directory is flushed too. rename(2) is atomic within one file system, and without the second
//! flush the rename itself may be lost in a power cut (fsync(2), "Calling fsync() does not necessarily ensure
//! that the entry in the directory containing the file has also reached disk").

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// What could not be done, on which path, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The temporary file beside the destination could not be made.
    #[error("cannot create a temporary file beside {}: {source}", path.display())]
    Create {
        /// The destination.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The content could not be written or flushed.
    #[error("cannot write the new content of {}: {source}", path.display())]
    Write {
        /// The destination.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The temporary file could not be renamed over the destination.
    #[error("cannot replace {}: {source}", path.display())]
    Rename {
        /// The destination.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory could not be flushed.
    #[error("cannot flush the directory {} to disk: {source}", path.display())]
    SyncDir {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes `path` hold exactly `bytes`, with permission bits `mode`, durably.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let mut file = AtomicFile::create_with_mode(path, mode)?;
    file.write_all(bytes).map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })?;
    file.commit()
}

/// Flushes a directory, so that entries made, renamed or removed in it survive a power cut.
pub fn sync_dir(dir: &Path) -> Result<(), Error> {
    let sync = || File::open(dir)?.sync_all();
    sync().map_err(|source| Error::SyncDir {
        path: dir.to_owned(),
        source,
    })
}

/// Temporary files of this process.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn forget(temporary: &Path) {
    let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    unfinished.retain(|path| path != temporary);
}

/// Removes the temporary files of all [`AtomicFile`]s of this process: for who is about to end it while other threads
/// write. None can be begun afterwards, and those that there are cannot be committed any more.
pub fn abandon_all() {
    let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    for path in unfinished.iter() {
        // What was renamed meanwhile is complete.
        let _ = fs::remove_file(path);
    }
    std::mem::forget(unfinished);
}

/// A file being written. Until [`AtomicFile::commit`] the destination is untouched; when dropped before that,
/// nothing is left behind.
#[derive(Debug)]
pub struct AtomicFile {
    file: File,
    temporary: PathBuf,
    destination: PathBuf,
    committed: bool,
}

impl AtomicFile {
    /// Starts a file with permission bits 0644.
    pub fn create(path: &Path) -> Result<Self, Error> {
        Self::create_with_mode(path, 0o644)
    }

    /// Starts a file with the given permission bits, whatever the umask is.
    pub fn create_with_mode(path: &Path, mode: u32) -> Result<Self, Error> {
        let temporary = temporary_name(path);
        UNFINISHED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(temporary.clone());
        let open = || {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&temporary)?;
            file.set_permissions(fs::Permissions::from_mode(mode))?;
            Ok(file)
        };
        let file = open().map_err(|source| {
            forget(&temporary);
            Error::Create {
                path: path.to_owned(),
                source,
            }
        })?;
        Ok(Self {
            file,
            temporary,
            destination: path.to_owned(),
            committed: false,
        })
    }

    /// The file itself, for seeking or reading back what was written.
    pub fn file_mut(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes the new content visible under the destination's name, durably.
    pub fn commit(mut self) -> Result<(), Error> {
        let path = || self.destination.clone();
        self.file
            .sync_all()
            .map_err(|source| Error::Write { path: path(), source })?;
        fs::rename(&self.temporary, &self.destination)
            .map_err(|source| Error::Rename { path: path(), source })?;
        self.committed = true;
        sync_dir(parent(&self.destination))
    }

    /// Makes the new content visible atomically but leaves flushing it to the kernel: for things that can be
    /// made again, such as build products and caches, where a power cut may cost the file but never half of it.
    pub fn commit_without_sync(mut self) -> Result<(), Error> {
        fs::rename(&self.temporary, &self.destination).map_err(|source| Error::Rename {
            path: self.destination.clone(),
            source,
        })?;
        self.committed = true;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        forget(&self.temporary);
        if !self.committed {
            // Nothing sensible can be done when this fails; the name says that it is a leftover.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// A hidden name in the same directory, different in every process and for every call.
fn temporary_name(path: &Path) -> PathBuf {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{count}.new", std::process::id()));
    parent(path).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn write_replaces_content_and_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        fs::write(&path, "old and longer").unwrap();
        write(&path, b"new", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(names(dir.path()), ["config"]);
    }

    #[test]
    fn dropping_leaves_the_old_content_and_no_leftover() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        fs::write(&path, "old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half of the ne").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["config"]);
    }

    #[test]
    fn the_destination_is_untouched_until_commit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"content").unwrap();
        assert!(!path.exists());
        file.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"content");
    }

    #[test]
    fn errors_name_the_destination() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("no/such/dir/file");
        let message = write(&missing, b"", 0o644).unwrap_err().to_string();
        assert!(message.contains("no/such/dir/file"), "{message}");
        assert!(message.contains("No such file"), "{message}");
    }

    #[test]
    fn a_directory_cannot_be_replaced_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub");
        fs::create_dir(&path).unwrap();
        assert!(matches!(write(&path, b"x", 0o644), Err(Error::Rename { .. })));
        assert_eq!(names(dir.path()), ["sub"]);
    }
}
