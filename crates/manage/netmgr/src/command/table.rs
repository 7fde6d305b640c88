//! The command's objects and their options: what is parsed, helped with, completed and documented.

/// What is done with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `--get`.
    Get,
    /// `--set`.
    Set,
    /// `--add`.
    Add,
    /// `--del`.
    Del,
}

impl Verb {
    /// Its option.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Set => "set",
            Verb::Add => "add",
            Verb::Del => "del",
        }
    }

    /// What it does.
    pub fn about(self) -> &'static str {
        match self {
            Verb::Get => "Show what is set",
            Verb::Set => "Set it",
            Verb::Add => "Add to what is set",
            Verb::Del => "Remove from what is set",
        }
    }
}

/// An option of an object.
#[derive(Debug)]
pub struct Opt {
    /// Its name, without hyphens.
    pub long: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// What it takes; an option without takes nothing.
    pub value: Option<&'static str>,
    /// What it may take, if that is a few words.
    pub choices: &'static [&'static str],
    /// What it means.
    pub about: &'static str,
}

/// An object.
#[derive(Debug)]
pub struct Object {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What can be done with it, and the letters of that.
    pub verbs: &'static [(Verb, Option<char>)],
    /// Its options.
    pub options: &'static [Opt],
}

const fn takes(long: &'static str, short: Option<char>, value: &'static str, about: &'static str) -> Opt {
    Opt {
        long,
        short,
        value: Some(value),
        choices: &[],
        about,
    }
}

const fn one_of(
    long: &'static str,
    short: Option<char>,
    choices: &'static [&'static str],
    about: &'static str,
) -> Opt {
    Opt {
        long,
        short,
        value: Some("WORD"),
        choices,
        about,
    }
}

const fn flag(long: &'static str, short: Option<char>, about: &'static str) -> Opt {
    Opt {
        long,
        short,
        value: None,
        choices: &[],
        about,
    }
}

const INTERFACE: Opt = takes("interface", Some('i'), "NAME", "The interface");
const TIMEOUT: Opt = takes("timeout", Some('t'), "SECONDS", "How long to wait; 0 is for ever");
const NORESTART: Opt = flag(
    "norestart",
    Some('n'),
    "Write the files only; do not tell the services",
);
const GET_SET: &[(Verb, Option<char>)] = &[(Verb::Get, Some('g')), (Verb::Set, Some('s'))];
const ALL: &[(Verb, Option<char>)] = &[
    (Verb::Get, Some('g')),
    (Verb::Set, Some('s')),
    (Verb::Add, Some('a')),
    (Verb::Del, Some('d')),
];

/// The objects, in the order of the help.
pub const OBJECTS: &[Object] = &[
    Object {
        name: "link_info",
        about: "MAC address, mode, MTU and state of links",
        verbs: GET_SET,
        options: &[
            INTERFACE,
            takes("macaddr", Some('a'), "MAC", "The MAC address"),
            one_of(
                "mode",
                Some('m'),
                &["manual", "auto"],
                "Whether networkd manages the link (auto) or not (manual)",
            ),
            one_of(
                "state",
                Some('t'),
                &["up", "down"],
                "Bring the link up or down, now",
            ),
            takes("mtu", Some('u'), "BYTES", "The MTU"),
        ],
    },
    Object {
        name: "ip4_address",
        about: "IPv4 address and default gateway of an interface",
        verbs: GET_SET,
        options: &[
            INTERFACE,
            one_of(
                "mode",
                Some('m'),
                &["dhcp", "static", "none"],
                "Where the address comes from",
            ),
            takes("addr", Some('a'), "ADDRESS/PREFIX", "The static address"),
            takes("gateway", None, "ADDRESS", "The default gateway"),
        ],
    },
    Object {
        name: "ip6_address",
        about: "IPv6 addresses and default gateway of an interface",
        verbs: &[
            (Verb::Get, Some('g')),
            (Verb::Set, Some('s')),
            (Verb::Add, Some('p')),
            (Verb::Del, Some('m')),
        ],
        options: &[
            INTERFACE,
            one_of(
                "dhcp",
                Some('d'),
                &["1", "0", "true", "false"],
                "Whether to ask a DHCPv6 server",
            ),
            one_of(
                "autoconf",
                Some('a'),
                &["1", "0", "true", "false"],
                "Whether to heed router advertisements",
            ),
            takes("addrlist", None, "ADDRESS/PREFIX,...", "The addresses"),
            takes("gateway", None, "ADDRESS", "The default gateway"),
        ],
    },
    Object {
        name: "ip_route",
        about: "Static routes of an interface",
        verbs: &[(Verb::Get, None), (Verb::Add, None), (Verb::Del, None)],
        options: &[
            INTERFACE,
            takes(
                "destination",
                Some('d'),
                "NETWORK/PREFIX",
                "The network it leads to",
            ),
            takes("gateway", Some('g'), "ADDRESS", "Through which router"),
            takes("scope", Some('s'), "SCOPE", "global, link or host"),
            takes("metric", Some('m'), "NUMBER", "The lower, the better"),
        ],
    },
    Object {
        name: "dns_servers",
        about: "DNS servers of the system or of an interface",
        verbs: ALL,
        options: &[
            one_of(
                "mode",
                Some('m'),
                &["dhcp", "static"],
                "Whether those of a DHCP server are used too",
            ),
            takes("servers", None, "ADDRESS,...", "The servers"),
            INTERFACE,
            NORESTART,
        ],
    },
    Object {
        name: "dns_domains",
        about: "DNS search domains of the system or of an interface",
        verbs: ALL,
        options: &[
            takes("domains", None, "DOMAIN,...", "The domains"),
            INTERFACE,
            NORESTART,
        ],
    },
    Object {
        name: "dhcp_duid",
        about: "DHCP unique identifier of the system or of an interface",
        verbs: GET_SET,
        options: &[
            takes(
                "duid",
                Some('d'),
                "TYPE:DATA",
                "Such as 00:01:00:01:...; '' resets it",
            ),
            INTERFACE,
        ],
    },
    Object {
        name: "if_iaid",
        about: "Identity association identifier of an interface",
        verbs: GET_SET,
        options: &[
            INTERFACE,
            takes("iaid", None, "NUMBER", "The identifier; 0 resets it"),
        ],
    },
    Object {
        name: "ntp_servers",
        about: "NTP servers of the system",
        verbs: ALL,
        options: &[takes("servers", None, "HOST,...", "The servers"), NORESTART],
    },
    Object {
        name: "hostname",
        about: "Name of the host",
        verbs: GET_SET,
        options: &[takes("name", Some('n'), "NAME", "The name")],
    },
    Object {
        name: "wait_for_link",
        about: "Wait until an interface is up",
        verbs: &[],
        options: &[INTERFACE, TIMEOUT],
    },
    Object {
        name: "wait_for_ip",
        about: "Wait until an interface has an address",
        verbs: &[],
        options: &[
            INTERFACE,
            TIMEOUT,
            takes(
                "addrtype",
                Some('a'),
                "KIND,...",
                "ipv4, ipv6, static_ipv4, static_ipv6, dhcp_ipv4, dhcp_ipv6, auto_ipv6, link_local_ipv6",
            ),
        ],
    },
    Object {
        name: "error_info",
        about: "What an error number or exit status means",
        verbs: &[],
        options: &[takes(
            "errcode",
            Some('e'),
            "NUMBER",
            "4097 to 4108, or 201 to 212",
        )],
    },
    Object {
        name: "net_info",
        about: "Any setting of an interface or file",
        verbs: GET_SET,
        options: &[
            takes(
                "object",
                Some('o'),
                "INTERFACE|FILE",
                "An interface, or a file below /etc/systemd",
            ),
            takes(
                "paramname",
                Some('p'),
                "[+|-]SECTION_SETTING",
                "Such as Network_DNS; + adds a value, - removes it",
            ),
            takes("paramvalue", None, "VALUE", "The value"),
        ],
    },
    Object {
        name: "fw_rule",
        about: "Rules in the packet filter's script",
        verbs: &[
            (Verb::Get, Some('g')),
            (Verb::Add, Some('a')),
            (Verb::Del, Some('d')),
        ],
        options: &[takes(
            "rule",
            Some('r'),
            "RULE",
            "Such as '-A INPUT -p tcp --dport 22 -j ACCEPT'",
        )],
    },
];

/// The object of a name.
pub fn object(name: &str) -> Option<&'static Object> {
    OBJECTS.iter().find(|object| object.name == name)
}
