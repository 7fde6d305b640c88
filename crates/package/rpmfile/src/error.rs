//! What can go wrong with a package file, one variant for each thing tried.

use std::io;
use std::path::PathBuf;

/// An error about a package: what was tried, on what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A package file could not be opened and its headers read.
    #[error("cannot read the package {}: {source}", path.display())]
    Open {
        /// The package file.
        path: PathBuf,
        /// Why.
        source: Box<Error>,
    },
    /// Reading from a file or stream failed.
    #[error("cannot read {what}: {source}")]
    Read {
        /// What was being read.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The file does not begin as an RPM package does.
    #[error("this is not an RPM package: {reason}")]
    Lead {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A header breaks the rules of its format.
    #[error("the header is damaged: {reason}")]
    Header {
        /// Which rule.
        reason: String,
    },
    /// The file list of a header contradicts itself or names paths that no package may own.
    #[error("the list of files is damaged: {reason}")]
    Files {
        /// What is wrong with it.
        reason: String,
    },
    /// Scripts or triggers of a header contradict themselves.
    #[error("the scriptlets are damaged: {reason}")]
    Scriptlets {
        /// What is wrong with them.
        reason: String,
    },
    /// A digest does not match: the package was damaged or changed after it was built.
    #[error(
        "the {what} does not match: the package says {expected}, its content gives {found}; fetch it again"
    )]
    Digest {
        /// Which digest.
        what: &'static str,
        /// The digest in the package.
        expected: String,
        /// The digest of what is there.
        found: String,
    },
    /// Nothing in the package allows to check it.
    #[error(
        "the package has no {what}, so that it cannot be verified; only packages of rpm 4.14 or newer have it"
    )]
    Unverifiable {
        /// What is missing.
        what: &'static str,
    },
    /// The payload is compressed in a way this program does not know.
    #[error("the payload is compressed by {compressor:?}; only zstd, xz, gzip and none are supported")]
    Compressor {
        /// The name in the header.
        compressor: String,
    },
    /// The payload breaks the rules of its format or contradicts the header.
    #[error("the payload is damaged: {reason}")]
    Payload {
        /// Which rule.
        reason: String,
    },
    /// The package described to the builder cannot be made.
    #[error("cannot build {package}: {reason}")]
    Build {
        /// The package.
        package: String,
        /// What is wrong with its description.
        reason: String,
    },
    /// A file that is to be packaged could not be read.
    #[error("cannot package {}: {source}", path.display())]
    PackageFile {
        /// The file on disk.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The new package could not be written.
    #[error("cannot write the package {}: {source}", path.display())]
    Write {
        /// The package file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The new package could not be signed.
    #[error("cannot sign {package}: {source}")]
    Sign {
        /// The package.
        package: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    pub(crate) fn header(reason: impl Into<String>) -> Self {
        Self::Header {
            reason: reason.into(),
        }
    }

    pub(crate) fn payload(reason: impl Into<String>) -> Self {
        Self::Payload {
            reason: reason.into(),
        }
    }
}
