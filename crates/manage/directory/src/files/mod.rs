//! The files of a membership, made from it and from what is there.

mod krb5;
mod nss;
mod pam;
mod rules;
mod sssd;

use crate::change::Planned;
use crate::error::Error;
use crate::host::Host;
use crate::membership::{Kind, Membership};

pub(crate) use sssd::{LdapAccess, Settings};

/// The host's Kerberos keys.
pub(crate) const KEYTAB: &str = "/etc/krb5.keytab";
/// What the LDAP servers' certificates are checked against.
pub(crate) const CA: &str = "/etc/sssd/lumen-directory-ca.pem";
/// Kerberos' configuration.
pub(crate) const KRB5: &str = "/etc/krb5.conf";

/// Who wrote this, in files that allow comments.
const HEAD: &str = "# Written by `pmd-cli directory join`; `leave` puts back what was here before.\n";

/// What a membership needs besides its own words.
pub(crate) struct Material {
    pub(crate) settings: Settings,
    pub(crate) ca: Option<String>,
    pub(crate) keytab: Option<Vec<u8>>,
}

/// All files in the order of writing: PAM is last, when everything it leads to is there.
pub(crate) fn plan(host: &Host, membership: &Membership, material: &Material) -> Result<Vec<Planned>, Error> {
    let mut files = Vec::new();
    let mut add = |path: &str, content: Vec<u8>, mode: u32| {
        files.push(Planned {
            path: path.to_owned(),
            content,
            mode,
        });
    };
    if let Some(keytab) = &material.keytab {
        add(KEYTAB, keytab.clone(), 0o600);
    }
    if membership.kind == Kind::Ad {
        add(KRB5, krb5::config(host, membership).into(), 0o644);
    }
    if let Some(ca) = &material.ca {
        add(CA, ca.clone().into(), 0o644);
    }
    add(
        "/etc/sssd/sssd.conf",
        sssd::config(membership, &material.settings).into(),
        0o600,
    );
    for (path, content, mode) in rules::all(membership) {
        add(path, content.into(), mode);
    }
    add(
        nss::FILE,
        nss::with_sss(&host.read(nss::FILE)?.unwrap_or_default()).into(),
        0o644,
    );
    for (path, content) in pam::with_sss(host)? {
        add(&path, content.into(), 0o644);
    }
    Ok(files)
}

pub(crate) use krb5::{config as krb5_config, realm};
pub(crate) use rules::check as check_sudo;
