//! Waiting for a link or an address, by the kernel's events.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::address::{Address, addresses};
use super::{link, netlink};
use crate::error::Error;

/// linux/if_addr.h.
const DAD_FAILED: u32 = 0x08;
const TENTATIVE: u32 = 0x40;
const PERMANENT: u32 = 0x80;
const MANAGE_TEMPORARY: u32 = 0x100;
const TEMPORARY: u32 = 0x01;

/// Kinds of addresses one can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AddressKind {
    Ipv4,
    Ipv6,
    StaticIpv4,
    StaticIpv6,
    DhcpIpv4,
    DhcpIpv6,
    AutoIpv6,
    LinkLocalIpv6,
}

impl AddressKind {
    /// A kind by the name that the command knows.
    pub fn find(name: &str) -> Option<Self> {
        let kind = match name {
            "ipv4" => AddressKind::Ipv4,
            "ipv6" => AddressKind::Ipv6,
            "static_ipv4" => AddressKind::StaticIpv4,
            "static_ipv6" => AddressKind::StaticIpv6,
            "dhcp_ipv4" => AddressKind::DhcpIpv4,
            "dhcp_ipv6" => AddressKind::DhcpIpv6,
            "auto_ipv6" => AddressKind::AutoIpv6,
            "link_local_ipv6" => AddressKind::LinkLocalIpv6,
            _ => return None,
        };
        Some(kind)
    }

    /// Whether an address is of this kind. The kernel does not keep where an address came from: one with a
    /// lifetime is from DHCP, or in IPv6 from a router if it has a prefix that others share.
    pub fn fits(self, address: &Address) -> bool {
        let permanent = address.flags & PERMANENT != 0;
        let link_local = matches!(address.ip, IpAddr::V6(ip) if ip.segments()[0] & 0xffc0 == 0xfe80);
        let (v4, v6) = (address.ip.is_ipv4(), address.ip.is_ipv6() && !link_local);
        let from_router = address.prefix < 128 || address.flags & (MANAGE_TEMPORARY | TEMPORARY) != 0;
        match self {
            AddressKind::Ipv4 => v4,
            AddressKind::Ipv6 => v6,
            AddressKind::StaticIpv4 => v4 && permanent,
            AddressKind::StaticIpv6 => v6 && permanent,
            AddressKind::DhcpIpv4 => v4 && !permanent,
            AddressKind::DhcpIpv6 => v6 && !permanent && !from_router,
            AddressKind::AutoIpv6 => v6 && !permanent && from_router,
            AddressKind::LinkLocalIpv6 => link_local,
        }
    }
}

/// Waits until a link is up and has a carrier; without a timeout for ever.
pub fn wait_for_link(interface: &str, timeout: Option<Duration>) -> Result<(), Error> {
    wait(timeout, || Ok(link::is_running(interface)))?
        .then_some(())
        .ok_or_else(|| Error::TimeOut(format!("{interface} did not come up in time")))
}

/// Waits until a link has an address of one of the kinds that can be used; without a timeout for ever.
pub fn wait_for_ip(interface: &str, timeout: Option<Duration>, kinds: &[AddressKind]) -> Result<(), Error> {
    let index = link::link(interface)?.index;
    let usable = |address: &Address| address.flags & (TENTATIVE | DAD_FAILED) == 0;
    let has = || {
        let all = addresses().map_err(kernel)?;
        let mut own = all
            .iter()
            .filter(|address| address.link == index && usable(address));
        Ok(own.any(|address| kinds.iter().any(|kind| kind.fits(address))))
    };
    wait(timeout, has)?
        .then_some(())
        .ok_or_else(|| Error::TimeOut(format!("{interface} did not get such an address in time")))
}

/// Looks, then waits for an event and looks again. The events are asked for first, so that none is missed.
fn wait(timeout: Option<Duration>, mut done: impl FnMut() -> Result<bool, Error>) -> Result<bool, Error> {
    let end = timeout.map(|timeout| Instant::now() + timeout);
    let socket = netlink::changes(netlink::LINKS_AND_ADDRESSES).map_err(kernel)?;
    loop {
        if done()? {
            return Ok(true);
        }
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(false);
        }
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let mut sockets = [PollFd::new(&socket, PollFlags::IN)];
        match poll(&mut sockets, left.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(kernel(error.into())),
        }
        netlink::drain(&socket);
    }
}

fn kernel(source: std::io::Error) -> Error {
    Error::Kernel {
        what: "ask the kernel about links and addresses".to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(ip: &str, prefix: u8, flags: u32) -> Address {
        Address {
            link: 1,
            peer: None,
            label: None,
            ip: ip.parse().unwrap(),
            prefix,
            flags,
            scope: 0,
        }
    }

    #[test]
    fn kinds_of_addresses() {
        use AddressKind::*;
        let all = [
            Ipv4,
            Ipv6,
            StaticIpv4,
            StaticIpv6,
            DhcpIpv4,
            DhcpIpv6,
            AutoIpv6,
            LinkLocalIpv6,
        ];
        let kinds = |address| {
            all.into_iter()
                .filter(|kind| kind.fits(&address))
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds(address("10.0.0.1", 24, PERMANENT)), [Ipv4, StaticIpv4]);
        assert_eq!(kinds(address("10.0.0.1", 24, 0)), [Ipv4, DhcpIpv4]);
        assert_eq!(kinds(address("2001:db8::1", 64, PERMANENT)), [Ipv6, StaticIpv6]);
        assert_eq!(kinds(address("2001:db8::1", 128, 0)), [Ipv6, DhcpIpv6]);
        assert_eq!(kinds(address("2001:db8::1", 64, 0)), [Ipv6, AutoIpv6]);
        assert_eq!(kinds(address("fe80::1", 64, PERMANENT)), [LinkLocalIpv6]);
    }
}
