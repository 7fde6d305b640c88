//! File descriptions for unit tests.

use rpmfile::{FileFlags, FileInfo};

/// A file of root's without content.
pub(crate) fn file(path: &str, mode: u16) -> FileInfo {
    FileInfo {
        path: path.to_owned(),
        size: 0,
        mode,
        mtime: 0,
        digest: String::new(),
        flags: FileFlags::NONE,
        user: "root".to_owned(),
        group: "root".to_owned(),
        caps: None,
        linkto: String::new(),
        inode: 1,
        device: 1,
        rdev: 0,
        nlinks: 1,
        verify_flags: u32::MAX,
        color: 0,
    }
}
