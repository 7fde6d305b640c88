//! Why a token is not believed.

use std::path::PathBuf;

use super::keys::KeySetError;

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The issuer's configuration makes no sense.
    #[error("tokens of {issuer:?} cannot be accepted: {problem}")]
    Configuration {
        /// The issuer.
        issuer: String,
        /// What is wrong.
        problem: String,
    },
    /// Not three parts of base64url with JSON in them, or too long.
    #[error("this is no JSON Web Token: {problem}")]
    Malformed {
        /// What is wrong.
        problem: String,
    },
    /// `alg` is none of those we know, all of which are asymmetric.
    #[error(
        "the algorithm {name:?} is not accepted; asymmetric ones are (RS256, PS256, ES256, ES384, EdDSA and the like)"
    )]
    Algorithm {
        /// What the header says.
        name: String,
    },
    /// The header's algorithm is not one of the key's.
    #[error("the token says {algorithm}, which is not what the key {kid:?} is for")]
    Confusion {
        /// What the header says.
        algorithm: &'static str,
        /// The key.
        kid: String,
    },
    /// The header demands something we do not know (`crit`, RFC 7515, 4.1.11) or is not of a signed token.
    #[error("the token's header demands {what}, which is not understood here")]
    Critical {
        /// What.
        what: String,
    },
    /// No key of the issuer has this name, or there is none and the choice is not clear.
    #[error("the issuer has no key {kid:?} for this token")]
    UnknownKey {
        /// The name, if the header has one.
        kid: Option<String>,
    },
    /// The signature is not by that key.
    #[error("the token's signature is wrong")]
    Signature,
    /// A claim that must be there is not, or is of the wrong kind.
    #[error("the token's claim {claim} is missing or of the wrong kind")]
    Claim {
        /// Its name.
        claim: String,
    },
    /// Of somebody else.
    #[error("the token is of the issuer {found:?}, not {expected:?}")]
    Issuer {
        /// `iss`.
        found: String,
        /// Ours.
        expected: String,
    },
    /// For somebody else.
    #[error("the token is for {found:?}, not for {expected:?}")]
    Audience {
        /// `aud`.
        found: Vec<String>,
        /// Ours.
        expected: String,
    },
    /// Too late.
    #[error("the token expired {seconds} s ago")]
    Expired {
        /// How long ago.
        seconds: u64,
    },
    /// Too early: or one of the clocks is wrong.
    #[error("the token is not valid for another {seconds} s; is this host's clock right?")]
    NotYet {
        /// How long still.
        seconds: u64,
    },
    /// It lives longer than allowed.
    #[error("the token lives {seconds} s, which is more than the {allowed} s that are allowed")]
    TooLong {
        /// Its life.
        seconds: u64,
        /// What is configured.
        allowed: u64,
    },
    /// It was there before.
    #[error("the token {jti:?} was used before")]
    Replayed {
        /// Its name.
        jti: String,
    },
    /// More tokens than can be remembered until they expire.
    #[error("too many tokens that may be used once are valid at the same time; try again later")]
    TooMany,
    /// The issuer's keys cannot be had.
    #[error("cannot get the keys of {issuer}: {why}")]
    Fetch {
        /// The issuer.
        issuer: String,
        /// Why.
        why: String,
    },
    /// The keys are no keys.
    #[error("the keys of {issuer} cannot be used: {source}")]
    Keys {
        /// The issuer.
        issuer: String,
        /// Why.
        source: KeySetError,
    },
    /// A file with keys cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    pub(super) fn malformed(problem: impl std::fmt::Display) -> Self {
        Self::Malformed {
            problem: problem.to_string(),
        }
    }

    pub(super) fn claim(name: &str) -> Self {
        Self::Claim {
            claim: name.to_owned(),
        }
    }
}
