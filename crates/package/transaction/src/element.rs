//! The packages of a transaction: those that come and those that go.

use std::path::PathBuf;

use rpmfile::{FileInfo, Header, Package};

/// A package to be installed.
pub(crate) struct Incoming {
    pub(crate) source: Source,
    pub(crate) header: Header,
    pub(crate) nevra: String,
    pub(crate) files: Vec<FileInfo>,
    /// Where each file really goes, relative to the root.
    pub(crate) places: Vec<String>,
    /// What is to happen with each file.
    pub(crate) fates: Vec<Fate>,
    /// Numbers of the files that set off no file trigger.
    pub(crate) silent: Vec<usize>,
    /// The installed packages it takes the place of, as positions among the outgoing.
    pub(crate) replaces: Vec<usize>,
    /// Whether its %pre needs a package that is only coming with this transaction (`Requires(pre)`).
    pub(crate) pre_waits: bool,
}

/// Where a package comes from.
pub(crate) enum Source {
    /// A package file.
    File(PathBuf, Package),
    /// The header kept of a package that was installed before.
    Record,
}

/// An installed package to be removed.
pub(crate) struct Outgoing {
    pub(crate) row: u32,
    pub(crate) header: Header,
    pub(crate) nevra: String,
    pub(crate) files: Vec<FileInfo>,
    pub(crate) places: Vec<String>,
    /// Whether an incoming package takes its place.
    pub(crate) replaced: bool,
}

/// What happens to a file of an incoming package (rpm: rpmFileAction).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is installed. What is there now keeps a second name with this suffix, if any.
    Create(Option<&'static str>),
    /// It is installed under another name: with this suffix.
    Beside(&'static str),
    /// It is not installed: a ghost, or what is there stays.
    Skip,
}

impl Incoming {
    pub(crate) fn name(&self) -> &str {
        self.header.name()
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Files with their place and fate.
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, &FileInfo, &str, &Fate)> {
        let rows = self.files.iter().zip(&self.places).zip(&self.fates).enumerate();
        rows.map(|(index, ((file, place), fate))| (index, file, place.as_str(), fate))
    }
}

impl Outgoing {
    /// Whether the n-th file is really there (rpm: RPMFILE_STATE_NORMAL).
    pub(crate) fn is_installed(&self, index: usize) -> bool {
        crate::installed::is_there(&self.header, index)
    }
}
