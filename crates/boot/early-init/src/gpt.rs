//! The GUID partition table (UEFI 2.10, section 5.3).

use crate::identifier::{guid_text, utf16_label};
use crate::read_at::{ReadAt, u32_le, u64_le};

const SIGNATURE: &[u8; 8] = b"EFI PART";
const HEADER_SIZE: usize = 92;
/// A table never has more entries than Linux has minors for; a larger number is damage, not a reason to allocate.
const MOST_ENTRIES: u32 = 1024;

/// One used entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GptPartition {
    /// Number from 1: the position in the table, as the kernel numbers partitions.
    pub number: u32,
    /// Partition type GUID.
    pub type_guid: String,
    /// Unique partition GUID: PARTUUID.
    pub unique_guid: String,
    /// Partition name: PARTLABEL.
    pub name: String,
    /// First byte.
    pub start: u64,
    /// Length in bytes.
    pub size: u64,
}

/// Reads the primary table, or the backup at the end of the disk when the primary is damaged.
///
/// `size` is the length of the disk in bytes, `sector` its logical sector size.
pub fn read(disk: &(impl ReadAt + ?Sized), size: u64, sector: u64) -> Option<Vec<GptPartition>> {
    let last = (size / sector.max(1)).checked_sub(1)?;
    read_table(disk, 1, sector).or_else(|| read_table(disk, last, sector))
}

fn read_table(disk: &(impl ReadAt + ?Sized), lba: u64, sector: u64) -> Option<Vec<GptPartition>> {
    let header = read_header(disk, lba.checked_mul(sector)?)?;
    if u64_le(&header, 24) != lba {
        return None;
    }
    let entry_size = u32_le(&header, 84);
    let entries = read_entries(disk, &header, sector)?;
    let numbered = entries.chunks_exact(entry_size as usize).zip(1..);
    Some(
        numbered
            .filter_map(|(entry, number)| partition(entry, number, sector))
            .collect(),
    )
}

fn read_header(disk: &(impl ReadAt + ?Sized), offset: u64) -> Option<[u8; HEADER_SIZE]> {
    let mut header: [u8; HEADER_SIZE] = disk.array(offset).ok()?;
    let sum = u32_le(&header, 16);
    header[16..20].fill(0);
    // The header may be longer than what is defined today, but nobody makes such ones.
    let known = header.starts_with(SIGNATURE) && u32_le(&header, 12) as usize == HEADER_SIZE;
    (known && crc32(&header) == sum).then_some(header)
}

fn read_entries(disk: &(impl ReadAt + ?Sized), header: &[u8], sector: u64) -> Option<Vec<u8>> {
    let (count, size) = (u32_le(header, 80), u32_le(header, 84));
    if count > MOST_ENTRIES || !(128..=4096).contains(&size) {
        return None;
    }
    let mut entries = vec![0; (count * size) as usize];
    disk.read_exact_at(&mut entries, u64_le(header, 72).checked_mul(sector)?)
        .ok()?;
    (crc32(&entries) == u32_le(header, 88)).then_some(entries)
}

fn partition(entry: &[u8], number: u32, sector: u64) -> Option<GptPartition> {
    let type_guid: &[u8; 16] = entry.get(..16)?.try_into().ok()?;
    if type_guid.iter().all(|byte| *byte == 0) {
        return None;
    }
    let (first, last) = (u64_le(entry, 32), u64_le(entry, 40));
    Some(GptPartition {
        number,
        type_guid: guid_text(type_guid),
        unique_guid: guid_text(entry.get(16..32)?.try_into().ok()?),
        name: utf16_label(entry.get(56..128)?),
        start: first.checked_mul(sector)?,
        size: last.checked_sub(first)?.checked_add(1)?.checked_mul(sector)?,
    })
}

/// CRC-32 of IEEE 802.3, four bits at a time: 16 KiB of entries do not earn a larger table.
pub fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = nibble_table();
    let step = |crc: u32, nibble: u32| (crc >> 4) ^ TABLE[((crc ^ nibble) & 15) as usize];
    !bytes.iter().fold(!0, |crc, byte| {
        step(step(crc, u32::from(byte & 15)), u32::from(byte >> 4))
    })
}

const fn nibble_table() -> [u32; 16] {
    let mut table = [0; 16];
    let mut index = 0;
    while index < 16 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 4 {
            value = if value & 1 == 1 {
                (value >> 1) ^ 0xedb8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_of_the_check_string() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn an_empty_disk_has_no_table() {
        assert_eq!(read(&[0_u8; 4096][..], 4096, 512), None);
        assert_eq!(read(&[][..], 0, 512), None);
        assert_eq!(read(&[0_u8; 512][..], 512, 0), None);
    }
}
