//! What a link is: `[Link]` of its .network file, and its state.

use super::super::{act, edit};
use super::{BOOLEAN, Command, DEV, Does, Word, net, one_of, other};

const STATE: Word = one_of(&["state"], "the state", &["up", "down"]).bare().needed();

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "set-mtu",
        alias: "mtu",
        about: "Set the MTU",
        words: &[DEV, net(&["mtu"], "Link", "MTUBytes").bare().needed()],
        does: Does::Change(edit::link),
    },
    Command {
        name: "set-mac",
        alias: "mac",
        about: "Set the MAC address",
        words: &[DEV, net(&["mac"], "Link", "MACAddress").bare().needed()],
        does: Does::Change(edit::link),
    },
    Command {
        name: "set-manage",
        alias: "manage",
        about: "Have networkd configure the interface, or leave it alone",
        words: &[
            DEV,
            one_of(&["manage"], "whether networkd manages it", BOOLEAN)
                .bare()
                .needed(),
        ],
        does: Does::Change(edit::link),
    },
    Command {
        name: "set-link-option",
        alias: "lopt",
        about: "Set ARP, multicast, all multicast and promiscuous mode",
        words: &[
            DEV,
            net(&["arp"], "Link", "ARP"),
            net(&["mc", "multicast"], "Link", "Multicast"),
            net(&["amc", "all-multicast"], "Link", "AllMulticast"),
            net(&["pcs", "promiscuous"], "Link", "Promiscuous"),
        ],
        does: Does::Set,
    },
    Command {
        name: "set-link-group",
        alias: "lgrp",
        about: "Set the group",
        words: &[DEV, net(&["group"], "Link", "Group").bare().needed()],
        does: Does::Set,
    },
    Command {
        name: "set-link-rfo",
        alias: "lrfo",
        about: "Set which family must have an address for the interface to count as online",
        words: &[
            DEV,
            one_of(
                &["f", "family"],
                "which family; yes is both, no is either",
                &["ipv4", "ipv6", "both", "any", "yes", "no"],
            )
            .bare()
            .needed(),
        ],
        does: Does::Change(edit::required_family),
    },
    Command {
        name: "set-link-ap",
        alias: "lap",
        about: "Set the activation policy: who brings the interface up",
        words: &[
            DEV,
            net(&["ap", "act-policy"], "Link", "ActivationPolicy")
                .bare()
                .needed(),
        ],
        does: Does::Set,
    },
    Command {
        name: "set-link-state",
        alias: "ls",
        about: "Bring an interface up or down, now",
        words: &[DEV, STATE],
        does: Does::Act(act::link_state),
    },
    Command {
        name: "reload",
        alias: "re",
        about: "Have networkd read its files again",
        words: &[],
        does: Does::Act(act::reload),
    },
    Command {
        name: "reconfigure",
        alias: "rc",
        about: "Have networkd configure an interface anew",
        words: &[DEV],
        does: Does::Act(act::reconfigure),
    },
    Command {
        name: "set-hostname",
        alias: "hostname",
        about: "Set the name of this host",
        words: &[other(&["name"], "NAME", "the name").bare().needed()],
        does: Does::Change(edit::hostname),
    },
];
