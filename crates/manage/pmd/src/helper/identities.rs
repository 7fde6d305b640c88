//! Who somebody is on the running host: the library `identity`.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::account::Account;
use identity::certificate::Accounts;
use identity::negotiate::Negotiate;
use identity::password::{self, SystemPasswords};
use identity::token::{Issuer, Verifier};
use pmd_api::Secret;
use pmd_api::message::{AuthCall, AuthReply, Identity};

use super::Options;
use crate::config::Config;

/// What is made once and used for every question: remembering tokens that may be used once is one of its tasks.
struct Ways {
    keytab: PathBuf,
    certificates: Accounts,
    tokens: Vec<Verifier>,
}

/// Keys of issuers that were fetched, for when they cannot be reached.
const KEYS: &str = "/var/lib/pmd-auth";

fn ways(options: &Options) -> Result<&'static Ways, AuthReply> {
    static WAYS: OnceLock<Result<Ways, String>> = OnceLock::new();
    let made = WAYS.get_or_init(|| make(options).map_err(|error| format!("{error:#}")));
    made.as_ref()
        .map_err(|reason| AuthReply::Unavailable(reason.clone()))
}

fn make(options: &Options) -> anyhow::Result<Ways> {
    let config = Config::load(&options.config)?.auth;
    let cache = PathBuf::from(KEYS);
    fs::create_dir_all(&cache)?;
    let verifier = |issuer: &toml::Value| -> anyhow::Result<Verifier> {
        Ok(Verifier::new(
            issuer.clone().try_into::<Issuer>()?,
            cache.clone(),
        )?)
    };
    Ok(Ways {
        keytab: config.keytab.clone(),
        certificates: config
            .certificate
            .clone()
            .map(toml::Value::try_into)
            .transpose()?
            .unwrap_or_default(),
        tokens: config.token.iter().map(verifier).collect::<anyhow::Result<_>>()?,
    })
}

/// Who somebody is on the running host.
pub(super) fn of_host(asked: &AuthCall, options: &Options) -> AuthReply {
    let found = match asked {
        AuthCall::Uid { uid } => Account::by_uid(*uid)
            .map(of_account)
            .map_err(|error| error.to_string()),
        AuthCall::Password {
            user,
            password,
            source,
        } => by_password(user, password, source),
        other => return presented(other, options),
    };
    found.map_or_else(AuthReply::Refused, AuthReply::Is)
}

fn of_account(account: Account) -> Identity {
    Identity {
        user: account.name,
        groups: account.groups,
        token: None,
    }
}

fn of(identity: identity::Identity) -> Identity {
    Identity {
        user: identity.name,
        groups: identity.groups,
        token: None,
    }
}

fn by_password(user: &str, secret: &Secret, source: &str) -> Result<Identity, String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let pam = SystemPasswords::new().map_err(|error| text(&error))?;
    let secret = password::Password::new(secret.reveal()).map_err(|error| text(&error))?;
    password::identify(&pam, user, &secret, Some(source))
        .map(of)
        .map_err(|error| text(&error))
}

/// A ticket, a token or a certificate.
pub(super) fn presented(asked: &AuthCall, options: &Options) -> AuthReply {
    let ways = match ways(options) {
        Ok(ways) => ways,
        Err(reply) => return reply,
    };
    let found = match asked {
        AuthCall::Token { token } => by_token(token, ways),
        AuthCall::Negotiate { token } => by_ticket(token, ways),
        AuthCall::Certificate { certificate } => by_certificate(certificate, ways),
        AuthCall::Uid { .. } | AuthCall::Password { .. } => Err("this is asked elsewhere".to_owned()),
    };
    found.map_or_else(AuthReply::Refused, AuthReply::Is)
}

fn by_token(token: &Secret, ways: &Ways) -> Result<Identity, String> {
    let claimed = identity::token::claimed_issuer(token.reveal()).ok_or("it is no token")?;
    let verifier = ways
        .tokens
        .iter()
        .find(|verifier| verifier.issuer().issuer == claimed);
    let verifier = verifier.ok_or("its issuer is not one of [[auth.token]]")?;
    verifier
        .identify(token.reveal(), SystemTime::now())
        .map(of)
        .map_err(|error| error.to_string())
}

fn by_ticket(token: &Secret, ways: &Ways) -> Result<Identity, String> {
    let negotiate = Negotiate::new(&ways.keytab).map_err(|error| error.to_string())?;
    let (found, reply) = negotiate
        .identify(token.reveal(), None)
        .map_err(|error| error.to_string())?;
    Ok(Identity {
        token: Some(reply),
        ..of(found)
    })
}

fn by_certificate(certificate: &str, ways: &Ways) -> Result<Identity, String> {
    let der = STANDARD.decode(certificate).map_err(|error| error.to_string())?;
    ways.config
        .certificate
        .identify(&der)
        .map(of)
        .map_err(|error| error.to_string())
}
