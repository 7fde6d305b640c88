//! Interfaces, addresses, routes, name servers and time servers.

use crate::Empty;
use crate::names::{Address, InterfaceName, Label, Line};

words! {
    /// Whether networkd configures an interface.
    pub enum LinkMode {
        /// It does.
        Auto,
        /// It leaves it alone.
        Manual,
    }

    /// Where IPv4 addresses come from.
    pub enum Ipv4Mode {
        /// There are none.
        None,
        /// From the configuration.
        Static,
        /// From DHCP.
        Dhcp,
    }

    /// Where name servers come from.
    pub enum DnsMode {
        /// From the configuration.
        Static,
        /// From DHCP as well.
        Dhcp,
    }

    /// Kinds of addresses to wait for.
    pub enum AddressKind {
        /// IPv4.
        Ipv4,
        /// IPv6.
        Ipv6,
        /// IPv4 from the configuration.
        StaticIpv4,
        /// IPv6 from the configuration.
        StaticIpv6,
        /// IPv4 from DHCP.
        DhcpIpv4,
        /// IPv6 from DHCP.
        DhcpIpv6,
        /// IPv6 from router advertisements.
        AutoIpv6,
        /// IPv6 link-local.
        LinkLocalIpv6,
    }
}

shapes! {
    /// An interface as it is.
    pub struct Link {
        /// Its name.
        pub name: String,
        /// The kernel's number of it.
        pub index: u32,
        /// Hardware address.
        pub mac: String,
        /// Bytes in a packet.
        pub mtu: u32,
        /// Whether it is switched on.
        pub up: bool,
        /// Whether it has a carrier.
        pub carrier: bool,
        /// Operational state (RFC 2863), in the kernel's words.
        pub operational: String,
        /// Kind of a virtual one, `vlan` or `bridge`.
        pub kind: Option<String>,
        /// Whether networkd configures it.
        pub mode: LinkMode,
        /// Addresses with their prefix lengths.
        pub addresses: Vec<String>,
    }

    /// Which interface.
    pub struct OneLink {
        /// Its name.
        pub name: InterfaceName,
    }

    /// Changes to an interface.
    pub struct LinkChange {
        /// Its name.
        pub name: InterfaceName,
        /// Hardware address.
        #[serde(default)]
        pub mac: Option<Line>,
        /// Bytes in a packet.
        #[serde(default)]
        #[schemars(range(min = 68, max = 65535))]
        pub mtu: Option<u32>,
        /// Whether networkd configures it.
        #[serde(default)]
        pub mode: Option<LinkMode>,
        /// Switch it on or off, now.
        #[serde(default)]
        pub up: Option<bool>,
    }

    /// IPv4 of an interface, as it is configured.
    pub struct Ipv4 {
        /// Where addresses come from.
        pub mode: Ipv4Mode,
        /// Addresses with their prefix lengths.
        pub addresses: Vec<String>,
        /// The default gateway.
        pub gateway: Option<String>,
    }

    /// IPv4 of an interface, as it is to be.
    pub struct SetIpv4 {
        /// Its name.
        pub name: InterfaceName,
        /// Where addresses come from.
        pub mode: Ipv4Mode,
        /// The address with its prefix length, for `static`.
        #[serde(default)]
        pub address: Option<Address>,
        /// The default gateway.
        #[serde(default)]
        pub gateway: Option<Address>,
    }

    /// IPv6 of an interface, as it is configured.
    pub struct Ipv6 {
        /// Whether DHCPv6 is used.
        pub dhcp: bool,
        /// Whether router advertisements are used.
        pub autoconf: bool,
        /// Addresses with their prefix lengths.
        pub addresses: Vec<String>,
        /// The default gateway.
        pub gateway: Option<String>,
    }

    /// Changes to IPv6 of an interface.
    pub struct Ipv6Change {
        /// Its name.
        pub name: InterfaceName,
        /// Use DHCPv6.
        #[serde(default)]
        pub dhcp: Option<bool>,
        /// Use router advertisements.
        #[serde(default)]
        pub autoconf: Option<bool>,
        /// Exactly these addresses.
        #[serde(default)]
        pub addresses: Option<Vec<Address>>,
        /// The default gateway.
        #[serde(default)]
        pub gateway: Option<Address>,
    }

    /// A configured route.
    pub struct Route {
        /// Where to; none for the default.
        pub destination: Option<String>,
        /// Over which router.
        pub gateway: Option<String>,
        /// `global`, `link` or `host`.
        pub scope: Option<String>,
        /// The lower, the better.
        pub metric: Option<String>,
        /// Only packets from here.
        pub source: Option<String>,
        /// Routing table.
        pub table: Option<String>,
    }

    /// A route to add or to remove.
    pub struct OneRoute {
        /// The interface.
        pub name: InterfaceName,
        /// Where to.
        pub destination: Address,
        /// Over which router.
        #[serde(default)]
        pub gateway: Option<Address>,
        /// `global`, `link` or `host`.
        #[serde(default)]
        pub scope: Option<Label>,
        /// The lower, the better.
        #[serde(default)]
        pub metric: Option<u32>,
        /// Only packets from here.
        #[serde(default)]
        pub source: Option<Address>,
        /// Routing table.
        #[serde(default)]
        pub table: Option<u32>,
    }

    /// A route as the kernel has it.
    pub struct LiveRoute {
        /// The interface's name.
        pub interface: Option<String>,
        /// Where to, with the prefix length.
        pub destination: String,
        /// Over which router.
        pub gateway: Option<String>,
        /// Preferred source.
        pub source: Option<String>,
        /// The lower, the better.
        pub metric: Option<u32>,
        /// Routing table.
        pub table: u32,
    }

    /// Name servers and search domains.
    pub struct Dns {
        /// Where servers come from.
        pub mode: DnsMode,
        /// Servers.
        pub servers: Vec<String>,
        /// Domains that are searched.
        pub domains: Vec<String>,
    }

    /// Of the host, or of one interface.
    pub struct DnsQuery {
        /// The interface; none for the host.
        #[serde(default)]
        pub interface: Option<InterfaceName>,
    }

    /// Changes to name servers and search domains.
    pub struct DnsChange {
        /// The interface; none for the host.
        #[serde(default)]
        pub interface: Option<InterfaceName>,
        /// Where servers come from; of an interface only.
        #[serde(default)]
        pub mode: Option<DnsMode>,
        /// Exactly these servers.
        #[serde(default)]
        pub servers: Option<Vec<Address>>,
        /// Exactly these domains.
        #[serde(default)]
        pub domains: Option<Vec<Line>>,
    }

    /// Time servers.
    pub struct Ntp {
        /// Servers, by name or address.
        pub servers: Vec<Line>,
    }

    /// Identifiers that DHCP knows the host by.
    pub struct DhcpIds {
        /// DUID; empty when none is set.
        pub duid: String,
        /// IAID of the interface; none when none is set or for the host.
        pub iaid: Option<u32>,
    }

    /// Changes to these identifiers.
    pub struct DhcpIdsChange {
        /// The interface; none for the host.
        #[serde(default)]
        pub interface: Option<InterfaceName>,
        /// DUID, colon-separated; empty to unset.
        #[serde(default)]
        pub duid: Option<String>,
        /// IAID; 0 to unset.
        #[serde(default)]
        pub iaid: Option<u32>,
    }

    /// What to wait for.
    pub struct Wait {
        /// The interface.
        pub name: InterfaceName,
        /// Kinds of addresses; empty for a carrier.
        #[serde(default)]
        pub kinds: Vec<AddressKind>,
        /// At most so many seconds.
        #[serde(default = "half_a_minute")]
        #[schemars(range(min = 1, max = 300))]
        pub seconds: u32,
    }

    /// A setting of a file of networkd.
    pub struct OneParameter {
        /// An interface, or a file.
        pub object: Label,
        /// `Section_Key`.
        pub parameter: Label,
    }

    /// A new value of it.
    pub struct SetParameter {
        /// An interface, or a file.
        pub object: Label,
        /// `Section_Key`.
        pub parameter: Label,
        /// The value; empty to remove the setting.
        pub value: String,
    }

    /// Values of a setting.
    pub struct Parameter {
        /// All of them, in order.
        pub values: Vec<String>,
    }

    /// A command of nmctl: its words, as on a command line. It runs inside the helper, by nmctl's own table.
    pub struct Command {
        /// Its words, without `nmctl`.
        #[schemars(length(min = 1, max = 64))]
        pub words: Vec<Line>,
    }

    /// What a command said.
    pub struct CommandOutput {
        /// What it printed.
        pub output: String,
    }

    /// Files that were put back.
    pub struct Undone {
        /// Their paths.
        pub files: Vec<String>,
    }
}

fn half_a_minute() -> u32 {
    30
}

operations! {
    Network "network";

    /// All interfaces.
    "links" links(Empty) -> Vec<Link> = Get "/network/links", Read;
    /// One interface.
    "get-link" get_link(OneLink) -> Link = Get "/network/links/{name}", Read;
    /// Change an interface: hardware address, MTU, mode, state.
    "set-link" set_link(LinkChange) -> Link = Patch "/network/links/{name}", Change;
    /// IPv4 of an interface.
    "get-ipv4" get_ipv4(OneLink) -> Ipv4 = Get "/network/links/{name}/ipv4", Read;
    /// Set IPv4 of an interface.
    "set-ipv4" set_ipv4(SetIpv4) -> Ipv4 = Put "/network/links/{name}/ipv4", Change;
    /// IPv6 of an interface.
    "get-ipv6" get_ipv6(OneLink) -> Ipv6 = Get "/network/links/{name}/ipv6", Read;
    /// Change IPv6 of an interface.
    "set-ipv6" set_ipv6(Ipv6Change) -> Ipv6 = Patch "/network/links/{name}/ipv6", Change;
    /// Configured routes of an interface.
    "routes" routes(OneLink) -> Vec<Route> = Get "/network/links/{name}/routes", Read;
    /// Add a route.
    "add-route" add_route(OneRoute) -> Vec<Route> = Post "/network/links/{name}/routes", Change;
    /// Remove a route.
    "delete-route" delete_route(OneRoute) -> Vec<Route> = Delete "/network/links/{name}/routes", Change;
    /// Wait for a carrier or an address.
    "wait" wait(Wait) -> Empty = Post "/network/links/{name}/wait", Read;
    /// All routes the kernel has.
    "live-routes" live_routes(Empty) -> Vec<LiveRoute> = Get "/network/routes", Read;
    /// Name servers and search domains.
    "get-dns" get_dns(DnsQuery) -> Dns = Get "/network/dns", Read;
    /// Change name servers and search domains.
    "set-dns" set_dns(DnsChange) -> Dns = Patch "/network/dns", Change;
    /// Time servers.
    "get-ntp" get_ntp(Empty) -> Ntp = Get "/network/ntp", Read;
    /// Set time servers.
    "set-ntp" set_ntp(Ntp) -> Ntp = Put "/network/ntp", Change;
    /// Identifiers for DHCP.
    "get-dhcp-ids" get_dhcp_ids(DnsQuery) -> DhcpIds = Get "/network/dhcp-ids", Read;
    /// Change identifiers for DHCP.
    "set-dhcp-ids" set_dhcp_ids(DhcpIdsChange) -> DhcpIds = Patch "/network/dhcp-ids", Change;
    /// A setting of a file of networkd.
    "get-parameter" get_parameter(OneParameter) -> Parameter
        = Get "/network/parameters/{object}/{parameter}", Read;
    /// Set a setting of a file of networkd; it is checked by networkd's rules.
    "set-parameter" set_parameter(SetParameter) -> Parameter
        = Put "/network/parameters/{object}/{parameter}", Change;
    /// Run a command of nmctl.
    "nmctl" nmctl(Command) -> CommandOutput = Post "/network/nmctl", Change;
    /// Undo the last change of the configuration.
    "undo" undo(Empty) -> Undone = Post "/network/undo", Change;
}
