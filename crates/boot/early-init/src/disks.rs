//! The disks and partitions that are present: sizes from /sys, tables and superblocks read from the devices.

use crate::filesystem::{self, FileSystem};
use crate::{gpt, mbr};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Kernel devices that never hold a root by themselves; floppies take seconds to say that they are empty.
const NOT_DISKS: [&str; 4] = ["loop", "ram", "zram", "fd"];

/// Where the kernel shows its devices; another place in tests.
#[derive(Debug, Clone)]
pub struct Devices {
    /// The sysfs mount, /sys.
    pub sys: PathBuf,
    /// The devtmpfs mount, /dev.
    pub dev: PathBuf,
}

/// How the disk is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// GUID partition table.
    Gpt,
    /// DOS partition table.
    Mbr,
    /// Neither.
    None,
}

/// A whole disk.
#[derive(Debug, Clone)]
pub struct Disk {
    /// Kernel name, such as `vda`.
    pub name: String,
    /// Length in bytes.
    pub size: u64,
    /// How it is divided.
    pub table: Table,
    /// Its partitions in order.
    pub partitions: Vec<Partition>,
    /// The file system on the whole disk, if superblocks were asked for.
    pub filesystem: Option<FileSystem>,
}

/// A partition that the table has and the kernel made a device for.
#[derive(Debug, Clone, Default)]
pub struct Partition {
    /// Kernel name, such as `vda2`.
    pub name: String,
    /// PARTUUID in lower case.
    pub uuid: String,
    /// PARTLABEL, empty on DOS tables.
    pub label: String,
    /// Type GUID, empty on DOS tables.
    pub type_guid: String,
    /// Length in bytes.
    pub size: u64,
    /// Its file system, if superblocks were asked for.
    pub filesystem: Option<FileSystem>,
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            sys: "/sys".into(),
            dev: "/dev".into(),
        }
    }
}

impl Devices {
    /// Every disk in the order of names. Reading superblocks takes two reads a partition, so it is optional.
    pub fn disks(&self, superblocks: bool) -> Vec<Disk> {
        let mut names = entries(&self.sys.join("block"));
        names.retain(|name| !is_no_disk(name));
        names
            .iter()
            .filter_map(|name| self.disk(name, superblocks))
            .collect()
    }

    /// A partition or disk's file system.
    pub fn filesystem(&self, name: &str) -> Option<FileSystem> {
        filesystem::probe(&File::open(self.dev.join(name)).ok()?)
    }

    fn disk(&self, name: &str, superblocks: bool) -> Option<Disk> {
        let folder = self.sys.join("block").join(name);
        // The kernel counts in 512-byte sectors here, whatever the disk's own sector is.
        let size = number(&folder.join("size"))?
            .checked_mul(512)
            .filter(|size| *size > 0)?;
        let sector = number(&folder.join("queue/logical_block_size")).unwrap_or(512);
        let device = File::open(self.dev.join(name)).ok()?;
        let (table, mut partitions) = read_table(&device, size, sector);
        name_partitions(&folder, &mut partitions);
        let mut partitions: Vec<Partition> = partitions.into_iter().map(|(_, found)| found).collect();
        if superblocks {
            partitions
                .iter_mut()
                .for_each(|part| part.filesystem = self.filesystem(&part.name));
        }
        let filesystem = superblocks.then(|| filesystem::probe(&device)).flatten();
        Some(Disk {
            name: name.into(),
            size,
            table,
            partitions,
            filesystem,
        })
    }
}

fn read_table(device: &File, size: u64, sector: u64) -> (Table, Vec<(u32, Partition)>) {
    if let Some(found) = gpt::read(device, size, sector) {
        return (Table::Gpt, found.into_iter().map(from_gpt).collect());
    }
    match mbr::read(device, sector) {
        Some(found) => (Table::Mbr, found.into_iter().map(from_mbr).collect()),
        None => (Table::None, Vec::new()),
    }
}

fn from_gpt(found: gpt::GptPartition) -> (u32, Partition) {
    let gpt::GptPartition {
        number,
        type_guid,
        unique_guid: uuid,
        name: label,
        size,
        ..
    } = found;
    (
        number,
        Partition {
            name: String::new(),
            uuid,
            label,
            type_guid,
            size,
            filesystem: None,
        },
    )
}

fn from_mbr(found: mbr::MbrPartition) -> (u32, Partition) {
    (
        found.number,
        Partition {
            uuid: found.part_uuid,
            size: found.size,
            ..Partition::default()
        },
    )
}

/// Gives each table entry the name of the device the kernel made for it; entries without one are dropped.
fn name_partitions(folder: &Path, partitions: &mut Vec<(u32, Partition)>) {
    for child in entries(folder) {
        let Some(number) = number(&folder.join(&child).join("partition")) else {
            continue;
        };
        if let Some((_, entry)) = partitions.iter_mut().find(|(at, _)| u64::from(*at) == number) {
            entry.name = child;
        }
    }
    partitions.retain(|(_, partition)| !partition.name.is_empty());
}

fn is_no_disk(name: &str) -> bool {
    NOT_DISKS.iter().any(|prefix| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

fn number(file: &Path) -> Option<u64> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Names in a folder, sorted; none when it cannot be read.
pub(crate) fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbered_pseudo_devices_are_left_out() {
        assert!(is_no_disk("loop0") && is_no_disk("zram1") && is_no_disk("fd0"));
        assert!(!is_no_disk("vda") && !is_no_disk("nvme0n1") && !is_no_disk("fdisk") && !is_no_disk("sr0"));
    }
}
