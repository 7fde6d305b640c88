//! The archive inside a package: cpio(5) "newc", and rpm's own entries of 14 bytes for large files
//! (rpm's lib/cpio.c).

use std::io::{self, Read, Write};

use crate::Error;

pub(crate) const TRAILER: &str = "TRAILER!!!";
const NEWC: &[u8; 6] = b"070701";
const NEWC_CRC: &[u8; 6] = b"070702";
const STRIPPED: &[u8; 6] = b"07070X";
/// PATH_MAX of Linux; rpm refuses longer names too.
const MAX_NAME: u32 = 4096;

/// The start of one entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// With name and attributes.
    Named { name: String, size: u64, mode: u32 },
    /// With nothing but the number of the file in the header.
    Indexed(u32),
}

/// The attributes that a named entry carries.
pub(crate) struct Attributes<'a> {
    pub(crate) name: &'a str,
    pub(crate) inode: u32,
    pub(crate) mode: u16,
    pub(crate) nlinks: u32,
    pub(crate) mtime: u32,
    pub(crate) size: u32,
    pub(crate) rdev: u16,
}

/// Writes the start of a named entry, padding included. Owners are in the package's header, not here.
pub(crate) fn write_entry(out: &mut impl Write, file: &Attributes) -> io::Result<()> {
    let fields = [
        file.inode,
        u32::from(file.mode),
        0,
        0,
        file.nlinks,
        file.mtime,
        file.size,
        0,
        1,
        u32::from(file.rdev >> 8),
        u32::from(file.rdev & 0xff),
        file.name.len() as u32 + 1,
        0,
    ];
    let mut start = Vec::with_capacity(110 + file.name.len() + 4);
    start.extend_from_slice(NEWC);
    for field in fields {
        write!(start, "{field:08x}")?;
    }
    start.extend_from_slice(file.name.as_bytes());
    start.push(0);
    start.resize(start.len().next_multiple_of(4), 0);
    out.write_all(&start)
}

/// Writes the entry that ends an archive.
pub(crate) fn write_trailer(out: &mut impl Write) -> io::Result<()> {
    let trailer = Attributes {
        name: TRAILER,
        inode: 0,
        mode: 0,
        nlinks: 1,
        mtime: 0,
        size: 0,
        rdev: 0,
    };
    write_entry(out, &trailer)
}

/// How many zeros follow content of this size.
pub(crate) fn padding(size: u64) -> usize {
    (size.wrapping_neg() % 4) as usize
}

/// Reads the start of an entry.
pub(crate) fn read_entry(reader: &mut impl Read) -> Result<Entry, Error> {
    let mut magic = [0; 6];
    fill(reader, &mut magic)?;
    match &magic {
        NEWC | NEWC_CRC => read_named(reader),
        STRIPPED => {
            let mut rest = [0; 10];
            fill(reader, &mut rest)?;
            Ok(Entry::Indexed(hexadecimal(&rest[..8])?))
        }
        _ => Err(Error::payload("an entry does not begin with the magic of cpio")),
    }
}

fn read_named(reader: &mut impl Read) -> Result<Entry, Error> {
    let mut rest = [0; 104];
    fill(reader, &mut rest)?;
    let field = |i: usize| hexadecimal(rest.get(8 * i..8 * (i + 1)).unwrap_or(&[]));
    let (mode, size, length) = (field(1)?, field(6)?, field(11)?);
    if length == 0 || length > MAX_NAME {
        return Err(Error::payload(format!("a name of {length} bytes")));
    }
    let padded = (110 + length as usize).next_multiple_of(4) - 110;
    let mut name = vec![0; padded];
    fill(reader, &mut name)?;
    name.truncate(length as usize - 1);
    let name = String::from_utf8(name).map_err(|_| Error::payload("a name that is not UTF-8"))?;
    Ok(Entry::Named {
        name,
        size: size.into(),
        mode,
    })
}

fn hexadecimal(digits: &[u8]) -> Result<u32, Error> {
    let text = std::str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
    text.and_then(|text| u32::from_str_radix(text, 16).ok())
        .ok_or_else(|| Error::payload("a number that is not hexadecimal"))
}

pub(crate) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> Result<(), Error> {
    reader.read_exact(buffer).map_err(|source| Error::Read {
        what: "the payload",
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let mut bytes = Vec::new();
        let file = Attributes {
            name: "./a",
            inode: 7,
            mode: 0o100644,
            nlinks: 1,
            mtime: 1,
            size: 5,
            rdev: 0,
        };
        write_entry(&mut bytes, &file).unwrap();
        write_trailer(&mut bytes).unwrap();
        assert_eq!(bytes.len() % 4, 0);
        let mut reader = bytes.as_slice();
        let expected = Entry::Named {
            name: "./a".to_owned(),
            size: 5,
            mode: 0o100644,
        };
        assert_eq!(read_entry(&mut reader).unwrap(), expected);
        assert!(matches!(read_entry(&mut reader).unwrap(), Entry::Named { name, .. } if name == TRAILER));
        assert!(reader.is_empty());
    }

    #[test]
    fn reads_entries_of_large_packages() {
        assert_eq!(
            read_entry(&mut b"07070X0000000a\0\0".as_slice()).unwrap(),
            Entry::Indexed(10)
        );
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(read_entry(&mut b"070707".as_slice()).is_err());
        assert!(read_entry(&mut b"07070X+000000a\0\0".as_slice()).is_err());
        assert!(read_entry(&mut [b'0'; 4].as_slice()).is_err());
    }
}
