//! The cache file: sections of bytes behind a header that says what they were made from.
//!
//! ```text
//! magic, 8 bytes | SHA-256 of the source, 32 bytes | number of sections, u64
//! per section: offset, length, u64 each           | sections, each at a multiple of 8
//! ```
//! All numbers are little-endian, and read bytewise: nothing depends on alignment or the machine.

use std::io;
use std::ops::Range;
use std::path::Path;

use mapped_file::MappedFile;

const HEADER: usize = 8 + 32 + 8;
/// More would mean a damaged file.
const MAX_SECTIONS: usize = 64;

/// What a cache file holds and what it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) magic: [u8; 8],
    pub(crate) source: [u8; 32],
}

/// A cache file while it is put together: sections are added in order, and what they were made from can be dropped
/// one after the other, so that the whole is not held twice.
pub(crate) struct Assembly {
    file: Vec<u8>,
    count: usize,
    added: usize,
}

impl Assembly {
    /// An empty file of so many sections.
    pub(crate) fn new(key: &Key, count: usize) -> Self {
        let mut file = Vec::new();
        file.extend_from_slice(&key.magic);
        file.extend_from_slice(&key.source);
        file.extend_from_slice(&(count as u64).to_le_bytes());
        file.resize(HEADER + 16 * count, 0);
        Self {
            file,
            count,
            added: 0,
        }
    }

    /// Adds bytes.
    pub(crate) fn bytes(&mut self, section: &[u8]) {
        self.add(|file| file.extend_from_slice(section));
    }

    /// Adds numbers, in the form a [`Column`] reads.
    pub(crate) fn numbers<'n>(&mut self, numbers: impl IntoIterator<Item = &'n u32>) {
        let numbers = numbers.into_iter();
        self.add(|file| numbers.for_each(|number| file.extend_from_slice(&number.to_le_bytes())));
    }

    fn add(&mut self, fill: impl FnOnce(&mut Vec<u8>)) {
        debug_assert!(self.added < self.count, "more sections than announced");
        let start = self.file.len();
        fill(&mut self.file);
        let length = self.file.len() - start;
        let entry = HEADER + 16 * self.added;
        self.file[entry..entry + 8].copy_from_slice(&(start as u64).to_le_bytes());
        self.file[entry + 8..entry + 16].copy_from_slice(&(length as u64).to_le_bytes());
        self.file.resize(self.file.len().next_multiple_of(8), 0);
        self.added += 1;
    }

    /// The file.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.file
    }
}

/// Positions in the order of their keys, which are smaller than `limit`; of equal ones the first comes first. A counting
/// sort: there are millions, and nothing but the result and a counter for each key is held.
pub(crate) fn sorted_index(keys: impl Iterator<Item = u32> + Clone, limit: usize) -> Vec<u32> {
    let mut next = vec![0u32; limit + 1];
    let mut count = 0;
    for key in keys.clone() {
        next[key as usize + 1] += 1;
        count += 1;
    }
    for key in 0..limit {
        next[key + 1] += next[key];
    }
    let mut index = vec![0; count];
    for (position, key) in (0..).zip(keys) {
        let slot = &mut next[key as usize];
        index[*slot as usize] = position;
        *slot += 1;
    }
    index
}

/// A section as a list of numbers. Out of range is 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<'a>(&'a [u8]);

impl<'a> Column<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn len(self) -> usize {
        self.0.len() / 4
    }

    pub(crate) fn get(self, index: usize) -> u32 {
        let start = index.saturating_mul(4);
        let bytes = self.0.get(start..start.saturating_add(4));
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u32::from_le_bytes)
    }

    /// The first index whose number does not satisfy `before`; the numbers must be ordered so that those that do come
    /// first (as in `slice::partition_point`).
    pub(crate) fn partition_point(self, before: impl Fn(u32) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.get(middle)) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low
    }
}

#[derive(Debug)]
enum Memory {
    Mapped(MappedFile),
    Owned(Vec<u8>),
}

/// A cache file, opened.
#[derive(Debug)]
pub(crate) struct Sections {
    memory: Memory,
    ranges: Vec<Range<usize>>,
}

impl Sections {
    /// Opens the file if it was made from the expected source by this version of the program.
    pub(crate) fn open(path: &Path, key: &Key, count: usize) -> io::Result<Self> {
        Self::check(Memory::Mapped(MappedFile::open(path)?), key, count)
    }

    /// Uses a file that could not be stored.
    pub(crate) fn from_bytes(bytes: Vec<u8>, key: &Key, count: usize) -> io::Result<Self> {
        Self::check(Memory::Owned(bytes), key, count)
    }

    fn check(memory: Memory, key: &Key, count: usize) -> io::Result<Self> {
        let bytes: &[u8] = match &memory {
            Memory::Mapped(map) => map,
            Memory::Owned(bytes) => bytes,
        };
        let damaged = || io::Error::other("it is not the expected cache file");
        let ranges = ranges(bytes, key)
            .filter(|ranges| ranges.len() == count)
            .ok_or_else(damaged)?;
        Ok(Self { memory, ranges })
    }

    pub(crate) fn bytes(&self, section: usize) -> &[u8] {
        let all: &[u8] = match &self.memory {
            Memory::Mapped(map) => map,
            Memory::Owned(bytes) => bytes,
        };
        self.ranges
            .get(section)
            .and_then(|range| all.get(range.clone()))
            .unwrap_or_default()
    }

    pub(crate) fn column(&self, section: usize) -> Column<'_> {
        Column::new(self.bytes(section))
    }
}

fn ranges(bytes: &[u8], key: &Key) -> Option<Vec<Range<usize>>> {
    if bytes.get(..8)? != key.magic || bytes.get(8..40)? != key.source {
        return None;
    }
    let count = usize::try_from(u64_at(bytes, 40)?)
        .ok()
        .filter(|count| *count <= MAX_SECTIONS)?;
    let range = |index| {
        let start = usize::try_from(u64_at(bytes, HEADER + 16 * index)?).ok()?;
        let end = start.checked_add(usize::try_from(u64_at(bytes, HEADER + 16 * index + 8)?).ok()?)?;
        (end <= bytes.len()).then_some(start..end)
    };
    (0..count).map(range).collect()
}

fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    let bytes = bytes.get(offset..offset.checked_add(8)?)?;
    bytes.try_into().ok().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key {
        magic: *b"TESTTEST",
        source: [7; 32],
    };

    #[test]
    fn sections_come_back_and_foreign_files_do_not() {
        let mut assembly = Assembly::new(&KEY, 2);
        assembly.bytes(b"abc");
        assembly.numbers(&[1, 2, 3]);
        let file = assembly.finish();
        let open = Sections::from_bytes(file.clone(), &KEY, 2).unwrap();
        assert_eq!(open.bytes(0), b"abc");
        assert_eq!(
            (open.column(1).len(), open.column(1).get(2), open.column(1).get(3)),
            (3, 3, 0)
        );
        assert!(
            Sections::from_bytes(
                file.clone(),
                &Key {
                    source: [8; 32],
                    ..KEY
                },
                2
            )
            .is_err()
        );
        assert!(Sections::from_bytes(file.clone(), &KEY, 3).is_err());
        for length in 0..file.len() - 8 {
            assert!(
                Sections::from_bytes(file[..length].to_vec(), &KEY, 2).is_err(),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn finds_the_partition_point() {
        let numbers: Vec<u8> = [1u32, 3, 3, 5].iter().flat_map(|n| n.to_le_bytes()).collect();
        let column = Column::new(&numbers);
        assert_eq!(column.partition_point(|number| number < 3), 1);
        assert_eq!(column.partition_point(|number| number <= 5), 4);
    }
}
