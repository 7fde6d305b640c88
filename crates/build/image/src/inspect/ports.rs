//! Which ports an image opens by itself: sockets that say so, and services that are known to.

use crate::error::Error;
use crate::inspect::root_view::RootView;
use crate::inspect::units::values;
use serde::Serialize;
use std::collections::BTreeSet;

/// A port that is listened on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Port {
    /// "tcp" or "udp".
    pub protocol: String,
    /// Number.
    pub port: u16,
    /// Address; "*" for all.
    pub address: String,
    /// The unit that opens it.
    pub unit: String,
}

impl Port {
    fn new(protocol: &str, address: &str, port: u16, unit: &str) -> Self {
        Self {
            protocol: protocol.into(),
            port,
            address: address.into(),
            unit: unit.into(),
        }
    }

    /// Whether other machines can reach it, were there no firewall.
    pub fn is_external(&self) -> bool {
        !(self.address.starts_with("127.") || self.address == "::1" || self.address == "localhost")
    }
}

/// Ports of the units that start by themselves, sorted.
pub(crate) fn listening(view: &RootView, units: &BTreeSet<String>) -> Result<Vec<Port>, Error> {
    let mut ports = BTreeSet::new();
    for unit in units {
        if unit.ends_with(".socket") {
            ports.extend(of_socket(view, unit)?);
        } else {
            ports.extend(of_service(view, unit)?);
        }
    }
    Ok(ports.into_iter().collect())
}

fn of_socket(view: &RootView, unit: &str) -> Result<Vec<Port>, Error> {
    let mut ports = Vec::new();
    for (key, protocol) in [("ListenStream", "tcp"), ("ListenDatagram", "udp")] {
        let addresses = values(view, unit, key)?;
        ports.extend(addresses.iter().filter_map(|text| parse(text, protocol, unit)));
    }
    Ok(ports)
}

/// `22`, `127.0.0.1:22`, `[::]:22`; paths and other address families are no ports (systemd.socket(5)).
fn parse(text: &str, protocol: &str, unit: &str) -> Option<Port> {
    if let Ok(port) = text.parse() {
        return Some(Port::new(protocol, "*", port, unit));
    }
    let (address, port) = text.rsplit_once(':')?;
    let address = address.trim_matches(['[', ']']);
    let is_address = address.parse::<std::net::IpAddr>().is_ok();
    let port = port.parse().ok().filter(|_| is_address)?;
    let any = address == "0.0.0.0" || address == "::";
    Some(Port::new(protocol, if any { "*" } else { address }, port, unit))
}

/// Services that open ports without a socket unit.
fn of_service(view: &RootView, unit: &str) -> Result<Vec<Port>, Error> {
    Ok(match unit {
        "ssh.service" | "sshd.service" => sshd(view, unit)?,
        "systemd-resolved.service" => resolved(view, unit)?,
        "systemd-networkd.service" => {
            // The DHCP clients listen for answers.
            vec![Port::new("udp", "*", 68, unit), Port::new("udp", "*", 546, unit)]
        }
        _ => Vec::new(),
    })
}

fn sshd(view: &RootView, unit: &str) -> Result<Vec<Port>, Error> {
    let settings = configuration(view, "/etc/ssh/sshd_config", &["/etc/ssh/sshd_config.d"])?;
    let values = |key: &str| -> Vec<String> {
        let lines = settings
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'));
        let words = lines.filter_map(|line| line.split_once(char::is_whitespace));
        words
            .filter(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.trim().into())
            .collect()
    };
    let mut numbers: Vec<u16> = values("Port")
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect();
    if numbers.is_empty() {
        numbers.push(22);
    }
    let mut addresses = values("ListenAddress");
    addresses.retain(|address| address != "0.0.0.0" && address != "::");
    if addresses.is_empty() {
        addresses.push("*".into());
    }
    let pairs = numbers
        .iter()
        .flat_map(|port| addresses.iter().map(move |address| (port, address)));
    Ok(pairs
        .map(|(port, address)| Port::new("tcp", address, *port, unit))
        .collect())
}

/// systemd-resolved.service(8): the stub on two loopback addresses, LLMNR and multicast DNS unless switched off.
fn resolved(view: &RootView, unit: &str) -> Result<Vec<Port>, Error> {
    let folders = ["/usr/lib/systemd/resolved.conf.d", "/etc/systemd/resolved.conf.d"];
    let settings = configuration(view, "/etc/systemd/resolved.conf", &folders)?;
    let off =
        |key: &str| last(&settings, key).is_some_and(|value| matches!(value.as_str(), "no" | "false" | "0"));
    let mut ports = Vec::new();
    if !off("DNSStubListener") {
        for address in ["127.0.0.53", "127.0.0.54"] {
            ports.extend(["tcp", "udp"].map(|protocol| Port::new(protocol, address, 53, unit)));
        }
    }
    if !off("LLMNR") {
        ports.extend(["tcp", "udp"].map(|protocol| Port::new(protocol, "*", 5355, unit)));
    }
    if !off("MulticastDNS") {
        ports.push(Port::new("udp", "*", 5353, unit));
    }
    Ok(ports)
}

/// A file and the drop-ins in folders, one after the other.
fn configuration(view: &RootView, file: &str, folders: &[&str]) -> Result<String, Error> {
    let mut text = view.text(file).unwrap_or_default();
    for folder in folders {
        for name in view.names(folder)?.iter().filter(|name| name.ends_with(".conf")) {
            text.push('\n');
            text.push_str(&view.text(&format!("{folder}/{name}")).unwrap_or_default());
        }
    }
    Ok(text)
}

fn last(settings: &str, key: &str) -> Option<String> {
    let lines = settings
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    let mut values = pairs
        .filter(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().to_lowercase());
    values.next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_sockets() {
        let port = |text| parse(text, "tcp", "u").map(|port| (port.address, port.port));
        assert_eq!(port("22"), Some(("*".into(), 22)));
        assert_eq!(port("127.0.0.1:8080"), Some(("127.0.0.1".into(), 8080)));
        assert_eq!(port("[::]:80"), Some(("*".into(), 80)));
        assert_eq!(port("0.0.0.0:80"), Some(("*".into(), 80)));
        for no_port in [
            "/run/docker.sock",
            "@abstract",
            "vsock::22",
            "%t/x",
            "kobject-uevent 1",
        ] {
            assert_eq!(port(no_port), None, "{no_port}");
        }
    }

    #[test]
    fn loopback_is_not_external() {
        assert!(!Port::new("tcp", "127.0.0.53", 53, "u").is_external());
        assert!(Port::new("tcp", "*", 22, "u").is_external());
    }

    #[test]
    fn the_last_setting_counts() {
        assert_eq!(
            last("#LLMNR=yes\nLLMNR=yes\n LLMNR = No\n", "LLMNR").as_deref(),
            Some("no")
        );
    }
}
