//! Whether programs came out as hardened as the macro file asks for: build systems drop flags without a word.
//!
//! Checked is what the finished file shows: position independence, read-only relocations that are bound at the start, and
//! a stack without execution (elf(5), ld(1) `-z now`, `-z relro`, `-z noexecstack`). Canaries, FORTIFY and CET leave no
//! mark that every file must have: a library without arrays has no canary, and the linker marks a program for CET only
//! when the C library's start files are, which those of the imported glibc are not.

use object::Endianness;
use object::elf;
use object::read::elf::{Dyn, ElfFile64, FileHeader, ProgramHeader};
use rpmfile::Package;
use std::io::Read;
use std::path::Path;

use crate::recipe::Spec;

/// Where no programs of the system are: separate debugging information, and the kernel's own.
const ELSEWHERE: [&str; 4] = ["/usr/lib/debug/", "/usr/lib/modules/", "/boot/", "/usr/src/"];

/// What the programs and libraries of a package lack, in words; nothing when all is well.
pub(crate) fn missing(rpm: &Path, spec: &Spec) -> Result<Vec<String>, rpmfile::Error> {
    let mut found = Vec::new();
    let package = Package::open(rpm)?;
    let mut payload = package.payload()?;
    while let Some(mut entry) = payload.next_entry()? {
        let path = entry.info().path.clone();
        if !entry.info().is_regular() || ELSEWHERE.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        let mut bytes = Vec::new();
        if entry.read_to_end(&mut bytes).is_err() {
            continue;
        }
        let lacks = lacking(&bytes);
        let counts = |flag: &&&str| !spec.relax.contains_key(**flag);
        found.extend(
            lacks
                .iter()
                .filter(counts)
                .map(|flag| format!("{path} is built without {flag}")),
        );
    }
    Ok(found)
}

/// The flags that a program or library shows no trace of. Other files lack nothing.
fn lacking(bytes: &[u8]) -> Vec<&'static str> {
    let Ok(file) = ElfFile64::<Endianness>::parse(bytes) else {
        return Vec::new();
    };
    let endian = file.endian();
    let kind = file.elf_header().e_type(endian);
    if kind != elf::ET_EXEC && kind != elf::ET_DYN {
        return Vec::new();
    }
    let segments = file.elf_program_headers();
    let has = |wanted| segments.iter().any(|segment| segment.p_type(endian) == wanted);
    let executable_stack = segments.iter().any(|segment| {
        segment.p_type(endian) == elf::PT_GNU_STACK && segment.p_flags(endian).0 & elf::PF_X.0 != 0
    });
    let mut lacks = Vec::new();
    if kind == elf::ET_EXEC {
        lacks.push("pie");
    }
    if has(elf::PT_DYNAMIC) && !(has(elf::PT_GNU_RELRO) && binds_at_start(&file)) {
        lacks.push("relro");
    }
    if executable_stack {
        lacks.push("a stack without execution");
    }
    lacks
}

fn binds_at_start(file: &ElfFile64<'_, Endianness>) -> bool {
    let endian = file.endian();
    let entries = file
        .elf_program_headers()
        .iter()
        .find_map(|segment| segment.dynamic(endian, file.data()).ok().flatten());
    entries.into_iter().flatten().any(|entry| {
        let value = entry.d_val(endian);
        match entry.tag(endian) {
            elf::DT_BIND_NOW => true,
            elf::DT_FLAGS => value & elf::DF_BIND_NOW.0 != 0,
            elf::DT_FLAGS_1 => value & elf::DF_1_NOW.0 != 0,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn compiled(flags: &[&str]) -> Vec<&'static str> {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("a.c");
        std::fs::write(&source, "int main(void) { return 0; }\n").unwrap();
        let program = dir.path().join("a");
        let status = Command::new("cc")
            .args(flags)
            .arg(&source)
            .arg("-o")
            .arg(&program)
            .status();
        assert!(
            status
                .expect("cc is not installed; apt-get install gcc")
                .success()
        );
        lacking(&std::fs::read(program).unwrap())
    }

    #[test]
    fn each_flag_that_is_left_out_is_seen() {
        let full = ["-pie", "-fPIE", "-Wl,-z,relro,-z,now", "-Wl,-z,noexecstack"];
        assert_eq!(compiled(&full), [""; 0]);
        assert_eq!(compiled(&["-no-pie", "-Wl,-z,relro,-z,now"]), ["pie"]);
        assert_eq!(compiled(&["-pie", "-fPIE", "-Wl,-z,relro,-z,lazy"]), ["relro"]);
        assert_eq!(compiled(&["-pie", "-fPIE", "-Wl,-z,norelro,-z,now"]), ["relro"]);
        let stack = compiled(&["-pie", "-fPIE", "-Wl,-z,relro,-z,now", "-Wl,-z,execstack"]);
        assert_eq!(stack, ["a stack without execution"]);
    }

    #[test]
    fn other_files_lack_nothing() {
        assert_eq!(lacking(b"#!/bin/sh\n"), [""; 0]);
    }
}
