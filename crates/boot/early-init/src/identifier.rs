//! How identifiers of partitions and file systems are written.

/// RFC 4122 text of 16 bytes in order, as file systems keep their UUID.
pub fn uuid_text(bytes: &[u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Text of a GUID as GPT keeps it: the first three fields little-endian (UEFI 2.10, appendix A).
pub fn guid_text(bytes: &[u8; 16]) -> String {
    let mut ordered = *bytes;
    ordered[..4].reverse();
    ordered[4..6].reverse();
    ordered[6..8].reverse();
    uuid_text(&ordered)
}

/// Text up to the first NUL; bytes that are not UTF-8 are replaced.
pub fn label_text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// UTF-16LE text up to the first NUL.
pub fn utf16_label(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpt_guids_are_mixed_endian() {
        // The EFI system partition type as UEFI 2.10 table 5.7 prints it and as a disk holds it.
        let on_disk = [
            0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b,
        ];
        assert_eq!(guid_text(&on_disk), "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
    }

    #[test]
    fn labels_end_at_nul() {
        assert_eq!(label_text(b"root\0junk"), "root");
        assert_eq!(utf16_label(&[b'e', 0, b's', 0, b'p', 0, 0, 0, b'x', 0]), "esp");
    }
}
