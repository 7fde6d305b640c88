//! rpm's transaction lock: a write lock of fcntl(2) on `.rpm.lock` (rpm's lib/rpmlock.c). Whoever holds it may
//! change what is installed; readers need none.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock};

use crate::Error;

/// The lock; released when dropped, or when the process ends in whatever way.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn path(db_dir: &Path) -> PathBuf {
        db_dir.join(".rpm.lock")
    }

    /// Takes the lock, or says that somebody else has it.
    pub(crate) fn take(db_dir: &Path) -> Result<Self, Error> {
        let path = Self::path(db_dir);
        let open = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .open(&path);
        let file = open.map_err(|source| Error::Lock {
            path: path.clone(),
            source,
        })?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive).map_err(io::Error::from) {
            Ok(()) => Ok(Self { _file: file }),
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::PermissionDenied
                ) =>
            {
                Err(Error::Busy { path })
            }
            Err(source) => Err(Error::Lock { path, source }),
        }
    }
}
