//! What a setting may hold, checked as networkd checks it.
//!
//! Where networkd is more lenient than is good for anybody (numbers in octal, an MTU of four gigabytes, names
//! that only look like addresses), these checks are stricter; they never accept what networkd rejects. The test
//! `against_networkd` compares the two.

mod address;
mod dhcp;
mod name;
mod number;

use std::fmt;

/// An address family, or either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
    /// Either.
    Any,
}

/// A value that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not {rule}")]
pub struct ValueError {
    /// The value.
    pub value: String,
    /// What it should have been.
    pub rule: String,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "what each holds is its Display text, which is what users read"
)]
pub enum Kind {
    AbsolutePath,
    AllowedIps,
    AlternativeName,
    BitsPerSecond,
    Bool,
    BoolOr(&'static [&'static str]),
    BoolOrIpv4,
    Choice(&'static [&'static str]),
    DnsServer,
    Domain,
    DuidData,
    DuidType,
    Endpoint,
    FirewallMark,
    Gateway,
    Hostname,
    IfName,
    Interface,
    Interface4,
    Ip(Family),
    Ipv6Token,
    Label,
    Mac,
    MacOrNone,
    MaxAttempts,
    Mtu(u32),
    Multicast,
    NamedTable,
    NamePattern,
    NtpServer,
    Number(u32, u32),
    NumberOr(u32, u32, &'static str),
    Password,
    PlainDomain,
    Port,
    PortOrAuto,
    PortRange,
    PortSpan,
    Prefix(Family),
    Pvid,
    RouteProtocol,
    RouteTable,
    RouterLifetime,
    SafeText,
    Scope,
    Seconds,
    Subnet6,
    Text,
    TunnelAddress,
    TunnelKey,
    U32,
    Unicast,
    WireGuardKey,
    Word,
}

impl Kind {
    /// Checks one value.
    pub fn check(self, value: &str) -> Result<(), ValueError> {
        if self.accepts(value) {
            return Ok(());
        }
        Err(ValueError {
            value: value.to_owned(),
            rule: self.to_string(),
        })
    }

    fn accepts(self, value: &str) -> bool {
        use Kind::*;
        match self {
            AbsolutePath => name::is_absolute_path(value),
            AllowedIps => address::is_allowed_ips(value),
            AlternativeName => name::is_alternative_name(value),
            BitsPerSecond => number::is_bits_per_second(value),
            Bool => number::is_bool(value),
            BoolOr(words) => number::is_bool(value) || words.contains(&value),
            BoolOrIpv4 => number::is_bool(value) || address::is_ip(value, Family::V4),
            Choice(words) => words.contains(&value),
            DnsServer => address::is_dns_server(value),
            Domain => name::is_routing_domain(value),
            DuidData => dhcp::is_duid_data(value),
            DuidType => dhcp::is_duid_type(value),
            Endpoint => address::is_endpoint(value),
            FirewallMark => number::is_mark(value),
            Gateway => matches!(value, "_dhcp4" | "_ipv6ra") || address::is_ip(value, Family::Any),
            Hostname => name::is_hostname(value),
            IfName => name::is_interface(value),
            Interface => address::is_prefix(value, Family::Any, true),
            Interface4 => address::is_server4(value),
            Ip(family) => address::is_ip(value, family),
            Ipv6Token => address::is_token(value),
            Label => name::is_label(value),
            Mac => address::is_mac(value),
            MacOrNone => value == "none" || address::is_mac(value),
            MaxAttempts => value == "infinity" || number::in_range(value, 1, u32::MAX),
            Mtu(least) => number::in_range(value, least, number::LARGEST_MTU),
            Multicast => address::is_multicast(value),
            NamedTable => number::is_named_table(value),
            NamePattern => name::is_pattern(value),
            NtpServer => address::is_ip(value, Family::Any) || name::is_domain(value),
            Number(least, most) => number::in_range(value, least, most),
            NumberOr(least, most, word) => value == word || number::in_range(value, least, most),
            Password => address::is_hardware(value),
            PlainDomain => name::is_domain(value),
            Port => number::is_port(value),
            PortOrAuto => value == "auto" || number::is_port(value),
            PortRange => number::is_port_range(value),
            PortSpan => value.contains('-') && number::is_port_range(value),
            Prefix(family) => address::is_prefix(value, family, false),
            Pvid => value == "none" || number::in_range(value, 1, 4094),
            RouteProtocol => number::is_route_protocol(value),
            RouteTable => number::is_route_table(value),
            RouterLifetime => value == "0" || number::in_range(value, 4, 9000),
            SafeText => name::is_safe_text(value),
            Scope => number::is_scope(value),
            Seconds => number::is_time_span(value),
            Subnet6 => address::is_subnet6(value),
            Text => name::is_text(value),
            TunnelAddress => value == "any" || address::is_ip(value, Family::Any),
            TunnelKey => number::in_range(value, 0, u32::MAX) || address::is_ip(value, Family::V4),
            U32 => number::in_range(value, 0, u32::MAX),
            Unicast => address::is_ip(value, Family::Any) && !address::is_multicast(value),
            WireGuardKey => name::is_wireguard_key(value),
            Word => name::is_word(value),
        }
    }
}

/// What the value is, to be read behind "is not".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Kind::*;
        match self {
            AbsolutePath => f.write_str("an absolute path"),
            AllowedIps => f.write_str("a list of networks such as 10.0.0.0/8, separated by commas"),
            AlternativeName => f.write_str("an alternative interface name of at most 127 characters"),
            BitsPerSecond => f.write_str("a speed in bits per second such as 10G"),
            Bool => f.write_str("yes or no"),
            BoolOr(words) => write!(f, "yes, no or {}", words.join(", ")),
            BoolOrIpv4 => f.write_str("yes, no or an IPv4 address"),
            Choice(words) => write!(f, "one of {}", words.join(", ")),
            DnsServer => f.write_str("a DNS server: ADDRESS[:PORT][%INTERFACE][#NAME]"),
            Domain => f.write_str("a domain, or ~DOMAIN for routing only"),
            DuidData => f.write_str("1 to 128 bytes in hexadecimal, separated by colons"),
            DuidType => f.write_str("one of vendor, uuid, link-layer, link-layer-time"),
            Endpoint => f.write_str("HOST:PORT"),
            FirewallMark => f.write_str("a firewall mark: NUMBER or NUMBER/MASK"),
            Gateway => f.write_str("an IP address, _dhcp4 or _ipv6ra"),
            Hostname => f.write_str("a host name of at most 64 characters"),
            IfName => f.write_str(
                "an interface name: 1 to 15 characters, no space, slash, colon, percent, quote or wildcard",
            ),
            Interface => f.write_str("an IP address with its prefix length"),
            Interface4 => {
                f.write_str("an IPv4 address with its prefix length, not of this host or link only")
            }
            Ip(family) => write!(f, "an {family} address"),
            Ipv6Token => f.write_str("an interface identifier as an IPv6 address, eui64 or prefixstable"),
            Label => f.write_str("a label of 1 to 15 ASCII characters"),
            Mac => f.write_str("a unicast MAC address"),
            MacOrNone => f.write_str("a unicast MAC address or none"),
            MaxAttempts => f.write_str("a number of at least 1, or infinity"),
            Mtu(least) => write!(f, "an MTU from {least} to {} bytes", number::LARGEST_MTU),
            Multicast => f.write_str("a multicast address"),
            NamedTable => f.write_str("NAME:NUMBER of a routing table"),
            NamePattern => f.write_str("an interface name or pattern"),
            NtpServer => f.write_str("a host name or IP address"),
            Number(least, most) => write!(f, "a number from {least} to {most}"),
            NumberOr(least, most, word) => write!(f, "a number from {least} to {most}, or {word}"),
            Password => f.write_str("six bytes in hexadecimal, separated by colons"),
            PlainDomain => f.write_str("a domain"),
            Port => f.write_str("a port from 1 to 65535"),
            PortOrAuto => f.write_str("a port from 1 to 65535, or auto"),
            PortRange => f.write_str("a port or a range of ports"),
            PortSpan => f.write_str("a range of ports"),
            Prefix(family) => write!(f, "an {family} address, or a network with its prefix length"),
            Pvid => f.write_str("a VLAN number from 1 to 4094, or none"),
            RouteProtocol => f.write_str("one of kernel, boot, static, or a number to 255"),
            RouteTable => f.write_str("one of default, main, local, or a number from 1 to 4294967295"),
            RouterLifetime => f.write_str("0, or a number of seconds from 4 to 9000"),
            SafeText => f.write_str("text without quotes, backslashes and control characters"),
            Scope => f.write_str("one of global, site, link, host, nowhere, or a number to 255"),
            Seconds => f.write_str("a time span such as 30, 1min or 500ms"),
            Subnet6 => f.write_str("an IPv6 address with a prefix length of at least 1"),
            Text => f.write_str("text without control characters"),
            TunnelAddress => f.write_str("an IP address or any"),
            TunnelKey => f.write_str("a number or an IPv4 address"),
            U32 => f.write_str("a number from 0 to 4294967295"),
            Unicast => f.write_str("an IP address that is not multicast"),
            WireGuardKey => f.write_str("a key of 32 bytes in base64"),
            Word => f.write_str("a word"),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
            Family::Any => "IP",
        })
    }
}
