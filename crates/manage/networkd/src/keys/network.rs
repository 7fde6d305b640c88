//! systemd.network(5).

use super::{Key, Section, lines, many, once, one, words};
use crate::value::Kind::*;
use crate::value::{Family, Kind};

pub(super) const SECTIONS: &[Section] = &[
    one("Match", MATCH),
    one("Link", LINK),
    many("SR-IOV", SR_IOV),
    one("Network", NETWORK),
    many("Address", ADDRESS),
    many("Route", ROUTE),
    many("RoutingPolicyRule", RULE),
    one("DHCPv4", DHCPV4),
    one("DHCPv6", DHCPV6),
    one("DHCP", DHCP),
    one("IPv6AcceptRA", ACCEPT_RA),
    one("DHCPServer", DHCP_SERVER),
    many("DHCPServerStaticLease", STATIC_LEASE),
    one("IPv6SendRA", SEND_RA),
    many("IPv6Prefix", IPV6_PREFIX),
    many("IPv6RoutePrefix", IPV6_ROUTE_PREFIX),
];

const MATCH: &[Key] = &[
    words("MACAddress", Mac),
    words("PermanentMACAddress", Mac),
    words("Path", Word),
    words("Driver", Word),
    words("Type", Word),
    words("Kind", Word),
    words("Name", NamePattern),
];

const LINK: &[Key] = &[
    once("MACAddress", Mac),
    once("MTUBytes", Mtu(68)),
    once("Group", Number(0, 2147483647)),
    once("ARP", Bool),
    once("Multicast", Bool),
    once("AllMulticast", Bool),
    once("Promiscuous", Bool),
    once("Unmanaged", Bool),
    once(
        "ActivationPolicy",
        Choice(&["up", "always-up", "manual", "always-down", "down", "bound"]),
    ),
    once("RequiredForOnline", BoolOr(OPERATIONAL_STATES)),
    once(
        "RequiredFamilyForOnline",
        Choice(&["ipv4", "ipv6", "both", "any"]),
    ),
];

const OPERATIONAL_STATES: &[&str] = &[
    "missing",
    "off",
    "no-carrier",
    "dormant",
    "degraded-carrier",
    "carrier",
    "degraded",
    "enslaved",
    "routable",
];

pub(super) const SR_IOV: &[Key] = &[
    once("VirtualFunction", Number(0, 2147483646)),
    once("VLANId", Number(1, 4095)),
    once("QualityOfService", Number(1, 4294967295)),
    once("VLANProtocol", Choice(&["802.1Q", "802.1ad"])),
    once("MACSpoofCheck", Bool),
    once("QueryReceiveSideScaling", Bool),
    once("Trust", Bool),
    once("LinkState", BoolOr(&["auto"])),
    once("MACAddress", Mac),
];

const NETWORK: &[Key] = &[
    once("Description", Text),
    once("DHCP", BoolOr(&["ipv4", "ipv6"])),
    once("DHCPServer", Bool),
    once("LinkLocalAddressing", BoolOr(&["ipv4", "ipv6"])),
    once(
        "IPv6LinkLocalAddressGenerationMode",
        Choice(&["eui64", "none", "stable-privacy", "random"]),
    ),
    once("IPv4LLRoute", Bool),
    once("DefaultRouteOnDevice", Bool),
    once("LLMNR", BoolOr(&["resolve"])),
    once("MulticastDNS", BoolOr(&["resolve"])),
    once("DNSOverTLS", BoolOr(&["opportunistic"])),
    once("DNSSEC", BoolOr(&["allow-downgrade"])),
    once("DNSDefaultRoute", Bool),
    once("LLDP", BoolOr(&["routers-only"])),
    once(
        "EmitLLDP",
        BoolOr(&["nearest-bridge", "non-tpmr-bridge", "customer-bridge"]),
    ),
    words("BindCarrier", Word),
    lines("Address", Interface),
    lines("Gateway", Ip(Family::Any)),
    words("DNS", DnsServer),
    words("Domains", Domain),
    words("NTP", NtpServer),
    once("IPForward", BoolOr(&["ipv4", "ipv6"])),
    once("IPv4Forwarding", Bool).since(256),
    once("IPv6Forwarding", Bool).since(256),
    once("IPMasquerade", Choice(&["ipv4", "ipv6", "both", "no"])),
    once("IPv6PrivacyExtensions", BoolOr(&["prefer-public", "kernel"])),
    once("IPv6AcceptRA", Bool),
    once("IPv6DuplicateAddressDetection", Number(0, 2147483647)),
    once("IPv6HopLimit", Number(1, 255)),
    once("IPv4ProxyARP", Bool),
    once("IPv6ProxyNDP", Bool),
    lines("IPv6ProxyNDPAddress", Ip(Family::V6)),
    once("IPv6SendRA", Bool),
    once("DHCPPrefixDelegation", Bool),
    once("IPv6MTUBytes", Mtu(1280)),
    once("KeepMaster", Bool),
    once("Bridge", IfName),
    once("Bond", IfName),
    once("VRF", IfName),
    lines("IPVLAN", IfName),
    lines("IPVTAP", IfName),
    lines("MACVLAN", IfName),
    lines("MACVTAP", IfName),
    lines("Tunnel", IfName),
    lines("VLAN", IfName),
    lines("VXLAN", IfName),
    once("ActiveSlave", Bool),
    once("PrimarySlave", Bool),
    once("ConfigureWithoutCarrier", Bool),
    once("IgnoreCarrierLoss", Bool),
    once("KeepConfiguration", BoolOr(&["static", "dhcp-on-stop", "dhcp"])),
];

const ADDRESS: &[Key] = &[
    once("Address", Interface),
    once("Peer", Interface),
    once("Broadcast", BoolOrIpv4),
    once("Label", Label),
    once("PreferredLifetime", Choice(&["forever", "infinity", "0"])),
    once("Scope", Scope),
    once("RouteMetric", U32),
    once("HomeAddress", Bool),
    once(
        "DuplicateAddressDetection",
        Choice(&["ipv4", "ipv6", "both", "none"]),
    ),
    once("ManageTemporaryAddress", Bool),
    once("AddPrefixRoute", Bool),
    once("AutoJoin", Bool),
];

const ROUTE: &[Key] = &[
    once("Gateway", Gateway),
    once("GatewayOnLink", Bool),
    once("Destination", Prefix(Family::Any)),
    once("Source", Prefix(Family::Any)),
    once("Metric", U32),
    once("IPv6Preference", Choice(&["low", "medium", "high"])),
    once("Scope", Scope),
    once("PreferredSource", Ip(Family::Any)),
    once("Table", RouteTable),
    once("Protocol", RouteProtocol),
    once("Type", Choice(ROUTE_TYPES)),
    once("MTUBytes", Mtu(68)),
    once("QuickAck", Bool),
    once("InitialCongestionWindow", Number(1, 1023)),
    once("InitialAdvertisedReceiveWindow", Number(1, 1023)),
];

const ROUTE_TYPES: &[&str] = &[
    "unicast",
    "local",
    "broadcast",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
    "nat",
    "xresolve",
];

const RULE: &[Key] = &[
    once("TypeOfService", Number(0, 255)),
    once("From", Prefix(Family::Any)),
    once("To", Prefix(Family::Any)),
    once("FirewallMark", FirewallMark),
    once("Table", RouteTable),
    once("Priority", U32),
    once("IncomingInterface", IfName),
    once("OutgoingInterface", IfName),
    once("SourcePort", PortRange),
    once("DestinationPort", PortRange),
    once("IPProtocol", Choice(&["tcp", "udp", "sctp", "icmp", "icmpv6"])),
    once("InvertRule", Bool),
    once("Family", Choice(&["ipv4", "ipv6", "both"])),
    once("SuppressPrefixLength", Number(0, 128)),
    once("Type", Choice(&["blackhole", "unreachable", "prohibit"])),
];

const DHCPV4: &[Key] = &[
    once("ClientIdentifier", Choice(&["mac", "duid"])),
    once("VendorClassIdentifier", SafeText),
    once("DUIDType", DuidType),
    once("DUIDRawData", DuidData),
    once("IAID", U32),
    once("Anonymize", Bool),
    once("RapidCommit", Bool).since(255),
    once("RequestBroadcast", Bool),
    once("RouteMetric", U32),
    once("RouteTable", RouteTable),
    once("ListenPort", Port),
    once("MaxAttempts", MaxAttempts),
    once("SendHostname", Bool),
    once("Hostname", Hostname),
    once("SendRelease", Bool),
    once("SendDecline", Bool),
    once("UseDNS", Bool),
    once("RoutesToDNS", Bool),
    once("UseNTP", Bool),
    once("RoutesToNTP", Bool),
    once("UseSIP", Bool),
    once("UseMTU", Bool),
    once("UseHostname", Bool),
    once("UseDomains", BoolOr(&["route"])),
    once("UseRoutes", Bool),
    once("UseGateway", Bool),
    once("UseTimezone", Bool),
    once("Use6RD", Bool),
];

const DHCPV6: &[Key] = &[
    once("DUIDType", DuidType),
    once("DUIDRawData", DuidData),
    once("IAID", U32),
    once("RapidCommit", Bool),
    once("UseAddress", Bool),
    once("UseDelegatedPrefix", Bool),
    once("UseDNS", Bool),
    once("UseNTP", Bool),
    once("UseHostname", Bool),
    once("UseDomains", BoolOr(&["route"])),
    once("SendRelease", Bool).since(255),
    once("PrefixDelegationHint", Subnet6),
    once("WithoutRA", Choice(&["no", "solicit", "information-request"])),
];

/// The section of old files; networkd still reads it.
const DHCP: &[Key] = &[
    once("UseDNS", Bool),
    once("UseDomains", BoolOr(&["route"])),
    once("IAID", U32),
    once("DUIDType", DuidType),
    once("DUIDRawData", DuidData),
];

const ACCEPT_RA: &[Key] = &[
    once("Token", Ipv6Token),
    once("UseDNS", Bool),
    once("UseDomains", BoolOr(&["route"])),
    once("RouteTable", RouteTable),
    once("UseAutonomousPrefix", Bool),
    once("UseOnLinkPrefix", Bool),
    once("DHCPv6Client", BoolOr(&["always"])),
    once("UseMTU", Bool),
    once("UseGateway", Bool),
    once("UseRoutePrefix", Bool),
];

const DHCP_SERVER: &[Key] = &[
    once("ServerAddress", Interface4),
    once("PoolOffset", U32),
    once("PoolSize", U32),
    once("DefaultLeaseTimeSec", Seconds),
    once("MaxLeaseTimeSec", Seconds),
    once("EmitDNS", Bool),
    words("DNS", Ip(Family::V4)),
    once("EmitNTP", Bool),
    words("NTP", Ip(Family::V4)),
    once("EmitRouter", Bool),
    once("EmitTimezone", Bool),
    once("BindToInterface", Bool),
];

const STATIC_LEASE: &[Key] = &[once("MACAddress", Mac), once("Address", Ip(Family::V4))];

const SEND_RA: &[Key] = &[
    once("Managed", Bool),
    once("OtherInformation", Bool),
    once("RouterLifetimeSec", RouterLifetime),
    once(
        "RouterPreference",
        Choice(&["high", "medium", "normal", "default", "low"]),
    ),
    once("EmitDNS", Bool),
    words("DNS", Ip(Family::V6)),
    once("EmitDomains", Bool),
    words("Domains", PlainDomain),
    once("DNSLifetimeSec", Seconds),
];

const IPV6_PREFIX: &[Key] = &[
    once("AddressAutoconfiguration", Bool),
    once("OnLink", Bool),
    once("Prefix", NETWORK6),
    once("PreferredLifetimeSec", Seconds),
    once("ValidLifetimeSec", Seconds),
    once("Assign", Bool),
    once("RouteMetric", U32),
];

const IPV6_ROUTE_PREFIX: &[Key] = &[once("Route", NETWORK6), once("LifetimeSec", Seconds)];

const NETWORK6: Kind = Prefix(Family::V6);
