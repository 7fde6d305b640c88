use std::io::{self, Read};
use std::ops::Deref;

/// What an entry of the data archive is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A regular file; its bytes are read from the [`Entry`].
    File,
    /// A directory.
    Directory,
    /// A symbolic link with its target as written.
    Symlink(String),
    /// A hard link to an entry that came earlier, by its absolute path.
    HardLink(String),
    /// A character device: major, minor.
    CharDevice(u32, u32),
    /// A block device: major, minor.
    BlockDevice(u32, u32),
    /// A named pipe.
    Fifo,
}

/// What an archive says about one file, directory or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The absolute, normalised path: `/usr/bin/ls`; `/` for the root directory.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits with setuid, setgid and sticky (`07777`).
    pub mode: u32,
    /// Owner by number.
    pub uid: u64,
    /// Owner's name, empty when the archive gives none.
    pub user: String,
    /// Group by number.
    pub gid: u64,
    /// Group's name, empty when the archive gives none.
    pub group: String,
    /// Modification time, seconds since 1970.
    pub mtime: u64,
    /// Size of a regular file, otherwise 0.
    pub size: u64,
}

/// One entry while it is streamed. Reading gives a regular file's bytes; the rest is in [`Meta`].
pub struct Entry<'a> {
    pub(crate) meta: Meta,
    pub(crate) reader: &'a mut dyn Read,
}

impl Deref for Entry<'_> {
    type Target = Meta;

    fn deref(&self) -> &Meta {
        &self.meta
    }
}

impl Meta {
    /// Reads the header of a tar entry.
    pub(crate) fn of<R: Read>(raw: &tar::Entry<'_, R>) -> Result<Self, String> {
        let header = raw.header();
        let number = |value: io::Result<u64>| value.map_err(|cause| cause.to_string());
        let kind = kind(raw)?;
        Ok(Self {
            path: absolute(&raw.path_bytes())?,
            size: if kind == Kind::File { raw.size() } else { 0 },
            kind,
            mode: header.mode().map_err(|cause| cause.to_string())? & 0o7777,
            uid: number(header.uid())?,
            user: name(header.username_bytes()),
            gid: number(header.gid())?,
            group: name(header.groupname_bytes()),
            mtime: number(header.mtime())?,
        })
    }
}

fn name(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

fn kind<R: Read>(raw: &tar::Entry<'_, R>) -> Result<Kind, String> {
    use tar::EntryType;
    let device = || -> Result<(u32, u32), String> {
        let (major, minor) = (raw.header().device_major(), raw.header().device_minor());
        match (major, minor) {
            (Ok(Some(major)), Ok(Some(minor))) => Ok((major, minor)),
            _ => Err("a device has no number".to_owned()),
        }
    };
    match raw.header().entry_type() {
        EntryType::Regular | EntryType::Continuous => Ok(Kind::File),
        EntryType::Directory => Ok(Kind::Directory),
        EntryType::Symlink => target(raw).map(Kind::Symlink),
        EntryType::Link => Ok(Kind::HardLink(absolute(target(raw)?.as_bytes())?)),
        EntryType::Char => device().map(|(major, minor)| Kind::CharDevice(major, minor)),
        EntryType::Block => device().map(|(major, minor)| Kind::BlockDevice(major, minor)),
        EntryType::Fifo => Ok(Kind::Fifo),
        other => Err(format!("it has an entry of the unknown type {other:?}")),
    }
}

fn target<R: Read>(raw: &tar::Entry<'_, R>) -> Result<String, String> {
    let bytes = raw.link_name_bytes().ok_or("a link has no target")?;
    String::from_utf8(bytes.into_owned()).map_err(|_| "a link target is not UTF-8".to_owned())
}

impl Entry<'_> {
    /// Reads a regular file whole.
    pub fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.size.min(1 << 26) as usize);
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for Entry<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// `./usr/bin/ls` and `usr/bin/ls` become `/usr/bin/ls`; a path that climbs out is refused.
pub(crate) fn absolute(raw: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(raw).map_err(|_| "a path is not UTF-8".to_owned())?;
    if text.contains('\0') || text.split('/').any(|part| part == "..") {
        return Err(format!("the path {text:?} points outside the package"));
    }
    let parts = text.split('/').filter(|part| !part.is_empty() && *part != ".");
    let joined: Vec<&str> = parts.collect();
    Ok(format!("/{}", joined.join("/")))
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn paths_become_absolute() {
        assert_eq!(absolute(b"./usr/bin/[").unwrap(), "/usr/bin/[");
        assert_eq!(absolute(b"./").unwrap(), "/");
        assert_eq!(absolute(b"usr//lib/./x/").unwrap(), "/usr/lib/x");
    }

    #[test]
    fn climbing_out_is_refused() {
        assert!(absolute(b"./usr/../../etc/shadow").is_err());
        assert!(absolute(b"./a\0b").is_err());
        assert!(absolute(b"./\xff").is_err());
    }
}
