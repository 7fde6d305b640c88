//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// What was tried, on what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value that cannot be what it was to be. The value of a secret is not told.
    #[error("{what} {value:?}: {why}")]
    Value {
        /// What it was to be.
        what: &'static str,
        /// What was given.
        value: String,
        /// What it must be.
        why: &'static str,
    },
    /// Nobody of that name is in the local files.
    #[error("there is no local {kind} {name}; those of a directory are changed in the directory")]
    NotFound {
        /// "user" or "group".
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The name is taken.
    #[error("the {kind} {name} is there already")]
    Exists {
        /// "user" or "group".
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The system needs this account as it is.
    #[error("{name} is an account of the system: it cannot be {verb}")]
    System {
        /// The account.
        name: String,
        /// What was tried.
        verb: &'static str,
    },
    /// Only an administrator may do this.
    #[error("{0}: only an administrator may do that")]
    NeedsAdmin(String),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program cannot be started.
    #[error("cannot run {program}: {source}; install the package shadow")]
    Start {
        /// The program.
        program: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A program refused.
    #[error("{program} failed on {name} with status {status}: {text}")]
    Failed {
        /// The program.
        program: &'static str,
        /// The account.
        name: String,
        /// Its exit status; -1 if a signal ended it.
        status: i32,
        /// What it said.
        text: String,
    },
}

impl Error {
    /// Whether what was given is wrong, rather than the host.
    pub fn is_input(&self) -> bool {
        matches!(self, Error::Value { .. } | Error::System { .. })
    }

    pub(crate) fn value(what: &'static str, value: &str, why: &'static str) -> Self {
        Error::Value {
            what,
            value: value.to_owned(),
            why,
        }
    }
}
