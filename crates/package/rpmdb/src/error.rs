//! What can go wrong with the database, one variant for each thing tried.

use std::io;
use std::path::PathBuf;

/// An error about the database of installed packages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no database.
    #[error("there is no database of installed packages at {}; is this the root of an installed system?", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The directory of the database could not be made.
    #[error("cannot create {}: {source}", path.display())]
    CreateDir {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The lock file could not be opened or locked.
    #[error("cannot lock {}: {source}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another program is changing what is installed.
    #[error("another program is installing or removing packages (it holds the lock {}); wait until it is done", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
    },
    /// The database could not be opened or set up.
    #[error("cannot open the database {}: {source}", path.display())]
    Open {
        /// The database.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The database could not be read.
    #[error("cannot read {what} from the database of installed packages: {source}")]
    Read {
        /// What was asked for.
        what: String,
        /// Why.
        source: rusqlite::Error,
    },
    /// The database could not be changed; nothing was changed.
    #[error("cannot {what} in the database of installed packages: {source}")]
    Write {
        /// What was tried.
        what: String,
        /// Why.
        source: rusqlite::Error,
    },
    /// A header in the database, or one to be added, is damaged.
    #[error("package number {hnum} in the database is damaged: {source}; `rpm --rebuilddb` drops it")]
    Damaged {
        /// The package's number in the database.
        hnum: u32,
        /// What is wrong with it.
        source: rpmfile::Error,
    },
    /// A package cannot be recorded.
    #[error("cannot record {package} as installed: {source}")]
    Record {
        /// The package.
        package: String,
        /// Why.
        source: rpmfile::Error,
    },
    /// There is no package of that number.
    #[error("there is no package number {hnum} in the database of installed packages")]
    NotInstalled {
        /// The number.
        hnum: u32,
    },
}

impl Error {
    pub(crate) fn read(what: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Self {
        let what = what.into();
        move |source| Self::Read { what, source }
    }

    pub(crate) fn write(what: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Self {
        let what = what.into();
        move |source| Self::Write { what, source }
    }
}
