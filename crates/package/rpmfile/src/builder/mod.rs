//! Building packages.
//!
//! The result depends on nothing but what the builder is told: no clock, no host name, no order of insertion.

mod dependencies;
mod description;
mod file;
mod file_list;
mod payload;
mod plan;
mod scripts;
mod sign;
mod signature;
mod write;

use std::path::PathBuf;

pub use file::{Content, FileEntry, FileKind};
pub use sign::sign;
pub use signature::Signer;

use crate::{Dependency, Evr, Nevra, Scriptlet, Trigger};

/// An entry of the changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangelogEntry {
    /// Seconds since 1970.
    pub time: u32,
    /// Who, usually with address and version.
    pub author: String,
    /// What.
    pub text: String,
}

/// A package that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Its name.
    pub nevra: Nevra,
    /// Where it was written.
    pub path: PathBuf,
    /// Its size.
    pub size: u64,
}

/// The description of a package. Fields are public and may be set in any way; the methods only add what is
/// commonly forgotten. What rpmbuild adds by itself is added here too: `Provides` of the package itself (also with
/// the architecture), `Requires` of the interpreters of scriptlets and of features of the format (`rpmlib(...)`).
#[derive(Debug, Clone)]
pub struct Builder {
    /// Name, version and architecture.
    pub nevra: Nevra,
    /// One line about it.
    pub summary: String,
    /// Several lines about it.
    pub description: String,
    /// Its licence, as an SPDX expression.
    pub license: String,
    /// Its home page.
    pub url: Option<String>,
    /// Who distributes it.
    pub vendor: Option<String>,
    /// Who packaged it.
    pub packager: Option<String>,
    /// A category.
    pub group: String,
    /// File name of the source package; by default made of name and version.
    pub source_rpm: Option<String>,
    /// Seconds since 1970; also the modification time of files that state none.
    pub build_time: u32,
    /// Not the real one, so that every machine gives the same package.
    pub build_host: String,
    /// What it needs.
    pub requires: Vec<Dependency>,
    /// What it offers, beside itself.
    pub provides: Vec<Dependency>,
    /// What it cannot live with.
    pub conflicts: Vec<Dependency>,
    /// What it replaces.
    pub obsoletes: Vec<Dependency>,
    /// What is installed with it by default.
    pub recommends: Vec<Dependency>,
    /// What goes well with it.
    pub suggests: Vec<Dependency>,
    /// What it wants to be installed with by default.
    pub supplements: Vec<Dependency>,
    /// What it goes well with.
    pub enhances: Vec<Dependency>,
    /// Its files, in any order.
    pub files: Vec<FileEntry>,
    /// Programs to run on installation and removal.
    pub scriptlets: Vec<Scriptlet>,
    /// Programs to run when other packages or files come and go.
    pub triggers: Vec<Trigger>,
    /// Changes, newest first.
    pub changelog: Vec<ChangelogEntry>,
    /// Compression of the payload, 1 to 22.
    pub zstd_level: i32,
}

impl Builder {
    /// A package without files.
    pub fn new(name: impl Into<String>, evr: Evr, arch: impl Into<String>) -> Self {
        Self {
            nevra: Nevra::new(name, evr, arch),
            summary: String::new(),
            description: String::new(),
            license: String::new(),
            url: None,
            vendor: None,
            packager: None,
            group: "Unspecified".to_owned(),
            source_rpm: None,
            build_time: 0,
            build_host: "localhost".to_owned(),
            requires: Vec::new(),
            provides: Vec::new(),
            conflicts: Vec::new(),
            obsoletes: Vec::new(),
            recommends: Vec::new(),
            suggests: Vec::new(),
            supplements: Vec::new(),
            enhances: Vec::new(),
            files: Vec::new(),
            scriptlets: Vec::new(),
            triggers: Vec::new(),
            changelog: Vec::new(),
            zstd_level: 9,
        }
    }

    /// Adds a file.
    pub fn file(&mut self, file: FileEntry) -> &mut Self {
        self.files.push(file);
        self
    }
}
