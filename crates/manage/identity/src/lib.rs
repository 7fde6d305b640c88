//! Who somebody is: passwords, bearer tokens, client certificates and Kerberos tickets, checked and named.
//!
//! Every way ends in an [`Identity`]: a name, how it was proved, and groups. What an identity may do is not decided here.
//!
//! | way | proof | name | groups |
//! |---|---|---|---|
//! | [`password`] | PAM, with whatever the administrator configured | the account | of the account (NSS) |
//! | [`negotiate`] | a Kerberos ticket for our keytab | the account of the principal | of the account (NSS) |
//! | [`certificate`] | TLS, to a CA of the administrator's | by a table, or a field of the certificate | of the account (NSS) |
//! | [`token`] | a signature by a key of the issuer | a claim, behind a prefix | a claim, behind a prefix |
//! | peer credentials of a socket | the kernel | the account of the user id | of the account (NSS) |
//!
//! Names and groups from a token have a prefix (`oidc:` unless configured), so that no issuer can name `root` or `wheel` of
//! this host. Local and directory accounts are the same here: NSS knows both (nsswitch.conf(5)).
//!
//! Nothing here is on by default, and there is no way to switch a check off.

pub mod account;
pub mod certificate;
pub mod negotiate;
pub mod password;
pub mod token;

use serde::{Deserialize, Serialize};

/// How somebody proved who he is; part of every audit record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// The kernel said who is at the other end of a unix socket.
    PeerCredentials,
    /// PAM.
    Password,
    /// A Kerberos ticket.
    Kerberos,
    /// A bearer token.
    Token,
    /// A client certificate.
    Certificate,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PeerCredentials => "peer-credentials",
            Self::Password => "password",
            Self::Kerberos => "kerberos",
            Self::Token => "token",
            Self::Certificate => "certificate",
        })
    }
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account, or what a token said behind its prefix.
    pub name: String,
    /// How it was proved.
    pub method: Method,
    /// What was presented, if it has another name: the principal, the token's subject and issuer, the certificate's
    /// fingerprint. For the audit log.
    pub presented: Option<String>,
    /// The user id, for accounts of this host.
    pub uid: Option<u32>,
    /// Names of groups: of the account, or what a token said behind its prefix.
    pub groups: Vec<String>,
}

impl Identity {
    /// An account of this host.
    #[must_use]
    pub fn of_account(account: account::Account, method: Method, presented: Option<String>) -> Self {
        Self {
            name: account.name,
            method,
            presented,
            uid: Some(account.uid),
            groups: account.groups,
        }
    }
}
