//! sssd.conf(5).

use std::fmt::Write;

use super::{CA, HEAD, KEYTAB, realm};
use crate::membership::{Kind, Membership};
use crate::names;
use crate::tool::Secret;

/// Choices that do not belong to the membership.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Days that somebody may log in from the cache after the last time a server was asked; 0: for ever.
    pub(crate) offline_days: u32,
    /// Names are `user@domain`.
    pub(crate) qualified: bool,
    /// For LDAP.
    pub(crate) ldap: Option<LdapAccess>,
}

/// How an LDAP directory is read.
#[derive(Debug, Clone)]
pub(crate) struct LdapAccess {
    /// Whom to bind as; else anonymously.
    pub(crate) bind: Option<(String, Secret)>,
    /// Groups list members by DN (rfc2307bis) or by name (rfc2307).
    pub(crate) members_by_dn: bool,
}

/// The whole file. Passwords are kept as hashes for when no server can be reached, never in clear.
pub(crate) fn config(membership: &Membership, settings: &Settings) -> String {
    let domain = &membership.domain;
    let mut text = format!(
        "{HEAD}[sssd]\nservices = nss, pam\ndomains = {domain}\n\n[nss]\n\n[pam]\n\
         offline_credentials_expiration = {}\noffline_failed_login_attempts = 5\noffline_failed_login_delay = 5\n\n\
         [domain/{domain}]\n\
         cache_credentials = true\nkrb5_store_password_if_offline = false\nenumerate = false\n\
         sudo_provider = none\nautofs_provider = none\n\
         use_fully_qualified_names = {}\nfallback_homedir = /home/{}\ndefault_shell = /bin/bash\n",
        settings.offline_days,
        settings.qualified,
        if settings.qualified { "%u@%d" } else { "%u" },
    );
    match membership.kind {
        Kind::Ad => ad(&mut text, membership),
        Kind::Ldap => ldap(&mut text, membership, settings.ldap.as_ref()),
    }
    text
}

/// The provider `ad` (sssd-ad(5)): it follows sites and trusts, resolves nested groups by the token, and refuses accounts that
/// are disabled or expired.
fn ad(text: &mut String, membership: &Membership) {
    let _ = write!(
        text,
        "id_provider = ad\nauth_provider = ad\naccess_provider = ad\nchpass_provider = ad\n\
         ad_domain = {}\nkrb5_realm = {}\nad_hostname = {}\nkrb5_keytab = {KEYTAB}\nldap_id_mapping = true\n\
         # Group policies are for Windows, and reading them needs SMB.\nad_gpo_access_control = disabled\n\
         dyndns_update = false\n",
        membership.domain,
        realm(&membership.domain),
        membership.host,
    );
    if let Some(computer) = &membership.computer {
        let _ = writeln!(text, "ldap_sasl_authid = {computer}$");
    }
    if !membership.servers.is_empty() {
        let _ = writeln!(
            text,
            "ad_server = {}",
            listed(membership.servers.iter().map(|server| &server.host))
        );
    }
}

/// The provider `ldap` (sssd-ldap(5)), never without TLS.
fn ldap(text: &mut String, membership: &Membership, access: Option<&LdapAccess>) {
    let suffix = names::suffix_of(&membership.domain);
    let base = membership.base.as_ref().unwrap_or(&suffix);
    let members_by_dn = access.is_some_and(|access| access.members_by_dn);
    let _ = write!(
        text,
        "id_provider = ldap\nauth_provider = ldap\nchpass_provider = ldap\n\
         access_provider = ldap\nldap_access_order = expire\nldap_account_expire_policy = shadow\n\
         ldap_uri = {}\nldap_search_base = {base}\nldap_schema = {}\n\
         ldap_id_use_start_tls = true\nldap_tls_reqcert = demand\nldap_tls_cacert = {CA}\n\
         ldap_network_timeout = 5\nldap_opt_timeout = 8\n",
        listed(&membership.servers),
        if members_by_dn { "rfc2307bis" } else { "rfc2307" },
    );
    if let Some((dn, password)) = access.and_then(|access| access.bind.as_ref()) {
        let _ = write!(
            text,
            "ldap_default_bind_dn = {dn}\nldap_default_authtok_type = password\nldap_default_authtok = {}\n",
            password.reveal()
        );
    }
}

fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items
        .into_iter()
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::Server;

    fn settings() -> Settings {
        Settings {
            offline_days: 30,
            qualified: false,
            ldap: Some(LdapAccess {
                bind: Some(("cn=reader,dc=lumen,dc=test".to_owned(), Secret::new("pass word"))),
                members_by_dn: true,
            }),
        }
    }

    #[test]
    fn ldap_is_never_without_tls_and_passwords_are_cached_as_hashes() {
        let membership = Membership {
            kind: Kind::Ldap,
            servers: vec![
                Server::parse("ldaps://a.test").unwrap(),
                Server::parse("ldap://b.test").unwrap(),
            ],
            ..Membership::example()
        };
        let text = config(&membership, &settings());
        for line in [
            "ldap_uri = ldaps://a.test, ldap://b.test",
            "ldap_id_use_start_tls = true",
            "ldap_tls_reqcert = demand",
            "ldap_schema = rfc2307bis",
            "ldap_search_base = dc=lumen,dc=test",
            "ldap_default_authtok = pass word",
            "krb5_store_password_if_offline = false",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing in\n{text}"
            );
        }
    }

    #[test]
    fn an_active_directory_is_found_by_dns_unless_servers_are_named() {
        let mut membership = Membership::example();
        assert!(!config(&membership, &settings()).contains("ad_server"));
        membership.servers = vec![Server::parse("dc.lumen.test").unwrap()];
        assert!(config(&membership, &settings()).contains("\nad_server = dc.lumen.test\n"));
    }
}
