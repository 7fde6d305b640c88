//! Why an image could not be built or read.

use crate::byte_size::ByteSize;
use crate::definition::DefinitionError;
use crate::initramfs::InitramfsError;
use std::io;
use std::path::{Path, PathBuf};

/// One variant per operation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The definition.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// The initramfs.
    #[error(transparent)]
    Initramfs(#[from] InitramfsError),
    /// The unified kernel image.
    #[error("cannot assemble the unified kernel image: {source}")]
    Uki {
        /// Why.
        #[from]
        source: secureboot::PeError,
    },
    /// A file or directory could not be read.
    #[error("cannot read the {what} {}: {source}", path.display())]
    Read {
        /// What it is.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or directory could not be written.
    #[error("cannot write the {what} {}: {source}{}", path.display(), space_hint(source))]
    Write {
        /// What it is.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The installed packages could not be read.
    #[error("cannot read the package database of {}: {reason}", root.display())]
    Database {
        /// The tree.
        root: PathBuf,
        /// Why.
        reason: String,
    },
    /// Packages could not be chosen or installed.
    #[error("cannot install the packages of the image \"{image}\": {reason}")]
    Install {
        /// The image.
        image: String,
        /// What the package manager says.
        reason: String,
    },
    /// A package of the definition does not exist.
    #[error(
        "the definition of the image \"{image}\" names the package {name}, which the repository does not have{}",
        did_you_mean(suggestions)
    )]
    UnknownPackage {
        /// The image.
        image: String,
        /// What was asked for.
        name: String,
        /// Close names.
        suggestions: Vec<String>,
    },
    /// A file's owner is not in the tree's /etc/passwd or /etc/group.
    #[error("{path} of the package {package} belongs to the {kind} {name}, which the image's /etc/{} does not have", if *kind == "user" { "passwd" } else { "group" })]
    UnknownOwner {
        /// The file.
        path: String,
        /// Its package.
        package: String,
        /// "user" or "group".
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Capability text that is not understood.
    #[error(
        "{path} has the file capabilities \"{text}\", which cannot be understood; write them as cap_from_text(3) has it"
    )]
    Capabilities {
        /// The file.
        path: String,
        /// As in the package.
        text: String,
    },
    /// A tool could not be started or failed.
    #[error("{program} failed on {}: {reason}", path.display())]
    Tool {
        /// The program.
        program: String,
        /// What it worked on.
        path: PathBuf,
        /// What it printed, or why it did not start.
        reason: String,
    },
    /// A tool is not there.
    #[error("{program} is not installed; {remedy}")]
    ToolMissing {
        /// The program.
        program: String,
        /// What to install.
        remedy: String,
    },
    /// The tree is larger than the disk of the definition.
    #[error(
        "the root file system needs {needed}, but a disk of {disk} leaves {available} for it; raise disk.size in the definition of \"{image}\" or use disk.slack"
    )]
    TooBig {
        /// Name of the image.
        image: String,
        /// Size of the content with the file system's own data.
        needed: ByteSize,
        /// Space for the root.
        available: ByteSize,
        /// Size in the definition.
        disk: ByteSize,
    },
    /// The file system of the output has too little room.
    #[error("building needs about {needed} in {}, but only {available} are free there", path.display())]
    NoSpace {
        /// Output directory.
        path: PathBuf,
        /// What is needed.
        needed: ByteSize,
        /// What is free.
        available: ByteSize,
    },
    /// Another build works in the output folder.
    #[error("another build is working in {}; wait for it, or give another folder with --out", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// No kernel, or more than one, in the tree.
    #[error("{problem} in {}/usr/lib/modules; the image needs exactly one kernel package", root.display())]
    Kernel {
        /// What is wrong.
        problem: String,
        /// The tree.
        root: PathBuf,
    },
    /// A file to be inspected is not a disk image, or a damaged one.
    #[error("cannot inspect {}: {reason}", path.display())]
    Inspect {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// "; did you mean a, b?", or nothing.
pub(crate) fn did_you_mean(names: &[String]) -> String {
    match names {
        [] => String::new(),
        some => format!("; did you mean {}?", some.join(", ")),
    }
}

fn space_hint(source: &io::Error) -> &'static str {
    let full = source.kind() == io::ErrorKind::StorageFull;
    if full {
        "; free some space and build again"
    } else {
        ""
    }
}

impl Error {
    /// For `map_err`: the file could not be read.
    pub(crate) fn read(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Read {
            what,
            path: path.into(),
            source,
        }
    }

    /// For `map_err`: the file could not be written.
    pub(crate) fn write(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Write {
            what,
            path: path.into(),
            source,
        }
    }
}
