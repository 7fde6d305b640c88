//! The outer `ar` archive of a package: `deb(5)`, section FORMAT.

use std::io::{self, Read, Seek, SeekFrom};

const MAGIC: &[u8; 8] = b"!<arch>\n";
const HEADER: usize = 60;
/// A package has three members, the format allows a few more (`_gpgorigin`); a hundred is nonsense.
const MAX_MEMBERS: usize = 16;

/// One member: where its bytes are in the file.
#[derive(Debug, Clone)]
pub(crate) struct Slice {
    pub(crate) name: String,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// Lists the members without reading them.
pub(crate) fn members(file: &mut (impl Read + Seek)) -> io::Result<Vec<Slice>> {
    let end = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut magic = [0; 8];
    file.read_exact(&mut magic)?;
    if &magic != MAGIC {
        return Err(invalid("it does not start with the ar magic"));
    }
    walk(file, end)
}

fn walk(file: &mut (impl Read + Seek), end: u64) -> io::Result<Vec<Slice>> {
    let mut found = Vec::new();
    let mut at = MAGIC.len() as u64;
    while at < end && found.len() < MAX_MEMBERS {
        let member = header(file, at)?;
        if member.offset.saturating_add(member.size) > end {
            return Err(invalid("a member is longer than the file"));
        }
        // Members start at even offsets.
        at = (member.offset + member.size).next_multiple_of(2);
        found.push(member);
    }
    Ok(found)
}

fn header(file: &mut (impl Read + Seek), at: u64) -> io::Result<Slice> {
    let mut raw = [0; HEADER];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut raw)?;
    if &raw[58..60] != b"`\n" {
        return Err(invalid("a member header has no end mark"));
    }
    let name = text(&raw[0..16])?.trim_end_matches('/').to_owned();
    let size = text(&raw[48..58])?
        .parse()
        .map_err(|_| invalid("a member size is not a number"))?;
    Ok(Slice {
        name,
        offset: at + HEADER as u64,
        size,
    })
}

fn text(field: &[u8]) -> io::Result<&str> {
    let text = std::str::from_utf8(field).map_err(|_| invalid("a member header is not text"))?;
    Ok(text.trim_end())
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn odd_members_are_padded() {
        let mut file = b"!<arch>\n".to_vec();
        for (name, body) in [("a", "xyz\n"), ("b/", "12")] {
            file.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, 3).bytes());
            file.extend(body.bytes());
        }
        file.push(b'3');
        let found = members(&mut Cursor::new(file)).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].name.as_str(), found[1].offset), ("b", 8 + 60 + 4 + 60));
    }

    #[test]
    fn a_member_past_the_end_is_refused() {
        let file = format!(
            "!<arch>\n{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\nabc",
            "a", 0, 0, 0, 644, 9_999
        );
        assert!(members(&mut Cursor::new(file.into_bytes())).is_err());
    }
}
