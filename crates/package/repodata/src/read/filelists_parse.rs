//! `filelists.xml` into columns.

use std::collections::HashMap;
use std::io::BufRead;

use super::filelists::{MAGIC, section};
use super::package_table::PackageTable;
use super::parse_primary::split_path;
use super::sections::{Assembly, Key};
use super::strings::Interner;
use super::xml::{Attributes, Handler, walk};

/// Parses filelists and makes the cache file for it. Packages that primary does not know are left out.
pub(crate) fn parse(
    source: impl BufRead,
    packages: &PackageTable,
    digest: [u8; 32],
) -> Result<Vec<u8>, String> {
    let mut parser = Parser {
        numbers: packages
            .iter()
            .map(|package| (package.checksum(), package.id()))
            .collect(),
        names: Interner::new(),
        files: Vec::new(),
        bounds: vec![0; packages.len() * 2],
        order: Vec::new(),
        current: None,
    };
    walk(source, &mut parser)?;
    parser.finish(digest)
}

struct Parser<'a> {
    numbers: HashMap<&'a str, u32>,
    names: Interner,
    files: Vec<u32>,
    bounds: Vec<u32>,
    order: Vec<u32>,
    current: Option<u32>,
}

impl Handler for Parser<'_> {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), String> {
        if name == "package" {
            let id = attributes.get("pkgid")?.unwrap_or_default();
            self.current = self.numbers.get(id.as_str()).copied();
            if let Some(package) = self.current {
                let start = self.file_count();
                self.bounds[package as usize * 2] = start;
                self.order.extend([start, package]);
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
                let (dir, base) = (self.names.intern(dir), self.names.intern(base));
                self.files.extend([dir, base]);
            }
            "package" => {
                self.bounds[package as usize * 2 + 1] = self.file_count();
                self.current = None;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Parser<'_> {
    fn file_count(&self) -> u32 {
        (self.files.len() / 2) as u32
    }

    fn finish(self, source: [u8; 32]) -> Result<Vec<u8>, String> {
        if !self.names.fits() || u32::try_from(self.files.len()).is_err() {
            return Err("the repository is too large".to_owned());
        }
        let by_base = by_base(&self.files, self.names.len());
        let mut file = Assembly::new(&Key { magic: MAGIC, source }, section::COUNT);
        self.names.store(&mut file);
        file.numbers(&self.files);
        drop(self.files);
        for numbers in [&self.bounds, &self.order, &by_base] {
            file.numbers(numbers);
        }
        Ok(file.finish())
    }
}

/// File numbers ordered by the number of their last part: a counting sort, for there are millions of them.
fn by_base(files: &[u32], names: usize) -> Vec<u32> {
    let mut next = vec![0u32; names + 1];
    files
        .chunks_exact(2)
        .for_each(|file| next[file[1] as usize + 1] += 1);
    for index in 0..names {
        next[index + 1] += next[index];
    }
    let mut index = vec![0; files.len() / 2];
    for (number, file) in (0..).zip(files.chunks_exact(2)) {
        let slot = &mut next[file[1] as usize];
        index[*slot as usize] = number;
        *slot += 1;
    }
    index
}
