//! How large the partitions are and where they lie.

use crate::byte_size::ByteSize;
use crate::definition::Definition;
use crate::error::Error;
use crate::tree::{Entry, Kind};

/// Partitions start at whole mebibytes, as every partitioning tool of today has it.
const ALIGNMENT: u64 = 1 << 20;
const BLOCK: u64 = 4096;
/// mke2fs makes one inode for so many bytes (`-i`), each of 256 bytes.
pub(crate) const BYTES_PER_INODE: u64 = 16384;
const INODE: u64 = 256;
/// Room for a burst of small writes; a container host's root is not a mail spool.
pub(crate) const JOURNAL: u64 = 32 << 20;

/// Where everything is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) disk: u64,
    pub(crate) esp_start: u64,
    pub(crate) esp_size: u64,
    pub(crate) root_start: u64,
    pub(crate) root_size: u64,
}

impl Layout {
    /// Fits the tree: a disk of the size in the definition, or as large as the wanted slack needs.
    pub(crate) fn new(definition: &Definition, entries: &[Entry]) -> Result<Self, Error> {
        let esp_size = definition.disk.esp.size.round_up(ALIGNMENT).0;
        let root_start = ALIGNMENT + esp_size;
        let content = content(entries);
        let root_size = match (definition.disk.size, definition.disk.slack) {
            (Some(disk), _) => fixed(definition, disk, root_start, content, entries.len())?,
            (None, slack) => file_system(content + slack.map_or(0, |slack| slack.0)),
        };
        // The backup of the partition table fills the last 33 sectors.
        let disk = root_start + root_size + ALIGNMENT;
        Ok(Self {
            disk,
            esp_start: ALIGNMENT,
            esp_size,
            root_start,
            root_size,
        })
    }
}

fn fixed(image: &Definition, disk: ByteSize, start: u64, content: u64, count: usize) -> Result<u64, Error> {
    let available = (disk.0 / ALIGNMENT * ALIGNMENT).saturating_sub(start + ALIGNMENT);
    let needed = file_system(content);
    let inodes = available / BYTES_PER_INODE;
    if needed > available || count as u64 + 64 > inodes {
        return Err(Error::TooBig {
            image: image.name.clone(),
            needed: ByteSize(needed),
            available: ByteSize(available),
            disk,
        });
    }
    Ok(available)
}

/// Size of an ext4 that holds so many bytes in whole blocks: inode tables take a fixed share; bitmaps, group
/// descriptors (with those kept for growing) and what root has reserved take the rest.
fn file_system(content: u64) -> u64 {
    let fixed = content + JOURNAL + (8 << 20);
    let with_inodes = fixed * BYTES_PER_INODE / (BYTES_PER_INODE - INODE);
    (with_inodes + with_inodes / 64).next_multiple_of(ALIGNMENT)
}

fn content(entries: &[Entry]) -> u64 {
    let blocks = entries.iter().map(|entry| match &entry.kind {
        Kind::File(size) => size.div_ceil(BLOCK),
        Kind::Directory => 1,
        // Sixty bytes fit into the inode.
        Kind::Symlink(target) => u64::from(target.as_os_str().len() >= 60),
        Kind::HardLink(_) => 0,
    });
    blocks.sum::<u64>() * BLOCK
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owners::Attributes;

    fn definition(disk: &str) -> Definition {
        let text = format!(
            "name = \"t\"\nsummary = \"s\"\npackages = []\n[kernel]\npackage = \"linux\"\ncmdline = \"\"\n[disk]\n{disk}\n"
        );
        Definition::parse(&text).unwrap()
    }

    fn files(sizes: &[u64]) -> Vec<Entry> {
        let attributes = Attributes {
            uid: 0,
            gid: 0,
            mode: 0,
            mtime: 0,
            capability: None,
        };
        let entry = |size: &u64| Entry {
            path: "f".into(),
            kind: Kind::File(*size),
            attributes: attributes.clone(),
        };
        sizes.iter().map(entry).collect()
    }

    #[test]
    fn slack_is_added_to_the_content() {
        let layout = Layout::new(&definition("slack = \"256 MiB\""), &files(&[100 << 20])).unwrap();
        assert!(layout.root_size > (100 + 256 + 32) << 20);
        assert!(layout.root_size < (100 + 256 + 32 + 30) << 20, "{layout:?}");
        assert_eq!(layout.root_start, 65 << 20);
        assert_eq!(layout.disk % ALIGNMENT, 0);
    }

    #[test]
    fn a_fixed_disk_is_exactly_that_large() {
        let layout = Layout::new(&definition("size = \"1 GiB\""), &files(&[100 << 20])).unwrap();
        assert_eq!(layout.disk, 1 << 30);
    }

    #[test]
    fn a_tree_too_large_is_refused_with_the_sizes() {
        let error = Layout::new(&definition("size = \"256 MiB\""), &files(&[300 << 20]))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("256 MiB") && error.contains("disk.slack"),
            "{error}"
        );
    }

    #[test]
    fn too_many_files_are_refused_too() {
        let many = files(&vec![0; 20_000]);
        assert!(Layout::new(&definition("size = \"256 MiB\""), &many).is_err());
    }

    #[test]
    fn small_files_take_whole_blocks() {
        assert_eq!(content(&files(&[1, 4096, 4097])), 4 * BLOCK);
    }
}
