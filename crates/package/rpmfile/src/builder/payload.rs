//! Writing the archive of a new package.

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

type Compressor = DigestWriterOver<SpooledTempFile>;
type DigestWriterOver<W> = zstd::stream::write::Encoder<'static, DigestWriter<W>>;

/// Counts what goes into the compressor.
struct Counted {
    out: Compressor,
    written: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Builder {
    /// Reads each content once: digested, archived, compressed and digested again in one pass.
    pub(super) fn write_archive(&self, plan: &[Planned], out: &Path) -> Result<Archive, Error> {
        let dir = out
            .parent()
            .filter(|dir| !dir.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let write = |source| Error::Write {
            path: out.to_owned(),
            source,
        };
        let spool = tempfile::spooled_tempfile_in(IN_MEMORY, dir);
        let encoder =
            zstd::stream::write::Encoder::new(DigestWriter::new(spool), self.zstd_level).map_err(write)?;
        let mut archive = Counted {
            out: encoder,
            written: 0,
        };
        let mut files = vec![(0, String::new()); plan.len()];
        for (i, file) in plan.iter().enumerate().filter(|(_, file)| !file.is_ghost()) {
            let written = self.write_file(&mut archive, file, out)?;
            if let Some(slot) = files.get_mut(i) {
                *slot = written;
            }
        }
        share_with_other_names(plan, &mut files);
        cpio::write_trailer(&mut archive).map_err(write)?;
        let (spool, digest, size) = archive.out.finish().map_err(write)?.finish();
        Ok(Archive {
            spool,
            digest,
            size,
            uncompressed_size: archive.written,
            files,
        })
    }

    fn write_file(&self, archive: &mut Counted, file: &Planned, out: &Path) -> Result<(u64, String), Error> {
        match &file.origin.kind {
            FileKind::Regular(Content::Path(path)) if file.carries_content => {
                let unreadable = |source| Error::PackageFile {
                    path: path.clone(),
                    source,
                };
                let source = File::open(path).map_err(unreadable)?;
                let size = source.metadata().map_err(unreadable)?.len();
                self.start_entry(archive, file, size, out)?;
                copy(source, size, archive).map_err(unreadable)
            }
            FileKind::Regular(Content::Bytes(bytes)) if file.carries_content => {
                let size = bytes.len() as u64;
                self.start_entry(archive, file, size, out)?;
                copy(&bytes[..], size, archive).map_err(|source| Error::Write {
                    path: out.to_owned(),
                    source,
                })
            }
            FileKind::Symlink(target) => {
                let size = target.len() as u64;
                self.start_entry(archive, file, size, out)?;
                let copied = copy(target.as_bytes(), size, archive);
                copied.map_err(|source| Error::Write {
                    path: out.to_owned(),
                    source,
                })?;
                Ok((size, String::new()))
            }
            _ => self
                .start_entry(archive, file, 0, out)
                .map(|()| (0, String::new())),
        }
    }

    fn start_entry(&self, archive: &mut Counted, file: &Planned, size: u64, out: &Path) -> Result<(), Error> {
        let size = u32::try_from(size).map_err(|_| {
            self.wrong(format!(
                "{} has 4 GiB or more, which the archive cannot hold",
                file.entry.path
            ))
        })?;
        let name = format!(".{}", file.entry.path);
        let attributes = cpio::Attributes {
            name: &name,
            inode: file.inode,
            mode: file.mode(),
            nlinks: file.nlinks,
            mtime: file.origin.mtime.unwrap_or(self.build_time),
            size,
            rdev: 0,
        };
        cpio::write_entry(archive, &attributes).map_err(|source| Error::Write {
            path: out.to_owned(),
            source,
        })
    }
}

/// Copies exactly `size` bytes and their padding; a file that changes its size meanwhile is an error.
fn copy(mut source: impl Read, size: u64, out: &mut impl Write) -> io::Result<(u64, String)> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; BUFFER.min(size as usize + 1)];
    let mut copied = 0;
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        copied += read as u64;
        let bytes = buffer.get(..read).unwrap_or(&[]);
        digest.update(bytes);
        out.write_all(bytes)?;
    }
    if copied != size {
        return Err(io::Error::other(format!(
            "it changed while it was read: {size} bytes, then {copied}"
        )));
    }
    out.write_all(&[0; 4][..cpio::padding(size)])?;
    Ok((size, hex::encode(digest.finalize())))
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
