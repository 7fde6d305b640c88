//! Where packages come from, seen through borrowed accessors so that a memory-mapped cache needs no copy.

use std::fmt;

use crate::relation::Relation;

/// Name, version and architecture of a package, borrowed from its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity<'a> {
    /// Package name.
    pub name: &'a str,
    /// Epoch; 0 when the package states none.
    pub epoch: u32,
    /// Upstream version.
    pub version: &'a str,
    /// Release of this build.
    pub release: &'a str,
    /// Architecture, `noarch` included.
    pub arch: &'a str,
}

impl Identity<'_> {
    /// `[epoch:]version-release`, without an epoch of 0.
    pub fn evr(&self) -> String {
        match self.epoch {
            0 => format!("{}-{}", self.version, self.release),
            epoch => format!("{epoch}:{}-{}", self.version, self.release),
        }
    }
}

/// `name-[epoch:]version-release.arch`, as `rpm -q` prints it.
impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.{}", self.name, self.evr(), self.arch)
    }
}

/// The kinds of relations a package has to others (rpm-dependencies(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RelationKind {
    /// What the package offers.
    Provides,
    /// What must be there.
    Requires,
    /// What must not be there.
    Conflicts,
    /// What it replaces, by package name.
    Obsoletes,
    /// What should be there.
    Recommends,
    /// What may be mentioned to the user.
    Suggests,
    /// What this package should accompany.
    Supplements,
    /// What this package may be mentioned for.
    Enhances,
}

/// One group of packages: the installed ones, or those of one repository.
///
/// Indices run from 0 to `len() - 1` and stay the same for the life of the value.
pub trait PackageSource {
    /// How many packages there are.
    fn len(&self) -> usize;

    /// Whether there are no packages.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Name, version and architecture of a package.
    fn identity(&self, index: usize) -> Identity<'_>;

    /// Calls `visit` for each relation of one kind, in the package's order.
    fn relations<'a>(&'a self, index: usize, kind: RelationKind, visit: &mut dyn FnMut(Relation<'a>));

    /// The packages that contain `path`. May read complete file lists when the short ones do not know it.
    fn owners(&self, path: &str) -> Vec<usize>;
}
