//! Which packages: some whole desktops and servers, then as many others as there is room for.

use std::collections::{BTreeMap, BTreeSet};

use super::index::{Index, Package};
use super::{FILES, PACKAGES};

/// What is measured by name is always there.
const ROOTS: [&str; 8] = [
    "gnome-core",
    "git",
    "bash",
    "build-essential",
    "apache2",
    "postgresql",
    "kde-plasma-desktop",
    "libreoffice",
];

/// The chosen packages: with each one, all it needs and recommends.
pub(crate) struct Choice {
    names: BTreeSet<String>,
}

impl Choice {
    pub(crate) fn make(index: &Index, files: &BTreeMap<String, usize>) -> Self {
        let mut choice = Self {
            names: BTreeSet::new(),
        };
        let mut total = 0;
        let mut candidates: Vec<&str> = index.names().collect();
        candidates.sort_by_key(|name| (shuffle(name), *name));
        for name in ROOTS.into_iter().chain(candidates) {
            let more = choice.closure(index, name);
            let paths: usize = more.iter().filter_map(|name| files.get(*name)).sum();
            let count = choice.names.len() + more.len();
            if count <= PACKAGES && total + paths <= room(count) {
                total += paths;
                choice.names.extend(more.into_iter().map(str::to_owned));
            }
        }
        choice
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn packages<'i>(&'i self, index: &'i Index) -> impl Iterator<Item = &'i Package> {
        self.names.iter().filter_map(|name| index.get(name))
    }

    /// A package and all it needs and recommends, as far as not chosen yet.
    fn closure<'i>(&self, index: &'i Index, name: &'i str) -> BTreeSet<&'i str> {
        let mut found = BTreeSet::new();
        let mut pending = vec![name];
        while let Some(name) = pending.pop() {
            let Some(package) = index.get(name) else { continue };
            if !self.names.contains(name) && found.insert(package.name.as_str()) {
                let wanted = package.requires.iter().chain(&package.recommends);
                pending.extend(wanted.filter_map(|relation| index.resolve(relation)));
            }
        }
        found
    }
}

/// How many paths the first `count` packages may have. Desktops have more than others: the head start that lets
/// them in shrinks to nothing.
fn room(count: usize) -> usize {
    (FILES * count + FILES / 4 * PACKAGES.saturating_sub(count)) / PACKAGES
}

/// FNV-1a: an order that has nothing to do with the alphabet and is the same everywhere.
fn shuffle(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
