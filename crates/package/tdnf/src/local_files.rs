//! Package files named on the command line, as a repository `@cmdline`.

use std::path::{Path, PathBuf};

use depsolve::{Identity, PackageSource, Relation, RelationKind};
use rpmfile::Package;

use crate::error::Error;
use crate::installed;

/// The label of the repository.
pub(crate) const LABEL: &str = "@cmdline";

/// Package files.
#[derive(Default)]
pub struct LocalFiles {
    packages: Vec<(PathBuf, Package)>,
}

impl LocalFiles {
    /// Reads the headers of files.
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Self, Error> {
        let open = |path: &PathBuf| {
            let failed = |source| Error::PackageFile {
                path: path.clone(),
                source,
            };
            Ok((path.clone(), Package::open(path).map_err(failed)?))
        };
        Ok(Self {
            packages: paths.iter().map(open).collect::<Result<_, Error>>()?,
        })
    }

    /// Names, versions and architectures of all of them.
    pub(crate) fn nevras(&self) -> Vec<String> {
        self.packages
            .iter()
            .map(|(_, package)| installed::identity(&package.header).to_string())
            .collect()
    }

    /// The fingerprint of the package in a file, as it was when it was named.
    pub(crate) fn fingerprint(&self, path: &Path) -> Option<[u8; 32]> {
        let found = self.packages.iter().find(|(known, _)| known == path);
        found.map(|(_, package)| package.fingerprint())
    }

    /// A package and its file.
    pub(crate) fn get(&self, index: usize) -> (&Path, &Package) {
        let (path, package) = &self.packages[index];
        (path, package)
    }
}

impl PackageSource for LocalFiles {
    fn len(&self) -> usize {
        self.packages.len()
    }

    fn identity(&self, index: usize) -> Identity<'_> {
        installed::identity(&self.packages[index].1.header)
    }

    fn relations<'a>(&'a self, index: usize, kind: RelationKind, visit: &mut dyn FnMut(Relation<'a>)) {
        installed::relations(&self.packages[index].1.header, kind, visit);
    }

    fn owners(&self, path: &str) -> Vec<usize> {
        let has = |index: &usize| installed::contains(&self.packages[*index].1.header, path);
        (0..self.packages.len()).filter(has).collect()
    }
}
