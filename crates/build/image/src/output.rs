//! The output folder: files appear in it only when they are complete.

use crate::byte_size::ByteSize;
use crate::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const PREFIX: &str = ".building-";

/// A folder beside the results in which they are made. Dropping it without [`Output::publish`] leaves the results of
/// an earlier build as they were.
#[derive(Debug)]
pub(crate) struct Output {
    folder: PathBuf,
    work: tempfile::TempDir,
}

impl Output {
    /// Makes the folder, and checks that so many bytes fit.
    pub(crate) fn new(folder: &Path, needed: ByteSize) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::write("output folder", folder))?;
        remove_abandoned(folder);
        let available = free_space(folder)?;
        if available < needed {
            return Err(Error::NoSpace {
                path: folder.into(),
                needed,
                available,
            });
        }
        let work = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder);
        let work = work.map_err(Error::write("output folder", folder))?;
        Ok(Self {
            folder: folder.into(),
            work,
        })
    }

    /// Where the work goes on.
    pub(crate) fn work(&self) -> &Path {
        self.work.path()
    }

    /// Writes a small result.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.work().join(name);
        fs::write(&path, bytes).map_err(Error::write("result", &path))
    }

    /// Moves the named results into the output folder, replacing older ones; `stale` are results of earlier builds
    /// that would no longer fit.
    pub(crate) fn publish(self, names: &[String], stale: &[String]) -> Result<Vec<PathBuf>, Error> {
        let mut paths = Vec::new();
        for name in stale {
            remove(&self.folder.join(name))?;
        }
        for name in names {
            let (from, to) = (self.work().join(name), self.folder.join(name));
            fs::rename(&from, &to).map_err(Error::write("result", &to))?;
            paths.push(to);
        }
        Ok(paths)
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::write("older result", path)(error)),
        _ => Ok(()),
    }
}

/// What a build that was killed has left; the caller holds the lock, so no other one is at work.
fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            // Only space is lost when it cannot be removed, and the next build tries again.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn free_space(folder: &Path) -> Result<ByteSize, Error> {
    let stat = rustix::fs::statvfs(folder);
    let stat = stat.map_err(|error| Error::read("free space of", folder)(error.into()))?;
    Ok(ByteSize(stat.f_bavail.saturating_mul(stat.f_frsize)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_appear_only_when_published() {
        let folder = tempfile::tempdir().unwrap();
        let output = Output::new(folder.path(), ByteSize(1)).unwrap();
        output.write("a", b"new").unwrap();
        assert!(!folder.path().join("a").exists());
        let paths = output.publish(&["a".into()], &[]).unwrap();
        assert_eq!(fs::read(&paths[0]).unwrap(), b"new");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "the work folder is gone"
        );
    }

    #[test]
    fn a_result_that_no_longer_fits_goes_when_the_new_ones_come() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.qcow2"), "old").unwrap();
        let output = Output::new(folder.path(), ByteSize(1)).unwrap();
        output.write("a.raw", b"new").unwrap();
        let stale = ["a.qcow2".into(), "never.there".into()];
        output.publish(&["a.raw".into()], &stale).unwrap();
        assert!(!folder.path().join("a.qcow2").exists() && folder.path().join("a.raw").exists());
    }

    #[test]
    fn a_failed_build_leaves_the_old_results() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "old").unwrap();
        let output = Output::new(folder.path(), ByteSize(1)).unwrap();
        output.write("a", b"half").unwrap();
        drop(output);
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_build_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".building-x/esp")).unwrap();
        drop(Output::new(folder.path(), ByteSize(1)).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn too_little_space_is_found_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let error = Output::new(folder.path(), ByteSize(1 << 60)).unwrap_err();
        assert!(
            matches!(error, Error::NoSpace { .. }) && error.to_string().contains("1048576 TiB"),
            "{error}"
        );
    }
}
