//! Dependencies read from the files of a package, named exactly as rpmbuild's generators name them.
//!
//! Three kinds of file tell what they need and offer:
//!
//! - ELF objects: `libc.so.6(GLIBC_2.38)(64bit)`, as rpm's `elfdeps` has it, and the libraries a program opens at run
//!   time, from its `.note.dlopen` section;
//! - scripts: the interpreter of the `#!` line, as rpm's `script.req` has it;
//! - pkg-config files: `pkgconfig(zlib) = 1.3.1`, as rpm's `pkgconfigdeps.sh` has it.
//!
//! A file that is broken or of no interest gives nothing; nothing here fails or panics on foreign bytes.

mod dlopen;
mod elf;
mod pkgconfig;
mod script;

use std::collections::BTreeSet;

use rpmfile::Dependency;

/// A file of a package.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its absolute path on the system.
    pub path: &'a str,
    /// Its permission bits: only what is executable needs an interpreter.
    pub mode: u32,
    /// Its content.
    pub bytes: &'a [u8],
}

impl File<'_> {
    fn is_executable(&self) -> bool {
        self.mode & 0o111 != 0
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

/// What the files of a package need and offer, sorted and each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What must be there.
    pub requires: BTreeSet<Dependency>,
    /// What others may require.
    pub provides: BTreeSet<Dependency>,
    /// What should be there: libraries opened at run time for a main function.
    pub recommends: BTreeSet<Dependency>,
    /// What may be there: libraries opened at run time for something optional.
    pub suggests: BTreeSet<Dependency>,
}

impl Found {
    /// Adds what one file tells.
    pub fn scan(&mut self, file: &File<'_>) {
        if elf::is_elf(file.bytes) {
            elf::scan(file, self);
        } else if pkgconfig::is_pkgconfig(file.path) {
            pkgconfig::scan(file, self);
        } else if file.is_executable() {
            script::scan(file, self);
        }
    }

    /// Adds what was found elsewhere.
    pub fn merge(&mut self, other: Self) {
        self.requires.extend(other.requires);
        self.provides.extend(other.provides);
        self.recommends.extend(other.recommends);
        self.suggests.extend(other.suggests);
    }
}

/// Scans many files.
pub fn scan<'a>(files: impl IntoIterator<Item = File<'a>>) -> Found {
    let mut found = Found::default();
    files.into_iter().for_each(|file| found.scan(&file));
    found
}
