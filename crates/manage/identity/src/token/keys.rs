//! An issuer's public keys (RFC 7517), and which of them may have signed a token.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{self as sig, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;

use super::error::Error;
use super::jws::{Algorithm, Token};

/// More keys than any issuer has.
const MAX_KEYS: usize = 64;

/// Why a set of keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// Not JSON, or not a set of keys.
    #[error("no JSON Web Key Set: {0}")]
    Json(#[from] serde_json::Error),
    /// None of them is one that we could verify with.
    #[error("none of its keys is a public key for signatures (RSA from 2048 bits, P-256, P-384, Ed25519)")]
    NoneUsable,
    /// It holds secrets, so whoever can read it can make tokens.
    #[error("it holds the private key {kid:?}; give the public half only, and make a new key")]
    Private {
        /// Its name.
        kid: String,
    },
    /// Two keys of one name.
    #[error("two of its keys are named {kid:?}")]
    Twice {
        /// The name.
        kid: String,
    },
    /// Too many.
    #[error("more than {MAX_KEYS} keys")]
    TooMany,
}

/// The usable keys of an issuer.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: Vec<Key>,
}

#[derive(Debug, Clone)]
struct Key {
    kid: Option<String>,
    /// The one algorithm that the issuer uses the key for, if it says so.
    only: Option<Algorithm>,
    public: Public,
}

#[derive(Debug, Clone)]
enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<serde_json::Value>,
    k: Option<serde_json::Value>,
}

impl KeySet {
    /// Reads a set. Keys for other purposes and of other kinds are left out; symmetric ones among them.
    ///
    /// # Errors
    /// When it is no set, holds private keys, or nothing usable.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        let document: Document = serde_json::from_slice(json)?;
        if document.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany);
        }
        if let Some(secret) = document
            .keys
            .iter()
            .find(|key| key.d.is_some() || key.k.is_some())
        {
            return Err(KeySetError::Private {
                kid: secret.kid.clone().unwrap_or_default(),
            });
        }
        let keys: Vec<_> = document.keys.iter().filter_map(Jwk::usable).collect();
        let named = |key: &Key| key.kid.clone();
        for (index, kid) in keys.iter().map(named).enumerate() {
            if kid.is_some() && keys[..index].iter().any(|other| other.kid == kid) {
                return Err(KeySetError::Twice {
                    kid: kid.unwrap_or_default(),
                });
            }
        }
        match keys.is_empty() {
            true => Err(KeySetError::NoneUsable),
            false => Ok(Self { keys }),
        }
    }

    /// The payload of a token that one of these keys signed.
    pub(super) fn verify<'a>(&self, token: &'a Token<'_>) -> Result<&'a [u8], Error> {
        let key = self.key_for(token)?;
        if !key.may_use(token.algorithm) {
            return Err(Error::Confusion {
                algorithm: token.algorithm.name(),
                kid: key.kid.clone().unwrap_or_default(),
            });
        }
        key.verify(token)?;
        Ok(token.verified_payload())
    }

    /// The key a token names; one without a name is the key's of which there is no other for its algorithm.
    fn key_for(&self, token: &Token<'_>) -> Result<&Key, Error> {
        let unknown = || Error::UnknownKey {
            kid: token.kid.clone(),
        };
        if token.kid.is_some() {
            return self
                .keys
                .iter()
                .find(|key| key.kid == token.kid)
                .ok_or_else(unknown);
        }
        let mut fitting = self.keys.iter().filter(|key| key.may_use(token.algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            _ => Err(unknown()),
        }
    }
}

impl Key {
    fn may_use(&self, algorithm: Algorithm) -> bool {
        let of_its_kind = match &self.public {
            Public::Rsa { .. } => algorithm.rsa().is_some(),
            Public::P256(_) => algorithm == Algorithm::ES256,
            Public::P384(_) => algorithm == Algorithm::ES384,
            Public::Ed25519(_) => algorithm == Algorithm::EdDSA,
        };
        of_its_kind && self.only.is_none_or(|only| only == algorithm)
    }

    fn verify(&self, token: &Token<'_>) -> Result<(), Error> {
        let raw = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(token.signed, &token.signature)
        };
        let outcome = match &self.public {
            Public::Rsa { n, e } => match token.algorithm.rsa() {
                Some(parameters) => {
                    RsaPublicKeyComponents { n, e }.verify(parameters, token.signed, &token.signature)
                }
                None => Err(ring::error::Unspecified),
            },
            Public::P256(point) => raw(&sig::ECDSA_P256_SHA256_FIXED, point),
            Public::P384(point) => raw(&sig::ECDSA_P384_SHA384_FIXED, point),
            Public::Ed25519(point) => raw(&sig::ED25519, point),
        };
        outcome.map_err(|_| Error::Signature)
    }
}

impl Jwk {
    fn usable(&self) -> Option<Key> {
        let for_signatures = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let for_verifying = self
            .key_ops
            .as_ref()
            .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !for_signatures || !for_verifying {
            return None;
        }
        let only = match &self.alg {
            None => None,
            // A key for an algorithm that we do not know is for none that we do.
            Some(name) => Some(Algorithm::of_name(name).ok()?),
        };
        Some(Key {
            kid: self.kid.clone(),
            only,
            public: self.public()?,
        })
    }

    fn public(&self) -> Option<Public> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => Some(Public::Rsa {
                n: unsigned(&self.n)?,
                e: unsigned(&self.e)?,
            }),
            ("EC", Some("P-256")) => Some(Public::P256(self.point(32)?)),
            ("EC", Some("P-384")) => Some(Public::P384(self.point(48)?)),
            ("OKP", Some("Ed25519")) => Some(Public::Ed25519(of_length(decode(&self.x)?, 32)?)),
            _ => None,
        }
    }

    /// The uncompressed form of SEC 1, 2.3.3.
    fn point(&self, size: usize) -> Option<Vec<u8>> {
        let (x, y) = (
            of_length(decode(&self.x)?, size)?,
            of_length(decode(&self.y)?, size)?,
        );
        Some([&[4], x.as_slice(), y.as_slice()].concat())
    }
}

fn decode(text: &Option<String>) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text.as_deref()?).ok()
}

/// A number in big-endian bytes without the zeros that some issuers put in front.
fn unsigned(text: &Option<String>) -> Option<Vec<u8>> {
    let bytes = decode(text)?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes[start..].to_vec())
}

fn of_length(bytes: Vec<u8>, length: usize) -> Option<Vec<u8>> {
    (bytes.len() == length).then_some(bytes)
}
