//! Digests of metadata files.

use sha2::{Digest, Sha256, Sha512};

/// Checks `bytes` against a digest in hex. Only digests without known collisions are accepted.
pub(crate) fn check(bytes: &[u8], kind: &str, expected: &str) -> Result<(), String> {
    let found = match kind {
        "sha256" => hex::encode(Sha256::digest(bytes)),
        "sha512" => hex::encode(Sha512::digest(bytes)),
        other => {
            return Err(format!(
                "its digest is of the kind {other}, which is not accepted (use sha256)"
            ));
        }
    };
    match found.eq_ignore_ascii_case(expected) {
        true => Ok(()),
        false => Err(format!("its {kind} is {found}, expected {expected}")),
    }
}

/// SHA-256, the key of everything in the cache.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
