//! What file system a partition holds, told from its superblock.

use crate::identifier::{label_text, utf16_label, uuid_text};
use crate::read_at::{ReadAt, u32_le};

/// What the superblock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// The type to mount it as (`ext4` for all of ext2, ext3 and ext4: one driver reads them).
    pub kind: &'static str,
    /// UUID as `blkid` writes it, empty when the type has none.
    pub uuid: String,
    /// Label, often empty.
    pub label: String,
}

/// Reads the superblock of every type known here.
pub fn probe(device: &(impl ReadAt + ?Sized)) -> Option<FileSystem> {
    // A device shorter than this holds nothing to boot from.
    let start: [u8; 4096] = device.array(0).ok()?;
    // ext's first, because a boot sector may precede it.
    ext(&start)
        .or_else(|| xfs(&start))
        .or_else(|| erofs(&start))
        .or_else(|| f2fs(&start))
        .or_else(|| squashfs(&start))
        .or_else(|| luks(&start))
        .or_else(|| swap(&start))
        .or_else(|| btrfs(device))
        .or_else(|| fat(&start))
}

/// Linux Documentation/filesystems/ext4/super.rst: at 1024, magic at 0x38, UUID at 0x68, label at 0x78.
fn ext(start: &[u8]) -> Option<FileSystem> {
    has(start, 1024 + 0x38, &[0x53, 0xef])?;
    found(
        "ext4",
        uuid(start, 1024 + 0x68)?,
        label_text(&start[1024 + 0x78..1024 + 0x88]),
    )
}

/// XFS Algorithms & Data Structures, section 13.1: big-endian, UUID at 32, name at 108.
fn xfs(start: &[u8]) -> Option<FileSystem> {
    has(start, 0, b"XFSB")?;
    found("xfs", uuid(start, 32)?, label_text(&start[108..120]))
}

/// Linux fs/erofs/erofs_fs.h: at 1024, UUID at 48, name at 64.
fn erofs(start: &[u8]) -> Option<FileSystem> {
    has(start, 1024, &0xe0f5_e1e2_u32.to_le_bytes())?;
    found(
        "erofs",
        uuid(start, 1024 + 48)?,
        label_text(&start[1024 + 64..1024 + 80]),
    )
}

/// Linux include/linux/f2fs_fs.h: at 1024, UUID at 108, UTF-16 name at 124.
fn f2fs(start: &[u8]) -> Option<FileSystem> {
    has(start, 1024, &0xf2f5_2010_u32.to_le_bytes())?;
    found(
        "f2fs",
        uuid(start, 1024 + 108)?,
        utf16_label(&start[1024 + 124..1024 + 1148]),
    )
}

fn squashfs(start: &[u8]) -> Option<FileSystem> {
    has(start, 0, b"hsqs")?;
    found("squashfs", String::new(), String::new())
}

/// LUKS1 and LUKS2 both keep the UUID as text at 168.
fn luks(start: &[u8]) -> Option<FileSystem> {
    has(start, 0, b"LUKS\xba\xbe")?;
    found("crypto_LUKS", label_text(&start[168..208]), String::new())
}

/// mkswap(8): the magic ends the first page, UUID at 1036, label at 1052.
fn swap(start: &[u8]) -> Option<FileSystem> {
    has(start, 4086, b"SWAPSPACE2")?;
    found("swap", uuid(start, 1036)?, label_text(&start[1052..1068]))
}

/// btrfs on-disk format: superblock at 64 KiB, magic at 64, fsid at 32, label at 299.
fn btrfs(device: &(impl ReadAt + ?Sized)) -> Option<FileSystem> {
    let block: [u8; 1024] = device.array(0x1_0000).ok()?;
    has(&block, 64, b"_BHRfS_M")?;
    found("btrfs", uuid(&block, 32)?, label_text(&block[299..555]))
}

/// Microsoft's FAT specification 1.03: extended boot record at 36 (FAT12/16) or 64 (FAT32).
fn fat(start: &[u8]) -> Option<FileSystem> {
    has(start, 510, &[0x55, 0xaa])?;
    let at = has(start, 82, b"FAT32   ")
        .map(|()| 67)
        .or_else(|| has(start, 54, b"FAT1").map(|()| 39))?;
    let serial = u32_le(start, at);
    let label = String::from_utf8_lossy(&start[at + 4..at + 15])
        .trim_end()
        .to_owned();
    let uuid = format!("{:04X}-{:04X}", serial >> 16, serial & 0xffff);
    found(
        "vfat",
        uuid,
        if label == "NO NAME" { String::new() } else { label },
    )
}

fn has(bytes: &[u8], at: usize, magic: &[u8]) -> Option<()> {
    bytes.get(at..)?.starts_with(magic).then_some(())
}

fn uuid(bytes: &[u8], at: usize) -> Option<String> {
    Some(uuid_text(bytes.get(at..at + 16)?.try_into().ok()?))
}

fn found(kind: &'static str, uuid: String, label: String) -> Option<FileSystem> {
    Some(FileSystem { kind, uuid, label })
}
