//! Unified kernel images read by other programs, and refused input.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use secureboot::{PeError, Uki, sections};
use std::process::Command;
use std::sync::OnceLock;

/// A PE program made by the real linker: the same headers as systemd's stub, without its code.
fn stub() -> &'static [u8] {
    static STUB: OnceLock<Vec<u8>> = OnceLock::new();
    STUB.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (source, object, program) = (
            folder.path().join("a.s"),
            folder.path().join("a.o"),
            folder.path().join("a.efi"),
        );
        std::fs::write(&source, ".globl efi_main\nefi_main: ret\n.data\n.long 1\n").unwrap();
        binutils("as", &["-o".as_ref(), object.as_os_str(), source.as_os_str()]);
        let flags = [
            "-m",
            "i386pep",
            "--subsystem",
            "10",
            "-e",
            "efi_main",
            "--image-base",
            "0",
            "-o",
        ];
        let mut arguments: Vec<&std::ffi::OsStr> = flags.iter().map(std::ffi::OsStr::new).collect();
        arguments.extend([program.as_os_str(), object.as_os_str()]);
        binutils("ld", &arguments);
        std::fs::read(program).unwrap()
    })
}

fn binutils(program: &str, arguments: &[&std::ffi::OsStr]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|_| panic!("{program} is missing: apt-get install binutils"));
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn uki<'a>(stub: &'a [u8], initrd: &'a [u8]) -> Uki<'a> {
    Uki {
        stub,
        linux: &[0xcd; 5000],
        initrd: Some(initrd),
        cmdline: "root=PARTUUID=1 rw",
        os_release: "ID=lumen\n",
        uname: "6.12.1",
    }
}

#[test]
fn every_part_reads_back() {
    let bytes = uki(stub(), b"initrd").assemble().unwrap();
    let found = sections(&bytes).unwrap();
    let part = |name: &str| found.iter().find(|(found, _)| found == name).unwrap().1;
    assert_eq!(part(".cmdline"), b"root=PARTUUID=1 rw");
    assert_eq!(part(".osrel"), b"ID=lumen\n");
    assert_eq!(part(".uname"), b"6.12.1");
    assert_eq!(part(".initrd"), b"initrd");
    assert_eq!(part(".linux"), [0xcd; 5000]);
}

#[test]
fn objdump_sees_the_same_sections() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("linux.efi");
    std::fs::write(&path, uki(stub(), b"initrd").assemble().unwrap()).unwrap();
    let listing = binutils("objdump", &["-h".as_ref(), path.as_os_str()]);
    let size = |name: &str| {
        let line = listing
            .lines()
            .find(|line| line.split_whitespace().nth(1) == Some(name));
        let line = line.unwrap_or_else(|| panic!("no {name} in:\n{listing}"));
        u32::from_str_radix(line.split_whitespace().nth(2).unwrap(), 16).unwrap()
    };
    assert_eq!((size(".linux"), size(".initrd"), size(".uname")), (5000, 6, 6));
    let extracted = folder.path().join("part");
    let only = format!("--dump-section=.initrd={}", extracted.display());
    let copy = folder.path().join("copy.efi");
    binutils("objcopy", &[only.as_ref(), path.as_os_str(), copy.as_os_str()]);
    assert!(std::fs::read(extracted).unwrap().starts_with(b"initrd"));
}

#[test]
fn sections_do_not_overlap_and_the_image_covers_them() {
    use object::LittleEndian as LE;
    let bytes = uki(stub(), &[7; 70_000]).assemble().unwrap();
    let file = object::read::pe::PeFile64::parse(&bytes[..]).unwrap();
    let optional = &file.nt_headers().optional_header;
    let (mut memory, mut raw) = (0, 0);
    for section in file.section_table().iter() {
        assert_eq!(
            section.virtual_address.get(LE) % optional.section_alignment.get(LE),
            0
        );
        assert_eq!(
            section.pointer_to_raw_data.get(LE) % optional.file_alignment.get(LE),
            0
        );
        assert!(section.virtual_address.get(LE) >= memory && section.pointer_to_raw_data.get(LE) >= raw);
        memory = section.virtual_address.get(LE) + section.virtual_size.get(LE);
        raw = section.pointer_to_raw_data.get(LE) + section.size_of_raw_data.get(LE);
    }
    assert!(optional.size_of_image.get(LE) >= memory);
    assert_eq!(raw as usize, bytes.len());
}

#[test]
fn the_same_parts_give_the_same_bytes() {
    assert_eq!(
        uki(stub(), b"i").assemble().unwrap(),
        uki(stub(), b"i").assemble().unwrap()
    );
}

#[test]
fn a_uki_is_no_stub() {
    let made = uki(stub(), b"i").assemble().unwrap();
    let error = uki(&made, b"i").assemble().unwrap_err();
    assert!(
        matches!(&error, PeError::Exists { name } if name == ".osrel"),
        "{error}"
    );
}

#[test]
fn other_files_are_refused_with_advice() {
    for bytes in [&b""[..], b"MZ", b"\x7fELF", &[0; 4096]] {
        let message = uki(bytes, b"i").assemble().unwrap_err().to_string();
        assert!(message.contains("linuxx64.efi.stub"), "{message}");
    }
}

#[test]
fn full_headers_are_refused() {
    let mut stub = stub().to_vec();
    let nt = u32::from_le_bytes(stub[0x3c..0x40].try_into().unwrap()) as usize;
    let sections = u16::from_le_bytes(stub[nt + 6..nt + 8].try_into().unwrap());
    let table_end = nt as u32 + 24 + 240 + u32::from(sections) * 40;
    // SizeOfHeaders ends right behind the table.
    stub[nt + 24 + 60..nt + 24 + 64].copy_from_slice(&(table_end + 40).to_le_bytes());
    let error = uki(&stub, b"i").assemble().unwrap_err();
    assert!(matches!(error, PeError::NoRoom { room: 1, needed: 5 }), "{error}");
}

proptest! {
    #[test]
    fn damaged_stubs_are_survived(changes in proptest::collection::vec((0_usize..512, any::<u8>()), 1..12)) {
        let mut bytes = stub().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        if let Ok(made) = uki(&bytes, b"i").assemble() {
            let _ = sections(&made);
        }
    }
}
