//! From a rule to nft's words: nft(8). Every word comes from a type, so that none can be more than it is.

use super::address::{Addresses, Span};
use super::names;
use super::print::mac_text;
use super::types::{IpVersion, Match, PortRange, Ports, Reject, Rule, Target};

impl Rule {
    /// The rule as a line of nft, for a chain of which only packets of this version come.
    pub(crate) fn to_nft(&self, version: IpVersion) -> String {
        let mut words = Vec::new();
        self.packet(version, &mut words);
        self.transport(version, &mut words);
        self.connection(&mut words);
        if let Some(limit) = self.limit {
            let unit = names::unit_name(limit.per);
            words.push(format!(
                "limit rate {}/{unit} burst {} packets",
                limit.rate, limit.burst
            ));
        }
        words.push("counter".to_owned());
        words.extend(self.target.as_ref().map(|target| verdict(target, version)));
        if let Some(comment) = &self.comment {
            words.push(format!("comment \"{comment}\""));
        }
        words.join(" ")
    }

    fn packet(&self, version: IpVersion, words: &mut Vec<String>) {
        let ip = match version {
            IpVersion::Ipv4 => "ip",
            IpVersion::Ipv6 => "ip6",
        };
        // Without this, nft looks for the version in the frame, and what it then lists can hardly be read.
        if self.mac.is_some() {
            words.push(format!(
                "meta nfproto {}",
                if ip == "ip" { "ipv4" } else { "ipv6" }
            ));
        }
        condition(words, &format!("{ip} saddr"), self.source.as_ref(), addresses);
        condition(
            words,
            &format!("{ip} daddr"),
            self.destination.as_ref(),
            addresses,
        );
        let interface = |interface: &super::Interface| {
            format!(
                "\"{}{}\"",
                interface.name,
                if interface.any_end { "*" } else { "" }
            )
        };
        condition(words, "iifname", self.input.as_ref(), interface);
        condition(words, "oifname", self.output.as_ref(), interface);
        condition(words, "ether saddr", self.mac.as_ref(), mac_text);
        condition(words, "meta pkttype", self.packet_type.as_ref(), |kind| {
            let found = names::PACKET_TYPES.iter().find(|(_, is, ..)| is == kind);
            found.map_or("host", |(_, _, word, _)| word).to_owned()
        });
        let kind = |kind: &super::AddressType| {
            let found = names::ADDRESS_TYPES.iter().find(|(_, is)| is == kind);
            found.map_or("UNICAST", |(name, _)| name).to_ascii_lowercase()
        };
        condition(words, "fib saddr type", self.source_type.as_ref(), kind);
        condition(words, "fib daddr type", self.destination_type.as_ref(), kind);
    }

    fn transport(&self, version: IpVersion, words: &mut Vec<String>) {
        condition(words, "meta l4proto", self.protocol.as_ref(), |protocol| {
            protocol.0.to_string()
        });
        let protocol = self
            .protocol
            .as_ref()
            .and_then(|found| names::with_ports(found.value))
            .unwrap_or("th");
        condition(
            words,
            &format!("{protocol} sport"),
            self.source_ports.as_ref(),
            ports,
        );
        condition(
            words,
            &format!("{protocol} dport"),
            self.destination_ports.as_ref(),
            ports,
        );
        if let Some(Match { inverted, value }) = &self.tcp_flags {
            let compare = if *inverted { "!=" } else { "==" };
            words.push(format!(
                "tcp flags & {:#x} {compare} {:#x}",
                value.mask, value.set
            ));
        }
        let icmp = match version {
            IpVersion::Ipv4 => "icmp",
            IpVersion::Ipv6 => "icmpv6",
        };
        condition(words, &format!("{icmp} type"), self.icmp.as_ref(), |icmp| {
            icmp.kind.to_string()
        });
        if let Some(code) = self.icmp.as_ref().and_then(|found| found.value.code) {
            words.push(format!("{icmp} code {code}"));
        }
    }

    fn connection(&self, words: &mut Vec<String>) {
        condition(words, "ct state", self.states.as_ref(), |states| {
            let bits = names::STATES.iter().filter(|(_, bit)| states.0 & bit != 0);
            set(bits.map(|(name, _)| name.to_ascii_lowercase()).collect())
        });
        if let Some(Match { inverted, value }) = &self.mark {
            let compare = if *inverted { "!=" } else { "==" };
            words.push(format!(
                "meta mark & {:#x} {compare} {:#x}",
                value.mask, value.value
            ));
        }
    }
}

fn condition<T>(words: &mut Vec<String>, left: &str, found: Option<&Match<T>>, right: impl Fn(&T) -> String) {
    let Some(found) = found else { return };
    let compare = if found.inverted { " !=" } else { "" };
    words.push(format!("{left}{compare} {}", right(&found.value)));
}

/// One alone, or several as a set.
fn set(items: Vec<String>) -> String {
    match items.as_slice() {
        [one] => one.clone(),
        several => format!("{{ {} }}", several.join(", ")),
    }
}

fn addresses(addresses: &Addresses) -> String {
    set(addresses.spans().iter().map(Span::to_string).collect())
}

fn ports(ports: &Ports) -> String {
    let range = |range: &PortRange| match range.first == range.last {
        true => range.first.to_string(),
        false => format!("{}-{}", range.first, range.last),
    };
    set(ports.ranges().iter().map(range).collect())
}

fn verdict(target: &Target, version: IpVersion) -> String {
    match target {
        Target::Accept => "accept".to_owned(),
        Target::Drop => "drop".to_owned(),
        Target::Return => "return".to_owned(),
        Target::Reject(Reject::TcpReset) => "reject with tcp reset".to_owned(),
        Target::Reject(Reject::Icmp(code)) => {
            let icmp = match version {
                IpVersion::Ipv4 => "icmp",
                IpVersion::Ipv6 => "icmpv6",
            };
            let (_, word) = names::reject_names(*code, version).unwrap_or_default();
            format!("reject with {icmp} {word}")
        }
        Target::Log(log) => {
            let prefix = log
                .prefix
                .as_ref()
                .map(|prefix| format!("prefix \"{prefix}\" "))
                .unwrap_or_default();
            let level = names::LEVELS.get(usize::from(log.level)).unwrap_or(&"warn");
            format!("log {prefix}level {level}")
        }
    }
}
