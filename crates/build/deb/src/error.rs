use std::path::PathBuf;

/// What went wrong, on which file, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The archive could not be opened.
    #[error("cannot open the Debian package {path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Reading stopped in the middle: a short file, a broken compressor stream, a bad disk.
    #[error("cannot read {part} of {path}: {source}; delete the file so that it is fetched again")]
    Read {
        /// Which part was being read.
        part: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes do not follow `deb(5)`.
    #[error("{path} is not a valid Debian package: {reason}; delete the file so that it is fetched again")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Which rule is broken.
        reason: String,
    },
    /// An index paragraph lacks a field or has a nonsensical one.
    #[error("the package index entry of {name}: {reason}; the mirror's index is damaged, try another mirror")]
    Index {
        /// The package.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A Release file lacks a field or has a nonsensical one.
    #[error("the Release file of suite {suite}: {reason}; the mirror is damaged, try another mirror")]
    Release {
        /// The suite, as far as known.
        suite: String,
        /// What is wrong.
        reason: String,
    },
    /// A version number that `deb-version(7)` does not allow.
    #[error("{version:?} is not a Debian version number: {reason}")]
    Version {
        /// The text.
        version: String,
        /// Which rule is broken.
        reason: &'static str,
    },
}
