//! What a disk and a boot partition may hold.

use early_init::{filesystem, gpt, mbr};
use secureboot::Uki;

/// Partition tables and superblocks.
pub(crate) fn partition_table(bytes: &[u8]) {
    for sector in [512, 4096] {
        let _ = gpt::read(bytes, bytes.len() as u64, sector);
        let _ = mbr::read(bytes, sector);
    }
    let _ = filesystem::probe(bytes);
}

/// A UEFI program: read, and used as the stub of a unified kernel image.
pub(crate) fn pe_image(bytes: &[u8]) {
    let stub = secureboot::sections(bytes);
    let uki = Uki {
        stub: bytes,
        linux: b"kernel",
        initrd: Some(b"initrd"),
        cmdline: "quiet",
        os_release: "ID=test",
        uname: "6.12",
    };
    if let (Ok(stub), Ok(image)) = (stub, uki.assemble()) {
        let sections = secureboot::sections(&image).map(|sections| sections.len());
        assert!(
            matches!(sections, Ok(count) if count == stub.len() + 5),
            "{sections:?}"
        );
    }
}
