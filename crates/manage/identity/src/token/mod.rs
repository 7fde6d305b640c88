//! Bearer tokens: JSON Web Tokens (RFC 7519) of issuers the administrator named.
//!
//! Only signatures by asymmetric keys are understood. There is no code for `none` and none for `HS256`, so a public key can
//! never be taken for a secret; which algorithm verifies is decided by the key, and the token's header must agree with it
//! (RFC 8725, 3.1). Issuer, audience, expiry and beginning are mandatory, and a token that lives too long is refused whatever
//! it says.
//!
//! The kept crate for this brings either a second provider of cryptography beside ring or a second set of RSA and curve
//! crates; what is left of a token without cryptography is base64 and JSON, which is here.

mod claims;
mod error;
mod issuer;
mod jws;
mod keys;
mod replay;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub use claims::Claims;
pub use error::Error;
pub use issuer::{HttpsSource, IssuerKeys};
pub use jws::Algorithm;
pub use keys::{KeySet, KeySetError};
use replay::Seen;

use crate::{Identity, Method};

/// An issuer, and what its tokens must say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// `iss`, compared character by character.
    pub issuer: String,
    /// `aud`: our name with that issuer.
    pub audience: String,
    /// Where its keys are.
    pub keys: KeySource,
    /// The claim that is the user's name.
    #[serde(default = "default_user_claim")]
    pub user_claim: String,
    /// The claim that lists groups.
    #[serde(default = "default_groups_claim")]
    pub groups_claim: String,
    /// What names and groups begin with, so that they are none of this host's.
    #[serde(default = "default_prefix")]
    pub prefix: String,
    /// How far the issuer's clock may be from ours, in seconds; at most 120.
    #[serde(default = "default_skew")]
    pub clock_skew_s: u64,
    /// How long a token may live, in seconds; at most a day.
    #[serde(default = "default_lifetime")]
    pub max_lifetime_s: u64,
    /// Each token is accepted once, by its `jti`, which is then mandatory.
    #[serde(default)]
    pub single_use: bool,
}

/// Where an issuer's keys are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeySource {
    /// A JSON Web Key Set (RFC 7517) in a file.
    File(PathBuf),
    /// At the issuer's, by OpenID Connect Discovery, over https; `ca` is a file of certificates instead of the public ones.
    Discovery {
        /// The issuer's CA.
        #[serde(default)]
        ca: Option<PathBuf>,
    },
}

fn default_user_claim() -> String {
    "preferred_username".to_owned()
}

fn default_groups_claim() -> String {
    "groups".to_owned()
}

fn default_prefix() -> String {
    "oidc:".to_owned()
}

fn default_skew() -> u64 {
    30
}

fn default_lifetime() -> u64 {
    3600
}

/// The most that `clock_skew_s` may be.
const MAX_SKEW: u64 = 120;
/// The most that `max_lifetime_s` may be.
const MAX_LIFETIME: u64 = 86_400;

/// Verifies the tokens of one issuer.
#[derive(Debug)]
pub struct Verifier {
    issuer: Issuer,
    keys: IssuerKeys,
    seen: Seen,
}

impl Verifier {
    /// Reads the keys from their file, or prepares to fetch them when the first token comes. `cache` is a directory where
    /// fetched keys are kept, for when the issuer cannot be reached.
    ///
    /// # Errors
    /// When the configuration makes no sense or a file cannot be read.
    pub fn new(issuer: Issuer, cache: PathBuf) -> Result<Self, Error> {
        check(&issuer)?;
        Ok(Self {
            keys: IssuerKeys::new(&issuer, cache)?,
            seen: Seen::default(),
            issuer,
        })
    }

    /// Whose the token is. The text is what follows `Bearer ` in the header.
    ///
    /// # Errors
    /// When any check fails; the error says which, for the log. The client should only learn that the token is invalid.
    pub fn identify(&self, token: &str, now: SystemTime) -> Result<Identity, Error> {
        let claims = self.verify(token, now)?;
        let prefixed = |name: &str| format!("{}{name}", self.issuer.prefix);
        Ok(Identity {
            name: prefixed(claims.text(&self.issuer.user_claim)?),
            method: Method::Token,
            presented: Some(format!("{} {}", claims.issuer, claims.subject)),
            uid: None,
            groups: claims
                .list(&self.issuer.groups_claim)?
                .into_iter()
                .map(prefixed)
                .collect(),
        })
    }

    /// The claims of a valid token.
    ///
    /// # Errors
    /// As [`Verifier::identify`].
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, Error> {
        let token = jws::Token::parse(token)?;
        let payload = self.keys.verify(&token, now)?;
        let claims = Claims::parse(payload)?;
        claims.check(&self.issuer, now)?;
        if self.issuer.single_use {
            let skew = Duration::from_secs(self.issuer.clock_skew_s);
            self.seen.first(&claims, skew, now)?;
        }
        Ok(claims)
    }

    /// Which issuer it is.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }
}

fn check(issuer: &Issuer) -> Result<(), Error> {
    let problem = match issuer {
        _ if issuer.issuer.is_empty() => "no issuer",
        _ if issuer.audience.is_empty() => "no audience: tokens for others would be accepted",
        _ if issuer.prefix.is_empty() => {
            "an empty prefix: tokens could name accounts and groups of this host"
        }
        _ if issuer.clock_skew_s > MAX_SKEW => "clock_skew_s above 120",
        _ if issuer.max_lifetime_s > MAX_LIFETIME => "max_lifetime_s above 86400",
        _ => return Ok(()),
    };
    Err(Error::Configuration {
        issuer: issuer.issuer.clone(),
        problem: problem.to_owned(),
    })
}

/// Which issuer a token says it is of, without believing it: to choose the verifier among several.
#[must_use]
pub fn claimed_issuer(token: &str) -> Option<String> {
    let token = jws::Token::parse(token).ok()?;
    Claims::parse(token.unverified_payload())
        .ok()
        .map(|claims| claims.issuer)
}
