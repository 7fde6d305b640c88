//! What a token says (RFC 7519, 4).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Issuer;
use super::error::Error;

/// More groups than anybody is in.
const MAX_LIST: usize = 4096;

/// What a token says.
#[derive(Debug, Clone)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud`, one or more.
    pub audience: Vec<String>,
    /// `exp`, seconds since 1970.
    pub expires: u64,
    /// From when on: `nbf`, or `iat` of issuers that write no `nbf`.
    pub begins: u64,
    /// `iat`.
    pub issued: Option<u64>,
    /// `jti`.
    pub id: Option<String>,
    others: Map<String, Value>,
}

#[derive(Deserialize)]
struct Document {
    iss: Option<Value>,
    sub: Option<Value>,
    aud: Option<Value>,
    exp: Option<Value>,
    nbf: Option<Value>,
    iat: Option<Value>,
    jti: Option<Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Claims {
    pub(super) fn parse(json: &[u8]) -> Result<Self, Error> {
        let document: Document =
            serde_json::from_slice(json).map_err(|error| Error::malformed(format!("claims: {error}")))?;
        let issued = document
            .iat
            .as_ref()
            .map(|value| seconds("iat", Some(value)))
            .transpose()?;
        let begins = match (&document.nbf, issued) {
            (None, Some(issued)) => issued,
            (nbf, _) => seconds("nbf", nbf.as_ref())?,
        };
        Ok(Self {
            issuer: string("iss", document.iss.as_ref())?,
            subject: string("sub", document.sub.as_ref())?,
            audience: strings("aud", document.aud.as_ref())?,
            expires: seconds("exp", document.exp.as_ref())?,
            begins,
            issued,
            id: document
                .jti
                .as_ref()
                .map(|value| string("jti", Some(value)))
                .transpose()?,
            others: document.others,
        })
    }

    /// Whether the token is of this issuer, for us, and valid now.
    pub(super) fn check(&self, issuer: &Issuer, now: SystemTime) -> Result<(), Error> {
        if self.issuer != issuer.issuer {
            return Err(Error::Issuer {
                found: self.issuer.clone(),
                expected: issuer.issuer.clone(),
            });
        }
        if !self.audience.contains(&issuer.audience) {
            return Err(Error::Audience {
                found: self.audience.clone(),
                expected: issuer.audience.clone(),
            });
        }
        self.check_time(issuer, now)
    }

    fn check_time(&self, issuer: &Issuer, now: SystemTime) -> Result<(), Error> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        let skew = issuer.clock_skew_s;
        let expired = now.saturating_sub(self.expires);
        // RFC 7519, 4.1.4: not accepted on or after the expiration time.
        if now >= self.expires.saturating_add(skew) {
            return Err(Error::Expired { seconds: expired });
        }
        let begins = self.begins.max(self.issued.unwrap_or(0));
        if begins > now.saturating_add(skew) {
            return Err(Error::NotYet {
                seconds: begins - now,
            });
        }
        let life = self.expires.saturating_sub(self.issued.unwrap_or(self.begins));
        if life > issuer.max_lifetime_s {
            return Err(Error::TooLong {
                seconds: life,
                allowed: issuer.max_lifetime_s,
            });
        }
        Ok(())
    }

    /// A claim that is a text, not empty and without control characters, which end in logs.
    ///
    /// # Errors
    /// When it is none.
    pub fn text(&self, claim: &str) -> Result<&str, Error> {
        let text = match claim {
            "sub" => Some(self.subject.as_str()),
            _ => self.others.get(claim).and_then(Value::as_str),
        };
        text.filter(|text| is_name(text))
            .ok_or_else(|| Error::claim(claim))
    }

    /// A claim that lists texts; empty when it is not there.
    ///
    /// # Errors
    /// When it is something else.
    pub fn list(&self, claim: &str) -> Result<Vec<&str>, Error> {
        let wrong = || Error::claim(claim);
        let items = match self.others.get(claim) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) if items.len() <= MAX_LIST => items,
            Some(_) => return Err(wrong()),
        };
        let name = |item: &'_ Value| item.as_str().is_some_and(is_name);
        match items.iter().all(name) {
            true => Ok(items.iter().filter_map(Value::as_str).collect()),
            false => Err(wrong()),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control)
}

fn string(claim: &str, value: Option<&Value>) -> Result<String, Error> {
    let text = value.and_then(Value::as_str).filter(|text| is_name(text));
    text.map(str::to_owned).ok_or_else(|| Error::claim(claim))
}

fn strings(claim: &str, value: Option<&Value>) -> Result<Vec<String>, Error> {
    match value {
        Some(Value::Array(items)) if !items.is_empty() => {
            items.iter().map(|item| string(claim, Some(item))).collect()
        }
        one => Ok(vec![string(claim, one)?]),
    }
}

/// A `NumericDate`; fractions are allowed (RFC 7519, 2) and cut.
fn seconds(claim: &str, value: Option<&Value>) -> Result<u64, Error> {
    let number = value.and_then(|value| match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            number
                .as_f64()
                .filter(|n| (0.0..4e9).contains(n))
                .map(|n| n as u64)
        }),
        _ => None,
    });
    number.ok_or_else(|| Error::claim(claim))
}
