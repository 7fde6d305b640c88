//! The unfinished file in the cache.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::digest::{self, Hasher};
use crate::error::Error;
use crate::fetch::Request;

/// A `.part` file, locked against other programs, with the digest of what is in it so far.
pub(crate) struct Part<'a> {
    request: &'a Request,
    path: PathBuf,
    file: File,
    hasher: Hasher,
    pub(crate) length: u64,
}

impl<'a> Part<'a> {
    /// Opens or continues the part of a request. Waits while another program fetches the same file.
    pub(crate) fn open(cache: &Cache, request: &'a Request) -> Result<Self, Error> {
        let mut path = cache.path(&request.digest).into_os_string();
        path.push(".part");
        let path = PathBuf::from(path);
        let file = lock(&path).map_err(|source| Error::Cache {
            path: path.clone(),
            source,
        })?;
        let mut part = Self {
            request,
            path,
            file,
            hasher: Hasher::like(&request.digest),
            length: 0,
        };
        part.rehash().map_err(|source| part.error(source))?;
        Ok(part)
    }

    fn rehash(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() > self.request.size {
            self.file.set_len(0)?;
        }
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = self.file.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            self.hasher.update(&buffer[..count]);
            self.length += count as u64;
        }
    }

    /// Throws away what is there.
    pub(crate) fn reset(&mut self) -> Result<(), Error> {
        let cut = self.file.set_len(0).and_then(|()| self.file.rewind());
        cut.map_err(|source| self.error(source))?;
        self.hasher = Hasher::like(&self.request.digest);
        self.length = 0;
        Ok(())
    }

    /// Adds bytes. A write that fails half-way is cut off again, so that the digest stays true.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Err(source) = self.file.write_all(bytes) {
            self.file
                .set_len(self.length)
                .map_err(|source| self.error(source))?;
            return Err(self.error(source));
        }
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// What is wrong with the bytes, if anything.
    pub(crate) fn fault(&self) -> Option<String> {
        let digest = self.hasher.clone().finish();
        let right = self.length == self.request.size && digest == self.request.digest;
        (!right).then(|| {
            format!(
                "it has {} {digest} and {} bytes",
                digest::name(&self.request.digest),
                self.length
            )
        })
    }

    /// Gives the checked file its final name.
    pub(crate) fn finish(self, cache: &Cache) -> Result<PathBuf, Error> {
        let path = cache.path(&self.request.digest);
        fs::rename(&self.path, &path).map_err(|source| self.error(source))?;
        Ok(path)
    }

    /// Removes the part.
    pub(crate) fn discard(self) {
        // A part that stays behind is checked again when it is continued.
        let _ = fs::remove_file(&self.path);
    }

    fn error(&self, source: io::Error) -> Error {
        Error::Write {
            name: self.request.name.clone(),
            path: self.path.clone(),
            source,
        }
    }
}

/// Opens and locks the file that has this name *after* the lock was won: its last owner may have
/// renamed or removed the one that was opened.
fn lock(path: &Path) -> io::Result<File> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    loop {
        // Never through a link: someone may have put it there to have another file written to.
        if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
            fs::remove_file(path)?;
        }
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        file.lock()?;
        let same =
            fs::metadata(path).is_ok_and(|named| file.metadata().is_ok_and(|ours| ours.ino() == named.ino()));
        if same {
            return Ok(file);
        }
    }
}
