//! The dynamic symbols a program defines, taken out of it.
//!
//! Go programs that import the package `plugin` export every function they have, so that Go plugins could link to them:
//! a fifth of the Docker daemon is names that nobody looks up. Layout and addresses stay as they are: the entries, their
//! names and the hash table (System V ABI, chapter 5; GNU hash of binutils) are overwritten with zeros, which compress
//! to nothing and are holes in a file system.

use std::ops::Range;

use object::elf::{self, DynamicTag, FileHeader64, RelocationType, SectionType};
use object::read::elf::{FileHeader, SectionHeader, SectionTable, Sym};
use object::{Endianness, SectionIndex};

type Elf = FileHeader64<Endianness>;

const SYMBOL: usize = size_of::<elf::Sym64<Endianness>>();
/// Offsets of `st_info` and `st_other` in a symbol.
const INFO: usize = 4;
const OTHER: usize = 5;
/// Tools complain when a local symbol follows a global one, so that entries without content are global ones.
const GLOBAL: u8 = 1 << 4;
const VERSION: usize = size_of::<elf::Versym<Endianness>>();
/// Number of buckets, first symbol, words of the Bloom filter, shift; the filter's word; one bucket.
const EMPTY_HASH: usize = 4 * 4 + 8 + 4;
/// Relocations that copy a library's variable into the program, where libraries then look it up.
const COPIES: [RelocationType; 2] = [elf::R_X86_64_COPY, elf::R_AARCH64_COPY];
/// Entries of the dynamic section that are offsets into the string table.
const NAMES: [DynamicTag; 4] = [elf::DT_NEEDED, elf::DT_SONAME, elf::DT_RPATH, elf::DT_RUNPATH];

/// A copy of the program without the symbols it defines.
///
/// # Errors
/// When it is no 64-bit program, or its own relocations need the symbols.
pub(super) fn clear(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let plan = Plan::read(bytes).map_err(|error| error.to_string())??;
    let mut cleared = bytes.to_vec();
    plan.apply(&mut cleared)
        .ok_or("its sections reach beyond its end")?;
    Ok(cleared)
}

/// What to overwrite.
struct Plan {
    /// Entries of the symbol table that nobody needs, and their versions.
    symbols: Vec<Range<usize>>,
    versions: Vec<Range<usize>>,
    /// Entries that the program's own relocations need.
    own: Vec<Range<usize>>,
    hash: Range<usize>,
    strings: Range<usize>,
    /// Where the names begin, in the string table, that are still needed.
    names: Vec<usize>,
}

impl Plan {
    fn read(bytes: &[u8]) -> object::Result<Result<Self, String>> {
        let header = Elf::parse(bytes)?;
        let endian = header.endian()?;
        Reader {
            bytes,
            endian,
            sections: header.sections(endian, bytes)?,
        }
        .plan()
    }

    fn apply(&self, bytes: &mut [u8]) -> Option<()> {
        for range in &self.versions {
            bytes.get_mut(range.clone())?.fill(0);
        }
        for range in &self.symbols {
            let symbol = bytes.get_mut(range.clone())?;
            symbol.fill(0);
            *symbol.get_mut(INFO)? = GLOBAL;
        }
        // Hidden ones are taken as they are, without a look into the hash table.
        for range in &self.own {
            *bytes.get_mut(range.clone())?.get_mut(OTHER)? = elf::STV_HIDDEN.0;
        }
        let hash = bytes.get_mut(self.hash.clone())?;
        let first_symbol = hash.get(4..8)?.to_vec();
        hash.fill(0);
        // One bucket, empty; one word of the filter, which says no to everything.
        hash.get_mut(..4)?.copy_from_slice(&1u32.to_le_bytes());
        hash.get_mut(4..8)?.copy_from_slice(&first_symbol);
        hash.get_mut(8..12)?.copy_from_slice(&1u32.to_le_bytes());
        keep_names(bytes.get_mut(self.strings.clone())?, &self.names)
    }
}

/// Overwrites all but the strings that begin at `names`; one may be the end of another.
fn keep_names(strings: &mut [u8], names: &[usize]) -> Option<()> {
    let mut kept = vec![0; strings.len()];
    for start in names {
        let end = start + strings.get(*start..)?.iter().position(|byte| *byte == 0)?;
        kept.get_mut(*start..end)?.copy_from_slice(&strings[*start..end]);
    }
    strings.copy_from_slice(&kept);
    Some(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    endian: Endianness,
    sections: SectionTable<'a, Elf>,
}

impl Reader<'_> {
    fn plan(&self) -> object::Result<Result<Plan, String>> {
        let symbols = self.sections.symbols(self.endian, self.bytes, elf::SHT_DYNSYM)?;
        let (Some(hash), Some(versions)) = (self.find(elf::SHT_GNU_HASH), self.find(elf::SHT_GNU_VERSYM))
        else {
            return Ok(Err("it has no GNU hash table of versioned symbols".into()));
        };
        let defined: Vec<usize> = symbols
            .enumerate()
            .filter(|(_, symbol)| symbol.st_shndx(self.endian) != elf::SHN_UNDEF)
            .map(|(index, _)| index.0)
            .collect();
        if let Some(problem) = self.problem(&defined, &hash)? {
            return Ok(Err(problem));
        }
        let used = self.relocated()?;
        let (own, unused): (Vec<usize>, Vec<usize>) = defined
            .iter()
            .partition(|index| used.iter().any(|(used, _)| used == *index));
        let table = self.range(symbols.section())?;
        let entries = |indexes: &[usize], table: &Range<usize>, size| -> Vec<Range<usize>> {
            indexes.iter().map(|index| entry(table, *index, size)).collect()
        };
        let mut names = self.names()?;
        let kept = symbols
            .enumerate()
            .filter(|(index, _)| unused.binary_search(&index.0).is_err());
        names.extend(kept.map(|(_, symbol)| symbol.st_name(self.endian) as usize));
        Ok(Ok(Plan {
            symbols: entries(&unused, &table, SYMBOL),
            versions: entries(&unused, &versions, VERSION),
            own: entries(&own, &table, SYMBOL),
            hash,
            strings: self.range(symbols.string_section())?,
            names,
        }))
    }

    /// Why the symbols cannot go.
    fn problem(&self, defined: &[usize], hash: &Range<usize>) -> object::Result<Option<String>> {
        if self.endian != Endianness::Little || hash.len() < EMPTY_HASH {
            return Ok(Some("its hash table is not one we can empty".into()));
        }
        if self.find(elf::SHT_GNU_VERDEF).is_some() {
            return Ok(Some("it is a library: others link to its symbols".into()));
        }
        let copied = |(index, kind): &(usize, RelocationType)| {
            COPIES.contains(kind) && defined.binary_search(index).is_ok()
        };
        let copy = self.relocated()?.into_iter().find(copied);
        Ok(copy.map(|(index, _)| format!("symbol {index} is a variable that libraries look up in it")))
    }

    /// The symbols that relocations refer to, and how.
    fn relocated(&self) -> object::Result<Vec<(usize, RelocationType)>> {
        let mut used = Vec::new();
        for section in self.sections.iter() {
            if let Some((relocations, _)) = section.rela(self.endian, self.bytes)? {
                let reference = |one: &elf::Rela64<Endianness>| {
                    let (symbol, kind) = (one.r_sym(self.endian, false), one.r_type(self.endian, false));
                    (symbol as usize, kind)
                };
                used.extend(
                    relocations
                        .iter()
                        .map(reference)
                        .filter(|(symbol, _)| *symbol != 0),
                );
            }
        }
        Ok(used)
    }

    /// Names that are not those of symbols: libraries and versions needed.
    fn names(&self) -> object::Result<Vec<usize>> {
        let table = self.sections.dynamic_table(self.endian, self.bytes)?;
        let named = table.iter().filter(|entry| NAMES.contains(&entry.tag));
        let mut names: Vec<usize> = named
            .filter_map(|entry| usize::try_from(entry.val).ok())
            .collect();
        if let Some((needs, _)) = self.sections.gnu_verneed(self.endian, self.bytes)? {
            for need in needs {
                let (need, versions) = need?;
                names.push(need.vn_file.get(self.endian) as usize);
                for version in versions {
                    names.push(version?.vna_name.get(self.endian) as usize);
                }
            }
        }
        Ok(names)
    }

    fn find(&self, kind: SectionType) -> Option<Range<usize>> {
        let mut sections = self.sections.iter();
        let section = sections.find(|section| section.sh_type(self.endian) == kind)?;
        let (offset, size) = section.file_range(self.endian)?;
        Some(bounds(offset, size))
    }

    fn range(&self, index: SectionIndex) -> object::Result<Range<usize>> {
        let section = self.sections.section(index)?;
        let (offset, size) = section.file_range(self.endian).unwrap_or_default();
        Ok(bounds(offset, size))
    }
}

fn bounds(offset: u64, size: u64) -> Range<usize> {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    start..start.saturating_add(usize::try_from(size).unwrap_or(usize::MAX))
}

fn entry(table: &Range<usize>, index: usize, size: usize) -> Range<usize> {
    let start = table.start + index * size;
    start..start + size
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use super::*;

    const PROGRAM: &str = r#"
#include <stdio.h>
#include <dlfcn.h>
int looked_up_by_name(void) { return 1; }
int called_through_a_relocation(void) { return 2; }
int (*pointer)(void) = called_through_a_relocation;
__thread int of_this_thread = 3;
int main(void) {
    printf("%d %d ", pointer(), of_this_thread);
    printf("found: %d\n", dlsym(RTLD_DEFAULT, "looked_up_by_name") != 0);
#ifdef COPY
    return ferror(stdout);
#endif
    return 0;
}
"#;

    fn compile(dir: &Path, options: &[&str]) -> PathBuf {
        let (source, program) = (dir.join("program.c"), dir.join("program"));
        std::fs::write(&source, format!("#define _GNU_SOURCE\n{PROGRAM}")).unwrap();
        let mut command = Command::new("cc");
        command.arg("-o").arg(&program).arg(&source).args(options);
        let status = command.arg("-Wl,--hash-style=gnu").status();
        assert!(status.expect("install the package `gcc`").success());
        program
    }

    fn output(program: &Path, arguments: &[&str]) -> String {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_program_runs_without_the_symbols_it_exported() {
        let dir = tempfile::tempdir().unwrap();
        let program = compile(dir.path(), &["-rdynamic", "-fPIE", "-pie"]);
        assert_eq!(output(&program, &[]), "2 3 found: 1\n");
        let before = std::fs::read(&program).unwrap();
        let after = clear(&before).unwrap();
        assert_eq!(before.len(), after.len());
        // The same file, so that it stays executable.
        std::fs::write(&program, &after).unwrap();
        assert_eq!(output(&program, &[]), "2 3 found: 0\n");
        let path = program.to_str().unwrap();
        let symbols = output(Path::new("readelf"), &["--dyn-syms", "--wide", path]);
        assert!(symbols.contains("dlsym@GLIBC"), "{symbols}");
        assert!(!symbols.contains("looked_up_by_name"), "{symbols}");
        assert_eq!(clear(&after).unwrap(), after, "nothing is left to do");
    }

    #[test]
    fn symbols_that_are_used_stay() {
        let dir = tempfile::tempdir().unwrap();
        // `stdout` is copied into a program that is not position-independent, and the C library looks it up there.
        let program = compile(dir.path(), &["-DCOPY", "-rdynamic", "-fno-pie", "-no-pie"]);
        let refused = clear(&std::fs::read(program).unwrap()).unwrap_err();
        assert!(refused.contains("a variable that libraries look up"), "{refused}");
    }

    #[test]
    fn what_is_no_program_is_refused() {
        assert!(clear(b"#!/bin/sh\n").is_err());
        let dir = tempfile::tempdir().unwrap();
        let program = std::fs::read(compile(dir.path(), &[])).unwrap();
        for length in [64, program.len() / 2, program.len() - 1] {
            // Damage must not make it panic.
            let _ = clear(&program[..length]);
        }
    }
}
