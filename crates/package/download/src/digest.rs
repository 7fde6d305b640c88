//! The digests that files are known by: SHA-256 or SHA-512 (FIPS 180-4). Which one it is, its length tells.

use std::io::{self, Write};

use sha2::{Digest, Sha256, Sha512};

/// Length of a SHA-512 in hexadecimal.
const SHA512_LENGTH: usize = 128;

/// One of the two algorithms at work.
#[derive(Clone)]
pub(crate) enum Hasher {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    /// For comparison with a digest in hexadecimal.
    pub(crate) fn like(digest: &str) -> Self {
        match digest.len() {
            SHA512_LENGTH => Self::Sha512(Sha512::new()),
            _ => Self::Sha256(Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// In hexadecimal.
    pub(crate) fn finish(self) -> String {
        match self {
            Self::Sha256(hasher) => hex::encode(hasher.finalize()),
            Self::Sha512(hasher) => hex::encode(hasher.finalize()),
        }
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The algorithm of a digest in hexadecimal, as people write it.
pub(crate) fn name(digest: &str) -> &'static str {
    match digest.len() {
        SHA512_LENGTH => "SHA-512",
        _ => "SHA-256",
    }
}

/// The folder of the cache for digests of this algorithm.
pub(crate) fn folder(digest: &str) -> &'static str {
    match digest.len() {
        SHA512_LENGTH => "sha512",
        _ => "sha256",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_chooses_the_algorithm() {
        for (length, name_of, wanted) in [(64, "SHA-256", "ba7816bf"), (128, "SHA-512", "ddaf35a1")] {
            let like = "0".repeat(length);
            let mut hasher = Hasher::like(&like);
            hasher.update(b"abc");
            let digest = hasher.finish();
            assert_eq!(digest.len(), length);
            assert!(digest.starts_with(wanted), "{digest}");
            assert_eq!(name(&digest), name_of);
        }
    }
}
