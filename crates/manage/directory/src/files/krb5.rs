//! krb5.conf(5) of a member of an Active Directory.

use std::fmt::Write;

use super::HEAD;
use crate::host::Host;
use crate::membership::Membership;

/// Directories of more configuration; one that is missing would make Kerberos refuse the whole file.
const INCLUDED: [&str; 2] = ["/etc/krb5.conf.d/", "/var/lib/sss/pubconf/krb5.include.d/"];

/// The realm of a domain (RFC 4120, 6.1).
pub(crate) fn realm(domain: &str) -> String {
    domain.to_ascii_uppercase()
}

/// Servers are asked of the DNS, unless they were named. Names are taken as they are typed: what a DNS server says about a name
/// must not decide whose ticket is asked for.
pub(crate) fn config(host: &Host, membership: &Membership) -> String {
    let (domain, realm) = (&membership.domain, realm(&membership.domain));
    let mut text = HEAD.to_owned();
    for directory in INCLUDED.iter().filter(|directory| host.has(directory)) {
        let _ = writeln!(text, "includedir {directory}");
    }
    let _ = write!(
        text,
        "\n[libdefaults]\ndefault_realm = {realm}\ndns_lookup_realm = false\ndns_lookup_kdc = true\n\
         dns_canonicalize_hostname = false\nrdns = false\n\
         # Tickets with many groups do not fit into a datagram.\nudp_preference_limit = 0\n"
    );
    if !membership.servers.is_empty() {
        let _ = write!(text, "\n[realms]\n{realm} = {{\n");
        for server in &membership.servers {
            let _ = writeln!(text, "    kdc = {}", server.host);
        }
        let _ = writeln!(text, "}}");
    }
    let _ = write!(
        text,
        "\n[domain_realm]\n.{domain} = {realm}\n{domain} = {realm}\n"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::Server;

    #[test]
    fn only_directories_that_exist_are_included() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("etc/krb5.conf.d")).unwrap();
        let text = config(&Host::at(root.path()), &Membership::example());
        assert!(
            text.contains("includedir /etc/krb5.conf.d/\n") && !text.contains("pubconf"),
            "{text}"
        );
        assert!(text.contains("default_realm = LUMEN.TEST\n"), "{text}");
    }

    #[test]
    fn named_servers_are_the_realms() {
        let mut membership = Membership::example();
        membership.servers = vec![Server::parse("dc.lumen.test").unwrap()];
        let text = config(&Host::at("/nowhere"), &membership);
        assert!(
            text.contains("LUMEN.TEST = {\n    kdc = dc.lumen.test\n}\n"),
            "{text}"
        );
    }
}
