//! Digests, and streams that compute them on the way.

use std::io::{self, Read, Write};

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

pub(crate) fn sha256_hex(parts: &[&[u8]]) -> String {
    hex::encode(digest_of::<Sha256>(parts))
}

/// The same as bytes.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().into()
}

pub(crate) fn sha1_hex(parts: &[&[u8]]) -> String {
    hex::encode(digest_of::<Sha1>(parts))
}

fn digest_of<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut digest = D::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().to_vec()
}

/// The SHA-256 of all that a reader still holds, in hex.
pub(crate) fn sha256_of_reader(reader: &mut impl Read) -> io::Result<String> {
    Ok(hex::encode(feed(Sha256::new(), reader)?.finalize()))
}

/// The MD5 of `start` and all that a reader still holds.
pub(crate) fn md5_of_reader(start: &[&[u8]], reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut digest = Md5::new();
    start.iter().for_each(|part| digest.update(part));
    Ok(feed(digest, reader)?.finalize().to_vec())
}

fn feed<D: Digest>(mut digest: D, reader: &mut impl Read) -> io::Result<D> {
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(digest),
            n => digest.update(buffer.get(..n).unwrap_or(&[])),
        }
    }
}

/// Counts and digests what is written through it.
pub(crate) struct DigestWriter<W> {
    inner: W,
    digest: Sha256,
    written: u64,
}

impl<W: Write> DigestWriter<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            written: 0,
        }
    }

    /// The stream, the digest in hex and the number of bytes.
    pub(crate) fn finish(self) -> (W, String, u64) {
        (self.inner, hex::encode(self.digest.finalize()), self.written)
    }
}

impl<W: Write> Write for DigestWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or(&[]));
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests of "abc" in FIPS 180-4's examples and RFC 1321, A.5.
    #[test]
    fn digests_are_those_of_the_standards() {
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(&[b"a", b"bc"]), sha256);
        assert_eq!(sha256_of_reader(&mut &b"abc"[..]).unwrap(), sha256);
        assert_eq!(sha1_hex(&[b"abc"]), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let md5 = md5_of_reader(&[b"a"], &mut &b"bc"[..]).unwrap();
        assert_eq!(hex::encode(md5), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn a_writer_digests_what_passes() {
        let mut writer = DigestWriter::new(Vec::new());
        writer.write_all(b"abc").unwrap();
        let (inner, digest, written) = writer.finish();
        assert_eq!((&inner[..], written), (&b"abc"[..], 3));
        assert_eq!(digest, sha256_hex(&[b"abc"]));
    }
}
