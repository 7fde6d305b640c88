//! The binary index of kmod: a tree of prefixes that modprobe(8) searches in place (kmod's tools/depmod.c and
//! libkmod/libkmod-index.c).

use std::collections::BTreeMap;

const MAGIC: u32 = 0xb007_f457;
const VERSION: u32 = 0x0002_0001;
const HAS_PREFIX: u32 = 0x8000_0000;
const HAS_VALUES: u32 = 0x4000_0000;
const HAS_CHILDREN: u32 = 0x2000_0000;

/// Keys of ASCII, each with values in the order of their priority.
#[derive(Debug, Default)]
pub(super) struct Index {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    prefix: Vec<u8>,
    values: Vec<(u32, String)>,
    children: BTreeMap<u8, Node>,
}

impl Index {
    /// Adds a value. One that is already there stays as it is; a key that is not ASCII cannot be asked for.
    pub(super) fn insert(&mut self, key: &str, value: &str, priority: u32) {
        if key.is_ascii() {
            self.root.insert(key.as_bytes(), value, priority);
        }
    }

    /// The bytes of the file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for word in [MAGIC, VERSION, 0] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        let root = self.root.write(&mut out);
        out[8..12].copy_from_slice(&root.to_be_bytes());
        out
    }
}

impl Node {
    fn insert(&mut self, key: &[u8], value: &str, priority: u32) {
        let common = self.prefix.iter().zip(key).take_while(|(a, b)| a == b).count();
        if common < self.prefix.len() {
            self.split(common);
        }
        match key[common..].split_first() {
            None => self.add_value(value, priority),
            Some((first, rest)) => match self.children.get_mut(first) {
                Some(child) => child.insert(rest, value, priority),
                None => drop(self.children.insert(*first, Self::leaf(rest, value, priority))),
            },
        }
    }

    fn leaf(prefix: &[u8], value: &str, priority: u32) -> Self {
        let values = vec![(priority, value.to_owned())];
        Self {
            prefix: prefix.to_vec(),
            values,
            children: BTreeMap::new(),
        }
    }

    /// Keeps the first bytes of the prefix and moves the rest one level down.
    fn split(&mut self, at: usize) {
        let lower = std::mem::take(self);
        let (upper, rest) = lower.prefix.split_at(at);
        let child = Self {
            prefix: rest[1..].to_vec(),
            values: lower.values,
            children: lower.children,
        };
        (self.prefix, self.values) = (upper.to_vec(), Vec::new());
        self.children = BTreeMap::from([(rest[0], child)]);
    }

    fn add_value(&mut self, value: &str, priority: u32) {
        if !self.values.iter().any(|(_, known)| known == value) {
            let at = self.values.partition_point(|(known, _)| *known < priority);
            self.values.insert(at, (priority, value.to_owned()));
        }
    }

    /// Writes the children, then the node; returns where it is and what it has.
    fn write(&self, out: &mut Vec<u8>) -> u32 {
        let range = self
            .children
            .keys()
            .next()
            .copied()
            .zip(self.children.keys().next_back().copied());
        let children: Vec<u32> = range.map_or_else(Vec::new, |(first, last)| {
            (first..=last)
                .map(|byte| self.children.get(&byte).map_or(0, |child| child.write(out)))
                .collect()
        });
        let mut place = out.len() as u32;
        if !self.prefix.is_empty() {
            out.extend_from_slice(&self.prefix);
            out.push(0);
            place |= HAS_PREFIX;
        }
        if let Some((first, last)) = range {
            out.extend_from_slice(&[first, last]);
            children
                .iter()
                .for_each(|child| out.extend_from_slice(&child.to_be_bytes()));
            place |= HAS_CHILDREN;
        }
        if !self.values.is_empty() {
            self.write_values(out);
            place |= HAS_VALUES;
        }
        place
    }

    fn write_values(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.values.len() as u32).to_be_bytes());
        for (priority, value) in &self.values {
            out.extend_from_slice(&priority.to_be_bytes());
            out.extend_from_slice(value.as_bytes());
            out.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_is_header_prefix_and_value() {
        let mut index = Index::default();
        index.insert("", "v", 7);
        let mut expected = vec![0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0x40, 0, 0, 12];
        expected.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 7, b'v', 0]);
        assert_eq!(index.bytes(), expected);
    }

    #[test]
    fn common_prefixes_are_split_whatever_the_order() {
        let keys = ["ext4", "ext2", "ex", "overlay", "", "ext4"];
        let build = |keys: &[&str]| {
            let mut index = Index::default();
            keys.iter().for_each(|key| index.insert(key, "m", 0));
            index.bytes()
        };
        let mut reversed = keys;
        reversed.reverse();
        assert_eq!(build(&keys), build(&reversed));
    }

    #[test]
    fn values_are_kept_once_and_by_priority() {
        let mut index = Index::default();
        for (value, priority) in [("b", 2), ("a", 1), ("b", 3), ("c", 2)] {
            index.insert("k", value, priority);
        }
        let child = &index.root.children[&b'k'];
        let values: Vec<&str> = child.values.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["a", "c", "b"]);
    }
}
