//! One build at a time in an output folder.

use crate::error::Error;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::path::Path;

/// Held while a build works in a folder; the kernel releases it with the process, however that ends.
#[derive(Debug)]
pub(crate) struct OutputLock {
    _folder: File,
}

impl OutputLock {
    /// Locks the folder itself, so that no file is left behind.
    pub(crate) fn take(folder: &Path) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::write("output folder", folder))?;
        let file = File::open(folder).map_err(Error::read("output folder", folder))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { _folder: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::Busy { path: folder.into() }),
            Err(error) => Err(Error::write("lock of the output folder", folder)(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_build_in_the_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = OutputLock::take(folder.path()).unwrap();
        let error = OutputLock::take(folder.path()).unwrap_err();
        assert!(matches!(error, Error::Busy { .. }), "{error}");
        drop(first);
        OutputLock::take(folder.path()).unwrap();
    }
}
