//! Who is asking: peer credentials, a client certificate, or what the header `Authorization` says.
//!
//! The helper `auth` finds out; what it says is believed for a short time. A password is remembered only by its
//! keyed hash.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use pmd_api::message::{AuthCall, AuthReply};
use pmd_api::{Problem, Secret};

use crate::config::Config;
use crate::helpers::Helpers;
use crate::jobs::{fingerprint, random_key};
use crate::limits::{Throttle, names};

/// Where a connection comes from.
#[derive(Debug, Clone)]
pub(crate) enum Peer {
    /// A process of this host, by the kernel's word.
    Process {
        /// Its user.
        uid: u32,
    },
    /// Over the network, or over vsock, inside TLS.
    Remote {
        /// Its address; none over vsock.
        address: Option<IpAddr>,
        /// The certificate it showed, which TLS has checked; DER.
        certificate: Option<Vec<u8>>,
    },
}

impl Peer {
    /// For logs and limits.
    pub(crate) fn source(&self) -> String {
        match self {
            Peer::Process { uid } => format!("unix:uid={uid}"),
            Peer::Remote {
                address: Some(address),
                ..
            } => address.to_canonical().to_string(),
            Peer::Remote { address: None, .. } => "vsock".to_owned(),
        }
    }
}

/// An account, and how it was proved.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) user: String,
    pub(crate) groups: Vec<String>,
    pub(crate) method: &'static str,
}

/// Somebody who has proved who they are, for one request. Who it is is remembered, from where they ask is not.
#[derive(Debug)]
pub(crate) struct Principal {
    who: Arc<Who>,
    pub(crate) source: String,
    /// For the header WWW-Authenticate of the answer.
    pub(crate) reply: Option<String>,
}

impl std::ops::Deref for Principal {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.who
    }
}

/// Why somebody is nobody to us.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) problem: Problem,
    /// Who they said they were.
    pub(crate) user: String,
    pub(crate) method: &'static str,
    /// Seconds to wait.
    pub(crate) retry: Option<u64>,
    /// Why, for the log.
    pub(crate) reason: String,
}

/// What was found out a short time ago.
#[derive(Debug)]
pub(crate) struct Authenticator {
    helpers: Helpers,
    password: bool,
    kerberos: bool,
    tokens: bool,
    attempts: u32,
    believe: Duration,
    key: ring::hmac::Key,
    known: Mutex<HashMap<String, (Instant, Arc<Who>)>>,
}

/// So many answers are remembered.
const REMEMBERED: usize = 4096;

impl Authenticator {
    pub(crate) fn new(config: &Config, helpers: Helpers) -> anyhow::Result<Self> {
        Ok(Authenticator {
            helpers,
            password: config.auth.password,
            kerberos: config.auth.kerberos,
            tokens: !config.auth.token.is_empty(),
            attempts: config.limits.attempts.max(1),
            believe: Duration::from_secs(config.auth.cache_seconds.min(300)),
            key: random_key()?,
            known: Mutex::default(),
        })
    }

    /// What a client may try, for the header WWW-Authenticate (RFC 9110, section 11.6.1).
    pub(crate) fn challenges(&self, peer: &Peer) -> Vec<&'static str> {
        if matches!(peer, Peer::Process { .. }) {
            return Vec::new();
        }
        let all = [
            (self.kerberos, "Negotiate"),
            (self.tokens, "Bearer realm=\"pmd\""),
            (self.password, "Basic realm=\"pmd\", charset=\"UTF-8\""),
        ];
        all.into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, challenge)| challenge)
            .collect()
    }

    /// Who is asking.
    pub(crate) async fn identify(
        &self,
        peer: &Peer,
        headers: &HeaderMap,
        throttle: &Mutex<Throttle>,
    ) -> Result<Principal, Box<Refusal>> {
        let source = peer.source();
        let claim = self.claim(peer, headers, &source)?;
        let names = names(&claim.user, &source, self.attempts);
        let lock = |throttle: &Mutex<Throttle>| {
            throttle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .locked(&names, Instant::now())
        };
        let guessed = claim.method == "password";
        if guessed && let Some(left) = lock(throttle) {
            return Err(locked_out(&claim, left));
        }
        if let Some(who) = self.remembered(&claim.remembered) {
            let reply = None;
            return Ok(Principal { who, source, reply });
        }
        let outcome = self.ask(&claim, source).await;
        let mut throttle = throttle.lock().unwrap_or_else(PoisonError::into_inner);
        match &outcome {
            Ok(principal) => {
                throttle.succeeded(&names[0].0);
                self.remember(&claim, &principal.who);
            }
            Err(refusal) if refusal.problem.status == 401 => throttle.failed(&names, Instant::now()),
            Err(_) => {}
        }
        outcome
    }

    fn claim(&self, peer: &Peer, headers: &HeaderMap, source: &str) -> Result<Claim, Box<Refusal>> {
        let certificate = match peer {
            Peer::Process { uid } => {
                return Ok(Claim {
                    user: format!("uid {uid}"),
                    method: "peer-credentials",
                    remembered: format!("uid {uid}"),
                    call: AuthCall::Uid { uid: *uid },
                });
            }
            Peer::Remote { certificate, .. } => certificate,
        };
        if let Some(value) = headers.get(AUTHORIZATION) {
            let text = value
                .to_str()
                .map_err(|_| refuse("", "none", "the header Authorization is no text"))?;
            return self.of_header(text, source);
        }
        let certificate = certificate
            .as_ref()
            .ok_or_else(|| refuse("", "none", "nothing was presented"))?;
        let certificate = STANDARD.encode(certificate);
        Ok(Claim {
            user: String::new(),
            method: "certificate",
            remembered: fingerprint(&self.key, &["certificate"], &Secret::new(certificate.clone())),
            call: AuthCall::Certificate { certificate },
        })
    }

    fn of_header(&self, text: &str, source: &str) -> Result<Claim, Box<Refusal>> {
        let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim();
        let token = Secret::new(rest);
        match scheme.to_ascii_lowercase().as_str() {
            "basic" if self.password => {
                let (user, password) =
                    basic(rest).ok_or_else(|| refuse("", "password", "it is no Basic header"))?;
                if pmd_api::names::PrincipalName::new(user.clone()).is_err() {
                    return Err(refuse("", "password", "the user's name is no name"));
                }
                Ok(Claim {
                    method: "password",
                    remembered: fingerprint(&self.key, &["password", &user], &password),
                    call: AuthCall::Password {
                        user: user.clone(),
                        password,
                        source: source.to_owned(),
                    },
                    user,
                })
            }
            "bearer" if self.tokens => Ok(Claim {
                user: String::new(),
                method: "token",
                remembered: fingerprint(&self.key, &["token"], &token),
                call: AuthCall::Token { token },
            }),
            "negotiate" if self.kerberos => Ok(Claim {
                user: String::new(),
                method: "kerberos",
                // Each ticket is for one use; the helper refuses a replay.
                remembered: String::new(),
                call: AuthCall::Negotiate { token },
            }),
            _ => Err(refuse(
                "",
                "none",
                "the scheme of the header Authorization is not in use here",
            )),
        }
    }

    fn remembered(&self, name: &str) -> Option<Arc<Who>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, who) = known.get(name)?;
        (at.elapsed() < self.believe).then(|| who.clone())
    }

    fn remember(&self, claim: &Claim, who: &Arc<Who>) {
        if claim.remembered.is_empty() {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(claim.remembered.clone(), (Instant::now(), who.clone()));
    }

    async fn ask(&self, claim: &Claim, source: String) -> Result<Principal, Box<Refusal>> {
        let failed = |problem: Problem| {
            Box::new(Refusal {
                reason: problem.detail.clone(),
                problem,
                user: claim.user.clone(),
                method: claim.method,
                retry: None,
            })
        };
        match self.helpers.identify(&claim.call).await.map_err(failed)? {
            AuthReply::Is(identity) => Ok(Principal {
                who: Arc::new(Who {
                    user: identity.user,
                    groups: identity.groups,
                    method: claim.method,
                }),
                source,
                reply: identity.token.map(|token| format!("Negotiate {token}")),
            }),
            AuthReply::Refused(reason) => Err(refuse(&claim.user, claim.method, &reason)),
            AuthReply::Unavailable(reason) => Err(failed(Problem::unavailable(format!(
                "who you are cannot be found out now: {reason}"
            )))),
        }
    }
}

/// What somebody presents.
struct Claim {
    user: String,
    method: &'static str,
    remembered: String,
    call: AuthCall,
}

/// User and password (RFC 7617).
fn basic(text: &str) -> Option<(String, Secret)> {
    let decoded = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    let plain = !password.is_empty() && !password.contains('\0');
    plain.then(|| (user.to_owned(), Secret::new(password)))
}

/// What the caller gets to know is always the same; the reason is for the log.
fn refuse(user: &str, method: &'static str, reason: &str) -> Box<Refusal> {
    let detail = match method {
        "none" => "this needs a user and password, a token, a ticket or a certificate that this host knows",
        _ => "this host does not accept what you presented; if it is right, its log says why",
    };
    Box::new(Refusal {
        problem: Problem::unauthenticated(detail),
        user: user.to_owned(),
        method,
        retry: None,
        reason: reason.to_owned(),
    })
}

fn locked_out(claim: &Claim, left: Duration) -> Box<Refusal> {
    let seconds = left.as_secs() + 1;
    Box::new(Refusal {
        problem: Problem::too_many(format!(
            "too many wrong passwords; try again in {seconds} seconds"
        )),
        user: claim.user.clone(),
        method: claim.method,
        retry: Some(seconds),
        reason: "locked out after wrong passwords".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basic_header_is_read_or_refused() {
        let (user, password) = basic(&STANDARD.encode("anna:a:b")).unwrap();
        assert_eq!((user.as_str(), password.reveal()), ("anna", "a:b"));
        for text in [
            "",
            "%%%",
            &STANDARD.encode("anna"),
            &STANDARD.encode("anna:"),
            &STANDARD.encode(b"\xff:x"),
        ] {
            assert!(basic(text).is_none(), "{text}");
        }
    }
}
