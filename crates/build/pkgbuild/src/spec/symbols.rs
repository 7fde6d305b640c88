//! Whether a library of ours can stand in for the imported one of the same name: programs are linked to that, and one of them
//! that misses a symbol does not start (ld.so(8)). systemd may be among them.

use object::Endianness;
use object::elf::{self, FileHeader64};
use object::read::SymbolIndex;
use object::read::elf::{ElfFile64, SectionTable, Sym, VersionTable};
use rpmfile::Package;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// By the name that programs ask for (DT_SONAME), the symbols a library has for them: `NAME@VERSION`.
type Libraries = BTreeMap<String, BTreeSet<String>>;

/// So many missing symbols are shown.
const SHOWN: usize = 5;

/// What the libraries of these packages lack and those of the imported packages of the same names have, in words; nothing when
/// all is well. `repository` is that of the imported packages.
pub(crate) fn missing(rpms: &[PathBuf], repository: &Path) -> Result<Vec<String>, rpmfile::Error> {
    let (mut ours, mut theirs) = (Libraries::new(), Libraries::new());
    for rpm in rpms {
        let package = Package::open(rpm)?;
        for imported in imported(package.header.name(), repository)? {
            theirs.extend(libraries(&imported)?);
        }
        ours.extend(libraries(&package)?);
    }
    let pairs = ours
        .iter()
        .filter_map(|(soname, symbols)| Some((soname, symbols, theirs.get(soname)?)));
    Ok(pairs
        .filter_map(|(soname, ours, theirs)| describe(soname, &theirs.difference(ours).collect::<Vec<_>>()))
        .collect())
}

fn describe(soname: &str, missing: &[&String]) -> Option<String> {
    let first: Vec<&str> = missing.iter().take(SHOWN).map(|name| name.as_str()).collect();
    let more = match missing.len() {
        0 => return None,
        count if count > SHOWN => format!(" and {} more", count - SHOWN),
        _ => String::new(),
    };
    Some(format!("{soname} has not {}{more}", first.join(", ")))
}

/// The imported packages of this name: one, or none.
fn imported(name: &str, repository: &Path) -> Result<Vec<Package>, rpmfile::Error> {
    let entries = fs::read_dir(repository.join("Packages")).into_iter().flatten();
    let start = format!("{name}-");
    let files = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&start));
    let packages: Result<Vec<Package>, _> = files.map(|entry| Package::open(entry.path())).collect();
    Ok(packages?
        .into_iter()
        .filter(|package| package.header.name() == name)
        .collect())
}

/// The libraries in a package.
fn libraries(package: &Package) -> Result<Libraries, rpmfile::Error> {
    let mut found = Libraries::new();
    let mut payload = package.payload()?;
    while let Some(mut entry) = payload.next_entry()? {
        if !entry.info().is_regular() || entry.info().path.starts_with("/usr/lib/debug/") {
            continue;
        }
        let mut bytes = Vec::new();
        if entry.read_to_end(&mut bytes).is_ok() {
            found.extend(library(&bytes).ok().flatten());
        }
    }
    Ok(found)
}

/// The name and the symbols of a library; nothing for another file.
fn library(bytes: &[u8]) -> object::read::Result<Option<(String, BTreeSet<String>)>> {
    let Ok(file) = ElfFile64::<Endianness>::parse(bytes) else {
        return Ok(None);
    };
    let (endian, sections) = (file.endian(), file.elf_section_table());
    if file.elf_header().e_type.get(endian) != elf::ET_DYN {
        return Ok(None);
    }
    let Some(soname) = soname(sections, endian, bytes)? else {
        return Ok(None);
    };
    let versions = sections.versions(endian, bytes)?.unwrap_or_default();
    let table = file.elf_dynamic_symbol_table();
    let mut symbols = BTreeSet::new();
    for (index, symbol) in table.enumerate() {
        // The versions themselves are symbols without a place.
        let placed = !symbol.is_undefined(endian) && !symbol.is_absolute(endian);
        if placed && !symbol.is_local() {
            let name = text(symbol.name(endian, table.strings())?);
            symbols.insert(with_version(name, &versions, endian, index)?);
        }
    }
    Ok(Some((soname, symbols)))
}

fn soname(
    sections: &SectionTable<'_, FileHeader64<Endianness>>,
    endian: Endianness,
    bytes: &[u8],
) -> object::read::Result<Option<String>> {
    let table = sections.dynamic_table(endian, bytes)?;
    let mut entries = table.iter();
    match entries.find(|entry| entry.tag == elf::DT_SONAME) {
        Some(entry) => Ok(Some(text(table.string(entry)?))),
        None => Ok(None),
    }
}

fn with_version(
    name: String,
    versions: &VersionTable<'_, FileHeader64<Endianness>>,
    endian: Endianness,
    index: SymbolIndex,
) -> object::read::Result<String> {
    let version = versions.version(versions.version_index(endian, index).index())?;
    Ok(match version {
        Some(version) => format!("{name}@{}", text(version.name())),
        None => name,
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// The C library has symbols of all kinds, and versions of most.
    #[test]
    fn symbols_are_those_that_nm_prints() {
        let path = "/lib/x86_64-linux-gnu/libc.so.6";
        let (soname, ours) = library(&fs::read(path).unwrap()).unwrap().unwrap();
        assert_eq!(soname, "libc.so.6");
        let nm = Command::new("nm")
            .args(["--dynamic", "--defined-only", "--format=posix", path])
            .output();
        let output = String::from_utf8(nm.expect("apt-get install binutils").stdout).unwrap();
        let theirs: BTreeSet<String> = output
            .lines()
            .filter(|line| !line.contains(" A "))
            .filter_map(|line| Some(line.split_whitespace().next()?.replace("@@", "@")))
            .collect();
        assert!(theirs.len() > 2000);
        let differ: Vec<&String> = ours.symmetric_difference(&theirs).take(SHOWN).collect();
        assert!(differ.is_empty(), "{differ:?}");
    }

    #[test]
    fn other_files_are_no_libraries() {
        assert!(library(b"#!/bin/sh\n").unwrap().is_none());
        let program = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(library(&program).unwrap().is_none());
    }

    #[test]
    fn of_many_missing_symbols_the_first_are_shown() {
        let all = names(&["a", "b", "c", "d", "e", "f", "g"]);
        let few: Vec<&String> = all.iter().take(2).collect();
        assert_eq!(describe("libx.so.1", &[]), None);
        assert_eq!(describe("libx.so.1", &few).unwrap(), "libx.so.1 has not a, b");
        let many: Vec<&String> = all.iter().collect();
        assert_eq!(
            describe("libx.so.1", &many).unwrap(),
            "libx.so.1 has not a, b, c, d, e and 2 more"
        );
    }
}
