//! What a host is a member of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::discover::Server;

/// Kinds of directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Active Directory, or Samba that does the same.
    Ad,
    /// LDAP with POSIX accounts (RFC 2307).
    Ldap,
}

impl Kind {
    /// As people say it.
    #[must_use]
    pub fn shown(self) -> &'static str {
        match self {
            Self::Ad => "Active Directory",
            Self::Ldap => "LDAP",
        }
    }
}

/// What a host is a member of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The kind.
    pub kind: Kind,
    /// The domain, in lower case.
    pub domain: String,
    /// Servers that were named; empty when DNS is asked each time.
    pub servers: Vec<Server>,
    /// The host's name in the domain.
    pub host: String,
    /// The name of the host's account in an Active Directory.
    pub computer: Option<String>,
    /// Where accounts are in an LDAP directory.
    pub base: Option<String>,
    /// Directory groups by role of pmd.
    pub roles: BTreeMap<String, Vec<String>>,
    /// Directory groups that may use sudo.
    pub sudo: Vec<String>,
    /// Directory groups that may log in by ssh with a password.
    pub ssh: Vec<String>,
}

#[cfg(test)]
impl Membership {
    pub(crate) fn example() -> Self {
        Self {
            kind: Kind::Ad,
            domain: "lumen.test".to_owned(),
            servers: Vec::new(),
            host: "host1.lumen.test".to_owned(),
            computer: Some("HOST1".to_owned()),
            base: None,
            roles: BTreeMap::from([("admin".to_owned(), vec!["domain admins".to_owned()])]),
            sudo: vec!["domain admins".to_owned()],
            ssh: vec!["ops".to_owned()],
        }
    }
}
