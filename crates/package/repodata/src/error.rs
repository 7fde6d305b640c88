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
    /// The repository could not be reached, or what it sent is not what it announced.
    #[error("cannot fetch the metadata of repository {id}: {reason}")]
    FetchMetadata {
        /// The repository.
        id: String,
        /// Why, by address.
        reason: String,
    },
    /// `repomd.xml` bears no good signature by a key of this repository.
    #[error(
        "the metadata of repository {id} is not trusted: {source}; \
         check the keys configured for it (gpgkey) and that its address is right"
    )]
    UntrustedMetadata {
        /// The repository.
        id: String,
        /// Why.
        source: keyring::Error,
    },
    /// A list of mirrors cannot be used.
    #[error("the list of mirrors of repository {id} ({url}) cannot be used: {fault}")]
    Metalink {
        /// The repository.
        id: String,
        /// The list's address.
        url: String,
        /// What is wrong.
        fault: crate::read::MetalinkFault,
    },
    /// A mirror has another `repomd.xml` than its metalink document describes.
    #[error(
        "repository {id}: the repomd.xml of {base} is not the one its metalink describes; \
         the mirror is out of step or was tampered with"
    )]
    NotAsDescribed {
        /// The repository.
        id: String,
        /// The mirror.
        base: String,
    },
    /// A metadata file cannot be understood.
    #[error("the metadata of repository {id} is damaged: {file}: {reason}")]
    BadMetadata {
        /// The repository.
        id: String,
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// The repository offers a state older than one seen before.
    #[error(
        "repository {id} offers an older state (revision {offered}) than the one in the cache ({cached}); \
         a mirror is behind, or someone hides updates: try again later, or clean the cache to accept it"
    )]
    Rollback {
        /// The repository.
        id: String,
        /// Revision of the cache.
        cached: u64,
        /// Revision offered.
        offered: u64,
    },
    /// There is nothing in the cache, and the repository may not be asked.
    #[error("repository {id} is not in the cache ({}); run makecache while it can be reached", path.display())]
    NoCache {
        /// The repository.
        id: String,
        /// Its cache.
        path: PathBuf,
    },
    /// A file is not in the cache, and the repository may not be asked.
    #[error("{file} of repository {id} is not in the cache; run the command without cache-only first")]
    NotCached {
        /// The repository.
        id: String,
        /// The file.
        file: String,
    },
    /// The cache cannot be written.
    #[error("cannot write the metadata cache {}: {source}", path.display())]
    StoreMetadata {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
