//! What can go wrong, by operation, and why a signature was refused.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// What was tried, on what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory of keys could not be read.
    #[error("cannot read the OpenPGP keys in {}: {source}", path.display())]
    ReadKeys {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The bytes are not OpenPGP certificates.
    #[error("{origin} holds no usable OpenPGP certificate: {reason}")]
    ParseKeys {
        /// The file, or a word for where the bytes came from.
        origin: String,
        /// Why.
        reason: String,
    },
    /// The signature itself is not readable.
    #[error("the OpenPGP signature is malformed: {reason}")]
    ParseSignature {
        /// Why.
        reason: String,
    },
    /// The document is not exactly one clear-signed message.
    #[error("not a well-formed clear-signed document: {reason}")]
    ParseCleartext {
        /// Why.
        reason: String,
    },
    /// No signature was good under the policy; one line for each one looked at.
    #[error("no good signature by a trusted key: {}", list(refusals))]
    Refused {
        /// Why each signature was refused.
        refusals: Vec<Refusal>,
    },
    /// The signature is good, but the package is not what was signed.
    #[error("the package {path} is damaged or was changed: {reason}; fetch it again")]
    DamagedPackage {
        /// The file.
        path: String,
        /// What does not fit.
        reason: String,
    },
    /// A new key could not be made.
    #[error("cannot generate a signing key for \"{user_id}\": {reason}")]
    Generate {
        /// The name the key was to have.
        user_id: String,
        /// Why.
        reason: String,
    },
    /// Our own key could not be loaded.
    #[error("cannot load the signing key {}: {reason}", path.display())]
    LoadSigningKey {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Our own key could not be stored.
    #[error("cannot store the signing key: {source}")]
    SaveSigningKey {
        /// Why, with the path.
        source: atomic_file::Error,
    },
    /// The data could not be signed.
    #[error("cannot sign with key {fingerprint}: {reason}")]
    Sign {
        /// Our key.
        fingerprint: String,
        /// Why.
        reason: String,
    },
}

fn list(refusals: &[Refusal]) -> String {
    if refusals.is_empty() {
        return "there is no signature at all".to_owned();
    }
    let lines: Vec<String> = refusals.iter().map(Refusal::to_string).collect();
    lines.join("; ")
}

/// One signature that was looked at and refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Who claims to have signed: a fingerprint, a key id, or `unknown`.
    pub issuer: String,
    /// Why it does not count.
    pub reason: Reason,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "signature by {}: {}", self.issuer, self.reason)
    }
}

/// Why a signature, or the key that made it, does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// No trusted certificate has this key.
    #[error("the key is not among the trusted keys")]
    UnknownKey,
    /// The signature does not fit the data (changed data, or a forged signature).
    #[error("the data is not what was signed")]
    BadSignature,
    /// MD5, SHA-1, RIPEMD-160 or SHA-224.
    #[error("it uses the weak digest {0}")]
    WeakHash(String),
    /// An RSA modulus below 2048 bits.
    #[error("its RSA key has only {0} bits (at least 2048 are needed)")]
    ShortKey(u32),
    /// DSA, Elgamal, an unknown curve.
    #[error("its key algorithm {0} is not accepted")]
    WeakAlgorithm(String),
    /// Not a version 4 or 6 signature.
    #[error("its version {0} is not accepted")]
    Version(String),
    /// Not a signature over data of the expected kind.
    #[error("it is of the wrong kind ({0}) for this use")]
    WrongKind(String),
    /// There is no creation time, so nothing can be said about validity.
    #[error("it has no creation time")]
    NoTime,
    /// Made later than now.
    #[error("it was made in the future; is this machine's clock right?")]
    FromTheFuture,
    /// The signature's own expiration time has passed.
    #[error("the signature has expired")]
    SignatureExpired,
    /// A critical subpacket that this program does not know (RFC 9580, 5.2.3.7).
    #[error("it has a critical subpacket of unknown meaning ({0})")]
    CriticalSubpacket(String),
    /// Older than its key.
    #[error("it is older than the key that made it")]
    OlderThanKey,
    /// No valid self-signature or subkey binding.
    #[error("the key is not bound to its certificate by a valid signature")]
    NotBound,
    /// The key's flags do not allow signing.
    #[error("the key may not sign data (its key flags say so)")]
    MayNotSign,
    /// Expired when the signature was made.
    #[error("the key had expired when the signature was made")]
    KeyExpired,
    /// Revoked when the signature was made, or as compromised at any time.
    #[error("the key is revoked")]
    KeyRevoked,
}
