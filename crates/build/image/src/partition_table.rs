//! Writing a GUID partition table (UEFI 2.10, section 5.3).

use crate::identity::Uuid;
use early_init::gpt::crc32;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Logical sector size; disks of all hypervisors show 512.
pub(crate) const SECTOR: u64 = 512;
const ENTRIES: u64 = 128;
const ENTRY: u64 = 128;
const TABLE_SECTORS: u64 = ENTRIES * ENTRY / SECTOR;
const REVISION_1_0: u32 = 0x0001_0000;

/// A partition to be written.
#[derive(Debug, Clone)]
pub(crate) struct Partition {
    /// What it is for (Discoverable Partitions Specification).
    pub(crate) type_guid: Uuid,
    /// PARTUUID.
    pub(crate) uuid: Uuid,
    /// PARTLABEL.
    pub(crate) label: String,
    /// First byte.
    pub(crate) start: u64,
    /// Length in bytes.
    pub(crate) size: u64,
}

/// Writes protective MBR, primary and backup table to a disk of `size` bytes.
pub(crate) fn write(disk: &File, size: u64, uuid: Uuid, partitions: &[Partition]) -> io::Result<()> {
    let last = size / SECTOR - 1;
    let entries = entries(partitions);
    disk.write_all_at(&protective_mbr(last), 0)?;
    disk.write_all_at(&header(uuid, 1, last, 2, last, &entries), SECTOR)?;
    disk.write_all_at(&entries, 2 * SECTOR)?;
    disk.write_all_at(&entries, (last - TABLE_SECTORS) * SECTOR)?;
    disk.write_all_at(
        &header(uuid, last, 1, last - TABLE_SECTORS, last, &entries),
        last * SECTOR,
    )
}

/// UEFI 2.10, section 5.2.3: one partition of type EE over the whole disk.
fn protective_mbr(last: u64) -> [u8; 512] {
    let mut sector = [0; 512];
    let sectors = u32::try_from(last).unwrap_or(u32::MAX);
    sector[446..454].copy_from_slice(&[0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff]);
    sector[454..458].copy_from_slice(&1_u32.to_le_bytes());
    sector[458..462].copy_from_slice(&sectors.to_le_bytes());
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    sector
}

fn header(uuid: Uuid, own: u64, other: u64, table: u64, last: u64, entries: &[u8]) -> [u8; 512] {
    let mut bytes = Vec::with_capacity(512);
    bytes.extend_from_slice(b"EFI PART");
    for number in [REVISION_1_0, 92, 0, 0] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    for lba in [own, other, 2 + TABLE_SECTORS, last - TABLE_SECTORS - 1] {
        bytes.extend_from_slice(&lba.to_le_bytes());
    }
    bytes.extend_from_slice(&uuid.to_guid());
    bytes.extend_from_slice(&table.to_le_bytes());
    for number in [ENTRIES as u32, ENTRY as u32, crc32(entries)] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    let sum = crc32(&bytes);
    bytes[16..20].copy_from_slice(&sum.to_le_bytes());
    let mut sector = [0; 512];
    sector[..bytes.len()].copy_from_slice(&bytes);
    sector
}

fn entries(partitions: &[Partition]) -> Vec<u8> {
    let mut bytes: Vec<u8> = partitions.iter().flat_map(entry).collect();
    bytes.resize((ENTRIES * ENTRY) as usize, 0);
    bytes
}

fn entry(partition: &Partition) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ENTRY as usize);
    bytes.extend_from_slice(&partition.type_guid.to_guid());
    bytes.extend_from_slice(&partition.uuid.to_guid());
    let (first, end) = (
        partition.start / SECTOR,
        (partition.start + partition.size) / SECTOR,
    );
    for number in [first, end - 1, 0] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend(partition.label.encode_utf16().take(36).flat_map(u16::to_le_bytes));
    bytes.resize(ENTRY as usize, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;
    use std::process::Command;

    fn disk() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .unwrap();
        file.set_len(16 << 20).unwrap();
        let identity = Identity::new([&b"test"[..]]);
        let part = |label: &str, start: u64| Partition {
            type_guid: Uuid::parse(early_init::root_spec::ROOT_TYPE).unwrap(),
            uuid: identity.uuid(label),
            label: label.into(),
            start,
            size: 4 << 20,
        };
        write(
            &file,
            16 << 20,
            identity.uuid("disk"),
            &[part("esp", 1 << 20), part("root", 5 << 20)],
        )
        .unwrap();
        (folder, path)
    }

    #[test]
    fn sfdisk_verifies_it() {
        let (_folder, path) = disk();
        let mut sfdisk = Command::new("sfdisk");
        let output = sfdisk
            .env("PATH", "/usr/sbin:/sbin:/usr/bin")
            .arg("--verify")
            .arg(&path)
            .output();
        let output = output.expect("sfdisk is missing: apt-get install fdisk");
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && text.contains("No errors detected"),
            "{text}"
        );
    }

    #[test]
    fn both_tables_read_back() {
        let (_folder, path) = disk();
        let mut bytes = std::fs::read(path).unwrap();
        let found = early_init::gpt::read(&bytes[..], 16 << 20, 512).unwrap();
        assert_eq!((found[1].name.as_str(), found[1].size), ("root", 4 << 20));
        assert_eq!(
            found[1].unique_guid,
            Identity::new([&b"test"[..]]).uuid("root").to_string()
        );
        bytes[512..1024].fill(0);
        assert_eq!(early_init::gpt::read(&bytes[..], 16 << 20, 512).unwrap(), found);
    }
}
