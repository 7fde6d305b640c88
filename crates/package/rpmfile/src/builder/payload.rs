//! Writing the archive of a new package.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::SpooledTempFile;

use super::plan::Planned;
use super::{Builder, Content, FileKind};
use crate::digest::DigestWriter;
use crate::{Error, cpio};

/// Payloads up to this size stay in memory, larger ones go to a temporary file.
const IN_MEMORY: usize = 8 * 1024 * 1024;
const BUFFER: usize = 128 * 1024;

/// A compressed archive, and what was learned while it was written.
pub(super) struct Archive {
    pub(super) spool: SpooledTempFile,
    /// SHA-256 of the compressed archive, in hex.
    pub(super) digest: String,
    pub(super) size: u64,
    pub(super) uncompressed_size: u64,
    /// For each file, its size and SHA-256 in hex.
    pub(super) files: Vec<(u64, String)>,
}

impl Builder {
    /// Reads each content once: digested, archived, compressed and digested again in one pass.
    pub(super) fn write_archive(&self, plan: &[Planned], out: &Path) -> Result<Archive, Error> {
        let mut archive = ArchiveWriter::new(self, out)?;
        let mut files = vec![(0, String::new()); plan.len()];
        for i in archive_order(plan) {
            if let (Some(file), Some(stored)) = (plan.get(i), files.get_mut(i)) {
                *stored = archive.add(file)?;
            }
        }
        share_with_other_names(plan, &mut files);
        archive.finish(files)
    }
}

/// The archive on its way: compressed, digested and spooled.
struct ArchiveWriter<'a> {
    builder: &'a Builder,
    out: &'a Path,
    encoder: zstd::stream::write::Encoder<'static, DigestWriter<SpooledTempFile>>,
    written: u64,
}

impl<'a> ArchiveWriter<'a> {
    /// Spools beside the package to be: where there is room for it, there should be room for its payload.
    fn new(builder: &'a Builder, out: &'a Path) -> Result<Self, Error> {
        let dir = out
            .parent()
            .filter(|dir| !dir.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let spool = tempfile::spooled_tempfile_in(IN_MEMORY, dir);
        let encoder = zstd::stream::write::Encoder::new(DigestWriter::new(spool), builder.zstd_level);
        let encoder = encoder.map_err(|source| Error::Write {
            path: out.to_owned(),
            source,
        })?;
        Ok(Self {
            builder,
            out,
            encoder,
            written: 0,
        })
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Write {
            path: self.out.to_owned(),
            source,
        }
    }

    /// Adds a file; returns the size and digest of what was stored.
    fn add(&mut self, file: &Planned) -> Result<(u64, String), Error> {
        match &file.origin.kind {
            FileKind::Regular(Content::Path(path)) if file.carries_content => self.add_from_disk(file, path),
            FileKind::Regular(Content::Bytes(bytes)) if file.carries_content => self.add_bytes(file, bytes),
            FileKind::Symlink(target) => self.add_bytes(file, target.as_bytes()),
            _ => self.start_entry(file, 0).map(|()| (0, String::new())),
        }
    }

    fn add_bytes(&mut self, file: &Planned, bytes: &[u8]) -> Result<(u64, String), Error> {
        let size = bytes.len() as u64;
        self.start_entry(file, size)?;
        self.write_all(bytes)
            .and_then(|()| self.pad(size))
            .map_err(|source| self.failed(source))?;
        Ok((size, hex::encode(Sha256::digest(bytes))))
    }

    fn add_from_disk(&mut self, file: &Planned, path: &Path) -> Result<(u64, String), Error> {
        let unreadable = |source| Error::PackageFile {
            path: path.to_owned(),
            source,
        };
        let mut source = File::open(path).map_err(unreadable)?;
        let size = source.metadata().map_err(unreadable)?.len();
        self.start_entry(file, size)?;
        let (mut digest, mut copied) = (Sha256::new(), 0);
        let mut buffer = vec![0; BUFFER.min(size as usize + 1)];
        loop {
            let bytes = match source.read(&mut buffer).map_err(unreadable)? {
                0 => break,
                read => buffer.get(..read).unwrap_or(&[]),
            };
            copied += bytes.len() as u64;
            digest.update(bytes);
            self.write_all(bytes).map_err(|source| self.failed(source))?;
        }
        if copied != size {
            let changed = format!("it changed while it was read: {size} bytes, then {copied}");
            return Err(unreadable(io::Error::other(changed)));
        }
        self.pad(size).map_err(|source| self.failed(source))?;
        Ok((size, hex::encode(digest.finalize())))
    }

    fn start_entry(&mut self, file: &Planned, size: u64) -> Result<(), Error> {
        let path = &file.entry.path;
        let too_large = |_| {
            self.builder
                .wrong(format!("{path} has 4 GiB or more, which the archive cannot hold"))
        };
        let attributes = cpio::Attributes {
            name: &format!(".{path}"),
            inode: file.inode,
            mode: file.mode(),
            nlinks: file.nlinks,
            mtime: file.origin.mtime.unwrap_or(self.builder.build_time),
            size: u32::try_from(size).map_err(too_large)?,
            rdev: 0,
        };
        cpio::write_entry(self, &attributes).map_err(|source| self.failed(source))
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        self.write_all(&[0; 4][..cpio::padding(size)])
    }

    fn finish(mut self, files: Vec<(u64, String)>) -> Result<Archive, Error> {
        cpio::write_trailer(&mut self).map_err(|source| self.failed(source))?;
        let finished = self.encoder.finish();
        let finished = finished.map_err(|source| Error::Write {
            path: self.out.to_owned(),
            source,
        })?;
        let (spool, digest, size) = finished.finish();
        Ok(Archive {
            spool,
            digest,
            size,
            uncompressed_size: self.written,
            files,
        })
    }
}

impl Write for ArchiveWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.encoder.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.flush()
    }
}

/// The order of the header, but the names of one file follow each other at the place of the last, as rpmbuild does
/// it: rpm reads from a file's first name on to its content, and takes all that comes between for names of it.
fn archive_order(plan: &[Planned]) -> Vec<usize> {
    let mut order = Vec::with_capacity(plan.len());
    let mut waiting: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, file) in plan.iter().enumerate().filter(|(_, file)| !file.is_ghost()) {
        if !file.carries_content {
            waiting.entry(file.inode).or_default().push(i);
            continue;
        }
        order.extend(waiting.remove(&file.inode).unwrap_or_default());
        order.push(i);
    }
    order
}

/// The archive has the content of a hard-linked file once; the header has its size and digest at each name.
fn share_with_other_names(plan: &[Planned], files: &mut [(u64, String)]) {
    let linked = |file: &Planned| file.nlinks > 1 && !file.is_ghost();
    let mut known = std::collections::HashMap::new();
    for (file, written) in plan
        .iter()
        .zip(files.iter())
        .filter(|(file, _)| linked(file) && file.carries_content)
    {
        known.insert(file.inode, written.clone());
    }
    for (file, slot) in plan.iter().zip(files.iter_mut()).filter(|(file, _)| linked(file)) {
        *slot = known.get(&file.inode).cloned().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evr, FileEntry};

    #[test]
    fn names_of_one_file_follow_each_other() {
        let mut builder = Builder::new("a", Evr::parse("1-1"), "noarch");
        builder.files = vec![
            FileEntry::regular("/b", "x"),
            FileEntry::symlink("/c", "b"),
            FileEntry::hard_link("/d", "/b"),
            FileEntry::ghost("/e"),
            FileEntry::hard_link("/f", "/b"),
            FileEntry::directory("/a"),
        ];
        let plan = builder.plan().unwrap();
        let order = archive_order(&plan);
        let paths: Vec<_> = order.iter().map(|i| plan[*i].entry.path.as_str()).collect();
        assert_eq!(paths, ["/a", "/c", "/b", "/d", "/f"]);
        let content: Vec<_> = order.iter().map(|i| plan[*i].carries_content).collect();
        assert_eq!(content, [true, true, false, false, true]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut builder = Builder::new("a", Evr::parse("1-1"), "noarch");
        builder.files = vec![FileEntry::regular("/a", dir.path().join("missing"))];
        let error = builder.build(&dir.path().join("a.rpm"), None).unwrap_err();
        assert!(
            matches!(&error, Error::PackageFile { path, .. } if path.ends_with("missing")),
            "{error}"
        );
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            0,
            "nothing half-written"
        );
    }

    #[test]
    fn a_package_that_cannot_be_written_is_named() {
        let builder = Builder::new("a", Evr::parse("1-1"), "noarch");
        let error = builder.build(Path::new("/nonexistent/a.rpm"), None).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("cannot write the package /nonexistent/a.rpm"),
            "{error}"
        );
    }
}
