//! The compact form of signed tokens (RFC 7515, 7.1) and the algorithms that sign them (RFC 7518, 3.1; RFC 8037).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature as sig;
use serde::Deserialize;
use serde_json::Value;

use super::error::Error;

/// Longer tokens are not looked at. Headers of HTTP servers end there too.
const MAX_LENGTH: usize = 16_384;

/// What signs tokens. All are asymmetric; adding one that is not would need a new kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of RFC 7518 and RFC 8037")]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

impl Algorithm {
    const ALL: [(&'static str, Self); 10] = [
        ("RS256", Self::RS256),
        ("RS384", Self::RS384),
        ("RS512", Self::RS512),
        ("PS256", Self::PS256),
        ("PS384", Self::PS384),
        ("PS512", Self::PS512),
        ("ES256", Self::ES256),
        ("ES384", Self::ES384),
        ("EdDSA", Self::EdDSA),
        // RFC 9864, 2.2.
        ("Ed25519", Self::EdDSA),
    ];

    /// By the name in a header.
    ///
    /// # Errors
    /// For all others: `none`, `HS256`, and what will be invented.
    pub fn of_name(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.iter().find(|(known, _)| *known == name);
        known
            .map(|(_, algorithm)| *algorithm)
            .ok_or_else(|| Error::Algorithm {
                name: name.chars().take(32).collect(),
            })
    }

    /// Its name in headers.
    #[must_use]
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, algorithm)| *algorithm == self);
        known.map_or("", |(name, _)| name)
    }

    /// For RSA keys of 2048 to 8192 bits.
    pub(super) fn rsa(self) -> Option<&'static sig::RsaParameters> {
        Some(match self {
            Self::RS256 => &sig::RSA_PKCS1_2048_8192_SHA256,
            Self::RS384 => &sig::RSA_PKCS1_2048_8192_SHA384,
            Self::RS512 => &sig::RSA_PKCS1_2048_8192_SHA512,
            Self::PS256 => &sig::RSA_PSS_2048_8192_SHA256,
            Self::PS384 => &sig::RSA_PSS_2048_8192_SHA384,
            Self::PS512 => &sig::RSA_PSS_2048_8192_SHA512,
            Self::ES256 | Self::ES384 | Self::EdDSA => return None,
        })
    }
}

/// A token whose parts are known and whose signature is not.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
    /// The first two parts as they came.
    pub(super) signed: &'a [u8],
    pub(super) signature: Vec<u8>,
    payload: Vec<u8>,
}

/// What of the header is looked at. Keys that a header brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are not: whoever
/// forges a token forges them too.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
    #[serde(default)]
    enc: Option<Value>,
    #[serde(default)]
    b64: Option<Value>,
}

impl<'a> Token<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Error> {
        if text.len() > MAX_LENGTH {
            return Err(Error::malformed("longer than 16384 characters"));
        }
        let (signed, signature) = text
            .rsplit_once('.')
            .ok_or_else(|| Error::malformed("no parts"))?;
        let (header, payload) = signed
            .split_once('.')
            .ok_or_else(|| Error::malformed("two parts"))?;
        if payload.contains('.') {
            return Err(Error::malformed("more than three parts"));
        }
        let header = Header::parse(&decode(header)?)?;
        Ok(Self {
            algorithm: Algorithm::of_name(&header.alg)?,
            kid: header.kid,
            signed: signed.as_bytes(),
            signature: decode(signature)?,
            payload: decode(payload)?,
        })
    }

    /// For who has verified the signature.
    pub(super) fn verified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// For who says that he does not believe it.
    pub(super) fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, Error> {
        let header: Self =
            serde_json::from_slice(json).map_err(|error| Error::malformed(format!("header: {error}")))?;
        for (what, present) in [
            ("crit", header.crit.is_some()),
            ("enc", header.enc.is_some()),
            ("b64", header.b64.is_some()),
        ] {
            if present {
                return Err(Error::Critical {
                    what: what.to_owned(),
                });
            }
        }
        match header.typ.as_deref().map(str::to_ascii_lowercase).as_deref() {
            // RFC 9068, 2.1: access tokens say so; older issuers say JWT or nothing.
            None | Some("jwt" | "at+jwt" | "application/at+jwt") => Ok(header),
            Some(other) => Err(Error::Critical {
                what: format!("the type {other:?}"),
            }),
        }
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Error> {
    BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|error| Error::malformed(format!("base64url: {error}")))
}
