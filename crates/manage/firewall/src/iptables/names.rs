//! The names that iptables(8) has for numbers, each list once: the first name of a number is the one that is written.

use super::{AddressType, IpVersion, PacketType, Per, Protocol};

/// Protocols, as /etc/protocols has them.
const PROTOCOLS: &[(&str, u8)] = &[
    ("icmp", 1),
    ("igmp", 2),
    ("tcp", 6),
    ("udp", 17),
    ("dccp", 33),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-icmp", 58),
    ("icmpv6", 58),
    ("icmp6", 58),
    ("ospf", 89),
    ("vrrp", 112),
    ("sctp", 132),
    ("udplite", 136),
];

/// The numbers whose names iptables knows without /etc/protocols; others are written as numbers.
const ALWAYS_KNOWN: &[u8] = &[1, 6, 17, 50, 51, 58, 132, 136];

/// nft's names of protocols that have ports.
const WITH_PORTS: &[(&str, u8)] = &[
    ("tcp", 6),
    ("udp", 17),
    ("dccp", 33),
    ("sctp", 132),
    ("udplite", 136),
];

/// Types and codes of ICMP: `iptables -p icmp -h`.
const ICMP: &[(&str, u8, Option<u8>)] = &[
    ("echo-reply", 0, None),
    ("pong", 0, None),
    ("destination-unreachable", 3, None),
    ("network-unreachable", 3, Some(0)),
    ("host-unreachable", 3, Some(1)),
    ("protocol-unreachable", 3, Some(2)),
    ("port-unreachable", 3, Some(3)),
    ("fragmentation-needed", 3, Some(4)),
    ("source-route-failed", 3, Some(5)),
    ("network-unknown", 3, Some(6)),
    ("host-unknown", 3, Some(7)),
    ("network-prohibited", 3, Some(9)),
    ("host-prohibited", 3, Some(10)),
    ("TOS-network-unreachable", 3, Some(11)),
    ("TOS-host-unreachable", 3, Some(12)),
    ("communication-prohibited", 3, Some(13)),
    ("host-precedence-violation", 3, Some(14)),
    ("precedence-cutoff", 3, Some(15)),
    ("source-quench", 4, None),
    ("redirect", 5, None),
    ("network-redirect", 5, Some(0)),
    ("host-redirect", 5, Some(1)),
    ("echo-request", 8, None),
    ("ping", 8, None),
    ("router-advertisement", 9, None),
    ("router-solicitation", 10, None),
    ("time-exceeded", 11, None),
    ("ttl-exceeded", 11, None),
    ("ttl-zero-during-transit", 11, Some(0)),
    ("ttl-zero-during-reassembly", 11, Some(1)),
    ("parameter-problem", 12, None),
    ("ip-header-bad", 12, Some(0)),
    ("required-option-missing", 12, Some(1)),
    ("timestamp-request", 13, None),
    ("timestamp-reply", 14, None),
    ("address-mask-request", 17, None),
    ("address-mask-reply", 18, None),
];

/// Types and codes of ICMPv6: `ip6tables -p ipv6-icmp -h`.
const ICMPV6: &[(&str, u8, Option<u8>)] = &[
    ("destination-unreachable", 1, None),
    ("no-route", 1, Some(0)),
    ("communication-prohibited", 1, Some(1)),
    ("beyond-scope", 1, Some(2)),
    ("address-unreachable", 1, Some(3)),
    ("port-unreachable", 1, Some(4)),
    ("failed-policy", 1, Some(5)),
    ("reject-route", 1, Some(6)),
    ("packet-too-big", 2, None),
    ("time-exceeded", 3, None),
    ("ttl-exceeded", 3, None),
    ("ttl-zero-during-transit", 3, Some(0)),
    ("ttl-zero-during-reassembly", 3, Some(1)),
    ("parameter-problem", 4, None),
    ("bad-header", 4, Some(0)),
    ("unknown-header-type", 4, Some(1)),
    ("unknown-option", 4, Some(2)),
    ("echo-request", 128, None),
    ("ping", 128, None),
    ("echo-reply", 129, None),
    ("pong", 129, None),
    ("mld-listener-query", 130, None),
    ("mld-listener-report", 131, None),
    ("mld-listener-done", 132, None),
    ("mld-listener-reduction", 132, None),
    ("router-solicitation", 133, None),
    ("router-advertisement", 134, None),
    ("neighbour-solicitation", 135, None),
    ("neighbor-solicitation", 135, None),
    ("neighbour-advertisement", 136, None),
    ("neighbor-advertisement", 136, None),
    ("redirect", 137, None),
];

/// `--reject-with` of IPv4: option, short option, code, nft's name.
type RejectName = (&'static str, &'static str, u8, &'static str);
const REJECTS4: &[RejectName] = &[
    ("icmp-port-unreachable", "port-unreach", 3, "port-unreachable"),
    ("icmp-net-unreachable", "net-unreach", 0, "net-unreachable"),
    ("icmp-host-unreachable", "host-unreach", 1, "host-unreachable"),
    ("icmp-proto-unreachable", "proto-unreach", 2, "prot-unreachable"),
    ("icmp-net-prohibited", "net-prohib", 9, "net-prohibited"),
    ("icmp-host-prohibited", "host-prohib", 10, "host-prohibited"),
    ("icmp-admin-prohibited", "admin-prohib", 13, "admin-prohibited"),
];
/// `--reject-with` of IPv6.
const REJECTS6: &[RejectName] = &[
    ("icmp6-port-unreachable", "port-unreach", 4, "port-unreachable"),
    ("icmp6-no-route", "no-route", 0, "no-route"),
    ("icmp6-adm-prohibited", "adm-prohibited", 1, "admin-prohibited"),
    ("icmp6-addr-unreachable", "addr-unreach", 3, "addr-unreachable"),
    ("icmp6-policy-fail", "policy-fail", 5, "policy-fail"),
    ("icmp6-reject-route", "reject-route", 6, "reject-route"),
];

/// States of connections, by the kernel's bits (`NF_CT_STATE_BIT`).
pub(super) const STATES: &[(&str, u32)] = &[
    ("INVALID", 1),
    ("ESTABLISHED", 2),
    ("RELATED", 4),
    ("NEW", 8),
    ("UNTRACKED", 64),
];

/// TCP's flags, RFC 9293 section 3.1.
pub(super) const FLAGS: &[(&str, u8)] = &[
    ("FIN", 1),
    ("SYN", 2),
    ("RST", 4),
    ("PSH", 8),
    ("ACK", 16),
    ("URG", 32),
];

/// Levels of the log: syslog(3), with nft's names.
pub(super) const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

pub(super) const PACKET_TYPES: &[(&str, PacketType, &str, u64)] = &[
    ("unicast", PacketType::Unicast, "host", 0),
    ("broadcast", PacketType::Broadcast, "broadcast", 1),
    ("multicast", PacketType::Multicast, "multicast", 2),
];

pub(super) const ADDRESS_TYPES: &[(&str, AddressType)] = &[
    ("UNICAST", AddressType::Unicast),
    ("LOCAL", AddressType::Local),
    ("BROADCAST", AddressType::Broadcast),
    ("ANYCAST", AddressType::Anycast),
    ("MULTICAST", AddressType::Multicast),
    ("BLACKHOLE", AddressType::Blackhole),
    ("UNREACHABLE", AddressType::Unreachable),
    ("PROHIBIT", AddressType::Prohibit),
];

/// Units, shortest first, as nft writes them; iptables takes any beginning of them.
pub(super) const UNITS: &[(&str, Per)] = &[
    ("second", Per::Second),
    ("minute", Per::Minute),
    ("hour", Per::Hour),
    ("day", Per::Day),
];

pub(super) fn unit_name(per: Per) -> &'static str {
    UNITS
        .iter()
        .find(|(_, is)| *is == per)
        .map_or("second", |(name, _)| name)
}

/// A protocol by name or number; `all` and 0 are none in particular.
pub(super) fn protocol(text: &str) -> Option<Option<Protocol>> {
    let named = PROTOCOLS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    match (text, named) {
        ("all" | "0", _) => Some(None),
        (_, Some((_, number))) => Some(Some(Protocol(*number))),
        (text, None) => plain_number(text).map(|number| Some(Protocol(number))),
    }
}

pub(super) fn protocol_name(protocol: Protocol) -> String {
    let known = PROTOCOLS
        .iter()
        .filter(|(_, number)| ALWAYS_KNOWN.contains(number));
    let named = known.into_iter().find(|(_, number)| *number == protocol.0);
    named.map_or_else(|| protocol.0.to_string(), |(name, _)| (*name).to_owned())
}

/// The name of a protocol that has ports.
pub(super) fn with_ports(protocol: Protocol) -> Option<&'static str> {
    WITH_PORTS
        .iter()
        .find(|(_, number)| *number == protocol.0)
        .map(|(name, _)| *name)
}

pub(super) fn named_with_ports(name: &str) -> Option<Protocol> {
    WITH_PORTS
        .iter()
        .find(|(is, _)| *is == name)
        .map(|(_, number)| Protocol(*number))
}

/// `TYPE`, `TYPE/CODE` or a name.
pub(super) fn icmp(text: &str, version: IpVersion) -> Option<(u8, Option<u8>)> {
    let list = match version {
        IpVersion::Ipv4 => ICMP,
        IpVersion::Ipv6 => ICMPV6,
    };
    if let Some((_, kind, code)) = list.iter().find(|(name, ..)| name.eq_ignore_ascii_case(text)) {
        return Some((*kind, *code));
    }
    match text.split_once('/') {
        Some((kind, code)) => Some((plain_number(kind)?, Some(plain_number(code)?))),
        None => Some((plain_number(text)?, None)),
    }
}

fn rejects(version: IpVersion) -> &'static [RejectName] {
    match version {
        IpVersion::Ipv4 => REJECTS4,
        IpVersion::Ipv6 => REJECTS6,
    }
}

/// The code of `--reject-with`.
pub(super) fn reject(text: &str, version: IpVersion) -> Option<u8> {
    let found = rejects(version)
        .iter()
        .find(|(long, short, ..)| *long == text || *short == text);
    found.map(|(_, _, code, _)| *code)
}

/// The option's value and nft's word for a code.
pub(super) fn reject_names(code: u8, version: IpVersion) -> Option<(&'static str, &'static str)> {
    let found = rejects(version).iter().find(|(_, _, is, _)| *is == code);
    found.map(|(option, _, _, word)| (*option, *word))
}

/// The code that is meant when none is given.
pub(super) fn default_reject(version: IpVersion) -> u8 {
    rejects(version).first().map_or(3, |(_, _, code, _)| *code)
}

/// Digits only: no sign, no blank.
pub(super) fn plain_number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
