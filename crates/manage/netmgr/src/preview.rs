//! What a change will do to the links as they are now: MTU, MAC address and addresses.

use std::collections::BTreeSet;

use networkd::Document;

use crate::error::Error;
use crate::live;
use crate::session::Change;

/// A link as it is now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Now {
    name: String,
    mac: String,
    mtu: u32,
    addresses: BTreeSet<String>,
}

/// The links of the running system.
pub(crate) fn now() -> Result<Vec<Now>, Error> {
    let failed = |source| Error::Kernel {
        what: "ask for the addresses".to_owned(),
        source,
    };
    let addresses = live::addresses().map_err(failed)?;
    let own = |index: u32| addresses.iter().filter(move |address| address.link == index);
    let links = live::links()?;
    Ok(links
        .into_iter()
        .map(|link| Now {
            addresses: own(link.index)
                .map(|address| format!("{}/{}", address.ip, address.prefix))
                .collect(),
            name: link.name,
            mac: link.mac,
            mtu: link.mtu,
        })
        .collect())
}

/// A line for each thing that will be another.
pub(crate) fn differences(links: &[Now], changes: &[Change]) -> Vec<String> {
    let is_network = |change: &&Change| change.path.extension().is_some_and(|end| end == "network");
    let pairs = changes
        .iter()
        .filter(is_network)
        .flat_map(|change| links.iter().map(move |link| (change, link)));
    pairs.flat_map(|(change, link)| of_link(link, change)).collect()
}

fn of_link(link: &Now, change: &Change) -> Vec<String> {
    let document = |bytes: &Option<Vec<u8>>| Document::parse(bytes.as_deref().unwrap_or_default());
    let (before, after) = (document(&change.before), document(&change.after));
    let is_for = |file: &Document| file.values("Match", "Name").contains(&link.name.as_str());
    if !is_for(&before) && !is_for(&after) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if let Some(mtu) = after
        .value("Link", "MTUBytes")
        .filter(|mtu| **mtu != link.mtu.to_string())
    {
        lines.push(format!("{}: MTU {} becomes {mtu}", link.name, link.mtu));
    }
    let other = |mac: &&str| !mac.eq_ignore_ascii_case(&link.mac);
    if let Some(mac) = after.value("Link", "MACAddress").filter(other) {
        lines.push(format!("{}: MAC address {} becomes {mac}", link.name, link.mac));
    }
    let (old, new) = (addresses(&before), addresses(&after));
    for address in new.difference(&link.addresses) {
        lines.push(format!("{}: address {address} is added", link.name));
    }
    for address in old
        .difference(&new)
        .filter(|address| link.addresses.contains(*address))
    {
        lines.push(format!("{}: address {address} is removed", link.name));
    }
    lines
}

fn addresses(file: &Document) -> BTreeSet<String> {
    let lines = file.values("Network", "Address").into_iter();
    let all = lines.chain(file.assigned("Address", "Address"));
    all.map(str::to_owned).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_will_be_another_is_told_and_nothing_else() {
        let link = |name: &str| Now {
            name: name.to_owned(),
            mac: "02:00:00:00:00:01".to_owned(),
            mtu: 1500,
            addresses: ["10.0.0.5/24", "10.0.0.6/24"].map(str::to_owned).into(),
        };
        let file = |rest: &str| Some(format!("[Match]\nName=eth0\n{rest}").into_bytes());
        let change = Change {
            path: "/etc/systemd/network/10-eth0.network".into(),
            before: file("[Network]\nAddress=10.0.0.5/24\nAddress=10.0.0.6/24\n"),
            after: file(
                "[Link]\nMTUBytes=1400\nMACAddress=02:00:00:00:00:01\n[Network]\nAddress=10.0.0.5/24\n[Address]\nAddress=10.0.0.7/24\n",
            ),
        };
        assert_eq!(
            differences(&[link("eth0"), link("eth1")], &[change]),
            [
                "eth0: MTU 1500 becomes 1400",
                "eth0: address 10.0.0.7/24 is added",
                "eth0: address 10.0.0.6/24 is removed"
            ]
        );
    }
}
