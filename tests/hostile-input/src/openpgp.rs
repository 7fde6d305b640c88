//! Signed documents, signatures and certificates.

use keyring::Keyring;
use std::sync::OnceLock;

const NOW: u32 = 1_767_225_600;

/// The same bytes as a certificate, as a signed document, and as a signature over something.
pub(crate) fn any(bytes: &[u8]) {
    static TRUSTED: OnceLock<Option<Keyring>> = OnceLock::new();
    if let Ok(keyring) = Keyring::from_armored(bytes) {
        let _ = keyring.certificates();
    }
    let trusted = TRUSTED.get_or_init(|| Keyring::from_armored(crate::seeds::certificate()?.as_bytes()).ok());
    if let Some(trusted) = trusted {
        // Only what the key signed may pass; the seeds hold the one document it did sign.
        if let Ok(clear) = trusted.verify_cleartext_at(bytes, NOW) {
            assert_eq!(clear.text, crate::seeds::SIGNED.as_bytes());
        }
        assert!(trusted.verify_detached_at(b"never signed", bytes, NOW).is_err());
    }
}
