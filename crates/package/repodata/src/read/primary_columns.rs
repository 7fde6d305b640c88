//! The layout of the package cache: which number stands where.

use std::io::{self, Cursor};

use super::sections::{Assembly, Key, Output, sorted_index};
use super::strings::Interner;

/// Changes whenever the layout or the meaning of anything in it does.
pub(crate) const MAGIC: [u8; 8] = *b"LUMENPK1";

/// Sections of the file.
pub(crate) mod section {
    pub(crate) const NAMES: usize = 0;
    pub(crate) const TEXTS: usize = 3;
    pub(crate) const ROWS: usize = 6;
    pub(crate) const DEPENDENCIES: usize = 7;
    pub(crate) const FILES: usize = 8;
    pub(crate) const BY_NAME: usize = 9;
    pub(crate) const DEPENDENCIES_BY_NAME: usize = 10;
    pub(crate) const FILES_BY_BASE: usize = 11;
    pub(crate) const COUNT: usize = 12;
}

/// Numbers of a package's row. Strings that are compared are in `NAMES`, those that are only shown in `TEXTS`.
pub(crate) mod field {
    pub(crate) const NAME: usize = 0;
    pub(crate) const ARCH: usize = 1;
    pub(crate) const EPOCH: usize = 2;
    pub(crate) const VERSION: usize = 3;
    pub(crate) const RELEASE: usize = 4;
    /// Where each kind of dependency begins; the next number is where it ends.
    pub(crate) const DEPENDENCIES: usize = 5;
    /// Where the files begin; the next number is where they end.
    pub(crate) const FILES: usize = 14;
    /// Low and high half.
    pub(crate) const SIZE: usize = 16;
    pub(crate) const INSTALLED_SIZE: usize = 18;
    pub(crate) const BUILD_TIME: usize = 20;
    pub(crate) const HEADER_START: usize = 21;
    pub(crate) const HEADER_END: usize = 22;
    pub(crate) const SOURCE_RPM: usize = 23;
    pub(crate) const CHECKSUM_TYPE: usize = 24;
    pub(crate) const CHECKSUM: usize = 25;
    pub(crate) const LOCATION: usize = 26;
    pub(crate) const BASE: usize = 27;
    pub(crate) const SUMMARY: usize = 28;
    pub(crate) const DESCRIPTION: usize = 29;
    pub(crate) const URL: usize = 30;
    pub(crate) const LICENSE: usize = 31;
    pub(crate) const VENDOR: usize = 32;
    pub(crate) const GROUP: usize = 33;
    pub(crate) const PACKAGER: usize = 34;
    pub(crate) const COUNT: usize = 35;
}

/// Numbers per dependency: name, flags, version, and package with kind.
pub(crate) const DEPENDENCY: usize = 4;
/// Numbers per file: directory, name in it, and package with kind.
pub(crate) const FILE: usize = 3;
/// Kinds of dependencies.
pub(crate) const KINDS: usize = 8;

/// A package number with a kind in the upper four bits.
pub(crate) fn pack(package: u32, kind: u32) -> u32 {
    package | (kind << 28)
}

/// The package number.
pub(crate) fn package_of(packed: u32) -> u32 {
    packed & 0x0fff_ffff
}

/// The kind.
pub(crate) fn kind_of(packed: u32) -> u32 {
    packed >> 28
}

/// More packages than these cannot be numbered.
pub(crate) const MAX_PACKAGES: usize = 0x0fff_ffff;

pub(crate) type Row = [u32; field::COUNT];

/// The cache while it is filled.
pub(crate) struct Columns {
    pub(crate) names: Interner,
    pub(crate) texts: Interner,
    pub(crate) rows: Vec<Row>,
    pub(crate) dependencies: Vec<[u32; DEPENDENCY]>,
    pub(crate) files: Vec<[u32; FILE]>,
}

impl Columns {
    pub(crate) fn new() -> Self {
        Self {
            names: Interner::new(),
            texts: Interner::new(),
            rows: Vec::new(),
            dependencies: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Whether all of it can be numbered.
    pub(crate) fn checked(self) -> Result<Self, String> {
        let counts_fit = self.rows.len() <= MAX_PACKAGES && u32::try_from(self.dependencies.len()).is_ok();
        match counts_fit && self.names.fits() && self.texts.fits() {
            true => Ok(self),
            false => Err("the repository is too large".to_owned()),
        }
    }

    /// Writes the cache file.
    pub(crate) fn write(self, out: &mut dyn Output, source: [u8; 32]) -> io::Result<()> {
        let [by_name, dependencies, files] =
            [self.by_name(), self.dependencies_by_name(), self.files_by_base()];
        let mut file = Assembly::new(out, &Key { magic: MAGIC, source }, section::COUNT);
        self.names.store(&mut file);
        self.texts.store(&mut file);
        file.numbers(self.rows.as_flattened());
        drop(self.rows);
        file.numbers(self.dependencies.as_flattened());
        drop(self.dependencies);
        file.numbers(self.files.as_flattened());
        [by_name, dependencies, files]
            .iter()
            .for_each(|index| file.numbers(index));
        file.finish()
    }

    /// The cache file in memory.
    pub(crate) fn bytes(self, source: [u8; 32]) -> io::Result<Vec<u8>> {
        let mut file = Cursor::new(Vec::new());
        self.write(&mut file, source).map(|()| file.into_inner())
    }

    /// Package numbers in the order of their names.
    fn by_name(&self) -> Vec<u32> {
        let mut index: Vec<u32> = (0..self.rows.len() as u32).collect();
        let name = |package: &u32| self.names.text(self.rows[*package as usize][field::NAME]);
        index.sort_by(|a, b| name(a).cmp(name(b)));
        index
    }

    /// Dependency numbers ordered by kind, then by the number of the name.
    fn dependencies_by_name(&self) -> Vec<u32> {
        let by_name = sorted_index(self.dependencies.iter().map(|row| row[0]), self.names.len());
        let kind = |number: &u32| kind_of(self.dependencies[*number as usize][3]);
        let by_kind = sorted_index(by_name.iter().map(kind), 1 << 4);
        by_kind.into_iter().map(|place| by_name[place as usize]).collect()
    }

    /// File numbers ordered by the number of their last part.
    fn files_by_base(&self) -> Vec<u32> {
        sorted_index(self.files.iter().map(|row| row[1]), self.names.len())
    }
}
