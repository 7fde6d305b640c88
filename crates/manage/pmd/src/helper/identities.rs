//! Who somebody is on the running host: the library `identity`.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use anyhow::ensure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::account::Account;
use identity::certificate::Accounts;
use identity::negotiate::Negotiate;
use identity::password::{self, Password, SystemPasswords};
use identity::token::{self, Issuer, Verifier};
use pmd_api::Secret;
use pmd_api::message::{AuthCall, AuthReply, Identity};

use super::Options;
use crate::config::Config;

/// What is made once and used for every question.
struct Ways {
    keytab: PathBuf,
    certificates: Accounts,
    tokens: Vec<Verifier>,
}

/// Keys of issuers that were fetched, for when they cannot be reached.
const KEYS: &str = "var/lib/pmd-auth";

/// Modules of PAM do not bear threads: one password after the other (`pam::Pam`).
static PAM: Mutex<()> = Mutex::new(());

fn ways(options: &Options) -> Result<&'static Ways, AuthReply> {
    static WAYS: OnceLock<Result<Ways, String>> = OnceLock::new();
    let made = WAYS.get_or_init(|| make(options).map_err(|error| format!("{error:#}")));
    made.as_ref()
        .map_err(|reason| AuthReply::Unavailable(reason.clone()))
}

fn make(options: &Options) -> anyhow::Result<Ways> {
    let config = Config::load(&options.config)?.auth;
    let cache = options.root.join(KEYS);
    fs::create_dir_all(&cache)?;
    let verifier = |issuer: Issuer| -> anyhow::Result<Verifier> {
        // This process ends when nobody asks, and what was used once would be forgotten.
        ensure!(
            !issuer.single_use,
            "[[auth.token]]: single_use is not kept here; let {} make tokens that live shortly",
            issuer.issuer
        );
        Ok(Verifier::new(issuer, cache.clone())?)
    };
    Ok(Ways {
        keytab: config.keytab,
        certificates: config.certificate,
        tokens: config.token.into_iter().map(verifier).collect::<Result<_, _>>()?,
    })
}

/// Who somebody is on the running host.
pub(super) fn of_host(asked: &AuthCall, options: &Options) -> AuthReply {
    match asked {
        AuthCall::Uid { uid } => match Account::by_uid(*uid) {
            Ok(account) => AuthReply::Is(Identity {
                user: account.name,
                groups: account.groups,
                token: None,
            }),
            Err(error) => AuthReply::Refused(error.to_string()),
        },
        AuthCall::Password {
            user,
            password,
            source,
        } => by_password(user, password, source),
        other => presented(other, options),
    }
}

fn of(identity: identity::Identity) -> Identity {
    Identity {
        user: identity.name,
        groups: identity.groups,
        token: None,
    }
}

/// Nobody, or nobody knows: what is broken here is not the caller's fault and locks nobody out.
fn not(here: bool, error: &impl std::error::Error) -> AuthReply {
    match here {
        true => AuthReply::Unavailable(error.to_string()),
        false => AuthReply::Refused(error.to_string()),
    }
}

fn by_password(user: &str, secret: &Secret, source: &str) -> AuthReply {
    let Ok(secret) = Password::new(secret.reveal()) else {
        return AuthReply::Refused("the password contains a NUL character".to_owned());
    };
    let _one = PAM.lock().unwrap_or_else(PoisonError::into_inner);
    let found = SystemPasswords::new().and_then(|pam| password::identify(&pam, user, &secret, Some(source)));
    match found {
        Ok(found) => AuthReply::Is(of(found)),
        Err(error) => {
            let here = matches!(&error, password::Error::Pam(error) if !error.is_refusal());
            not(here, &error)
        }
    }
}

/// A ticket, a token or a certificate.
pub(super) fn presented(asked: &AuthCall, options: &Options) -> AuthReply {
    let ways = match ways(options) {
        Ok(ways) => ways,
        Err(reply) => return reply,
    };
    match asked {
        AuthCall::Token { token } => by_token(token, ways),
        AuthCall::Negotiate { token } => by_ticket(token, ways),
        AuthCall::Certificate { certificate } => by_certificate(certificate, ways),
        AuthCall::Uid { .. } | AuthCall::Password { .. } => {
            AuthReply::Refused("this is asked elsewhere".to_owned())
        }
    }
}

fn by_token(secret: &Secret, ways: &Ways) -> AuthReply {
    let Some(claimed) = token::claimed_issuer(secret.reveal()) else {
        return AuthReply::Refused("it is no token".to_owned());
    };
    let mut known = ways.tokens.iter();
    let Some(verifier) = known.find(|verifier| verifier.issuer().issuer == claimed) else {
        return AuthReply::Refused("its issuer is not one of [[auth.token]]".to_owned());
    };
    match verifier.identify(secret.reveal(), SystemTime::now()) {
        Ok(found) => AuthReply::Is(of(found)),
        Err(error) => not(matches!(error, token::Error::Fetch { .. }), &error),
    }
}

/// A host without Kerberos' library says so; it is opened at run time.
fn by_ticket(token: &Secret, ways: &Ways) -> AuthReply {
    let negotiate = match Negotiate::new(&ways.keytab) {
        Ok(negotiate) => negotiate,
        Err(error) => return not(true, &error),
    };
    match negotiate.identify(token.reveal(), None) {
        Ok((found, reply)) => AuthReply::Is(Identity {
            token: Some(reply),
            ..of(found)
        }),
        Err(error) => not(false, &error),
    }
}

fn by_certificate(certificate: &str, ways: &Ways) -> AuthReply {
    let Ok(der) = STANDARD.decode(certificate) else {
        return AuthReply::Refused("it is no certificate".to_owned());
    };
    match ways.certificates.identify(&der) {
        Ok(found) => AuthReply::Is(of(found)),
        Err(error) => not(false, &error),
    }
}
