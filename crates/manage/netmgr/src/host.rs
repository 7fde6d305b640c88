//! A host whose network is configured: what other programs and languages do with it in one step.

use std::path::{Path, PathBuf};

use crate::change::{self, Manner};
use crate::error::Error;
use crate::session::Session;

/// The running system, or a tree below a directory.
#[derive(Debug, Clone)]
pub struct Host {
    root: PathBuf,
}

impl Host {
    /// The host below a directory; `/` is the running one.
    pub fn new(root: &Path) -> Self {
        Host {
            root: root.to_owned(),
        }
    }

    /// Looks at something.
    pub fn look<T>(&self, look: impl FnOnce(&mut Session) -> Result<T, Error>) -> Result<T, Error> {
        look(&mut Session::reading(&self.root))
    }

    /// Changes something: writes it, and tells the services of a running system. What to say about those that do not
    /// run.
    pub fn change(&self, edit: impl FnOnce(&mut Session) -> Result<(), Error>) -> Result<Vec<String>, Error> {
        let manner = Manner {
            plan: false,
            tell: true,
            order: "00",
            confirm: None,
        };
        Ok(change::carry_out(&self.root, &manner, edit)?.notes)
    }

    /// Whether this is the running system.
    pub fn is_live(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Refuses what only a running system can do.
    pub fn need_live(&self, what: &str) -> Result<(), Error> {
        match self.is_live() {
            true => Ok(()),
            false => Err(Error::NotSupported(format!(
                "{what} is of the running system, not of the tree below {}",
                self.root.display()
            ))),
        }
    }
}
