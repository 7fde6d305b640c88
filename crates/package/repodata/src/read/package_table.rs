//! All packages of a repository: the mapped cache and the ways to look into it.

use std::io;
use std::path::Path;

use rpmfile::DepFlags;

use super::package_ref::{DependencyKind, DependencyRef, PackageRef};
use super::parse_primary::split_path;
use super::primary_columns::{DEPENDENCY, FILE, MAGIC, field, kind_of, package_of, section};
use super::sections::{Column, Key, Sections};
use super::strings::Strings;

/// The packages of a repository.
#[derive(Debug)]
pub struct PackageTable {
    sections: Sections,
}

impl PackageTable {
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

    /// How many packages there are.
    pub fn len(&self) -> usize {
        self.sections.column(section::BY_NAME).len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A package by its number.
    pub fn package(&self, id: u32) -> Option<PackageRef<'_>> {
        ((id as usize) < self.len()).then_some(PackageRef { table: self, id })
    }

    /// All packages in the order of the repository.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = PackageRef<'_>> {
        (0..self.len() as u32).map(|id| PackageRef { table: self, id })
    }

    /// All packages in the order of their names.
    pub fn sorted(&self) -> impl ExactSizeIterator<Item = PackageRef<'_>> {
        let index = self.sections.column(section::BY_NAME);
        (0..self.len()).map(move |position| PackageRef {
            table: self,
            id: index.get(position),
        })
    }

    /// The packages of a name, in the order of the repository.
    pub fn by_name<'a>(&'a self, name: &'a str) -> impl Iterator<Item = PackageRef<'a>> + 'a {
        let index = self.sections.column(section::BY_NAME);
        let start = index.partition_point(|id| self.name_text(id, field::NAME) < name);
        let ids = (start..index.len()).map(move |position| index.get(position));
        ids.map(|id| PackageRef { table: self, id })
            .take_while(move |package| package.name() == name)
    }

    /// The dependencies of one kind on (or, for provides, offers of) a capability, and the packages they belong to.
    /// Versions are not compared.
    pub fn dependents<'a>(
        &'a self,
        kind: DependencyKind,
        name: &str,
    ) -> impl Iterator<Item = (PackageRef<'a>, DependencyRef<'a>)> + 'a {
        let (index, rows) = (
            self.sections.column(section::DEPENDENCIES_BY_NAME),
            self.dependency_column(),
        );
        let name = self.names().find(name);
        let key = move |dependency: u32| {
            let row = dependency as usize * DEPENDENCY;
            (kind_of(rows.get(row + 3)), rows.get(row))
        };
        let wanted = name.map(|name| (kind as u32, name));
        let start = wanted.map_or(index.len(), |wanted| {
            index.partition_point(|dependency| key(dependency) < wanted)
        });
        let found = (start..index.len()).map(move |position| index.get(position));
        found
            .take_while(move |dependency| Some(key(*dependency)) == wanted)
            .map(move |dependency| {
                let id = package_of(rows.get(dependency as usize * DEPENDENCY + 3));
                (PackageRef { table: self, id }, self.dependency(dependency))
            })
    }

    /// Who provides a capability by name. Files are not looked at.
    pub fn providers<'a>(
        &'a self,
        name: &str,
    ) -> impl Iterator<Item = (PackageRef<'a>, DependencyRef<'a>)> + 'a {
        self.dependents(DependencyKind::Provides, name)
    }

    /// Who has a file, as far as primary lists it (programs and configuration).
    pub fn primary_file_owners<'a>(&'a self, path: &str) -> impl Iterator<Item = PackageRef<'a>> + 'a {
        let (dir, base) = split_path(path);
        let (index, rows) = (self.sections.column(section::FILES_BY_BASE), self.file_column());
        let wanted = self.names().find(dir).zip(self.names().find(base));
        let base_of = move |file: u32| rows.get(file as usize * FILE + 1);
        let start = wanted.map_or(index.len(), |(_, base)| {
            index.partition_point(|file| base_of(file) < base)
        });
        let found = (start..index.len()).map(move |position| index.get(position));
        found
            .take_while(move |file| wanted.is_some_and(|(_, base)| base_of(*file) == base))
            .filter(move |file| wanted.is_some_and(|(dir, _)| rows.get(*file as usize * FILE) == dir))
            .map(move |file| PackageRef {
                table: self,
                id: package_of(rows.get(file as usize * FILE + 2)),
            })
    }

    /// Every path in primary that a name-by-name search could ask for (for globs), with its owner.
    pub fn primary_files(&self) -> impl Iterator<Item = (PackageRef<'_>, &str, &str)> {
        let rows = self.file_column();
        (0..(rows.len() / FILE) as u32).map(move |file| {
            let (dir, base) = self.file(file);
            (
                PackageRef {
                    table: self,
                    id: package_of(rows.get(file as usize * FILE + 2)),
                },
                dir,
                base,
            )
        })
    }

    fn strings(&self, first: usize) -> Strings<'_> {
        Strings {
            bytes: self.sections.bytes(first),
            ends: self.sections.column(first + 1),
            table: self.sections.column(first + 2),
        }
    }

    fn names(&self) -> Strings<'_> {
        self.strings(section::NAMES)
    }

    pub(super) fn number(&self, id: u32, field: usize) -> u32 {
        self.sections
            .column(section::ROWS)
            .get(id as usize * field::COUNT + field)
    }

    pub(super) fn wide_number(&self, id: u32, field: usize) -> u64 {
        u64::from(self.number(id, field)) | u64::from(self.number(id, field + 1)) << 32
    }

    pub(super) fn name_text(&self, id: u32, field: usize) -> &str {
        self.names().get(self.number(id, field))
    }

    pub(super) fn text(&self, id: u32, field: usize) -> &str {
        self.strings(section::TEXTS).get(self.number(id, field))
    }

    pub(super) fn dependency_column(&self) -> Column<'_> {
        self.sections.column(section::DEPENDENCIES)
    }

    pub(super) fn dependency(&self, index: u32) -> DependencyRef<'_> {
        let (rows, start, names) = (
            self.dependency_column(),
            index as usize * DEPENDENCY,
            self.names(),
        );
        DependencyRef {
            name: names.get(rows.get(start)),
            flags: DepFlags(rows.get(start + 1)),
            evr: names.get(rows.get(start + 2)),
        }
    }

    pub(super) fn file_column(&self) -> Column<'_> {
        self.sections.column(section::FILES)
    }

    pub(super) fn file(&self, index: u32) -> (&str, &str) {
        let (rows, start, names) = (self.file_column(), index as usize * FILE, self.names());
        (names.get(rows.get(start)), names.get(rows.get(start + 1)))
    }
}
