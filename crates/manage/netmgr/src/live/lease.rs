//! The DHCPv4 lease of a link, which networkd keeps in /run.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;

/// What a DHCP server gave: networkd's names and values, such as `ADDRESS`, `ROUTER`, `DNS`, `NTP`, `LIFETIME`.
pub type Lease = BTreeMap<String, String>;

/// The lease of the link with this index, if it has one.
pub fn lease(root: &Path, index: u32) -> Result<Option<Lease>, Error> {
    let path = root.join(format!("run/systemd/netif/leases/{index}"));
    let bytes = crate::session::read(&path)?;
    Ok(bytes.map(|bytes| parse(&String::from_utf8_lossy(&bytes))))
}

fn parse(text: &str) -> Lease {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs
        .map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_values() {
        let lease = parse("# This is private data.\nADDRESS=10.0.0.7\nDNS=10.0.0.1 10.0.0.2\n");
        assert_eq!(lease.get("DNS").map(String::as_str), Some("10.0.0.1 10.0.0.2"));
        assert_eq!(lease.len(), 2);
    }
}
