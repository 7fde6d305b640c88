//! What a disk was told, in order, and what it may hold when the power goes in the middle.
//!
//! QEMU writes the log (driver `blklogwrites`) in the format of Linux's dm-log-writes: little-endian; one sector with
//! magic number, version, number of entries and sector size; then for each entry one sector with start, length (both
//! in sectors) and flags, and the data. An entry is logged when the disk reports it as done.
//!
//! A disk has to keep only what was written before a flush that it reported as done. All that came after the last
//! flush is in its cache and may be kept or lost, every block for itself. So one recording holds every moment at which
//! the power might have gone, and the moments are chosen by number instead of by a watch.

use crate::Random;
use anyhow::{Context as _, ensure};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

const MAGIC: u64 = 0x006a_7366_7773_6872;
const FLUSH: u64 = 1;
/// Disks write sectors as a whole; file systems believe it of blocks and are spared only that.
const BLOCK: usize = 4096;

/// What becomes of the writes that no flush followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// All are lost: the disk kept them in memory.
    Lost,
    /// All are kept: only the machine lost power.
    Kept,
    /// Each block by chance.
    Torn,
}

impl Cache {
    /// One of them by chance.
    pub fn choose(random: &mut Random) -> Self {
        match random.below(4) {
            0 => Self::Lost,
            1 => Self::Kept,
            _ => Self::Torn,
        }
    }

    fn keeps(self, random: &mut Random) -> bool {
        match self {
            Self::Lost => false,
            Self::Kept => true,
            Self::Torn => random.coin(),
        }
    }
}

/// A write or a flush.
#[derive(Debug, Clone, Copy)]
struct Entry {
    flush: bool,
    /// Where on the disk, in bytes.
    to: u64,
    /// Where in the log.
    from: u64,
    length: u64,
}

/// A recorded life of a disk.
#[derive(Debug)]
pub struct WriteLog {
    log: File,
    entries: Vec<Entry>,
}

impl WriteLog {
    /// Open a log that is complete.
    ///
    /// # Errors
    /// When the file cannot be read or is no such log.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let log = File::open(path).with_context(|| format!("open {}", path.display()))?;
        let [magic, version, _, sector] = header(&log, 0).context("read the start of the log of writes")?;
        ensure!(
            (magic, version) == (MAGIC, 1),
            "{} is no log of writes",
            path.display()
        );
        let entries = entries(&log, sector & 0xffff_ffff)?;
        Ok(Self { log, entries })
    }

    /// How many writes and flushes there were.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of the write that starts with this text.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, text: &str) -> anyhow::Result<usize> {
        let mut start = vec![0; text.len()];
        let found = self.entries.iter().position(|entry| {
            entry.length >= text.len() as u64
                && self.log.read_exact_at(&mut start, entry.from).is_ok()
                && start == text.as_bytes()
        });
        found.with_context(|| format!("no write starts with {text:?}"))
    }

    /// Make of the disk as it was before the recording the disk as it may be when the power goes after `cut` entries.
    ///
    /// # Errors
    /// When the disk cannot be written.
    pub fn cut(&self, disk: &Path, cut: usize, cache: Cache, random: &mut Random) -> anyhow::Result<()> {
        let disk = File::options().write(true).open(disk)?;
        let before = self
            .entries
            .get(..cut)
            .context("a cut after the end of the log")?;
        let durable = before.iter().rposition(|entry| entry.flush).unwrap_or(0);
        for (number, entry) in before.iter().enumerate() {
            self.write(&disk, entry, &mut || number < durable || cache.keeps(random))?;
        }
        Ok(())
    }

    fn write(&self, disk: &File, entry: &Entry, keep: &mut dyn FnMut() -> bool) -> anyhow::Result<()> {
        let mut data = vec![0; entry.length as usize];
        self.log.read_exact_at(&mut data, entry.from)?;
        for (number, block) in data.chunks(BLOCK).enumerate() {
            if keep() {
                disk.write_all_at(block, entry.to + (number * BLOCK) as u64)?;
            }
        }
        Ok(())
    }
}

fn entries(log: &File, sector: u64) -> anyhow::Result<Vec<Entry>> {
    ensure!(
        sector.is_power_of_two() && (512..=4096).contains(&sector),
        "sectors of {sector} bytes"
    );
    let size = log.metadata()?.len();
    let (mut entries, mut at) = (Vec::new(), sector);
    // QEMU writes the number of entries at each flush only; the file ends with the last entry.
    while at + sector <= size {
        let [start, count, flags, _] = header(log, at)?;
        let entry = Entry {
            flush: flags & FLUSH != 0,
            to: start * sector,
            from: at + sector,
            length: count * sector,
        };
        at = entry.from + entry.length;
        if at <= size {
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn header(log: &File, at: u64) -> anyhow::Result<[u64; 4]> {
    let mut bytes = [0; 32];
    log.read_exact_at(&mut bytes, at)?;
    let word = |number: usize| {
        bytes[number * 8..number * 8 + 8]
            .iter()
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte))
    };
    Ok([word(0), word(1), word(2), word(3)])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Writes of one block each, `None` for a flush, to a log.
    fn log(writes: &[Option<(u64, u8)>]) -> (tempfile::TempDir, WriteLog) {
        let dir = tempfile::tempdir().unwrap();
        let sector = |words: [u64; 4]| {
            let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            bytes.resize(512, 0);
            bytes
        };
        let mut bytes = sector([MAGIC, 1, 0, 512]);
        for write in writes {
            match write {
                Some((block, fill)) => {
                    bytes.extend(sector([block * 8, 8, 0, 0]));
                    bytes.extend([*fill; BLOCK]);
                }
                None => bytes.extend(sector([0, 0, FLUSH, 0])),
            }
        }
        std::fs::write(dir.path().join("log"), bytes).unwrap();
        std::fs::write(dir.path().join("disk"), [b'-'; 4 * BLOCK]).unwrap();
        let log = WriteLog::open(&dir.path().join("log")).unwrap();
        (dir, log)
    }

    /// The first byte of each block after a cut.
    fn after(writes: &[Option<(u64, u8)>], cut: usize, cache: Cache) -> String {
        let (dir, log) = log(writes);
        let disk = dir.path().join("disk");
        log.cut(&disk, cut, cache, &mut Random::new(1)).unwrap();
        let bytes = std::fs::read(disk).unwrap();
        bytes.chunks(BLOCK).map(|block| char::from(block[0])).collect()
    }

    const WRITES: [Option<(u64, u8)>; 5] = [
        Some((0, b'a')),
        None,
        Some((1, b'b')),
        Some((0, b'c')),
        Some((2, b'd')),
    ];

    #[test]
    fn what_was_flushed_stays_and_the_rest_may_go() {
        assert_eq!(after(&WRITES, 5, Cache::Lost), "a---");
        assert_eq!(after(&WRITES, 5, Cache::Kept), "cbd-");
        assert_eq!(after(&WRITES, 3, Cache::Kept), "ab--");
        assert_eq!(after(&WRITES, 1, Cache::Lost), "----");
    }

    #[test]
    fn a_torn_cache_keeps_some_blocks_and_loses_others() {
        let many: Vec<_> = (0..200)
            .map(|number| Some((number % 4, b'0' + (number / 4) as u8)))
            .collect();
        let torn = after(&many, 200, Cache::Torn);
        assert_ne!(torn, after(&many, 200, Cache::Kept));
        assert_ne!(torn, "----");
    }

    #[test]
    fn writes_are_found_by_what_they_start_with() {
        let (_dir, log) = log(&WRITES);
        assert_eq!(log.find("ccc").unwrap(), 3);
        assert!(log.find("ac").is_err());
    }
}
