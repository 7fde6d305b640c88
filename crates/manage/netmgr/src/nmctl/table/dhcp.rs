//! DHCP: the client, the server; router advertisements.

use super::super::{composite, edit};
use super::{BOOLEAN, Command, DEV, Does, FAMILY, KEEP, Word, net, one_of, other};

const DHCP: Word = one_of(
    &["dhcp"],
    "for which families a DHCP server is asked",
    &["yes", "no", "ipv4", "ipv6"],
);
const DUID_TYPES: &[&str] = &["link-layer-time", "vendor", "link-layer", "uuid"];
const USE_DNS4: Word = net(&["use-dns-ipv4"], "DHCPv4", "UseDNS");
const USE_DNS6: Word = net(&["use-dns-ipv6"], "DHCPv6", "UseDNS");
const USE_DOMAINS4: Word = net(&["use-domains-ipv4"], "DHCPv4", "UseDomains");
const USE_DOMAINS6: Word = net(&["use-domains-ipv6"], "DHCPv6", "UseDomains");
const RELEASE4: Word = net(&["send-release-ipv4"], "DHCPv4", "SendRelease");
const RELEASE6: Word = net(&["send-release-ipv6"], "DHCPv6", "SendRelease");
const ACCEPT_RA: Word = net(&["accept-ra"], "Network", "IPv6AcceptRA");
const CLIENT_ID: Word = one_of(
    &["client-id-ipv4", "dhcp4-client-id"],
    "by what the DHCPv4 server knows the interface",
    &["mac", "duid", "duid-only"],
);
const IAID4: Word = net(&["iaid-ipv4", "dhcpv4-iaid", "dhcp4-iaid"], "DHCPv4", "IAID");
const IAID6: Word = net(&["iaid-ipv6", "dhcpv6-iaid", "dhcp6-iaid"], "DHCPv6", "IAID");
const LLA: Word = net(&["lla"], "Network", "LinkLocalAddressing");
const ADDRESS: Word = other(
    &["address", "a", "addr"],
    "ADDRESS/LENGTH",
    "addresses, with commas",
);
const MANY: Word = other(&["many"], "ADDRESS,...", "addresses, with commas");
const GATEWAY: Word = other(
    &["gw", "gateway", "g", "gw4", "gw6"],
    "ADDRESS",
    "default gateways, with commas",
);
const DNS: Word = other(&["dns"], "SERVER,...", "DNS servers, with commas");

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "set-dhcp",
        alias: "dhcp",
        about: "Configure the DHCP client",
        words: &[
            DEV,
            DHCP,
            USE_DNS4,
            USE_DNS6,
            USE_DOMAINS4,
            USE_DOMAINS6,
            RELEASE4,
            RELEASE6,
        ],
        does: Does::Change(edit::dhcp),
    },
    Command {
        name: "set-dhcp4-cid",
        alias: "dhcp4-cid",
        about: "Set by what the DHCPv4 server knows the interface",
        words: &[
            DEV,
            one_of(&["id"], "the identifier", &["mac", "duid", "duid-only"])
                .bare()
                .needed(),
        ],
        does: Does::Change(edit::client_identifier),
    },
    Command {
        name: "set-dhcp-iaid",
        alias: "dhcp-iaid",
        about: "Set the identity association identifier; 0 leaves it to networkd",
        words: &[
            DEV,
            FAMILY,
            other(&["iaid"], "NUMBER", "a number from 0 to 4294967295")
                .bare()
                .needed(),
        ],
        does: Does::Change(edit::iaid),
    },
    Command {
        name: "set-dhcp-duid",
        alias: "dhcp-duid",
        about: "Set the DHCP unique identifier of an interface, or of the system",
        words: &[
            other(
                &["dev", "device", "link"],
                "DEVICE|system",
                "the interface, or system",
            )
            .bare()
            .needed(),
            FAMILY,
            one_of(
                &["type"],
                "how it is made, also as a number from 1 to 4",
                DUID_TYPES,
            )
            .needed(),
            other(
                &["data"],
                "BYTES",
                "what it is made of, in hexadecimal with colons",
            ),
        ],
        does: Does::Change(edit::duid),
    },
    Command {
        name: "set-dhcp4",
        alias: "dhcp4",
        about: "Set what is taken from the DHCPv4 server",
        words: &[
            DEV,
            net(&["use-dns"], "DHCPv4", "UseDNS"),
            net(&["use-domains"], "DHCPv4", "UseDomains"),
            net(&["use-mtu"], "DHCPv4", "UseMTU"),
            net(&["use-ntp"], "DHCPv4", "UseNTP"),
            net(&["send-release"], "DHCPv4", "SendRelease"),
            net(&["use-hostname"], "DHCPv4", "UseHostname"),
            net(&["use-routes"], "DHCPv4", "UseRoutes"),
            net(&["use-gw"], "DHCPv4", "UseGateway"),
            net(&["use-tz"], "DHCPv4", "UseTimezone"),
        ],
        does: Does::Set,
    },
    Command {
        name: "set-dhcp6",
        alias: "dhcp6",
        about: "Set what is taken from the DHCPv6 server",
        words: &[
            DEV,
            net(&["use-dns"], "DHCPv6", "UseDNS"),
            net(&["use-domains"], "DHCPv6", "UseDomains"),
            net(&["rapid-commit"], "DHCPv6", "RapidCommit"),
            net(&["use-addr"], "DHCPv6", "UseAddress"),
            net(
                &["use-delegated-prefix", "use-delegataed-prefix"],
                "DHCPv6",
                "UseDelegatedPrefix",
            ),
            net(&["without-ra"], "DHCPv6", "WithoutRA"),
            net(&["use-ntp"], "DHCPv6", "UseNTP"),
            net(&["use-hostname"], "DHCPv6", "UseHostname"),
            net(&["send-release"], "DHCPv6", "SendRelease"),
        ],
        does: Does::Set,
    },
    Command {
        name: "add-dhcpv4-server",
        alias: "adhcp4-srv",
        about: "Serve DHCPv4 on an interface",
        words: &[
            DEV,
            net(&["pool-offset"], "DHCPServer", "PoolOffset"),
            net(&["pool-size"], "DHCPServer", "PoolSize"),
            net(&["default-lease-time"], "DHCPServer", "DefaultLeaseTimeSec"),
            net(&["max-lease-time"], "DHCPServer", "MaxLeaseTimeSec"),
            net(&["emit-dns"], "DHCPServer", "EmitDNS"),
            net(&["dns"], "DHCPServer", "DNS"),
            net(&["emit-ntp"], "DHCPServer", "EmitNTP"),
            net(&["ntp"], "DHCPServer", "NTP"),
            net(&["emit-router"], "DHCPServer", "EmitRouter"),
        ],
        does: Does::Change(edit::add_dhcp_server),
    },
    Command {
        name: "remove-dhcpv4-server",
        alias: "rdhcp4-srv",
        about: "Stop serving DHCPv4 on an interface",
        words: &[DEV],
        does: Does::Change(edit::remove_dhcp_server),
    },
    Command {
        name: "add-dhcpv4-static-addr",
        alias: "adhcp4-srv-sa",
        about: "Have the DHCPv4 server give a client always the same address",
        words: &[
            DEV,
            net(&["mac"], "DHCPServerStaticLease", "MACAddress").needed(),
            net(&["addr", "a", "address"], "DHCPServerStaticLease", "Address").needed(),
        ],
        does: Does::Add,
    },
    Command {
        name: "remove-dhcpv4-static-addr",
        alias: "rdhcp4-srv-sa",
        about: "Remove the address that is kept for a client",
        words: &[
            DEV,
            net(&["mac"], "DHCPServerStaticLease", "MACAddress").needed(),
            net(&["addr", "a", "address"], "DHCPServerStaticLease", "Address"),
        ],
        does: Does::Change(edit::remove_lease),
    },
    Command {
        name: "add-ipv6ra",
        alias: "ra6",
        about: "Send IPv6 router advertisements",
        words: &[
            DEV,
            net(&["prefix"], "IPv6Prefix", "Prefix"),
            net(&["pref-lifetime"], "IPv6Prefix", "PreferredLifetimeSec"),
            net(&["valid-lifetime"], "IPv6Prefix", "ValidLifetimeSec"),
            net(&["assign"], "IPv6Prefix", "Assign"),
            net(&["managed"], "IPv6SendRA", "Managed"),
            net(&["other"], "IPv6SendRA", "OtherInformation"),
            net(&["dns"], "IPv6SendRA", "DNS"),
            net(&["emit-dns"], "IPv6SendRA", "EmitDNS"),
            net(&["domain"], "IPv6SendRA", "Domains"),
            net(&["emit-domain"], "IPv6SendRA", "EmitDomains"),
            net(&["router-pref"], "IPv6SendRA", "RouterPreference"),
            net(&["route"], "IPv6RoutePrefix", "Route"),
            net(&["route-lifetime"], "IPv6RoutePrefix", "LifetimeSec"),
        ],
        does: Does::Change(edit::add_router),
    },
    Command {
        name: "remove-ipv6ra",
        alias: "rra6",
        about: "Stop sending IPv6 router advertisements",
        words: &[DEV],
        does: Does::Change(edit::remove_router),
    },
    Command {
        name: "set-dynamic",
        alias: "sdyn",
        about: "Have the addresses come from DHCP and routers; static ones go unless kept",
        words: &[
            DEV,
            DHCP,
            USE_DNS4,
            USE_DNS6,
            RELEASE4,
            RELEASE6,
            USE_DOMAINS4,
            USE_DOMAINS6,
            ACCEPT_RA,
            CLIENT_ID,
            IAID4,
            IAID6,
            LLA,
            KEEP,
        ],
        does: Does::Change(composite::dynamic),
    },
    Command {
        name: "set-static",
        alias: "ss",
        about: "Have the addresses be these; what was there goes unless kept",
        words: &[DEV, ADDRESS, MANY, GATEWAY, DNS, LLA, KEEP],
        does: Does::Change(composite::fixed),
    },
    Command {
        name: "set-network",
        alias: "sn",
        about: "Set dynamic and static addresses together",
        words: &[
            DEV,
            DHCP,
            USE_DNS4,
            USE_DNS6,
            RELEASE4,
            RELEASE6,
            USE_DOMAINS4,
            USE_DOMAINS6,
            ACCEPT_RA,
            CLIENT_ID,
            IAID4,
            IAID6,
            ADDRESS,
            MANY,
            GATEWAY,
            DNS,
            LLA,
            KEEP,
        ],
        does: Does::Change(composite::both),
    },
    Command {
        name: "set-ipv4",
        alias: "sip4",
        about: "Set all of IPv4, and nothing of IPv6",
        words: &[
            DEV,
            one_of(&["dhcp"], "whether a DHCPv4 server is asked", BOOLEAN),
            ADDRESS,
            MANY,
            GATEWAY,
            DNS,
            LLA,
            net(&["use-dns"], "DHCPv4", "UseDNS"),
            net(&["send-release"], "DHCPv4", "SendRelease"),
            KEEP,
        ],
        does: Does::Change(composite::ipv4),
    },
    Command {
        name: "set-ipv6",
        alias: "sip6",
        about: "Set all of IPv6, and nothing of IPv4",
        words: &[
            DEV,
            ACCEPT_RA,
            one_of(&["dhcp"], "whether a DHCPv6 server is asked", BOOLEAN),
            ADDRESS,
            MANY,
            GATEWAY,
            DNS,
            LLA,
            net(&["use-dns"], "DHCPv6", "UseDNS"),
            net(&["send-release"], "DHCPv6", "SendRelease"),
            KEEP,
        ],
        does: Does::Change(composite::ipv6),
    },
];
