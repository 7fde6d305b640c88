//! Routes as the kernel has them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::netlink::{self, Attributes};
use crate::error::Error;

/// linux/rtnetlink.h.
const RTM_NEWROUTE: u16 = 24;
const RTM_GETROUTE: u16 = 26;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PRIORITY: u16 = 6;
const RTA_PREFSRC: u16 = 7;
const RTA_TABLE: u16 = 15;
const AF_INET6: u8 = 10;

/// A route as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The index of the link that it leads out through; a route with several, or with none, has none here.
    pub link: Option<u32>,
    /// The network that it leads to.
    pub destination: IpAddr,
    /// The length of that network's prefix; 0 with a destination of zeros is the default route.
    pub prefix: u8,
    /// The router.
    pub gateway: Option<IpAddr>,
    /// The address that packets get as their source.
    pub source: Option<IpAddr>,
    /// The lower, the better.
    pub metric: Option<u32>,
    /// The table; 254 is the main one.
    pub table: u32,
    /// Who set it: 2 the kernel, 3 at boot, 4 the administrator, 9 a router, 16 DHCP.
    pub protocol: u8,
    /// How far the destination is: 0 anywhere, 253 on the link, 254 on this host.
    pub scope: u8,
    /// What happens to packets: 1 they are sent, 2 they are for us, 6 blackhole, 7 unreachable, 8 prohibited.
    pub kind: u8,
}

/// All routes of all tables.
pub fn routes() -> Result<Vec<Route>, Error> {
    let failed = |source| Error::Kernel {
        what: "list the routes".to_owned(),
        source,
    };
    // An rtmsg with no family is all of them.
    let found = netlink::dump(RTM_GETROUTE, &[0; 12], RTM_NEWROUTE).map_err(failed)?;
    Ok(found.iter().filter_map(|body| parse(body)).collect())
}

/// An rtmsg and its attributes.
fn parse(body: &[u8]) -> Option<Route> {
    let zeros = match *body.first()? {
        AF_INET6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        _ => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    let attributes = Attributes::read(body.get(12..)?);
    Some(Route {
        link: attributes.number(RTA_OIF),
        destination: attributes.ip(RTA_DST).unwrap_or(zeros),
        prefix: *body.get(1)?,
        gateway: attributes.ip(RTA_GATEWAY),
        source: attributes.ip(RTA_PREFSRC),
        metric: attributes.number(RTA_PRIORITY),
        table: attributes.number(RTA_TABLE).unwrap_or(u32::from(*body.get(4)?)),
        protocol: *body.get(5)?,
        scope: *body.get(6)?,
        kind: *body.get(7)?,
    })
}
