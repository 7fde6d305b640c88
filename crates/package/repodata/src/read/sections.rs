//! The cache file: sections of bytes behind a header that says what they were made from.
//!
//! ```text
//! magic, 8 bytes | SHA-256 of the source, 32 bytes | number of sections, u64
//! per section: offset, length, u64 each           | sections, each at a multiple of 8
//! ```
//! All numbers are little-endian, and read bytewise: nothing depends on alignment or the machine.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use mapped_file::MappedFile;

const HEADER: usize = 8 + 32 + 8;
/// Bytes that are written at a time.
const BUFFER: usize = 64 * 1024;
/// More would mean a damaged file.
const MAX_SECTIONS: usize = 64;

/// What a cache file holds and what it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) magic: [u8; 8],
    pub(crate) source: [u8; 32],
}

/// Where a cache file is written to.
pub(crate) trait Output: Write + Seek {}

impl<W: Write + Seek> Output for W {}

/// A cache file while it is written: sections are added in order, and what they were made from can be dropped one after
/// the other, so that the whole is never held twice.
pub(crate) struct Assembly<'w> {
    out: BufWriter<&'w mut dyn Output>,
    header: Vec<u8>,
    length: u64,
    count: usize,
    added: usize,
    outcome: io::Result<()>,
}

impl<'w> Assembly<'w> {
    /// A file of so many sections, at the beginning of `out`.
    pub(crate) fn new(out: &'w mut dyn Output, key: &Key, count: usize) -> Self {
        let mut header = Vec::new();
        header.extend_from_slice(&key.magic);
        header.extend_from_slice(&key.source);
        header.extend_from_slice(&(count as u64).to_le_bytes());
        header.resize(HEADER + 16 * count, 0);
        let mut out = BufWriter::with_capacity(BUFFER, out);
        Self {
            outcome: out.write_all(&header),
            length: header.len() as u64,
            out,
            header,
            count,
            added: 0,
        }
    }

    /// Adds bytes.
    pub(crate) fn bytes(&mut self, section: &[u8]) {
        self.add(section.len() as u64, |out| out.write_all(section));
    }

    /// Adds numbers, in the form a [`Column`] reads.
    pub(crate) fn numbers(&mut self, numbers: &[u32]) {
        self.add(4 * numbers.len() as u64, |out| {
            let mut numbers = numbers.iter();
            numbers.try_for_each(|number| out.write_all(&number.to_le_bytes()))
        });
    }

    fn add(&mut self, length: u64, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        debug_assert!(self.added < self.count, "more sections than announced");
        let entry = HEADER + 16 * self.added;
        self.header[entry..entry + 8].copy_from_slice(&self.length.to_le_bytes());
        self.header[entry + 8..entry + 16].copy_from_slice(&length.to_le_bytes());
        self.added += 1;
        let end = (self.length + length).next_multiple_of(8);
        let padding = (end - self.length - length) as usize;
        if self.outcome.is_ok() {
            self.outcome = fill(&mut self.out).and_then(|()| self.out.write_all(&[0; 8][..padding]));
        }
        self.length = end;
    }

    /// Completes the file.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.outcome?;
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&self.header)?;
        self.out.flush()
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
        let mut file = io::Cursor::new(Vec::new());
        let mut assembly = Assembly::new(&mut file, &KEY, 2);
        assembly.bytes(b"abc");
        assembly.numbers(&[1, 2, 3]);
        assembly.finish().unwrap();
        let file = file.into_inner();
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

    /// A disk that is full after so many bytes.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Full {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let numbers = vec![7; BUFFER];
        for space in [0, BUFFER, 3 * BUFFER, 4 * BUFFER + 10] {
            let mut full = Full(space);
            let mut assembly = Assembly::new(&mut full, &KEY, 1);
            assembly.numbers(&numbers);
            assert!(assembly.finish().is_err(), "{space}");
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
