//! Why a transaction was refused or had to stop.

use std::fmt;
use std::path::PathBuf;

use crate::wal::Failure;

/// One path that two packages want with different content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The path, as the package to be installed names it.
    pub path: String,
    /// The package to be installed.
    pub package: String,
    /// The other package.
    pub other: String,
    /// Whether the other one is installed already.
    pub installed: bool,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            package,
            other,
            installed,
        } = self;
        let state = if *installed {
            "installed"
        } else {
            "to be installed too"
        };
        write!(f, "{path} of {package} differs from that of {other} ({state})")
    }
}

/// What was tried, on what, why it failed and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A package file cannot be read.
    #[error("cannot read the package {}: {source}", path.display())]
    Package {
        /// The package file.
        path: PathBuf,
        /// Why.
        source: rpmfile::Error,
    },
    /// The payload of a package cannot be unpacked, or is not what its header says.
    #[error("cannot unpack {}: {source}; nothing was changed", path.display())]
    Unpack {
        /// The package file.
        path: PathBuf,
        /// Why.
        source: rpmfile::Error,
    },
    /// A file in a package has other content than the package's header says.
    #[error("{} is damaged: {file} has the digest {found} instead of {expected}; fetch it again", path.display())]
    Damaged {
        /// The package file.
        path: PathBuf,
        /// The file in it.
        file: String,
        /// The digest in the header.
        expected: String,
        /// The digest of the content.
        found: String,
    },
    /// The package database cannot be used.
    #[error("cannot {what} the package database of {}: {source}", root.display())]
    Database {
        /// The operation, as a verb.
        what: &'static str,
        /// The root whose database it is.
        root: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row to be erased is not in the database.
    #[error("there is no installed package number {row} in {}; look at the installed packages again", root.display())]
    NotInstalled {
        /// The row's number.
        row: u32,
        /// The root.
        root: PathBuf,
    },
    /// The very same package is installed already.
    #[error("{nevra} is installed already; reinstall it or leave it out")]
    AlreadyInstalled {
        /// The package.
        nevra: String,
    },
    /// Packages want one path with different content.
    #[error("files conflict, nothing was changed:{}", list(conflicts))]
    Conflicts {
        /// All conflicts found.
        conflicts: Vec<Conflict>,
    },
    /// A file would take the place of a folder that is not the packages' alone.
    #[error(
        "cannot replace the folder {path} by a file of {package}: {inside} in it belongs to no package that goes; \
         move it away and try again"
    )]
    FolderInUse {
        /// The folder.
        path: String,
        /// The package whose file would take its place.
        package: String,
        /// Something in the folder.
        inside: String,
    },
    /// Links lead in circles.
    #[error("cannot install {path} of {package}: the symbolic links on the way to it go round in circles")]
    Circle {
        /// The path.
        path: String,
        /// The package.
        package: String,
    },
    /// Not enough room.
    #[error(
        "not enough space in {}: {needed} {unit} are needed, {free} are free, {} are missing; nothing was changed",
        path.display(), needed.saturating_sub(*free)
    )]
    Space {
        /// A folder on the file system that is too small.
        path: PathBuf,
        /// What is missing.
        unit: &'static str,
        /// How much is needed.
        needed: u64,
        /// How much there is.
        free: u64,
    },
    /// A scriptlet that may stop the transaction has failed.
    #[error(
        "{section} of {package} failed ({status}), nothing was changed{}",
        indented(output)
    )]
    Scriptlet {
        /// The package.
        package: String,
        /// The section of the spec file.
        section: String,
        /// How it ended.
        status: String,
        /// What it printed.
        output: String,
    },
    /// A scriptlet cannot be run at all.
    #[error(
        "{section} of {package} is written in {language}, which cannot be run yet; use rpm for this package"
    )]
    Language {
        /// The package.
        package: String,
        /// The section of the spec file.
        section: String,
        /// The interpreter.
        language: String,
    },
    /// Scriptlets cannot be run in this root.
    #[error("cannot run scriptlets: {source}")]
    Confine {
        /// Why.
        #[from]
        source: confine::Error,
    },
    /// A transaction was interrupted and must be finished first.
    #[error("an interrupted transaction was found in {}; run `tdnf recover` first", root.display())]
    Interrupted {
        /// The root.
        root: PathBuf,
    },
    /// Someone else is changing this root.
    #[error("another transaction is running in {}; wait until it has ended", root.display())]
    Busy {
        /// The root.
        root: PathBuf,
    },
    /// A transaction of the past cannot be undone.
    #[error("cannot undo transaction {id}: {why}; nothing was changed")]
    CannotUndo {
        /// Its number.
        id: u64,
        /// Why.
        why: String,
    },
    /// Someone has asked for it, see [`crate::Options::stop`].
    #[error("stopped before anything was changed")]
    Stopped,
    /// A package file is another one than that which was checked.
    #[error("{} has been exchanged since it was checked, nothing was changed; find out by whom", path.display())]
    Exchanged {
        /// The package file.
        path: PathBuf,
    },
    /// A system call has failed before the decision.
    #[error("{source}; nothing was changed")]
    Refused {
        /// The call.
        source: Failure,
    },
    /// A system call has failed after the decision.
    #[error("{source}; the transaction is decided but not complete: remedy this and run `tdnf recover`")]
    Unfinished {
        /// The call.
        #[from]
        source: Failure,
    },
}

fn list(conflicts: &[Conflict]) -> String {
    conflicts
        .iter()
        .map(|conflict| format!("\n  {conflict}"))
        .collect()
}

fn indented(output: &str) -> String {
    match output.trim_end() {
        "" => String::new(),
        text => format!(":\n  {}", text.replace('\n', "\n  ")),
    }
}
