use std::io;
use std::path::PathBuf;

/// What was tried, on what, why it failed, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No mirror has the file (any more).
    #[error("{name} does not exist on the server: {urls}")]
    NotFound {
        /// What was wanted.
        name: String,
        /// The addresses tried.
        urls: String,
    },
    /// The network or the server failed, after all retries. What arrived is kept for the next run.
    #[error(
        "cannot fetch {name} from {urls}: {cause}; what arrived is kept, check the network and run the command again to continue"
    )]
    Interrupted {
        /// What was wanted.
        name: String,
        /// The addresses tried.
        urls: String,
        /// The last failure.
        cause: String,
    },
    /// The server refuses: no retry will help.
    #[error("cannot fetch {name}: {url} answers {cause}; check the address and the mirror or proxy settings")]
    Refused {
        /// What was wanted.
        name: String,
        /// The address.
        url: String,
        /// The status or the reason.
        cause: String,
    },
    /// The bytes are not those that were pinned. Nothing is kept.
    #[error(
        "{name} from {url} is not the expected file: {found}, expected {expected} and {size} bytes; \
         nothing was kept: the mirror is out of step or was tampered with, try again later or use another mirror"
    )]
    Mismatch {
        /// What was wanted.
        name: String,
        /// The address.
        url: String,
        /// The digest that was pinned.
        expected: String,
        /// The size that was pinned.
        size: u64,
        /// What arrived instead.
        found: String,
    },
    /// An answer is larger than anything sensible.
    #[error("{url} sends more than the {limit} bytes that are sensible for it; check the address")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// The cache directory cannot be used.
    #[error(
        "cannot use the download cache {path}: {source}; make it writable or name another one with XDG_CACHE_HOME"
    )]
    Cache {
        /// The directory or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Writing to the cache failed: most often a full disk.
    #[error(
        "cannot write {name} to {path}: {source}; free space there, then run the command again to continue"
    )]
    Write {
        /// What was being fetched.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// Whether the file is gone from every mirror, so that another version must be chosen.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether this machine is at fault, so that fetching other files will fail the same way.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Cache { .. } | Self::Write { .. })
    }
}
