//! Tokens that may be used once: which were used, until they expire anyway.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::claims::Claims;
use super::error::Error;

/// 100,000 names of tokens are some 10 MB.
const MAX_REMEMBERED: usize = 100_000;

/// By `jti`, when it may be forgotten.
#[derive(Debug, Default)]
pub(super) struct Seen {
    until: Mutex<HashMap<String, u64>>,
}

impl Seen {
    /// Remembers a token, unless it is remembered already. What cannot be remembered is refused: to forget one that is still
    /// valid would let it be used twice.
    pub(super) fn first(&self, claims: &Claims, skew: Duration, now: SystemTime) -> Result<(), Error> {
        let Some(jti) = &claims.id else {
            return Err(Error::claim("jti"));
        };
        let now = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.get(jti).is_some_and(|end| *end > now) {
            return Err(Error::Replayed { jti: jti.clone() });
        }
        if until.len() >= MAX_REMEMBERED {
            until.retain(|_, end| *end > now);
        }
        if until.len() >= MAX_REMEMBERED {
            return Err(Error::TooMany);
        }
        until.insert(
            jti.clone(),
            claims.expires.saturating_add(skew.as_secs()).saturating_add(1),
        );
        Ok(())
    }
}
