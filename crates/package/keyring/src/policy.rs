//! What a signature and a key must be like to count at all, whoever made them.

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{Signature, SignatureVersion, SubpacketData};
use pgp::ser::Serialize;
use pgp::types::{EcdsaPublicParams, KeyDetails, PublicParams};

use crate::error::Reason;

/// Below this, RSA is within reach of an attacker with means (NIST SP 800-131A).
const MIN_RSA_BITS: u32 = 2048;

/// Clocks differ; a signature up to a day ahead of ours is not from the future.
const CLOCK_SKEW: u32 = 24 * 60 * 60;

/// Checks what can be said of a signature without its key: version, digest, times, critical subpackets.
pub(crate) fn check_signature(signature: &Signature, now: u32) -> Result<u32, Reason> {
    check_version(signature)?;
    check_hash(signature)?;
    check_critical(signature)?;
    let made = signature.created().ok_or(Reason::NoTime)?.as_secs();
    if made > now.saturating_add(CLOCK_SKEW) {
        return Err(Reason::FromTheFuture);
    }
    match expiry(signature, made) {
        Some(end) if end <= now => Err(Reason::SignatureExpired),
        _ => Ok(made),
    }
}

/// When the signature stops counting; an interval of zero means never (RFC 9580, 5.2.3.18).
pub(crate) fn expiry(signature: &Signature, made: u32) -> Option<u32> {
    let interval = signature.signature_expiration_time()?.as_secs();
    (interval != 0).then(|| made.saturating_add(interval))
}

fn check_version(signature: &Signature) -> Result<(), Reason> {
    match signature.version() {
        SignatureVersion::V4 | SignatureVersion::V6 => Ok(()),
        other => Err(Reason::Version(format!("{other:?}"))),
    }
}

/// Only digests without known collisions (RFC 9580, 9.5, tells verifiers to reject MD5, SHA-1 and RIPEMD-160).
pub(crate) fn check_hash(signature: &Signature) -> Result<(), Reason> {
    use HashAlgorithm as H;
    match signature.hash_alg() {
        Some(H::Sha256 | H::Sha384 | H::Sha512 | H::Sha3_256 | H::Sha3_512) => Ok(()),
        Some(other) => Err(Reason::WeakHash(other.to_string())),
        None => Err(Reason::WeakHash("none".to_owned())),
    }
}

/// A critical subpacket that is not understood makes the signature invalid (RFC 9580, 5.2.3.7).
pub(crate) fn check_critical(signature: &Signature) -> Result<(), Reason> {
    let config = signature
        .config()
        .ok_or_else(|| Reason::Version("unknown".to_owned()))?;
    let unknown = config
        .hashed_subpackets()
        .find(|packet| packet.is_critical && is_unknown(&packet.data));
    match unknown {
        Some(packet) => Err(Reason::CriticalSubpacket(format!("{:?}", packet.typ()))),
        None => Ok(()),
    }
}

fn is_unknown(data: &SubpacketData) -> bool {
    matches!(
        data,
        SubpacketData::Other(..) | SubpacketData::Experimental(..) | SubpacketData::Notation(..)
    )
}

/// Checks a key's algorithm and size.
pub(crate) fn check_key(key: &impl KeyDetails) -> Result<(), Reason> {
    match key.public_params() {
        PublicParams::RSA(_) => check_rsa(key),
        PublicParams::EdDSALegacy(_) | PublicParams::Ed25519(_) | PublicParams::Ed448(_) => Ok(()),
        PublicParams::ECDSA(EcdsaPublicParams::Secp256k1 { .. } | EcdsaPublicParams::Unsupported { .. }) => {
            Err(weak(key.algorithm()))
        }
        PublicParams::ECDSA(_) => Ok(()),
        _ => Err(weak(key.algorithm())),
    }
}

fn weak(algorithm: PublicKeyAlgorithm) -> Reason {
    Reason::WeakAlgorithm(format!("{algorithm:?}"))
}

/// The first field of RSA key material is the modulus, an integer that begins with its length in bits (RFC 9580, 3.2).
fn check_rsa(key: &impl KeyDetails) -> Result<(), Reason> {
    let bits = match key.public_params().to_bytes().as_deref() {
        Ok([high, low, ..]) => u32::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    };
    match bits {
        MIN_RSA_BITS.. => Ok(()),
        short => Err(Reason::ShortKey(short)),
    }
}
