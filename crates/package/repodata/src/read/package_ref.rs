//! A package of a repository, borrowed from the cache.

use std::cmp::Ordering;
use std::fmt;

use rpmfile::{DepFlags, Dependency, Evr, Nevra, compare_versions};

use super::package_table::PackageTable;
use super::primary_columns::{DEPENDENCY, FILE, field};

/// The kinds of dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencyKind {
    /// What it offers.
    Provides,
    /// What it needs.
    Requires,
    /// What it cannot live with.
    Conflicts,
    /// What it replaces.
    Obsoletes,
    /// What is installed with it by default.
    Recommends,
    /// What goes well with it.
    Suggests,
    /// What it wants to be installed with by default.
    Supplements,
    /// What it goes well with, seen from the other side.
    Enhances,
}

impl DependencyKind {
    /// From the name of the element in primary.
    pub(crate) fn from_element(name: &str) -> Option<Self> {
        Some(match name {
            "provides" => Self::Provides,
            "requires" => Self::Requires,
            "conflicts" => Self::Conflicts,
            "obsoletes" => Self::Obsoletes,
            "recommends" => Self::Recommends,
            "suggests" => Self::Suggests,
            "supplements" => Self::Supplements,
            "enhances" => Self::Enhances,
            _ => return None,
        })
    }
}

/// One dependency, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DependencyRef<'a> {
    /// The capability, a path, or a rich dependency in parentheses.
    pub name: &'a str,
    /// How the version is compared; `PREREQ` when it is needed before installation.
    pub flags: DepFlags,
    /// The version, empty for any.
    pub evr: &'a str,
}

impl DependencyRef<'_> {
    /// An owned copy.
    pub fn to_dependency(self) -> Dependency {
        Dependency::new(self.name, self.flags, self.evr)
    }
}

/// A package. Copying it copies two words.
#[derive(Clone, Copy)]
pub struct PackageRef<'a> {
    pub(super) table: &'a PackageTable,
    pub(super) id: u32,
}

impl<'a> PackageRef<'a> {
    /// Its number in the table.
    pub fn id(self) -> u32 {
        self.id
    }

    /// Its name.
    pub fn name(self) -> &'a str {
        self.table.name_text(self.id, field::NAME)
    }

    /// Its architecture.
    pub fn arch(self) -> &'a str {
        self.table.name_text(self.id, field::ARCH)
    }

    /// Its epoch, 0 when it has none.
    pub fn epoch(self) -> u32 {
        self.table.number(self.id, field::EPOCH)
    }

    /// Its version.
    pub fn version(self) -> &'a str {
        self.table.name_text(self.id, field::VERSION)
    }

    /// Its release.
    pub fn release(self) -> &'a str {
        self.table.name_text(self.id, field::RELEASE)
    }

    /// Epoch, version and release.
    pub fn evr(self) -> Evr {
        Evr::new(self.epoch(), self.version(), self.release())
    }

    /// Compares epoch, version and release without copying them.
    pub fn compare_evr(self, other: PackageRef<'_>) -> Ordering {
        let version = || compare_versions(self.version(), other.version());
        let release = || compare_versions(self.release(), other.release());
        self.epoch()
            .cmp(&other.epoch())
            .then_with(version)
            .then_with(release)
    }

    /// Name, version and architecture.
    pub fn nevra(self) -> Nevra {
        Nevra::new(self.name(), self.evr(), self.arch())
    }

    /// Where the file is, relative to the repository (or to [`location_base`](Self::location_base)).
    pub fn location(self) -> &'a str {
        self.table.text(self.id, field::LOCATION)
    }

    /// Another base address for the location; empty as a rule.
    pub fn location_base(self) -> &'a str {
        self.table.text(self.id, field::BASE)
    }

    /// The kind of the file's digest, `sha256` as a rule.
    pub fn checksum_type(self) -> &'a str {
        self.table.text(self.id, field::CHECKSUM_TYPE)
    }

    /// The file's digest in hex.
    pub fn checksum(self) -> &'a str {
        self.table.text(self.id, field::CHECKSUM)
    }

    /// Size of the file.
    pub fn size(self) -> u64 {
        self.table.wide_number(self.id, field::SIZE)
    }

    /// Bytes its files take when installed.
    pub fn installed_size(self) -> u64 {
        self.table.wide_number(self.id, field::INSTALLED_SIZE)
    }

    /// When it was built, in seconds since 1970.
    pub fn build_time(self) -> u32 {
        self.table.number(self.id, field::BUILD_TIME)
    }

    /// Where the main header lies in the file.
    pub fn header_range(self) -> std::ops::Range<u32> {
        self.table.number(self.id, field::HEADER_START)..self.table.number(self.id, field::HEADER_END)
    }

    /// One line about it.
    pub fn summary(self) -> &'a str {
        self.table.text(self.id, field::SUMMARY)
    }

    /// Several lines about it.
    pub fn description(self) -> &'a str {
        self.table.text(self.id, field::DESCRIPTION)
    }

    /// Its home page.
    pub fn url(self) -> &'a str {
        self.table.text(self.id, field::URL)
    }

    /// Its licence.
    pub fn license(self) -> &'a str {
        self.table.text(self.id, field::LICENSE)
    }

    /// Who distributes it.
    pub fn vendor(self) -> &'a str {
        self.table.text(self.id, field::VENDOR)
    }

    /// A category.
    pub fn group(self) -> &'a str {
        self.table.text(self.id, field::GROUP)
    }

    /// Who packaged it.
    pub fn packager(self) -> &'a str {
        self.table.text(self.id, field::PACKAGER)
    }

    /// File name of the source package.
    pub fn source_rpm(self) -> &'a str {
        self.table.text(self.id, field::SOURCE_RPM)
    }

    /// The dependencies of one kind.
    pub fn dependencies(self, kind: DependencyKind) -> impl ExactSizeIterator<Item = DependencyRef<'a>> + 'a {
        let table = self.table;
        let start = table.number(self.id, field::DEPENDENCIES + kind as usize);
        let end = table.number(self.id, field::DEPENDENCIES + kind as usize + 1);
        let end = end.min((table.dependency_column().len() / DEPENDENCY) as u32);
        (start.min(end)..end).map(move |index| table.dependency(index))
    }

    /// What it offers.
    pub fn provides(self) -> impl ExactSizeIterator<Item = DependencyRef<'a>> + 'a {
        self.dependencies(DependencyKind::Provides)
    }

    /// What it needs.
    pub fn requires(self) -> impl ExactSizeIterator<Item = DependencyRef<'a>> + 'a {
        self.dependencies(DependencyKind::Requires)
    }

    /// The files that primary lists (programs and configuration), as directory and last part.
    pub fn primary_files(self) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        let table = self.table;
        let end = table
            .number(self.id, field::FILES + 1)
            .min((table.file_column().len() / FILE) as u32);
        (table.number(self.id, field::FILES).min(end)..end).map(move |index| table.file(index))
    }
}

impl fmt::Debug for PackageRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.nevra())
    }
}

impl PartialEq for PackageRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.table, other.table) && self.id == other.id
    }
}

impl Eq for PackageRef<'_> {}
