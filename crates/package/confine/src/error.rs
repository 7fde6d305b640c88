//! Why a program could not be run in a root.

use std::io;
use std::path::PathBuf;

/// One variant per thing that can be tried and fail.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither bubblewrap nor, for root, chroot can be used.
    #[error(
        "cannot enter {}: no `bwrap` in the search path; install the package `bubblewrap`",
        root.display()
    )]
    NoWayIn {
        /// The root that should have been entered.
        root: PathBuf,
    },
    /// Without bubblewrap, chroot(8) cannot show files of the host.
    #[error(
        "cannot show parts of the host inside {}: that needs `bwrap`; install the package `bubblewrap`",
        root.display()
    )]
    NoBinds {
        /// The root that should have been entered.
        root: PathBuf,
    },
    /// The program, or the wrapper around it, could not be started.
    #[error("cannot run {program} in {}: {source}", root.display())]
    Start {
        /// Path of the program inside the root.
        program: String,
        /// The root it should have run in.
        root: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program's standard input could not be prepared or its output not be read.
    #[error("cannot exchange data with {program} in {}: {source}", root.display())]
    Exchange {
        /// Path of the program inside the root.
        program: String,
        /// The root it runs in.
        root: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
