//! ELF objects, after rpm's tools/elfdeps.c.

use object::elf::{self, FileHeader32, FileHeader64};
use object::read::StringTable;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, SectionTable};
use object::{Endianness, FileKind, SectionIndex};
use rpmfile::Dependency;

use crate::{File, Found, dlopen};

type Read<T> = object::read::Result<T>;

pub(crate) fn is_elf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF")
}

/// A broken object gives what was read up to the damage, as with elfdeps.
pub(crate) fn scan(file: &File<'_>, found: &mut Found) {
    let _ = match FileKind::parse(file.bytes) {
        Ok(FileKind::Elf64) => Object::<FileHeader64<Endianness>>::scan(file, found),
        Ok(FileKind::Elf32) => Object::<FileHeader32<Endianness>>::scan(file, found),
        _ => Ok(()),
    };
}

/// An executable or shared object, and what was learned from its dynamic section.
struct Object<'a, Elf: FileHeader> {
    file: &'a File<'a>,
    endian: Elf::Endian,
    sections: SectionTable<'a, Elf>,
    /// `(64bit)`, or nothing: what tells the libraries of two word sizes apart.
    marker: &'static str,
    is_shared: bool,
    has_interpreter: bool,
    soname: Option<&'a str>,
    hash: bool,
    gnu_hash: bool,
    /// DT_DEBUG is what the linker gives to programs and not to libraries.
    debug: bool,
}

impl<'a, Elf: FileHeader<Endian = Endianness>> Object<'a, Elf> {
    fn scan(file: &'a File<'a>, found: &mut Found) -> Read<()> {
        let header = Elf::parse(file.bytes)?;
        let endian = header.endian()?;
        let kind = header.e_type(endian);
        if kind != elf::ET_DYN && kind != elf::ET_EXEC {
            return Ok(());
        }
        let mut object = Self {
            file,
            endian,
            sections: header.sections(endian, file.bytes)?,
            marker: marker(header.is_class_64(), header.e_machine(endian)),
            is_shared: kind == elf::ET_DYN,
            has_interpreter: has_interpreter(header, endian, file.bytes)?,
            soname: None,
            hash: false,
            gnu_hash: false,
            debug: false,
        };
        object.defined_versions(found)?;
        object.needed_versions(found)?;
        object.dynamic(found)?;
        object.opened_later(found);
        object.whole(found);
        Ok(())
    }

    /// A program that is not executable is data: its needs do not count (elfdeps: genRequires).
    fn counts_requires(&self) -> bool {
        !self.has_interpreter || self.file.is_executable()
    }

    /// The versions of symbols this library defines: section `.gnu.version_d`.
    fn defined_versions(&self, found: &mut Found) -> Read<()> {
        let Some((definitions, link)) = self.sections.gnu_verdef(self.endian, self.file.bytes)? else {
            return Ok(());
        };
        let strings = self.strings(link)?;
        let mut library = None;
        for definition in definitions {
            let (definition, names) = definition?;
            let is_library =
                definition.vd_flags.get(self.endian) & elf::VER_FLG_BASE != elf::VersionFlags::default();
            for name in names {
                let name = text(name?.name(self.endian, strings)?);
                match (is_library, library) {
                    (true, _) => library = Some(name),
                    (false, Some(library)) => self.add(&mut found.provides, library, name),
                    (false, None) => {}
                }
            }
        }
        Ok(())
    }

    /// The versions of symbols this object uses: section `.gnu.version_r`.
    fn needed_versions(&self, found: &mut Found) -> Read<()> {
        let Some((needs, link)) = self.sections.gnu_verneed(self.endian, self.file.bytes)? else {
            return Ok(());
        };
        let strings = self.strings(link)?;
        for need in needs.into_iter().filter(|_| self.counts_requires()) {
            let (need, versions) = need?;
            let library = text(need.file(self.endian, strings)?);
            for version in versions {
                self.add(
                    &mut found.requires,
                    library,
                    text(version?.name(self.endian, strings)?),
                );
            }
        }
        Ok(())
    }

    /// The dynamic section: libraries needed, own name, hash tables.
    fn dynamic(&mut self, found: &mut Found) -> Read<()> {
        let table = self.sections.dynamic_table(self.endian, self.file.bytes)?;
        for entry in table.iter() {
            match entry.tag {
                elf::DT_NEEDED if self.counts_requires() => {
                    self.add(&mut found.requires, text(table.string(entry)?), "");
                }
                elf::DT_SONAME => self.soname = Some(text(table.string(entry)?)),
                elf::DT_HASH => self.hash = true,
                elf::DT_GNU_HASH => self.gnu_hash = true,
                elf::DT_DEBUG => self.debug = true,
                _ => {}
            }
        }
        Ok(())
    }

    /// What follows from the object as a whole.
    fn whole(&self, found: &mut Found) {
        if self.counts_requires() && self.gnu_hash && !self.hash {
            found.requires.insert(Dependency::any("rtld(GNU_HASH)"));
        }
        if self.is_shared && !self.debug {
            self.add(&mut found.provides, self.soname.unwrap_or(self.file.name()), "");
        }
    }

    /// Section `.note.dlopen`, if there is one. A note that is not understood is no reason to lose the rest.
    fn opened_later(&self, found: &mut Found) {
        let section = self.sections.section_by_name(self.endian, b".note.dlopen");
        let notes = section.and_then(|(_, section)| section.notes(self.endian, self.file.bytes).ok()?);
        for note in notes.into_iter().flatten().flatten() {
            if note.name() == dlopen::OWNER && note.n_type(self.endian) == dlopen::NOTE {
                dlopen::scan(note.desc(), self.marker, found);
            }
        }
    }

    fn add(&self, to: &mut std::collections::BTreeSet<Dependency>, library: &str, version: &str) {
        if is_library_name(library) {
            to.insert(library_dependency(library, version, self.marker));
        }
    }

    fn strings(&self, link: SectionIndex) -> Read<StringTable<'a>> {
        self.sections.strings(self.endian, self.file.bytes, link)
    }
}

/// `libc.so.6(GLIBC_2.38)(64bit)`. The parentheses of the version stay, empty, when only the word size follows.
pub(crate) fn library_dependency(library: &str, version: &str, marker: &str) -> Dependency {
    match version.is_empty() && marker.is_empty() {
        true => Dependency::any(library),
        false => Dependency::any(format!("{library}({version}){marker}")),
    }
}

/// elfdeps: mkmarker. Alpha had 64 bits only and no need to say so.
fn marker(is_64: bool, machine: elf::Machine) -> &'static str {
    match is_64 && machine != elf::EM_ALPHA {
        true => "(64bit)",
        false => "",
    }
}

/// elfdeps: skipSoname. Plug-ins and other objects whose name is not that of a library are nobody's dependency.
pub(crate) fn is_library_name(name: &str) -> bool {
    let is_loader = ["ld.", "ld-", "ld64.", "ld64-"]
        .iter()
        .any(|start| name.starts_with(start));
    name.contains(".so") && (is_loader || name.starts_with("lib"))
}

fn has_interpreter<Elf: FileHeader>(header: &Elf, endian: Elf::Endian, bytes: &[u8]) -> Read<bool> {
    let segments = header.program_headers(endian, bytes)?;
    Ok(segments
        .iter()
        .any(|segment| segment.p_type(endian) == elf::PT_INTERP))
}

/// A name that is not text is no library's.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_libraries_count() {
        for name in ["libc.so.6", "ld-linux-x86-64.so.2", "ld64.so.2", "libfoo-1.2.so"] {
            assert!(is_library_name(name), "{name}");
        }
        for name in ["pam_unix.so", "", "  ", "libfoo", "linux-vdso.so.1", "sshd"] {
            assert!(!is_library_name(name), "{name}");
        }
    }

    #[test]
    fn the_marker_keeps_an_empty_version() {
        let name = |version, marker| library_dependency("liba.so.1", version, marker).name;
        assert_eq!(name("", "(64bit)"), "liba.so.1()(64bit)");
        assert_eq!(name("V", "(64bit)"), "liba.so.1(V)(64bit)");
        assert_eq!(name("V", ""), "liba.so.1(V)");
        assert_eq!(name("", ""), "liba.so.1");
    }

    #[test]
    fn damaged_objects_give_nothing_and_no_panic() {
        let whole = std::fs::read("/proc/self/exe").unwrap();
        for cut in [4, 16, 63, 64, 100, whole.len() / 2] {
            let file = File {
                path: "/usr/bin/x",
                mode: 0o755,
                bytes: &whole[..cut],
            };
            let mut found = Found::default();
            scan(&file, &mut found);
            assert_eq!(found, Found::default(), "cut at {cut}");
        }
    }
}
