//! `filelists.xml` into columns.

use std::collections::HashMap;
use std::io::{self, BufRead, Cursor};

use super::filelists::{MAGIC, section};
use super::package_table::PackageTable;
use super::parse_primary::split_path;
use super::sections::{Assembly, Key, Output, sorted_index};
use super::strings::Interner;
use super::xml::{Attributes, Handler, walk};

/// Parses filelists. Packages that primary does not know are left out.
pub(crate) fn parse(source: impl BufRead, packages: &PackageTable) -> Result<Columns, String> {
    let mut parser = Parser {
        numbers: packages
            .iter()
            .map(|package| (package.checksum(), package.id()))
            .collect(),
        columns: Columns {
            names: Interner::new(),
            files: Vec::new(),
            bounds: vec![0; packages.len() * 2],
            order: Vec::new(),
        },
        current: None,
    };
    walk(source, &mut parser)?;
    parser.columns.checked()
}

/// The cache while it is filled.
pub(crate) struct Columns {
    names: Interner,
    files: Vec<u32>,
    bounds: Vec<u32>,
    order: Vec<u32>,
}

struct Parser<'a> {
    numbers: HashMap<&'a str, u32>,
    columns: Columns,
    current: Option<u32>,
}

impl Handler for Parser<'_> {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), String> {
        if name == "package" {
            let id = attributes.get("pkgid")?.unwrap_or_default();
            self.current = self.numbers.get(id.as_str()).copied();
            if let Some(package) = self.current {
                let start = self.columns.file_count();
                self.columns.bounds[package as usize * 2] = start;
                self.columns.order.extend([start, package]);
            }
        }
        Ok(())
    }

    fn end(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(package) = self.current else {
            return Ok(());
        };
        match name {
            "file" => {
                let (dir, base) = split_path(text);
                let names = &mut self.columns.names;
                let (dir, base) = (names.intern(dir), names.intern(base));
                self.columns.files.extend([dir, base]);
            }
            "package" => {
                self.columns.bounds[package as usize * 2 + 1] = self.columns.file_count();
                self.current = None;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Columns {
    fn file_count(&self) -> u32 {
        (self.files.len() / 2) as u32
    }

    /// Whether all of it can be numbered.
    fn checked(self) -> Result<Self, String> {
        match self.names.fits() && u32::try_from(self.files.len()).is_ok() {
            true => Ok(self),
            false => Err("the repository is too large".to_owned()),
        }
    }

    /// Writes the cache file.
    pub(crate) fn write(self, out: &mut dyn Output, source: [u8; 32]) -> io::Result<()> {
        let bases = self.files.chunks_exact(2).map(|file| file[1]);
        let by_base = sorted_index(bases, self.names.len());
        let mut file = Assembly::new(out, &Key { magic: MAGIC, source }, section::COUNT);
        self.names.store(&mut file);
        file.numbers(&self.files);
        drop(self.files);
        for numbers in [&self.bounds, &self.order, &by_base] {
            file.numbers(numbers);
        }
        file.finish()
    }

    /// The cache file in memory.
    pub(crate) fn bytes(self, source: [u8; 32]) -> io::Result<Vec<u8>> {
        let mut file = Cursor::new(Vec::new());
        self.write(&mut file, source).map(|()| file.into_inner())
    }
}
