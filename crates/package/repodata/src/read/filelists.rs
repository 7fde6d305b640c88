//! Every path of every package: the second cache, made only when someone asks for it.

use std::io;
use std::path::Path;

use super::parse_primary::split_path;
use super::sections::{Column, Key, Sections};
use super::strings::Strings;

/// Changes whenever the layout does.
pub(crate) const MAGIC: [u8; 8] = *b"LUMENFL1";

/// Sections of the file.
pub(crate) mod section {
    pub(crate) const NAMES: usize = 0;
    /// Two numbers per file: directory and last part.
    pub(crate) const FILES: usize = 3;
    /// Two numbers per package of primary: where its files begin and end.
    pub(crate) const BOUNDS: usize = 4;
    /// Two numbers per package of filelists, in its order: where its files begin, and the package's number.
    pub(crate) const ORDER: usize = 5;
    /// File numbers in the order of their last part's number.
    pub(crate) const BY_BASE: usize = 6;
    pub(crate) const COUNT: usize = 7;
}

/// The paths of all packages. Package numbers are those of the [`PackageTable`](super::PackageTable) it was made with.
#[derive(Debug)]
pub struct FileTable {
    sections: Sections,
}

impl FileTable {
    pub(crate) fn open(path: &Path, source: [u8; 32]) -> io::Result<Self> {
        Ok(Self {
            sections: Sections::open(path, &Key { magic: MAGIC, source }, section::COUNT)?,
        })
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>, source: [u8; 32]) -> io::Result<Self> {
        Ok(Self {
            sections: Sections::from_bytes(bytes, &Key { magic: MAGIC, source }, section::COUNT)?,
        })
    }

    /// How many paths there are.
    pub fn len(&self) -> usize {
        self.files().len() / 2
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The paths of a package.
    pub fn files_of(&self, package: u32) -> impl Iterator<Item = String> + '_ {
        let bounds = self.sections.column(section::BOUNDS);
        let end = bounds.get(package as usize * 2 + 1).min(self.len() as u32);
        (bounds.get(package as usize * 2)..end).map(|file| self.path(file))
    }

    /// The numbers of the packages that have a path.
    pub fn owners(&self, path: &str) -> Vec<u32> {
        let (dir, base) = split_path(path);
        let Some((dir, base)) = self.names().find(dir).zip(self.names().find(base)) else {
            return Vec::new();
        };
        let (index, files) = (self.sections.column(section::BY_BASE), self.files());
        let base_of = |file: u32| files.get(file as usize * 2 + 1);
        let start = index.partition_point(|file| base_of(file) < base);
        let found = (start..index.len())
            .map(|position| index.get(position))
            .take_while(|file| base_of(*file) == base);
        found
            .filter(|file| files.get(*file as usize * 2) == dir)
            .map(|file| self.package_of(file))
            .collect()
    }

    /// Every path that satisfies `wanted` (for globs), given its directory and last part, with its package's number.
    pub fn search<'a>(
        &'a self,
        wanted: impl Fn(&str, &str) -> bool + 'a,
    ) -> impl Iterator<Item = (u32, String)> + 'a {
        let found = (0..self.len() as u32).filter(move |file| {
            let (dir, base) = self.parts(*file);
            wanted(dir, base)
        });
        found.map(|file| (self.package_of(file), self.path(file)))
    }

    fn package_of(&self, file: u32) -> u32 {
        let order = self.sections.column(section::ORDER);
        let (mut low, mut high) = (0, order.len() / 2);
        while low < high {
            let middle = low + (high - low) / 2;
            if order.get(middle * 2) <= file {
                low = middle + 1
            } else {
                high = middle
            }
        }
        order.get(low.saturating_sub(1) * 2 + 1)
    }

    fn path(&self, file: u32) -> String {
        let (dir, base) = self.parts(file);
        format!("{dir}/{base}")
    }

    fn parts(&self, file: u32) -> (&str, &str) {
        let (files, names) = (self.files(), self.names());
        (
            names.get(files.get(file as usize * 2)),
            names.get(files.get(file as usize * 2 + 1)),
        )
    }

    fn files(&self) -> Column<'_> {
        self.sections.column(section::FILES)
    }

    fn names(&self) -> Strings<'_> {
        Strings {
            bytes: self.sections.bytes(section::NAMES),
            ends: self.sections.column(section::NAMES + 1),
            table: self.sections.column(section::NAMES + 2),
        }
    }
}
