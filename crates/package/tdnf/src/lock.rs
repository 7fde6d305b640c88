//! One change at a time per root. Readers take no lock: the database of packages and the caches give each
//! reader a consistent state of their own.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::error::Error;

/// Held while a root is changed; released when dropped, by the kernel if need be.
#[derive(Debug)]
pub struct RootLock {
    _dir: File,
}

impl RootLock {
    /// Takes the lock of a root; calls `waiting` once if another program holds it.
    ///
    /// The lock is on a directory below the root, not on a file of its own: nothing is left behind, and
    /// nobody can delete it while others wait (the original had two holders at once that way).
    pub fn take(root: &Path, waiting: impl FnOnce(&Path)) -> Result<Self, Error> {
        let path = state_dir(root);
        create(&path)?;
        let dir = File::open(&path).map_err(Error::io("open", &path))?;
        if flock(&dir, FlockOperation::NonBlockingLockExclusive).is_err() {
            waiting(&path);
            flock(&dir, FlockOperation::LockExclusive).map_err(|source| Error::Io {
                doing: "lock",
                path,
                source: source.into(),
            })?;
        }
        Ok(Self { _dir: dir })
    }
}

/// Where the state of changes is kept, below a root. Only its owner may look inside, and so hold the lock.
pub(crate) fn state_dir(root: &Path) -> PathBuf {
    root.join("var/lib/tdnf")
}

fn create(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
    }
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::io("create", path)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_second_holder_waits_for_the_first() {
        let root = tempfile::tempdir().unwrap();
        let first = RootLock::take(root.path(), |_| panic!("nobody holds it")).unwrap();
        let path = root.path().to_owned();
        let (told, waits) = mpsc::channel();
        let second = std::thread::spawn(move || RootLock::take(&path, |_| told.send(()).unwrap()).is_ok());
        waits.recv().unwrap();
        drop(first);
        assert!(second.join().unwrap());
    }

    #[test]
    fn two_roots_do_not_wait_for_each_other() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _a = RootLock::take(a.path(), |_| ()).unwrap();
        let _b = RootLock::take(b.path(), |_| panic!("another root")).unwrap();
    }
}
