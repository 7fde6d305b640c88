//! A file's content as memory, without reading it.
//!
//! This crate exists for one `unsafe` block, so that no other needs one. Mapping a file is unsafe in Rust because the
//! bytes may change, or vanish, while references to them exist. It is sound for files that are **never changed in
//! place**: written under another name, renamed to their own, and later only replaced by rename or unlinked - the mapping
//! then keeps the old content alive. That is how `atomic-file` writes, and what the callers of [`MappedFile::open`] must
//! use it for.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// The content of a file.
#[derive(Debug)]
pub struct MappedFile {
    map: Option<memmap2::Mmap>,
}

impl MappedFile {
    /// Maps the file at `path`, which must be one that is only ever replaced as a whole (see the crate's text).
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        match file.metadata()?.len() {
            // mmap(2) refuses an empty range.
            0 => Ok(Self { map: None }),
            _ => map(&file).map(|map| Self { map: Some(map) }),
        }
    }
}

#[allow(unsafe_code, reason = "what this crate is for")]
fn map(file: &File) -> io::Result<memmap2::Mmap> {
    // SAFETY: the caller vouches that the file is replaced by rename and never written or truncated in place, so the
    // mapped bytes do not change as long as the mapping exists. A private, read-only mapping is made.
    unsafe { memmap2::Mmap::map(file) }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_content_even_after_the_file_is_replaced() {
        let path = std::env::temp_dir().join(format!("mapped-file-{}", std::process::id()));
        let newer = path.with_extension("new");
        std::fs::write(&path, b"old").unwrap();
        std::fs::write(&newer, b"newer").unwrap();
        let mapped = MappedFile::open(&path).unwrap();
        std::fs::rename(&newer, &path).unwrap();
        assert_eq!(&*mapped, b"old");
        assert_eq!(&*MappedFile::open(&path).unwrap(), b"newer");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn an_empty_file_is_empty_and_a_missing_one_an_error() {
        let path = std::env::temp_dir().join(format!("mapped-file-empty-{}", std::process::id()));
        std::fs::write(&path, b"").unwrap();
        assert!(MappedFile::open(&path).unwrap().is_empty());
        std::fs::remove_file(&path).unwrap();
        assert!(MappedFile::open(&path).is_err());
    }
}
