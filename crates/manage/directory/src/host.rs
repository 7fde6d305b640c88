//! The host that is changed: this one, or for tests a tree that looks like one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The host that is changed.
#[derive(Debug, Clone)]
pub struct Host {
    root: PathBuf,
}

impl Host {
    /// This one.
    #[must_use]
    pub fn this() -> Self {
        Self::at("/")
    }

    /// One whose files are below `root`.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where the file is that the host knows by the absolute name `path`.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The content of a file, if there is one.
    pub(crate) fn read(&self, path: &str) -> Result<Option<String>, Error> {
        let place = self.path(path);
        match fs::read_to_string(&place) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", place)(error)),
        }
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// Whether systemd runs here (sd_booted(3)).
    pub(crate) fn is_running(&self) -> bool {
        self.root == Path::new("/") && self.has("/run/systemd/system")
    }

    /// The name the kernel knows, in lower case.
    pub(crate) fn name() -> String {
        rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .to_ascii_lowercase()
    }
}
