//! The signature header of a new package.

use crate::header_writer::HeaderWriter;
use crate::{Error, SignatureTag, Tag, Value, digest, header};

/// Makes OpenPGP signatures.
pub trait Signer {
    /// A binary detached signature over `data`.
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>>;
}

/// What the signature header says about the rest.
pub(super) struct Covered<'a> {
    pub(super) header: &'a [u8],
    pub(super) md5: Vec<u8>,
    pub(super) payload_size: u64,
    pub(super) archive_size: u64,
}

/// The signature header without magic. `package` is named in errors.
pub(super) fn signature_header(
    package: &str,
    covered: &Covered,
    signer: Option<&dyn Signer>,
) -> Result<Vec<u8>, Error> {
    let mut writer = HeaderWriter::default();
    let parts = [&header::MAGIC[..], covered.header];
    writer.put_str(SignatureTag::SHA1, digest::sha1_hex(&parts));
    writer.put_str(SignatureTag::SHA256, digest::sha256_hex(&parts));
    writer.put(SignatureTag::MD5, Value::Bin(covered.md5.clone()));
    let total = covered.payload_size + covered.header.len() as u64 + header::MAGIC.len() as u64;
    put_size(&mut writer, SignatureTag::SIZE, SignatureTag::LONG_SIZE, total);
    put_size(
        &mut writer,
        SignatureTag::PAYLOAD_SIZE,
        SignatureTag::LONG_ARCHIVE_SIZE,
        covered.archive_size,
    );
    if let Some(signer) = signer {
        let failed = |source| Error::Sign {
            package: package.to_owned(),
            source,
        };
        let signature = signer.sign(&parts.concat()).map_err(failed)?;
        writer.put(tag_for(&signature), Value::Bin(signature));
    }
    Ok(writer.finish(Tag::HEADER_SIGNATURES))
}

fn put_size(writer: &mut HeaderWriter, tag: SignatureTag, long: SignatureTag, size: u64) {
    match u32::try_from(size) {
        Ok(size) => writer.put_u32(tag, size),
        Err(_) => writer.put(long, Value::U64(vec![size])),
    }
}

/// RSA signatures have a tag of their own; all others share that of DSA.
fn tag_for(signature: &[u8]) -> SignatureTag {
    match public_key_algorithm(signature) {
        Some(1..=3) => SignatureTag::RSA,
        _ => SignatureTag::DSA,
    }
}

/// The algorithm of a signature packet of version 4 or later (RFC 9580, 4.2 and 5.2.3).
fn public_key_algorithm(packet: &[u8]) -> Option<u8> {
    let first = *packet.first()?;
    let body = match (first & 0x40 != 0, first & 3, packet.get(1)?) {
        (true, _, 0..192) => 2,
        (true, _, 192..224) => 3,
        (true, _, 255) => 6,
        (false, 0, _) => 2,
        (false, 1, _) => 3,
        (false, 2, _) => 5,
        _ => return None,
    };
    packet.get(body + 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_follows_the_algorithm() {
        let rsa_new = [0xc2, 0xc1, 0x00, 4, 0, 1, 10];
        let eddsa_new = [0xc2, 0x75, 4, 0, 22, 8];
        let rsa_old = [0x89, 0x01, 0x33, 4, 0, 1, 8];
        assert_eq!(tag_for(&rsa_new), SignatureTag::RSA);
        assert_eq!(tag_for(&eddsa_new), SignatureTag::DSA);
        assert_eq!(tag_for(&rsa_old), SignatureTag::RSA);
        assert_eq!(tag_for(&[]), SignatureTag::DSA);
    }
}
