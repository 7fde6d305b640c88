//! A header: a sorted table of tags over a store of values (format_v4, "Header").
//!
//! Layout: number of entries and size of the data (u32, big endian), the entries of 16 bytes (tag, type, offset,
//! count), the data. The first entry is a region: it says which entries were there when the package was built;
//! what rpm adds on installation ("dribbles") comes after them and overrides them.

use std::io::Read;

use crate::{Error, Tag};

/// Most entries a header may have (rpm's HEADER_TAGS_MAX).
pub const MAX_ENTRIES: usize = 0xffff;
/// Most bytes of data a header may have (rpm's HEADER_DATA_MAX).
pub const MAX_DATA: usize = 256 * 1024 * 1024 - 1;

pub(crate) const MAGIC: [u8; 8] = [0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0];
pub(crate) const ENTRY_SIZE: usize = 16;
pub(crate) const PREAMBLE_SIZE: usize = 8;

/// The types of values, by their number in the file.
pub(crate) mod kind {
    pub(crate) const CHAR: u32 = 1;
    pub(crate) const INT8: u32 = 2;
    pub(crate) const INT16: u32 = 3;
    pub(crate) const INT32: u32 = 4;
    pub(crate) const INT64: u32 = 5;
    pub(crate) const STRING: u32 = 6;
    pub(crate) const BIN: u32 = 7;
    pub(crate) const STRING_ARRAY: u32 = 8;
    pub(crate) const I18N: u32 = 9;
}

/// A value to be put into a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Characters, for example file states.
    Char(Vec<u8>),
    /// 16-bit numbers.
    U16(Vec<u16>),
    /// 32-bit numbers.
    U32(Vec<u32>),
    /// 64-bit numbers.
    U64(Vec<u64>),
    /// One string.
    Str(String),
    /// Bytes.
    Bin(Vec<u8>),
    /// Any number of strings.
    StrArray(Vec<String>),
    /// A string in each locale of the table.
    I18n(Vec<String>),
}

impl Value {
    /// A list of strings.
    pub fn strings(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::StrArray(texts.into_iter().map(Into::into).collect())
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) tag: u32,
    pub(crate) kind: u32,
    /// Where the value begins and ends, in the data; strings end at the last byte of the data at the latest.
    start: u32,
    end: u32,
    pub(crate) count: u32,
}

/// A parsed header. It owns its bytes; values are read from them on demand.
#[derive(Debug, Clone)]
pub struct Header {
    bytes: Vec<u8>,
    data_start: usize,
    /// Sorted by tag, one for each tag.
    entries: Vec<Entry>,
}

impl Header {
    /// Reads a header with its magic from a stream, and nothing beyond it.
    pub fn read(reader: &mut impl Read) -> Result<Self, Error> {
        let io = |source| Error::Read {
            what: "a header",
            source,
        };
        let mut start = [0; MAGIC.len() + PREAMBLE_SIZE];
        reader.read_exact(&mut start).map_err(io)?;
        if start[..MAGIC.len()] != MAGIC {
            return Err(Error::header("it does not begin with the magic of a header"));
        }
        let preamble = &start[MAGIC.len()..];
        let rest = body_size(preamble)?;
        let mut bytes = Vec::with_capacity(PREAMBLE_SIZE + rest.min(1 << 20));
        bytes.extend_from_slice(preamble);
        // `take` instead of one large buffer: a short file must not make us allocate what its header claims.
        reader.take(rest as u64).read_to_end(&mut bytes).map_err(io)?;
        Self::parse(bytes)
    }

    /// Parses a header without magic, as databases hold it. The bytes must be exactly one header.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Error> {
        let preamble = bytes
            .get(..PREAMBLE_SIZE)
            .ok_or_else(|| Error::header("it is shorter than 8 bytes"))?;
        let (count, size) = (be32(preamble, 0) as usize, be32(preamble, 4) as usize);
        if bytes.len() != PREAMBLE_SIZE + body_size(preamble)? {
            let reason = format!(
                "{count} entries and {size} bytes of data do not fit {} bytes",
                bytes.len()
            );
            return Err(Error::header(reason));
        }
        let data_start = PREAMBLE_SIZE + count * ENTRY_SIZE;
        let (table, data) = bytes[PREAMBLE_SIZE..].split_at(count * ENTRY_SIZE);
        let mut entries = Vec::with_capacity(count);
        for raw in table.chunks_exact(ENTRY_SIZE) {
            entries.push(parse_entry(raw, data)?);
        }
        keep_last_of_each_tag(&mut entries);
        Ok(Self {
            bytes,
            data_start,
            entries,
        })
    }

    /// The bytes as in the file, without magic.
    pub fn raw(&self) -> &[u8] {
        &self.bytes
    }

    /// The tags present, ascending.
    pub fn tags(&self) -> impl Iterator<Item = Tag> + '_ {
        self.entries.iter().map(|entry| Tag(entry.tag))
    }

    /// Whether a tag is present.
    pub fn contains(&self, tag: impl Into<Tag>) -> bool {
        self.entry(tag.into()).is_some()
    }

    /// A string; for an array or a translated string its first one. None when absent, of another type or not
    /// UTF-8.
    pub fn get_str(&self, tag: impl Into<Tag>) -> Option<&str> {
        self.strings(tag.into()).next()
    }

    /// A translated string in the C locale.
    pub fn get_i18n(&self, tag: impl Into<Tag>) -> Option<&str> {
        self.get_str(tag)
    }

    /// All strings of an array; a single string is an array of one. Empty when absent, shorter than counted when
    /// damaged or not UTF-8.
    pub fn get_str_array(&self, tag: impl Into<Tag>) -> Vec<&str> {
        self.strings(tag.into()).collect()
    }

    /// The strings of an array one by one, without collecting them.
    pub fn strings(&self, tag: Tag) -> Strings<'_> {
        match self.entry(tag) {
            Some(e) if matches!(e.kind, kind::STRING | kind::STRING_ARRAY | kind::I18N) => Strings {
                rest: self.data_of(e),
                left: e.count,
            },
            _ => Strings { rest: &[], left: 0 },
        }
    }

    /// 16-bit numbers; empty when absent or of another type.
    pub fn get_u16s(&self, tag: impl Into<Tag>) -> Vec<u16> {
        self.numbers(tag.into(), kind::INT16, |b| u16::from_be_bytes([b[0], b[1]]), 2)
    }

    /// 32-bit numbers; empty when absent or of another type.
    pub fn get_u32s(&self, tag: impl Into<Tag>) -> Vec<u32> {
        self.numbers(tag.into(), kind::INT32, |b| be32(b, 0), 4)
    }

    /// 64-bit numbers; 32-bit ones are widened; empty when absent or of another type.
    pub fn get_u64s(&self, tag: impl Into<Tag>) -> Vec<u64> {
        let tag = tag.into();
        match self.entry(tag) {
            Some(e) if e.kind == kind::INT32 => self.get_u32s(tag).into_iter().map(u64::from).collect(),
            _ => self.numbers(
                tag,
                kind::INT64,
                |b| (u64::from(be32(b, 0)) << 32) | u64::from(be32(b, 4)),
                8,
            ),
        }
    }

    /// The first 32-bit number.
    pub fn get_u32(&self, tag: impl Into<Tag>) -> Option<u32> {
        let entry = self.entry(tag.into()).filter(|e| e.kind == kind::INT32)?;
        self.data_of(entry).get(..4).map(|b| be32(b, 0))
    }

    /// The first number of 32 or 64 bits.
    pub fn get_u64(&self, tag: impl Into<Tag>) -> Option<u64> {
        self.get_u64s(tag).first().copied()
    }

    /// Bytes: binary values, characters and 8-bit numbers.
    pub fn get_bin(&self, tag: impl Into<Tag>) -> Option<&[u8]> {
        let bytes = |e: &&Entry| matches!(e.kind, kind::BIN | kind::CHAR | kind::INT8);
        self.entry(tag.into()).filter(bytes).map(|e| self.data_of(e))
    }

    /// A value as it is, to be put into another header. None when absent or damaged.
    pub fn get_value(&self, tag: impl Into<Tag>) -> Option<Value> {
        let tag = tag.into();
        let entry = self.entry(tag)?;
        let owned = || self.strings(tag).map(str::to_owned).collect();
        Some(match entry.kind {
            kind::CHAR | kind::INT8 => Value::Char(self.data_of(entry).to_vec()),
            kind::INT16 => Value::U16(self.get_u16s(tag)),
            kind::INT32 => Value::U32(self.get_u32s(tag)),
            kind::INT64 => Value::U64(self.get_u64s(tag)),
            kind::STRING => Value::Str(self.get_str(tag)?.to_owned()),
            kind::STRING_ARRAY => Value::StrArray(owned()),
            kind::I18N => Value::I18n(owned()),
            _ => Value::Bin(self.data_of(entry).to_vec()),
        })
    }

    /// How many values a tag has; 0 when absent.
    pub fn count(&self, tag: impl Into<Tag>) -> usize {
        self.entry(tag.into()).map_or(0, |entry| entry.count as usize)
    }

    pub(crate) fn entry(&self, tag: Tag) -> Option<&Entry> {
        let found = self
            .entries
            .binary_search_by_key(&tag.0, |entry| entry.tag)
            .ok()?;
        self.entries.get(found)
    }

    fn data_of(&self, entry: &Entry) -> &[u8] {
        let at = |offset: u32| self.data_start + offset as usize;
        self.bytes.get(at(entry.start)..at(entry.end)).unwrap_or(&[])
    }

    fn numbers<T>(&self, tag: Tag, kind: u32, decode: impl Fn(&[u8]) -> T, width: usize) -> Vec<T> {
        let entry = self.entry(tag).filter(|entry| entry.kind == kind);
        let data = entry.map_or(&[][..], |entry| self.data_of(entry));
        data.chunks_exact(width).map(decode).collect()
    }
}

/// The strings of an entry, as long as they are terminated and UTF-8.
#[derive(Debug, Clone)]
pub struct Strings<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.left = self.left.checked_sub(1)?;
        let end = self.rest.iter().position(|byte| *byte == 0)?;
        let (string, rest) = self.rest.split_at(end);
        self.rest = &rest[1..];
        std::str::from_utf8(string).ok()
    }
}

pub(crate) fn be32(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at + 4) {
        Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
        _ => 0,
    }
}

fn body_size(preamble: &[u8]) -> Result<usize, Error> {
    let (count, size) = (be32(preamble, 0) as usize, be32(preamble, 4) as usize);
    if count == 0 || count > MAX_ENTRIES {
        return Err(Error::header(format!(
            "it claims {count} entries, allowed are 1 to {MAX_ENTRIES}"
        )));
    }
    if size > MAX_DATA {
        return Err(Error::header(format!(
            "it claims {size} bytes of data, allowed are {MAX_DATA}"
        )));
    }
    Ok(count * ENTRY_SIZE + size)
}

fn parse_entry(raw: &[u8], data: &[u8]) -> Result<Entry, Error> {
    let (tag, kind, start, count) = (be32(raw, 0), be32(raw, 4), be32(raw, 8), be32(raw, 12));
    let bad = |what: &str| Error::header(format!("tag {tag}: {what}"));
    let width: u64 = match kind {
        kind::CHAR | kind::INT8 | kind::BIN => 1,
        kind::INT16 => 2,
        kind::INT32 => 4,
        kind::INT64 => 8,
        kind::STRING | kind::STRING_ARRAY | kind::I18N => 0,
        _ => return Err(bad("unknown type")),
    };
    if u64::from(start) > data.len() as u64 {
        return Err(bad("its value lies outside the data"));
    }
    let end = match width {
        0 => data.len() as u64,
        _ => u64::from(start) + width * u64::from(count),
    };
    if end > data.len() as u64 {
        return Err(bad("its value ends outside the data"));
    }
    Ok(Entry {
        tag,
        kind,
        start,
        end: end as u32,
        count,
    })
}

/// A later entry overrides an earlier one: that is how rpm's database notes a relocation.
fn keep_last_of_each_tag(entries: &mut Vec<Entry>) {
    entries.reverse();
    entries.sort_by_key(|entry| entry.tag);
    entries.dedup_by_key(|entry| entry.tag);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(entries: &[[u32; 4]], data: &[u8]) -> Vec<u8> {
        let words = [entries.len() as u32, data.len() as u32]
            .into_iter()
            .chain(entries.iter().flatten().copied());
        let mut bytes: Vec<u8> = words.flat_map(u32::to_be_bytes).collect();
        bytes.extend_from_slice(data);
        bytes
    }

    fn refusal(bytes: Vec<u8>) -> String {
        Header::parse(bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_breaks_the_format_is_refused() {
        assert!(refusal(vec![0; 7]).contains("shorter than 8 bytes"));
        assert!(refusal(header(&[], b"")).contains("claims 0 entries"));
        assert!(refusal([0xff; 8].to_vec()).contains("claims 4294967295 entries"));
        assert!(refusal(header(&[[1000, kind::STRING, 0, 1]], b"x\0")[..25].to_vec()).contains("do not fit"));
        assert!(refusal(header(&[[1000, 10, 0, 1]], b"")).contains("tag 1000: unknown type"));
        assert!(refusal(header(&[[1000, kind::BIN, 3, 0]], b"xy")).contains("lies outside"));
        assert!(refusal(header(&[[1000, kind::INT32, 0, u32::MAX]], b"xyzw")).contains("ends outside"));
    }

    #[test]
    fn a_value_of_another_type_is_absent() {
        let header = Header::parse(header(&[[1000, kind::INT32, 0, 1]], &[0, 0, 0, 7])).unwrap();
        assert_eq!(
            (header.get_u32(Tag::NAME), header.get_u64(Tag::NAME)),
            (Some(7), Some(7))
        );
        assert_eq!(
            (header.get_str(Tag::NAME), header.get_bin(Tag::NAME)),
            (None, None)
        );
        assert!(header.get_u16s(Tag::NAME).is_empty());
    }

    #[test]
    fn strings_end_with_the_data() {
        let header = Header::parse(header(&[[1000, kind::STRING_ARRAY, 0, 3]], b"a\0b\0c")).unwrap();
        assert_eq!(header.get_str_array(Tag::NAME), ["a", "b"]);
        assert_eq!(header.count(Tag::NAME), 3);
    }

    #[test]
    fn the_last_entry_of_a_tag_counts() {
        let entries = [
            [1000, kind::STRING, 0, 1],
            [999, kind::STRING, 0, 1],
            [1000, kind::STRING, 2, 1],
        ];
        let header = Header::parse(header(&entries, b"a\0b\0")).unwrap();
        assert_eq!(header.get_str(Tag::NAME), Some("b"));
        assert_eq!(header.tags().collect::<Vec<_>>(), [Tag(999), Tag(1000)]);
    }

    #[test]
    fn a_short_stream_is_an_error() {
        let bytes = [&MAGIC[..], &header(&[[1000, kind::STRING, 0, 1]], b"a\0")].concat();
        for length in 0..bytes.len() {
            assert!(Header::read(&mut &bytes[..length]).is_err(), "{length} bytes");
        }
        assert_eq!(
            Header::read(&mut &bytes[..]).unwrap().get_str(Tag::NAME),
            Some("a")
        );
        assert!(Header::read(&mut &bytes[1..]).is_err());
    }
}
