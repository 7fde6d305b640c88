//! The keys that are settings under other names.

/// How a value becomes one of networkd's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// As it is.
    Plain,
    /// yes or no.
    Truth,
    /// yes or no, or a word as it is.
    TruthOr,
    /// A list becomes words.
    Words,
    /// A list becomes lines.
    Lines,
    /// A number is milliseconds.
    Milliseconds,
}

/// A key and the setting that it is.
pub(super) type Row = (&'static str, Turn, &'static str, &'static str);

use Turn::{Lines, Milliseconds, Plain, Truth, TruthOr, Words};

/// What every interface understands: settings of its `.network` file.
pub(super) const COMMON: &[Row] = &[
    ("unmanaged", Truth, "Link", "Unmanaged"),
    ("arp", Truth, "Link", "ARP"),
    ("multicast", Truth, "Link", "Multicast"),
    ("allmulticast", Truth, "Link", "AllMulticast"),
    ("promiscuous", Truth, "Link", "Promiscuous"),
    ("required-for-online", TruthOr, "Link", "RequiredForOnline"),
    (
        "required-family-for-online",
        Plain,
        "Link",
        "RequiredFamilyForOnline",
    ),
    ("ignore-carrier", Truth, "Network", "ConfigureWithoutCarrier"),
    ("keep-configuration", TruthOr, "Network", "KeepConfiguration"),
    ("critical", Truth, "Network", "KeepConfiguration"),
    ("dhcp-identifier", Plain, "DHCPv4", "ClientIdentifier"),
    ("lldp", TruthOr, "Network", "LLDP"),
    ("emit-lldp", TruthOr, "Network", "EmitLLDP"),
    ("llmnr", TruthOr, "Network", "LLMNR"),
    ("multicast-dns", TruthOr, "Network", "MulticastDNS"),
    ("accept-ra", Truth, "Network", "IPv6AcceptRA"),
    (
        "ipv6-address-generation",
        Plain,
        "Network",
        "IPv6LinkLocalAddressGenerationMode",
    ),
    ("ipv6-address-token", Plain, "IPv6AcceptRA", "Token"),
    ("ipv6-privacy", TruthOr, "Network", "IPv6PrivacyExtensions"),
    ("ipv6-mtu", Plain, "Network", "IPv6MTUBytes"),
    ("ip-forward", TruthOr, "Network", "IPForward"),
    ("ip-masquerade", Plain, "Network", "IPMasquerade"),
    ("ntp", Words, "Network", "NTP"),
    ("gateway4", Lines, "Network", "Gateway"),
    ("gateway6", Lines, "Network", "Gateway"),
    ("enable-dhcp4-server", Truth, "Network", "DHCPServer"),
];

pub(super) const NAMESERVERS: &[Row] = &[
    ("search", Words, "Network", "Domains"),
    ("addresses", Words, "Network", "DNS"),
];

pub(super) const DHCP4: &[Row] = &[
    ("use-dns", Truth, "DHCPv4", "UseDNS"),
    ("use-domain", TruthOr, "DHCPv4", "UseDomains"),
    ("use-domains", TruthOr, "DHCPv4", "UseDomains"),
    ("use-ntp", Truth, "DHCPv4", "UseNTP"),
    ("use-mtu", Truth, "DHCPv4", "UseMTU"),
    ("use-routes", Truth, "DHCPv4", "UseRoutes"),
    ("use-gateway", Truth, "DHCPv4", "UseGateway"),
    ("use-hostname", Truth, "DHCPv4", "UseHostname"),
    ("send-hostname", Truth, "DHCPv4", "SendHostname"),
    ("send-release", Truth, "DHCPv4", "SendRelease"),
    ("hostname", Plain, "DHCPv4", "Hostname"),
    ("route-metric", Plain, "DHCPv4", "RouteMetric"),
    ("iaid", Plain, "DHCPv4", "IAID"),
];

pub(super) const DHCP6: &[Row] = &[
    ("use-dns", Truth, "DHCPv6", "UseDNS"),
    ("use-domain", TruthOr, "DHCPv6", "UseDomains"),
    ("use-domains", TruthOr, "DHCPv6", "UseDomains"),
    ("use-ntp", Truth, "DHCPv6", "UseNTP"),
    ("use-address", Truth, "DHCPv6", "UseAddress"),
    ("use-delegated-prefix", Truth, "DHCPv6", "UseDelegatedPrefix"),
    ("use-hostname", Truth, "DHCPv6", "UseHostname"),
    ("rapid-commit", Truth, "DHCPv6", "RapidCommit"),
    ("send-release", Truth, "DHCPv6", "SendRelease"),
    ("without-ra", Plain, "DHCPv6", "WithoutRA"),
    ("iaid", Plain, "DHCPv6", "IAID"),
];

pub(super) const RA: &[Row] = &[
    ("token", Plain, "IPv6AcceptRA", "Token"),
    ("use-dns", Truth, "IPv6AcceptRA", "UseDNS"),
    ("use-domain", TruthOr, "IPv6AcceptRA", "UseDomains"),
    ("use-domains", TruthOr, "IPv6AcceptRA", "UseDomains"),
    ("use-mtu", Truth, "IPv6AcceptRA", "UseMTU"),
    ("use-gateway", Truth, "IPv6AcceptRA", "UseGateway"),
    ("use-route-prefix", Truth, "IPv6AcceptRA", "UseRoutePrefix"),
    (
        "use-autonomous-prefix",
        Truth,
        "IPv6AcceptRA",
        "UseAutonomousPrefix",
    ),
    ("use-on-link-prefix", Truth, "IPv6AcceptRA", "UseOnLinkPrefix"),
    ("table", Plain, "IPv6AcceptRA", "RouteTable"),
];

pub(super) const SERVER: &[Row] = &[
    ("pool-offset", Plain, "DHCPServer", "PoolOffset"),
    ("pool-size", Plain, "DHCPServer", "PoolSize"),
    ("default-lease-time", Plain, "DHCPServer", "DefaultLeaseTimeSec"),
    ("max-lease-time", Plain, "DHCPServer", "MaxLeaseTimeSec"),
    ("emit-dns", Truth, "DHCPServer", "EmitDNS"),
    ("dns", Words, "DHCPServer", "DNS"),
    ("emit-ntp", Truth, "DHCPServer", "EmitNTP"),
    ("ntp", Words, "DHCPServer", "NTP"),
    ("emit-router", Truth, "DHCPServer", "EmitRouter"),
];

pub(super) const LEASE: &[Row] = &[
    ("macaddress", Plain, "DHCPServerStaticLease", "MACAddress"),
    ("address", Plain, "DHCPServerStaticLease", "Address"),
];

pub(super) const ROUTE: &[Row] = &[
    ("to", Plain, "Route", "Destination"),
    ("via", Plain, "Route", "Gateway"),
    ("from", Plain, "Route", "PreferredSource"),
    ("on-link", Truth, "Route", "GatewayOnLink"),
    ("metric", Plain, "Route", "Metric"),
    ("type", Plain, "Route", "Type"),
    ("scope", Plain, "Route", "Scope"),
    ("table", Plain, "Route", "Table"),
    ("mtu", Plain, "Route", "MTUBytes"),
    ("congestion-window", Plain, "Route", "InitialCongestionWindow"),
    (
        "advertised-receive-window",
        Plain,
        "Route",
        "InitialAdvertisedReceiveWindow",
    ),
];

pub(super) const RULE: &[Row] = &[
    ("from", Plain, "RoutingPolicyRule", "From"),
    ("to", Plain, "RoutingPolicyRule", "To"),
    ("table", Plain, "RoutingPolicyRule", "Table"),
    ("priority", Plain, "RoutingPolicyRule", "Priority"),
    ("mark", Plain, "RoutingPolicyRule", "FirewallMark"),
    ("type-of-service", Plain, "RoutingPolicyRule", "TypeOfService"),
];

pub(super) const SR_IOV: &[Row] = &[
    ("virtual-function", Plain, "SR-IOV", "VirtualFunction"),
    ("vlan-id", Plain, "SR-IOV", "VLANId"),
    ("quality-of-service", Plain, "SR-IOV", "QualityOfService"),
    ("vlan-protocol", Plain, "SR-IOV", "VLANProtocol"),
    ("mac-spoof-check", Truth, "SR-IOV", "MACSpoofCheck"),
    (
        "query-receive-side-scaling",
        Truth,
        "SR-IOV",
        "QueryReceiveSideScaling",
    ),
    ("trust", Truth, "SR-IOV", "Trust"),
    ("link-state", TruthOr, "SR-IOV", "LinkState"),
    ("macaddress", Plain, "SR-IOV", "MACAddress"),
];

/// Settings of `.netdev` files.
pub(super) const VLAN: &[Row] = &[
    ("id", Plain, "VLAN", "Id"),
    ("protocol", Plain, "VLAN", "Protocol"),
    ("gvrp", Truth, "VLAN", "GVRP"),
    ("mvrp", Truth, "VLAN", "MVRP"),
    ("loose-binding", Truth, "VLAN", "LooseBinding"),
    ("reorder-header", Truth, "VLAN", "ReorderHeader"),
];

pub(super) const MACVLAN: &[Row] = &[("mode", Plain, "MACVLAN", "Mode")];

pub(super) const VRF: &[Row] = &[("table", Plain, "VRF", "Table")];

pub(super) const BOND: &[Row] = &[
    ("mode", Plain, "Bond", "Mode"),
    ("lacp-rate", Plain, "Bond", "LACPTransmitRate"),
    ("mii-monitor-interval", Milliseconds, "Bond", "MIIMonitorSec"),
    ("min-links", Plain, "Bond", "MinLinks"),
    ("transmit-hash-policy", Plain, "Bond", "TransmitHashPolicy"),
    ("ad-select", Plain, "Bond", "AdSelect"),
    ("all-slaves-active", Truth, "Bond", "AllSlavesActive"),
    ("all-members-active", Truth, "Bond", "AllSlavesActive"),
    ("arp-interval", Milliseconds, "Bond", "ARPIntervalSec"),
    ("arp-ip-targets", Words, "Bond", "ARPIPTargets"),
    ("arp-validate", Plain, "Bond", "ARPValidate"),
    ("arp-all-targets", Plain, "Bond", "ARPAllTargets"),
    ("up-delay", Milliseconds, "Bond", "UpDelaySec"),
    ("down-delay", Milliseconds, "Bond", "DownDelaySec"),
    ("fail-over-mac-policy", Plain, "Bond", "FailOverMACPolicy"),
    ("gratuitous-arp", Plain, "Bond", "GratuitousARP"),
    ("packets-per-slave", Plain, "Bond", "PacketsPerSlave"),
    ("packets-per-member", Plain, "Bond", "PacketsPerSlave"),
    ("primary-reselect-policy", Plain, "Bond", "PrimaryReselectPolicy"),
    ("resend-igmp", Plain, "Bond", "ResendIGMP"),
    ("learn-packet-interval", Plain, "Bond", "LearnPacketIntervalSec"),
];

pub(super) const BRIDGE: &[Row] = &[
    ("ageing-time", Plain, "Bridge", "AgeingTimeSec"),
    ("aging-time", Plain, "Bridge", "AgeingTimeSec"),
    ("priority", Plain, "Bridge", "Priority"),
    ("forward-delay", Plain, "Bridge", "ForwardDelaySec"),
    ("hello-time", Plain, "Bridge", "HelloTimeSec"),
    ("max-age", Plain, "Bridge", "MaxAgeSec"),
    ("stp", Truth, "Bridge", "STP"),
];

pub(super) const TUNNEL: &[Row] = &[
    ("local", Plain, "Tunnel", "Local"),
    ("remote", Plain, "Tunnel", "Remote"),
    ("ttl", Plain, "Tunnel", "TTL"),
];

pub(super) const VXLAN: &[Row] = &[
    ("id", Plain, "VXLAN", "VNI"),
    ("vni", Plain, "VXLAN", "VNI"),
    ("local", Plain, "VXLAN", "Local"),
    ("remote", Plain, "VXLAN", "Remote"),
    ("group", Plain, "VXLAN", "Group"),
    ("port", Plain, "VXLAN", "DestinationPort"),
    ("ttl", Plain, "VXLAN", "TTL"),
    ("mac-learning", Truth, "VXLAN", "MacLearning"),
    ("ageing", Plain, "VXLAN", "FDBAgeingSec"),
    ("aging", Plain, "VXLAN", "FDBAgeingSec"),
    ("limit", Plain, "VXLAN", "MaximumFDBEntries"),
    ("arp-proxy", Truth, "VXLAN", "ReduceARPProxy"),
    ("short-circuit", Truth, "VXLAN", "RouteShortCircuit"),
];

pub(super) const WIREGUARD: &[Row] = &[
    ("port", Plain, "WireGuard", "ListenPort"),
    ("listen-port", Plain, "WireGuard", "ListenPort"),
    ("mark", Plain, "WireGuard", "FirewallMark"),
];
