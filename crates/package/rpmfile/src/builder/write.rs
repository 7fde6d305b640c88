//! Writing the package file.

use std::io::{self, Seek, Write};
use std::path::Path;

use atomic_file::AtomicFile;

use super::payload::Archive;
use super::signature::{Covered, signature_header};
use super::{Builder, Built, Signer};
use crate::{Error, digest, header, lead, package};

impl Builder {
    /// Writes the package to `out`, whole or not at all, signed if there is a signer.
    pub fn build(&self, out: &Path, signer: Option<&dyn Signer>) -> Result<Built, Error> {
        self.check()?;
        let plan = self.plan()?;
        let mut archive = self.write_archive(&plan, out)?;
        let header = self.main_header(&plan, &archive);
        let signature = self.signature(&header, &mut archive, out, signer)?;
        let write = |source| Error::Write {
            path: out.to_owned(),
            source,
        };
        let mut file = AtomicFile::create(out).map_err(|error| write(io::Error::other(error)))?;
        let size = self
            .write_parts(&mut file, &signature, &header, &mut archive)
            .map_err(write)?;
        file.commit_without_sync()
            .map_err(|error| write(io::Error::other(error)))?;
        Ok(Built {
            nevra: self.nevra.clone(),
            path: out.to_owned(),
            size,
        })
    }

    /// Names and versions that would not survive in a file name or in a dependency.
    fn check(&self) -> Result<(), Error> {
        let evr = &self.nevra.evr;
        let parts = [
            ("name", &self.nevra.name, ""),
            ("version", &evr.version, "-:"),
            ("release", &evr.release, "-:"),
            ("architecture", &self.nevra.arch, "-.:"),
        ];
        for (what, text, forbidden) in parts {
            let bad = |c: char| !c.is_ascii_graphic() || "/<>=()".contains(c) || forbidden.contains(c);
            if text.is_empty() || text.starts_with(['.', '-']) || text.contains(bad) {
                return Err(self.wrong(format!("{text:?} cannot be a {what}")));
            }
        }
        Ok(())
    }

    fn signature(
        &self,
        header: &[u8],
        archive: &mut Archive,
        out: &Path,
        signer: Option<&dyn Signer>,
    ) -> Result<Vec<u8>, Error> {
        let digest = || {
            archive.spool.rewind()?;
            digest::md5_of_reader(&[&header::MAGIC, header], &mut archive.spool)
        };
        let md5 = { digest }().map_err(|source| Error::Write {
            path: out.to_owned(),
            source,
        })?;
        let (payload_size, archive_size) = (archive.size, archive.uncompressed_size);
        signature_header(
            &self.nevra.to_string(),
            &Covered {
                header,
                md5,
                payload_size,
                archive_size,
            },
            signer,
        )
    }

    fn write_parts(
        &self,
        file: &mut AtomicFile,
        signature: &[u8],
        header: &[u8],
        archive: &mut Archive,
    ) -> io::Result<u64> {
        let evr = &self.nevra.evr;
        let mut start = lead::write(&format!("{}-{}-{}", self.nevra.name, evr.version, evr.release)).to_vec();
        start.extend_from_slice(&header::MAGIC);
        start.extend_from_slice(signature);
        start.resize(start.len() + package::padding(signature.len()), 0);
        start.extend_from_slice(&header::MAGIC);
        start.extend_from_slice(header);
        file.write_all(&start)?;
        archive.spool.rewind()?;
        let copied = io::copy(&mut archive.spool, file)?;
        Ok(start.len() as u64 + copied)
    }
}
