//! Identifiers of disks, partitions and file systems that are different for every content and the same for equal content.

use sha2::{Digest, Sha256};

/// Everything that is to be unique about an image is derived from this.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    seed: [u8; 32],
}

impl Identity {
    /// From what decides the content: the definition, the packages' digests, the time.
    pub(crate) fn new<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Self {
            seed: digest.finalize().into(),
        }
    }

    /// A UUID for one purpose: version 8, "custom" (RFC 9562, section 5.8).
    pub(crate) fn uuid(&self, purpose: &str) -> Uuid {
        let digest = Sha256::new()
            .chain_update(self.seed)
            .chain_update(purpose)
            .finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Uuid(bytes)
    }

    /// A FAT volume serial number.
    pub(crate) fn serial(&self, purpose: &str) -> u32 {
        let Uuid([a, b, c, d, ..]) = self.uuid(purpose);
        u32::from_be_bytes([a, b, c, d])
    }
}

/// Sixteen bytes in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uuid(pub(crate) [u8; 16]);

impl Uuid {
    /// Reads the usual 8-4-4-4-12 form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let dashes = text.char_indices().filter(|(_, c)| *c == '-').map(|(at, _)| at);
        if text.len() != 36 || !dashes.eq([8, 13, 18, 23]) {
            return None;
        }
        let bytes = hex::decode(text.replace('-', "")).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The bytes as GPT keeps them: the first three fields little-endian (UEFI 2.10, appendix A).
    pub(crate) fn to_guid(self) -> [u8; 16] {
        let mut bytes = self.0;
        bytes[..4].reverse();
        bytes[4..6].reverse();
        bytes[6..8].reverse();
        bytes
    }
}

impl std::fmt::Display for Uuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&early_init::identifier::uuid_text(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_has_the_same_identity() {
        let of = |parts: &[&[u8]]| Identity::new(parts.iter().copied()).uuid("root");
        assert_eq!(of(&[b"a", b"b"]), of(&[b"a", b"b"]));
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
    }

    #[test]
    fn purposes_differ_and_the_version_is_eight() {
        let identity = Identity::new([&b"x"[..]]);
        assert_ne!(identity.uuid("root"), identity.uuid("esp"));
        let text = identity.uuid("root").to_string();
        assert_eq!(&text[14..15], "8");
        assert!("89ab".contains(&text[19..20]));
    }

    #[test]
    fn text_reads_back() {
        let text = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
        assert_eq!(Uuid::parse(text).unwrap().to_string(), text);
        assert_eq!(Uuid::parse("4f68bce3e8cd4db196e7fbcaf984b709"), None);
        assert_eq!(Uuid::parse("4f68bce3-e8cd-4db1-96e7-fbcaf984b70x"), None);
    }
}
