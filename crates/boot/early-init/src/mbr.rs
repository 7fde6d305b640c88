//! The DOS partition table: four primary entries and a chain of logical ones.

use crate::read_at::{ReadAt, u32_le};

const TABLE: usize = 446;
const EXTENDED: [u8; 3] = [0x05, 0x0f, 0x85];
const PROTECTIVE: u8 = 0xee;
/// Linux's own limit on logical partitions is lower; a longer chain is a loop.
const MOST_LOGICAL: u32 = 60;

/// One used entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MbrPartition {
    /// 1 to 4 primary, from 5 logical, as the kernel numbers them.
    pub number: u32,
    /// Type byte.
    pub kind: u8,
    /// The kernel's PARTUUID: disk signature and number (block/partitions/msdos.c).
    pub part_uuid: String,
    /// Length in bytes.
    pub size: u64,
}

struct Entry {
    kind: u8,
    start: u64,
    sectors: u64,
}

/// Reads the table in the first sector; a protective entry (GPT) is no table.
pub fn read(disk: &(impl ReadAt + ?Sized), sector: u64) -> Option<Vec<MbrPartition>> {
    let first = table_sector(disk, 0)?;
    let entries = [0, 1, 2, 3].map(|slot| entry(&first, slot));
    if entries.iter().any(|entry| entry.kind == PROTECTIVE) || !plausible(&first) {
        return None;
    }
    let signature = u32_le(&first, 440);
    let mut found = Vec::new();
    for (entry, number) in entries.iter().zip(1..).filter(|(entry, _)| entry.sectors > 0) {
        found.push(partition(entry, number, signature, sector));
        if EXTENDED.contains(&entry.kind) {
            logical(disk, entry.start, signature, sector, &mut found);
        }
    }
    Some(found)
}

fn logical(
    disk: &(impl ReadAt + ?Sized),
    base: u64,
    signature: u32,
    sector: u64,
    found: &mut Vec<MbrPartition>,
) {
    let mut at = base;
    for number in 5..5 + MOST_LOGICAL {
        let Some(table) = at
            .checked_mul(sector)
            .and_then(|offset| table_sector(disk, offset))
        else {
            return;
        };
        let data = entry(&table, 0);
        if data.sectors > 0 {
            found.push(partition(&data, number, signature, sector));
        }
        let next = entry(&table, 1);
        if !EXTENDED.contains(&next.kind) || next.sectors == 0 {
            return;
        }
        at = base.saturating_add(next.start);
    }
}

fn table_sector(disk: &(impl ReadAt + ?Sized), offset: u64) -> Option<[u8; 512]> {
    let bytes: [u8; 512] = disk.array(offset).ok()?;
    bytes.ends_with(&[0x55, 0xaa]).then_some(bytes)
}

/// A FAT boot sector ends in 55 AA too; a real table has only 00 or 80 as boot flags.
fn plausible(first: &[u8; 512]) -> bool {
    (0..4).all(|slot| matches!(first[TABLE + slot * 16], 0 | 0x80))
}

fn entry(table: &[u8; 512], slot: usize) -> Entry {
    let at = TABLE + slot * 16;
    Entry {
        kind: table[at + 4],
        start: u32_le(table, at + 8).into(),
        sectors: u32_le(table, at + 12).into(),
    }
}

fn partition(entry: &Entry, number: u32, signature: u32, sector: u64) -> MbrPartition {
    let part_uuid = format!("{signature:08x}-{number:02x}");
    MbrPartition {
        number,
        kind: entry.kind,
        part_uuid,
        size: entry.sectors.saturating_mul(sector),
    }
}
