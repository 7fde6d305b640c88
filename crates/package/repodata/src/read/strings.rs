//! Strings, each stored once and known by a number; found again without reading them all.
//!
//! The hash table that finds duplicates while a cache is made is stored in it, so that looking up a name later costs
//! two memory accesses and no preparation.

use super::sections::{Assembly, Column};

/// Strings while they are collected. Number 0 is the empty string.
pub(crate) struct Interner {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    hashes: Vec<u32>,
    table: Vec<u32>,
}

const EMPTY: u32 = u32::MAX;

impl Interner {
    pub(crate) fn new() -> Self {
        let mut new = Self {
            bytes: Vec::new(),
            ends: Vec::new(),
            hashes: Vec::new(),
            table: vec![EMPTY; 1024],
        };
        new.intern("");
        new
    }

    /// The number of a string.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let hash = hash(text.as_bytes());
        let mut slot = hash as usize & (self.table.len() - 1);
        while self.table[slot] != EMPTY {
            let id = self.table[slot];
            if self.hashes[id as usize] == hash && self.bytes_of(id) == text.as_bytes() {
                return id;
            }
            slot = (slot + 1) & (self.table.len() - 1);
        }
        self.insert(slot, hash, text)
    }

    fn insert(&mut self, slot: usize, hash: u32, text: &str) -> u32 {
        let id = self.ends.len() as u32;
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as u32);
        self.hashes.push(hash);
        self.table[slot] = id;
        if self.ends.len() * 2 > self.table.len() {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let size = self.table.len() * 2;
        self.table = vec![EMPTY; size];
        for (id, hash) in self.hashes.iter().enumerate() {
            let mut slot = *hash as usize & (size - 1);
            while self.table[slot] != EMPTY {
                slot = (slot + 1) & (size - 1);
            }
            self.table[slot] = id as u32;
        }
    }

    fn bytes_of(&self, id: u32) -> &[u8] {
        let start = if id == 0 {
            0
        } else {
            self.ends[id as usize - 1] as usize
        };
        &self.bytes[start..self.ends[id as usize] as usize]
    }

    /// The text of a number given out before.
    pub(crate) fn text(&self, id: u32) -> &str {
        std::str::from_utf8(self.bytes_of(id)).unwrap_or("")
    }

    /// How many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the numbers and offsets still fit into 32 bits.
    pub(crate) fn fits(&self) -> bool {
        u32::try_from(self.bytes.len()).is_ok() && self.ends.len() < EMPTY as usize
    }

    /// Adds the three parts to store: bytes, ends, table. Each is dropped when it is in the file.
    pub(crate) fn store(self, file: &mut Assembly<'_>) {
        drop(self.hashes);
        file.bytes(&self.bytes);
        drop(self.bytes);
        file.numbers(&self.ends);
        drop(self.ends);
        file.numbers(&self.table);
    }
}

/// Fast, and the same on every machine: words of eight bytes, rotated, mixed and multiplied.
fn hash(bytes: &[u8]) -> u32 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        state = (state.rotate_left(23) ^ u64::from_le_bytes(word)).wrapping_mul(MULTIPLIER);
    }
    ((state ^ (state >> 29)).wrapping_mul(MULTIPLIER) >> 32) as u32
}

/// Strings in a cache. Damage shows as missing or empty strings, never as a panic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strings<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) ends: Column<'a>,
    pub(crate) table: Column<'a>,
}

impl<'a> Strings<'a> {
    /// The text of a number.
    pub(crate) fn get(self, id: u32) -> &'a str {
        let start = if id == 0 {
            0
        } else {
            self.ends.get(id as usize - 1)
        };
        let bytes = self
            .bytes
            .get(start as usize..self.ends.get(id as usize) as usize);
        bytes
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or("")
    }

    /// The number of a text, if it is stored.
    pub(crate) fn find(self, text: &str) -> Option<u32> {
        let mask = self.table.len().checked_sub(1)?;
        let start = hash(text.as_bytes()) as usize & mask;
        for step in 0..=mask {
            match self.table.get((start + step) & mask) {
                EMPTY => return None,
                id if self.get(id) == text => return Some(id),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::sections::{Key, Sections};

    #[test]
    fn equal_strings_have_one_number_and_are_found_again() {
        let mut interner = Interner::new();
        let words: Vec<String> = (0..5000).map(|number| format!("word-{number}")).collect();
        let ids: Vec<u32> = words.iter().map(|word| interner.intern(word)).collect();
        assert!(
            words
                .iter()
                .zip(&ids)
                .all(|(word, id)| interner.intern(word) == *id && interner.text(*id) == word)
        );
        assert_eq!((interner.intern(""), interner.len()), (0, 5001));
        let key = Key {
            magic: *b"TESTTEST",
            source: [0; 32],
        };
        let mut file = std::io::Cursor::new(Vec::new());
        let mut assembly = Assembly::new(&mut file, &key, 3);
        interner.store(&mut assembly);
        assembly.finish().unwrap();
        let sections = Sections::from_bytes(file.into_inner(), &key, 3).unwrap();
        let strings = Strings {
            bytes: sections.bytes(0),
            ends: sections.column(1),
            table: sections.column(2),
        };
        assert!(
            words
                .iter()
                .zip(ids)
                .all(|(word, id)| strings.find(word) == Some(id) && strings.get(id) == word)
        );
        assert_eq!(strings.find("word-5000"), None);
        assert_eq!(strings.get(123_456), "");
    }
}
