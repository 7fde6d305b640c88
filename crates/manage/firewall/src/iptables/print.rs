//! From a rule to iptables' words, as `iptables -S` writes them.

use std::fmt::Write as _;

use super::address::{Addresses, Span};
use super::names;
use super::types::{Interface, IpVersion, Mark, Match, PortRange, Ports, Protocol, Reject, Rule, Target};
use super::words::quote;

impl Rule {
    /// The rule in iptables' words: what `iptables -A CHAIN` would be given. [`Rule::parse`] reads it back.
    pub fn spec(&self, version: IpVersion) -> String {
        let mut line = Line(String::new());
        line.addresses(self.source.as_ref(), "-s", "--src-range");
        line.addresses(self.destination.as_ref(), "-d", "--dst-range");
        line.option("", "-i", self.input.as_ref(), interface);
        line.option("", "-o", self.output.as_ref(), interface);
        line.option("", "-p", self.protocol.as_ref(), |protocol| {
            names::protocol_name(*protocol)
        });
        let protocol = self.protocol.as_ref().map(|found| found.value);
        line.ports(protocol, self.source_ports.as_ref(), "--sport");
        line.ports(protocol, self.destination_ports.as_ref(), "--dport");
        line.option("tcp", "--tcp-flags", self.tcp_flags.as_ref(), |found| {
            format!("{} {}", flags(found.mask), flags(found.set))
        });
        let (module, option) = match version {
            IpVersion::Ipv4 => ("icmp", "--icmp-type"),
            IpVersion::Ipv6 => ("icmp6", "--icmpv6-type"),
        };
        line.option(module, option, self.icmp.as_ref(), |icmp| match icmp.code {
            Some(code) => format!("{}/{code}", icmp.kind),
            None => icmp.kind.to_string(),
        });
        line.option("conntrack", "--ctstate", self.states.as_ref(), |states| {
            states_text(states.0)
        });
        line.option("mark", "--mark", self.mark.as_ref(), mark);
        line.option("mac", "--mac-source", self.mac.as_ref(), mac_text);
        line.option("pkttype", "--pkt-type", self.packet_type.as_ref(), |kind| {
            let found = names::PACKET_TYPES.iter().find(|(_, is, ..)| is == kind);
            found.map_or("unicast", |(name, ..)| name).to_owned()
        });
        line.option("addrtype", "--src-type", self.source_type.as_ref(), address_type);
        line.option(
            "addrtype",
            "--dst-type",
            self.destination_type.as_ref(),
            address_type,
        );
        if let Some(limit) = self.limit {
            let unit = names::unit_name(limit.per);
            line.word(&format!(
                "-m limit --limit {}/{unit} --limit-burst {}",
                limit.rate, limit.burst
            ));
        }
        if let Some(comment) = &self.comment {
            line.word(&format!("-m comment --comment {}", quote(comment)));
        }
        line.target(self.target.as_ref(), version);
        line.0
    }
}

struct Line(String);

impl Line {
    fn word(&mut self, word: &str) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(word);
    }

    fn option<T>(&mut self, module: &str, name: &str, found: Option<&Match<T>>, text: impl Fn(&T) -> String) {
        let Some(found) = found else { return };
        if !module.is_empty() {
            self.word(&format!("-m {module}"));
        }
        if found.inverted {
            self.word("!");
        }
        self.word(name);
        self.word(&text(&found.value));
    }

    fn addresses(&mut self, found: Option<&Match<Addresses>>, networks: &str, range: &str) {
        match found.map(|found| found.value.spans()) {
            Some([Span::Range(..)]) => self.option("iprange", range, found, joined),
            _ => self.option("", networks, found, joined),
        }
    }

    fn ports(&mut self, protocol: Option<Protocol>, found: Option<&Match<Ports>>, name: &str) {
        let module = protocol.and_then(names::with_ports).unwrap_or("tcp");
        let many = found.is_some_and(|found| found.value.ranges().len() > 1);
        match many {
            true => self.option("multiport", &format!("{name}s"), found, ports),
            false => self.option(module, name, found, ports),
        }
    }

    fn target(&mut self, target: Option<&Target>, version: IpVersion) {
        match target {
            None => {}
            Some(Target::Accept) => self.word("-j ACCEPT"),
            Some(Target::Drop) => self.word("-j DROP"),
            Some(Target::Return) => self.word("-j RETURN"),
            Some(Target::Reject(Reject::TcpReset)) => self.word("-j REJECT --reject-with tcp-reset"),
            Some(Target::Reject(Reject::Icmp(code))) => {
                let (option, _) = names::reject_names(*code, version).unwrap_or_default();
                self.word(&format!("-j REJECT --reject-with {option}"));
            }
            Some(Target::Log(log)) => {
                self.word("-j LOG");
                if let Some(prefix) = &log.prefix {
                    self.word(&format!("--log-prefix {}", quote(prefix)));
                }
                self.word(&format!("--log-level {}", log.level));
            }
        }
    }
}

fn joined(addresses: &Addresses) -> String {
    match addresses.spans() {
        [range @ Span::Range(..)] => range.to_string(),
        _ => addresses
            .networks()
            .iter()
            .map(Span::to_string)
            .collect::<Vec<_>>()
            .join(","),
    }
}

fn interface(interface: &Interface) -> String {
    format!("{}{}", interface.name, if interface.any_end { "+" } else { "" })
}

fn ports(ports: &Ports) -> String {
    let range = |range: &PortRange| match range.first == range.last {
        true => range.first.to_string(),
        false => format!("{}:{}", range.first, range.last),
    };
    ports.ranges().iter().map(range).collect::<Vec<_>>().join(",")
}

fn flags(bits: u8) -> String {
    let names: Vec<&str> = names::FLAGS
        .iter()
        .filter(|(_, bit)| bits & bit != 0)
        .map(|(name, _)| *name)
        .collect();
    match names.is_empty() {
        true => "NONE".to_owned(),
        false => names.join(","),
    }
}

fn states_text(bits: u32) -> String {
    let names = names::STATES.iter().filter(|(_, bit)| bits & bit != 0);
    names.map(|(name, _)| *name).collect::<Vec<_>>().join(",")
}

fn mark(mark: &Mark) -> String {
    match mark.mask {
        u32::MAX => format!("{:#x}", mark.value),
        mask => format!("{:#x}/{mask:#x}", mark.value),
    }
}

/// A MAC address as it is written.
pub(super) fn mac_text(mac: &[u8; 6]) -> String {
    let mut text = String::new();
    for (at, byte) in mac.iter().enumerate() {
        let _ = write!(text, "{}{byte:02x}", if at == 0 { "" } else { ":" });
    }
    text
}

fn address_type(kind: &super::AddressType) -> String {
    let found = names::ADDRESS_TYPES.iter().find(|(_, is)| is == kind);
    found.map_or("UNICAST", |(name, _)| name).to_owned()
}
