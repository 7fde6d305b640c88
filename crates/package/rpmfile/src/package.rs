//! A package file, opened.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::lead::{self, LEAD_SIZE};
use crate::{Error, Header, Payload, SignatureTag, Tag, compression, digest, header};

/// The algorithm number of SHA-256 (RFC 9580, 9.5).
pub(crate) const SHA256_ALGORITHM: u32 = 8;

/// The headers of a package file, and where the rest is.
#[derive(Debug, Clone)]
pub struct Package {
    /// What covers the rest: digests and signatures.
    pub signature: Header,
    /// What the package is.
    pub header: Header,
    /// Where the main header lies in the file, with its magic: repodata's `rpm:header-range`.
    pub header_range: Range<u64>,
    /// Where the payload begins in the file.
    pub payload_offset: u64,
    path: Option<PathBuf>,
}

/// Which digests were found and agreed with the content. Those that do not agree are errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256 of the main header.
    pub header_sha256: bool,
    /// SHA-1 of the main header.
    pub header_sha1: bool,
    /// SHA-256 of the compressed payload, itself covered by the header.
    pub payload_sha256: bool,
    /// MD5 of main header and payload; only looked at when there is nothing better.
    pub md5: bool,
}

impl Package {
    /// Opens a package file and reads its headers. The payload is read on demand, from the same path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let at = |source: Error| Error::Open {
            path: path.to_owned(),
            source: Box::new(source),
        };
        let file = File::open(path).map_err(|source| {
            at(Error::Read {
                what: "the file",
                source,
            })
        })?;
        let mut package = Self::read(&mut BufReader::with_capacity(64 * 1024, file)).map_err(at)?;
        package.path = Some(path.to_owned());
        Ok(package)
    }

    /// Reads the headers from a stream, and leaves it at the payload.
    pub fn read(reader: &mut impl Read) -> Result<Self, Error> {
        lead::skip(reader)?;
        let signature = Header::read(reader)?;
        let padding = padding(signature.raw().len());
        reader
            .read_exact(&mut [0; 8][..padding])
            .map_err(|source| Error::Read {
                what: "the padding of the signature",
                source,
            })?;
        let header = Header::read(reader)?;
        header.check_region()?;
        let start = (LEAD_SIZE + header::MAGIC.len() + signature.raw().len() + padding) as u64;
        let end = start + (header::MAGIC.len() + header.raw().len()) as u64;
        Ok(Self {
            signature,
            header,
            header_range: start..end,
            payload_offset: end,
            path: None,
        })
    }

    /// Where the package was opened, if it was opened from a file.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Reads the payload on demand from this path: for what was read from a stream of that file.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// SHA-256 over both headers: two packages with the same one are the same, as far as their payloads are what the
    /// headers say.
    pub fn fingerprint(&self) -> [u8; 32] {
        digest::sha256(&[self.signature.raw(), self.header.raw()])
    }

    /// The main header with its magic: what header signatures and header digests cover.
    pub fn signed_bytes(&self) -> Vec<u8> {
        [&header::MAGIC[..], self.header.raw()].concat()
    }

    /// The OpenPGP signatures over [`Package::signed_bytes`], binary. Empty when the package is not signed.
    pub fn signatures(&self) -> Vec<Vec<u8>> {
        let tags = [SignatureTag::RSA, SignatureTag::DSA];
        tags.into_iter()
            .filter_map(|tag| self.signature.get_bin(tag))
            .map(<[u8]>::to_vec)
            .collect()
    }

    /// Compares every digest with the content. Succeeds only if header and payload are both covered by one.
    ///
    /// This protects against damage; against an attacker only a signature helps, which covers the header and
    /// through it the payload's digest.
    pub fn verify_digests(&self) -> Result<Digests, Error> {
        let mut digests = self.verify_header_digests()?;
        let mut payload = self.payload_bytes()?;
        digests.payload_sha256 = self.verify_payload_digest(&mut payload)?;
        if !(digests.payload_sha256 && (digests.header_sha256 || digests.header_sha1)) {
            digests.md5 = self.verify_md5()?;
        }
        Ok(digests)
    }

    fn verify_header_digests(&self) -> Result<Digests, Error> {
        let parts = [&header::MAGIC[..], self.header.raw()];
        let header_sha256 = self.compare("SHA-256 of the header", SignatureTag::SHA256, || {
            digest::sha256_hex(&parts)
        })?;
        let header_sha1 = self.compare("SHA-1 of the header", SignatureTag::SHA1, || {
            digest::sha1_hex(&parts)
        })?;
        Ok(Digests {
            header_sha256,
            header_sha1,
            payload_sha256: false,
            md5: false,
        })
    }

    fn compare(
        &self,
        what: &'static str,
        tag: SignatureTag,
        compute: impl Fn() -> String,
    ) -> Result<bool, Error> {
        match self.signature.get_str(tag) {
            None if self.signature.contains(tag) => Err(Error::header(format!("the {what} cannot be read"))),
            None => Ok(false),
            Some(expected) => equal(what, expected, &compute()).map(|()| true),
        }
    }

    /// False when the package has none of an algorithm known here. Consumes the reader.
    pub(crate) fn verify_payload_digest(&self, payload: &mut impl Read) -> Result<bool, Error> {
        let Some(expected) = self.payload_digest() else {
            return Ok(false);
        };
        let found = digest::sha256_of_reader(payload).map_err(read_payload)?;
        equal("SHA-256 of the payload", expected, &found).map(|()| true)
    }

    /// The SHA-256 of the compressed payload, in hex, if the header states it.
    pub fn payload_digest(&self) -> Option<&str> {
        let sha256 = self.header.get_u32(Tag::PAYLOAD_DIGEST_ALGO) == Some(SHA256_ALGORITHM);
        self.header.get_str(Tag::PAYLOAD_DIGEST).filter(|_| sha256)
    }

    fn verify_md5(&self) -> Result<bool, Error> {
        let what = "digest of the payload";
        let expected = self
            .signature
            .get_bin(SignatureTag::MD5)
            .ok_or(Error::Unverifiable { what })?;
        let mut payload = self.payload_bytes()?;
        let found = digest::md5_of_reader(&[&header::MAGIC, self.header.raw()], &mut payload)
            .map_err(read_payload)?;
        equal(
            "MD5 of header and payload",
            &hex::encode(expected),
            &hex::encode(found),
        )
        .map(|()| true)
    }

    /// The compressed payload. Only for packages opened from a file.
    pub fn payload_bytes(&self) -> Result<BufReader<File>, Error> {
        let path = self.path.as_deref().ok_or(Error::Unverifiable {
            what: "file it was opened from",
        })?;
        let open = || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(self.payload_offset))?;
            Ok(BufReader::with_capacity(128 * 1024, file))
        };
        open().map_err(|source| Error::Open {
            path: path.to_owned(),
            source: Box::new(read_payload(source)),
        })
    }

    /// The files' content, in the order of the archive. Only for packages opened from a file.
    pub fn payload(&self) -> Result<Payload<'static>, Error> {
        self.payload_from(self.payload_bytes()?)
    }

    /// The same from a stream that [`Package::read`] left at the payload.
    pub fn payload_from<'r>(&self, reader: impl Read + Send + 'r) -> Result<Payload<'r>, Error> {
        let compressor = self.header.get_str(Tag::PAYLOAD_COMPRESSOR).unwrap_or("gzip");
        Payload::new(compression::decoder(compressor, reader)?, self.header.files()?)
    }
}

impl Header {
    /// A package's header is covered from its first entry to its last: nothing may hide beside the region,
    /// where neither digest nor signature of rpm would see it.
    fn check_region(&self) -> Result<(), Error> {
        let first = header::be32(self.raw(), header::PREAMBLE_SIZE);
        let count = header::be32(self.raw(), 0) as usize;
        let Some(trailer) = self
            .get_bin(Tag::HEADER_IMMUTABLE)
            .filter(|_| first == Tag::HEADER_IMMUTABLE.0)
        else {
            return Err(Error::header(
                "it has no region; packages made before rpm 4 are not supported",
            ));
        };
        let covered = (header::be32(trailer, 8) as i32).unsigned_abs() as usize / header::ENTRY_SIZE;
        match covered == count && self.raw().ends_with(trailer) {
            true => Ok(()),
            false => Err(Error::header(format!(
                "its region covers {covered} of {count} entries"
            ))),
        }
    }
}

fn equal(what: &'static str, expected: &str, found: &str) -> Result<(), Error> {
    if expected.eq_ignore_ascii_case(found) {
        return Ok(());
    }
    Err(Error::Digest {
        what,
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

fn read_payload(source: std::io::Error) -> Error {
    Error::Read {
        what: "the payload",
        source,
    }
}

/// The signature header is padded to a multiple of 8 bytes.
pub(crate) fn padding(signature: usize) -> usize {
    signature.wrapping_neg() % 8
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Value;
    use crate::header_writer::HeaderWriter;

    fn main_header() -> Header {
        let mut writer = HeaderWriter::default();
        writer.put_str(Tag::NAME, "a");
        Header::parse(writer.finish(Tag::HEADER_IMMUTABLE)).unwrap()
    }

    /// rpm digests and verifies the region only: what stands beside it must not count as verified.
    #[test]
    fn entries_outside_the_region_are_refused() {
        main_header().check_region().unwrap();
        let smuggled = BTreeMap::from([(Tag::POSTIN, Value::Str("evil".to_owned()))]);
        let error = main_header()
            .with_entries(&smuggled)
            .unwrap()
            .check_region()
            .unwrap_err();
        assert!(error.to_string().contains("covers 2 of 3 entries"), "{error}");
    }

    #[test]
    fn a_header_without_region_is_refused() {
        let mut writer = HeaderWriter::default();
        writer.put_str(Tag::NAME, "a");
        let header = Header::parse(writer.finish(Tag::HEADER_SIGNATURES)).unwrap();
        assert!(header.check_region().is_err());
    }

    #[test]
    fn padding_completes_eight_bytes() {
        assert_eq!([0, 1, 7, 8, 9].map(padding), [0, 7, 1, 0, 7]);
    }
}
