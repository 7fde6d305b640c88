//! Tables that are somebody else's.

use super::names::{Family, Table};

/// The tables that iptables-nft keeps, and with it Docker: to these it wants nobody to do anything.
const IPTABLES: &[&str] = &["filter", "nat", "mangle", "raw", "security", "broute"];

/// Whose tables begin with what.
const OWNERS: &[(&str, &str)] = &[
    ("docker", "Docker's"),
    ("netavark", "Podman's"),
    ("kube-", "Kubernetes'"),
    ("cilium", "Cilium's"),
    ("libvirt", "libvirt's"),
    ("firewalld", "firewalld's"),
];

/// The table with the host's policy, and with the chains of iptables' rules.
pub(crate) const POLICY: &str = "lumen";

/// Why a table is not changed here, if it is somebody else's.
pub fn protection(table: &Table) -> Option<String> {
    let name = table.name.as_str();
    let iptables = matches!(
        table.family,
        Family::Ip | Family::Ip6 | Family::Arp | Family::Bridge
    );
    if iptables && IPTABLES.contains(&name) {
        return Some("it belongs to iptables-nft and, with it, to Docker".to_owned());
    }
    if table.family == Family::Inet && name == POLICY {
        let text =
            "it is the host's policy, of /etc/nftables/firewall.nft; add rules to INPUT, FORWARD and OUTPUT";
        return Some(text.to_owned());
    }
    let owner = OWNERS
        .iter()
        .find(|(begin, _)| name.to_ascii_lowercase().starts_with(begin));
    owner.map(|(_, owner)| format!("it is {owner}"))
}
