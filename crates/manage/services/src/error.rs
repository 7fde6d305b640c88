//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// What was tried, on what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value that cannot be what it was to be.
    #[error("{what} {value:?}: {why}")]
    Value {
        /// What it was to be.
        what: &'static str,
        /// What was given.
        value: String,
        /// What it must be.
        why: &'static str,
    },
    /// There is no such unit, session or setting.
    #[error("there is no {0}")]
    NotFound(String),
    /// A service, or the bus, is not there.
    #[error("{what}: {source}; is the service installed and allowed to run?")]
    Absent {
        /// What was tried.
        what: String,
        /// What was missing.
        source: dbus_client::Error,
    },
    /// The bus or the service says no.
    #[error("{what}: {source}")]
    Bus {
        /// What was tried.
        what: String,
        /// Why not.
        source: dbus_client::Error,
    },
    /// An answer that is not what the interface promises.
    #[error("{0} has answered what cannot be understood")]
    Answer(&'static str),
    /// A job has ended otherwise than wanted.
    #[error("{verb} {unit} ended with {result:?}; see journalctl --unit {unit}")]
    Job {
        /// What was to be done.
        verb: &'static str,
        /// With which unit.
        unit: String,
        /// systemd's word: `failed`, `timeout`, `dependency`, `canceled`.
        result: String,
    },
    /// A job has not ended in time.
    #[error("{verb} {unit} has not ended within {seconds} seconds; it may still do")]
    TimeOut {
        /// What was to be done.
        verb: &'static str,
        /// With which unit.
        unit: String,
        /// How long was waited.
        seconds: u64,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The kernel does not take a value.
    #[error("the kernel does not take {value:?} for {key}: {source}")]
    Kernel {
        /// The setting.
        key: String,
        /// The value.
        value: String,
        /// Why.
        source: io::Error,
    },
    /// A tree's /proc is the running kernel's.
    #[error("{} is of the running kernel, and not of a tree; nothing was set. Unmount it, or set it on the host", .0.display())]
    Foreign(PathBuf),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] atomic_file::Error),
}

impl Error {
    /// Whether what was given is wrong, rather than the host.
    pub fn is_input(&self) -> bool {
        matches!(self, Error::Value { .. })
    }
}
