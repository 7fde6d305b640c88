//! DNS servers, search domains, NTP servers.

use super::super::edit;
use super::{BOOLEAN, Command, DEV, Does, KEEP, Word, net, one_of, other};

const WHERE: Word = other(
    &["dev", "device", "link"],
    "DEVICE|global|system",
    "the interface; global or system is resolved.conf",
)
.bare();
const SERVERS: Word = other(&["dns", "server"], "SERVER,...", "the servers, with commas");
const DOMAINS: Word = other(&["domains", "domain"], "DOMAIN,...", "the domains, with commas");
const NTP: Word = other(&["ntp"], "SERVER,...", "the servers, with commas").needed();
const DNS_WORDS: &[Word] = &[
    WHERE,
    SERVERS,
    net(&["use-dns-ipv4"], "DHCPv4", "UseDNS"),
    net(&["use-dns-ipv6"], "DHCPv6", "UseDNS"),
    KEEP,
];

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "set-dns",
        alias: "sdns",
        about: "Set the DNS servers of an interface, or of the system",
        words: DNS_WORDS,
        does: Does::Change(edit::dns),
    },
    Command {
        name: "set-dns-domains",
        alias: "sdnsdomains",
        about: "Set the search domains of an interface, or of the system",
        words: &[WHERE, DOMAINS, KEEP],
        does: Does::Change(edit::domains),
    },
    Command {
        name: "revert-resolve-link",
        alias: "rrl",
        about: "Remove the DNS servers and search domains of an interface",
        words: &[
            DEV,
            one_of(&["dns"], "whether the servers go", BOOLEAN),
            one_of(&["domain", "domains"], "whether the domains go", BOOLEAN),
        ],
        does: Does::Change(edit::revert_names),
    },
    Command {
        name: "set-ntp",
        alias: "sntp",
        about: "Set the NTP servers of an interface, or of the system",
        words: &[WHERE, NTP, KEEP],
        does: Does::Change(edit::ntp),
    },
    Command {
        name: "remove-ntp",
        alias: "rntp",
        about: "Remove the NTP servers of an interface",
        words: &[DEV],
        does: Does::Change(edit::remove_ntp),
    },
    Command {
        name: "add-dns",
        alias: "adns",
        about: "Add DNS servers: an old name of set-dns with keep yes",
        words: DNS_WORDS,
        does: Does::Change(edit::add_dns),
    },
    Command {
        name: "add-domain",
        alias: "adomain",
        about: "Add search domains: an old name of set-dns-domains with keep yes",
        words: &[WHERE, DOMAINS, KEEP],
        does: Does::Change(edit::add_domains),
    },
    Command {
        name: "delete-ntp",
        alias: "dntp",
        about: "The old name of remove-ntp",
        words: &[DEV],
        does: Does::Change(edit::remove_ntp),
    },
];
