//! systemd.netdev(5).

use super::{Key, Section, lines, many, once, one, words};
use crate::value::Family;
use crate::value::Kind::*;

pub(super) const SECTIONS: &[Section] = &[
    one("NetDev", NETDEV),
    one("Bridge", BRIDGE),
    one("VLAN", VLAN),
    one("MACVLAN", MACVLAN),
    one("MACVTAP", MACVLAN),
    one("IPVLAN", IPVLAN),
    one("IPVTAP", IPVLAN),
    one("VXLAN", VXLAN),
    one("Tunnel", TUNNEL),
    one("Peer", PEER),
    one("Tun", TUN),
    one("Tap", TUN),
    one("WireGuard", WIREGUARD),
    many("WireGuardPeer", WIREGUARD_PEER),
    one("Bond", BOND),
    one("VRF", VRF),
];

const NETDEV: &[Key] = &[
    once("Description", Text),
    once("Name", IfName),
    once("Kind", Choice(KINDS)),
    once("MTUBytes", Mtu(68)),
    once("MACAddress", MacOrNone),
];

const KINDS: &[&str] = &[
    "bond",
    "bridge",
    "dummy",
    "gre",
    "gretap",
    "ip6gre",
    "ip6gretap",
    "ip6tnl",
    "ipip",
    "ipvlan",
    "ipvtap",
    "macvlan",
    "macvtap",
    "sit",
    "tap",
    "tun",
    "veth",
    "vlan",
    "vrf",
    "vti",
    "vti6",
    "vxlan",
    "wireguard",
];

const BRIDGE: &[Key] = &[
    once("HelloTimeSec", Seconds),
    once("MaxAgeSec", Seconds),
    once("ForwardDelaySec", Seconds),
    once("AgeingTimeSec", Seconds),
    once("Priority", Number(0, 65535)),
    once("GroupForwardMask", Number(0, 65535)),
    once("DefaultPVID", Pvid),
    once("MulticastQuerier", Bool),
    once("MulticastSnooping", Bool),
    once("VLANFiltering", Bool),
    once("VLANProtocol", Choice(&["802.1q", "802.1ad"])),
    once("STP", Bool),
    once("MulticastIGMPVersion", Number(2, 3)),
];

const VLAN: &[Key] = &[
    once("Id", Number(0, 4094)),
    once("Protocol", Choice(&["802.1q", "802.1ad"])),
    once("GVRP", Bool),
    once("MVRP", Bool),
    once("LooseBinding", Bool),
    once("ReorderHeader", Bool),
];

const MACVLAN: &[Key] = &[
    once(
        "Mode",
        Choice(&["private", "vepa", "bridge", "passthru", "source"]),
    ),
    words("SourceMACAddress", Mac),
];

const IPVLAN: &[Key] = &[
    once("Mode", Choice(&["L2", "L3", "L3S"])),
    once("Flags", Choice(&["bridge", "private", "vepa"])),
];

const VXLAN: &[Key] = &[
    once("VNI", Number(1, 16777215)),
    once("Remote", Unicast),
    once("Local", Unicast),
    once("Group", Multicast),
    once("TOS", Number(0, 4294967295)),
    once("TTL", NumberOr(0, 255, "inherit")),
    once("MacLearning", Bool),
    once("FDBAgeingSec", Seconds),
    once("MaximumFDBEntries", U32),
    once("ReduceARPProxy", Bool),
    once("L2MissNotification", Bool),
    once("L3MissNotification", Bool),
    once("RouteShortCircuit", Bool),
    once("UDPChecksum", Bool),
    once("UDP6ZeroChecksumTx", Bool),
    once("UDP6ZeroChecksumRx", Bool),
    once("RemoteChecksumTx", Bool),
    once("RemoteChecksumRx", Bool),
    once("GroupPolicyExtension", Bool),
    once("GenericProtocolExtension", Bool),
    once("DestinationPort", Port),
    once("PortRange", PortSpan),
    once("FlowLabel", Number(0, 1048575)),
    once("IPDoNotFragment", BoolOr(&["inherit"])),
    once("Independent", Bool),
];

const TUNNEL: &[Key] = &[
    once("Local", TunnelAddress),
    once("Remote", TunnelAddress),
    once("TOS", Number(0, 255)),
    once("TTL", Number(0, 255)),
    once("DiscoverPathMTU", Bool),
    once("IPv6FlowLabel", NumberOr(0, 1048575, "inherit")),
    once("CopyDSCP", Bool),
    once("EncapsulationLimit", NumberOr(0, 255, "none")),
    once("Key", TunnelKey),
    once("InputKey", TunnelKey),
    once("OutputKey", TunnelKey),
    once("Mode", Choice(&["ip6ip6", "ipip6", "any"])),
    once("Independent", Bool),
    once("AssignToLoopback", Bool),
    once("AllowLocalRemote", Bool),
    once("ISATAP", Bool),
    once("SerializeTunneledPackets", Bool),
    once("ERSPANIndex", Number(0, 1048575)),
];

const PEER: &[Key] = &[once("Name", IfName), once("MACAddress", Mac)];

const TUN: &[Key] = &[
    once("MultiQueue", Bool),
    once("PacketInfo", Bool),
    once("VNetHeader", Bool),
    once("User", SafeText),
    once("Group", SafeText),
    once("KeepCarrier", Bool),
];

const WIREGUARD: &[Key] = &[
    once("PrivateKey", WireGuardKey),
    once("PrivateKeyFile", AbsolutePath),
    once("ListenPort", PortOrAuto),
    once("FirewallMark", U32),
    once("RouteTable", RouteTable),
    once("RouteMetric", U32),
];

const WIREGUARD_PEER: &[Key] = &[
    once("PublicKey", WireGuardKey),
    once("PresharedKey", WireGuardKey),
    once("PresharedKeyFile", AbsolutePath),
    lines("AllowedIPs", AllowedIps),
    once("Endpoint", Endpoint),
    once("PersistentKeepalive", NumberOr(0, 65535, "off")),
    once("RouteTable", RouteTable),
    once("RouteMetric", U32),
];

const BOND: &[Key] = &[
    once("Mode", Choice(BOND_MODES)),
    once("TransmitHashPolicy", Choice(HASH_POLICIES)),
    once("LACPTransmitRate", Choice(&["slow", "fast"])),
    once("MIIMonitorSec", Seconds),
    once("UpDelaySec", Seconds),
    once("DownDelaySec", Seconds),
    once("LearnPacketIntervalSec", Seconds),
    once("AdSelect", Choice(&["stable", "bandwidth", "count"])),
    once("AdActorSystemPriority", Number(1, 65535)),
    once("AdUserPortKey", Number(0, 1023)),
    once("FailOverMACPolicy", Choice(&["none", "active", "follow"])),
    once("ARPValidate", Choice(&["none", "active", "backup", "all"])),
    once("ARPIntervalSec", Seconds),
    words("ARPIPTargets", Ip(Family::V4)),
    once("ARPAllTargets", Choice(&["any", "all"])),
    once("PrimaryReselectPolicy", Choice(&["always", "better", "failure"])),
    once("ResendIGMP", Number(0, 255)),
    once("PacketsPerSlave", Number(0, 65535)),
    once("GratuitousARP", Number(0, 255)),
    once("AllSlavesActive", Bool),
    once("DynamicTransmitLoadBalancing", Bool),
    once("MinLinks", Number(0, 4294967295)),
];

const BOND_MODES: &[&str] = &[
    "balance-rr",
    "active-backup",
    "balance-xor",
    "broadcast",
    "802.3ad",
    "balance-tlb",
    "balance-alb",
];

const HASH_POLICIES: &[&str] = &["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4"];

const VRF: &[Key] = &[once("Table", Number(1, 4294967295))];
