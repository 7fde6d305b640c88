//! Kerberos tickets in HTTP (`Authorization: Negotiate`, RFC 4559).

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gssapi::Gssapi;

use crate::account::{self, Account};
use crate::{Identity, Method};

/// A ticket of a user in many groups is some 12 KiB (Microsoft's MaxTokenSize is 48,000 bytes), in base64 a third more.
const MAX_TOKEN: usize = 65_536;

/// Why a ticket was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What came is no token.
    #[error("the Negotiate token is not base64 of at most {MAX_TOKEN} characters")]
    Malformed,
    /// Kerberos did not agree.
    #[error(transparent)]
    Gssapi(#[from] gssapi::Error),
    /// The principal has no account here.
    #[error("the Kerberos principal {principal} has no account on this host")]
    NoAccount {
        /// Who it is in his realm.
        principal: String,
    },
    /// Principals never become root: whoever runs a realm could otherwise make one named so.
    #[error("the Kerberos principal {principal} maps to root, which is not allowed")]
    Root {
        /// Who it is in his realm.
        principal: String,
    },
    /// NSS does not know the account.
    #[error(transparent)]
    Account(#[from] account::Error),
}

/// Accepts tickets for the services in a keytab.
#[derive(Debug)]
pub struct Negotiate {
    gssapi: Gssapi,
    keytab: PathBuf,
}

impl Negotiate {
    /// With the keys in `keytab`, usually `/etc/krb5.keytab` or one that holds `HTTP/host` only.
    ///
    /// # Errors
    /// When there is no Kerberos library.
    pub fn new(keytab: &Path) -> Result<Self, Error> {
        Ok(Self {
            gssapi: Gssapi::load()?,
            keytab: keytab.to_owned(),
        })
    }

    /// Checks what follows `Negotiate ` in the header. The answer is who it is, and what follows `Negotiate ` in
    /// `WWW-Authenticate` of our answer.
    ///
    /// `binding` is the connection's `tls-server-end-point` (see [`gssapi::Gssapi::accept`]).
    ///
    /// # Errors
    /// When it is no valid ticket for us, or of nobody with an account here.
    pub fn identify(&self, header: &str, binding: Option<&[u8]>) -> Result<(Identity, String), Error> {
        if header.len() > MAX_TOKEN {
            return Err(Error::Malformed);
        }
        let token = BASE64_STANDARD
            .decode(header.trim())
            .map_err(|_| Error::Malformed)?;
        let accepted = self.gssapi.accept(&self.keytab, &token, binding)?;
        let reply = BASE64_STANDARD.encode(&accepted.reply);
        let principal = accepted.principal;
        let Some(name) = accepted.account else {
            return Err(Error::NoAccount { principal });
        };
        let account = Account::by_name(&name)?;
        if account.uid == 0 {
            return Err(Error::Root { principal });
        }
        Ok((
            Identity::of_account(account, Method::Kerberos, Some(principal)),
            reply,
        ))
    }
}
