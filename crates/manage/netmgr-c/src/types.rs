//! Numbers and structures of the header.

use std::ffi::c_char;

/// The numbers of errors begin here.
pub const NM_BASE_ERROR: u32 = 4096;
/// A parameter that means nothing, or NULL where that is not allowed.
pub const NM_ERR_INVALID_PARAMETER: u32 = 4097;
/// It cannot be done here: a service or D-Bus is not there.
pub const NM_ERR_NOT_SUPPORTED: u32 = 4098;
/// There is no memory left.
pub const NM_ERR_OUT_OF_MEMORY: u32 = 4099;
/// Nothing is set.
pub const NM_ERR_VALUE_NOT_FOUND: u32 = 4100;
/// It is there already.
pub const NM_ERR_VALUE_EXISTS: u32 = 4101;
/// There is no such interface.
pub const NM_ERR_INVALID_INTERFACE: u32 = 4102;
/// It is no such address.
pub const NM_ERR_INVALID_ADDRESS: u32 = 4103;
/// A mode that does not go with the other parameters.
pub const NM_ERR_INVALID_MODE: u32 = 4104;
/// A file that cannot be read, or that systemd would give up.
pub const NM_ERR_BAD_CONFIG_FILE: u32 = 4105;
/// It could not be written, or a service refused.
pub const NM_ERR_WRITE_FAILED: u32 = 4106;
/// It did not happen in time.
pub const NM_ERR_TIME_OUT: u32 = 4107;
/// A DHCP server did not answer in time.
pub const NM_ERR_DHCP_TIME_OUT: u32 = 4108;

/// Whether networkd manages a link.
pub type NET_LINK_MODE = u32;
/// It does.
pub const LINK_AUTO: NET_LINK_MODE = 0;
/// It leaves the link alone.
pub const LINK_MANUAL: NET_LINK_MODE = 1;
/// It is not known.
pub const LINK_MODE_UNKNOWN: NET_LINK_MODE = 2;

/// Whether a link is up.
pub type NET_LINK_STATE = u32;
/// It is down.
pub const LINK_DOWN: NET_LINK_STATE = 0;
/// It is up.
pub const LINK_UP: NET_LINK_STATE = 1;
/// It is not known.
pub const LINK_STATE_UNKNOWN: NET_LINK_STATE = 2;

/// Where the IPv4 address of an interface comes from.
pub type NET_IPV4_ADDR_MODE = u32;
/// There is none.
pub const IPV4_ADDR_MODE_NONE: NET_IPV4_ADDR_MODE = 0;
/// From the configuration.
pub const IPV4_ADDR_MODE_STATIC: NET_IPV4_ADDR_MODE = 1;
/// From a DHCP server.
pub const IPV4_ADDR_MODE_DHCP: NET_IPV4_ADDR_MODE = 2;
/// No mode.
pub const IPV4_ADDR_MODE_MAX: NET_IPV4_ADDR_MODE = 3;

/// Kinds of addresses; where several are asked for, their sum.
pub type NET_ADDR_TYPE = u32;
/// IPv4, from the configuration.
pub const STATIC_IPV4: NET_ADDR_TYPE = 0x01;
/// IPv6, from the configuration.
pub const STATIC_IPV6: NET_ADDR_TYPE = 0x02;
/// IPv4, from a DHCP server.
pub const DHCP_IPV4: NET_ADDR_TYPE = 0x10;
/// IPv6, from a DHCP server.
pub const DHCP_IPV6: NET_ADDR_TYPE = 0x20;
/// IPv6, from router advertisements.
pub const AUTO_IPV6: NET_ADDR_TYPE = 0x40;
/// IPv6, on this link only.
pub const LINK_LOCAL_IPV6: NET_ADDR_TYPE = 0x80;
/// Any IPv4 address.
pub const NET_ADDR_IPV4: NET_ADDR_TYPE = 0x11;
/// Any IPv6 address but link-local ones.
pub const NET_ADDR_IPV6: NET_ADDR_TYPE = 0x62;

/// How far the destination of a route is.
pub type NET_ROUTE_SCOPE = u32;
/// Anywhere.
pub const GLOBAL_ROUTE: NET_ROUTE_SCOPE = 0;
/// On the link.
pub const LINK_ROUTE: NET_ROUTE_SCOPE = 1;
/// On this host.
pub const HOST_ROUTE: NET_ROUTE_SCOPE = 2;
/// No scope.
pub const NET_ROUTE_SCOPE_MAX: NET_ROUTE_SCOPE = 3;

/// Where DNS servers come from.
pub type NET_DNS_MODE = u32;
/// It is not known.
pub const DNS_MODE_UNKNOWN: NET_DNS_MODE = 0;
/// From the configuration only.
pub const STATIC_DNS: NET_DNS_MODE = 1;
/// From a DHCP server too.
pub const DHCP_DNS: NET_DNS_MODE = 2;
/// No mode.
pub const DNS_MODE_MAX: NET_DNS_MODE = 3;

/// A link; a list of them.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct NET_LINK_INFO {
    /// The next, or NULL.
    pub pNext: *mut NET_LINK_INFO,
    /// Its name.
    pub pszInterfaceName: *mut c_char,
    /// Its MAC address.
    pub pszMacAddress: *mut c_char,
    /// Its MTU.
    pub mtu: u32,
    /// Whether networkd manages it.
    pub mode: NET_LINK_MODE,
    /// Whether it is up.
    pub state: NET_LINK_STATE,
}

/// An address of an interface.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct NET_IP_ADDR {
    /// The interface.
    pub pszInterfaceName: *mut c_char,
    /// What kind of address it is.
    pub r#type: NET_ADDR_TYPE,
    /// The address, with the length of its prefix.
    pub pszIPAddrPrefix: *mut c_char,
}

/// A static route.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct NET_IP_ROUTE {
    /// The interface.
    pub pszInterfaceName: *mut c_char,
    /// The network that it leads to, with the length of its prefix.
    pub pszDestNetwork: *mut c_char,
    /// For packets from which network, or NULL.
    pub pszSourceNetwork: *mut c_char,
    /// Through which router, or NULL.
    pub pszGateway: *mut c_char,
    /// How far the destination is.
    pub scope: NET_ROUTE_SCOPE,
    /// The lower, the better; 0 leaves it to networkd.
    pub metric: u32,
    /// In which table; 0 leaves it to networkd.
    pub table: u32,
}

/// A rule of the packet filter's script.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct NET_FW_RULE {
    /// 4; the script has no others.
    pub ipVersion: u32,
    /// Such as -A INPUT -p tcp --dport 22 -j ACCEPT.
    pub pszRawFwRule: *mut c_char,
}
