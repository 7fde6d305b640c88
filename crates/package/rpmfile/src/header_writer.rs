//! Making headers (rpm's lib/header.c, headerExport).

use std::collections::BTreeMap;

use crate::header::{ENTRY_SIZE, PREAMBLE_SIZE, Value, be32, kind};
use crate::{Error, Header, Tag};

/// Entries of a header to be made, by tag.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeaderWriter(BTreeMap<u32, Value>);

impl HeaderWriter {
    pub(crate) fn put(&mut self, tag: impl Into<Tag>, value: Value) {
        self.0.insert(tag.into().0, value);
    }

    pub(crate) fn put_str(&mut self, tag: impl Into<Tag>, text: impl Into<String>) {
        self.put(tag, Value::Str(text.into()));
    }

    pub(crate) fn put_u32(&mut self, tag: impl Into<Tag>, number: u32) {
        self.put(tag, Value::U32(vec![number]));
    }

    /// The header without magic, every entry within the given region.
    pub(crate) fn finish(&self, region: Tag) -> Vec<u8> {
        let count = self.0.len() as u32 + 1;
        let mut store = Store::default();
        self.0.iter().for_each(|(tag, value)| store.add(*tag, value));
        let trailer_at = store.data.len() as u32;
        // Counted backwards from the trailer: how long the table of entries is.
        let back = (count * ENTRY_SIZE as u32).wrapping_neg();
        store
            .data
            .extend_from_slice(&entry(region.0, kind::BIN, back, ENTRY_SIZE as u32));
        let mut bytes = Vec::with_capacity(PREAMBLE_SIZE + store.table.len() + ENTRY_SIZE + store.data.len());
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(&(store.data.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&entry(region.0, kind::BIN, trailer_at, ENTRY_SIZE as u32));
        bytes.extend_from_slice(&store.table);
        bytes.extend_from_slice(&store.data);
        bytes
    }
}

impl Header {
    /// A header with entries added behind its region ("dribbles"), as the database holds it: what was there stays
    /// byte for byte, so that digests and signatures over it stay valid.
    pub fn with_entries(&self, entries: &BTreeMap<Tag, Value>) -> Result<Self, Error> {
        let raw = self.raw();
        let count = be32(raw, 0);
        let (table, data) = raw[PREAMBLE_SIZE..].split_at(count as usize * ENTRY_SIZE);
        let mut store = Store {
            table: table.to_vec(),
            data: data.to_vec(),
        };
        entries.iter().for_each(|(tag, value)| store.add(tag.0, value));
        let mut bytes = Vec::with_capacity(PREAMBLE_SIZE + store.table.len() + store.data.len());
        bytes.extend_from_slice(&(count + entries.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&(store.data.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&store.table);
        bytes.extend_from_slice(&store.data);
        Self::parse(bytes)
    }
}

fn entry(tag: u32, kind: u32, offset: u32, count: u32) -> [u8; ENTRY_SIZE] {
    let mut bytes = [0; ENTRY_SIZE];
    for (field, value) in bytes.chunks_exact_mut(4).zip([tag, kind, offset, count]) {
        field.copy_from_slice(&value.to_be_bytes());
    }
    bytes
}

/// Table and data, growing together.
#[derive(Default)]
struct Store {
    table: Vec<u8>,
    data: Vec<u8>,
}

impl Store {
    fn add(&mut self, tag: u32, value: &Value) {
        let (kind, alignment, count) = shape(value);
        self.data.resize(self.data.len().next_multiple_of(alignment), 0);
        self.table
            .extend_from_slice(&entry(tag, kind, self.data.len() as u32, count as u32));
        self.append(value);
    }

    fn append(&mut self, value: &Value) {
        let data = &mut self.data;
        match value {
            Value::Char(bytes) | Value::Bin(bytes) => data.extend_from_slice(bytes),
            Value::U16(numbers) => numbers
                .iter()
                .for_each(|n| data.extend_from_slice(&n.to_be_bytes())),
            Value::U32(numbers) => numbers
                .iter()
                .for_each(|n| data.extend_from_slice(&n.to_be_bytes())),
            Value::U64(numbers) => numbers
                .iter()
                .for_each(|n| data.extend_from_slice(&n.to_be_bytes())),
            Value::Str(text) => append_string(data, text),
            Value::StrArray(texts) | Value::I18n(texts) => {
                texts.iter().for_each(|text| append_string(data, text))
            }
        }
    }
}

/// A zero would end the string early and shift all that follow; it cannot be in any value that makes sense.
fn append_string(data: &mut Vec<u8>, text: &str) {
    data.extend(text.bytes().filter(|byte| *byte != 0));
    data.push(0);
}

/// Type, alignment and count.
fn shape(value: &Value) -> (u32, usize, usize) {
    match value {
        Value::Char(bytes) => (kind::CHAR, 1, bytes.len()),
        Value::U16(numbers) => (kind::INT16, 2, numbers.len()),
        Value::U32(numbers) => (kind::INT32, 4, numbers.len()),
        Value::U64(numbers) => (kind::INT64, 8, numbers.len()),
        Value::Str(_) => (kind::STRING, 1, 1),
        Value::Bin(bytes) => (kind::BIN, 1, bytes.len()),
        Value::StrArray(texts) => (kind::STRING_ARRAY, 1, texts.len()),
        Value::I18n(texts) => (kind::I18N, 1, texts.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Header {
        let mut writer = HeaderWriter::default();
        writer.put_str(Tag::NAME, "bash");
        writer.put_u32(Tag::EPOCH, 7);
        writer.put(Tag::FILE_MODES, Value::U16(vec![1, 2, 3]));
        writer.put(Tag::LONG_FILE_SIZES, Value::U64(vec![1 << 40]));
        writer.put(
            Tag::BASE_NAMES,
            Value::StrArray(vec!["a".into(), String::new(), "b".into()]),
        );
        Header::parse(writer.finish(Tag::HEADER_IMMUTABLE)).unwrap()
    }

    #[test]
    fn reads_what_it_wrote() {
        let header = sample();
        assert_eq!(header.get_str(Tag::NAME), Some("bash"));
        assert_eq!(header.get_u32(Tag::EPOCH), Some(7));
        assert_eq!(header.get_u16s(Tag::FILE_MODES), [1, 2, 3]);
        assert_eq!(header.get_u64s(Tag::LONG_FILE_SIZES), [1 << 40]);
        assert_eq!(header.get_str_array(Tag::BASE_NAMES), ["a", "", "b"]);
        assert_eq!(header.get_str(Tag::SUMMARY), None);
    }

    #[test]
    fn added_entries_override_and_leave_the_rest_alone() {
        let header = sample();
        let added = BTreeMap::from([
            (Tag::NAME, Value::Str("dash".into())),
            (Tag::INSTALL_TIME, Value::U32(vec![9])),
        ]);
        let installed = header.with_entries(&added).unwrap();
        assert_eq!(installed.get_str(Tag::NAME), Some("dash"));
        assert_eq!(installed.get_u32(Tag::INSTALL_TIME), Some(9));
        let old_data = &header.raw()[PREAMBLE_SIZE + 6 * ENTRY_SIZE..];
        let new_data = &installed.raw()[PREAMBLE_SIZE + 8 * ENTRY_SIZE..];
        assert!(new_data.starts_with(old_data));
    }
}
