//! What can go wrong, by operation.

use std::io;
use std::path::PathBuf;

/// What was tried, on what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The directory of packages could not be listed.
    #[error("cannot list the packages in {}: {source}", path.display())]
    ListPackages {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A package file could not be read.
    #[error("cannot read the package {}: {reason}", path.display())]
    ReadPackage {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Two files are the same package; a client could get either.
    #[error("{nevra} is in the repository twice, as {first} and {second}; remove one of them")]
    DuplicatePackage {
        /// Name, version and architecture.
        nevra: String,
        /// One file, relative to the repository.
        first: String,
        /// The other.
        second: String,
    },
    /// The new metadata could not be written.
    #[error("cannot write the repository metadata {}: {source}", path.display())]
    WriteMetadata {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `repomd.xml` could not be signed.
    #[error("cannot sign the repository metadata: {source}")]
    SignMetadata {
        /// Why.
        source: keyring::Error,
    },
    /// The new `repodata` directory could not take the place of the old one.
    #[error("cannot replace the metadata directory {}: {source}", path.display())]
    Publish {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
