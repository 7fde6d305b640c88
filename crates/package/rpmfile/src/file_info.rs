//! The files of a package, as its header lists them.

use std::ops::{BitOr, BitOrAssign};

use crate::{Error, Header, Tag};

/// RPMFILE_*: what kind of content a file is (rpm's include/rpm/rpmfiles.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileFlags(pub u32);

impl FileFlags {
    /// An ordinary file.
    pub const NONE: Self = Self(0);
    /// Configuration: the administrator's changes are kept.
    pub const CONFIG: Self = Self(1 << 0);
    /// Documentation.
    pub const DOC: Self = Self(1 << 1);
    /// May be missing from the system: verification says nothing about that.
    pub const MISSING_OK: Self = Self(1 << 3);
    /// With `CONFIG`: the changed file stays, the new one becomes `.rpmnew`.
    pub const NOREPLACE: Self = Self(1 << 4);
    /// Belongs to the package but is not in its payload.
    pub const GHOST: Self = Self(1 << 6);
    /// A licence.
    pub const LICENSE: Self = Self(1 << 7);
    /// A README.
    pub const README: Self = Self(1 << 8);
    /// A build artifact, not of interest to the user.
    pub const ARTIFACT: Self = Self(1 << 12);

    /// Whether any of the given bits is set.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for FileFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for FileFlags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// The type of a file, from its mode (inode(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileType {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, pipe or socket.
    Special,
}

impl FileType {
    /// The type a mode stands for.
    pub fn of_mode(mode: u16) -> Self {
        match mode & 0o170_000 {
            0o100_000 => Self::Regular,
            0o040_000 => Self::Directory,
            0o120_000 => Self::Symlink,
            _ => Self::Special,
        }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// Where it goes: absolute, without `.`, `..` or empty parts. In source packages a bare name.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Type and permissions.
    pub mode: u16,
    /// Modification time, seconds since 1970.
    pub mtime: u32,
    /// Digest in hex; empty for what is not a regular file. See [`Header::file_digest_algorithm`].
    pub digest: String,
    /// Configuration, documentation, ghost...
    pub flags: FileFlags,
    /// Owner.
    pub user: String,
    /// Group.
    pub group: String,
    /// Capabilities as text, for example `cap_net_raw=ep`.
    pub caps: Option<String>,
    /// Target of a symbolic link, otherwise empty.
    pub linkto: String,
    /// With `device`, equal for the names of one file.
    pub inode: u32,
    /// With `inode`, equal for the names of one file.
    pub device: u32,
    /// Device number of a device node.
    pub rdev: u16,
    /// How many names of the package this file has.
    pub nlinks: u32,
    /// What `rpm -V` compares.
    pub verify_flags: u32,
    /// Word size of an ELF file: 1 for 32 bits, 2 for 64.
    pub color: u32,
}

impl FileInfo {
    /// The type of the file.
    pub fn file_type(&self) -> FileType {
        FileType::of_mode(self.mode)
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.file_type() == FileType::Directory
    }

    /// Whether it is a regular file.
    pub fn is_regular(&self) -> bool {
        self.file_type() == FileType::Regular
    }

    /// Whether it is a symbolic link.
    pub fn is_symlink(&self) -> bool {
        self.file_type() == FileType::Symlink
    }

    /// Whether it is only claimed, without content in the payload.
    pub fn is_ghost(&self) -> bool {
        self.flags.intersects(FileFlags::GHOST)
    }

    /// Whether it is configuration.
    pub fn is_config(&self) -> bool {
        self.flags.intersects(FileFlags::CONFIG)
    }

    /// Permission bits, without the type.
    pub fn permissions(&self) -> u32 {
        u32::from(self.mode & 0o7777)
    }
}

impl Header {
    /// How many files the package has.
    pub fn file_count(&self) -> usize {
        self.count(Tag::BASE_NAMES).max(self.count(Tag::OLD_FILE_NAMES))
    }

    /// The number of the digests' algorithm in OpenPGP (RFC 9580, 9.5): 8 is SHA-256; old packages use 1, MD5.
    pub fn file_digest_algorithm(&self) -> u32 {
        self.get_u32(Tag::FILE_DIGEST_ALGO).unwrap_or(1)
    }

    /// The paths of all files, without their attributes: much cheaper than [`Header::files`].
    pub fn file_paths(&self) -> Result<Vec<String>, Error> {
        let expected = self.file_count();
        let paths = match self.contains(Tag::BASE_NAMES) {
            true => self.joined_paths()?,
            false => self.strings(Tag::OLD_FILE_NAMES).map(str::to_owned).collect(),
        };
        if paths.len() != expected {
            return Err(damaged(format!(
                "{expected} files, but {} readable paths",
                paths.len()
            )));
        }
        let source = self.is_source();
        match paths.iter().find(|path| !is_safe(path, source)) {
            Some(path) => Err(damaged(format!("{path:?} is not a path that a package may own"))),
            None => Ok(paths),
        }
    }

    fn joined_paths(&self) -> Result<Vec<String>, Error> {
        let dirs = self.get_str_array(Tag::DIR_NAMES);
        let indexes = self.get_u32s(Tag::DIR_INDEXES);
        let join = |(i, base): (usize, &str)| {
            let dir = indexes.get(i).and_then(|dir| dirs.get(*dir as usize));
            let dir = dir.ok_or_else(|| damaged(format!("{base:?} is in no directory")))?;
            if base.contains('/') || !(dir.is_empty() || dir.ends_with('/')) {
                return Err(damaged(format!("{dir:?} and {base:?} do not make a path")));
            }
            Ok([*dir, base].concat())
        };
        self.strings(Tag::BASE_NAMES).enumerate().map(join).collect()
    }

    /// All files in the order of the header. An error when the lists contradict each other, or a path is such
    /// that unpacking it could leave the root.
    pub fn files(&self) -> Result<Vec<FileInfo>, Error> {
        let paths = self.file_paths()?;
        let columns = Columns::read(self, paths.len())?;
        let mut files: Vec<_> = paths
            .into_iter()
            .enumerate()
            .map(|(i, path)| columns.file(i, path))
            .collect();
        count_links(&mut files);
        Ok(files)
    }
}

fn damaged(reason: String) -> Error {
    Error::Files { reason }
}

/// Absolute (relative in source packages), and nothing that a later step could resolve to somewhere else.
fn is_safe(path: &str, source: bool) -> bool {
    let relative = match path.strip_prefix('/') {
        Some("") => return true,
        Some(rest) => rest,
        None if source => path,
        None => return false,
    };
    relative.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// The attributes, one list for each.
struct Columns<'a> {
    sizes: Vec<u64>,
    modes: Vec<u16>,
    mtimes: Vec<u32>,
    digests: Vec<&'a str>,
    flags: Vec<u32>,
    users: Vec<&'a str>,
    groups: Vec<&'a str>,
    caps: Vec<&'a str>,
    links: Vec<&'a str>,
    inodes: Vec<u32>,
    devices: Vec<u32>,
    rdevs: Vec<u16>,
    verify: Vec<u32>,
    colors: Vec<u32>,
}

impl<'a> Columns<'a> {
    fn read(header: &'a Header, count: usize) -> Result<Self, Error> {
        let columns = Self {
            sizes: match header.contains(Tag::LONG_FILE_SIZES) {
                true => header.get_u64s(Tag::LONG_FILE_SIZES),
                false => header.get_u64s(Tag::FILE_SIZES),
            },
            modes: header.get_u16s(Tag::FILE_MODES),
            mtimes: header.get_u32s(Tag::FILE_MTIMES),
            digests: header.get_str_array(Tag::FILE_DIGESTS),
            flags: header.get_u32s(Tag::FILE_FLAGS),
            users: header.get_str_array(Tag::FILE_USER_NAMES),
            groups: header.get_str_array(Tag::FILE_GROUP_NAMES),
            caps: header.get_str_array(Tag::FILE_CAPS),
            links: header.get_str_array(Tag::FILE_LINKTOS),
            inodes: header.get_u32s(Tag::FILE_INODES),
            devices: header.get_u32s(Tag::FILE_DEVICES),
            rdevs: header.get_u16s(Tag::FILE_RDEVS),
            verify: header.get_u32s(Tag::FILE_VERIFY_FLAGS),
            colors: header.get_u32s(Tag::FILE_COLORS),
        };
        columns.check(count)?;
        Ok(columns)
    }

    /// Without these four a file cannot be installed; the others have sensible defaults.
    fn check(&self, count: usize) -> Result<(), Error> {
        let lists = [
            ("sizes", self.sizes.len()),
            ("modes", self.modes.len()),
            ("owners", self.users.len()),
            ("groups", self.groups.len()),
        ];
        match lists.iter().find(|(_, length)| *length != count) {
            Some((name, length)) => Err(damaged(format!("{count} files, but {length} {name}"))),
            None => Ok(()),
        }
    }

    fn file(&self, i: usize, path: String) -> FileInfo {
        let text = |list: &[&str]| list.get(i).copied().unwrap_or("").to_owned();
        let number = |list: &[u32], default: u32| list.get(i).copied().unwrap_or(default);
        FileInfo {
            path,
            size: self.sizes.get(i).copied().unwrap_or(0),
            mode: self.modes.get(i).copied().unwrap_or(0),
            mtime: number(&self.mtimes, 0),
            digest: text(&self.digests),
            flags: FileFlags(number(&self.flags, 0)),
            user: text(&self.users),
            group: text(&self.groups),
            caps: Some(text(&self.caps)).filter(|caps| !caps.is_empty()),
            linkto: text(&self.links),
            // A file without a number of its own shares it with nobody.
            inode: number(&self.inodes, i as u32 + 1),
            device: number(&self.devices, 1),
            rdev: self.rdevs.get(i).copied().unwrap_or(0),
            nlinks: 1,
            verify_flags: number(&self.verify, u32::MAX),
            color: number(&self.colors, 0),
        }
    }
}

/// Names of one regular file share device and inode; ghosts have no content to share.
fn count_links(files: &mut [FileInfo]) {
    let mut names = std::collections::HashMap::new();
    let linkable = |file: &FileInfo| file.is_regular() && !file.is_ghost();
    for file in files.iter().filter(|file| linkable(file)) {
        *names.entry((file.device, file.inode)).or_insert(0) += 1;
    }
    for file in files.iter_mut().filter(|file| linkable(file)) {
        file.nlinks = names.get(&(file.device, file.inode)).copied().unwrap_or(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_below_the_root_are_safe() {
        for path in ["/", "/usr", "/usr/lib/a..b", "/.hidden"] {
            assert!(is_safe(path, false), "{path}");
        }
        for path in ["", "usr", "/usr/../etc", "/usr/.", "//usr", "/usr/", "/.."] {
            assert!(!is_safe(path, false), "{path}");
        }
        assert!(is_safe("tdnf.spec", true));
        assert!(!is_safe("../tdnf.spec", true));
    }
}
