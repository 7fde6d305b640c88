//! Addresses of links.

use std::io;
use std::net::IpAddr;

use super::netlink::{self, Attributes, number};

/// linux/rtnetlink.h and linux/if_addr.h.
const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_LABEL: u16 = 3;
const IFA_FLAGS: u16 = 8;

/// An address of a link as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The index of the link.
    pub link: u32,
    /// The address.
    pub ip: IpAddr,
    /// The length of its prefix.
    pub prefix: u8,
    /// The address at the other end of a point-to-point link.
    pub peer: Option<IpAddr>,
    /// Its label, which only IPv4 has.
    pub label: Option<String>,
    /// `IFA_F_*` of linux/if_addr.h.
    pub flags: u32,
    /// Its scope: 0 everywhere, 253 this link, 254 this host.
    pub scope: u8,
}

/// All addresses of all links.
pub fn addresses() -> io::Result<Vec<Address>> {
    // An ifaddrmsg with no family is all of them.
    let found = netlink::dump(RTM_GETADDR, &[0; 8], RTM_NEWADDR)?;
    Ok(found.iter().filter_map(|body| address(body)).collect())
}

/// An ifaddrmsg and its attributes.
fn address(body: &[u8]) -> Option<Address> {
    let (prefix, flags, scope, link) = (*body.get(1)?, *body.get(2)?, *body.get(3)?, number(body, 4)?);
    let attributes = Attributes::read(body.get(8..)?);
    let far = attributes.ip(IFA_ADDRESS);
    // On a point-to-point link the local address is the link's own.
    let ip = attributes.ip(IFA_LOCAL).or(far)?;
    Some(Address {
        link,
        ip,
        prefix,
        peer: far.filter(|far| *far != ip),
        label: attributes.bytes(IFA_LABEL).map(netlink::text),
        flags: attributes.number(IFA_FLAGS).unwrap_or(u32::from(flags)),
        scope,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_device_has_its_address_where_it_is_up() {
        let found = addresses().unwrap();
        let loopback: Vec<_> = found.iter().filter(|address| address.ip.is_loopback()).collect();
        assert!(loopback.iter().all(|address| address.link == 1), "{loopback:?}");
    }
}
