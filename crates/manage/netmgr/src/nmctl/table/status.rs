//! Looking at what is.

use networkd::FileKind;

use super::super::{show, status};
use super::{Command, DEV, Does, FAMILY, maybe_dev};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "status",
        alias: "s",
        about: "Show the system, or an interface",
        words: &[maybe_dev()],
        does: Does::Show(status::status),
    },
    Command {
        name: "status-devs",
        alias: "sd",
        about: "List the interfaces",
        words: &[maybe_dev()],
        does: Does::Show(status::devices),
    },
    Command {
        name: "show-ipv4-status",
        alias: "s4s",
        about: "Show IPv4 addresses, where they come from, and the gateway",
        words: &[DEV],
        does: Does::Show(show::ipv4),
    },
    Command {
        name: "show-addr",
        alias: "a",
        about: "Show the addresses of an interface",
        words: &[DEV, FAMILY],
        does: Does::Show(show::addresses),
    },
    Command {
        name: "show-dns",
        alias: "dns",
        about: "Show the DNS servers of the system, or of an interface",
        words: &[maybe_dev()],
        does: Does::Show(show::dns),
    },
    Command {
        name: "show-domains",
        alias: "domain",
        about: "Show the search domains of the system, or of an interface",
        words: &[maybe_dev()],
        does: Does::Show(show::domains),
    },
    Command {
        name: "show-ntp",
        alias: "ntp",
        about: "Show the NTP servers of the system, or of an interface",
        words: &[maybe_dev()],
        does: Does::Show(show::ntp),
    },
    Command {
        name: "show-config",
        alias: "sc",
        about: "Show the files that configure an interface",
        words: &[DEV],
        does: Does::Show(show::config),
    },
    Command {
        name: "show-dns-mode",
        alias: "sdm",
        about: "Show whether DNS servers come from the configuration, from DHCP, or both",
        words: &[DEV],
        does: Does::Show(show::dns_mode),
    },
    Command {
        name: "show-dhcp-mode",
        alias: "sdhm",
        about: "Show for which families a DHCP server is asked",
        words: &[DEV],
        does: Does::Show(show::dhcp_mode),
    },
    Command {
        name: "show-proxy",
        alias: "spxy",
        about: "Show the proxy of the system",
        words: &[],
        does: Does::Show(show::proxy),
    },
    Command {
        name: "edit",
        alias: "e",
        about: "Edit the .network file of an interface in $EDITOR; it is checked before it is written",
        words: &[DEV],
        does: Does::Edit(FileKind::Network),
    },
    Command {
        name: "edit-link",
        alias: "el",
        about: "Edit the .link file of an interface in $EDITOR; it is checked before it is written",
        words: &[DEV],
        does: Does::Edit(FileKind::Link),
    },
    Command {
        name: "show",
        alias: "",
        about: "The old name of status-devs",
        words: &[maybe_dev()],
        does: Does::Show(status::devices),
    },
];
