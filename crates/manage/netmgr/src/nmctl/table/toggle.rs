//! Switches in the `[Network]` section.

use super::super::edit;
use super::{BOOLEAN, Command, DEV, Does, net, one_of, other};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "set-lla",
        alias: "lla",
        about: "Set for which families link-local addresses are made",
        words: &[
            DEV,
            net(&["lla"], "Network", "LinkLocalAddressing").bare().needed(),
        ],
        does: Does::Set,
    },
    Command {
        name: "set-ipv4ll-route",
        alias: "ipv4ll-route",
        about: "Set the route to hosts that have link-local IPv4 addresses only",
        words: &[DEV, net(&["route"], "Network", "IPv4LLRoute").bare().needed()],
        does: Does::Set,
    },
    Command {
        name: "set-llmnr",
        alias: "llmnr",
        about: "Set link-local multicast name resolution",
        words: &[DEV, net(&["llmnr"], "Network", "LLMNR").bare().needed()],
        does: Does::Set,
    },
    Command {
        name: "set-mcast-dns",
        alias: "mcast-dns",
        about: "Set multicast DNS",
        words: &[DEV, net(&["mdns"], "Network", "MulticastDNS").bare().needed()],
        does: Does::Set,
    },
    Command {
        name: "set-ipforward",
        alias: "ipfwd",
        about: "Set forwarding of packets",
        words: &[DEV, net(&["forward"], "Network", "IPForward").bare().needed()],
        does: Does::Change(edit::forwarding),
    },
    Command {
        name: "set-ipv6acceptra",
        alias: "ipv6ara",
        about: "Set whether router advertisements are heeded",
        words: &[
            DEV,
            net(&["accept-ra"], "Network", "IPv6AcceptRA").bare().needed(),
        ],
        does: Does::Set,
    },
    Command {
        name: "set-ipv6mtu",
        alias: "mtu6",
        about: "Set the MTU of IPv6",
        words: &[DEV, net(&["mtu"], "Network", "IPv6MTUBytes").bare().needed()],
        does: Does::Set,
    },
    Command {
        name: "set-ipv4proxyarp",
        alias: "pxyarp4",
        about: "Set whether ARP is answered for others",
        words: &[DEV, net(&["proxy"], "Network", "IPv4ProxyARP").bare().needed()],
        does: Does::Set,
    },
    Command {
        name: "set-ipv6proxyndp",
        alias: "pxyndp6",
        about: "Set whether neighbour discovery is answered for others",
        words: &[DEV, net(&["proxy"], "Network", "IPv6ProxyNDP").bare().needed()],
        does: Does::Set,
    },
    Command {
        name: "set-conf-wc",
        alias: "cwc",
        about: "Set whether the interface is configured without a carrier",
        words: &[
            DEV,
            net(&["value"], "Network", "ConfigureWithoutCarrier")
                .bare()
                .needed(),
        ],
        does: Does::Set,
    },
    Command {
        name: "set-ipv6-ll-addr-gen-mode",
        alias: "ipv6llagm",
        about: "Set how the IPv6 link-local address is made",
        words: &[
            DEV,
            net(&["mode"], "Network", "IPv6LinkLocalAddressGenerationMode")
                .bare()
                .needed(),
        ],
        does: Does::Set,
    },
    Command {
        name: "set-lldp",
        alias: "lldp",
        about: "Set whether LLDP packets are received and sent",
        words: &[
            DEV,
            net(&["receive"], "Network", "LLDP"),
            net(&["emit"], "Network", "EmitLLDP"),
        ],
        does: Does::Set,
    },
    Command {
        name: "set-ipmasquerade",
        alias: "ipmasq",
        about: "Set for which families packets are sent under this host's address",
        words: &[
            DEV,
            one_of(
                &["family", "f"],
                "the families; yes is ipv4",
                &["ipv4", "ipv6", "both", "no", "yes"],
            )
            .bare()
            .needed(),
        ],
        does: Does::Change(edit::masquerade),
    },
    Command {
        name: "set-ipv6dad",
        alias: "ipv6dad",
        about: "Set how often it is asked whether an IPv6 address is taken",
        words: &[
            DEV,
            other(&["probes"], "NUMBER", "a number; yes is 1, no is 0")
                .bare()
                .needed(),
        ],
        does: Does::Change(edit::probes),
    },
    Command {
        name: "enable-ipv6",
        alias: "ipv6",
        about: "Turn IPv6 on or off",
        words: &[
            DEV,
            one_of(&["enable"], "whether it is on", BOOLEAN).bare().needed(),
        ],
        does: Does::Change(edit::enable_ipv6),
    },
];
