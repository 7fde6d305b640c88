//! Addresses, gateways, routes and rules.

use super::super::edit;
use super::{BOOLEAN, Command, DEV, Does, FAMILY, KEEP, Word, net, one_of, other};

const ADDRESS: Word = other(&["address", "a", "addr"], "ADDRESS/LENGTH", "the address");
const MANY: Word = other(&["many"], "ADDRESS,...", "addresses, with commas");
const GATEWAY: Word = other(&["gw", "gateway", "g"], "ADDRESS", "the gateway").needed();
const ON_LINK: Word = one_of(
    &["onlink"],
    "whether the gateway is reached without a route to it",
    BOOLEAN,
);
const TABLE: Word = net(&["table"], "RoutingPolicyRule", "Table");

const ADDRESS_WORDS: &[Word] = &[
    DEV,
    ADDRESS,
    MANY,
    net(&["peer"], "Address", "Peer"),
    net(&["label"], "Address", "Label"),
    net(&["pl", "pref-lifetime"], "Address", "PreferredLifetime"),
    net(&["scope"], "Address", "Scope"),
    net(&["dad"], "Address", "DuplicateAddressDetection"),
    net(&["pr", "prefix-route"], "Address", "AddPrefixRoute"),
];
const REMOVE_ADDRESS: &[Word] = &[DEV, ADDRESS, MANY, FAMILY];
const SET_GATEWAY: &[Word] = &[DEV, GATEWAY, ON_LINK, KEEP];

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "add-addr",
        alias: "aa",
        about: "Add addresses",
        words: ADDRESS_WORDS,
        does: Does::Change(edit::add_address),
    },
    Command {
        name: "remove-addr",
        alias: "raddr",
        about: "Remove addresses, or all of a family",
        words: REMOVE_ADDRESS,
        does: Does::Change(edit::remove_address),
    },
    Command {
        name: "replace-addr",
        alias: "repa",
        about: "Put addresses in the place of those of a family",
        words: REMOVE_ADDRESS,
        does: Does::Change(edit::replace_address),
    },
    Command {
        name: "set-gw",
        alias: "sgw",
        about: "Set the default gateway of a family",
        words: SET_GATEWAY,
        does: Does::Change(edit::gateway),
    },
    Command {
        name: "set-gw-family",
        alias: "sgwf",
        about: "Set the default gateways of both families",
        words: &[
            DEV,
            other(&["gw4"], "ADDRESS", "the IPv4 gateway"),
            other(&["gw6"], "ADDRESS", "the IPv6 gateway"),
        ],
        does: Does::Change(edit::gateways),
    },
    Command {
        name: "remove-gw",
        alias: "rgw",
        about: "Remove default gateways",
        words: &[DEV, FAMILY],
        does: Does::Change(edit::remove_gateway),
    },
    Command {
        name: "add-route",
        alias: "ar",
        about: "Add a route",
        words: &[
            DEV,
            net(&["gw", "gateway", "g"], "Route", "Gateway"),
            net(&["dest", "destination"], "Route", "Destination"),
            net(&["src", "source"], "Route", "Source"),
            net(&["pref-src"], "Route", "PreferredSource"),
            net(&["metric"], "Route", "Metric"),
            net(&["scope"], "Route", "Scope"),
            net(&["mtu"], "Route", "MTUBytes"),
            net(&["table"], "Route", "Table"),
            net(&["proto", "protocol"], "Route", "Protocol"),
            net(&["type"], "Route", "Type"),
            net(&["ipv6-pref"], "Route", "IPv6Preference"),
            net(&["onlink"], "Route", "GatewayOnLink"),
        ],
        does: Does::Change(edit::add_route),
    },
    Command {
        name: "remove-route",
        alias: "rr",
        about: "Remove the routes of a family",
        words: &[DEV, FAMILY],
        does: Does::Change(edit::remove_route),
    },
    Command {
        name: "set-rule",
        alias: "srule",
        about: "Add an address that has a gateway of its own: a table, and rules that lead to it",
        words: &[
            DEV,
            other(&["address", "a", "addr"], "ADDRESS/LENGTH", "the address").needed(),
            other(
                &["dest", "destination"],
                "NETWORK",
                "where the gateway leads; everywhere, if it is not said",
            ),
            GATEWAY,
            net(&["table"], "RoutingPolicyRule", "Table").needed(),
        ],
        does: Does::Change(edit::source_routing),
    },
    Command {
        name: "add-rule",
        alias: "rule",
        about: "Add a routing policy rule",
        words: &[
            DEV,
            TABLE,
            net(&["from"], "RoutingPolicyRule", "From"),
            net(&["to"], "RoutingPolicyRule", "To"),
            net(&["oif"], "RoutingPolicyRule", "OutgoingInterface"),
            net(&["iif"], "RoutingPolicyRule", "IncomingInterface"),
            net(&["priority"], "RoutingPolicyRule", "Priority"),
            net(&["tos"], "RoutingPolicyRule", "TypeOfService"),
            net(&["invert"], "RoutingPolicyRule", "InvertRule"),
            net(&["sport"], "RoutingPolicyRule", "SourcePort"),
            net(&["dport"], "RoutingPolicyRule", "DestinationPort"),
            net(&["proto", "protocol"], "RoutingPolicyRule", "IPProtocol"),
        ],
        does: Does::Add,
    },
    Command {
        name: "remove-rule",
        alias: "rrule",
        about: "Remove routing policy rules: all, or those that have what is given",
        words: &[
            DEV,
            TABLE,
            net(&["from"], "RoutingPolicyRule", "From"),
            net(&["to"], "RoutingPolicyRule", "To"),
            net(&["priority"], "RoutingPolicyRule", "Priority"),
        ],
        does: Does::Change(edit::remove_rule),
    },
    Command {
        name: "del-addr",
        alias: "da",
        about: "The old name of remove-addr",
        words: REMOVE_ADDRESS,
        does: Does::Change(edit::remove_address),
    },
    Command {
        name: "add-default-gw",
        alias: "gw",
        about: "The old name of set-gw",
        words: SET_GATEWAY,
        does: Does::Change(edit::gateway),
    },
    Command {
        name: "delete-gw",
        alias: "dgw",
        about: "The old name of remove-gw",
        words: &[DEV, FAMILY],
        does: Does::Change(edit::remove_gateway),
    },
    Command {
        name: "delete-route",
        alias: "dr",
        about: "The old name of remove-route",
        words: &[DEV, FAMILY],
        does: Does::Change(edit::remove_route),
    },
];
