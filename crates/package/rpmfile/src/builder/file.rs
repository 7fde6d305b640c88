//! A file to be packaged.

use std::path::PathBuf;
use std::sync::Arc;

use crate::FileFlags;

/// Where the content of a regular file comes from.
#[derive(Debug, Clone)]
pub enum Content {
    /// A file on disk, read while the package is written and never held as a whole.
    Path(PathBuf),
    /// Bytes in memory, shared rather than copied.
    Bytes(Arc<[u8]>),
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().into())
    }
}

impl From<PathBuf> for Content {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

/// What a file is.
#[derive(Debug, Clone)]
pub enum FileKind {
    /// A regular file.
    Regular(Content),
    /// A directory.
    Directory,
    /// A symbolic link to this target.
    Symlink(String),
    /// Another name of a regular file of this package, which is given by its path.
    HardLink(String),
}

/// A file and its attributes.
#[derive(Debug, Clone)]
pub struct FileEntry {
    /// Where it goes, absolute.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, with setuid, setgid and sticky. A hard link has those of its file.
    pub mode: u32,
    /// Owner.
    pub user: String,
    /// Group.
    pub group: String,
    /// Modification time, seconds since 1970; that of the build when not stated.
    pub mtime: Option<u32>,
    /// Capabilities as text, for example `cap_net_raw=ep`.
    pub caps: Option<String>,
    /// Configuration, documentation, ghost...
    pub flags: FileFlags,
}

impl FileEntry {
    /// A regular file, 0644 root:root.
    pub fn regular(path: impl Into<String>, content: impl Into<Content>) -> Self {
        Self::new(path, FileKind::Regular(content.into()), 0o644)
    }

    /// A directory, 0755 root:root.
    pub fn directory(path: impl Into<String>) -> Self {
        Self::new(path, FileKind::Directory, 0o755)
    }

    /// A symbolic link.
    pub fn symlink(path: impl Into<String>, target: impl Into<String>) -> Self {
        Self::new(path, FileKind::Symlink(target.into()), 0o777)
    }

    /// Another name of the regular file `of`, which must be in the package too.
    pub fn hard_link(path: impl Into<String>, of: impl Into<String>) -> Self {
        Self::new(path, FileKind::HardLink(of.into()), 0)
    }

    /// A regular file that the package owns but does not bring.
    pub fn ghost(path: impl Into<String>) -> Self {
        Self::regular(path, Vec::new()).flags(FileFlags::GHOST)
    }

    fn new(path: impl Into<String>, kind: FileKind, mode: u32) -> Self {
        let root = || "root".to_owned();
        let path = path.into();
        Self {
            path,
            kind,
            mode,
            user: root(),
            group: root(),
            mtime: None,
            caps: None,
            flags: FileFlags::NONE,
        }
    }

    /// With other permission bits.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// With another owner and group.
    pub fn owner(mut self, user: impl Into<String>, group: impl Into<String>) -> Self {
        self.user = user.into();
        self.group = group.into();
        self
    }

    /// With a modification time.
    pub fn mtime(mut self, mtime: u32) -> Self {
        self.mtime = Some(mtime);
        self
    }

    /// With capabilities.
    pub fn caps(mut self, caps: impl Into<String>) -> Self {
        self.caps = Some(caps.into());
        self
    }

    /// With more flags.
    pub fn flags(mut self, flags: FileFlags) -> Self {
        self.flags |= flags;
        self
    }
}
