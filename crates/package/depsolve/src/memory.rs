//! Packages held in memory: the installed set, package files named on a command line, tests.

use std::collections::HashMap;

use crate::relation::Relation;
use crate::source::{Identity, PackageSource, RelationKind};

/// One relation with its own strings.
#[derive(Clone, Debug, Default)]
struct OwnedRelation {
    name: String,
    flags: u32,
    evr: String,
}

/// One package with its own strings.
#[derive(Clone, Debug, Default)]
pub struct PackageRecord {
    name: String,
    epoch: u32,
    version: String,
    release: String,
    arch: String,
    relations: HashMap<u8, Vec<OwnedRelation>>,
    files: Vec<String>,
}

impl PackageRecord {
    /// A package without relations or files.
    pub fn new(identity: Identity<'_>) -> Self {
        Self {
            name: identity.name.to_owned(),
            epoch: identity.epoch,
            version: identity.version.to_owned(),
            release: identity.release.to_owned(),
            arch: identity.arch.to_owned(),
            ..Self::default()
        }
    }

    /// Adds a relation.
    pub fn relate(&mut self, kind: RelationKind, relation: Relation<'_>) {
        self.relations.entry(kind as u8).or_default().push(OwnedRelation {
            name: relation.name.to_owned(),
            flags: relation.flags,
            evr: relation.evr.to_owned(),
        });
    }

    /// Adds a file path.
    pub fn add_file(&mut self, path: impl Into<String>) {
        self.files.push(path.into());
    }

    /// Name, version and architecture.
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            name: &self.name,
            epoch: self.epoch,
            version: &self.version,
            release: &self.release,
            arch: &self.arch,
        }
    }
}

/// A list of packages in memory, with an index of their files.
#[derive(Clone, Debug, Default)]
pub struct PackageList {
    packages: Vec<PackageRecord>,
    files: HashMap<String, Vec<usize>>,
}

impl PackageList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a package and returns its index.
    pub fn push(&mut self, mut package: PackageRecord) -> usize {
        let index = self.packages.len();
        for path in std::mem::take(&mut package.files) {
            self.files.entry(path).or_default().push(index);
        }
        self.packages.push(package);
        index
    }
}

impl PackageSource for PackageList {
    fn len(&self) -> usize {
        self.packages.len()
    }

    fn identity(&self, index: usize) -> Identity<'_> {
        self.packages[index].identity()
    }

    fn relations<'a>(&'a self, index: usize, kind: RelationKind, visit: &mut dyn FnMut(Relation<'a>)) {
        let relations = self.packages[index].relations.get(&(kind as u8));
        for relation in relations.into_iter().flatten() {
            visit(Relation {
                name: &relation.name,
                flags: relation.flags,
                evr: &relation.evr,
            });
        }
    }

    fn owners(&self, path: &str) -> Vec<usize> {
        self.files.get(path).cloned().unwrap_or_default()
    }
}
