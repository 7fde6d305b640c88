//! What clients and directories say of who somebody is.

use identity::certificate::Names;
use identity::token::{KeySet, claimed_issuer};

/// A bearer token; nobody has signed it.
pub(crate) fn bearer_token(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = claimed_issuer(text);
    }
}

/// An issuer's keys.
pub(crate) fn key_set(bytes: &[u8]) {
    let _ = KeySet::parse(bytes);
}

/// A client's certificate.
pub(crate) fn certificate(bytes: &[u8]) {
    let _ = Names::of(bytes);
}
