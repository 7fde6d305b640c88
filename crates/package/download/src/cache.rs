use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::digest::{self, Hasher};
use crate::error::Error;

/// A directory of files under the names of their digests.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// Uses a directory, which is created when something is stored.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// `$XDG_CACHE_HOME/lumen`, else `~/.cache/lumen` (XDG Base Directory Specification), else a folder
    /// in the temporary directory.
    pub fn of_user() -> Self {
        let absolute = |name: &str| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = || absolute("HOME").map(|home| home.join(".cache"));
        let base = absolute("XDG_CACHE_HOME").or_else(home);
        Self::new(base.unwrap_or_else(env::temp_dir).join("lumen"))
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the file of a digest is or would be.
    pub fn path(&self, digest: &str) -> PathBuf {
        let prefix = digest.get(..2).unwrap_or("00");
        self.dir.join(digest::folder(digest)).join(prefix).join(digest)
    }

    /// The file of a digest, if it is there and its bytes are right. A damaged file is removed.
    pub fn find(&self, digest: &str, size: u64) -> Result<Option<PathBuf>, Error> {
        let path = self.path(digest);
        match self.check(&path, digest, size) {
            Ok(true) => Ok(Some(path)),
            Ok(false) => self.remove(&path).map(|()| None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Cache { path, source }),
        }
    }

    fn check(&self, path: &Path, digest: &str, size: u64) -> io::Result<bool> {
        // What a link leads to may be another file by the time it is used.
        if fs::symlink_metadata(path)?.is_symlink() {
            return Ok(false);
        }
        let mut file = File::open(path)?;
        if file.metadata()?.len() != size {
            return Ok(false);
        }
        let mut hasher = Hasher::like(digest);
        io::copy(&mut file, &mut hasher)?;
        Ok(hasher.finish() == digest)
    }

    fn remove(&self, path: &Path) -> Result<(), Error> {
        fs::remove_file(path).map_err(|source| Error::Cache {
            path: path.to_owned(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn a_damaged_file_is_not_served() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path());
        let digest = hex::encode(Sha256::digest(b"good"));
        let path = cache.path(&digest);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, b"good").unwrap();
        assert_eq!(cache.find(&digest, 4).unwrap(), Some(path.clone()));
        fs::write(&path, b"evil").unwrap();
        assert_eq!(cache.find(&digest, 4).unwrap(), None);
        assert!(!path.exists());
    }

    #[test]
    fn an_absent_file_is_no_error() {
        assert_eq!(Cache::new("/nonexistent").find(&"0".repeat(64), 1).unwrap(), None);
    }
}
