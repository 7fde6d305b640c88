//! The installed packages as the solver and the queries see them, borrowed from the database's headers.

use std::path::Path;

use depsolve::{Identity, PackageSource, Relation, RelationKind};
use rpmdb::{Installed, Mode, RpmDb};
use rpmfile::{Header, Tag};

use crate::error::Error;

/// All installed packages of a root.
pub struct InstalledSet {
    packages: Vec<Installed>,
}

impl InstalledSet {
    /// Reads them; a root without a database has none.
    pub fn load(root: &Path) -> Result<Self, Error> {
        match RpmDb::open(root, Mode::Read) {
            Ok(db) => Ok(Self {
                packages: visible(db.packages()?),
            }),
            Err(rpmdb::Error::Missing { .. }) => Ok(Self { packages: Vec::new() }),
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing is installed.
    pub(crate) fn empty() -> Self {
        Self { packages: Vec::new() }
    }

    /// The package at an index.
    pub fn get(&self, index: usize) -> &Installed {
        &self.packages[index]
    }

    /// All packages.
    pub fn iter(&self) -> impl Iterator<Item = &Installed> {
        self.packages.iter()
    }
}

/// Keys imported into the database look like packages and are none.
fn visible(packages: Vec<Installed>) -> Vec<Installed> {
    packages
        .into_iter()
        .filter(|package| package.header.name() != "gpg-pubkey")
        .collect()
}

/// Name, version and architecture of a header, borrowed from it.
pub(crate) fn identity(header: &Header) -> Identity<'_> {
    let text = |tag: Tag| header.get_str(tag).unwrap_or("");
    // The header of a source package tells for which architecture it was made.
    let source = header.contains(Tag::SOURCE_PACKAGE);
    Identity {
        name: text(Tag::NAME),
        epoch: header.epoch().unwrap_or(0),
        version: text(Tag::VERSION),
        release: text(Tag::RELEASE),
        arch: if source { "src" } else { text(Tag::ARCH) },
    }
}

/// The three tags a kind of relation is stored in: names, flags, versions.
fn tags(kind: RelationKind) -> (Tag, Tag, Tag) {
    match kind {
        RelationKind::Provides => (Tag::PROVIDE_NAME, Tag::PROVIDE_FLAGS, Tag::PROVIDE_VERSION),
        RelationKind::Requires => (Tag::REQUIRE_NAME, Tag::REQUIRE_FLAGS, Tag::REQUIRE_VERSION),
        RelationKind::Conflicts => (Tag::CONFLICT_NAME, Tag::CONFLICT_FLAGS, Tag::CONFLICT_VERSION),
        RelationKind::Obsoletes => (Tag::OBSOLETE_NAME, Tag::OBSOLETE_FLAGS, Tag::OBSOLETE_VERSION),
        RelationKind::Recommends => (Tag::RECOMMEND_NAME, Tag::RECOMMEND_FLAGS, Tag::RECOMMEND_VERSION),
        RelationKind::Suggests => (Tag::SUGGEST_NAME, Tag::SUGGEST_FLAGS, Tag::SUGGEST_VERSION),
        RelationKind::Supplements => (
            Tag::SUPPLEMENT_NAME,
            Tag::SUPPLEMENT_FLAGS,
            Tag::SUPPLEMENT_VERSION,
        ),
        RelationKind::Enhances => (Tag::ENHANCE_NAME, Tag::ENHANCE_FLAGS, Tag::ENHANCE_VERSION),
    }
}

/// Visits the relations of a header.
pub(crate) fn relations<'a>(header: &'a Header, kind: RelationKind, visit: &mut dyn FnMut(Relation<'a>)) {
    let (names, flags, versions) = tags(kind);
    let flags = header.get_u32s(flags);
    let versions = header.get_str_array(versions);
    for (index, name) in header.get_str_array(names).into_iter().enumerate() {
        let flags = flags.get(index).copied().unwrap_or(0);
        visit(Relation {
            name,
            flags,
            evr: versions.get(index).copied().unwrap_or(""),
        });
    }
}

/// Whether a package has a path, without building its list of paths.
pub(crate) fn contains(header: &Header, path: &str) -> bool {
    let (dir, base) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    let Some(wanted) = header
        .get_str_array(Tag::DIR_NAMES)
        .iter()
        .position(|name| *name == dir)
    else {
        return false;
    };
    let indexes = header.get_u32s(Tag::DIR_INDEXES);
    let names = header.get_str_array(Tag::BASE_NAMES);
    names
        .iter()
        .zip(indexes)
        .any(|(name, index)| *name == base && index as usize == wanted)
}

impl PackageSource for InstalledSet {
    fn len(&self) -> usize {
        self.packages.len()
    }

    fn identity(&self, index: usize) -> Identity<'_> {
        identity(&self.packages[index].header)
    }

    fn relations<'a>(&'a self, index: usize, kind: RelationKind, visit: &mut dyn FnMut(Relation<'a>)) {
        relations(&self.packages[index].header, kind, visit);
    }

    fn owners(&self, path: &str) -> Vec<usize> {
        (0..self.packages.len())
            .filter(|&index| contains(&self.packages[index].header, path))
            .collect()
    }
}
