//! Virtual interfaces.

use super::super::netdev;
use super::{Command, Does, Netdev, Word, dev, one_of, other};

const NAME: Word = other(&["name"], "NAME", "the name of the new interface")
    .leading()
    .needed();
const BELOW: Word = other(&["dev", "device", "link"], "DEVICE", "the interface below").needed();
const MAYBE_BELOW: Word = other(&["dev", "device", "link"], "DEVICE", "the interface below");
const MEMBERS: Word = other(
    &["dev", "device", "link"],
    "DEVICE,...",
    "its members, with commas",
);
const MAC_MODES: &[&str] = &["private", "vepa", "bridge", "passthru", "source"];
const IP_MODES: &[&str] = &["l2", "l3", "l3s", "L2", "L3", "L3S"];
const MAC_MODE: Word = one_of(&["mode"], "how it is separated from the others", MAC_MODES).needed();
const IP_MODE: Word = one_of(&["mode"], "at which layer it is separated", IP_MODES).needed();
const TUNNEL_WORDS: &[Word] = &[
    NAME,
    MAYBE_BELOW,
    dev(&["local"], "Tunnel", "Local"),
    dev(&["remote"], "Tunnel", "Remote").needed(),
    dev(&["independent"], "Tunnel", "Independent"),
    dev(&["key"], "Tunnel", "Key"),
    dev(&["ttl"], "Tunnel", "TTL"),
];

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "create-vlan",
        alias: "vlan",
        about: "Make a VLAN",
        words: &[
            NAME,
            BELOW,
            dev(&["id"], "VLAN", "Id").needed(),
            dev(&["proto", "protocol"], "VLAN", "Protocol"),
            dev(&["gvrp"], "VLAN", "GVRP"),
            dev(&["mvrp"], "VLAN", "MVRP"),
            dev(&["loose-binding"], "VLAN", "LooseBinding"),
            dev(&["reorder-hdr", "reorder-header"], "VLAN", "ReorderHeader"),
        ],
        does: Does::Create(&Netdev {
            kind: "vlan",
            below: Some("VLAN"),
            members: None,
            independent: None,
        }),
    },
    Command {
        name: "create-bridge",
        alias: "bridge",
        about: "Make a bridge",
        words: &[
            NAME,
            MEMBERS,
            dev(&["stp"], "Bridge", "STP"),
            dev(&["vlan-protocol"], "Bridge", "VLANProtocol"),
            dev(&["vlan-filtering"], "Bridge", "VLANFiltering"),
            dev(&["mcast-snooping"], "Bridge", "MulticastSnooping"),
            dev(&["mcast-querier"], "Bridge", "MulticastQuerier"),
        ],
        does: Does::Create(&Netdev {
            kind: "bridge",
            below: None,
            members: Some("Bridge"),
            independent: None,
        }),
    },
    Command {
        name: "create-bond",
        alias: "bond",
        about: "Make a bond of several interfaces",
        words: &[
            NAME,
            MEMBERS,
            dev(&["mode"], "Bond", "Mode").needed(),
            dev(&["xmit-hash-policy"], "Bond", "TransmitHashPolicy"),
            dev(&["miimon"], "Bond", "MIIMonitorSec"),
        ],
        does: Does::Create(&Netdev {
            kind: "bond",
            below: None,
            members: Some("Bond"),
            independent: None,
        }),
    },
    Command {
        name: "create-vxlan",
        alias: "vxlan",
        about: "Make a VXLAN tunnel",
        words: &[
            NAME,
            MAYBE_BELOW,
            dev(&["vni"], "VXLAN", "VNI").needed(),
            dev(&["local"], "VXLAN", "Local"),
            dev(&["remote"], "VXLAN", "Remote"),
            dev(&["group"], "VXLAN", "Group"),
            dev(&["dport", "port"], "VXLAN", "DestinationPort"),
            dev(&["independent"], "VXLAN", "Independent"),
        ],
        does: Does::Create(&Netdev {
            kind: "vxlan",
            below: Some("VXLAN"),
            members: None,
            independent: Some("VXLAN"),
        }),
    },
    Command {
        name: "create-macvlan",
        alias: "macvlan",
        about: "Make a macvlan: another MAC address on an interface",
        words: &[NAME, BELOW, MAC_MODE],
        does: Does::Create(&Netdev {
            kind: "macvlan",
            below: Some("MACVLAN"),
            members: None,
            independent: None,
        }),
    },
    Command {
        name: "create-macvtap",
        alias: "macvtap",
        about: "Make a macvtap: another MAC address on an interface",
        words: &[NAME, BELOW, MAC_MODE],
        does: Does::Create(&Netdev {
            kind: "macvtap",
            below: Some("MACVTAP"),
            members: None,
            independent: None,
        }),
    },
    Command {
        name: "create-ipvlan",
        alias: "ipvlan",
        about: "Make an ipvlan: other addresses on an interface's MAC address",
        words: &[NAME, BELOW, IP_MODE],
        does: Does::Create(&Netdev {
            kind: "ipvlan",
            below: Some("IPVLAN"),
            members: None,
            independent: None,
        }),
    },
    Command {
        name: "create-ipvtap",
        alias: "ipvtap",
        about: "Make an ipvtap: other addresses on an interface's MAC address",
        words: &[NAME, BELOW, IP_MODE],
        does: Does::Create(&Netdev {
            kind: "ipvtap",
            below: Some("IPVTAP"),
            members: None,
            independent: None,
        }),
    },
    Command {
        name: "create-vrf",
        alias: "vrf",
        about: "Make a VRF: a routing table for its members",
        words: &[NAME, MEMBERS, dev(&["table"], "VRF", "Table").needed()],
        does: Does::Create(&Netdev {
            kind: "vrf",
            below: None,
            members: Some("VRF"),
            independent: None,
        }),
    },
    Command {
        name: "create-veth",
        alias: "veth",
        about: "Make a pair of interfaces that are connected",
        words: &[NAME, dev(&["peer"], "Peer", "Name").needed()],
        does: Does::Create(&Netdev {
            kind: "veth",
            below: None,
            members: None,
            independent: None,
        }),
    },
    Command {
        name: "create-ipip",
        alias: "ipip",
        about: "Make a tunnel of the kind ipip",
        words: TUNNEL_WORDS,
        does: Does::Create(&Netdev {
            kind: "ipip",
            below: Some("Tunnel"),
            members: None,
            independent: Some("Tunnel"),
        }),
    },
    Command {
        name: "create-sit",
        alias: "sit",
        about: "Make a tunnel of the kind sit",
        words: TUNNEL_WORDS,
        does: Does::Create(&Netdev {
            kind: "sit",
            below: Some("Tunnel"),
            members: None,
            independent: Some("Tunnel"),
        }),
    },
    Command {
        name: "create-gre",
        alias: "gre",
        about: "Make a tunnel of the kind gre",
        words: TUNNEL_WORDS,
        does: Does::Create(&Netdev {
            kind: "gre",
            below: Some("Tunnel"),
            members: None,
            independent: Some("Tunnel"),
        }),
    },
    Command {
        name: "create-vti",
        alias: "vti",
        about: "Make a tunnel of the kind vti",
        words: TUNNEL_WORDS,
        does: Does::Create(&Netdev {
            kind: "vti",
            below: Some("Tunnel"),
            members: None,
            independent: Some("Tunnel"),
        }),
    },
    Command {
        name: "create-wg",
        alias: "wg",
        about: "Make a WireGuard tunnel; its private key gets a file that only root and networkd can read",
        words: &[
            NAME,
            other(&["private-key"], "KEY", "the private key"),
            dev(&["private-key-file"], "WireGuard", "PrivateKeyFile"),
            dev(&["listen-port"], "WireGuard", "ListenPort"),
            dev(&["public-key"], "WireGuardPeer", "PublicKey"),
            other(
                &["preshared-key"],
                "KEY",
                "a key that is shared with the other side",
            ),
            dev(&["preshared-key-file"], "WireGuardPeer", "PresharedKeyFile"),
            dev(&["allowed-ips"], "WireGuardPeer", "AllowedIPs"),
            dev(&["endpoint"], "WireGuardPeer", "Endpoint"),
            dev(&["keepalive"], "WireGuardPeer", "PersistentKeepalive"),
        ],
        does: Does::Change(netdev::wireguard),
    },
    Command {
        name: "create-tun",
        alias: "tun",
        about: "Make a tun interface, which a program reads and writes",
        words: &[
            NAME,
            dev(&["user"], "Tun", "User"),
            dev(&["group"], "Tun", "Group"),
            dev(&["mq"], "Tun", "MultiQueue"),
            dev(&["pkt-info"], "Tun", "PacketInfo"),
            dev(&["vnet-hdr"], "Tun", "VNetHeader"),
            dev(&["kc"], "Tun", "KeepCarrier"),
        ],
        does: Does::Create(&Netdev {
            kind: "tun",
            below: None,
            members: None,
            independent: None,
        }),
    },
    Command {
        name: "create-tap",
        alias: "tap",
        about: "Make a tap interface, which a program reads and writes",
        words: &[
            NAME,
            dev(&["user"], "Tap", "User"),
            dev(&["group"], "Tap", "Group"),
            dev(&["mq"], "Tap", "MultiQueue"),
            dev(&["pkt-info"], "Tap", "PacketInfo"),
            dev(&["vnet-hdr"], "Tap", "VNetHeader"),
            dev(&["kc"], "Tap", "KeepCarrier"),
        ],
        does: Does::Create(&Netdev {
            kind: "tap",
            below: None,
            members: None,
            independent: None,
        }),
    },
    Command {
        name: "remove-netdev",
        alias: "rnetdev",
        about: "Remove a virtual interface: its files, and what other files say of it",
        words: &[
            other(&["name", "dev", "device", "link"], "NAME", "the interface")
                .bare()
                .needed(),
            one_of(&["kind"], "its kind, which must be right", KINDS),
        ],
        does: Does::Change(netdev::remove),
    },
];

const KINDS: &[&str] = &[
    "vlan",
    "bridge",
    "bond",
    "vxlan",
    "macvlan",
    "macvtap",
    "ipvlan",
    "ipvtap",
    "vrf",
    "veth",
    "ipip",
    "sit",
    "vti",
    "gre",
    "wg",
    "wireguard",
    "tun",
    "tap",
];
